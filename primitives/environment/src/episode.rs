//! [`Episode`]: a running episode of any environment that tasks have.

use crate::{
	teams::{fleet::FleetCoordination, localization::TargetLocalization, maze::MazeCleaning, Entries, Team},
	AnyState, EnvironmentId, Error, Outcome, Seed, TaskEnvironment,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A running episode. It can be encoded and go on later; its size is bounded.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Episode {
	/// Of classic control: one agent, all actions allowed.
	#[codec(index = 0)]
	Classic(AnyState),
	/// Of TargetLocalization-v0.
	#[codec(index = 1)]
	TargetLocalization(TargetLocalization),
	/// Of MazeCleaning-v0.
	#[codec(index = 2)]
	MazeCleaning(MazeCleaning),
	/// Of FleetCoordination-v0.
	#[codec(index = 3)]
	FleetCoordination(FleetCoordination),
}

/// Runs an expression with `$s` as the state of classic control, or another with it as a team's and `$t` as its type.
macro_rules! with_episode {
	($episode:expr, $s:ident => $classic:expr, $t:ident => $team:expr) => {
		match $episode {
			Self::Classic($s) => $classic,
			Self::TargetLocalization($s) => {
				#[allow(dead_code)]
				type $t = TargetLocalization;
				$team
			}
			Self::MazeCleaning($s) => {
				#[allow(dead_code)]
				type $t = MazeCleaning;
				$team
			}
			Self::FleetCoordination($s) => {
				#[allow(dead_code)]
				type $t = FleetCoordination;
				$team
			}
		}
	};
}

impl Episode {
	/// The episode of this seed. Parameters out of their bounds are taken as the nearest that are not.
	pub fn start(task: &TaskEnvironment, seed: &Seed) -> Self {
		let classic = |id| Self::Classic(AnyState::reset(id, seed));
		match task.clamped() {
			TaskEnvironment::CartPole => classic(EnvironmentId::CartPole),
			TaskEnvironment::MountainCar => classic(EnvironmentId::MountainCar),
			TaskEnvironment::Acrobot => classic(EnvironmentId::Acrobot),
			TaskEnvironment::Pendulum => classic(EnvironmentId::Pendulum),
			TaskEnvironment::TargetLocalization { agents, walls, shaped } => {
				Self::TargetLocalization(TargetLocalization::start(agents, walls, shaped, seed))
			}
			TaskEnvironment::MazeCleaning { width, height, agents } => {
				Self::MazeCleaning(MazeCleaning::start((width, height), agents, seed))
			}
			TaskEnvironment::FleetCoordination { width, height, agents } => {
				Self::FleetCoordination(FleetCoordination::start((width, height), agents, seed))
			}
		}
	}

	/// Agents of the team.
	pub fn agents(&self) -> u32 {
		with_episode!(self, state => { let _ = state; 1 }, T => Team::agents(state) as u32)
	}

	/// Number of actions of an agent.
	pub fn actions(&self) -> u32 {
		with_episode!(self, state => state.id().spec().actions, T => { let _ = state; T::ACTIONS })
	}

	/// Length of an agent's observation.
	pub fn observation_len(&self) -> usize {
		with_episode!(self, state => state.id().spec().observation, T => { let _ = state; T::OBSERVATION })
	}

	/// Writes what an agent observes to the first entries of `out`; others are zero. Where `out` is too short or the agent
	/// does not exist, all are.
	pub fn observe(&self, agent: u32, out: &mut [i16]) {
		out.fill(0);
		if agent >= self.agents() {
			return;
		}
		let Some(out) = out.get_mut(..self.observation_len()) else { return };
		with_episode!(
			self,
			// The length is right, so that this cannot fail.
			state => drop(state.observe(out)),
			T => state.look(agent as usize, &mut Entries::new(out))
		)
	}

	/// The actions that an agent may take: bit `a` is action `a`. Never 0 for an agent that exists.
	pub fn mask(&self, agent: u32) -> u32 {
		if agent >= self.agents() {
			return 0;
		}
		with_episode!(self, state => (1 << state.id().spec().actions) - 1, T => state.allowed(agent as usize))
	}

	/// All agents act, each with its action. On an error the episode is as before.
	pub fn step(&mut self, actions: &[u8]) -> Result<Outcome, Error> {
		with_episode!(
			self,
			state => match actions {
				[action] => state.step((*action).into()),
				_ => Err(Error::BadLength),
			},
			T => Team::step(state, actions)
		)
	}

	/// Whether it is over.
	pub fn is_over(&self) -> bool {
		with_episode!(self, state => state.is_over(), T => Team::is_over(state))
	}

	/// Steps taken so far.
	pub fn steps(&self) -> u32 {
		with_episode!(self, state => state.steps(), T => Team::steps(state))
	}

	/// Whether the state can occur. Every state that [`Episode::start`] and [`Episode::step`] make can.
	pub fn validate(&self) -> Result<(), Error> {
		with_episode!(
			self,
			state => match state.id() {
				EnvironmentId::NoisyPendulum => Err(Error::InvalidState),
				_ => state.validate(),
			},
			T => Team::validate(state)
		)
	}
}
