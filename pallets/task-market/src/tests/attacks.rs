//! What an attacker can try: `docs/security.md` lists these tests.

use crate::{mock::*, Error, HoldReason, SpecOf};
use frame_support::{assert_noop, assert_ok};
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_consensus::BEACON_BLOCKS;
use praxis_primitives_market::Standing;
use sp_runtime::Perbill;

fn share(id: u32, owner: u64) -> Perbill {
	assignment(id, owner).settlement.unwrap().share
}

#[test]
fn copied_commit_should_be_opened_by_nobody_but_its_owner() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 1_000), (XAVER, 1_000)]);
		assert_ok!(commit(WENDY, id, &policy(1)));
		let hash = assignment(id, WENDY).commit.unwrap().hash;
		assert_ok!(Market::commit(RuntimeOrigin::signed(XAVER + OPERATOR), id, hash, cid(), None));
		next_block();
		assert_ok!(reveal(WENDY, id, &policy(1)));
		assert_noop!(reveal(XAVER, id, &policy(1)), Error::<Test>::WrongReveal);
		run_to(33);
		assert_eq!(free(XAVER), BALANCE - bond(1_000));
	});
}

#[test]
fn reveal_of_anothers_policy_should_fail() {
	ExtBuilder::default().build_and_execute(|| {
		let id = committed(spec(), &[(WENDY, policy(1)), (XAVER, policy(2))]);
		assert_ok!(reveal(WENDY, id, &policy(1)));
		assert_noop!(reveal(XAVER, id, &policy(1)), Error::<Test>::WrongReveal);
	});
}

#[test]
fn second_reveal_should_fail() {
	ExtBuilder::default().build_and_execute(|| {
		let id = committed(spec(), &[(WENDY, policy(1)), (XAVER, policy(2))]);
		assert_ok!(reveal(WENDY, id, &policy(1)));
		assert_noop!(reveal(WENDY, id, &policy(1)), Error::<Test>::AlreadyRevealed);
	});
}

#[test]
fn second_commit_should_fail() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 1_000), (XAVER, 1_000)]);
		assert_ok!(commit(WENDY, id, &policy(1)));
		assert_noop!(commit(WENDY, id, &policy(2)), Error::<Test>::AlreadyCommitted);
	});
}

#[test]
fn policy_copied_from_a_reveal_should_earn_nothing_in_another_task() {
	ExtBuilder::default().build_and_execute(|| {
		let first = assigned(spec(), &[(WENDY, 1_000)]);
		let second = assigned(spec(), &[(XAVER, 1_000), (YVES, 1_000)]);
		assert_ok!(commit(YVES, second, &policy(3)));
		assert_ok!(commit(WENDY, first, &policy(1)));
		next_block();
		// Who sees this reveal changes one weight of the policy and commits to it, in the same block.
		assert_ok!(reveal(WENDY, first, &policy(1)));
		assert_ok!(commit(XAVER, second, &policy(2)));
		next_block();
		judge(first, &[242]);
		assert_ok!(reveal(XAVER, second, &policy(2)));
		assert_ok!(reveal(YVES, second, &policy(3)));
		next_block();
		judge(second, &[242, 242]);
		assert_eq!(share(first, WENDY), Perbill::one());
		assert_eq!(share(second, XAVER), Perbill::zero());
		assert_eq!(share(second, YVES), Perbill::one(), "who had committed before is paid");
		assert_eq!(assignment(second, XAVER).commit.unwrap().floor, Real::from_int(242));
	});
}

#[test]
fn published_policy_should_earn_nothing_when_it_is_committed_again() {
	ExtBuilder::default().build_and_execute(|| {
		publish(&policy(1), 142);
		let id = evaluating(spec(), &[(WENDY, policy(1)), (XAVER, policy(2))]);
		// Luck gave it more than when it was published.
		judge(id, &[200, 192]);
		assert_eq!(share(id, WENDY), Perbill::zero());
		assert_eq!(free(WENDY), BALANCE - EVALUATION);
		assert_eq!(share(id, XAVER), Perbill::from_percent(50));
	});
}

#[test]
fn withheld_reveal_should_cost_more_than_any_failing_reveal() {
	for price in [1, 7, 1_000] {
		ExtBuilder::default().build_and_execute(|| {
			let id = assigned(spec(), &[(WENDY, price), (XAVER, price)]);
			assert_ok!(commit(WENDY, id, &policy(1)));
			assert_ok!(commit(XAVER, id, &policy(2)));
			next_block();
			assert_ok!(reveal(WENDY, id, &policy(1)));
			run_to(33);
			judge(id, &[i32::MIN]);
			let (failing, withheld) = (BALANCE - free(WENDY), BALANCE - free(XAVER));
			assert!(failing + MINIMUM_BOND <= withheld, "{failing} is not less than {withheld}");
		});
	}
}

#[test]
fn second_name_should_not_be_paid_for_the_same_policy() {
	ExtBuilder::default().build_and_execute(|| {
		let id = committed(spec(), &[(WENDY, policy(1)), (XAVER, policy(1))]);
		assert_ok!(reveal(WENDY, id, &policy(1)));
		assert_noop!(reveal(XAVER, id, &policy(1)), Error::<Test>::Duplicate);
		run_to(33);
		judge(id, &[242]);
		assert_eq!(free(WENDY) + free(XAVER), 2 * BALANCE + 950 - bond(1_000));
	});
}

#[test]
fn impossible_target_should_be_refused() {
	ExtBuilder::default().build_and_execute(|| {
		let target = TaskEnvironment::CartPole.max_return() + Real::EPSILON;
		assert_noop!(post(ALICE, SpecOf::<Test> { target, ..spec() }), Error::<Test>::TargetOutOfReach);
	});
}

#[test]
fn narrow_miss_should_be_paid_nearly_in_full() {
	ExtBuilder::default().build_and_execute(|| {
		let id = evaluating(spec(), &[(WENDY, policy(1))]);
		judge(id, &[241]);
		assert_eq!(free(WENDY), BALANCE + 995 - 50);
	});
}

#[test]
fn requester_should_not_leave_before_its_workers_are_paid() {
	ExtBuilder::default().build_and_execute(|| {
		let id = committed(spec(), &[(WENDY, policy(1))]);
		assert_ok!(reveal(WENDY, id, &policy(1)));
		assert_noop!(Market::cancel(RuntimeOrigin::signed(ALICE), id), Error::<Test>::NotOpen);
		assert_ok!(Balances::transfer_all(RuntimeOrigin::signed(ALICE), MALLORY, false));
		assert_eq!(held(ALICE, HoldReason::TaskBudget), 2_000 + 2 * EVALUATION);
		next_block();
		judge(id, &[242]);
		assert_eq!(free(WENDY), BALANCE + 950);
	});
}

#[test]
fn requester_should_not_work_at_its_own_task() {
	ExtBuilder::default().build_and_execute(|| {
		// As the owner of a worker, and as the operator of another's.
		let id = post(WENDY, spec()).unwrap();
		assert_noop!(apply(WENDY, id, 1), Error::<Test>::OwnTask);
		let id = post(XAVER, spec()).unwrap();
		TestOperators::insert(XAVER, YVES);
		assert_noop!(Market::apply(RuntimeOrigin::signed(XAVER), id, 1), Error::<Test>::OwnTask);
	});
}

#[test]
fn self_dealing_should_cost_what_its_marks_weigh() {
	ExtBuilder::default().build_and_execute(|| {
		// Both accounts belong to one person, who asks for little and pays itself.
		let id = evaluating(spec(), &[(WENDY, policy(1))]);
		judge(id, &[242]);
		run_to(System::block_number() + RETENTION + 1);
		let lost = 2 * BALANCE - free(ALICE) - free(WENDY);
		let burnt = marks(WENDY).0[0].1.burnt;
		assert_eq!((lost, burnt), (50 + EVALUATION, 50));
	});
}

#[test]
fn dummy_applicants_should_not_reorder_the_others() {
	for (quality, price) in [(0, 1), (0, 1_000), (100, 1), (100, 1_000), (45, 900)] {
		ExtBuilder::default().build_and_execute(|| {
			let id = post(ALICE, spec()).unwrap();
			for (owner, quality, price) in [(WENDY, 40, 700), (XAVER, 50, 900), (YVES, quality, price)] {
				set_quality(owner, quality);
				assert_ok!(apply(owner, id, price));
			}
			let order: Vec<_> = Market::ranking(id).into_iter().map(|ranked| ranked.owner).collect();
			let place = |owner| order.iter().position(|other| *other == owner);
			assert!(place(WENDY) < place(XAVER), "a dummy of {quality} at {price} reorders: {order:?}");
		});
	}
}

#[test]
fn applying_and_not_working_should_cost_half_the_bond_and_leave_a_mark() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 1_000), (XAVER, 1_000)]);
		run_to(42);
		for owner in [WENDY, XAVER] {
			assert_eq!(free(owner), BALANCE - bond(1_000) / 2);
			assert_eq!(marks(owner).0[0].1.score, None);
		}
		assert_eq!(free(ALICE), BALANCE - Market::deposit());
		assert_eq!(task(id).ledger.burnt, bond(1_000));
	});
}

#[test]
fn applicants_who_crowd_others_out_should_lose_their_bonds_when_they_are_chosen() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();
		let crowd = 11..11 + u64::from(MAX_APPLICANTS);
		for owner in crowd.clone() {
			assert_ok!(apply(owner, id, 1_000));
		}
		assert_noop!(apply(20, id, 1), Error::<Test>::TooManyApplicants);
		run_to(42 + u64::from(BEACON_BLOCKS));
		let lost: u64 = crowd.map(|owner| BALANCE - free(owner)).sum();
		assert_eq!(lost, 2 * (bond(1_000) / 2), "of each of the two who were chosen");
	});
}

/// How many of so many tasks for one worker, with these applicants, each of the owners got.
fn wins(tasks: u32, applicants: &[(u64, u64)]) -> std::collections::BTreeMap<u64, u32> {
	let mut wins = std::collections::BTreeMap::new();
	for _ in 0..tasks {
		let id = post(ALICE, SpecOf::<Test> { workers: 1, ..spec() }).unwrap();
		for (owner, price) in applicants {
			assert_ok!(apply(*owner, id, *price));
		}
		run_to(System::block_number() + 11 + u64::from(BEACON_BLOCKS));
		*wins.entry(crate::Assignments::<Test>::get(id)[0].owner).or_default() += 1;
		// Nobody commits, so that nobody gets a name; all is over before the next one.
		run_to(System::block_number() + 31 + RETENTION);
	}
	wins
}

#[test]
fn asking_less_or_nothing_should_not_win_the_lot() {
	ExtBuilder::default().with_balance(100_000_000).build_and_execute(|| {
		let wins = wins(200, &[(WENDY, 1), (XAVER, 1_000)]);
		// A hundred expected; the standard deviation is 7.
		assert!((70..=130).contains(&wins[&WENDY]), "{wins:?}");
	});
}

#[test]
fn names_in_the_lot_should_win_in_proportion_and_cost_a_bond_each() {
	ExtBuilder::default().with_balance(100_000_000).build_and_execute(|| {
		// One person with four names against one with one.
		let names = [XAVER, YVES, ZOE, 15];
		let all: Vec<(u64, u64)> = [WENDY].into_iter().chain(names).map(|owner| (owner, 1_000)).collect();
		let wins = wins(200, &all);
		let of_names: u32 = names.iter().filter_map(|name| wins.get(name)).sum();
		// 160 expected, as many more as names; the standard deviation is 6.
		assert!((135..=185).contains(&of_names), "{wins:?}");
		// Whoever is chosen and does not work pays half a bond each time, and has nothing from it.
		let lost: u64 = names.iter().map(|name| 100_000_000 - free(*name)).sum();
		assert_eq!(lost, u64::from(of_names) * bond(1_000) / 2);

		// While lots are drawn a bond of every name is on hold, and none can be taken back.
		let id = post(ALICE, SpecOf::<Test> { workers: 1, ..spec() }).unwrap();
		for (owner, price) in &all {
			assert_ok!(apply(*owner, id, *price));
		}
		run_to(System::block_number() + 12);
		for name in names {
			assert_eq!(held(name, HoldReason::WorkerBond), bond(1_000));
			let withdraw = Market::withdraw_application(RuntimeOrigin::signed(name + OPERATOR), id);
			assert_eq!(withdraw, Err(Error::<Test>::NotOpen.into()));
		}
	});
}

#[test]
fn name_that_leaves_during_the_draw_should_not_change_the_order_of_the_others() {
	let order = |leaves: Option<u64>| {
		ExtBuilder::default().build().execute_with(|| {
			let id = post(ALICE, SpecOf::<Test> { workers: 1, ..spec() }).unwrap();
			for owner in [WENDY, XAVER, YVES, ZOE, 15] {
				assert_ok!(apply(owner, id, 1_000));
			}
			run_to(12 + u64::from(BEACON_BLOCKS) - 1);
			// The last author of the beacon could know the lots here.
			if let Some(owner) = leaves {
				change_worker(owner, |worker| worker.leaving = true);
			}
			next_block();
			let ranked = Market::ranking(id).into_iter().filter(|one| one.rank.is_some());
			ranked.map(|one| one.owner).collect::<Vec<_>>()
		})
	};
	let all = order(None);
	for gone in [WENDY, XAVER, YVES, ZOE, 15] {
		let expected: Vec<u64> = all.iter().copied().filter(|owner| *owner != gone).collect();
		assert_eq!(order(Some(gone)), expected);
	}
}

#[test]
fn newcomers_should_be_kept_out_where_a_reputation_is_wanted() {
	ExtBuilder::default().build_and_execute(|| {
		let minimum_reputation = Perbill::from_percent(1);
		let id = post(ALICE, SpecOf::<Test> { minimum_reputation, ..spec() }).unwrap();
		assert_noop!(apply(WENDY, id, 1), Error::<Test>::NotEligible);
	});
}

#[test]
fn impossible_deadlines_should_collect_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let hasty = SpecOf::<Test> { train_blocks: 1, apply_blocks: 1, ..spec() };
		assigned(hasty, &[(WENDY, 1_000), (XAVER, 1_000)]);
		run_to(100);
		assert_eq!(free(ALICE), BALANCE, "the requester has its own money back, and no more");
	});
}

#[test]
fn tiny_tasks_should_cost_their_requester_a_deposit_each_and_be_few() {
	ExtBuilder::default().build_and_execute(|| {
		let tiny = SpecOf::<Test> { price: 1, budget: 1, workers: 1, episodes: 1, ..spec() };
		for _ in 0..MAX_OPEN_PER_ACCOUNT {
			assert_ok!(post(ALICE, tiny.clone()));
		}
		assert_noop!(post(ALICE, tiny.clone()), Error::<Test>::TooManyTasksOfAccount);
		let deposits = Market::deposit() * u64::from(MAX_OPEN_PER_ACCOUNT);
		assert_eq!(held(ALICE, HoldReason::TaskDeposit), deposits);
		// Those that are over cost their deposit until they are forgotten.
		for id in 0..MAX_OPEN_PER_ACCOUNT {
			assert_ok!(Market::cancel(RuntimeOrigin::signed(ALICE), id));
			assert_ok!(post(ALICE, tiny.clone()));
		}
		assert_eq!(held(ALICE, HoldReason::TaskDeposit), 2 * deposits);
	});
}

#[test]
fn reveal_should_count_when_all_authors_but_the_last_leave_it_out() {
	ExtBuilder::default().build_and_execute(|| {
		let short = SpecOf::<Test> { reveal_blocks: 19, ..spec() };
		assert_noop!(post(ALICE, short), Error::<Test>::BadDeadlines);
		let id = committed(spec(), &[(WENDY, policy(1))]);
		let opened = System::block_number();
		run_to(opened + 19);
		assert_ok!(reveal(WENDY, id, &policy(1)));
		next_block();
		judge(id, &[242]);
		assert_eq!(free(WENDY), BALANCE + 950);
	});
}

#[test]
fn frozen_money_should_not_escape_a_slash() {
	ExtBuilder::default().build_and_execute(|| {
		use frame_support::traits::{LockableCurrency, WithdrawReasons};
		let id = assigned(spec(), &[(WENDY, 1_000)]);
		<Balances as LockableCurrency<u64>>::set_lock(*b"attacker", &WENDY, u64::MAX, WithdrawReasons::all());
		run_to(42);
		assert_eq!(task(id).ledger.burnt, bond(1_000) / 2);
		assert_eq!(free(WENDY), BALANCE - bond(1_000) / 2);
	});
}

#[test]
fn passed_over_worker_should_keep_its_bond_and_name() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, SpecOf::<Test> { workers: 1, ..spec() }).unwrap();
		set_quality(WENDY, 1);
		assert_ok!(apply(WENDY, id, 1));
		assert_ok!(apply(XAVER, id, 2));
		run_to(12);
		assert_eq!(Market::ranking(id)[1].standing, Standing::Surplus);
		assert_eq!((free(XAVER), marks(XAVER)), (BALANCE, (vec![], 0)));
	});
}
