use crate::{mock::*, Applications, Error, Event, HoldReason, OpenTasks};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_market::TaskState;
use sp_runtime::DispatchError;

#[test]
fn cancel_should_return_everything_but_the_deposit() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let id = post(ALICE, spec()).unwrap();
		assert_ok!(apply(WENDY, id, 1_000));
		assert_ok!(Market::cancel(RuntimeOrigin::signed(ALICE), id));

		assert_eq!(task(id).state, TaskState::Cancelled { at: 1 });
		assert_eq!((free(ALICE), held(ALICE, HoldReason::TaskBudget)), (BALANCE - Market::deposit(), 0));
		assert_eq!((free(WENDY), held(WENDY, HoldReason::WorkerBond)), (BALANCE, 0));
		assert_eq!(task(id).ledger.returned, task(id).ledger.escrowed);
		assert_eq!(Balances::total_issuance(), issued);
		assert!(Applications::<Test>::get(id).is_empty());
		assert_eq!(OpenTasks::<Test>::get(), 0);
		assert_eq!(events().last(), Some(&Event::TaskCancelled { task: id }));
		run_to(12);
		assert_eq!(task(id).state, TaskState::Cancelled { at: 1 }, "nothing is due any more");
	});
}

#[test]
fn cancel_should_fail_when_it_is_anothers() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Market::cancel(RuntimeOrigin::signed(ALICE), 0), Error::<Test>::NotFound);
		let id = post(ALICE, spec()).unwrap();
		assert_noop!(Market::cancel(RuntimeOrigin::signed(BOB), id), Error::<Test>::NotRequester);
		assert_noop!(Market::cancel(RuntimeOrigin::root(), id), DispatchError::BadOrigin);
	});
}

#[test]
fn cancel_should_fail_when_workers_are_chosen_or_it_is_finished() {
	ExtBuilder::default().build_and_execute(|| {
		let cancel = |id| Market::cancel(RuntimeOrigin::signed(ALICE), id);
		let id = assigned(spec(), &[(WENDY, 1_000)]);
		assert_noop!(cancel(id), Error::<Test>::NotOpen);
		assert_ok!(commit(WENDY, id, &policy(1)));
		next_block();
		assert_noop!(cancel(id), Error::<Test>::NotOpen);
		assert_ok!(reveal(WENDY, id, &policy(1)));
		next_block();
		assert_noop!(cancel(id), Error::<Test>::NotOpen);
		judge(id, &[100]);
		assert_noop!(cancel(id), Error::<Test>::NotOpen);
	});
}
