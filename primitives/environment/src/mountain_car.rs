//! MountainCar-v0: an underpowered car rocks itself out of a valley.
//!
//! Dynamics and constants are those of Gymnasium 1.2, `envs/classic_control/mountain_car.py` (after Moore 1990).

use crate::{
	environment::{Environment, EnvironmentId},
	kernel::{Advance, Kernel, Variables},
	seed::Draws,
	trigonometry::{constant, multiply, phase, sin_cos},
	Real,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The environment MountainCar-v0.
pub struct MountainCar;

/// State of [`MountainCar`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct MountainCarState {
	/// Position of the car; the valley's bottom is near -0.52.
	pub position: Real,
	/// Velocity of the car, positions a step.
	pub velocity: Real,
	/// Steps taken in this episode.
	pub steps: u32,
}

/// Leftmost position, a wall without rebound.
const LEFT: i64 = constant(-12, 10, 32);
/// Rightmost position.
const RIGHT: i64 = constant(6, 10, 32);
/// Greatest speed.
const SPEED_LIMIT: i64 = constant(7, 100, 32);
/// The goal.
const GOAL: i64 = constant(5, 10, 32);
/// Acceleration by the engine, times 2^62.
const FORCE: i64 = constant(1, 1000, 62);
/// Greatest acceleration by gravity, times 2^62.
const GRAVITY: i64 = constant(25, 10_000, 62);

impl Kernel for MountainCar {
	type State = MountainCarState;
	const VARIABLES: usize = 2;
	const VISIBLE: usize = 2;
	const SCALES: &'static [u32] = &[14, 18];

	#[inline(always)]
	fn load(state: &Self::State) -> (Variables, u32) {
		([state.position.to_bits(), state.velocity.to_bits(), 0, 0], state.steps)
	}

	#[inline(always)]
	fn store([position, velocity, ..]: Variables, steps: u32) -> Self::State {
		MountainCarState { position: Real::from_bits(position), velocity: Real::from_bits(velocity), steps }
	}

	fn bounds(_steps: u32) -> [(i64, i64); 4] {
		[(LEFT, RIGHT), (-SPEED_LIMIT, SPEED_LIMIT), (0, 0), (0, 0)]
	}

	/// At rest, position uniform in [-0.6, -0.4).
	fn draw(draws: &mut Draws) -> Variables {
		[draws.uniform(constant(-6, 10, 32), constant(-4, 10, 32)), 0, 0, 0]
	}

	#[inline(always)]
	fn is_terminal(&[position, velocity, ..]: &Variables) -> bool {
		(position >= GOAL) & (velocity >= 0)
	}

	#[inline(always)]
	fn advance([position, velocity, ..]: Variables, action: u32) -> Advance {
		let engine = (action as i64).wrapping_sub(1).wrapping_mul(FORCE);
		let (_, slope) = sin_cos(phase(position.wrapping_mul(3)));
		// The sum is rounded once, from 62 to 32 fraction bits.
		let acceleration = engine.wrapping_sub(multiply::<62>(slope, GRAVITY));
		let velocity = velocity.wrapping_add(acceleration.wrapping_add(1 << 29) >> 30);
		let velocity = velocity.clamp(-SPEED_LIMIT, SPEED_LIMIT);
		let position = position.wrapping_add(velocity).clamp(LEFT, RIGHT);
		let velocity = if (position == LEFT) & (velocity < 0) { 0 } else { velocity };
		let variables = [position, velocity, 0, 0];
		Advance { variables, reward: -Real::ONE.to_bits(), terminated: Self::is_terminal(&variables) }
	}

	#[inline(always)]
	fn look(&[position, velocity, ..]: &Variables) -> [i64; 6] {
		[position, velocity, 0, 0, 0, 0]
	}
}

impl Environment for MountainCar {
	const ID: EnvironmentId = EnvironmentId::MountainCar;
	const ACTIONS: u32 = 3;
	const OBSERVATION: usize = 2;
	const MAX_STEPS: u32 = 200;
	const MIN_REWARD: Real = Real::from_int(-1);
	const MAX_REWARD: Real = Real::ZERO;
	const SOLVED: Real = Real::from_int(-110);
}
