//! Greedy evaluation: what a policy earns without exploring.

use super::{AgentError, Dqn};
use crate::agent::network::Policy;
use praxis_environment::{AnyState, EnvironmentId, Seed};

/// Steps of an evaluation episode where the environment sets no limit of its own (the noisy pendulum runs for ever).
/// It is the limit of the pendulum without noise.
pub const ENDLESS_EPISODE: u32 = 200;

/// How many steps an episode of an environment lasts at most.
pub fn episode_steps(id: EnvironmentId) -> u32 {
	match id.spec().max_steps {
		u32::MAX => ENDLESS_EPISODE,
		steps => steps,
	}
}

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
pub fn evaluate(agent: &Dqn, id: EnvironmentId, seeds: &[Seed]) -> Result<Vec<f64>, AgentError> {
	evaluate_policy(&mut agent.policy(), id, seeds)
}

/// As [`evaluate`], of a policy alone.
pub fn evaluate_policy(policy: &mut Policy, id: EnvironmentId, seeds: &[Seed]) -> Result<Vec<f64>, AgentError> {
	let mut observation = vec![0i16; id.spec().observation];
	seeds.iter().map(|seed| episode(id, seed, &mut observation, |o| policy.greedy(o))).collect()
}

/// The return of one episode under some way to choose actions.
pub fn episode(
	id: EnvironmentId,
	seed: &Seed,
	observation: &mut [i16],
	mut choose: impl FnMut(&[i16]) -> u8,
) -> Result<f64, AgentError> {
	let refused = |error: praxis_environment::Error| AgentError::Environment(error.to_string());
	let mut state = AnyState::reset(id, seed);
	let mut sum = 0.0;
	for _ in 0..episode_steps(id) {
		state.observe(observation).map_err(refused)?;
		let outcome = state.step(u32::from(choose(observation))).map_err(refused)?;
		sum += outcome.reward.to_f64();
		if outcome.terminated || outcome.truncated {
			break;
		}
	}
	Ok(sum)
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
