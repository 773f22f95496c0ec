use crate::{mock::*, Event, HoldReason, OpenTasks};
use frame_support::assert_ok;
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_market::{Ledger, Settlement, TaskState};
use sp_runtime::Perbill;

#[test]
fn task_should_go_from_post_to_payment_when_one_worker_trains_a_policy_that_meets_the_target() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let id = post(ALICE, spec()).unwrap();
		assert_eq!(held(ALICE, HoldReason::TaskBudget), 2_000 + 2 * EVALUATION);
		assert_ok!(apply(WENDY, id, 1_000));
		assert_eq!(held(WENDY, HoldReason::WorkerBond), bond(1_000));

		run_to(12);
		assert_eq!(task(id).state, TaskState::Assigned { until: 11 + 30 });
		assert_eq!(marks(WENDY).1, 1);
		assert_ok!(commit(WENDY, id, &policy(1)));
		next_block();
		assert_eq!(task(id).state, TaskState::Committed { until: 12 + 20 });
		assert_ok!(reveal(WENDY, id, &policy(1)));
		next_block();
		assert_eq!(task(id).state, TaskState::Evaluating { since: 13 });

		let scores = judge_by_playing(id);
		assert!(scores[0] > Real::from_int(242), "the policy balances for long: {scores:?}");
		assert_eq!(task(id).state, TaskState::Settled { at: 14 });
		assert_eq!(free(WENDY), BALANCE + 950);
		assert_eq!(free(ALICE), BALANCE - Market::deposit() - 1_000 - EVALUATION);
		assert_eq!(held(ALICE, HoldReason::TaskBudget), 0);
		assert_eq!(Balances::total_issuance(), issued - 50 - EVALUATION);
		let escrowed = 2_000 + 2 * EVALUATION + bond(1_000);
		let ledger = Ledger { escrowed, paid: 950, burnt: 50 + EVALUATION, returned: escrowed - 1_000 - EVALUATION };
		assert_eq!(task(id).ledger, ledger);
		assert_eq!(published(&policy(1)), Some((WENDY, scores[0])));
		let (marks, engaged) = marks(WENDY);
		assert_eq!((marks.len(), engaged), (1, 0));
		let (requester, mark) = marks[0];
		assert_eq!((requester, mark.share, mark.burnt, mark.blocks), (ALICE, Perbill::one(), 50, 1));
		assert_eq!(mark.score, Some(scores[0]));

		let settlement = Settlement { score: Some(scores[0]), share: Perbill::one(), paid: 950, burnt: 50, slashed: 0 };
		let names = [
			Event::TaskPosted {
				task: id,
				requester: ALICE,
				environment: TaskEnvironment::CartPole,
				target: Real::from_int(242),
				escrowed: 2_000 + 2 * EVALUATION,
				deposit: Market::deposit(),
				until: 11,
			},
			Event::Applied { task: id, owner: WENDY, price: 1_000, bond: bond(1_000) },
			Event::WorkerAssigned { task: id, owner: WENDY, price: 1_000 },
			Event::TaskAssigned { task: id, workers: 1, until: 41 },
			Event::Committed {
				task: id,
				owner: WENDY,
				hash: assignment(id, WENDY).commit.unwrap().hash,
				floor: Real::from_int(FLOOR),
			},
			Event::CommitsClosed { task: id, commits: 1, until: 32 },
			Event::Revealed { task: id, owner: WENDY, policy: policy(1).hash().into() },
			Event::EvaluationStarted { task: id, job: 0, policies: 1 },
			Event::WorkerSettled { task: id, owner: WENDY, settlement },
			Event::TaskSettled { task: id, score: scores[0], ledger },
		];
		assert_eq!(events(), names);

		run_to(14 + RETENTION + 1);
		assert_eq!(events().last(), Some(&Event::TaskPruned { task: id, deposit: Market::deposit() }));
		assert_eq!(free(ALICE), BALANCE - 1_000 - EVALUATION);
		assert_eq!(OpenTasks::<Test>::get(), 0);
	});
}
