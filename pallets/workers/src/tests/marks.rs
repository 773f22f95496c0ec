use crate::{mock::*, Event, Histories, RecentMarks};
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::{Quality, WorkerRegistry};
use sp_runtime::Perbill;

fn percent(percent: u32) -> Perbill {
	Perbill::from_percent(percent)
}

/// Quality of the worker of account 3.
fn quality() -> Quality {
	Workers::quality(&account(3), &TaskEnvironment::CartPole)
}

fn reputation() -> Perbill {
	quality().reputation
}

/// Requester `requester` marks the worker of account 3.
fn record(requester: u8, share: Perbill, burnt: u64) {
	Workers::record(&account(3), &account(requester), mark(share, burnt));
}

#[test]
fn good_mark_should_raise_every_term_when_something_was_burnt_for_it() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		record(9, Perbill::one(), BURN_UNIT);
		// Half a mark: 1/2 / (2 + 1/2); half of the level; an eighth of the speed.
		assert_eq!(reputation(), percent(20));
		assert_eq!(quality().expertise, percent(50));
		assert_eq!(quality().compute, Perbill::from_rational(1u32, 8u32));
		System::assert_last_event(
			Event::WorkerMarked {
				owner: account(3),
				requester: account(9),
				share: Perbill::one(),
				reputation: percent(20),
			}
			.into(),
		);
		let view = Workers::worker_view(account(3)).unwrap();
		assert_eq!((view.judged, view.faults, view.skills.len()), (1, 0, 1));
	});
}

#[test]
fn self_dealing_should_gain_nothing_when_nothing_is_burnt() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		for requester in 5..30 {
			record(requester, Perbill::one(), 0);
			run_to(System::block_number() + u64::from(HALF_LIFE));
		}
		assert_eq!(quality(), Quality::default());
	});
}

#[test]
fn self_dealing_should_cost_a_burn_unit_a_mark_however_many_names_it_uses() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		// Many names that burn little each.
		for requester in 5..(5 + MAX_RECENT as u8) {
			record(requester, Perbill::one(), 1);
		}
		let good = Histories::<Test>::get(account(3)).reputation.good;
		assert!(good * BURN_UNIT <= u64::from(MAX_RECENT) * crate::reputation::UNIT);
		// And no more of them than there is room for.
		record(30, Perbill::one(), 1_000 * BURN_UNIT);
		assert_eq!(Histories::<Test>::get(account(3)).reputation.good, good);
	});
}

#[test]
fn good_mark_should_count_once_per_requester_within_a_half_life() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		record(9, Perbill::one(), BURN_UNIT);
		let once = Histories::<Test>::get(account(3)).reputation;
		for _ in 0..5 {
			record(9, Perbill::one(), 100 * BURN_UNIT);
		}
		assert_eq!(Histories::<Test>::get(account(3)).reputation, once);
		// Another requester's counts.
		record(8, Perbill::one(), BURN_UNIT);
		assert_eq!(Histories::<Test>::get(account(3)).reputation.good, 2 * once.good);
		// And the same one's when the half-life is over.
		run_to(System::block_number() + u64::from(HALF_LIFE) - 1);
		record(9, Perbill::one(), BURN_UNIT);
		assert!(Histories::<Test>::get(account(3)).reputation.good < once.good * 2);
		run_to(System::block_number() + 1);
		let before = Histories::<Test>::get(account(3)).reputation.decayed(&Workers::clock(), System::block_number());
		record(9, Perbill::one(), BURN_UNIT);
		assert_eq!(Histories::<Test>::get(account(3)).reputation.good, before.good + once.good);
	});
}

#[test]
fn bad_mark_should_count_in_full_when_a_good_one_came_before() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		record(9, percent(90), BURN_UNIT);
		let all = |n: u32| Histories::<Test>::get(account(3)).reputation.all - u64::from(n);
		let first = all(0);
		// From a tenth that was bad to six tenths, then to all of it; never more than one mark.
		record(9, percent(40), BURN_UNIT);
		assert_eq!(all(0) - first, 500_000_000);
		record(9, percent(70), BURN_UNIT);
		assert_eq!(all(0) - first, 500_000_000);
		record(9, Perbill::zero(), 0);
		record(9, Perbill::zero(), 0);
		assert_eq!(all(0) - first, 900_000_000);
	});
}

#[test]
fn bad_mark_should_count_when_friends_fill_the_list_of_requesters() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		for requester in 5..(5 + MAX_RECENT as u8) {
			record(requester, Perbill::one(), BURN_UNIT);
		}
		let before = reputation();
		record(30, Perbill::zero(), 0);
		assert!(reputation() < before);
		assert_eq!(RecentMarks::<Test>::get(account(3)).len() as u32, MAX_RECENT);
	});
}

#[test]
fn fault_should_count_every_time() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		record(9, Perbill::one(), 3 * BURN_UNIT);
		let (mut before, mut compute) = (reputation(), quality().compute);
		for faults in 1..10u32 {
			Workers::record(&account(3), &account(9), fault());
			assert!(reputation() < before && quality().compute < compute);
			(before, compute) = (reputation(), quality().compute);
			// 3/4 / (2 + 3/4 + faults), rounded down.
			assert_eq!(before, Perbill::from_parts(3_000_000_000 / (11 + 4 * u64::from(faults)) as u32));
			assert_eq!(Workers::worker_view(account(3)).unwrap().faults, faults);
		}
	});
}

#[test]
fn expertise_should_not_come_from_a_score_that_earned_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		// The best score there is, by a copy of a published policy: no share, nothing burnt.
		record(9, Perbill::zero(), 0);
		assert_eq!(quality(), Quality::default());
	});
}

#[test]
fn record_should_change_nothing_when_the_account_owns_no_worker() {
	ExtBuilder::default().build_and_execute(|| {
		Workers::record(&account(3), &account(9), mark(Perbill::one(), BURN_UNIT));
		assert!(!Histories::<Test>::contains_key(account(3)));
		assert_eq!(quality(), Quality::default());
	});
}
