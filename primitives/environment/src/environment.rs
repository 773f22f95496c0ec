//! The [`Environment`] trait and what it speaks of.

use crate::{
	kernel::{self, Kernel},
	seed::Draws,
	Acrobot, CartPole, MountainCar, NoisyPendulum, Pendulum, Real, Seed,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Names an environment on chain and off.
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
	Serialize,
	Deserialize,
)]
pub enum EnvironmentId {
	/// Gymnasium's CartPole-v1.
	#[codec(index = 0)]
	#[serde(rename = "CartPole-v1")]
	CartPole,
	/// Gymnasium's MountainCar-v0.
	#[codec(index = 1)]
	#[serde(rename = "MountainCar-v0")]
	MountainCar,
	/// Gymnasium's Acrobot-v1.
	#[codec(index = 2)]
	#[serde(rename = "Acrobot-v1")]
	Acrobot,
	/// Gymnasium's Pendulum-v1 with 9 torques.
	#[codec(index = 3)]
	#[serde(rename = "Pendulum-v1")]
	Pendulum,
	/// The endless pendulum with noise.
	#[codec(index = 4)]
	#[serde(rename = "NoisyPendulum-v0")]
	NoisyPendulum,
}

impl EnvironmentId {
	/// All of them.
	pub const ALL: [Self; 5] = [Self::CartPole, Self::MountainCar, Self::Acrobot, Self::Pendulum, Self::NoisyPendulum];
	/// The chain's own MDP where genesis does not say otherwise.
	pub const DEFAULT_ORACLE: Self = Self::NoisyPendulum;

	/// Its name, as Gymnasium spells it where Gymnasium has it.
	pub const fn name(self) -> &'static str {
		match self {
			Self::CartPole => "CartPole-v1",
			Self::MountainCar => "MountainCar-v0",
			Self::Acrobot => "Acrobot-v1",
			Self::Pendulum => "Pendulum-v1",
			Self::NoisyPendulum => "NoisyPendulum-v0",
		}
	}

	/// Its shape and bounds.
	pub const fn spec(&self) -> Spec {
		match self {
			Self::CartPole => spec::<CartPole>(),
			Self::MountainCar => spec::<MountainCar>(),
			Self::Acrobot => spec::<Acrobot>(),
			Self::Pendulum => spec::<Pendulum>(),
			Self::NoisyPendulum => spec::<NoisyPendulum>(),
		}
	}
}

impl fmt::Display for EnvironmentId {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(self.name())
	}
}

impl FromStr for EnvironmentId {
	type Err = Error;

	fn from_str(name: &str) -> Result<Self, Error> {
		Self::ALL.into_iter().find(|id| id.name() == name).ok_or(Error::UnknownEnvironment)
	}
}

/// Shape and bounds of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
	/// Which one.
	pub id: EnvironmentId,
	/// Its name.
	pub name: &'static str,
	/// Number of actions; they are numbered from 0.
	pub actions: u32,
	/// Length of an observation.
	pub observation: usize,
	/// Scale of an observation: entry i, in Gymnasium's units, is the integer divided by two to the power `scales[i]`.
	pub scales: &'static [u32],
	/// Steps after which an episode is truncated.
	pub max_steps: u32,
	/// Least reward of a step.
	pub min_reward: Real,
	/// Greatest reward of a step.
	pub max_reward: Real,
	/// Mean return over episodes from which it counts as solved: Gymnasium's threshold, where it has one.
	pub solved: Real,
}

const fn spec<E: Environment>() -> Spec {
	Spec {
		id: E::ID,
		name: E::ID.name(),
		actions: E::ACTIONS,
		observation: E::OBSERVATION,
		scales: E::SCALES,
		max_steps: E::MAX_STEPS,
		min_reward: E::MIN_REWARD,
		max_reward: E::MAX_REWARD,
		solved: E::SOLVED,
	}
}

/// What a step gives besides the next state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Outcome {
	/// The reward, in the environment's own units.
	pub reward: Real,
	/// The episode ended in a terminal state.
	pub terminated: bool,
	/// The episode ended by its time limit.
	pub truncated: bool,
}

impl Outcome {
	/// Whether the episode is over.
	pub const fn is_over(&self) -> bool {
		self.terminated || self.truncated
	}
}

/// Why something could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Error {
	/// No environment has this name.
	UnknownEnvironment,
	/// The environment has fewer actions.
	ActionOutOfRange {
		/// The action.
		action: u32,
		/// How many there are.
		actions: u32,
	},
	/// The state cannot occur in this environment.
	InvalidState,
	/// The episode is over: nothing follows this state.
	EpisodeOver,
	/// A list is empty or of the wrong length.
	BadLength,
	/// The agent may not take this action now.
	ActionMasked {
		/// The agent, from 0.
		agent: u32,
		/// The action.
		action: u32,
	},
	/// A parameter of the environment is out of its bounds.
	BadParameters,
}

impl fmt::Display for Error {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::UnknownEnvironment => formatter.write_str("unknown environment"),
			Self::ActionOutOfRange { action, actions } => {
				write!(formatter, "action {action} is out of range: there are {actions} actions, numbered from 0")
			}
			Self::InvalidState => formatter.write_str("this state cannot occur in this environment"),
			Self::EpisodeOver => formatter.write_str("the episode is over"),
			Self::BadLength => formatter.write_str("a list is empty or of the wrong length"),
			Self::ActionMasked { agent, action } => write!(formatter, "agent {agent} may not take action {action} now"),
			Self::BadParameters => formatter.write_str("a parameter of the environment is out of its bounds"),
		}
	}
}

impl core::error::Error for Error {}

/// A deterministic Markov decision process in integer arithmetic: the same bits natively and in Wasm.
///
/// It is sealed: the environments are those of [`EnvironmentId`].
pub trait Environment: Kernel {
	/// Which one it is.
	const ID: EnvironmentId;
	/// Number of actions; they are numbered from 0.
	const ACTIONS: u32;
	/// Length of an observation.
	const OBSERVATION: usize;
	/// Steps after which an episode is truncated.
	const MAX_STEPS: u32;
	/// Least reward of a step.
	const MIN_REWARD: Real;
	/// Greatest reward of a step.
	const MAX_REWARD: Real;
	/// Mean return over episodes from which it counts as solved.
	const SOLVED: Real;

	/// The state in which the episode of this seed starts.
	fn reset(seed: &Seed) -> Self::State {
		Self::store(Self::draw(&mut Draws::new(seed)), 0)
	}

	/// Whether the state can occur. Every state that `reset` and `step` make can.
	fn validate(state: &Self::State) -> Result<(), Error> {
		let (variables, steps) = Self::load(state);
		if steps > Self::MAX_STEPS {
			return Err(Error::InvalidState);
		}
		kernel::validate::<Self>(&variables, steps)
	}

	/// Whether the episode is over in this state.
	fn is_over(state: &Self::State) -> bool {
		let (variables, steps) = Self::load(state);
		steps >= Self::MAX_STEPS || Self::is_terminal(&variables)
	}

	/// Writes the observation, scaled as `SCALES` says, to the first entries of `out`. Entries that do not fit are left
	/// out; values outside 16 bits saturate.
	fn observe(state: &Self::State, out: &mut [i16]) {
		let seen = Self::look(&Self::load(state).0);
		for ((out, seen), scale) in out.iter_mut().zip(seen).zip(Self::SCALES) {
			*out = kernel::scale(seen, *scale);
		}
	}

	/// Takes an action. On an error the state is as before.
	fn step(state: &mut Self::State, action: u32) -> Result<Outcome, Error> {
		if action >= Self::ACTIONS {
			return Err(Error::ActionOutOfRange { action, actions: Self::ACTIONS });
		}
		Self::validate(state)?;
		if Self::is_over(state) {
			return Err(Error::EpisodeOver);
		}
		let (variables, steps) = Self::load(state);
		let advance = Self::advance(variables, action);
		let steps = steps.saturating_add(1);
		*state = Self::store(advance.variables, steps);
		Ok(Outcome {
			reward: Real::from_bits(advance.reward),
			terminated: advance.terminated,
			truncated: steps >= Self::MAX_STEPS,
		})
	}

	/// Takes the noise of further steps from this seed, where there is any.
	fn reseed(state: &mut Self::State, seed: &Seed) {
		let (mut variables, steps) = Self::load(state);
		<Self as Kernel>::reseed(&mut variables, &mut Draws::new(seed));
		*state = Self::store(variables, steps);
	}
}
