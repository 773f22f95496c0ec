use crate::{mock::*, Error, Event, Ready, Trainers};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_teaching::trainers::{Prekeys, TrainerView, MAX_PREKEYS};
use sp_runtime::TokenError;

fn add(trainer: u64, keys: Prekeys) -> frame_support::dispatch::DispatchResult {
	Teaching::add_keys(RuntimeOrigin::signed(trainer), keys)
}

fn retire(trainer: u64) -> frame_support::dispatch::DispatchResult {
	Teaching::retire_trainer(RuntimeOrigin::signed(trainer))
}

#[test]
fn trainer_should_be_in_the_pool_until_it_retires() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(enlist(TARA));
		assert_eq!(events().last(), Some(&Event::TrainerEnlisted { trainer: TARA, bond: TRAINER_BOND, keys: 4 }));
		assert_eq!((bond(TARA), free(TARA)), (TRAINER_BOND, BALANCE - TRAINER_BOND));
		assert_ok!(add(TARA, prekeys(TARA, 4..6)));
		assert_eq!(events().last(), Some(&Event::KeysAdded { trainer: TARA, keys: 6 }));
		let view = TrainerView { account: TARA, bond: TRAINER_BOND, keys: 6, engaged: 0, retired: false };
		assert_eq!(Teaching::trainers(0, 9), [view]);
		assert_ok!(retire(TARA));
		assert_eq!((bond(TARA), free(TARA)), (0, BALANCE));
		assert_eq!(events().last(), Some(&Event::BondReturned { trainer: TARA, bond: TRAINER_BOND }));
		assert!(Teaching::trainers(0, 9).is_empty() && Ready::<Test>::get().is_empty());
		assert_noop!(retire(TARA), Error::<Test>::NotTrainer);
		// It may come again; no lesson has used its keys.
		assert_ok!(enlist(TARA));
	});
}

#[test]
fn enlisting_should_fail_when_keys_bond_or_place_are_missing() {
	ExtBuilder::default().build_and_execute(|| {
		let enlist_with = |keys| Teaching::enlist_trainer(RuntimeOrigin::signed(TARA), keys);
		assert_noop!(enlist_with(Prekeys::default()), Error::<Test>::NoKeys);
		assert_noop!(enlist_with(prekeys(TARA, [1, 2, 1])), Error::<Test>::KeyUsed);
		assert_ok!(Balances::transfer_allow_death(RuntimeOrigin::signed(TARA), BOB, BALANCE - TRAINER_BOND));
		assert_noop!(enlist(TARA), TokenError::FundsUnavailable);
		for other in 1..=u64::from(MAX_TRAINERS) {
			assert_ok!(enlist(other));
			assert_noop!(enlist(other), Error::<Test>::AlreadyTrainer);
		}
		assert_noop!(enlist(THEO), Error::<Test>::PoolFull);
		assert_ok!(retire(1));
		assert_ok!(enlist(THEO));
	});
}

#[test]
fn keys_should_be_refused_when_they_are_too_many_or_not_new() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(add(TARA, prekeys(TARA, 0..1)), Error::<Test>::NotTrainer);
		assert_ok!(enlist(TARA));
		assert_noop!(add(TARA, Prekeys::default()), Error::<Test>::NoKeys);
		assert_noop!(add(TARA, prekeys(TARA, 3..5)), Error::<Test>::KeyUsed);
		assert_noop!(add(TARA, prekeys(TARA, [7, 7])), Error::<Test>::KeyUsed);
		assert_noop!(add(TARA, prekeys(TARA, 4..MAX_PREKEYS as u8 + 1)), Error::<Test>::TooManyKeys);
		assert_ok!(add(TARA, prekeys(TARA, 4..MAX_PREKEYS as u8)));
	});
}

#[test]
fn key_should_be_refused_as_long_as_the_session_that_used_it_up_is_kept() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::handed(trained(1, 1), &[TARA], &[TINA]);
		let used = lessons(course.id)[0].trainers[0].prekey;
		assert_eq!(used, prekeys(TARA, [0])[0]);
		assert_noop!(add(TARA, prekeys(TARA, [0])), Error::<Test>::KeyUsed);
		course.train_by_trainers(&[40]);
		// Neither after the trainer has left.
		assert_ok!(retire(TARA));
		assert_eq!(bond(TARA), 0);
		assert_noop!(enlist(TARA), Error::<Test>::KeyUsed);
		course.settle_trained();
		assert_noop!(enlist(TARA), Error::<Test>::KeyUsed);
		run(RETENTION + 1);
		assert_ok!(enlist(TARA));
		assert_eq!(crate::UsedKeys::<Test>::iter().count(), 0);
	});
}

#[test]
fn bond_should_return_with_the_end_of_the_last_lesson_when_a_trainer_retires_while_it_is_engaged() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::handed(trained(2, 1), &[TARA, THEO], &[TINA, TOM]);
		assert_ok!(retire(TARA));
		assert_eq!(events().last(), Some(&Event::TrainerRetired { trainer: TARA }));
		assert_noop!(retire(TARA), Error::<Test>::Retired);
		assert_noop!(add(TARA, prekeys(TARA, [9])), Error::<Test>::Retired);
		assert_noop!(enlist(TARA), Error::<Test>::AlreadyTrainer);
		let view = TrainerView { account: TARA, bond: TRAINER_BOND, keys: 0, engaged: 2, retired: true };
		assert_eq!(Teaching::trainers(0, 1), [view]);
		course.train_by_trainers(&[20, 20]);
		assert_eq!(bond(TARA), TRAINER_BOND);
		course.train_by_trainers(&[30, 30]);
		assert_eq!((bond(TARA), bond(THEO)), (0, TRAINER_BOND));
		assert!(!Trainers::<Test>::contains_key(TARA));
		course.settle_trained();
	});
}

#[test]
fn trainer_should_not_be_drawn_when_its_keys_are_used_up() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Teaching::enlist_trainer(RuntimeOrigin::signed(TARA), prekeys(TARA, 0..1)));
		let course = Course::for_trainers(trained(3, 1), &[THEO]);
		course.teach(&[TINA, TOM, ULLA]);
		let with_tara = (0..3).filter(|lesson| course.trainers(*lesson).contains(&TARA)).count();
		assert_eq!(with_tara, 1);
		assert!((0..3).all(|lesson| course.trainers(lesson).contains(&THEO)));
		assert_eq!(Ready::<Test>::get().iter().map(|(who, _)| *who).collect::<Vec<_>>(), [THEO]);
		// With new keys it comes back.
		assert_ok!(add(TARA, prekeys(TARA, [1])));
		assert!(Ready::<Test>::get().contains(&(TARA, System::block_number())));
		course.hand_all();
	});
}
