//! Genesis presets.

use super::chain::*;
use crate::{constants::*, *};
use alloc::{boxed::Box, vec, vec::Vec};
use codec::{Decode, Encode};
use frame_support::{traits::Get, weights::Weight};
use praxis_environment::{AnyState, EnvironmentId};
use praxis_primitives_consensus::AuthorSet;
use sp_core::crypto::Ss58Codec;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::traits::Dispatchable;

#[test]
fn every_preset_should_build_and_be_listed() {
	let names = genesis::preset_names();
	assert_eq!(names, ["development", "local", "staging"]);
	for name in names {
		genesis_of(&name).execute_with(|| {
			let environment = Oracle::environment();
			assert_eq!(environment.id, EnvironmentId::NoisyPendulum);
			assert_eq!((environment.steps_per_block, environment.episode_blocks), (32, 10));
			assert!(AnyState::decode(&mut &Oracle::state().state[..]).is_ok());
			let authors = Workers::authors().len() as u32;
			assert_eq!(<Workers as AuthorSet>::count(1), authors);
			assert_eq!(Grandpa::grandpa_authorities().len() as u32, authors);
			assert!(Balances::total_issuance() < Rewards::status().supply_cap);
		});
	}
	assert!(genesis::get_preset(&"unknown".into()).is_none());
}

#[test]
fn local_should_have_four_authors_who_vote() {
	genesis_of(genesis::LOCAL).execute_with(|| {
		let keys = [Sr25519Keyring::Alice, Sr25519Keyring::Bob, Sr25519Keyring::Charlie, Sr25519Keyring::Dave];
		for key in keys {
			let account = <Workers as AuthorSet>::account_of(&key.public().into(), 1);
			assert_eq!(account, Some(key.to_account_id()));
		}
		assert_eq!(Workers::authors().len(), keys.len());
		let voters: Vec<_> = Grandpa::grandpa_authorities().into_iter().map(|(voter, _)| voter).collect();
		let expected = [Ed25519Keyring::Alice, Ed25519Keyring::Bob, Ed25519Keyring::Charlie, Ed25519Keyring::Dave];
		assert_eq!(voters, expected.map(|key| key.public().into()));
	});
}

#[test]
fn development_should_have_alice_alone() {
	genesis_of(genesis::DEVELOPMENT).execute_with(|| {
		assert_eq!(
			Workers::authors(),
			[(Sr25519Keyring::Alice.to_account_id(), Sr25519Keyring::Alice.public().into())]
		);
		assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(Sr25519Keyring::Alice.to_account_id()));
	});
}

#[test]
fn slots_should_be_long_on_staging_and_fit_the_minimum_period() {
	for (preset, slot) in [(genesis::DEVELOPMENT, 3_000), (genesis::LOCAL, 3_000), (genesis::STAGING, 6_000)] {
		genesis_of(preset).execute_with(|| {
			assert_eq!(Randomness::slot_duration(), slot);
			assert_eq!(<Runtime as pallet_timestamp::Config>::MinimumPeriod::get(), slot / 2);
		});
	}
}

/// The accounts of `staging`'s authors but one, in the order that `pallet_multisig` asks for.
fn others(accounts: &[AccountId], who: &AccountId) -> Vec<AccountId> {
	accounts.iter().filter(|account| *account != who).cloned().collect()
}

#[test]
fn staging_should_be_upgraded_by_three_of_its_authors_and_by_no_fewer() {
	genesis_of(genesis::STAGING).execute_with(|| {
		System::set_block_number(1);
		let mut accounts: Vec<AccountId> = Workers::authors().into_iter().map(|(account, _)| account).collect();
		accounts.sort();
		let code = || sp_io::storage::get(sp_core::storage::well_known_keys::CODE);
		let set_code = RuntimeCall::System(frame_system::Call::set_code_without_checks { code: vec![7; 9] });
		let weight = Weight::from_parts(1_000_000_000, 0);
		let call =
			RuntimeCall::Sudo(pallet_sudo::Call::sudo_unchecked_weight { call: Box::new(set_code.clone()), weight });
		let call_hash = sp_io::hashing::blake2_256(&call.encode());
		for account in &accounts {
			assert!(call.clone().dispatch(RuntimeOrigin::signed(account.clone())).is_err(), "one alone has root");
		}

		let timepoint = Multisig::timepoint();
		let approve = |who: &AccountId, maybe_timepoint| {
			let (threshold, other_signatories) = (3, others(&accounts, who));
			let approval = pallet_multisig::Call::approve_as_multi {
				threshold,
				other_signatories,
				maybe_timepoint,
				call_hash,
				max_weight: weight,
			};
			RuntimeCall::Multisig(approval).dispatch(RuntimeOrigin::signed(who.clone()))
		};
		let last = |who: &AccountId| {
			let (threshold, other_signatories) = (3, others(&accounts, who));
			let finish = pallet_multisig::Call::as_multi {
				threshold,
				other_signatories,
				maybe_timepoint: Some(timepoint),
				call: Box::new(call.clone()),
				max_weight: weight,
			};
			RuntimeCall::Multisig(finish).dispatch(RuntimeOrigin::signed(who.clone()))
		};
		approve(&accounts[3], None).unwrap();
		last(&accounts[1]).unwrap();
		assert_ne!(code(), Some(vec![7; 9].into()), "two of four have root");
		last(&accounts[0]).unwrap();
		assert_eq!(code(), Some(vec![7; 9].into()));
	});
}

#[test]
fn staging_should_know_no_development_key() {
	let config = full_config(genesis::STAGING).to_string();
	let local = full_config(genesis::LOCAL).to_string();
	let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
	let mut found = 0;
	for key in Sr25519Keyring::iter() {
		for text in [key.public().to_ss58check(), key.to_account_id().to_ss58check(), hex(&key.to_raw_public())] {
			assert!(!config.contains(&text), "{key:?} is in the preset");
			found += u32::from(local.contains(&text));
		}
	}
	for key in Ed25519Keyring::iter() {
		for text in [key.public().to_ss58check(), hex(&key.to_raw_public())] {
			assert!(!config.contains(&text), "{key:?} is in the preset");
			found += u32::from(local.contains(&text));
		}
	}
	assert!(found > 0, "the search finds development keys where they are");
	// Nor does the state, whatever the text looks like.
	genesis_of(genesis::STAGING).execute_with(|| {
		for key in Sr25519Keyring::iter() {
			assert_eq!(System::account(key.to_account_id()), Default::default());
			assert_eq!(<Workers as AuthorSet>::account_of(&key.public().into(), 1), None);
		}
	});
}

#[test]
fn staging_keys_should_be_distinct() {
	genesis_of(genesis::STAGING).execute_with(|| {
		let mut keys: Vec<[u8; 32]> = vec![];
		for (account, author) in Workers::authors() {
			keys.push(account.into());
			keys.push(author.encode().try_into().unwrap());
			assert!(Balances::free_balance(AccountId::from(keys[keys.len() - 2])) >= PRX);
		}
		keys.extend(Grandpa::grandpa_authorities().iter().map(|(v, _)| <[u8; 32]>::try_from(v.encode()).unwrap()));
		assert_eq!(keys.len(), 12);
		keys.sort();
		keys.dedup();
		assert_eq!(keys.len(), 12);
	});
}
