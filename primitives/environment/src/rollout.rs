//! What a block of the oracle records: a rollout of actions from a state under seeded noise.

use crate::{state::with_environment, AnyState, Environment, EnvironmentId, Error, Real, Seed};
use alloc::vec::Vec;

/// The end of a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
	/// Where the next rollout starts. Its episode is never over.
	pub state: AnyState,
	/// Mean normalised reward of the steps, in [0, 1]: the sum of the bits divided by the number of steps, rounded down.
	pub reward: Real,
}

/// One step of a rollout, as learners store it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
	/// Observation before the action.
	pub observation: Vec<i16>,
	/// The action.
	pub action: u8,
	/// Normalised reward, in [0, 1].
	pub reward: Real,
	/// Observation after the action, also where the episode ended.
	pub next_observation: Vec<i16>,
	/// The episode ended in a terminal state. A time limit does not count: the value of the next state still does.
	pub terminated: bool,
}

/// A reward mapped to [0, 1] by the environment's bounds, rounded down; beyond the bounds it saturates.
pub fn normalise(id: EnvironmentId, reward: Real) -> Real {
	let (low, high) = with_environment!(id, E => (E::MIN_REWARD, E::MAX_REWARD));
	let reward = reward.clamp(low, high);
	match high.saturating_sub(low) {
		Real::ONE => reward.saturating_sub(low),
		range => reward.saturating_sub(low).saturating_div(range),
	}
}

/// The score of a block with this mean normalised reward: floored to 1/64, so that ties are common and searching for
/// actions instead of learning gains little.
pub const fn score(mean: Real) -> Real {
	/// 1/64.
	const UNIT: i64 = 1 << (32 - 6);
	Real::from_bits(mean.to_bits() & !(UNIT - 1))
}

/// Re-executes actions: the oracle's block.
///
/// `state` takes its noise from `noise`, then the actions. Where an episode ends, the next starts at once from the
/// seed that is derived from the noise by the number of restarts before it. At least one action is needed; an action
/// out of range, a state that cannot occur and one whose episode is over are errors.
pub fn rollout(state: &AnyState, noise: &Seed, actions: &[u8]) -> Result<Rollout, Error> {
	run(state, noise, actions, |_, _, _, _, _| ())
}

/// The same, with every transition.
pub fn transitions(state: &AnyState, noise: &Seed, actions: &[u8]) -> Result<(Rollout, Vec<Transition>), Error> {
	let mut transitions = Vec::with_capacity(actions.len());
	let rollout = run(state, noise, actions, |before, action, reward, after, terminated| {
		transitions.push(Transition {
			observation: before.observation(),
			action,
			reward,
			next_observation: after.observation(),
			terminated,
		})
	})?;
	Ok((rollout, transitions))
}

fn run(
	state: &AnyState,
	noise: &Seed,
	actions: &[u8],
	mut visit: impl FnMut(&AnyState, u8, Real, &AnyState, bool),
) -> Result<Rollout, Error> {
	if actions.is_empty() {
		return Err(Error::BadLength);
	}
	let id = state.id();
	let mut state = *state;
	state.reseed(noise);
	let mut restarts = 0;
	let mut sum: i128 = 0;
	for &action in actions {
		let before = state;
		let outcome = state.step(action.into())?;
		let reward = normalise(id, outcome.reward);
		sum += i128::from(reward.to_bits());
		visit(&before, action, reward, &state, outcome.terminated);
		if outcome.is_over() {
			state = AnyState::reset(id, &noise.derive(restarts));
			restarts += 1;
		}
	}
	// Every reward is in [0, 1], so the mean is too.
	Ok(Rollout { state, reward: Real::from_bits((sum / actions.len() as i128) as i64) })
}
