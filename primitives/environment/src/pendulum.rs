//! Pendulum-v1 with discretised torque, and the noisy pendulum that is the chain's default oracle.
//!
//! Dynamics and constants are those of Gymnasium 1.2, `envs/classic_control/pendulum.py`:
//! g = 10, m = l = 1, 0.05 s a step.

use crate::{
	environment::{Environment, EnvironmentId},
	kernel::{Advance, Kernel, Variables},
	seed::{split_mix, Draws},
	trigonometry::{angle, constant, multiply, multiply_nearest, phase, sin_cos, PI},
	Real,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The environment Pendulum-v1. Gymnasium's torque is continuous in [-2, 2] N m; here it has an odd number of evenly
/// spaced levels, so that zero is among them: action a is the torque -2 + 4 a / (TORQUES - 1).
///
/// The angle is not wrapped, as in Gymnasium: values compare directly over a whole episode.
pub struct Pendulum<const TORQUES: u32 = 9>;

/// Pendulum-v1 with 9 torques that never ends: seeded uniform noise on every torque, the reward is that of the state
/// *after* the step (so it has no term for the torque), the angle is kept in [-pi, pi), there is no time limit.
pub struct NoisyPendulum;

/// State of [`Pendulum`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct PendulumState {
	/// Angle from upright, rad, not wrapped.
	pub theta: Real,
	/// Angular velocity, rad/s.
	pub theta_dot: Real,
	/// Steps taken in this episode.
	pub steps: u32,
}

/// State of [`NoisyPendulum`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct NoisyPendulumState {
	/// Angle from upright, rad, in [-pi, pi).
	pub theta: Real,
	/// Angular velocity, rad/s.
	pub theta_dot: Real,
	/// Seed and counter of the noise in one: SplitMix64's state.
	pub noise: u64,
	/// Steps taken in this episode.
	pub steps: u32,
}

/// Greatest torque, N m.
const TORQUE_LIMIT: i64 = 2 << 32;
/// Greatest angular velocity, rad/s.
const SPEED_LIMIT: i64 = 8 << 32;
/// Half the width of the noise's uniform distribution, N m, as a power of two: 1/4.
const NOISE_BITS: u32 = 30;
/// Seconds a step (0.05), times 2^64.
const TAU: i64 = constant(5, 100, 64);
/// 3 g / (2 l) times the length of a step, 0.75 rad/s, times 2^62.
const GRAVITY: i64 = constant(75, 100, 62);
/// 3 / (m l^2) times the length of a step, 0.15 / (kg m^2) s, times 2^62.
const INERTIA: i64 = constant(15, 100, 62);
/// Weight of the angular velocity in the cost, times 2^62.
const SPEED_COST: i64 = constant(1, 10, 62);
/// Weight of the torque in the cost, times 2^62.
const TORQUE_COST: i64 = constant(1, 1000, 62);

/// Torque of an action, as bits of a `Real`.
#[inline(always)]
const fn torque(action: u32, torques: u32) -> i64 {
	((action as i64).wrapping_mul(2 * TORQUE_LIMIT) / (torques as i64 - 1)).wrapping_sub(TORQUE_LIMIT)
}

/// One Euler step under this torque: the new angle and angular velocity.
#[inline(always)]
fn swing(theta: i64, phase: i64, theta_dot: i64, torque: i64) -> (i64, i64) {
	let (sine, _) = sin_cos(phase);
	// 62 + 62 - 92 and 32 + 62 - 62: 32 fraction bits.
	let speed = theta_dot
		.wrapping_add(multiply_nearest::<92>(sine, GRAVITY))
		.wrapping_add(multiply_nearest::<62>(torque, INERTIA))
		.clamp(-SPEED_LIMIT, SPEED_LIMIT);
	(theta.wrapping_add(multiply_nearest::<64>(speed, TAU)), speed)
}

/// Gymnasium's cost of being at this angle (in [-pi, pi)) with this angular velocity, without the torque's share.
#[inline(always)]
fn cost(angle: i64, theta_dot: i64) -> i64 {
	let speed = multiply::<32>(theta_dot, theta_dot);
	multiply_nearest::<32>(angle, angle).wrapping_add(multiply_nearest::<62>(speed, SPEED_COST))
}

/// Gymnasium's observation: cosine, sine, angular velocity.
#[inline(always)]
fn look(theta: i64, theta_dot: i64) -> [i64; 6] {
	let (sine, cosine) = sin_cos(phase(theta));
	[cosine >> 30, sine >> 30, theta_dot, 0, 0, 0]
}

/// Starts as Gymnasium's: angle uniform in [-pi, pi), angular velocity in [-1, 1).
fn draw(draws: &mut Draws) -> (i64, i64) {
	let theta = draws.uniform(-PI, PI);
	(theta, draws.uniform(-Real::ONE.to_bits(), Real::ONE.to_bits()))
}

impl<const TORQUES: u32> Kernel for Pendulum<TORQUES> {
	type State = PendulumState;
	const VARIABLES: usize = 2;
	const VISIBLE: usize = 2;
	const SCALES: &'static [u32] = &[15, 15, 12];

	#[inline(always)]
	fn load(state: &Self::State) -> (Variables, u32) {
		([state.theta.to_bits(), state.theta_dot.to_bits(), 0, 0], state.steps)
	}

	#[inline(always)]
	fn store([theta, theta_dot, ..]: Variables, steps: u32) -> Self::State {
		PendulumState { theta: Real::from_bits(theta), theta_dot: Real::from_bits(theta_dot), steps }
	}

	/// An episode turns by at most 0.4 rad a step. States from outside come without their number of steps, so a whole
	/// episode's turning is allowed on top.
	fn bounds(steps: u32) -> [(i64, i64); 4] {
		const STEP: i64 = constant(4, 10, 32) + 1;
		let turned = STEP * (i64::from(Self::MAX_STEPS) + i64::from(steps.min(Self::MAX_STEPS)));
		[(-PI - 1 - turned, PI + 1 + turned), (-SPEED_LIMIT, SPEED_LIMIT), (0, 0), (0, 0)]
	}

	fn draw(draws: &mut Draws) -> Variables {
		let (theta, theta_dot) = draw(draws);
		[theta, theta_dot, 0, 0]
	}

	#[inline(always)]
	fn is_terminal(_: &Variables) -> bool {
		false
	}

	#[inline(always)]
	fn advance([theta, theta_dot, ..]: Variables, action: u32) -> Advance {
		const { assert!(TORQUES >= 3 && TORQUES % 2 == 1, "the number of torques must be odd and at least 3") };
		let torque = torque(action, TORQUES);
		let phase = phase(theta);
		let effort = multiply_nearest::<62>(multiply::<32>(torque, torque), TORQUE_COST);
		let reward = cost(angle(phase), theta_dot).wrapping_add(effort).wrapping_neg();
		let (theta, theta_dot) = swing(theta, phase, theta_dot, torque);
		Advance { variables: [theta, theta_dot, 0, 0], reward, terminated: false }
	}

	#[inline(always)]
	fn look(&[theta, theta_dot, ..]: &Variables) -> [i64; 6] {
		look(theta, theta_dot)
	}
}

impl<const TORQUES: u32> Environment for Pendulum<TORQUES> {
	const ID: EnvironmentId = EnvironmentId::Pendulum;
	const ACTIONS: u32 = TORQUES;
	const OBSERVATION: usize = 3;
	const MAX_STEPS: u32 = 200;
	/// -(pi^2 + 0.1 * 8^2 + 0.001 * 2^2), rounded down.
	const MIN_REWARD: Real = Real::from_bits(-69_894_598_691);
	const MAX_REWARD: Real = Real::ZERO;
	/// Gymnasium names no threshold; -200 is what is commonly called solved.
	const SOLVED: Real = Real::from_int(-200);
}

impl Kernel for NoisyPendulum {
	type State = NoisyPendulumState;
	const VARIABLES: usize = 3;
	const VISIBLE: usize = 2;
	const SCALES: &'static [u32] = &[15, 15, 12];

	#[inline(always)]
	fn load(state: &Self::State) -> (Variables, u32) {
		([state.theta.to_bits(), state.theta_dot.to_bits(), state.noise as i64, 0], state.steps)
	}

	#[inline(always)]
	fn store([theta, theta_dot, noise, _]: Variables, steps: u32) -> Self::State {
		NoisyPendulumState {
			theta: Real::from_bits(theta),
			theta_dot: Real::from_bits(theta_dot),
			noise: noise as u64,
			steps,
		}
	}

	fn bounds(_steps: u32) -> [(i64, i64); 4] {
		[(-PI - 1, PI + 1), (-SPEED_LIMIT, SPEED_LIMIT), (0, 0), (0, 0)]
	}

	fn draw(draws: &mut Draws) -> Variables {
		let (theta, theta_dot) = draw(draws);
		[theta, theta_dot, draws.bits() as i64, 0]
	}

	#[inline(always)]
	fn is_terminal(_: &Variables) -> bool {
		false
	}

	#[inline(always)]
	fn advance([theta, theta_dot, noise, _]: Variables, action: u32) -> Advance {
		let (noise, drawn) = split_mix(noise);
		let disturbance = (drawn as i64) >> (63 - NOISE_BITS);
		let torque = torque(action, Self::ACTIONS).wrapping_add(disturbance);
		let (theta, theta_dot) = swing(theta, phase(theta), theta_dot, torque);
		let theta = angle(phase(theta));
		let reward = cost(theta, theta_dot).wrapping_neg();
		Advance { variables: [theta, theta_dot, noise, 0], reward, terminated: false }
	}

	#[inline(always)]
	fn look(&[theta, theta_dot, ..]: &Variables) -> [i64; 6] {
		look(theta, theta_dot)
	}

	fn reseed(variables: &mut Variables, draws: &mut Draws) {
		variables[2] = draws.bits() as i64;
	}
}

impl Environment for NoisyPendulum {
	const ID: EnvironmentId = EnvironmentId::NoisyPendulum;
	const ACTIONS: u32 = 9;
	const OBSERVATION: usize = 3;
	const MAX_STEPS: u32 = u32::MAX;
	/// -(pi^2 + 0.1 * 8^2), rounded down.
	const MIN_REWARD: Real = Real::from_bits(-69_877_418_822);
	const MAX_REWARD: Real = Real::ZERO;
	/// -200 over 200 steps, as for Pendulum-v1.
	const SOLVED: Real = Real::from_int(-200);
}
