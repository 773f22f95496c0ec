use crate::{mock::*, Due, Error, Pallet, WeightInfo};
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};
use praxis_primitives_market::{EvaluationError, Expiry, TaskState};
use sp_runtime::DispatchError;

fn poke(id: u32) -> frame_support::dispatch::DispatchResult {
	Market::poke(RuntimeOrigin::signed(MALLORY), id)
}

#[test]
fn poke_should_advance_a_task_when_the_chain_had_no_room_to() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		assert_ok!(apply(WENDY, id, 1_000));
		System::set_block_number(11);
		assert_noop!(poke(id), Error::<Test>::NotDue);
		System::set_block_number(12);
		assert_ok!(poke(id));
		assert_eq!(task(id).state, TaskState::Assigned { until: 42 });
		assert_noop!(poke(id), Error::<Test>::NotDue);
		System::set_block_number(42);
		assert_ok!(commit(WENDY, id, &policy(1)));
		assert_noop!(poke(id), Error::<Test>::NotDue);
		System::set_block_number(50);
		assert_ok!(poke(id));
		assert_eq!(task(id).state, TaskState::Committed { until: 70 }, "the window is whole, however late it begins");
		assert_ok!(reveal(WENDY, id, &policy(1)));
		assert_noop!(poke(id), Error::<Test>::NotDue);
		System::set_block_number(51);
		assert_ok!(poke(id));
		assert_eq!(task(id).state, TaskState::Evaluating { since: 51 });
		assert_noop!(poke(id), Error::<Test>::NotDue);
		judge(id, &[242]);
		assert_noop!(poke(id), Error::<Test>::NotDue);
	});
}

#[test]
fn poke_should_fail_when_there_is_no_such_task_or_it_is_unsigned() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(poke(0), Error::<Test>::NotFound);
		assert_noop!(Market::poke(RuntimeOrigin::root(), 0), DispatchError::BadOrigin);
	});
}

#[test]
fn reveals_should_stay_closed_until_there_is_a_beacon_when_there_is_none() {
	ExtBuilder::default().build_and_execute(|| {
		let id = committed(spec(), &[(WENDY, policy(1)), (XAVER, policy(2))]);
		assert_ok!(reveal(WENDY, id, &policy(1)));
		SealError::set(Some(EvaluationError::NoBeacon));
		run_to(40);
		assert_eq!(task(id).state, TaskState::Committed { until: 32 });
		assert_noop!(reveal(XAVER, id, &policy(2)), Error::<Test>::TooLate);
		assert_noop!(poke(id), Error::<Test>::NotDue);
		next_block_without_idle();
		assert_noop!(poke(id), Error::<Test>::NoBeacon);
		Market::do_try_state().unwrap();
		SealError::set(None);
		assert_ok!(poke(id));
		assert_eq!(task(id).state, TaskState::Evaluating { since: 41 });
		assert_eq!(free(XAVER), BALANCE - bond(1_000));
	});
}

#[test]
fn task_that_waits_for_a_beacon_should_delay_no_other() {
	ExtBuilder::default().build_and_execute(|| {
		let waiting: Vec<_> = (0..i8::try_from(MAX_ADVANCES).unwrap())
			.map(|number| committed(spec(), &[(WENDY, policy(number))]))
			.collect();
		for (id, number) in waiting.iter().zip(0..) {
			assert_ok!(reveal(WENDY, *id, &policy(number)));
		}
		SealError::set(Some(EvaluationError::NoBeacon));
		next_block();
		let other = post(BOB, spec()).unwrap();
		run_to(System::block_number() + 10 + 2);
		assert!(matches!(task(other).state, TaskState::Expired { cause: Expiry::NoWorker, .. }));
		for id in waiting {
			assert!(matches!(task(id).state, TaskState::Committed { .. }));
		}
	});
}

#[test]
fn everything_should_be_returned_when_the_evaluation_fails_for_good() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let id = committed(spec(), &[(WENDY, policy(1))]);
		assert_ok!(reveal(WENDY, id, &policy(1)));
		SealError::set(Some(EvaluationError::QueueFull));
		next_block();
		assert!(matches!(task(id).state, TaskState::Expired { cause: Expiry::NoJudgement, .. }));
		assert_eq!((free(ALICE), free(WENDY)), (BALANCE - Market::deposit(), BALANCE));
		assert_eq!(Balances::total_issuance(), issued);
		assert_eq!(marks(WENDY), (vec![], 0));
	});
}

#[test]
fn on_idle_should_do_no_more_than_there_is_room_for() {
	ExtBuilder::default().build_and_execute(|| {
		let ids: Vec<_> = (0..4).map(|_| post(ALICE, spec()).unwrap()).collect();
		let open = || ids.iter().filter(|id| task(**id).state.finished().is_none()).count();
		System::set_block_number(11);
		let base = <() as WeightInfo>::on_idle();
		let step = Pallet::<Test>::advance_weight();

		assert_eq!(Market::on_idle(11, Weight::zero()), Weight::zero());
		assert_eq!(Market::on_idle(11, base), base);
		assert_eq!(open(), 4);
		let room = base.saturating_add(step);
		assert_eq!(Market::on_idle(11, room), room);
		assert_eq!(open(), 3);
		let used = Market::on_idle(11, Weight::MAX);
		assert_eq!(open(), 3 - MAX_ADVANCES as usize, "however much room there is");
		assert!(used.all_gte(step.saturating_mul(MAX_ADVANCES.into())));
		Market::on_idle(11, Weight::MAX);
		assert_eq!(open(), 0);
	});
}

#[test]
fn due_tasks_should_be_served_by_their_heights() {
	ExtBuilder::default().build_and_execute(|| {
		let mut late = spec();
		late.apply_blocks = 12;
		let ids = [post(ALICE, late).unwrap(), post(ALICE, spec()).unwrap(), post(BOB, spec()).unwrap()];
		assert_eq!(Due::<Test>::get().into_inner(), [(11, ids[1]), (11, ids[2]), (13, ids[0])]);
	});
}
