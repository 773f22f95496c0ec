//! Genesis presets.
//!
//! | preset | authors and voters | slot | sudo |
//! |---|---|---|---|
//! | `development` | Alice | 3 s | Alice |
//! | `local` | Alice, Bob, Charlie, Dave | 3 s | Alice |
//! | `staging` | four placeholders | 6 s | none |

use crate::{constants::*, *};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use pallet_grandpa::AuthorityId as GrandpaId;
use praxis_environment::EnvironmentId;
use praxis_primitives_consensus::{AuthorId, ForkRule};
use serde_json::Value;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// Name of the preset with one author.
pub const DEVELOPMENT: &str = sp_genesis_builder::DEV_RUNTIME_PRESET;
/// Name of the preset with four authors on one machine.
pub const LOCAL: &str = "local";
/// Name of the preset without development keys.
pub const STAGING: &str = "staging";

/// Slot of development chains, in milliseconds.
const SHORT_SLOT: u64 = 3_000;
/// Slot of `staging`, in milliseconds.
const LONG_SLOT: u64 = 6_000;

/// Each development account starts with it.
const ENDOWMENT: Balance = 1_000_000 * PRX;
/// Bond of an author.
const BOND: Balance = 1_000 * PRX;
/// Award for a block of score 1.
const BASE_AWARD: Balance = 10 * PRX;
/// Awards halve after four years.
const fn halving_interval(slot: u64) -> BlockNumber {
	(4 * 365 * 24 * 3_600 * 1_000 / slot) as BlockNumber
}
/// Twice what is minted until the first halving is the most that can ever be: 841 million PRX with slots of 3 s.
const SUPPLY_CAP: Balance = 1_000_000_000 * PRX;

/// One author, who is a GRANDPA voter too.
struct Authority {
	account: AccountId,
	author: AuthorId,
	voter: GrandpaId,
}

impl Authority {
	fn development(account: Sr25519Keyring, voter: Ed25519Keyring) -> Self {
		Self { account: account.to_account_id(), author: account.public().into(), voter: voter.public().into() }
	}
}

fn patch(
	authorities: Vec<Authority>,
	balances: Vec<(AccountId, Balance)>,
	slot_duration: u64,
	randomness: [u8; 32],
	sudo: Option<AccountId>,
) -> Value {
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig { balances },
		workers: WorkersConfig {
			authors: authorities.iter().map(|a| (a.account.clone(), a.author.clone())).collect::<Vec<_>>(),
			minimum_bond: BOND,
		},
		randomness: RandomnessConfig { slot_duration, randomness },
		oracle: OracleConfig {
			environment: EnvironmentId::DEFAULT_ORACLE,
			steps_per_block: 32,
			episode_blocks: 10,
			fork_rule: ForkRule::Cumulative,
		},
		rewards: RewardsConfig {
			base_award: BASE_AWARD,
			halving_interval: halving_interval(slot_duration),
			supply_cap: SUPPLY_CAP,
		},
		grandpa: GrandpaConfig { authorities: authorities.iter().map(|a| (a.voter.clone(), 1)).collect::<Vec<_>>() },
		sudo: SudoConfig { key: sudo },
	})
}

fn development_balances() -> Vec<(AccountId, Balance)> {
	Sr25519Keyring::well_known().map(|key| (key.to_account_id(), ENDOWMENT)).collect()
}

fn development() -> Value {
	patch(
		vec![Authority::development(Sr25519Keyring::Alice, Ed25519Keyring::Alice)],
		development_balances(),
		SHORT_SLOT,
		sp_io::hashing::blake2_256(b"praxis/development"),
		Some(Sr25519Keyring::Alice.to_account_id()),
	)
}

fn local() -> Value {
	patch(
		vec![
			Authority::development(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
			Authority::development(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
			Authority::development(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
			Authority::development(Sr25519Keyring::Dave, Ed25519Keyring::Dave),
		],
		development_balances(),
		SHORT_SLOT,
		sp_io::hashing::blake2_256(b"praxis/local"),
		Some(Sr25519Keyring::Alice.to_account_id()),
	)
}

/// The preset `id`, if there is one.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_str() {
		DEVELOPMENT => development(),
		LOCAL => local(),
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

/// Names of the presets.
pub fn preset_names() -> Vec<PresetId> {
	[DEVELOPMENT, LOCAL, STAGING].into_iter().map(PresetId::from).collect()
}
