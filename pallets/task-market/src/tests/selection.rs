use crate::{mock::*, Applications, Assignments, Event, HoldReason, SpecOf};
use frame_support::assert_ok;
use praxis_primitives_market::{Expiry, Resources, Standing, TaskState};
use sp_runtime::Perbill;

fn owners(id: u32) -> Vec<u64> {
	Assignments::<Test>::get(id).iter().map(|assignment| assignment.owner).collect()
}

fn standing(id: u32, owner: u64) -> Standing {
	let applications = Applications::<Test>::get(id);
	applications.iter().find(|application| application.owner == owner).unwrap().standing
}

#[test]
fn selection_should_take_the_best_quality_per_price_when_more_apply_than_wanted() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		for (owner, quality, price) in [(WENDY, 50, 1_000), (XAVER, 40, 500), (YVES, 90, 1_000), (ZOE, 0, 1)] {
			set_quality(owner, quality);
			assert_ok!(apply(owner, id, price));
		}
		run_to(12);

		// Per 1,000 of price: 80, 90, 50 and 0 hundredths.
		assert_eq!(owners(id), [YVES, XAVER]);
		assert_eq!(standing(id, WENDY), Standing::Surplus);
		assert_eq!(held(WENDY, HoldReason::WorkerBond), 0, "who is not chosen has its bond back at once");
		assert_eq!(free(WENDY), BALANCE);
		assert_eq!(held(YVES, HoldReason::WorkerBond), bond(1_000));
		assert_eq!((marks(YVES).1, marks(WENDY).1), (1, 0));
		assert_eq!(task(id).state, TaskState::Assigned { until: 41 });
		assert!(events().contains(&Event::WorkerPassedOver { task: id, owner: ZOE, standing: Standing::Surplus }));
		assert_eq!(events().last(), Some(&Event::TaskAssigned { task: id, workers: 2, until: 41 }));
	});
}

#[test]
fn selection_should_break_a_tie_by_price_and_then_by_account() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, SpecOf::<Test> { workers: 3, budget: 3_000, ..spec() }).unwrap();
		for (owner, quality, price) in [(ZOE, 20, 400), (YVES, 10, 200), (XAVER, 10, 200), (WENDY, 40, 800)] {
			set_quality(owner, quality);
			assert_ok!(apply(owner, id, price));
		}
		run_to(12);
		assert_eq!(owners(id), [XAVER, YVES, ZOE]);
	});
}

#[test]
fn selection_should_pass_over_an_applicant_when_the_budget_does_not_suffice_for_it() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, SpecOf::<Test> { workers: 3, budget: 1_500, ..spec() }).unwrap();
		for (owner, quality, price) in [(WENDY, 90, 1_000), (XAVER, 80, 1_000), (YVES, 10, 500)] {
			set_quality(owner, quality);
			assert_ok!(apply(owner, id, price));
		}
		run_to(12);
		assert_eq!(owners(id), [WENDY, YVES]);
		assert_eq!(standing(id, XAVER), Standing::TooDear);
		assert_eq!(held(XAVER, HoldReason::WorkerBond), 0);
	});
}

#[test]
fn selection_should_expire_the_task_when_the_budget_suffices_for_nobody() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, SpecOf::<Test> { budget: 500, ..spec() }).unwrap();
		assert_ok!(apply(WENDY, id, 501));
		run_to(12);
		assert_eq!(task(id).state, TaskState::Expired { at: 11, cause: Expiry::NoWorker });
		assert_eq!(free(WENDY), BALANCE);
	});
}

#[test]
fn selection_should_expire_the_task_when_nobody_applies() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		run_to(11);
		assert_eq!(task(id).state, TaskState::Open { until: 11 });
		next_block();
		assert_eq!(task(id).state, TaskState::Expired { at: 11, cause: Expiry::NoWorker });
		assert_eq!(free(ALICE), BALANCE - Market::deposit());
		let ledger = task(id).ledger;
		assert_eq!((ledger.returned, ledger.burnt), (ledger.escrowed, 0));
		let expired = Event::TaskExpired { task: id, cause: Expiry::NoWorker, ledger };
		assert_eq!(events().last(), Some(&expired));
	});
}

#[test]
fn selection_should_leave_out_who_is_no_longer_eligible() {
	ExtBuilder::default().build_and_execute(|| {
		let resources = Resources { cores: 2, ..Default::default() };
		let minimum_reputation = Perbill::from_percent(50);
		let id = post(ALICE, SpecOf::<Test> { resources, minimum_reputation, ..spec() }).unwrap();
		for owner in [WENDY, XAVER, YVES, ZOE] {
			set_quality(owner, 50);
			change_worker(owner, |worker| worker.resources = resources);
			assert_ok!(apply(owner, id, 1_000));
		}
		set_quality(WENDY, 49);
		change_worker(XAVER, |worker| worker.resources.cores = 1);
		change_worker(YVES, |worker| worker.leaving = true);
		run_to(12);
		assert_eq!(owners(id), [ZOE]);
		for owner in [WENDY, XAVER, YVES] {
			assert_eq!(standing(id, owner), Standing::Ineligible);
			assert_eq!(free(owner), BALANCE);
		}
	});
}

#[test]
fn selection_should_pass_over_who_has_too_many_assignments() {
	ExtBuilder::default().build_and_execute(|| {
		MaxEngagements::set(1);
		let first = post(ALICE, SpecOf::<Test> { workers: 1, ..spec() }).unwrap();
		let second = post(BOB, SpecOf::<Test> { workers: 1, ..spec() }).unwrap();
		set_quality(WENDY, 90);
		for id in [first, second] {
			assert_ok!(apply(WENDY, id, 1_000));
			assert_ok!(apply(XAVER, id, 1_000));
		}
		run_to(12);
		assert_eq!((owners(first), owners(second)), (vec![WENDY], vec![XAVER]));
		assert_eq!(standing(second, WENDY), Standing::Unavailable);
		assert_eq!(held(WENDY, HoldReason::WorkerBond), bond(1_000));
	});
}

#[test]
fn selection_should_use_the_quality_of_its_own_moment() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, SpecOf::<Test> { workers: 1, ..spec() }).unwrap();
		set_quality(WENDY, 80);
		assert_ok!(apply(WENDY, id, 1_000));
		set_quality(XAVER, 60);
		assert_ok!(apply(XAVER, id, 1_000));
		set_quality(WENDY, 50);
		run_to(12);
		assert_eq!(owners(id), [XAVER]);
		let applications = Applications::<Test>::get(id);
		let kept: Vec<_> = applications.iter().map(|one| (one.owner, one.quality.reputation)).collect();
		assert_eq!(kept, [(XAVER, Perbill::from_percent(60)), (WENDY, Perbill::from_percent(50))]);
	});
}
