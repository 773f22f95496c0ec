//! The oracle's block: rollouts, transitions, scores.
#![allow(missing_docs)]

use praxis_environment::{normalise, rollout, score, transitions, AnyState, EnvironmentId, Error, Real, Seed};
use proptest::prelude::*;

fn any_id() -> impl Strategy<Value = EnvironmentId> {
	prop::sample::select(&EnvironmentId::ALL[..])
}

proptest! {
	#[test]
	fn a_rollout_should_be_its_transitions(
		id in any_id(),
		start: [u8; 32],
		noise: [u8; 32],
		actions in prop::collection::vec(any::<u8>(), 1..200),
	) {
		let actions: Vec<u8> = actions.into_iter().map(|action| action % id.spec().actions as u8).collect();
		let state = AnyState::reset(id, &Seed(start));
		let (end, steps) = transitions(&state, &Seed(noise), &actions).expect("valid actions");
		prop_assert_eq!(&rollout(&state, &Seed(noise), &actions).expect("valid actions"), &end);

		prop_assert_eq!(steps.iter().map(|step| step.action).collect::<Vec<_>>(), actions);
		prop_assert_eq!(&steps[0].observation, &state.observation());
		let sum: i128 = steps.iter().map(|step| i128::from(step.reward.to_bits())).sum();
		prop_assert_eq!(i128::from(end.reward.to_bits()), sum / steps.len() as i128);
		prop_assert!(Real::ZERO <= end.reward && end.reward <= Real::ONE);
		prop_assert!(!end.state.is_over());
		for (step, next) in steps.iter().zip(&steps[1..]) {
			if !step.terminated && id != EnvironmentId::MountainCar {
				prop_assert_eq!(&step.next_observation, &next.observation);
			}
		}
	}

	#[test]
	fn a_score_should_be_the_reward_floored_to_a_64th(bits in 0_i64..=1 << 32) {
		let mean = Real::from_bits(bits);
		let score = score(mean);
		prop_assert!(score <= mean && mean < score + Real::from_ratio(1, 64));
		prop_assert_eq!((score * Real::from_int(64)).to_bits() & 0xffff_ffff, 0);
	}

	#[test]
	fn a_normalised_reward_should_be_within_one_and_keep_the_order(id in any_id(), a: i64, b: i64, shift in 0_u32..64) {
		let (a, b) = (Real::from_bits(a >> shift), Real::from_bits(b >> shift));
		let (low, high) = (normalise(id, a.min(b)), normalise(id, a.max(b)));
		prop_assert!(Real::ZERO <= low && low <= high && high <= Real::ONE);
	}

	#[test]
	fn an_action_out_of_range_should_be_refused(id in any_id(), place in 0_usize..32, beyond in 0_u8..200) {
		let state = AnyState::reset(id, &Seed::default());
		let count = id.spec().actions;
		let mut actions = vec![0_u8; place + 1];
		actions[place] = (count as u8).saturating_add(beyond);
		let expected = Error::ActionOutOfRange { action: actions[place].into(), actions: count };
		prop_assert_eq!(rollout(&state, &Seed::default(), &actions), Err(expected));
	}
}

#[test]
fn bounds_should_normalise_to_zero_and_one() {
	for id in EnvironmentId::ALL {
		let spec = id.spec();
		assert_eq!(normalise(id, spec.min_reward), Real::ZERO);
		assert_eq!(normalise(id, spec.max_reward), Real::ONE);
	}
}

#[test]
fn a_rollout_should_restart_where_an_episode_ends() {
	let state = AnyState::reset(EnvironmentId::CartPole, &Seed::default());
	let noise = Seed::from_number(3);
	let (end, steps) = transitions(&state, &noise, &[1; 32]).expect("valid actions");
	let first = steps.iter().position(|step| step.terminated).expect("the pole falls");
	let restarted = AnyState::reset(EnvironmentId::CartPole, &noise.derive(0));
	assert_eq!(steps[first + 1].observation, restarted.observation());
	assert!(steps.iter().filter(|step| step.terminated).count() >= 2);
	assert_ne!(end.state, restarted);
	assert_ne!(rollout(&state, &Seed::from_number(4), &[1; 32]).expect("valid actions").state, end.state);
}

#[test]
fn a_rollout_should_refuse_what_cannot_be() {
	let state = AnyState::reset(EnvironmentId::CartPole, &Seed::default());
	assert_eq!(rollout(&state, &Seed::default(), &[]), Err(Error::BadLength));
	let values = [Real::from_int(3), Real::ZERO, Real::ZERO, Real::ZERO];
	let over = AnyState::from_values(EnvironmentId::CartPole, &values).expect("it can occur");
	assert_eq!(rollout(&over, &Seed::default(), &[1]), Err(Error::EpisodeOver));
}

#[test]
fn noise_should_change_a_block_of_the_default_oracle() {
	let state = AnyState::reset(EnvironmentId::DEFAULT_ORACLE, &Seed::default());
	let play = |noise| rollout(&state, &Seed::from_number(noise), &[4; 32]).expect("valid actions");
	assert_eq!(play(1), play(1));
	assert_ne!(play(1), play(2));
	assert_eq!(play(1).state.steps(), 32);
}

#[test]
fn a_balanced_pendulum_should_score_high_and_a_hanging_one_low() {
	let play = |theta: f64| {
		let values = [Real::from_f64(theta), Real::ZERO];
		let state = AnyState::from_values(EnvironmentId::NoisyPendulum, &values).expect("a valid state");
		rollout(&state, &Seed::default(), &[4; 8]).expect("valid actions").reward.to_f64()
	};
	assert!(play(0.0) > 0.99, "{}", play(0.0));
	assert!(play(3.1) < 0.42, "{}", play(3.1));
}
