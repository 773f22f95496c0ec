use crate::{mock::*, Applications, Error, Event, HoldReason};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

fn withdraw(owner: u64, id: u32) -> frame_support::dispatch::DispatchResult {
	Market::withdraw_application(RuntimeOrigin::signed(owner + OPERATOR), id)
}

#[test]
fn withdraw_application_should_return_the_bond() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		assert_ok!(apply(WENDY, id, 1_000));
		assert_ok!(apply(XAVER, id, 1_000));
		assert_ok!(withdraw(WENDY, id));
		assert_eq!(held(WENDY, HoldReason::WorkerBond), 0);
		assert_eq!(free(WENDY), BALANCE);
		assert_eq!(task(id).ledger.returned, bond(1_000));
		assert_eq!(Applications::<Test>::get(id).len(), 1);
		assert_eq!(events().last(), Some(&Event::ApplicationWithdrawn { task: id, owner: WENDY }));
		// It may apply again, at another price.
		assert_ok!(apply(WENDY, id, 500));
	});
}

#[test]
fn withdraw_application_should_fail_when_there_is_none() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(withdraw(WENDY, 0), Error::<Test>::NotFound);
		let id = post(ALICE, spec()).unwrap();
		assert_noop!(withdraw(WENDY, id), Error::<Test>::NotApplied);
		assert_noop!(withdraw(MALLORY, id), Error::<Test>::NotRegistered);
		assert_noop!(Market::withdraw_application(RuntimeOrigin::root(), id), DispatchError::BadOrigin);
	});
}

#[test]
fn withdraw_application_should_fail_when_the_time_for_it_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		assert_ok!(apply(WENDY, id, 1_000));
		run_to(11);
		next_block_without_idle();
		assert_noop!(withdraw(WENDY, id), Error::<Test>::TooLate);
		next_block();
		assert_noop!(withdraw(WENDY, id), Error::<Test>::NotOpen);
	});
}
