use crate::{mock::*, HoldReason, NextTask, OpenTasks, SpecOf, Tasks};
use praxis_environment::Real;
use praxis_primitives_market::{EvaluationError, TaskId};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Something that an account may try, or that happens.
#[derive(Clone, Copy, Debug)]
enum Operation {
	Post {
		requester: u64,
		workers: u32,
		budget: u64,
		target: i32,
	},
	Apply {
		owner: u64,
		task: u32,
		price: u64,
	},
	/// All workers apply for the newest task, the first for so much, each other for a little more.
	Crowd {
		price: u64,
	},
	Withdraw {
		owner: u64,
		task: u32,
	},
	Commit {
		owner: u64,
		task: u32,
		policy: i8,
	},
	Reveal {
		owner: u64,
		task: u32,
		policy: i8,
	},
	/// All who can commit or reveal do.
	Work,
	Cancel {
		requester: u64,
		task: u32,
	},
	Poke {
		task: u32,
	},
	Prune {
		task: u32,
	},
	Judge {
		scores: [i32; MAX_WORKERS as usize],
	},
	Wait {
		blocks: u64,
	},
	/// Blocks without room for `on_idle`.
	Starve {
		blocks: u64,
	},
	Quality {
		owner: u64,
		percent: u32,
	},
	Leave {
		owner: u64,
		leaving: bool,
	},
	Beacon {
		there: bool,
	},
	Spend {
		who: u64,
	},
}

fn operation() -> impl Strategy<Value = Operation> {
	use Operation::*;
	let requester = || prop_oneof![Just(ALICE), Just(BOB), Just(WENDY)];
	let owner = || 11u64..=16;
	let task = || 0u32..6;
	prop_oneof![
		4 => (requester(), 1u32..=MAX_WORKERS, 1u64..4_000, 43i32..=500)
			.prop_map(|(requester, workers, budget, target)| Post { requester, workers, budget, target }),
		6 => (owner(), task(), 0u64..=1_001).prop_map(|(owner, task, price)| Apply { owner, task, price }),
		6 => (1u64..900).prop_map(|price| Crowd { price }),
		1 => (owner(), task()).prop_map(|(owner, task)| Withdraw { owner, task }),
		2 => (owner(), task(), 0i8..4).prop_map(|(owner, task, policy)| Commit { owner, task, policy }),
		2 => (owner(), task(), 0i8..4).prop_map(|(owner, task, policy)| Reveal { owner, task, policy }),
		12 => Just(Work),
		1 => (requester(), task()).prop_map(|(requester, task)| Cancel { requester, task }),
		2 => task().prop_map(|task| Poke { task }),
		2 => task().prop_map(|task| Prune { task }),
		4 => prop::array::uniform3(-10i32..=500).prop_map(|scores| Judge { scores }),
		6 => (1u64..15).prop_map(|blocks| Wait { blocks }),
		1 => (1u64..30).prop_map(|blocks| Starve { blocks }),
		2 => (owner(), 0u32..=100).prop_map(|(owner, percent)| Quality { owner, percent }),
		1 => (owner(), any::<bool>()).prop_map(|(owner, leaving)| Leave { owner, leaving }),
		1 => prop::bool::weighted(0.8).prop_map(|there| Beacon { there }),
		1 => prop_oneof![requester(), owner()].prop_map(|who| Spend { who }),
	]
}

/// One of the last tasks.
fn recent(back: u32) -> TaskId {
	NextTask::<Test>::get().saturating_sub(1 + back)
}

fn judge_all(scores: &[i32]) {
	let scores: Vec<_> = scores.iter().map(|score| Real::from_int(*score)).collect();
	for (job, policies) in sealed_jobs() {
		finish_job(job, &scores[..policies]);
	}
}

fn try_it(operation: Operation) {
	use Operation::*;
	let signed = RuntimeOrigin::signed;
	// What fails changes nothing: calls are transactions.
	let _ = match operation {
		Post { requester, workers, budget, target } => {
			post(requester, SpecOf::<Test> { workers, budget, target: Real::from_int(target), ..spec() }).map(|_| ())
		}
		Apply { owner, task, price } => apply(owner, recent(task), price),
		Crowd { price } => {
			for owner in 11..=16 {
				let _ = apply(owner, recent(0), price + 10 * (owner - 11));
			}
			Ok(())
		}
		Withdraw { owner, task } => Market::withdraw_application(signed(owner + OPERATOR), recent(task)),
		Commit { owner, task, policy: number } => commit(owner, recent(task), &policy(number)),
		Reveal { owner, task, policy: number } => reveal(owner, recent(task), &policy(number)),
		Work => {
			for id in Tasks::<Test>::iter_keys().collect::<Vec<_>>() {
				// Neighbours have the same policy; who commits later reveals first.
				let number = |owner: u64| i8::try_from(owner / 2 + 8 * u64::from(id % 8)).unwrap();
				for owner in 11..=16 {
					let _ = commit(owner, id, &policy(number(owner)));
				}
				for owner in (11..=16).rev() {
					let _ = reveal(owner, id, &policy(number(owner)));
				}
			}
			Ok(())
		}
		Cancel { requester, task } => Market::cancel(signed(requester), recent(task)),
		Poke { task } => Market::poke(signed(MALLORY), recent(task)),
		Prune { task } => Market::prune(signed(MALLORY), recent(task)),
		Judge { scores } => {
			judge_all(&scores);
			Ok(())
		}
		Wait { blocks } => {
			run_to(System::block_number() + blocks);
			Ok(())
		}
		Starve { blocks } => {
			System::set_block_number(System::block_number() + blocks);
			Ok(())
		}
		Quality { owner, percent } => {
			set_quality(owner, percent);
			Ok(())
		}
		Leave { owner, leaving } => {
			change_worker(owner, |worker| worker.leaving = leaving);
			Ok(())
		}
		Beacon { there } => {
			MaxBeacons::set(if there { 100 } else { 0 });
			SealError::set((!there).then_some(EvaluationError::NoBeacon));
			Ok(())
		}
		Spend { who } => {
			let _ = Balances::transfer_all(signed(who), MALLORY, false);
			Balances::transfer_keep_alive(signed(MALLORY), who, 5_000)
		}
	};
}

/// Most that has been burnt of each task.
fn note_burnt(burnt: &mut BTreeMap<TaskId, u64>) {
	burnt.extend(Tasks::<Test>::iter().map(|(id, task)| (id, task.ledger.burnt)));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	/// Whatever the accounts try in whatever order: the invariants hold after each step, money is only burnt where a
	/// task's record says so, and in the end every task is finished and forgotten and nothing is on hold any more.
	#[test]
	fn money_should_be_accounted_for_and_every_task_should_end(
		operations in prop::collection::vec(operation(), 1..150),
	) {
		ExtBuilder::default().with_balance(50_000).build_and_execute(|| {
			let issued = Balances::total_issuance();
			let mut burnt = BTreeMap::new();
			for operation in operations {
				note_burnt(&mut burnt);
				try_it(operation);
				Market::do_try_state().expect("invariants hold");
				if !matches!(operation, Operation::Wait { .. } | Operation::Starve { .. }) {
					note_burnt(&mut burnt);
					assert_eq!(Balances::total_issuance(), issued - burnt.values().sum::<u64>());
				}
			}

			SealError::set(None);
			MaxBeacons::set(100);
			let began = System::block_number();
			while Tasks::<Test>::iter_keys().next().is_some() {
				judge_all(&[100, 300, 500]);
				note_burnt(&mut burnt);
				next_block();
				Market::do_try_state().expect("invariants hold");
				// The longest way: 10 + 8 + 30 + 20 blocks and the retention, and some for those that are due at once.
				assert!(System::block_number() < began + 68 + RETENTION + 20, "a task is stuck");
			}
			assert_eq!(Requests::iter().count(), 0, "every beacon was given back");
			assert_eq!(OpenTasks::<Test>::get(), 0);
			assert_eq!(sealed_jobs(), []);
			assert_eq!(Balances::total_issuance(), issued - burnt.values().sum::<u64>());
			for who in 1..=32 {
				for reason in [HoldReason::TaskBudget, HoldReason::TaskDeposit, HoldReason::WorkerBond] {
					assert_eq!(held(who, reason), 0);
				}
			}
			for owner in 11..=16 {
				assert_eq!(marks(owner).1, 0, "a worker is bound to nothing");
			}
		});
	}

	/// Workers who are paid get at most their price, less what is burnt; requesters never end with more than they had.
	#[test]
	fn nobody_should_gain_what_was_not_offered(
		prices in prop::array::uniform3(1u64..=1_000),
		scores in prop::array::uniform3(-10i32..=500),
		target in 43i32..=500,
	) {
		ExtBuilder::default().build_and_execute(|| {
			let spec = SpecOf::<Test> { workers: 3, budget: 3_000, target: Real::from_int(target), ..spec() };
			let workers = [(WENDY, prices[0]), (XAVER, prices[1]), (YVES, prices[2])];
			let id = assigned(spec, &workers);
			for ((owner, _), number) in workers.iter().zip(1..) {
				commit(*owner, id, &policy(number)).unwrap();
			}
			next_block();
			for ((owner, _), number) in workers.iter().zip(1..) {
				reveal(*owner, id, &policy(number)).unwrap();
			}
			next_block();
			judge(id, &scores);
			let mut paid_out = 0;
			for ((owner, price), score) in workers.iter().zip(scores) {
				let settlement = assignment(id, *owner).settlement.unwrap();
				let exact = i64::from(score - FLOOR).clamp(0, (target - FLOOR).into()) as u64 * price;
				let payout = settlement.paid + settlement.burnt;
				assert!(payout * (target - FLOOR) as u64 <= exact, "more than the share");
				assert!((payout + 2) * (target - FLOOR) as u64 > exact, "less than the share by more than a rounding");
				assert!(settlement.burnt * 20 >= payout);
				assert_eq!(free(*owner), BALANCE + settlement.paid - settlement.slashed);
				assert_eq!(settlement.slashed, if score <= FLOOR { EVALUATION } else { 0 });
				paid_out += payout + EVALUATION - settlement.slashed;
			}
			assert_eq!(free(ALICE), BALANCE - Market::deposit() - paid_out);
		});
	}
}
