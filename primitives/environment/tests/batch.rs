//! Batch stepping equals single stepping.
#![allow(missing_docs)]

use praxis_environment::{batch::Batch, AnyState, EnvironmentId, Error, Real, Seed};
use proptest::prelude::*;

/// Steps a batch and single environments side by side, restarting by the batch's rule.
fn side_by_side(
	id: EnvironmentId,
	seeds: &[Seed],
	rounds: usize,
	auto_reset: bool,
	action: impl Fn(usize, usize) -> u8,
) {
	let count = seeds.len();
	let mut batch = Batch::new(id, seeds).with_auto_reset(auto_reset);
	let mut singles: Vec<AnyState> = seeds.iter().map(|seed| AnyState::reset(id, seed)).collect();
	let mut episodes = vec![0; count];
	let (mut rewards, mut terminated, mut truncated) =
		(vec![Real::ZERO; count], vec![false; count], vec![false; count]);
	let width = id.spec().observation;
	let mut observations = vec![0; count * width];
	for round in 0..rounds {
		let actions: Vec<u8> = (0..count).map(|i| action(round, i)).collect();
		batch.step(&actions, &mut rewards, &mut terminated, &mut truncated).expect("valid actions");
		let mut ended = 0;
		for i in 0..count {
			let outcome = singles[i].step(actions[i].into()).expect("a valid action");
			assert_eq!(
				(outcome.reward, outcome.terminated, outcome.truncated),
				(rewards[i], terminated[i], truncated[i])
			);
			if !auto_reset {
				assert_eq!(batch.state(i), Some(singles[i]), "the last state of an episode can still be seen");
			}
			if outcome.is_over() {
				singles[i] = AnyState::reset(id, &seeds[i].derive(episodes[i]));
				episodes[i] += 1;
				ended += 1;
			}
		}
		if !auto_reset {
			assert_eq!(batch.restart(), ended);
		}
		batch.observe(&mut observations).expect("the right length");
		for i in 0..count {
			assert_eq!(batch.state(i), Some(singles[i]));
			assert_eq!(observations[i * width..(i + 1) * width], singles[i].observation());
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn a_batch_should_step_as_single_environments_do(
		id in prop::sample::select(&EnvironmentId::ALL[..]),
		count in 1_usize..20,
		seed: u64,
		auto_reset: bool,
	) {
		let seeds: Vec<Seed> = (0..count as u64).map(|i| Seed::from_number(seed.wrapping_add(i))).collect();
		let actions = id.spec().actions as u64;
		side_by_side(id, &seeds, 260, auto_reset, |round, i| {
			let mixed = (seed ^ (round as u64) << 8 ^ i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
			(mixed % actions) as u8
		});
	}
}

#[test]
fn bad_input_should_change_nothing() {
	let seeds = [Seed::default(), Seed::from_number(1)];
	let mut batch = Batch::new(EnvironmentId::CartPole, &seeds);
	let before = [batch.state(0), batch.state(1)];
	let (mut rewards, mut terminated, mut truncated) = ([Real::ZERO; 2], [false; 2], [false; 2]);
	let refused = batch.step(&[0, 2], &mut rewards, &mut terminated, &mut truncated);
	assert_eq!(refused, Err(Error::ActionOutOfRange { action: 2, actions: 2 }));
	assert_eq!(batch.step(&[0], &mut rewards, &mut terminated, &mut truncated), Err(Error::BadLength));
	assert_eq!(batch.step(&[0, 0], &mut rewards[..1], &mut terminated, &mut truncated), Err(Error::BadLength));
	assert_eq!(batch.observe(&mut [0; 7]), Err(Error::BadLength));
	assert_eq!([batch.state(0), batch.state(1)], before);
	assert_eq!(batch.state(2), None);
	assert_eq!((batch.len(), batch.is_empty(), batch.id()), (2, false, EnvironmentId::CartPole));
}

#[test]
fn an_episode_that_is_over_should_not_go_on() {
	let mut batch = Batch::new(EnvironmentId::CartPole, &[Seed::default()]);
	let (mut rewards, mut terminated, mut truncated) = ([Real::ZERO], [false], [false]);
	while !terminated[0] {
		batch.step(&[0], &mut rewards, &mut terminated, &mut truncated).expect("the episode goes on");
	}
	assert_eq!(batch.step(&[0], &mut rewards, &mut terminated, &mut truncated), Err(Error::EpisodeOver));
	assert_eq!(batch.restart(), 1);
	batch.step(&[0], &mut rewards, &mut terminated, &mut truncated).expect("a new episode");
}

#[test]
fn a_state_should_be_put_into_a_batch() {
	let id = EnvironmentId::Acrobot;
	let mut batch = Batch::new(id, &[Seed::default(), Seed::from_number(1)]);
	let mut state = AnyState::reset(id, &Seed::from_number(9));
	for _ in 0..10 {
		state.step(2).expect("a valid step");
	}
	batch.set_state(1, &state).expect("a state of the same environment");
	assert_eq!(batch.state(1), Some(state));
	assert_eq!(batch.state(0), Some(AnyState::reset(id, &Seed::default())));
	assert_eq!(batch.set_state(2, &state), Err(Error::BadLength));
	let other = AnyState::reset(EnvironmentId::CartPole, &Seed::default());
	assert_eq!(batch.set_state(0, &other), Err(Error::InvalidState));
	let values = [Real::from_f64(3.0), Real::ZERO, Real::ZERO, Real::ZERO];
	let over = AnyState::from_values(EnvironmentId::CartPole, &values).expect("it can occur");
	let mut carts = Batch::new(EnvironmentId::CartPole, &[Seed::default()]);
	carts.set_state(0, &over).expect("it can occur");
	let refused = carts.step(&[0], &mut [Real::ZERO], &mut [false], &mut [false]);
	assert_eq!(refused, Err(Error::EpisodeOver));
}
