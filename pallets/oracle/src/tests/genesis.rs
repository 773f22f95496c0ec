//! The oracle's constants.

use crate::{mock::*, *};
use praxis_environment::EnvironmentId;
use praxis_primitives_consensus::ForkRule;

#[test]
fn every_environment_should_start_and_run() {
	for id in EnvironmentId::ALL {
		ExtBuilder::default().with_environment(id).build_and_execute(|| {
			assert_eq!(State::<Test>::get().unwrap().id(), id);
			for _ in 0..12 {
				block(ALICE);
			}
		});
	}
}

#[test]
fn one_step_a_block_should_be_selectable() {
	ExtBuilder::default().with_steps(1).build_and_execute(|| {
		block(ALICE);
		assert_eq!(NextStep::<Test>::get(), 1);
	});
}

#[test]
fn most_steps_should_be_selectable() {
	ExtBuilder::default().with_steps(64).build_and_execute(|| {
		block(ALICE);
		assert_eq!(NextStep::<Test>::get(), 64);
	});
}

#[test]
#[should_panic(expected = "steps_per_block must be in 1..=64")]
fn genesis_should_fail_without_steps() {
	let _ = ExtBuilder::default().with_steps(0).build();
}

#[test]
#[should_panic(expected = "steps_per_block must be in 1..=64")]
fn genesis_should_fail_with_too_many_steps() {
	let _ = ExtBuilder::default().with_steps(65).build();
}

#[test]
#[should_panic(expected = "episode_blocks must not be 0")]
fn genesis_should_fail_with_empty_episodes() {
	let _ = ExtBuilder::default().with_episode(0).build();
}

#[test]
fn constants_should_be_what_genesis_says() {
	ExtBuilder::default()
		.with_environment(EnvironmentId::CartPole)
		.with_steps(4)
		.with_episode(7)
		.with_rule(ForkRule::LastReward)
		.build_and_execute(|| {
			assert_eq!(Oracle::fork_rule(), ForkRule::LastReward);
			let environment = Oracle::environment();
			assert_eq!((environment.id, environment.name.as_str()), (EnvironmentId::CartPole, "CartPole-v1"));
			assert_eq!((environment.actions, environment.observation), (2, 4));
			assert_eq!((environment.steps_per_block, environment.episode_blocks), (4, 7));
		});
}

#[test]
fn defaults_should_be_the_noisy_pendulum_and_32_steps() {
	let config = GenesisConfig::<Test>::default();
	assert_eq!(config.environment, EnvironmentId::NoisyPendulum);
	assert_eq!((config.steps_per_block, config.episode_blocks), (32, 10));
	assert_eq!(config.fork_rule, ForkRule::Cumulative);
}
