use crate::{mock::*, Error, Event, HoldReason, OpenTasks, OpenTasksOf, SpecOf};
use frame_support::{assert_noop, assert_ok};
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_market::TaskState;
use sp_runtime::{traits::Get, ArithmeticError, DispatchError, Perbill, TokenError};

#[test]
fn post_task_should_put_budget_evaluation_and_deposit_on_hold() {
	ExtBuilder::default().build_and_execute(|| {
		let id = post(ALICE, spec()).unwrap();

		let escrowed = 2_000 + 2 * EVALUATION;
		assert_eq!(held(ALICE, HoldReason::TaskBudget), escrowed);
		assert_eq!(held(ALICE, HoldReason::TaskDeposit), Market::deposit());
		assert_eq!(free(ALICE), BALANCE - escrowed - Market::deposit());
		assert_eq!(task(id).state, TaskState::Open { until: 11 });
		assert_eq!((OpenTasks::<Test>::get(), OpenTasksOf::<Test>::get(ALICE)), (1, 1));
		let event = Event::TaskPosted {
			task: id,
			requester: ALICE,
			environment: TaskEnvironment::CartPole,
			target: Real::from_int(242),
			escrowed,
			deposit: Market::deposit(),
			until: 11,
		};
		assert_eq!(events(), [event]);
	});
}

#[test]
fn post_task_should_number_tasks_from_zero_and_never_again() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(post(ALICE, spec()), Ok(0));
		assert_ok!(Market::cancel(RuntimeOrigin::signed(ALICE), 0));
		assert_eq!(post(BOB, spec()), Ok(1));
	});
}

#[test]
fn post_task_should_fail_when_unsigned() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Market::post_task(RuntimeOrigin::root(), spec()), DispatchError::BadOrigin);
	});
}

/// Checks that a task is refused when it differs from the usual one by `change`.
fn refused(error: impl Into<DispatchError>, change: impl FnOnce(&mut SpecOf<Test>)) {
	let mut spec = spec();
	change(&mut spec);
	assert_noop!(Market::post_task(RuntimeOrigin::signed(ALICE), spec), error.into());
}

#[test]
fn post_task_should_fail_when_it_cannot_be_asked_for() {
	ExtBuilder::default().build_and_execute(|| {
		refused(Error::<Test>::BadBudget, |spec| spec.price = 0);
		refused(Error::<Test>::BadBudget, |spec| spec.budget = 0);
		refused(Error::<Test>::BadWorkers, |spec| spec.workers = 0);
		refused(Error::<Test>::BadWorkers, |spec| spec.workers = MAX_WORKERS + 1);
		refused(Error::<Test>::BadDeadlines, |spec| spec.apply_blocks = 0);
		refused(Error::<Test>::BadDeadlines, |spec| spec.train_blocks = 0);
		refused(Error::<Test>::BadDeadlines, |spec| spec.train_blocks = 1_001);
		refused(Error::<Test>::BadDeadlines, |spec| spec.apply_blocks = u64::MAX);
		refused(Error::<Test>::BadDeadlines, |spec| spec.reveal_blocks = 1_001);
		refused(Error::<Test>::BadTerms, |spec| spec.terms.compute = Perbill::from_percent(21));
		refused(Error::<Test>::BadRequest, |spec| spec.episodes = 0);
		refused(Error::<Test>::TooExpensive, |spec| spec.episodes = 1_001);
	});
}

#[test]
fn post_task_should_fail_when_the_environments_parameters_are_out_of_bounds() {
	ExtBuilder::default().build_and_execute(|| {
		let environment = TaskEnvironment::MazeCleaning { width: 0, height: 3, agents: 1 };
		refused(Error::<Test>::BadEnvironment, |spec| spec.environment = environment);
	});
}

#[test]
fn post_task_should_fail_when_no_score_could_meet_the_target() {
	ExtBuilder::default().build_and_execute(|| {
		let most = TaskEnvironment::CartPole.max_return();
		refused(Error::<Test>::TargetOutOfReach, |spec| spec.target = most + Real::EPSILON);
		assert_ok!(post(ALICE, SpecOf::<Test> { target: most, ..spec() }));
	});
}

#[test]
fn post_task_should_fail_when_the_target_is_achieved_already() {
	ExtBuilder::default().build_and_execute(|| {
		let random = TaskEnvironment::CartPole.random_score();
		refused(Error::<Test>::AlreadyAchieved, |spec| spec.target = random);
		publish(&policy(1), 242);
		refused(Error::<Test>::AlreadyAchieved, |_| ());
		assert_ok!(post(ALICE, SpecOf::<Test> { target: Real::from_int(242) + Real::EPSILON, ..spec() }));
	});
}

#[test]
fn post_task_should_not_count_a_published_model_that_is_worse_than_random() {
	ExtBuilder::default().build_and_execute(|| {
		TestBest::remove(TaskEnvironment::CartPole);
		publish(&policy(1), 9);
		refused(Error::<Test>::AlreadyAchieved, |spec| spec.target = Real::from_int(20));
	});
}

#[test]
fn post_task_should_fail_when_there_is_no_room() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 0..MAX_OPEN_PER_ACCOUNT {
			assert_ok!(post(ALICE, spec()));
		}
		refused(Error::<Test>::TooManyTasksOfAccount, |_| ());
		for _ in MAX_OPEN_PER_ACCOUNT..MAX_OPEN {
			assert_ok!(post(BOB, spec()));
		}
		assert_noop!(Market::post_task(RuntimeOrigin::signed(BOB), spec()), Error::<Test>::TooManyTasks);
		// One that is finished makes room at once.
		assert_ok!(Market::cancel(RuntimeOrigin::signed(ALICE), 0));
		assert_ok!(post(BOB, spec()));
	});
}

#[test]
fn post_task_should_fail_when_the_evaluations_queue_is_full() {
	ExtBuilder::default().build_and_execute(|| {
		MaxJobs::set(1);
		assert_ok!(post(ALICE, spec()));
		refused(Error::<Test>::QueueFull, |_| ());
	});
}

#[test]
fn post_task_should_fail_when_the_money_does_not_suffice() {
	let needed = ExtBuilder::default().build().execute_with(|| 2_000 + 2 * EVALUATION + Market::deposit());
	ExtBuilder::default().with_balance(needed + EXISTENTIAL_DEPOSIT - 1).build_and_execute(|| {
		refused(TokenError::FundsUnavailable, |_| ());
	});
	ExtBuilder::default().with_balance(needed + EXISTENTIAL_DEPOSIT).build_and_execute(|| {
		assert_ok!(post(ALICE, spec()));
	});
}

#[test]
fn post_task_should_fail_without_a_panic_when_amounts_are_huge() {
	ExtBuilder::default().build_and_execute(|| {
		refused(ArithmeticError::Overflow, |spec| spec.budget = u64::MAX);
		refused(TokenError::FundsUnavailable, |spec| spec.budget = u64::MAX / 2);
	});
}

#[test]
fn deposit_should_cover_the_tasks_storage() {
	use codec::Encode;
	ExtBuilder::default().build_and_execute(|| {
		let id = evaluating(spec(), &[(WENDY, policy(1)), (XAVER, policy(2))]);
		judge(id, &[100, 100]);
		let bytes = task(id).encoded_size()
			+ crate::Applications::<Test>::get(id).encoded_size()
			+ crate::Assignments::<Test>::get(id).encoded_size();
		let per_byte: u64 = <Test as crate::Config>::DepositPerByte::get();
		assert!(Market::deposit() >= per_byte * bytes as u64);
	});
}
