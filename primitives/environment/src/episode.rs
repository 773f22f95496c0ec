//! [`Episode`]: a running episode of any environment that tasks have.

use crate::{AnyState, EnvironmentId, Error, Outcome, Seed, TaskEnvironment};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A running episode. It can be encoded and go on later; its size is bounded.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Episode {
	/// Of classic control: one agent, all actions allowed.
	#[codec(index = 0)]
	Classic(AnyState),
}

impl Episode {
	/// The episode of this seed. Parameters out of their bounds are taken as the nearest that are not.
	pub fn start(task: &TaskEnvironment, seed: &Seed) -> Self {
		Self::Classic(AnyState::reset(task.classic().unwrap_or(EnvironmentId::CartPole), seed))
	}

	/// Agents of the team.
	pub fn agents(&self) -> u32 {
		1
	}

	/// Number of actions of an agent.
	pub fn actions(&self) -> u32 {
		match self {
			Self::Classic(state) => state.id().spec().actions,
		}
	}

	/// Length of an agent's observation.
	pub fn observation_len(&self) -> usize {
		match self {
			Self::Classic(state) => state.id().spec().observation,
		}
	}

	/// Writes what an agent observes to `out`. Entries that do not fit are left out, others of `out` and those of an agent
	/// that does not exist are zero.
	pub fn observe(&self, agent: u32, out: &mut [i16]) {
		out.fill(0);
		let length = self.observation_len();
		let Some(out) = out.get_mut(..length) else { return };
		if agent >= self.agents() {
			return;
		}
		match self {
			// Cannot fail: the length is right.
			Self::Classic(state) => drop(state.observe(out)),
		}
	}

	/// The actions that an agent may take: bit `a` is action `a`. Never 0 for an agent that exists.
	pub fn mask(&self, agent: u32) -> u32 {
		if agent >= self.agents() {
			return 0;
		}
		match self {
			Self::Classic(state) => (1 << state.id().spec().actions) - 1,
		}
	}

	/// All agents act, each with its action. On an error the episode is as before.
	pub fn step(&mut self, actions: &[u8]) -> Result<Outcome, Error> {
		if actions.len() != self.agents() as usize {
			return Err(Error::BadLength);
		}
		match self {
			Self::Classic(state) => state.step(actions[0].into()),
		}
	}

	/// Whether it is over.
	pub fn is_over(&self) -> bool {
		match self {
			Self::Classic(state) => state.is_over(),
		}
	}

	/// Steps taken so far.
	pub fn steps(&self) -> u32 {
		match self {
			Self::Classic(state) => state.steps(),
		}
	}

	/// Whether the state can occur. Every state that [`Episode::start`] and [`Episode::step`] make can.
	pub fn validate(&self) -> Result<(), Error> {
		match self {
			Self::Classic(state) if state.id() == EnvironmentId::NoisyPendulum => Err(Error::InvalidState),
			Self::Classic(state) => state.validate(),
		}
	}
}
