//! Where an agent acts: an environment of one agent, or one of a team whose agents share one policy.

use super::{evaluate::ENDLESS_EPISODE, AgentError};
use codec::{Decode, Encode};
use praxis_environment::{teams, AnyState, EnvironmentId, Error, Outcome, Seed, TaskEnvironment};
use std::{fmt, str::FromStr};

/// An environment of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
	/// One that the chain's oracle may have: a single agent, all actions allowed.
	Single(EnvironmentId),
	/// One that only tasks have.
	Team(TaskEnvironment),
}

impl World {
	/// The worlds by their names, with default parameters.
	pub fn all() -> impl Iterator<Item = Self> {
		let teams = TaskEnvironment::ALL.into_iter().filter(|task| task.classic().is_none());
		EnvironmentId::ALL.into_iter().map(Self::Single).chain(teams.map(Self::Team))
	}

	/// Agents that act in it.
	pub fn agents(&self) -> usize {
		match self {
			Self::Single(_) => 1,
			Self::Team(task) => task.agents() as usize,
		}
	}

	/// Number of actions of an agent.
	pub fn actions(&self) -> u32 {
		match self {
			Self::Single(id) => id.spec().actions,
			Self::Team(task) => task.actions(),
		}
	}

	/// Length of an observation.
	pub fn observation(&self) -> usize {
		match self {
			Self::Single(id) => id.spec().observation,
			Self::Team(task) => task.observation(),
		}
	}

	/// Whether some actions may be forbidden.
	pub fn is_masked(&self) -> bool {
		matches!(self, Self::Team(_))
	}

	/// The mask that allows every action.
	pub fn every_action(&self) -> u32 {
		u32::MAX >> (32 - self.actions().clamp(1, 32))
	}

	/// Rewards that are still to be gathered, whenever that is: the dirty cells in MazeCleaning, nothing elsewhere.
	pub fn outstanding(&self, observation: &[i16]) -> f64 {
		let Self::Team(TaskEnvironment::MazeCleaning { width, height, .. }) = self else { return 0.0 };
		// The last entry but one is their share of all cells.
		let share = observation.iter().rev().nth(1).copied().unwrap_or(0);
		(f64::from(share) * f64::from(*width) * f64::from(*height) / f64::from(teams::ONE)).round()
	}

	/// Steps of an episode at most.
	pub fn episode_steps(&self) -> u32 {
		match self {
			Self::Single(id) if id.spec().max_steps == u32::MAX => ENDLESS_EPISODE,
			Self::Single(id) => id.spec().max_steps,
			Self::Team(task) => task.max_steps(),
		}
	}

	/// What each entry of an observation is multiplied with before the network sees it: to Gymnasium's units, then by its
	/// usual size to order one, which networks like.
	pub fn input_scales(&self) -> Vec<f32> {
		use std::f32::consts::PI;
		let id = match self {
			Self::Single(id) => id,
			Self::Team(task) => return vec![1.0 / f32::from(teams::ONE); task.observation()],
		};
		let usual: &[f32] = match id {
			EnvironmentId::CartPole => &[2.4, 2.0, 0.21, 2.0],
			EnvironmentId::MountainCar => &[0.6, 0.035],
			EnvironmentId::Acrobot => &[1.0, 1.0, 1.0, 1.0, 2.0 * PI, 4.0 * PI],
			EnvironmentId::Pendulum | EnvironmentId::NoisyPendulum => &[1.0, 1.0, 4.0],
		};
		usual.iter().zip(id.spec().scales).map(|(usual, bits)| (-(*bits as f32)).exp2() / usual).collect()
	}
}

impl From<EnvironmentId> for World {
	fn from(id: EnvironmentId) -> Self {
		Self::Single(id)
	}
}

impl From<TaskEnvironment> for World {
	fn from(task: TaskEnvironment) -> Self {
		task.classic().map_or(Self::Team(task), Self::Single)
	}
}

impl PartialEq<EnvironmentId> for World {
	fn eq(&self, id: &EnvironmentId) -> bool {
		*self == Self::Single(*id)
	}
}

impl fmt::Display for World {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Single(id) => id.fmt(formatter),
			Self::Team(task) => task.fmt(formatter),
		}
	}
}

impl FromStr for World {
	type Err = Error;

	fn from_str(name: &str) -> Result<Self, Error> {
		match name.parse() {
			Ok(id) => Ok(Self::Single(id)),
			Err(_) => name.parse::<TaskEnvironment>().map(Into::into),
		}
	}
}

/// A running episode.
#[derive(Clone, Debug)]
pub enum Episode {
	/// Of a single agent.
	Single(AnyState),
	/// Of a team.
	Team(Box<praxis_environment::Episode>),
}

impl Episode {
	/// The episode of this seed.
	pub fn start(world: World, seed: &Seed) -> Self {
		match world {
			World::Single(id) => Self::Single(AnyState::reset(id, seed)),
			World::Team(task) => Self::Team(Box::new(praxis_environment::Episode::start(&task, seed))),
		}
	}

	/// Writes what an agent observes, and gives the actions that it may take.
	pub fn observe(&self, agent: usize, out: &mut [i16]) -> Result<u32, AgentError> {
		match self {
			Self::Single(state) => {
				state.observe(out).map_err(refused)?;
				Ok(World::Single(state.id()).every_action())
			}
			Self::Team(episode) => {
				episode.observe(agent as u32, out);
				Ok(episode.mask(agent as u32))
			}
		}
	}

	/// All agents act.
	pub fn step(&mut self, actions: &[u8]) -> Result<Outcome, AgentError> {
		match (self, actions) {
			(Self::Single(state), [action]) => state.step(u32::from(*action)).map_err(refused),
			(Self::Single(_), _) => Err(refused(Error::BadLength)),
			(Self::Team(episode), actions) => episode.step(actions).map_err(refused),
		}
	}

	/// Its SCALE encoding.
	pub fn encode(&self) -> Vec<u8> {
		match self {
			Self::Single(state) => state.encode(),
			Self::Team(episode) => episode.encode(),
		}
	}

	/// An episode of `world` that goes on.
	pub fn decode(world: World, bytes: &[u8]) -> Result<Self, AgentError> {
		let wrong = |reason: &str| AgentError::Environment(format!("the checkpoint's state {reason}"));
		let mut input = bytes;
		match world {
			World::Single(id) => {
				let state = AnyState::decode(&mut input).map_err(|_| wrong("cannot be decoded"))?;
				if state.id() != id || state.is_over() {
					return Err(wrong("is of another environment, or its episode is over"));
				}
				state.validate().map_err(refused)?;
				Ok(Self::Single(state))
			}
			World::Team(task) => {
				let episode =
					praxis_environment::Episode::decode(&mut input).map_err(|_| wrong("cannot be decoded"))?;
				let shape = (episode.agents(), episode.actions(), episode.observation_len());
				if shape != (task.agents(), task.actions(), task.observation()) || episode.is_over() {
					return Err(wrong("is of another environment, or its episode is over"));
				}
				episode.validate().map_err(refused)?;
				Ok(Self::Team(Box::new(episode)))
			}
		}
	}
}

/// What an environment refused.
pub(super) fn refused(error: Error) -> AgentError {
	AgentError::Environment(error.to_string())
}

/// The range of an environment's rewards: the least, and the width. Only the chain's transitions are normalised by it.
pub(super) fn reward_range(world: World) -> (f64, f64) {
	match world {
		World::Single(id) => {
			let spec = id.spec();
			(spec.min_reward.to_f64(), spec.max_reward.to_f64() - spec.min_reward.to_f64())
		}
		World::Team(_) => (0.0, 1.0),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_entry_of_an_observation_should_have_a_scale() {
		for world in World::all() {
			let scales = world.input_scales();
			assert_eq!(scales.len(), world.observation());
			assert!(
				scales.iter().all(|scale| *scale > 0.0 && f32::from(i16::MAX) * scale < 40.0),
				"{world}: {scales:?}"
			);
		}
	}

	#[test]
	fn names_should_be_read_back_and_classic_tasks_be_the_chains_environments() {
		for world in World::all() {
			assert_eq!(world.to_string().parse(), Ok(world));
		}
		assert_eq!(World::from(TaskEnvironment::CartPole), EnvironmentId::CartPole);
		assert!("MazeCleaning-v0(2x2,9)".parse::<World>().is_err());
		assert_eq!(World::Single(EnvironmentId::Pendulum).every_action(), 0b1_1111_1111);
	}

	#[test]
	fn outstanding_should_be_the_cells_that_are_still_dirty() {
		let world: World = "MazeCleaning-v0(7x5,2)".parse().expect("a world");
		let mut episode = Episode::start(world, &Seed::from_number(4));
		let mut observation = vec![0; world.observation()];
		episode.observe(0, &mut observation).expect("an observation");
		let mut dirty = 33.0;
		assert_eq!(world.outstanding(&observation), dirty);
		for _ in 0..30 {
			let actions = [0, 1].map(|agent| {
				let mask = episode.observe(agent, &mut observation).expect("an observation");
				mask.trailing_zeros() as u8
			});
			dirty -= episode.step(&actions).expect("a step").reward.to_f64() + 0.25;
			episode.observe(1, &mut observation).expect("an observation");
			assert_eq!(world.outstanding(&observation), dirty);
		}
		assert!((1.0..33.0).contains(&dirty), "{dirty}");
		assert_eq!(World::Single(EnvironmentId::CartPole).outstanding(&[1; 4]), 0.0);
	}
}
