//! [`CheckSubmission`] in the pool and in blocks.

use crate::{mock::*, *};
use frame_support::{
	assert_noop, assert_ok, assert_storage_noop, dispatch::DispatchInfo, pallet_prelude::TransactionSource,
	weights::Weight,
};
use sp_runtime::{
	traits::{DispatchTransaction, TransactionExtension, TxBaseImplication},
	transaction_validity::{InvalidTransaction, TransactionValidityError, ValidTransaction},
};

fn refusal(refusal: Refusal) -> TransactionValidityError {
	InvalidTransaction::Custom(refusal as u8).into()
}

/// Asks as the pool does.
fn pool(claim: &Claim, signer: AccountId) -> Result<ValidTransaction, TransactionValidityError> {
	CheckSubmission::<Test>::new()
		.validate_only(
			RuntimeOrigin::signed(signer),
			&claim.call().into(),
			&DispatchInfo::default(),
			0,
			TransactionSource::External,
			0,
		)
		.map(|(validity, ..)| validity)
}

/// Applies up to the dispatch, as a block does.
fn prepare(claim: &Claim, signer: AccountId) -> Result<(), TransactionValidityError> {
	CheckSubmission::<Test>::new()
		.validate_and_prepare(RuntimeOrigin::signed(signer), &claim.call().into(), &DispatchInfo::default(), 0, 0)
		.map(|_| ())
}

#[test]
fn pool_should_keep_a_submission_at_home_for_one_block() {
	ExtBuilder::default().build_and_execute(|| {
		block(BOB);
		begin_for_pool();
		assert_storage_noop!({
			let validity = pool(&Claim::honest(), ALICE).unwrap();
			assert!(!validity.propagate);
			assert_eq!(validity.longevity, 1);
			assert_eq!((validity.provides.len(), validity.requires.len()), (1, 0));
			assert!(validity.priority >= BASE_PRIORITY);
		});
	});
}

#[test]
fn pool_should_replace_a_copy_when_the_attempt_or_the_height_is_higher() {
	ExtBuilder::default().build_and_execute(|| {
		begin_for_pool();
		let claim = Claim::honest();
		let first = pool(&claim, ALICE).unwrap();
		let second = pool(&Claim { attempt: 1, ..claim.clone() }, ALICE).unwrap();
		let last = pool(&Claim { attempt: u32::MAX, ..claim.clone() }, ALICE).unwrap();
		assert_eq!(first.provides, second.provides);
		// The payment extension adds the number of such transactions that a block holds.
		assert!(first.priority + (1 << 20) <= second.priority);
		assert!(second.priority < last.priority);
		assert_ne!(first.provides, pool(&claim, BOB).unwrap().provides);

		Oracle::finish_block(1);
		begin_for_pool();
		let higher = pool(&Claim::honest(), ALICE).unwrap();
		assert_ne!(first.provides, higher.provides);
		assert!(last.priority < higher.priority);
	});
}

#[test]
fn priority_should_not_wrap_when_height_and_attempt_are_the_highest() {
	ExtBuilder::default().build_and_execute(|| {
		begin_for_pool();
		let claim = Claim { attempt: u32::MAX, ..Claim::honest() };
		let low = pool(&claim, ALICE).unwrap().priority;
		System::set_block_number(u64::from(u32::MAX));
		let high = pool(&claim, ALICE).unwrap().priority;
		assert!(high > low);
		System::set_block_number(1);
	});
}

#[test]
fn pool_should_refuse_what_is_for_another_parent_or_step_or_too_long() {
	ExtBuilder::default().build_and_execute(|| {
		block(ALICE);
		begin_for_pool();
		let claim = Claim::honest();
		let wrong = |change: fn(&mut Claim)| {
			let mut claim = claim.clone();
			change(&mut claim);
			claim
		};
		for (claim, why) in [
			(wrong(|c| c.parent = Default::default()), Refusal::WrongParent),
			(wrong(|c| c.step += 1), Refusal::WrongStep),
			(wrong(|c| c.step = 0), Refusal::WrongStep),
			(wrong(|c| c.actions.push(0)), Refusal::WrongCount),
			(wrong(|c| c.actions.clear()), Refusal::WrongCount),
		] {
			assert_noop!(pool(&claim, ALICE), refusal(why));
			assert_noop!(prepare(&claim, ALICE), refusal(why));
		}
	});
}

#[test]
fn pool_should_refuse_signers_without_a_bond() {
	ExtBuilder::default().build_and_execute(|| {
		begin_for_pool();
		assert_noop!(pool(&Claim::honest(), EVE), refusal(Refusal::NotBonded));
		Bonded::mutate(|bonded| bonded.push(EVE));
		assert_ok!(pool(&Claim::honest(), EVE));
	});
}

#[test]
fn pool_should_refuse_what_is_not_signed() {
	ExtBuilder::default().build_and_execute(|| {
		begin_for_pool();
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			let result = CheckSubmission::<Test>::new().validate(
				origin,
				&Claim::honest().call().into(),
				&DispatchInfo::default(),
				0,
				(),
				&TxBaseImplication(()),
				TransactionSource::External,
			);
			assert_eq!(result.err(), Some(refusal(Refusal::NotSigned)));
		}
	});
}

#[test]
fn block_should_refuse_a_stolen_submission_without_a_change() {
	ExtBuilder::default().build_and_execute(|| {
		begin(BOB);
		// Bob puts Alice's signed submission into his block, or Alice submits into it.
		assert_noop!(prepare(&Claim::honest(), ALICE), refusal(Refusal::NotAuthor));
		assert_ok!(prepare(&Claim::honest(), BOB));
	});
}

#[test]
fn block_should_refuse_a_submission_when_nobody_authors() {
	ExtBuilder::default().build_and_execute(|| {
		begin_for_pool();
		assert_noop!(prepare(&Claim::honest(), ALICE), refusal(Refusal::NotAuthor));
	});
}

#[test]
fn block_should_refuse_a_submission_for_another_slot() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		let claim = Claim { slot: 3, ..Claim::honest() };
		assert_ok!(pool(&claim, ALICE));
		assert_noop!(prepare(&claim, ALICE), refusal(Refusal::WrongSlot));
	});
}

#[test]
fn block_should_refuse_a_second_submission_whether_or_not_the_first_succeeds() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		let claim = Claim::honest();
		assert_ok!(prepare(&claim, ALICE));
		// The dispatch of the first may fail: it is its only try.
		assert_noop!(prepare(&claim, ALICE), refusal(Refusal::AlreadySubmitted));
		end();

		begin(ALICE);
		let claim = Claim::honest();
		assert_ok!(claim.dispatch(ALICE));
		let again = Claim { step: claim.step + 8, ..claim };
		assert_noop!(prepare(&again, ALICE), refusal(Refusal::AlreadySubmitted));
		end();

		begin(ALICE);
		assert_ok!(prepare(&Claim::honest(), ALICE));
	});
}

#[test]
fn other_calls_should_pass_untouched() {
	ExtBuilder::default().build_and_execute(|| {
		begin_for_pool();
		let call: RuntimeCall = frame_system::Call::remark { remark: vec![] }.into();
		let extension = CheckSubmission::<Test>::new();
		assert_eq!(extension.weight(&call), Weight::zero());
		assert_ne!(extension.weight(&Claim::honest().call().into()), Weight::zero());
		assert_storage_noop!({
			let (validity, submission, _) = extension
				.validate_only(
					RuntimeOrigin::signed(EVE),
					&call,
					&DispatchInfo::default(),
					0,
					TransactionSource::External,
					0,
				)
				.unwrap();
			assert_eq!(validity, ValidTransaction::default());
			assert!(submission.is_none());
			assert_ok!(extension.validate_and_prepare(
				RuntimeOrigin::signed(EVE),
				&call,
				&DispatchInfo::default(),
				0,
				0
			));
		});
	});
}

#[test]
fn extension_should_be_of_no_size_in_a_transaction() {
	use codec::Encode;
	use scale_info::{TypeDef, TypeInfo};
	assert!(CheckSubmission::<Test>::new().encode().is_empty());
	let TypeDef::Composite(fields) = CheckSubmission::<Test>::type_info().type_def else { panic!("a struct") };
	// Clients skip extensions that hold nothing; polkadot.js would not sign others.
	assert!(fields.fields.is_empty());
	assert_eq!(CheckSubmission::<Test>::IDENTIFIER, "CheckSubmission");
}
