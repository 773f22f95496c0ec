//! Greedy evaluation: what a policy earns without exploring.

use super::{
	world::{Episode, World},
	AgentError, Dqn,
};
use crate::agent::network::Policy;
use praxis_environment::{EnvironmentId, Seed};

/// Steps of an evaluation episode where the environment sets no limit of its own (the noisy pendulum runs for ever).
/// It is the limit of the pendulum without noise.
pub const ENDLESS_EPISODE: u32 = 200;

/// The seeds on which policies are compared: fixed, and disjoint from those that `train` and `mine` learn from.
pub fn evaluation_seeds(count: usize) -> Vec<Seed> {
	(0..count as u64)
		.map(|index| {
			let mut bytes = *b"praxis-worker/evaluation/seed/01";
			bytes[24..].copy_from_slice(&index.to_le_bytes());
			Seed::from(bytes)
		})
		.collect()
}

/// The undiscounted returns of greedy episodes, one per seed: sums of the environment's own rewards, as Gymnasium
/// reports them. Where an environment reads noise (the noisy pendulum), the seed fixes it too.
pub fn evaluate(agent: &Dqn, world: impl Into<World>, seeds: &[Seed]) -> Result<Vec<f64>, AgentError> {
	evaluate_policy(&mut agent.policy(), world, seeds)
}

/// As [`evaluate`], of a policy alone. Every agent of a team follows it.
pub fn evaluate_policy(policy: &mut Policy, world: impl Into<World>, seeds: &[Seed]) -> Result<Vec<f64>, AgentError> {
	let world = world.into();
	seeds
		.iter()
		.map(|seed| team_episode(world, seed, |observation, mask| policy.greedy_masked(observation, mask)))
		.collect()
}

/// The return of one episode in which every agent chooses by its observation and its mask.
pub fn team_episode(world: World, seed: &Seed, mut choose: impl FnMut(&[i16], u32) -> u8) -> Result<f64, AgentError> {
	let mut observation = vec![0; world.observation()];
	let mut actions = vec![0; world.agents()];
	let mut episode = Episode::start(world, seed);
	let mut sum = 0.0;
	for _ in 0..world.episode_steps() {
		for (agent, action) in actions.iter_mut().enumerate() {
			let mask = episode.observe(agent, &mut observation)?;
			*action = choose(&observation, mask);
		}
		let outcome = episode.step(&actions)?;
		sum += outcome.reward.to_f64();
		if outcome.is_over() {
			break;
		}
	}
	Ok(sum)
}

/// The return of one episode of a single agent under some way to choose actions; `observation` has its length.
pub fn episode(
	id: EnvironmentId,
	seed: &Seed,
	observation: &mut [i16],
	mut choose: impl FnMut(&[i16]) -> u8,
) -> Result<f64, AgentError> {
	if observation.len() != id.spec().observation {
		return Err(AgentError::Observation { expected: id.spec().observation, found: observation.len() });
	}
	team_episode(id.into(), seed, |observed, _| {
		observation.copy_from_slice(observed);
		choose(observation)
	})
}

/// The mean of some returns; 0 of none.
pub fn mean(returns: &[f64]) -> f64 {
	if returns.is_empty() {
		return 0.0;
	}
	returns.iter().sum::<f64>() / returns.len() as f64
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn returns_should_be_gymnasiums_and_repeat() {
		let seeds = evaluation_seeds(5);
		let mut observation = [0; 4];
		for seed in &seeds {
			// Pushing one way only drops the pole within a dozen steps.
			let fallen = episode(EnvironmentId::CartPole, seed, &mut observation, |_| 0).expect("an episode");
			assert!((7.0..=12.0).contains(&fallen), "{fallen}");
			let again = episode(EnvironmentId::CartPole, seed, &mut observation, |_| 0).expect("an episode");
			assert_eq!(fallen, again);
		}
		for id in [EnvironmentId::Pendulum, EnvironmentId::NoisyPendulum] {
			let hanging = episode(id, &seeds[0], &mut [0; 3], |_| 4).expect("an episode");
			assert!((-3_300.0..0.0).contains(&hanging), "{hanging}");
		}
		let never = episode(EnvironmentId::MountainCar, &seeds[0], &mut [0; 2], |_| 1).expect("an episode");
		assert_eq!(never, -200.0);
	}

	#[test]
	fn seeds_should_differ() {
		let seeds = evaluation_seeds(20);
		let different: std::collections::BTreeSet<_> = seeds.iter().map(|seed| seed.0).collect();
		assert_eq!(different.len(), 20);
		assert_eq!(evaluation_seeds(3)[..], seeds[..3]);
	}
}
