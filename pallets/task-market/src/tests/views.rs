use crate::mock::*;
use frame_support::assert_ok;
use praxis_primitives_market::{Standing, TaskState};
use sp_runtime::Perbill;

#[test]
fn open_tasks_should_be_listed_by_number_from_where_is_asked() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 0..4 {
			post(ALICE, spec()).unwrap();
		}
		assert_ok!(Market::cancel(RuntimeOrigin::signed(ALICE), 2));
		let ids = |from, count| Market::open_tasks(from, count).iter().map(|task| task.id).collect::<Vec<_>>();
		assert_eq!(ids(0, 10), [0, 1, 3]);
		assert_eq!(ids(1, 1), [1]);
		assert_eq!(ids(2, u32::MAX), [3]);
		assert_eq!(ids(4, 1), [0u32; 0]);
	});
}

#[test]
fn task_should_show_what_a_worker_needs_to_know() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Market::task(0), None);
		let id = committed(spec(), &[(WENDY, policy(1))]);
		let view = Market::task(id).unwrap();
		assert_eq!((view.requester, view.spec, view.state), (ALICE, spec(), TaskState::Committed { until: 32 }));
		assert_eq!((view.bond, view.evaluation, view.applicants), (bond(1_000), EVALUATION, 1));
		assert_eq!(view.assignments[0].owner, WENDY);
	});
}

#[test]
fn ranking_should_tell_the_selection_before_and_after_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Market::ranking(0), []);
		let mut spec = spec();
		spec.workers = 1;
		let id = post(ALICE, spec).unwrap();
		for (owner, quality, price) in [(WENDY, 40, 1_000), (XAVER, 60, 1_000), (YVES, 90, 1_000)] {
			set_quality(owner, quality);
			assert_ok!(apply(owner, id, price));
		}
		change_worker(YVES, |worker| worker.leaving = true);
		let ranking = || {
			let ranked = Market::ranking(id).into_iter();
			ranked.map(|one| (one.owner, one.rank, one.total, one.standing)).collect::<Vec<_>>()
		};
		let expected = [
			(XAVER, Some(0), Perbill::from_percent(60), Standing::Chosen),
			(WENDY, Some(1), Perbill::from_percent(40), Standing::Surplus),
			(YVES, None, Perbill::from_percent(90), Standing::Ineligible),
		];
		assert_eq!(ranking(), expected);
		run_to(12);
		set_quality(WENDY, 100);
		assert_eq!(ranking(), expected, "what was decided does not change");
	});
}

#[test]
fn my_tasks_should_show_those_of_a_requester_an_owner_and_an_operator() {
	ExtBuilder::default().build_and_execute(|| {
		let first = assigned(spec(), &[(WENDY, 1_000)]);
		let second = post(BOB, spec()).unwrap();
		assert_ok!(apply(WENDY, second, 1));
		let ids = |who| Market::my_tasks(&who).iter().map(|task| task.id).collect::<Vec<_>>();
		assert_eq!(ids(ALICE), [first]);
		assert_eq!(ids(BOB), [second]);
		assert_eq!(ids(WENDY), [second, first]);
		assert_eq!(ids(WENDY + OPERATOR), [second, first]);
		assert_eq!(ids(MALLORY), [0u32; 0]);
	});
}
