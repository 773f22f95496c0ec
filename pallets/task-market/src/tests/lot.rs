use crate::{mock::*, Applications, Assignments, Due, Error, Event, HoldReason, SpecOf};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_consensus::BEACON_BLOCKS;
use praxis_primitives_market::{selection::lot, Expiry, Standing, TaskState};
use sp_runtime::Perbill;

/// Blocks of a beacon.
const DRAW: u64 = BEACON_BLOCKS as u64;

/// A task for so many workers with applicants of these qualities, all at the same price, in the block after the last one
/// for applications.
fn closed(workers: u32, applicants: &[(u64, u32)]) -> u32 {
	let id = post(ALICE, SpecOf::<Test> { workers, budget: 1_000 * u64::from(workers), ..spec() }).unwrap();
	for (owner, quality) in applicants {
		set_quality(*owner, *quality);
		assert_ok!(apply(*owner, id, 1_000));
	}
	run_to(12);
	id
}

fn owners(id: u32) -> Vec<u64> {
	Assignments::<Test>::get(id).iter().map(|assignment| assignment.owner).collect()
}

fn ranked(id: u32) -> Vec<(u64, Option<u32>, Standing)> {
	Market::ranking(id).into_iter().map(|one| (one.owner, one.rank, one.standing)).collect()
}

/// These owners in the order of their lots.
fn by_lot(id: u32, after: u64, mut owners: Vec<u64>) -> Vec<u64> {
	owners.sort_unstable_by_key(|owner| lot(&beacon(after), id, owner));
	owners
}

#[test]
fn lots_should_be_drawn_by_a_beacon_that_begins_after_the_applications() {
	ExtBuilder::default().build_and_execute(|| {
		let id = closed(1, &[(WENDY, 0), (XAVER, 0), (YVES, 0)]);
		assert_eq!(task(id).state, TaskState::Drawing { after: 11 });
		assert_eq!(Requests::get(11), Some(1));
		assert_eq!(events().last(), Some(&Event::ApplicationsClosed { task: id, unknown: 3, after: 11 }));
		assert_eq!(Due::<Test>::get().into_inner(), [(11 + DRAW, id)]);
		run_to(11 + DRAW);
		assert_eq!(task(id).state, TaskState::Drawing { after: 11 });
		next_block();

		let order = by_lot(id, 11, vec![WENDY, XAVER, YVES]);
		assert_eq!(owners(id), order[..1]);
		assert_eq!(task(id).state, TaskState::Assigned { until: 11 + DRAW + 30 }, "the time for training is whole");
		assert_eq!(Requests::get(11), None, "the beacon is given back");
		let standings = [Standing::Chosen, Standing::Surplus, Standing::Surplus];
		let expected = order.iter().zip((0..).zip(standings)).map(|(who, (at, what))| (*who, Some(at), what));
		assert_eq!(ranked(id), expected.collect::<Vec<_>>());
		for owner in &order[1..] {
			assert_eq!((held(*owner, HoldReason::WorkerBond), free(*owner)), (0, BALANCE));
		}
		let last = Event::TaskAssigned { task: id, workers: 1, until: 11 + DRAW + 30 };
		assert_eq!(events().last(), Some(&last));
	});
}

#[test]
fn known_workers_should_come_before_the_lot_whatever_they_ask() {
	ExtBuilder::default().build_and_execute(|| {
		let id = closed(2, &[(WENDY, 0), (XAVER, 1), (YVES, 0)]);
		let waiting = |owner| (owner, None, Standing::Waiting);
		assert_eq!(ranked(id), [(XAVER, Some(0), Standing::Chosen), waiting(WENDY), waiting(YVES)]);
		run_to(12 + DRAW);
		let first = by_lot(id, 11, vec![WENDY, YVES])[0];
		assert_eq!(owners(id), [XAVER, first]);
	});
}

#[test]
fn ranking_should_tell_what_lots_would_decide_while_workers_apply() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, SpecOf::<Test> { workers: 1, ..spec() }).unwrap();
		assert_ok!(apply(WENDY, id, 700));
		assert_eq!(ranked(id), [(WENDY, Some(0), Standing::Chosen)]);
		assert_ok!(apply(XAVER, id, 600));
		assert_eq!(ranked(id), [(XAVER, None, Standing::Waiting), (WENDY, None, Standing::Waiting)]);
		set_quality(WENDY, 10);
		assert_eq!(ranked(id), [(WENDY, Some(0), Standing::Chosen), (XAVER, Some(1), Standing::Surplus)]);
	});
}

#[test]
fn choice_should_be_made_at_once_when_lots_decide_nothing() {
	for (workers, applicants, chosen) in [
		(1, vec![(WENDY, 0)], vec![WENDY]),
		(2, vec![(XAVER, 0), (WENDY, 0)], vec![WENDY, XAVER]),
		(1, vec![(WENDY, 10), (XAVER, 0), (YVES, 0)], vec![WENDY]),
		(2, vec![(WENDY, 10), (XAVER, 20), (YVES, 0)], vec![XAVER, WENDY]),
	] {
		ExtBuilder::default().build_and_execute(|| {
			let id = closed(workers, &applicants);
			assert_eq!(task(id).state, TaskState::Assigned { until: 41 });
			assert_eq!(owners(id), chosen);
			assert_eq!(Requests::iter().count(), 0);
		});
	}
}

#[test]
fn lots_should_be_drawn_when_the_known_worker_cannot_take_the_task() {
	ExtBuilder::default().build_and_execute(|| {
		MaxEngagements::set(1);
		let other = closed(1, &[(WENDY, 10)]);
		assert_eq!(owners(other), [WENDY]);
		let id = post(BOB, SpecOf::<Test> { workers: 1, ..spec() }).unwrap();
		for owner in [WENDY, XAVER, YVES] {
			assert_ok!(apply(owner, id, 1_000));
		}
		run_to(23);
		assert_eq!(task(id).state, TaskState::Drawing { after: 22 });
		run_to(23 + DRAW);
		assert_eq!(owners(id), by_lot(id, 22, vec![XAVER, YVES])[..1]);
	});
}

#[test]
fn nothing_should_be_applied_withdrawn_cancelled_or_committed_while_lots_are_drawn() {
	ExtBuilder::default().build_and_execute(|| {
		let id = closed(1, &[(WENDY, 0), (XAVER, 0)]);
		assert_noop!(apply(YVES, id, 1), Error::<Test>::NotOpen);
		let operator = RuntimeOrigin::signed(WENDY + OPERATOR);
		assert_noop!(Market::withdraw_application(operator, id), Error::<Test>::NotOpen);
		assert_noop!(Market::cancel(RuntimeOrigin::signed(ALICE), id), Error::<Test>::NotOpen);
		assert_noop!(commit(WENDY, id, &policy(1)), Error::<Test>::TooEarly);
		assert_noop!(reveal(WENDY, id, &policy(1)), Error::<Test>::TooEarly);
		assert_noop!(Market::poke(RuntimeOrigin::signed(MALLORY), id), Error::<Test>::NotDue);
	});
}

#[test]
fn qualities_should_be_those_of_the_end_of_the_applications_when_lots_are_drawn() {
	ExtBuilder::default().build_and_execute(|| {
		let id = closed(1, &[(WENDY, 0), (XAVER, 0), (YVES, 0)]);
		let last = *by_lot(id, 11, vec![WENDY, XAVER, YVES]).last().unwrap();
		set_quality(last, 100);
		run_to(12 + DRAW);
		assert!(!owners(id).contains(&last), "who becomes known meanwhile keeps its lot");
		let kept = Applications::<Test>::get(id);
		assert!(kept.iter().all(|one| one.quality.reputation == Perbill::zero()));
	});
}

#[test]
fn applicant_that_leaves_while_lots_are_drawn_should_be_passed_over() {
	ExtBuilder::default().build_and_execute(|| {
		let id = closed(1, &[(WENDY, 0), (XAVER, 0)]);
		let order = by_lot(id, 11, vec![WENDY, XAVER]);
		change_worker(order[0], |worker| worker.leaving = true);
		run_to(12 + DRAW);
		assert_eq!(owners(id), order[1..]);
		assert_eq!(held(order[0], HoldReason::WorkerBond), 0);
	});
}

#[test]
fn task_should_expire_when_all_leave_while_lots_are_drawn() {
	ExtBuilder::default().build_and_execute(|| {
		let id = closed(1, &[(WENDY, 0), (XAVER, 0)]);
		for owner in [WENDY, XAVER] {
			change_worker(owner, |worker| worker.leaving = true);
		}
		run_to(12 + DRAW);
		assert_eq!(task(id).state, TaskState::Expired { at: 11 + DRAW, cause: Expiry::NoWorker });
		assert_eq!((free(WENDY), free(XAVER), free(ALICE)), (BALANCE, BALANCE, BALANCE - Market::deposit()));
	});
}

#[test]
fn applications_should_stay_closed_until_there_is_a_beacon_when_there_is_none() {
	ExtBuilder::default().build_and_execute(|| {
		MaxBeacons::set(0);
		let id = closed(1, &[(WENDY, 0), (XAVER, 0)]);
		assert_eq!(task(id).state, TaskState::Open { until: 11 });
		assert_noop!(apply(YVES, id, 1), Error::<Test>::TooLate);
		run_to(15);
		next_block_without_idle();
		assert_noop!(Market::poke(RuntimeOrigin::signed(MALLORY), id), Error::<Test>::NoBeacon);
		Market::do_try_state().unwrap();
		MaxBeacons::set(1);
		assert_ok!(Market::poke(RuntimeOrigin::signed(MALLORY), id));
		assert_eq!(task(id).state, TaskState::Drawing { after: 16 });
		run_to(17 + DRAW);
		assert_eq!(owners(id), by_lot(id, 16, vec![WENDY, XAVER])[..1]);
	});
}

#[test]
fn poke_should_draw_lots_when_the_chain_had_no_room_to() {
	ExtBuilder::default().build_and_execute(|| {
		let id = closed(1, &[(WENDY, 0), (XAVER, 0)]);
		let poke = || Market::poke(RuntimeOrigin::signed(MALLORY), id);
		System::set_block_number(11 + DRAW);
		assert_noop!(poke(), Error::<Test>::NotDue);
		System::set_block_number(12 + DRAW);
		assert_ok!(poke());
		assert_eq!(task(id).state, TaskState::Assigned { until: 12 + DRAW + 30 });
		assert_eq!(owners(id), by_lot(id, 11, vec![WENDY, XAVER])[..1], "whoever pokes and whenever");
	});
}

#[test]
fn two_tasks_should_share_a_beacon_and_have_lots_of_their_own() {
	ExtBuilder::default().build_and_execute(|| {
		let all = [WENDY, XAVER, YVES, ZOE];
		let ids = [BOB, ALICE].map(|requester| {
			let id = post(requester, SpecOf::<Test> { workers: 1, ..spec() }).unwrap();
			for owner in all {
				assert_ok!(apply(owner, id, 1_000));
			}
			id
		});
		run_to(12);
		assert_eq!(Requests::get(11), Some(2));
		run_to(12 + DRAW);
		assert_eq!(Requests::iter().count(), 0);
		for id in ids {
			assert_eq!(owners(id), by_lot(id, 11, all.to_vec())[..1]);
		}
		assert_ne!(by_lot(ids[0], 11, all.to_vec()), by_lot(ids[1], 11, all.to_vec()));
	});
}
