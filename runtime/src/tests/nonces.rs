//! Submissions leave their account's nonce to its other transactions.

use super::chain::*;
use crate::{constants::*, *};
use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use pallet_oracle::Refusal;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Eve};
use sp_runtime::{
	traits::TransactionExtension,
	transaction_validity::{InvalidTransaction, TransactionValidityError},
};

fn transfer() -> RuntimeCall {
	let dest = Bob.to_account_id().into();
	RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { dest, value: PRX })
}

fn nonce_of(account: sp_keyring::Sr25519Keyring) -> Nonce {
	System::account_nonce(account.to_account_id())
}

fn with_nonce(signer: sp_keyring::Sr25519Keyring, call: RuntimeCall, nonce: Nonce) -> UncheckedExtrinsic {
	sign_extrinsic(&signer.pair(), call, nonce, genesis_hash())
}

#[test]
fn transfer_and_submission_of_one_account_should_enter_one_block() {
	for submission_first in [true, false] {
		local(|| {
			let made = block(genesis_hash(), Alice, |parent| {
				// Both are signed before either is in.
				let mut both = vec![signed(Alice, honest(parent)), signed(Alice, transfer())];
				if !submission_first {
					both.reverse();
				}
				both
			});
			assert_eq!(made.extrinsics.len(), 3);
			assert!(Oracle::record(1).is_some());
			assert_eq!(nonce_of(Alice), 1, "the transfer's");
		});
	}
}

#[test]
fn submission_should_be_valid_with_any_nonce() {
	local(|| {
		let mut parent = block(genesis_hash(), Bob, |_| vec![signed(Alice, transfer())]).header.hash();
		// Past, present, future, last.
		for nonce in [0, 1, 7, Nonce::MAX] {
			let made = block(parent, Alice, |parent| vec![with_nonce(Alice, honest(parent), nonce)]);
			parent = made.header.hash();
			assert_eq!(nonce_of(Alice), 1);
		}
	});
}

#[test]
fn pool_should_keep_transfer_and_submission_of_one_account_apart() {
	local(|| {
		let parent = block(genesis_hash(), Bob, |_| vec![]).header.hash();
		let submission = validate(signed(Alice, honest(parent)), parent).unwrap();
		let transfer = validate(signed(Alice, transfer()), parent).unwrap();
		assert!(submission.provides.iter().all(|tag| !transfer.provides.contains(tag)));
		assert!(submission.requires.is_empty() && transfer.requires.is_empty());
		// A later attempt takes the place of the former, whatever its nonce.
		let RuntimeCall::Oracle(pallet_oracle::Call::submit_transitions {
			parent: upon,
			slot,
			step,
			actions,
			reward,
			policy_hash,
			..
		}) = honest(parent)
		else {
			unreachable!()
		};
		let second = pallet_oracle::Call::submit_transitions {
			parent: upon,
			slot,
			attempt: 1,
			step,
			actions,
			reward,
			policy_hash,
		};
		let second = validate(with_nonce(Alice, second.into(), 5), parent).unwrap();
		assert_eq!(second.provides, submission.provides);
		assert!(second.priority > submission.priority);
		// Another author's is beside it.
		assert_ne!(validate(signed(Bob, honest(parent)), parent).unwrap().provides, submission.provides);
	});
}

#[test]
fn submission_should_not_be_replayed_in_its_block_or_a_later_one() {
	local(|| {
		let parent = genesis_hash();
		begin(parent, Alice);
		apply(timestamp()).unwrap().unwrap();
		let once = signed(Alice, honest(parent));
		apply(once.clone()).unwrap().unwrap();
		assert_eq!(apply(once.clone()), Err(refusal(Refusal::WrongStep)));
		let parent = Executive::finalize_block().hash();
		begin(parent, Alice);
		apply(timestamp()).unwrap().unwrap();
		assert_eq!(apply(once), Err(refusal(Refusal::WrongParent)));
	});
}

#[test]
fn other_transactions_should_keep_their_nonces() {
	local(|| {
		let parent = genesis_hash();
		begin(parent, Alice);
		apply(timestamp()).unwrap().unwrap();
		let refused = |reason| Err(TransactionValidityError::Invalid(reason));
		let first = with_nonce(Eve, transfer(), 0);
		assert_eq!(apply(with_nonce(Eve, transfer(), 1)), refused(InvalidTransaction::Future));
		apply(first.clone()).unwrap().unwrap();
		assert_eq!(apply(first), refused(InvalidTransaction::Stale));
		// A submission inside a batch is a transaction like others.
		let batch = |parent| RuntimeCall::Utility(pallet_utility::Call::batch_all { calls: vec![honest(parent)] });
		apply(with_nonce(Alice, batch(parent), 0)).unwrap().unwrap();
		assert_eq!(nonce_of(Alice), 1);
		// Who has no account has no nonce.
		let poor: sp_core::sr25519::Pair = sp_core::Pair::from_seed(&[9; 32]);
		assert_eq!(apply(sign_extrinsic(&poor, transfer(), 0, genesis_hash())), refused(InvalidTransaction::Payment));
	});
}

#[test]
fn clients_should_see_the_extension_of_frame() {
	type Own = CheckNonce;
	type Frames = frame_system::CheckNonce<Runtime>;
	assert_eq!(<Own as TransactionExtension<RuntimeCall>>::IDENTIFIER, "CheckNonce");
	assert_eq!(scale_info::meta_type::<Own>(), scale_info::meta_type::<Frames>());
	let bytes = CheckNonce::from(300).encode();
	assert_eq!(bytes, Frames::from(300).encode());
	assert_eq!(CheckNonce::decode(&mut &bytes[..]).unwrap(), CheckNonce::from(300));
	let names: Vec<_> = <TxExtension as TransactionExtension<RuntimeCall>>::metadata();
	assert_eq!(names.iter().filter(|extension| extension.identifier == "CheckNonce").count(), 1);
	// What is not looked at is not weighed.
	let call = transfer();
	let weight = <Own as TransactionExtension<RuntimeCall>>::weight(&CheckNonce::from(0), &call);
	assert_eq!(weight, <Frames as TransactionExtension<RuntimeCall>>::weight(&Frames::from(0), &call));
	let submission = genesis_of(genesis::LOCAL).execute_with(|| honest(genesis_hash()));
	let weight = <Own as TransactionExtension<RuntimeCall>>::weight(&CheckNonce::from(0), &submission);
	assert_eq!(weight, frame_support::weights::Weight::zero());
}
