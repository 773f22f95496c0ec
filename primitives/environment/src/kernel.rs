//! What an environment is made of: pure functions on at most four integers, shared by single and batch stepping.

use crate::{seed::Draws, Error, Real};

/// The variables of a state, as bits of `Real`s (or raw bits); unused ones are zero.
pub type Variables = [i64; 4];

/// The result of [`Kernel::advance`].
pub struct Advance {
	/// The variables after the step.
	pub variables: Variables,
	/// The reward of the step.
	pub reward: i64,
	/// Whether the episode is over in these variables, as `is_terminal` tells.
	pub terminated: bool,
}

/// The inner side of an `Environment`. The module is private, so nobody else can implement it.
pub trait Kernel {
	/// The state with named fields.
	type State: Clone;
	/// How many variables a state has.
	const VARIABLES: usize;
	/// How many of them have a range and are shown to people: Gymnasium's state.
	const VISIBLE: usize;
	/// Scale of an observation: entry i, in Gymnasium's units, is the integer divided by two to this power.
	const SCALES: &'static [u32];

	/// The variables and the steps taken so far.
	fn load(state: &Self::State) -> (Variables, u32);
	/// The state with these variables and steps.
	fn store(variables: Variables, steps: u32) -> Self::State;
	/// Lowest and highest value of every visible variable in a state that can occur after so many steps.
	fn bounds(steps: u32) -> [(i64, i64); 4];
	/// Where an episode starts.
	fn draw(draws: &mut Draws) -> Variables;
	/// Whether the episode is over in this state.
	fn is_terminal(variables: &Variables) -> bool;
	/// One step. Total: any variables and any action give a result, without a panic.
	fn advance(variables: Variables, action: u32) -> Advance;
	/// Gymnasium's observation, as bits of `Real`s, in the first `SCALES.len()` entries.
	fn look(variables: &Variables) -> [i64; 6];
	/// Takes the noise of further steps from these draws, where there is any.
	fn reseed(_variables: &mut Variables, _draws: &mut Draws) {}
}

/// Whether every visible variable is in its range.
pub(crate) fn validate<K: Kernel + ?Sized>(variables: &Variables, steps: u32) -> Result<(), Error> {
	let bounds = K::bounds(steps);
	let inside = |i: usize| bounds[i].0 <= variables[i] && variables[i] <= bounds[i].1;
	(0..K::VISIBLE).all(inside).then_some(()).ok_or(Error::InvalidState)
}

/// How far outside its range a given value may be and is moved to the border: more than the error of a 32-bit float
/// at any of the borders, since that is how Gymnasium shows observations.
const SNAP: i64 = 1 << 13;

/// Variables from Gymnasium's values.
pub(crate) fn from_values<K: Kernel + ?Sized>(values: &[Real], steps: u32) -> Result<Variables, Error> {
	if values.len() != K::VISIBLE {
		return Err(Error::BadLength);
	}
	let mut variables = Variables::default();
	for ((variable, value), (low, high)) in variables.iter_mut().zip(values).zip(K::bounds(steps)) {
		let bits = value.to_bits();
		if bits < low.saturating_sub(SNAP) || bits > high.saturating_add(SNAP) {
			return Err(Error::InvalidState);
		}
		*variable = bits.clamp(low, high);
	}
	Ok(variables)
}

/// Scales an observation to 16 bits, rounding down and saturating.
#[inline(always)]
pub(crate) fn scale(bits: i64, scale: u32) -> i16 {
	(bits >> (32 - scale)).clamp(i16::MIN as i64, i16::MAX as i64) as i16
}
