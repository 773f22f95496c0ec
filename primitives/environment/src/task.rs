//! [`TaskEnvironment`]: what a policy can be trained for and judged in.

use crate::{
	scores::scores,
	teams::{fleet, localization, maze, Team},
	EnvironmentId, Error, Real,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// An environment with its parameters, in which a policy can be trained and judged: its episodes end.
///
/// A team of [`TaskEnvironment::agents`] agents acts in it, in classic control a single one. All agents share one policy:
/// each is asked with its own observation and its own mask of allowed actions. [`crate::Episode`] plays it.
///
/// As text it is the environment's name, followed by the parameters where they are not the default ones:
/// `MazeCleaning-v0` is `MazeCleaning-v0(8x8,2)`. serde sees the text.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum TaskEnvironment {
	/// Gymnasium's CartPole-v1.
	#[codec(index = 0)]
	CartPole,
	/// Gymnasium's MountainCar-v0.
	#[codec(index = 1)]
	MountainCar,
	/// Gymnasium's Acrobot-v1.
	#[codec(index = 2)]
	Acrobot,
	/// Gymnasium's Pendulum-v1 with 9 torques.
	#[codec(index = 3)]
	Pendulum,
	// 4 would be the endless pendulum, whose episodes never end.
	/// A team looks for a radiating target behind walls: `TargetLocalization-v0(agents,walls)`, with `,shaped` where the
	/// reward is the shaped one.
	#[codec(index = 5)]
	TargetLocalization {
		/// Agents, 1 to 4.
		agents: u8,
		/// Walls, 0 to 3.
		walls: u8,
		/// Whether the reward tells of every step if the team came nearer.
		shaped: bool,
	},
	/// A team cleans all cells of a maze: `MazeCleaning-v0(WIDTHxHEIGHT,agents)`.
	#[codec(index = 6)]
	MazeCleaning {
		/// Cells from west to east, 3 to 16.
		width: u8,
		/// Cells from north to south, 3 to 16.
		height: u8,
		/// Agents, 1 to 4.
		agents: u8,
	},
	/// A team of vehicles drives to distinct goals without collisions: `FleetCoordination-v0(WIDTHxHEIGHT,agents)`.
	#[codec(index = 7)]
	FleetCoordination {
		/// Cells from west to east, 5 to 16.
		width: u8,
		/// Cells from north to south, 5 to 16.
		height: u8,
		/// Vehicles, 1 to 4.
		agents: u8,
	},
}

/// Most agents of a team.
pub const MAX_AGENTS: u8 = 4;
/// Longest side of a maze or of a fleet's grid, cells.
pub const MAX_SIDE: u8 = 16;
/// Most entries of an observation.
pub const MAX_OBSERVATION: usize = 256;

/// What the chain and a learner need to know of an environment with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
	/// Agents, each of which acts in every step.
	pub agents: u32,
	/// Number of actions of an agent; they are numbered from 0. At most 32.
	pub actions: u32,
	/// Length of an agent's observation.
	pub observation: usize,
	/// Steps after which an episode is truncated.
	pub max_steps: u32,
	/// Least and greatest sum of the rewards of an episode.
	pub returns: (Real, Real),
	/// Mean return of agents that draw their actions uniformly among the allowed ones.
	pub random_score: Real,
	/// Mean return of the heuristic that the environment's documentation describes.
	pub heuristic_score: Real,
}

impl TaskEnvironment {
	/// One of each kind, with the default parameters.
	pub const ALL: [Self; 7] = [
		Self::CartPole,
		Self::MountainCar,
		Self::Acrobot,
		Self::Pendulum,
		Self::TargetLocalization { agents: 1, walls: 1, shaped: false },
		Self::MazeCleaning { width: 8, height: 8, agents: 2 },
		Self::FleetCoordination { width: 8, height: 8, agents: 3 },
	];

	/// A number for the kind of environment, whatever its parameters: the SCALE index.
	pub const fn kind(&self) -> u8 {
		match self {
			Self::CartPole => 0,
			Self::MountainCar => 1,
			Self::Acrobot => 2,
			Self::Pendulum => 3,
			Self::TargetLocalization { .. } => 5,
			Self::MazeCleaning { .. } => 6,
			Self::FleetCoordination { .. } => 7,
		}
	}

	/// The kind's name, without parameters.
	pub const fn name(&self) -> &'static str {
		match self {
			Self::TargetLocalization { .. } => "TargetLocalization-v0",
			Self::MazeCleaning { .. } => "MazeCleaning-v0",
			Self::FleetCoordination { .. } => "FleetCoordination-v0",
			Self::CartPole => EnvironmentId::CartPole.name(),
			Self::MountainCar => EnvironmentId::MountainCar.name(),
			Self::Acrobot => EnvironmentId::Acrobot.name(),
			Self::Pendulum => EnvironmentId::Pendulum.name(),
		}
	}

	/// Which environment of classic control it is, if it is one.
	pub const fn classic(&self) -> Option<EnvironmentId> {
		match self {
			Self::CartPole => Some(EnvironmentId::CartPole),
			Self::MountainCar => Some(EnvironmentId::MountainCar),
			Self::Acrobot => Some(EnvironmentId::Acrobot),
			Self::Pendulum => Some(EnvironmentId::Pendulum),
			_ => None,
		}
	}

	/// Whether the parameters are within their bounds. What else can be asked of an environment whose parameters are not
	/// has an answer that means nothing, but never panics.
	pub fn validate(&self) -> Result<(), Error> {
		(*self == self.clamped()).then_some(()).ok_or(Error::BadParameters)
	}

	/// The same with the nearest parameters within their bounds.
	pub(crate) fn clamped(self) -> Self {
		let team = |agents: u8| agents.clamp(1, MAX_AGENTS);
		match self {
			Self::CartPole | Self::MountainCar | Self::Acrobot | Self::Pendulum => self,
			Self::TargetLocalization { agents, walls, shaped } => {
				Self::TargetLocalization { agents: team(agents), walls: walls.min(localization::MAX_WALLS), shaped }
			}
			Self::MazeCleaning { width, height, agents } => {
				let side = |side: u8| side.clamp(3, MAX_SIDE);
				Self::MazeCleaning { width: side(width), height: side(height), agents: team(agents) }
			}
			Self::FleetCoordination { width, height, agents } => {
				let side = |side: u8| side.clamp(5, MAX_SIDE);
				Self::FleetCoordination { width: side(width), height: side(height), agents: team(agents) }
			}
		}
	}

	/// Everything there is to know of its shape.
	pub fn shape(&self) -> Shape {
		fn team<T: Team>(agents: u8, max_steps: u32, returns: (Real, Real), scores: (Real, Real)) -> Shape {
			Shape {
				agents: agents.into(),
				actions: T::ACTIONS,
				observation: T::OBSERVATION,
				max_steps,
				returns,
				random_score: scores.0,
				heuristic_score: scores.1,
			}
		}
		let classic = |id: EnvironmentId, least, most| Shape {
			agents: 1,
			actions: id.spec().actions,
			observation: id.spec().observation,
			max_steps: id.spec().max_steps,
			returns: (Real::from_int(least), Real::from_int(most)),
			random_score: scores(self).0,
			heuristic_score: scores(self).1,
		};
		match *self {
			Self::CartPole => classic(EnvironmentId::CartPole, 0, 500),
			Self::MountainCar => classic(EnvironmentId::MountainCar, -200, 0),
			Self::Acrobot => classic(EnvironmentId::Acrobot, -500, 0),
			// 200 times the least reward of a step, rounded down.
			Self::Pendulum => classic(EnvironmentId::Pendulum, -3_255, 0),
			Self::TargetLocalization { agents, shaped, .. } => {
				let returns = localization::returns(agents, shaped);
				team::<localization::TargetLocalization>(agents, localization::MAX_STEPS, returns, scores(self))
			}
			Self::MazeCleaning { width, height, agents } => {
				let (steps, returns) =
					(maze::max_steps((width, height), agents), maze::returns((width, height), agents));
				team::<maze::MazeCleaning>(agents, steps, returns, scores(self))
			}
			Self::FleetCoordination { width, height, agents } => {
				let (steps, returns) = (fleet::max_steps((width, height)), fleet::returns((width, height), agents));
				team::<fleet::FleetCoordination>(agents, steps, returns, scores(self))
			}
		}
	}

	/// Agents of the team; 1 in classic control.
	pub fn agents(&self) -> u32 {
		self.shape().agents
	}

	/// Number of actions of an agent; they are numbered from 0. At most 32.
	pub fn actions(&self) -> u32 {
		self.shape().actions
	}

	/// Length of an agent's observation, at most [`MAX_OBSERVATION`].
	pub fn observation(&self) -> usize {
		self.shape().observation
	}

	/// Steps after which an episode is truncated.
	pub fn max_steps(&self) -> u32 {
		self.shape().max_steps
	}

	/// No episode's return is below.
	pub fn min_return(&self) -> Real {
		self.shape().returns.0
	}

	/// No episode's return is above.
	pub fn max_return(&self) -> Real {
		self.shape().returns.1
	}

	/// Mean return of agents that draw their actions uniformly among the allowed ones.
	pub fn random_score(&self) -> Real {
		self.shape().random_score
	}

	/// Mean return of a simple rule, which a learner should beat.
	pub fn heuristic_score(&self) -> Real {
		self.shape().heuristic_score
	}

	/// A mean return mapped to [0, 1]: 0 at the random score and below, 1 at the greatest return; rounded down.
	pub fn normalised(&self, score: Real) -> Real {
		let Shape { random_score, returns: (_, most), .. } = self.shape();
		let range = most.saturating_sub(random_score);
		score.clamp(random_score, most.max(random_score)).saturating_sub(random_score).saturating_div(range)
	}
}

impl TryFrom<EnvironmentId> for TaskEnvironment {
	type Error = Error;

	/// The endless pendulum is no environment for tasks.
	fn try_from(id: EnvironmentId) -> Result<Self, Error> {
		match id {
			EnvironmentId::CartPole => Ok(Self::CartPole),
			EnvironmentId::MountainCar => Ok(Self::MountainCar),
			EnvironmentId::Acrobot => Ok(Self::Acrobot),
			EnvironmentId::Pendulum => Ok(Self::Pendulum),
			EnvironmentId::NoisyPendulum => Err(Error::UnknownEnvironment),
		}
	}
}
