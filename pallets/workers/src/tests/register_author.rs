use crate::{mock::*, Authors, Error, Event, Keys, MinimumBond};
use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_consensus::{AuthorSet, OwnershipProof};
use sp_core::{sr25519, Pair};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{DispatchError, TokenError};

#[test]
fn register_author_should_hold_the_bond_and_activate_after_the_delay() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register(3));

		let active_from = 1 + u64::from(ACTIVATION_DELAY);
		System::assert_last_event(
			Event::AuthorRegistered { author: account(3), key: key(3), bond: BOND, active_from }.into(),
		);
		assert_eq!(held(&account(3)), BOND);
		assert_eq!(Balances::free_balance(account(3)), 9 * BOND);
		assert_eq!(Workers::account_of(&key(3), active_from - 1), None);
		assert_eq!(Workers::account_of(&key(3), active_from), Some(account(3)));
	});
}

#[test]
fn register_author_should_accept_the_proof_that_the_rotate_keys_rpc_returns() {
	ExtBuilder::default().build_and_execute(|| {
		// The RPC signs `POP_` and the bytes of the owner, which are those of the account, and returns
		// the SCALE encoding of the tuple of all signatures: of one, here.
		let owner = Sr25519Keyring::Alice.to_account_id();
		assert_ok!(Balances::force_set_balance(RuntimeOrigin::root(), owner.clone(), 2 * BOND));
		let pair = sr25519::Pair::from_string("//Somebody", None).unwrap();
		let bytes: [u8; 32] = owner.clone().into();
		let signature = pair.sign(&[b"POP_".as_slice(), &bytes].concat());
		let proof = OwnershipProof::decode(&mut &signature.encode()[..]).unwrap();

		assert_ok!(Workers::register_author(RuntimeOrigin::signed(owner.clone()), pair.public().into(), proof));
		assert_eq!(Keys::<Test>::get(praxis_primitives_consensus::AuthorId::from(pair.public())), Some(owner));
	});
}

sp_runtime::impl_opaque_keys! {
	/// The session keys of the runtime: what the RPC makes and proves.
	pub struct SessionKeys {
		pub learning: praxis_primitives_consensus::AuthorId,
	}
}

#[test]
fn register_author_should_accept_the_session_keys_that_the_runtime_generates() {
	let mut ext = ExtBuilder::default().build();
	ext.register_extension(sp_keystore::KeystoreExt::new(sp_keystore::testing::MemoryKeystore::new()));
	ext.execute_with(|| {
		let owner = account(3);
		let generated = SessionKeys::generate(&owner.encode(), None);
		// As the RPC hands them over: opaque bytes, which a client decodes by the types of the call.
		let key = Decode::decode(&mut &generated.keys.encode()[..]).unwrap();
		let proof = OwnershipProof::decode(&mut &generated.proof.encode()[..]).unwrap();
		assert_noop!(
			Workers::register_author(RuntimeOrigin::signed(account(4)), generated.keys.learning, proof.clone()),
			Error::<Test>::InvalidProof
		);
		assert_ok!(Workers::register_author(RuntimeOrigin::signed(owner), key, proof));
		Workers::do_try_state().expect("invariants hold");
	});
}

#[test]
fn register_author_should_fail_when_unsigned() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Workers::register_author(RuntimeOrigin::root(), key(3), proof(3, &account(3))),
			DispatchError::BadOrigin
		);
		assert_noop!(
			Workers::register_author(RuntimeOrigin::none(), key(3), proof(3, &account(3))),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn register_author_should_fail_when_the_account_has_a_key() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Workers::register_author(RuntimeOrigin::signed(account(1)), key(3), proof(3, &account(1))),
			Error::<Test>::AlreadyRegistered
		);
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(1))));
		assert_noop!(
			Workers::register_author(RuntimeOrigin::signed(account(1)), key(3), proof(3, &account(1))),
			Error::<Test>::AlreadyRegistered
		);
	});
}

#[test]
fn register_author_should_fail_when_the_key_is_taken() {
	ExtBuilder::default().build_and_execute(|| {
		let attempt = || Workers::register_author(RuntimeOrigin::signed(account(3)), key(1), proof(1, &account(3)));
		assert_noop!(attempt(), Error::<Test>::KeyTaken);
		// A leaving author's key stays taken until its bond is out.
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(1))));
		assert_noop!(attempt(), Error::<Test>::KeyTaken);
		run_to(1 + UNBONDING);
		assert_noop!(attempt(), Error::<Test>::KeyTaken);
		assert_ok!(Workers::withdraw_bond(RuntimeOrigin::signed(account(1))));
		assert_ok!(attempt());
	});
}

#[test]
fn register_author_should_fail_when_the_proof_is_not_for_this_key_and_account() {
	ExtBuilder::default().build_and_execute(|| {
		let origin = RuntimeOrigin::signed(account(3));
		for wrong in [
			proof(4, &account(3)),
			proof(3, &account(4)),
			// A plain signature of the account, without the context of such proofs.
			pair(3).into_inner().sign(&account(3).encode()).into(),
		] {
			assert_noop!(Workers::register_author(origin.clone(), key(3), wrong), Error::<Test>::InvalidProof);
		}
		assert_ok!(register(3));
	});
}

#[test]
fn register_author_should_fail_when_the_registry_is_full() {
	ExtBuilder::default().with_max_authors(3).build_and_execute(|| {
		assert_ok!(register(3));
		assert_noop!(register(4), Error::<Test>::TooManyAuthors);
		// Leaving authors count until they are gone.
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(3))));
		assert_noop!(register(4), Error::<Test>::TooManyAuthors);
		run_to(1 + UNBONDING);
		assert_ok!(Workers::withdraw_bond(RuntimeOrigin::signed(account(3))));
		assert_ok!(register(4));
	});
}

#[test]
fn register_author_should_fail_when_the_balance_does_not_cover_bond_and_existential_deposit() {
	ExtBuilder::default().build_and_execute(|| {
		let set = |balance| {
			assert_ok!(Balances::force_set_balance(RuntimeOrigin::root(), account(3), balance));
		};
		set(BOND + EXISTENTIAL_DEPOSIT - 1);
		assert_noop!(register(3), TokenError::FundsUnavailable);
		set(BOND + EXISTENTIAL_DEPOSIT);
		assert_ok!(register(3));
	});
}

#[test]
fn register_author_should_leave_earlier_bonds_when_the_minimum_has_changed() {
	ExtBuilder::default().build_and_execute(|| {
		MinimumBond::<Test>::put(2 * BOND);
		assert_ok!(register(3));
		assert_eq!(held(&account(1)), BOND);
		assert_eq!(held(&account(3)), 2 * BOND);
		assert_eq!(Authors::<Test>::get(account(3)).unwrap().bond, 2 * BOND);
	});
}

#[test]
fn register_author_should_count_many_activations_when_they_come_block_after_block() {
	ExtBuilder::default().with_max_authors(32).build_and_execute(|| {
		for index in 3..=32u8 {
			assert_ok!(register(index));
			run_to(System::block_number() + 1);
			Workers::do_try_state().unwrap();
		}
		run_to(System::block_number() + u64::from(ACTIVATION_DELAY));
		assert_eq!(Workers::count(System::block_number()), 32);
	});
}
