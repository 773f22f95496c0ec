//! Environments as deterministic integer code: the runtime re-executes what the worker did, and gets the same bits.
//!
//! Nothing here uses a float (but for conversions under the feature `std`), panics on input or depends on the
//! platform. Randomness comes only from a [`Seed`], through ChaCha8.
//!
//! # Environments
//!
//! | name | state, in the order of [`AnyState::values`] | actions | reward of a step | ends |
//! |---|---|---|---|---|
//! | CartPole-v1 | x (m), x_dot (m/s), theta (rad), theta_dot (rad/s) | left, right | 1 | \|x\| > 2.4, \|theta\| > 12°, 500 steps |
//! | MountainCar-v0 | position, velocity (a step) | left, none, right | -1 | position ≥ 0.5 moving right, 200 steps |
//! | Acrobot-v1 | theta1, theta2 (rad, in [-π, π]), their velocities (rad/s) | torque -1, 0, 1 N m | -1, at the goal 0 | tip one link above the joint, 500 steps |
//! | Pendulum-v1 | theta (rad, not wrapped), theta_dot (rad/s) | torque -2, -1.5, … 2 N m | -(θ² + 0.1 θ̇² + 0.001 u²) *before* the step | 200 steps |
//! | NoisyPendulum-v0 | theta (rad, in [-π, π)), theta_dot (rad/s) | as Pendulum-v1, plus uniform noise of ±0.25 N m | -(θ² + 0.1 θ̇²) *after* the step | never |
//!
//! Names, dynamics, starts, rewards and limits of the first four are Gymnasium's. [`normalise`] maps rewards to [0, 1] by
//! each environment's bounds: 0 to 1 for CartPole, -1 to 0 for MountainCar and Acrobot, -(π² + 6.404) to 0 for Pendulum
//! and -(π² + 6.4) to 0 for NoisyPendulum.
//!
//! # Observations
//!
//! Observations are Gymnasium's, as 16-bit integers: entry i in Gymnasium's units is the integer divided by
//! 2^`scales[i]`, rounded down; what does not fit saturates.
//!
//! | name | entries | scales |
//! |---|---|---|
//! | CartPole-v1 | x, x_dot, theta, theta_dot | 13, 12, 16, 12 (ranges ±4, ±8, ±0.5, ±8) |
//! | MountainCar-v0 | position, velocity | 14, 18 (±2, ±0.125) |
//! | Acrobot-v1 | cos θ1, sin θ1, cos θ2, sin θ2, their velocities | 15, 15, 15, 15, 11, 10 (±1, ±16, ±32) |
//! | both pendulums | cos θ, sin θ, θ̇ | 15, 15, 12 (±1, ±8) |
//!
//! # Errors
//!
//! A state is held to 2^-32 and every step is rounded once, from at least 40 fraction bits; sine and cosine are within
//! 2^-47. From states that a [`Real`] can hold, drawn from the whole space, single steps were within 7e-9 of Gymnasium's.
//! Rounding an arbitrary double to the nearest `Real` (1.2e-10) comes on top: Acrobot at its greatest speeds magnifies
//! that up to some 7000 times in one step, everything else hardly. `tests/tests/gymnasium.rs` compares 200 recorded
//! episodes of each, and single steps from all over the state space, with Gymnasium: the greatest deviation of a step is
//! 6.3e-10 in the episodes and below 1e-6 anywhere.
//!
//! # Bad input
//!
//! A state that cannot occur ([`AnyState::validate`]), an action out of range, an unknown name and a step after the end
//! are [`Error`]s. Every step from a possible state leads to a possible state.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod acrobot;
pub mod batch;
mod cart_pole;
mod environment;
mod episode;
mod fingerprint;
mod kernel;
mod mountain_car;
mod pendulum;
mod real;
mod rollout;
mod scores;
mod seed;
mod state;
mod task;
mod task_name;
pub mod teams;
mod trigonometry;

pub use acrobot::{Acrobot, AcrobotState};
pub use cart_pole::{CartPole, CartPoleState};
pub use environment::{Environment, EnvironmentId, Error, Outcome, Spec};
pub use episode::Episode;
pub use fingerprint::{fingerprint, Walk};
pub use mountain_car::{MountainCar, MountainCarState};
pub use pendulum::{NoisyPendulum, NoisyPendulumState, Pendulum, PendulumState};
pub use real::Real;
pub use rollout::{normalise, rollout, score, transitions, Rollout, Transition};
pub use seed::Seed;
pub use state::AnyState;
pub use task::{Shape, TaskEnvironment, MAX_AGENTS, MAX_OBSERVATION, MAX_SIDE};
