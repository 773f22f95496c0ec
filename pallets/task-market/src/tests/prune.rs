use crate::{mock::*, Applications, Assignments, Error, Event, Finished, FinishedPlaces, HoldReason, Places, Tasks};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

fn prune(id: u32) -> frame_support::dispatch::DispatchResult {
	Market::prune(RuntimeOrigin::signed(MALLORY), id)
}

#[test]
fn finished_tasks_should_be_forgotten_by_the_chain_after_a_while() {
	ExtBuilder::default().build_and_execute(|| {
		let id = evaluating(spec(), &[(WENDY, policy(1))]);
		judge(id, &[242]);
		run_to(14 + RETENTION);
		assert!(Tasks::<Test>::contains_key(id));
		assert_eq!(held(ALICE, HoldReason::TaskDeposit), Market::deposit());
		next_block();
		assert!(!Tasks::<Test>::contains_key(id));
		assert!(!Applications::<Test>::contains_key(id));
		assert!(!Assignments::<Test>::contains_key(id));
		assert_eq!(Finished::<Test>::iter().count(), 0);
		assert_eq!(held(ALICE, HoldReason::TaskDeposit), 0);
	});
}

#[test]
fn prune_should_return_the_deposit_to_the_requester_when_anybody_calls_it() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		assert_noop!(prune(id), Error::<Test>::NotFinished);
		assert_ok!(Market::cancel(RuntimeOrigin::signed(ALICE), id));
		System::set_block_number(RETENTION);
		assert_noop!(prune(id), Error::<Test>::StillRetained);
		System::set_block_number(1 + RETENTION);
		assert_ok!(prune(id));
		assert_eq!((free(ALICE), free(MALLORY)), (BALANCE, BALANCE));
		assert_eq!(events().last(), Some(&Event::TaskPruned { task: id, deposit: Market::deposit() }));
		assert_noop!(prune(id), Error::<Test>::NotFound);
		assert_noop!(Market::prune(RuntimeOrigin::root(), id), DispatchError::BadOrigin);
	});
}

#[test]
fn finished_tasks_should_be_forgotten_when_others_were_pruned_out_of_order() {
	ExtBuilder::default().build_and_execute(|| {
		let ids: Vec<_> = (0..4).map(|_| post(ALICE, spec()).unwrap()).collect();
		for id in &ids {
			assert_ok!(Market::cancel(RuntimeOrigin::signed(ALICE), *id));
		}
		System::set_block_number(1 + RETENTION);
		for id in [ids[1], ids[2]] {
			assert_ok!(prune(id));
		}
		Market::do_try_state().unwrap();
		run_to(1 + RETENTION + 4);
		assert_eq!(Tasks::<Test>::iter().count(), 0);
		assert_eq!(FinishedPlaces::<Test>::get(), Places { first: 4, next: 4 });
		assert_eq!(free(ALICE), BALANCE);
	});
}
