//! Environments as deterministic integer code: the runtime re-executes what the worker did, and gets the same bits.
//!
//! Four of Gymnasium's classic control environments and the chain's own oracle. One step from any of Gymnasium's states
//! is within 1e-6 of Gymnasium's next in every variable; `tests/tests/gymnasium.rs` shows it against recordings.
//! Nothing here uses a float (but for conversions under the feature `std`), panics on input or depends on the platform.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod acrobot;
pub mod batch;
mod cart_pole;
mod environment;
mod fingerprint;
mod kernel;
mod mountain_car;
mod pendulum;
mod real;
mod rollout;
mod seed;
mod state;
mod trigonometry;

pub use acrobot::{Acrobot, AcrobotState};
pub use cart_pole::{CartPole, CartPoleState};
pub use environment::{Environment, EnvironmentId, Error, Outcome, Spec};
pub use fingerprint::{fingerprint, Walk};
pub use mountain_car::{MountainCar, MountainCarState};
pub use pendulum::{NoisyPendulum, NoisyPendulumState, Pendulum, PendulumState};
pub use real::Real;
pub use rollout::{normalise, rollout, score, transitions, Rollout, Transition};
pub use seed::Seed;
pub use state::AnyState;
