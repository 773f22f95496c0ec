//! The learning agent: deep Q-learning with libtorch.
//!
//! [`Dqn`] holds two copies of a small multi-layer perceptron (online and target) in one flat tensor each, a replay
//! buffer ([`replay::Replay`]) and an exploration schedule ([`schedule::Epsilon`]). Learning runs in libtorch;
//! acting runs on a plain `f32` copy of the weights ([`network::Policy`]), which for networks of this size is an
//! order of magnitude faster than a tensor call and gives the same numbers to 1e-5. The agents of a team share one network:
//! each acts by its own observation and its own mask, and all their transitions go into one buffer.

pub mod actors;
pub mod config;
pub mod dqn;
pub mod evaluate;
pub mod gradient;
pub mod n_step;
pub mod network;
pub mod optimizer;
mod policy;
mod priorities;
pub mod replay;
mod resume;
pub mod schedule;
pub mod simulation;
pub mod world;

pub use config::{Algorithm, DqnConfig};
pub use dqn::Dqn;
pub use evaluate::evaluate;
pub use world::World;

/// What can go wrong with an agent.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
	/// A setting is out of its range.
	#[error("setting `{name}` is {value}, but must be {must}")]
	Config {
		/// The setting's name.
		name: &'static str,
		/// What it was set to.
		value: String,
		/// What it must be.
		must: &'static str,
	},
	/// The device cannot be used.
	#[error(transparent)]
	Device(#[from] crate::device::DeviceError),
	/// A policy file could not be read or written.
	#[error(transparent)]
	Checkpoint(#[from] crate::checkpoint::CheckpointError),
	/// libtorch refused an operation.
	#[error("libtorch: {0}")]
	Torch(#[from] tch::TchError),
	/// A transition does not fit the environment that the agent was made for.
	#[error("a transition has {found} observed numbers, the environment has {expected}")]
	Observation {
		/// What the environment has.
		expected: usize,
		/// What came.
		found: usize,
	},
	/// The environment refused a step.
	#[error("environment: {0}")]
	Environment(String),
}
