//! Genesis presets.
//!
//! | preset | authors and voters | slot | sudo |
//! |---|---|---|---|
//! | `development` | Alice | 3 s | Alice |
//! | `local` | Alice, Bob, Charlie, Dave | 3 s | Alice |
//! | `staging` | four placeholders | 6 s | any three of the four authors' accounts |

use crate::{constants::*, *};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use pallet_grandpa::AuthorityId as GrandpaId;
use praxis_environment::EnvironmentId;
use praxis_primitives_consensus::{AuthorId, ForkRule};
use serde_json::Value;
use sp_core::{ed25519, sr25519};
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
	sudo: AccountId,
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
		sudo: SudoConfig { key: Some(sudo) },
	})
}

/// The account that acts where more than two thirds of `authorities` agree, as many as finality needs: their accounts'
/// multisig. One of them alone, or a stolen key, can do nothing with it.
fn consortium(authorities: &[Authority]) -> AccountId {
	let mut accounts: Vec<_> = authorities.iter().map(|a| a.account.clone()).collect();
	accounts.sort();
	let threshold = accounts.len() * 2 / 3 + 1;
	Multisig::multi_account_id(&accounts, threshold as u16)
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
		Sr25519Keyring::Alice.to_account_id(),
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
		Sr25519Keyring::Alice.to_account_id(),
	)
}

/// 32 bytes from as many pairs of lower-case hexadecimal digits.
const fn key(hex: &str) -> [u8; 32] {
	const fn digit(character: u8) -> u8 {
		match character {
			b'0'..=b'9' => character - b'0',
			b'a'..=b'f' => character - b'a' + 10,
			_ => panic!("not a hexadecimal digit"),
		}
	}
	let hex = hex.as_bytes();
	assert!(hex.len() == 64, "not 32 bytes");
	let mut bytes = [0; 32];
	let mut i = 0;
	while i < bytes.len() {
		bytes[i] = digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]);
		i += 1;
	}
	bytes
}

/// Keys of an authority of [`staging`]: account, author key, GRANDPA key.
type PlaceholderKeys = [[u8; 32]; 3];

/// PLACEHOLDERS. Real public keys, made on a machine of its own; their secrets were never written down. A chain made of
/// them comes to no block: whoever launches one puts the keys of its consortium in their place, as
/// `chain-spec/README.md` says. They stand here so that the preset is complete and can be exported, checked and edited.
const PLACEHOLDERS: [PlaceholderKeys; 4] = [
	[
		key("ec336c0fc4d4f82b1b0515500c3385f640432e465e9a9ae3eb4d133116503427"),
		key("38ce0c7daf53a70250e9f7b4ef60104187f45eab90b087f5321cdafda17f503f"),
		key("3e33e71e444612ceaf7c76a13193737b2ceb328a7e0e75c9cee9660f96a50704"),
	],
	[
		key("f2e5971f1cb83b6d7f4f8ba06cd48d374ef5d934a92b19932b35057471e1b835"),
		key("26c7e1976fc70724b1962ddfc0d3e6704f5aa203afc7a19f5c01438e8147c37e"),
		key("0f733e21b4fdf39a3812772f7f1869ac37c9b39114cf1722bffc99c53b6e28e4"),
	],
	[
		key("1cab90c46d3bb0d921cf1df27591dccc01aa07f22d47b4f392411ca44949fa60"),
		key("4e79f70bfae7e2fb9267e75de821a1b6448b1676f78650e4547b1de7838cb470"),
		key("87e30a6944e3789e5a9512e5794498d537efbcf8169a0ded2873ad4071cdd075"),
	],
	[
		key("a8fe4635db3294ff48b4eecf817c90caf7f204e8fa7d9a16b9902332dcf7af5a"),
		key("b6a1dc6fd6644a1c4b2210bb934f7d0180b65f84cf0da36b95b62f53a5331619"),
		key("dfdab2634b81caa7c655dab853e2cd822605b85c602085da7641d2bb71074cdd"),
	],
];

/// PLACEHOLDER: holds what the genesis issues beside the bonds.
const PLACEHOLDER_TREASURY: [u8; 32] = key("5afcd0e61ac6e7c21398d7715a92548f886a1d90793bab184e90bab22e43065f");

/// PLACEHOLDER: randomness of the first blocks, to be drawn anew once the authors' keys are known.
const PLACEHOLDER_RANDOMNESS: [u8; 32] = key("72ebcbf2c934768ff6fd01732bb0c55bd02de961613d416744fae2c39f76e138");

fn staging() -> Value {
	let authorities: Vec<Authority> = PLACEHOLDERS
		.into_iter()
		.map(|[account, author, voter]| Authority {
			account: account.into(),
			author: sr25519::Public::from_raw(author).into(),
			voter: ed25519::Public::from_raw(voter).into(),
		})
		.collect();
	// An author needs its bond, and something to pay with.
	let mut balances: Vec<_> = authorities.iter().map(|a| (a.account.clone(), BOND + 10 * PRX)).collect();
	balances.push((PLACEHOLDER_TREASURY.into(), ENDOWMENT));
	let sudo = consortium(&authorities);
	patch(authorities, balances, LONG_SLOT, PLACEHOLDER_RANDOMNESS, sudo)
}

/// The preset `id`, if there is one.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_str() {
		DEVELOPMENT => development(),
		LOCAL => local(),
		STAGING => staging(),
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

/// Names of the presets.
pub fn preset_names() -> Vec<PresetId> {
	[DEVELOPMENT, LOCAL, STAGING].into_iter().map(PresetId::from).collect()
}
