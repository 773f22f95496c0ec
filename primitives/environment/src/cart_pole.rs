//! CartPole-v1: keep a pole upright on a cart by pushing the cart left or right.
//!
//! Dynamics and constants are those of Gymnasium 1.2, `envs/classic_control/cartpole.py` (Euler integration,
//! after Barto, Sutton and Anderson 1983).

use crate::{
	environment::{Environment, EnvironmentId},
	kernel::{Advance, Kernel, Variables},
	seed::Draws,
	trigonometry::{constant, multiply, multiply_nearest, phase, sin_cos},
	Real,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The environment CartPole-v1.
pub struct CartPole;

/// State of [`CartPole`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CartPoleState {
	/// Position of the cart, m.
	pub x: Real,
	/// Velocity of the cart, m/s.
	pub x_dot: Real,
	/// Angle of the pole from upright, rad.
	pub theta: Real,
	/// Angular velocity of the pole, rad/s.
	pub theta_dot: Real,
	/// Steps taken in this episode.
	pub steps: u32,
}

/// Seconds a step (0.02), times 2^64.
const TAU: i64 = constant(2, 100, 64);
/// The same, times 2^56.
const TAU_56: i64 = constant(2, 100, 56);
/// The episode ends beyond this position, m.
const X_LIMIT: i64 = constant(24, 10, 32);
/// The episode ends beyond this angle: 12 degrees, 12 * 2 * pi / 360 rad, times 2^32, rounded to nearest.
const THETA_LIMIT: i64 = 899_535_847;
/// No episode reaches these speeds (m/s and rad/s): 2.4 m of track and 12 degrees are too short for more than about
/// 10 and 5. Beyond them a state cannot occur; a step stops at them, so that it never leads to such a state.
const SPEED_LIMIT: i64 = 64 << 32;
/// Force of a push over the total mass, 10 N / 1.1 kg, times 2^40.
const PUSH: i64 = constant(100, 11, 40);
/// Mass of the pole times half its length over the total mass, 0.1 kg * 0.5 m / 1.1 kg = 1/22 m, times 2^62.
const POLE_SHARE: i64 = constant(1, 22, 62);
/// Gravity (9.8 m/s^2), times 2^58.
const GRAVITY: i64 = constant(98, 10, 58);
/// Half the length of the pole times 4/3, times 2^62.
const DENOMINATOR: i64 = constant(2, 3, 62);
/// Starts are uniform within this distance of zero.
const START: i64 = constant(5, 100, 32);

impl Kernel for CartPole {
	type State = CartPoleState;
	const VARIABLES: usize = 4;
	const VISIBLE: usize = 4;
	const SCALES: &'static [u32] = &[13, 12, 16, 12];

	#[inline(always)]
	fn load(state: &Self::State) -> (Variables, u32) {
		([state.x.to_bits(), state.x_dot.to_bits(), state.theta.to_bits(), state.theta_dot.to_bits()], state.steps)
	}

	#[inline(always)]
	fn store([x, x_dot, theta, theta_dot]: Variables, steps: u32) -> Self::State {
		let [x, x_dot, theta, theta_dot] = [x, x_dot, theta, theta_dot].map(Real::from_bits);
		CartPoleState { x, x_dot, theta, theta_dot, steps }
	}

	/// A step from within the limits may end beyond them, by at most the greatest speed for one step.
	fn bounds(_steps: u32) -> [(i64, i64); 4] {
		const STEP: i64 = constant(64 * 2, 100, 32);
		const X: i64 = X_LIMIT + STEP + 1;
		const THETA: i64 = THETA_LIMIT + STEP + 1;
		[(-X, X), (-SPEED_LIMIT, SPEED_LIMIT), (-THETA, THETA), (-SPEED_LIMIT, SPEED_LIMIT)]
	}

	fn draw(draws: &mut Draws) -> Variables {
		core::array::from_fn(|_| draws.uniform(-START, START))
	}

	#[inline(always)]
	fn is_terminal(&[x, _, theta, _]: &Variables) -> bool {
		(x.wrapping_abs() > X_LIMIT) | (theta.wrapping_abs() > THETA_LIMIT)
	}

	/// Intermediate values have 40 fraction bits. Gymnasium's formulas, with the total mass divided out:
	/// `temp = F/m + theta_dot^2 sin / 22`, `theta_acc = (g sin - cos temp) / (2/3 - cos^2 / 22)`,
	/// `x_acc = temp - theta_acc cos / 22`, then one explicit Euler step.
	#[inline(always)]
	fn advance([x, x_dot, theta, theta_dot]: Variables, action: u32) -> Advance {
		let (sine, cosine) = sin_cos(phase(theta));
		let push = if action == 0 { -PUSH } else { PUSH };

		let spin = multiply::<24>(theta_dot, theta_dot);
		let temp = push.wrapping_add(multiply::<62>(multiply::<62>(spin, sine), POLE_SHARE));
		let torque = multiply::<80>(GRAVITY, sine).wrapping_sub(multiply::<62>(cosine, temp));
		let denominator = DENOMINATOR.wrapping_sub(multiply::<62>(multiply::<62>(cosine, cosine), POLE_SHARE));
		let theta_acc = multiply::<61>(torque, reciprocal(denominator));
		let x_acc = temp.wrapping_sub(multiply::<62>(multiply::<62>(theta_acc, cosine), POLE_SHARE));

		// 40 + 56 - 64 = 32 fraction bits.
		let clamp = |speed: i64| speed.clamp(-SPEED_LIMIT, SPEED_LIMIT);
		let variables = [
			x.wrapping_add(multiply_nearest::<64>(x_dot, TAU)),
			clamp(x_dot.wrapping_add(multiply_nearest::<64>(x_acc, TAU_56))),
			theta.wrapping_add(multiply_nearest::<64>(theta_dot, TAU)),
			clamp(theta_dot.wrapping_add(multiply_nearest::<64>(theta_acc, TAU_56))),
		];
		Advance { variables, reward: Real::ONE.to_bits(), terminated: Self::is_terminal(&variables) }
	}

	#[inline(always)]
	fn look(&[x, x_dot, theta, theta_dot]: &Variables) -> [i64; 6] {
		[x, x_dot, theta, theta_dot, 0, 0]
	}
}

/// `1 / denominator` times 2^61 of a denominator in [2/3 - 1/22, 2/3] with 62 fraction bits, by Newton's method:
/// the chord through both ends is off by at most 6e-4, then 4e-7, then 2e-13.
#[inline(always)]
fn reciprocal(denominator: i64) -> i64 {
	// With a = 2/3 - 1/22 and b = 2/3 the chord is (a + b - d) / (a b), lowered by half its greatest error.
	/// (a + b) / (a b) less 9.7e-4, with 61 fraction bits.
	const OFFSET: i64 = constant(3_108_788, 1_000_000, 61);
	/// 1 / (a b), with 61 fraction bits.
	const SLOPE: i64 = constant(99, 41, 61);
	let first = OFFSET.wrapping_sub(multiply::<62>(SLOPE, denominator));
	let second = refine(first, denominator);
	refine(second, denominator)
}

/// One step of Newton's method: r (2 - d r), with 61 fraction bits in r.
#[inline(always)]
fn refine(estimate: i64, denominator: i64) -> i64 {
	const TWO: i64 = 1 << 62;
	multiply::<61>(estimate, TWO.wrapping_sub(multiply::<62>(estimate, denominator)))
}

impl Environment for CartPole {
	const ID: EnvironmentId = EnvironmentId::CartPole;
	const ACTIONS: u32 = 2;
	const OBSERVATION: usize = 4;
	const MAX_STEPS: u32 = 500;
	const MIN_REWARD: Real = Real::ZERO;
	const MAX_REWARD: Real = Real::ONE;
	const SOLVED: Real = Real::from_int(475);
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn reciprocal_should_be_exact_to_40_bits() {
		for i in 0..=1000_i64 {
			let denominator = DENOMINATOR - i * (constant(1, 22, 62) / 1000);
			let product = multiply::<61>(reciprocal(denominator), denominator);
			assert!((product - (1 << 62)).abs() < 1 << 22, "{i}: {product}");
		}
	}
}
