//! Fees, keys, proxies.

use super::chain::*;
use crate::{configs::ProxyType, constants::*, *};
use alloc::vec;
use codec::{Decode, Encode};
use frame_support::traits::InstanceFilter;
use praxis_primitives_consensus::{AuthorId, AuthorSet, OwnershipProof};
use sp_core::crypto::KeyTypeId;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Eve};
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_session::runtime_decl_for_session_keys::SessionKeys as SessionKeysApi;

#[test]
fn rotated_keys_should_register_an_author() {
	let mut ext = genesis_of(genesis::LOCAL);
	ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	ext.execute_with(|| {
		let owner = Eve.to_account_id();
		// What the RPC `author_rotateKeysWithOwner` hands out.
		let generated = <Runtime as SessionKeysApi<Block>>::generate_session_keys(owner.encode(), None);
		let key = AuthorId::decode(&mut &generated.keys[..]).unwrap();
		let proof = OwnershipProof::decode(&mut &generated.proof[..]).unwrap();
		let raw = <Runtime as SessionKeysApi<Block>>::decode_session_keys(generated.keys).unwrap();
		assert_eq!(raw, vec![(key.encode(), KeyTypeId(*b"lern"))]);

		let register =
			|| RuntimeCall::Workers(pallet_workers::Call::register_author { key: key.clone(), proof: proof.clone() });
		let first = block(genesis_hash(), Alice, |_| vec![signed(Eve, register())]).header.hash();
		let status = Workers::author_status(&owner).unwrap();
		assert_eq!((status.key, status.bond), (key.clone(), Workers::minimum_bond()));
		assert_eq!(<Workers as AuthorSet>::account_of(&key, status.active_from), Some(owner.clone()));
		assert_eq!(<Workers as AuthorSet>::account_of(&key, status.active_from - 1), None);
		// The proof is for Eve alone.
		begin(first, Bob);
		apply(timestamp()).unwrap().unwrap();
		let stolen = apply(signed(sp_keyring::Sr25519Keyring::Ferdie, register())).unwrap();
		assert!(stolen.is_err());
	});
}

#[test]
fn transfer_should_cost_a_small_fee_that_is_burnt() {
	local(|| {
		let transfer = || {
			RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
				dest: Bob.to_account_id().into(),
				value: PRX,
			})
		};
		let before = (Balances::free_balance(Eve.to_account_id()), Balances::total_issuance());
		block(genesis_hash(), Alice, |_| vec![signed(Eve, transfer())]);
		let fee = before.0 - PRX - Balances::free_balance(Eve.to_account_id());
		assert!((MICRO_PRX..10 * MILLI_PRX).contains(&fee), "fee of a transfer: {fee}");
		assert_eq!(Balances::total_issuance(), before.1 - fee);
	});
}

#[test]
fn proxies_should_be_limited_to_what_their_type_says() {
	let transfer = RuntimeCall::Balances(pallet_balances::Call::transfer_all {
		dest: Bob.to_account_id().into(),
		keep_alive: false,
	});
	let leave = RuntimeCall::Workers(pallet_workers::Call::deregister {});
	let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
	// Whoever may name a worker's operator commands its bonds: an author's proxy may not.
	let operator = RuntimeCall::Workers(pallet_workers::Call::set_operator { operator: Bob.to_account_id() });
	let apply = RuntimeCall::TaskMarket(pallet_task_market::Call::apply { task: 0, price: 1 });
	let cancel = RuntimeCall::TaskMarket(pallet_task_market::Call::cancel { task: 0 });
	let train = RuntimeCall::Teaching(pallet_teaching::Call::commit_classifier {
		session: 0,
		hash: Default::default(),
		claim: None,
	});
	// It puts money on hold.
	let join = RuntimeCall::Teaching(pallet_teaching::Call::join { session: 0 });
	let calls = [&transfer, &leave, &remark, &operator, &apply, &cancel, &train, &join];
	let allowed = |kind: ProxyType| calls.map(|call| kind.filter(call));
	assert_eq!(allowed(ProxyType::Any), [true, true, true, true, true, true, true, true]);
	assert_eq!(allowed(ProxyType::NonTransfer), [false, true, true, true, true, false, true, false]);
	assert_eq!(allowed(ProxyType::Author), [false, true, false, false, false, false, false, false]);
	assert_eq!(allowed(ProxyType::Worker), [false, false, false, false, true, false, false, false]);
	assert_eq!(allowed(ProxyType::Student), [false, false, false, false, false, false, true, false]);
	let kinds = [ProxyType::Any, ProxyType::NonTransfer, ProxyType::Author, ProxyType::Worker, ProxyType::Student];
	for (larger, smaller) in [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4)] {
		assert!(kinds[larger].is_superset(&kinds[smaller]));
		assert!(!kinds[smaller].is_superset(&kinds[larger]));
	}
	assert!(!ProxyType::Author.is_superset(&ProxyType::Worker) && !ProxyType::Worker.is_superset(&ProxyType::Author));
}

#[test]
fn constants_should_fit_together() {
	let weights = configs::RuntimeBlockWeights::get();
	assert_eq!(weights.max_block.ref_time(), 150_000_000_000, "a twentieth of a slot of 3 s, in picoseconds");
	let slots: u64 = 3_000;
	assert_eq!(weights.max_block.ref_time() / 1_000_000_000 * 20, slots);
}
