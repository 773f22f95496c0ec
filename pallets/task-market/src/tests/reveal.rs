use crate::{mock::*, Error, Event, HoldReason, SpecOf};
use frame_support::{assert_noop, assert_ok};
use praxis_policy::{Limits, Policy, UncheckedLayer, UncheckedPolicy};
use praxis_primitives_market::{task::commitment, Expiry, TaskState};
use sp_runtime::DispatchError;

#[test]
fn reveal_should_hand_the_policy_to_the_evaluation() {
	ExtBuilder::default().build_and_execute(|| {
		let id = committed(spec(), &[(WENDY, policy(1)), (XAVER, policy(2))]);
		assert_ok!(reveal(XAVER, id, &policy(2)));
		run_to(20);
		assert_eq!(task(id).state, TaskState::Committed { until: 32 });
		assert_ok!(reveal(WENDY, id, &policy(1)));
		let places = [WENDY, XAVER].map(|owner| assignment(id, owner).reveal.unwrap().place);
		assert_eq!(places, [1, 0]);
		next_block();
		assert_eq!(task(id).state, TaskState::Evaluating { since: 20 });
		assert_eq!(sealed_jobs(), [(task(id).job, 2)]);
		let event = Event::EvaluationStarted { task: id, job: task(id).job, policies: 2 };
		assert_eq!(events().last(), Some(&event));
	});
}

#[test]
fn reveal_should_be_possible_until_the_last_block_and_not_before_the_first() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 1_000), (XAVER, 1_000)]);
		assert_ok!(commit(WENDY, id, &policy(1)));
		assert_noop!(reveal(WENDY, id, &policy(1)), Error::<Test>::TooEarly);
		assert_ok!(commit(XAVER, id, &policy(2)));
		assert_noop!(reveal(WENDY, id, &policy(1)), Error::<Test>::TooEarly);
		run_to(32);
		assert_ok!(reveal(WENDY, id, &policy(1)));
		next_block_without_idle();
		assert_noop!(reveal(XAVER, id, &policy(2)), Error::<Test>::TooLate);
		next_block();
		assert_noop!(reveal(XAVER, id, &policy(2)), Error::<Test>::TooLate);
	});
}

#[test]
fn reveal_should_fail_when_it_is_not_the_workers() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(reveal(WENDY, 0, &policy(1)), Error::<Test>::NotFound);
		let id = post(ALICE, spec()).unwrap();
		assert_noop!(reveal(WENDY, id, &policy(1)), Error::<Test>::TooEarly);
		assert_ok!(apply(WENDY, id, 1_000));
		assert_ok!(apply(XAVER, id, 1_000));
		run_to(12);
		assert_ok!(commit(WENDY, id, &policy(1)));
		run_to(42);
		assert_noop!(reveal(XAVER, id, &policy(1)), Error::<Test>::NotCommitted);
		assert_noop!(reveal(YVES, id, &policy(1)), Error::<Test>::NotAssigned);
		assert_noop!(reveal(MALLORY, id, &policy(1)), Error::<Test>::NotRegistered);
		assert_noop!(reveal(WENDY, id, &policy(2)), Error::<Test>::WrongReveal);
		let bytes = policy(1).encode().try_into().unwrap();
		let origin = RuntimeOrigin::signed(WENDY + OPERATOR);
		assert_noop!(Market::reveal(origin, id, bytes, [8; 32]), Error::<Test>::WrongReveal);
		let bytes = policy(1).encode().try_into().unwrap();
		assert_noop!(Market::reveal(RuntimeOrigin::root(), id, bytes, SALT), DispatchError::BadOrigin);
		assert_ok!(reveal(WENDY, id, &policy(1)));
	});
}

/// A policy for CartPole with so many hidden neurons.
fn hidden(neurons: u16) -> Policy {
	let layer = |inputs: u16, outputs: u16, shift| UncheckedLayer {
		inputs,
		outputs,
		shift,
		biases: vec![0; outputs.into()],
		weights: vec![1; usize::from(inputs) * usize::from(outputs)],
	};
	let layers = vec![layer(4, neurons, 8), layer(neurons, 2, 0)];
	let unchecked = UncheckedPolicy { version: praxis_policy::FORMAT_VERSION, input_limit: 32_767, layers };
	Policy::try_from(unchecked).unwrap()
}

#[test]
fn reveal_should_fail_when_the_policy_cannot_be_judged() {
	ExtBuilder::default().build_and_execute(|| {
		let limits = Limits { max_parameters: 50, ..Limits::default() };
		let mountain_car = {
			let layer = UncheckedLayer { inputs: 2, outputs: 3, shift: 0, biases: vec![0; 3], weights: vec![1; 6] };
			let unchecked =
				UncheckedPolicy { version: praxis_policy::FORMAT_VERSION, input_limit: 1, layers: vec![layer] };
			Policy::try_from(unchecked).unwrap().encode()
		};
		let mut trailing = policy(1).encode();
		trailing.push(0);
		let cases = [
			(vec![], Error::<Test>::BadPolicy),
			(vec![255; 100], Error::<Test>::BadPolicy),
			(trailing, Error::<Test>::BadPolicy),
			(mountain_car, Error::<Test>::WrongShape),
			(hidden(64).encode(), Error::<Test>::TooLarge),
		];
		for (bytes, error) in cases {
			let id = assigned(SpecOf::<Test> { limits, ..spec() }, &[(WENDY, 1_000)]);
			let policy = sp_io::hashing::blake2_256(&bytes).into();
			let hash = commitment(&WENDY, &policy, &SALT);
			assert_ok!(Market::commit(RuntimeOrigin::signed(WENDY + OPERATOR), id, hash, cid(), None));
			next_block();
			assert_noop!(reveal_bytes(WENDY, id, bytes), error);
			run_to(System::block_number() + 20);
			let cause = Expiry::NoReveal;
			assert_eq!(task(id).state, TaskState::Expired { at: System::block_number() - 1, cause });
		}
	});
}

#[test]
fn worker_should_lose_its_whole_bond_when_it_does_not_reveal() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let id = committed(spec(), &[(WENDY, policy(1)), (XAVER, policy(2))]);
		assert_ok!(reveal(WENDY, id, &policy(1)));
		run_to(33);
		assert_eq!(task(id).state, TaskState::Evaluating { since: 32 });
		assert_eq!((free(XAVER), held(XAVER, HoldReason::WorkerBond)), (BALANCE - bond(1_000), 0));
		assert_eq!(Balances::total_issuance(), issued - bond(1_000));
		let (faults, engaged) = marks(XAVER);
		assert_eq!((faults.len(), faults[0].1.score, engaged), (1, None, 0));
		judge(id, &[242]);
		assert_eq!(free(WENDY), BALANCE + 950);
		assert_eq!(free(ALICE), BALANCE - Market::deposit() - 1_000 - EVALUATION, "what is not judged is not paid for");
	});
}

#[test]
fn task_should_expire_when_nobody_reveals() {
	ExtBuilder::default().build_and_execute(|| {
		let id = committed(spec(), &[(WENDY, policy(1)), (XAVER, policy(2))]);
		run_to(33);
		assert_eq!(task(id).state, TaskState::Expired { at: 32, cause: Expiry::NoReveal });
		assert_eq!(free(ALICE), BALANCE - Market::deposit());
		assert_eq!(task(id).ledger.burnt, 2 * bond(1_000));
		assert_eq!(sealed_jobs(), []);
	});
}

#[test]
fn reveal_of_the_earlier_committer_should_count_when_two_committed_to_the_same_policy() {
	ExtBuilder::default().build_and_execute(|| {
		let spec = SpecOf::<Test> { workers: 3, budget: 3_000, ..spec() };
		let id = committed(spec, &[(WENDY, policy(1)), (XAVER, policy(1)), (YVES, policy(2))]);
		assert_ok!(reveal(XAVER, id, &policy(1)));
		assert_ok!(reveal(YVES, id, &policy(2)));
		assert_ok!(reveal(WENDY, id, &policy(1)));
		assert!(events().contains(&Event::RevealDisplaced { task: id, owner: XAVER, by: WENDY }));
		assert_noop!(reveal(XAVER, id, &policy(1)), Error::<Test>::Duplicate);
		run_to(33);
		assert_eq!(free(XAVER), BALANCE - bond(1_000));
		judge(id, &[242, 142]);
		assert_eq!(free(WENDY), BALANCE + 950, "its policy has the first place");
		assert_eq!(free(YVES), BALANCE + 475);
	});
}
