use crate::{mock::*, Applications, Error, Event, HoldReason, SpecOf};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_market::Resources;
use sp_runtime::{DispatchError, Perbill, TokenError};

#[test]
fn apply_should_put_the_owners_bond_on_hold() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		assert_ok!(apply(WENDY, id, 999));
		// A fifth of 999 is rounded up.
		assert_eq!(held(WENDY, HoldReason::WorkerBond), 200 + EVALUATION + MINIMUM_BOND);
		assert_eq!(task(id).ledger.escrowed, 2_000 + 2 * EVALUATION + 200 + EVALUATION + MINIMUM_BOND);
		assert_eq!(events().last(), Some(&Event::Applied { task: id, owner: WENDY, price: 999, bond: bond(999) }));
		assert_eq!(marks(WENDY).1, 0, "who applies is not bound yet");
	});
}

#[test]
fn apply_should_be_for_several_tasks_at_once() {
	ExtBuilder::default().build_and_execute(|| {
		let ids = [post(ALICE, spec()).unwrap(), post(BOB, spec()).unwrap()];
		for id in ids {
			assert_ok!(apply(WENDY, id, 1_000));
		}
		assert_eq!(held(WENDY, HoldReason::WorkerBond), 2 * bond(1_000));
	});
}

#[test]
fn apply_should_be_possible_until_the_last_block() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		run_to(11);
		assert_ok!(apply(WENDY, id, 1_000));
		next_block_without_idle();
		assert_noop!(apply(XAVER, id, 1_000), Error::<Test>::TooLate);
		next_block();
		assert_noop!(apply(XAVER, id, 1_000), Error::<Test>::NotOpen);
	});
}

#[test]
fn apply_should_fail_when_there_is_no_such_task_or_worker() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(apply(WENDY, 0, 1_000), Error::<Test>::NotFound);
		let id = post(ALICE, spec()).unwrap();
		assert_noop!(Market::apply(RuntimeOrigin::root(), id, 1), DispatchError::BadOrigin);
		assert_noop!(Market::apply(RuntimeOrigin::signed(MALLORY), id, 1), Error::<Test>::NotRegistered);
		// The owner's key is not the worker's.
		assert_noop!(Market::apply(RuntimeOrigin::signed(WENDY), id, 1), Error::<Test>::NotRegistered);
		change_worker(XAVER, |worker| worker.leaving = true);
		assert_noop!(apply(XAVER, id, 1), Error::<Test>::NotRegistered);
	});
}

#[test]
fn apply_should_fail_when_the_price_is_out_of_bounds() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		for price in [0, 1_001, u64::MAX] {
			assert_noop!(apply(WENDY, id, price), Error::<Test>::BadPrice);
		}
		assert_ok!(apply(WENDY, id, 1));
	});
}

#[test]
fn apply_should_fail_when_the_worker_applied_already() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		assert_ok!(apply(WENDY, id, 1_000));
		assert_noop!(apply(WENDY, id, 900), Error::<Test>::AlreadyApplied);
	});
}

#[test]
fn apply_should_fail_when_the_worker_is_not_eligible() {
	ExtBuilder::default().build_and_execute(|| {
		let resources = Resources { cores: 4, memory: 8_192, gpus: 1, gpu_memory: 16_384 };
		let minimum_reputation = Perbill::from_percent(10);
		let id = post(ALICE, SpecOf::<Test> { minimum_reputation, resources, ..spec() }).unwrap();
		change_worker(WENDY, |worker| worker.resources = resources);
		assert_noop!(apply(WENDY, id, 1), Error::<Test>::NotEligible);
		set_quality(WENDY, 10);
		assert_ok!(apply(WENDY, id, 1));
		set_quality(XAVER, 90);
		change_worker(XAVER, |worker| worker.resources = Resources { gpus: 0, ..resources });
		assert_noop!(apply(XAVER, id, 1), Error::<Test>::NotEligible);
	});
}

#[test]
fn apply_should_fail_when_the_bond_cannot_be_held() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		let all = free(WENDY) - bond(1_000);
		assert_ok!(Balances::transfer_keep_alive(RuntimeOrigin::signed(WENDY), MALLORY, all));
		assert_noop!(apply(WENDY, id, 1_000), TokenError::FundsUnavailable);
		assert_ok!(apply(WENDY, id, 900));
	});
}

#[test]
fn apply_should_fail_when_as_many_as_may_have_applied() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		for owner in 11..11 + u64::from(MAX_APPLICANTS) {
			assert_ok!(apply(owner, id, 1_000));
		}
		set_quality(20, 100);
		assert_noop!(apply(20, id, 1), Error::<Test>::TooManyApplicants);
		assert_eq!(Applications::<Test>::get(id).len() as u32, MAX_APPLICANTS);
	});
}
