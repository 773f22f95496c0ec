//! Acrobot-v1: a double pendulum with a motor in the middle joint swings its tip up.
//!
//! Dynamics and constants are those of Gymnasium 1.2, `envs/classic_control/acrobot.py`, "book" variant (Sutton and
//! Barto; links of 1 m and 1 kg with their centre in the middle, moments of inertia 1, g = 9.8), one step of the
//! classic Runge-Kutta method of 0.2 s.

use crate::{
	environment::{Environment, EnvironmentId},
	kernel::{Advance, Kernel, Variables},
	seed::Draws,
	trigonometry::{angle, constant, multiply, multiply_nearest, phase, sin_cos, PI, SINE_BITS},
	Real,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The environment Acrobot-v1. Actions are the torques -1, 0 and 1 N m.
pub struct Acrobot;

/// State of [`Acrobot`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct AcrobotState {
	/// Angle of the first link from hanging down, rad, in [-pi, pi].
	pub theta1: Real,
	/// Angle of the second link from the first, rad, in [-pi, pi].
	pub theta2: Real,
	/// Angular velocity of the first joint, rad/s.
	pub theta1_dot: Real,
	/// Angular velocity of the second joint, rad/s.
	pub theta2_dot: Real,
	/// Steps taken in this episode.
	pub steps: u32,
}

/// Greatest velocity of the first joint, 4 pi rad/s, times 2^32, rounded to nearest.
const SPEED_LIMIT_1: i64 = 53_972_150_818;
/// Greatest velocity of the second joint, 9 pi rad/s, times 2^32, rounded to nearest.
const SPEED_LIMIT_2: i64 = 121_437_339_341;
/// Starts are uniform within this distance of zero.
const START: i64 = constant(1, 10, 32);

/// Fraction bits inside a step.
const INNER: u32 = 40;
/// Half a step, 0.1 s, times 2^64.
const HALF_STEP: i64 = constant(1, 10, 64);
/// A step, 0.2 s, times 2^64.
const STEP: i64 = constant(2, 10, 64);
/// A sixth of a step, 1/30 s, times 2^64.
const SIXTH_STEP: i64 = constant(1, 30, 64);
/// (m1 lc1 + m2 l1) g = 14.7 N m, times 2^58.
const GRAVITY_1: i64 = constant(147, 10, 58);
/// m2 lc2 g = 4.9 N m, times 2^58.
const GRAVITY_2: i64 = constant(49, 10, 58);
/// Speeds inside a step stop here, rad/s. With the joints' limits only Runge-Kutta's inner stages could pass it, where
/// the method has long diverged; it keeps every product within 64 bits.
const INNER_SPEED_LIMIT: i64 = 1024 << INNER;

/// Angles and angular velocities, or their derivatives, with `INNER` fraction bits.
type Vector = [i64; 4];

/// `a + scale * b`, where `scale` has 64 fraction bits.
#[inline(always)]
fn add_scaled(a: Vector, b: Vector, scale: i64) -> Vector {
	core::array::from_fn(|i| a[i].wrapping_add(multiply_nearest::<64>(b[i], scale)))
}

/// The derivative of a state under a torque.
///
/// Gymnasium's "book" formulas are the solution of the equations of motion
/// `d1 a1 + d2 a2 = -phi1`, `d2 a1 + 1.25 a2 = tau - 0.5 v1^2 sin(theta2) - phi2` with
/// `d1 = 3.5 + cos(theta2)`, `d2 = 1.25 + 0.5 cos(theta2)`, `phi2 = 4.9 sin(theta1 + theta2)`,
/// `phi1 = -0.5 v2^2 sin(theta2) - v1 v2 sin(theta2) + 14.7 sin(theta1) + phi2`.
/// Their determinant is `2.8125 - 0.25 cos(theta2)^2`, so that one well-conditioned reciprocal serves both accelerations.
#[inline(always)]
fn derivative([theta1, theta2, v1, v2]: Vector, torque: i64) -> Vector {
	const ROUND: u32 = SINE_BITS - INNER;
	let v1 = v1.clamp(-INNER_SPEED_LIMIT, INNER_SPEED_LIMIT);
	let v2 = v2.clamp(-INNER_SPEED_LIMIT, INNER_SPEED_LIMIT);

	let (sine1, _) = sin_cos(inner_phase(theta1));
	let (sine2, cosine2) = sin_cos(inner_phase(theta2));
	let (sine12, _) = sin_cos(inner_phase(theta1.wrapping_add(theta2)));

	let cosine = cosine2 >> ROUND;
	let d1 = (7_i64 << (INNER - 1)).wrapping_add(cosine);
	let d2 = (5_i64 << (INNER - 2)).wrapping_add(cosine >> 1);
	// 58 + 62 - 80 = 40 fraction bits.
	let phi2 = multiply::<80>(GRAVITY_2, sine12);
	let swirl = multiply::<INNER>(v2, (v2 >> 1).wrapping_add(v1));
	let phi1 = multiply::<80>(GRAVITY_1, sine1).wrapping_add(phi2).wrapping_sub(multiply::<62>(swirl, sine2));
	let pull = multiply::<62>(multiply::<INNER>(v1, v1) >> 1, sine2);
	let right2 = torque.wrapping_sub(pull).wrapping_sub(phi2);

	let inverse = reciprocal(multiply::<62>(cosine2, cosine2));
	let numerator1 = multiply::<INNER>(d2, right2).wrapping_add(phi1).wrapping_add(phi1 >> 2).wrapping_neg();
	let numerator2 = multiply::<INNER>(d1, right2).wrapping_add(multiply::<INNER>(d2, phi1));
	[v1, v2, multiply::<62>(numerator1, inverse), multiply::<62>(numerator2, inverse)]
}

/// The phase of an angle with `INNER` fraction bits.
#[inline(always)]
fn inner_phase(angle: i64) -> i64 {
	/// 2^64 / (2 pi), rounded to nearest.
	const PHASE_PER_RADIAN: i64 = 2_935_890_503_282_001_226;
	multiply::<INNER>(angle, PHASE_PER_RADIAN)
}

/// `1 / (2.8125 - 0.25 square)` for a square in [0, 1], both with 62 fraction bits, by Newton's method: the chord
/// through both ends is off by at most 2.2e-3, centred 1.1e-3, then 1.2e-6, then 1.5e-12, then less than 2^-60.
#[inline(always)]
fn reciprocal(square: i64) -> i64 {
	/// 1 / 2.8125 less 3.9e-4, times 2^62.
	const OFFSET: i64 = constant(355_165, 1_000_000, 62);
	/// 1 / 2.5625 - 1 / 2.8125, times 2^62.
	const SLOPE: i64 = constant(64, 1845, 62);
	// With 60 fraction bits, since it is above 2.
	let denominator = (45_i64 << 56).wrapping_sub(square >> 4);
	let first = OFFSET.wrapping_add(multiply::<62>(SLOPE, square));
	let refine = |estimate: i64| {
		let error = (1_i64 << 61).wrapping_sub(multiply::<61>(estimate, denominator));
		estimate.wrapping_add(multiply::<61>(estimate, error))
	};
	refine(refine(refine(first)))
}

impl Kernel for Acrobot {
	type State = AcrobotState;
	const VARIABLES: usize = 4;
	const VISIBLE: usize = 4;
	const SCALES: &'static [u32] = &[15, 15, 15, 15, 11, 10];

	#[inline(always)]
	fn load(state: &Self::State) -> (Variables, u32) {
		(
			[state.theta1.to_bits(), state.theta2.to_bits(), state.theta1_dot.to_bits(), state.theta2_dot.to_bits()],
			state.steps,
		)
	}

	#[inline(always)]
	fn store(variables: Variables, steps: u32) -> Self::State {
		let [theta1, theta2, theta1_dot, theta2_dot] = variables.map(Real::from_bits);
		AcrobotState { theta1, theta2, theta1_dot, theta2_dot, steps }
	}

	fn bounds(_steps: u32) -> [(i64, i64); 4] {
		let angle = (-PI - 1, PI + 1);
		[angle, angle, (-SPEED_LIMIT_1, SPEED_LIMIT_1), (-SPEED_LIMIT_2, SPEED_LIMIT_2)]
	}

	fn draw(draws: &mut Draws) -> Variables {
		core::array::from_fn(|_| draws.uniform(-START, START))
	}

	/// The tip is more than one link's length above the fixed joint: -cos(theta1) - cos(theta1 + theta2) > 1.
	#[inline(always)]
	fn is_terminal(&[theta1, theta2, ..]: &Variables) -> bool {
		let (_, first) = sin_cos(phase(theta1));
		let (_, second) = sin_cos(phase(theta1.wrapping_add(theta2)));
		// Halved, so that the sum of two ones fits.
		(first >> 1).wrapping_add(second >> 1) < -(1 << (SINE_BITS - 1))
	}

	#[inline(always)]
	fn advance(variables: Variables, action: u32) -> Advance {
		const GUARD: u32 = INNER - 32;
		let torque = (action as i64).wrapping_sub(1) << INNER;
		let start = variables.map(|bits| bits << GUARD);
		let k1 = derivative(start, torque);
		let k2 = derivative(add_scaled(start, k1, HALF_STEP), torque);
		let k3 = derivative(add_scaled(start, k2, HALF_STEP), torque);
		let k4 = derivative(add_scaled(start, k3, STEP), torque);
		let mut end = add_scaled(start, k1, SIXTH_STEP);
		end = add_scaled(end, k2, 2 * SIXTH_STEP);
		end = add_scaled(end, k3, 2 * SIXTH_STEP);
		end = add_scaled(end, k4, SIXTH_STEP);

		let round = |value: i64| value.wrapping_add(1 << (GUARD - 1)) >> GUARD;
		let variables = [
			angle(inner_phase(end[0])),
			angle(inner_phase(end[1])),
			round(end[2]).clamp(-SPEED_LIMIT_1, SPEED_LIMIT_1),
			round(end[3]).clamp(-SPEED_LIMIT_2, SPEED_LIMIT_2),
		];
		let terminated = Self::is_terminal(&variables);
		let reward = if terminated { 0 } else { -Real::ONE.to_bits() };
		Advance { variables, reward, terminated }
	}

	/// cos(theta1), sin(theta1), cos(theta2), sin(theta2) and the angular velocities.
	#[inline(always)]
	fn look(&[theta1, theta2, theta1_dot, theta2_dot]: &Variables) -> [i64; 6] {
		let (sine1, cosine1) = sin_cos(phase(theta1));
		let (sine2, cosine2) = sin_cos(phase(theta2));
		[cosine1 >> 30, sine1 >> 30, cosine2 >> 30, sine2 >> 30, theta1_dot, theta2_dot]
	}
}

impl Environment for Acrobot {
	const ID: EnvironmentId = EnvironmentId::Acrobot;
	const ACTIONS: u32 = 3;
	const OBSERVATION: usize = 6;
	const MAX_STEPS: u32 = 500;
	const MIN_REWARD: Real = Real::from_int(-1);
	const MAX_REWARD: Real = Real::ZERO;
	const SOLVED: Real = Real::from_int(-100);
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn reciprocal_should_be_exact_to_50_bits() {
		for i in 0..=1000_i64 {
			let square = (i << 62) / 1000;
			let denominator = (45_i64 << 56) - (square >> 4);
			let product = multiply::<60>(reciprocal(square), denominator);
			assert!((product - (1 << 62)).abs() < 1 << 12, "{i}: {product}");
		}
	}
}
