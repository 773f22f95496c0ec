//! What a caller may ask, and what it is told.

use crate::{mock::*, *};
use praxis_environment::{EnvironmentId, TaskEnvironment};
use praxis_policy::{Limits, UncheckedLayer, UncheckedPolicy};
use praxis_primitives_consensus::BEACON_BLOCKS;
use praxis_primitives_market::{Course, Evaluation, EvaluationError as Refused, Request, Seeds};
use sp_core::H256;

/// Calls must not change anything where they fail.
macro_rules! assert_refused {
	($call:expr, $error:expr) => {{
		let before = sp_io::storage::root(sp_core::storage::StateVersion::V1);
		assert_eq!($call.map(|_| ()), Err($error));
		assert_eq!(before, sp_io::storage::root(sp_core::storage::StateVersion::V1));
	}};
}

#[test]
fn result_should_be_that_of_the_same_trial_off_the_chain_when_a_job_is_done() {
	execute(|| {
		let job = sealed(ALICE, request(5, 2), &[good(), bad()]);
		let after = System::block_number();
		for _ in 1..BEACON_BLOCKS {
			next_block(weight(100));
			assert!(Told::get().is_empty(), "judged before its beacon is there");
		}
		next_block(weight(100));

		let course = Course {
			environment: TaskEnvironment::CartPole,
			episodes: 5,
			seeds: Seeds::Job { job, beacon: beacon(after) },
		};
		let expected = vec![course.judge(&good()).unwrap(), course.judge(&bad()).unwrap()];
		assert_eq!(Told::get(), vec![(job, expected.clone())]);
		assert!(expected[0].mean > expected[1].mean && expected[0].minimum <= expected[0].mean);
		assert_eq!(expected[0].episodes, 5);
		let judged = |index: usize, policy: praxis_policy::Policy| Event::Judged {
			job,
			index: index as u32,
			policy: H256(policy.hash()),
			judgement: expected[index],
		};
		System::assert_has_event(judged(0, good()).into());
		System::assert_has_event(judged(1, bad()).into());
		assert_eq!(Judges::progress(job), None);
		assert_eq!(Requests::iter().count(), 0, "the beacon is not released");
	});
}

#[test]
fn nothing_should_be_taken_any_more_when_a_job_is_sealed() {
	execute(|| {
		let job = sealed(ALICE, request(3, 4), &[good()]);
		for _ in 0..=BEACON_BLOCKS {
			assert_refused!(Judges::add(job, &bad().encode()), Refused::Sealed);
			assert_refused!(Judges::cancel(job), Refused::Sealed);
			assert_refused!(Judges::seal(job), Refused::Sealed);
			// No weight: it is judged later.
			next_block(weight(0));
		}
	});
}

#[test]
fn seeds_should_not_be_known_when_a_job_is_sealed() {
	execute(|| {
		System::set_block_number(40);
		let job = sealed(ALICE, request(3, 1), &[good()]);
		// The beacon follows the present block: none of its outputs exists.
		assert_eq!(Judges::progress(job).unwrap().beacon, Some(40));
		assert_eq!(Requests::iter().collect::<Vec<_>>(), vec![(40, 1)]);
		System::assert_last_event(Event::Sealed { job, after: 40, policies: 1 }.into());
	});
}

#[test]
fn job_should_be_refused_when_the_queue_is_full() {
	execute(|| {
		let open = |payer| Judges::open(&payer, request(1, 1));
		for _ in 0..3 {
			open(ALICE).unwrap();
		}
		assert_refused!(open(ALICE), Refused::QueueFull);
		for payer in [BOB, BOB, CAROL] {
			open(payer).unwrap();
		}
		assert_refused!(open(CAROL), Refused::QueueFull);
		// A place is free again when a job is cancelled.
		Judges::cancel(0).unwrap();
		assert_eq!(open(CAROL), Ok(6));
	});
}

#[test]
fn job_should_be_refused_when_the_request_is_out_of_bounds() {
	execute(|| {
		for (episodes, policies) in [(0, 1), (101, 1), (1, 0), (1, 5)] {
			assert_refused!(Judges::open(&ALICE, request(episodes, policies)), Refused::BadRequest);
		}
		assert_refused!(Judges::add(0, &good().encode()), Refused::NotFound);
		assert_refused!(Judges::seal(0), Refused::NotFound);
		assert_refused!(Judges::cancel(0), Refused::NotFound);
		let job = Judges::open(&ALICE, request(1, 1)).unwrap();
		assert_refused!(Judges::seal(job), Refused::NoPolicies);
	});
}

#[test]
fn policy_should_be_refused_when_it_is_not_what_was_asked_for() {
	execute(|| {
		let small = Request { limits: Limits { max_parameters: 10, max_work: 100 }, ..request(1, 2) };
		let job = Judges::open(&ALICE, small).unwrap();
		assert_refused!(Judges::add(job, &[]), Refused::BadPolicy);
		assert_refused!(Judges::add(job, &[good().encode(), vec![0]].concat()), Refused::BadPolicy);

		let layer = |inputs: u16, outputs: u16| UncheckedLayer {
			inputs,
			outputs,
			shift: 0,
			biases: vec![0; outputs.into()],
			weights: vec![1; usize::from(inputs * outputs)],
		};
		let network = |layers| {
			let unchecked = UncheckedPolicy { version: praxis_policy::FORMAT_VERSION, input_limit: 100, layers };
			praxis_policy::Policy::try_from(unchecked).unwrap().encode()
		};
		assert_refused!(Judges::add(job, &network(vec![layer(3, 2)])), Refused::WrongShape);
		assert_refused!(Judges::add(job, &network(vec![layer(4, 3)])), Refused::WrongShape);
		assert_refused!(Judges::add(job, &network(vec![layer(4, 4), layer(4, 2)])), Refused::TooLarge);

		Judges::add(job, &good().encode()).unwrap();
		assert_refused!(Judges::add(job, &good().encode()), Refused::Duplicate);
		Judges::add(job, &bad().encode()).unwrap();
		assert_refused!(Judges::add(job, &linear([1; 4]).encode()), Refused::TooManyPolicies);
	});
}

#[test]
fn job_should_stay_open_when_there_is_no_beacon() {
	execute(|| {
		MaxBeacons::set(0);
		let job = Judges::open(&ALICE, request(1, 1)).unwrap();
		Judges::add(job, &good().encode()).unwrap();
		assert_refused!(Judges::seal(job), Refused::NoBeacon);
		MaxBeacons::set(1);
		Judges::seal(job).unwrap();
	});
}

#[test]
fn progress_should_be_shown_when_a_job_is_judged() {
	execute(|| {
		let job = sealed(ALICE, request(50, 2), &[good(), bad()]);
		let other = sealed(ALICE, request(1, 1), &[bad()]);
		assert_eq!(Judges::queue(), Vec::<u32>::new());
		for _ in 0..BEACON_BLOCKS {
			next_block(weight(5));
		}
		let progress = Judges::progress(job).unwrap();
		assert_eq!((progress.judged, progress.ahead), (0, 0));
		assert!(progress.episodes > 0 || progress.steps > 0, "{progress:?}");
		assert_eq!(progress.policies, vec![H256(good().hash()), H256(bad().hash())]);
		assert_eq!(Judges::progress(other).unwrap().ahead, 1);
		assert_eq!(Judges::queue(), vec![job, other]);
		blocks_until_told(2, weight(50));
		assert_eq!(Told::get().iter().map(|(id, _)| *id).collect::<Vec<_>>(), vec![job, other]);
	});
}

#[test]
fn environment_should_be_refused_when_its_episodes_never_end() {
	// The endless pendulum is the oracle's and no environment of a task.
	assert!(EnvironmentId::ALL
		.iter()
		.all(|id| TaskEnvironment::try_from(*id).is_ok() != (*id == EnvironmentId::NoisyPendulum)));
}
