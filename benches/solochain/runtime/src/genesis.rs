//! The genesis: Alice authors and votes, and the development accounts are endowed as in Praxis.

use crate::*;
use alloc::{string::ToString, vec};
use frame_support::build_struct_json_patch;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// Each development account starts with it.
const ENDOWMENT: Balance = 1_000_000 * 1_000_000_000_000;

/// The preset `id`, if there is one.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	(id.as_str() == sp_genesis_builder::DEV_RUNTIME_PRESET).then(|| {
		let patch = build_struct_json_patch!(RuntimeGenesisConfig {
			balances: BalancesConfig {
				balances: Sr25519Keyring::well_known().map(|key| (key.to_account_id(), ENDOWMENT)).collect::<Vec<_>>(),
			},
			aura: pallet_aura::GenesisConfig { authorities: vec![Sr25519Keyring::Alice.public().into()] },
			grandpa: pallet_grandpa::GenesisConfig { authorities: vec![(Ed25519Keyring::Alice.public().into(), 1)] },
			sudo: SudoConfig { key: Some(Sr25519Keyring::Alice.to_account_id()) },
		});
		patch.to_string().into_bytes()
	})
}
