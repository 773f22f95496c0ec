use crate::{mock::*, Authors, Error, Event};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_consensus::AuthorSet;
use sp_runtime::DispatchError;

#[test]
fn deregister_should_stop_authoring_at_once_and_keep_the_bond() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(1))));

		let unbonds_at = 1 + UNBONDING;
		System::assert_last_event(Event::AuthorDeregistered { author: account(1), key: key(1), unbonds_at }.into());
		assert_eq!(Workers::account_of(&key(1), 2), None);
		assert_eq!(Workers::key_of(&account(1), 2), None);
		assert_eq!(Workers::count(2), 1);
		assert_eq!(held(&account(1)), BOND);
		assert_eq!(Workers::author_status(&account(1)).unwrap().unbonds_at, Some(unbonds_at as u32));
		assert_eq!(Workers::authors(), vec![(account(2), key(2))]);
	});
}

#[test]
fn deregister_should_fail_when_unsigned() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Workers::deregister(RuntimeOrigin::root()), DispatchError::BadOrigin);
	});
}

#[test]
fn deregister_should_fail_when_the_caller_is_no_author() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Workers::deregister(RuntimeOrigin::signed(account(3))), Error::<Test>::NotRegistered);
	});
}

#[test]
fn deregister_should_fail_when_the_author_is_leaving() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(1))));
		run_to(9);
		assert_noop!(Workers::deregister(RuntimeOrigin::signed(account(1))), Error::<Test>::AlreadyLeaving);
		assert_eq!(Authors::<Test>::get(account(1)).unwrap().unbonds_at, Some(1 + UNBONDING));
	});
}

#[test]
fn deregister_should_fail_when_nobody_could_make_the_next_block() {
	ExtBuilder::default().with_authors(&[1]).build_and_execute(|| {
		assert_noop!(Workers::deregister(RuntimeOrigin::signed(account(1))), Error::<Test>::LastAuthor);

		// One who is waiting cannot make it either, until the very block from which it is active.
		assert_ok!(register(2));
		run_to(u64::from(ACTIVATION_DELAY) - 1);
		assert_noop!(Workers::deregister(RuntimeOrigin::signed(account(1))), Error::<Test>::LastAuthor);
		run_to(u64::from(ACTIVATION_DELAY));
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(1))));
		assert_noop!(Workers::deregister(RuntimeOrigin::signed(account(2))), Error::<Test>::LastAuthor);
	});
}

#[test]
fn deregister_should_forget_the_activation_when_the_author_is_waiting() {
	ExtBuilder::default().with_authors(&[1]).build_and_execute(|| {
		assert_ok!(register(2));
		assert_ok!(register(3));
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(2))));
		assert_eq!(Workers::count(2), 1);
		run_to(1 + u64::from(ACTIVATION_DELAY));
		assert_eq!(Workers::count(System::block_number()), 2);
	});
}
