//! Environments of teams on grids: the three applications of the DRLaaS paper.
//!
//! What holds for all of them: positions count from the north-west corner, x to the east and y to the south; every agent
//! is asked with its own observation and mask, then all act at once and the team gets one reward. An observation's entry
//! of [`ONE`] is 1.

pub mod area;
pub mod cells;
pub mod fleet;
pub mod heuristic;
pub mod localization;
pub mod maze;
pub mod radiation;

use crate::{task::MAX_AGENTS, Error, Outcome, Real};

/// 1 in an observation: divide an entry by it.
pub const ONE: i16 = 8192;

/// Agents that a state has room for.
pub(crate) const ROOM: usize = MAX_AGENTS as usize;

/// A running episode of a team.
pub(crate) trait Team: Clone {
	/// Number of actions of an agent, numbered from 0.
	const ACTIONS: u32;
	/// Length of an agent's observation.
	const OBSERVATION: usize;

	/// Agents of the team, 1 to [`ROOM`].
	fn agents(&self) -> usize;
	/// Steps taken so far.
	fn steps(&self) -> u32;
	/// Steps after which the episode is truncated.
	fn max_steps(&self) -> u32;
	/// Whether the team is done.
	fn is_done(&self) -> bool;
	/// The actions that an agent may take, bit by bit; at least one.
	fn allowed(&self, agent: usize) -> u32;
	/// What an agent observes: exactly `OBSERVATION` entries.
	fn look(&self, agent: usize, entries: &mut Entries);
	/// A step of allowed actions, one for each agent: the team's reward. Total: no state makes it panic.
	fn advance(&mut self, actions: &[u8]) -> Real;
	/// Whether the state can occur.
	fn validate(&self) -> Result<(), Error>;

	/// Whether the episode is over.
	fn is_over(&self) -> bool {
		self.is_done() || self.steps() >= self.max_steps()
	}

	/// Takes a step, or an error and the state is as before.
	fn step(&mut self, actions: &[u8]) -> Result<Outcome, Error> {
		if actions.len() != self.agents() {
			return Err(Error::BadLength);
		}
		for (agent, action) in actions.iter().enumerate() {
			let action = u32::from(*action);
			if action >= Self::ACTIONS {
				return Err(Error::ActionOutOfRange { action, actions: Self::ACTIONS });
			}
			if self.allowed(agent) >> action & 1 == 0 {
				return Err(Error::ActionMasked { agent: agent as u32, action });
			}
		}
		if self.is_over() {
			return Err(Error::EpisodeOver);
		}
		let reward = self.advance(actions);
		Ok(Outcome { reward, terminated: self.is_done(), truncated: self.steps() >= self.max_steps() })
	}
}

/// Writes an observation, entry by entry.
pub(crate) struct Entries<'a> {
	left: &'a mut [i16],
}

impl<'a> Entries<'a> {
	/// Writes to `out` from its beginning.
	pub(crate) fn new(out: &'a mut [i16]) -> Self {
		Self { left: out }
	}

	/// The next entry; beyond 16 bits it saturates.
	pub(crate) fn push(&mut self, value: i64) {
		if let Some((first, rest)) = core::mem::take(&mut self.left).split_first_mut() {
			*first = value.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
			self.left = rest;
		}
	}

	/// 1 or 0.
	pub(crate) fn flag(&mut self, value: bool) {
		self.push(if value { ONE.into() } else { 0 });
	}

	/// `numerator / denominator`, 0 where that is 0.
	pub(crate) fn share(&mut self, numerator: i64, denominator: i64) {
		let value = i64::from(ONE).saturating_mul(numerator);
		self.push(value.checked_div(denominator).unwrap_or(0));
	}

	/// 1 at a distance of 1, falling with it; 0 for what is not there.
	pub(crate) fn closeness(&mut self, distance: Option<u32>) {
		self.share(distance.is_some().into(), distance.unwrap_or(1).max(1).into());
	}

	/// How many entries are left to write.
	#[cfg(test)]
	pub(crate) fn left(&self) -> usize {
		self.left.len()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Seed;

	fn written<T: Team>(team: &T) -> usize {
		let mut out = [7; 300];
		let mut entries = Entries::new(&mut out);
		team.look(team.agents() - 1, &mut entries);
		300 - entries.left()
	}

	#[test]
	fn an_observation_should_have_its_length() {
		for agents in 1..=4 {
			let seed = Seed::from_number(agents.into());
			let maze = maze::MazeCleaning::start((7, 5), agents, &seed);
			assert_eq!(written(&maze), maze::MazeCleaning::OBSERVATION);
			let fleet = fleet::FleetCoordination::start((7, 5), agents, &seed);
			assert_eq!(written(&fleet), fleet::FleetCoordination::OBSERVATION);
			let localization = localization::TargetLocalization::start(agents, 2, true, &seed);
			assert_eq!(written(&localization), localization::TargetLocalization::OBSERVATION);
		}
	}
}
