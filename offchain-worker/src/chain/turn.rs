//! The worker's turn: the actions of one block, chosen step by step, and their exact reward.

use praxis_environment::{transitions, AnyState, Error, Real, Seed, Transition};

/// The actions of one block and what follows from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
	/// The actions.
	pub actions: Vec<u8>,
	/// Exact mean normalised reward, as the runtime will compute it.
	pub reward: Real,
	/// The transitions.
	pub transitions: Vec<Transition>,
}

/// Chooses `steps` actions from `state` under `noise`.
///
/// It walks as the oracle walks: the noise is put into the state first, and where an episode ends the next starts from a
/// seed drawn from the noise. The reward then comes from re-executing the actions with the function that the runtime
/// uses, so it is exact by construction.
pub fn take(state: &AnyState, noise: &Seed, steps: u32, mut choose: impl FnMut(&[i16]) -> u8) -> Result<Turn, Error> {
	let id = state.id();
	let mut observation = vec![0; id.spec().observation];
	let mut actions = Vec::with_capacity(steps as usize);
	let mut walker = *state;
	walker.reseed(noise);
	let mut restarts = 0;
	for _ in 0..steps {
		walker.observe(&mut observation)?;
		let action = choose(&observation);
		let outcome = walker.step(action.into())?;
		actions.push(action);
		if outcome.is_over() {
			walker = AnyState::reset(id, &noise.derive(restarts));
			restarts += 1;
		}
	}
	let (rollout, transitions) = transitions(state, noise, &actions)?;
	Ok(Turn { actions, reward: rollout.reward, transitions })
}

#[cfg(test)]
mod tests {
	use super::*;
	use praxis_environment::{rollout, EnvironmentId};
	use proptest::prelude::*;

	/// A policy that depends on every number it sees.
	fn choose(actions: u32) -> impl Fn(&[i16]) -> u8 {
		move |observation| {
			let sum =
				observation.iter().fold(7i64, |sum, number| sum.wrapping_mul(31).wrapping_add(i64::from(*number)));
			sum.rem_euclid(i64::from(actions)) as u8
		}
	}

	proptest! {
		/// What was observed while choosing is what the oracle's transitions observe, restarts included, and the reward
		/// is the oracle's.
		#[test]
		fn a_turn_should_see_what_the_oracle_executes(seed: [u8; 32], noise: [u8; 32], steps in 1u32..300, id in 0usize..5) {
			let id = EnvironmentId::ALL[id];
			let state = AnyState::reset(id, &Seed(seed));
			let mut seen = Vec::new();
			let policy = choose(id.spec().actions);
			let turn = take(&state, &Seed(noise), steps, |observation| {
				seen.push(observation.to_vec());
				policy(observation)
			}).expect("a turn");
			prop_assert_eq!(turn.actions.len(), steps as usize);
			let oracle = rollout(&state, &Seed(noise), &turn.actions).expect("a rollout");
			prop_assert_eq!(turn.reward, oracle.reward);
			let observed: Vec<_> = turn.transitions.iter().map(|transition| transition.observation.clone()).collect();
			prop_assert_eq!(seen, observed);
		}
	}

	#[test]
	fn an_action_out_of_range_should_be_an_error() {
		let state = AnyState::reset(EnvironmentId::CartPole, &Seed([1; 32]));
		assert!(take(&state, &Seed([2; 32]), 4, |_| 9).is_err());
		assert!(take(&state, &Seed([2; 32]), 0, |_| 0).is_err(), "a block of no actions");
	}
}
