//! Bounds of every policy, and the tighter ones that a task may set.

use crate::{Policy, PolicyError};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// First byte of an encoded policy. A change of the layout or of a formula needs a new number: under the old one, stored
/// policies would be read as something else and hashes already judged would name other behaviour.
pub const FORMAT_VERSION: u8 = 1;

/// Most layers of weights. Less makes stored policies invalid; more lengthens [`MAX_ENCODED`] and, with it, every bound
/// on storage and calls that is derived from it.
pub const MAX_LAYERS: usize = 4;

/// Most inputs, i.e. entries of an observation. At least 784, a picture of 28 × 28. It is also the length of the buffers in
/// [`Scratch`](crate::Scratch), so it may not fall below [`MAX_WIDTH`].
pub const MAX_INPUT: usize = 1024;

/// Most outputs of a layer, hidden or last. With 8-bit weights and 15-bit activations a row of this width cannot overflow
/// by its weights alone (256 · 128 · 32767 < 2^30); above 511 it could.
pub const MAX_WIDTH: usize = 256;

/// Most weights and biases together. 4-256-256-4 has 68,100, 784-128-10 has 101,770. The greatest policy's inference
/// is the dearest that a block must have room for.
pub const MAX_PARAMETERS: u32 = 131_072;

/// Greatest shift between layers. A 32-bit sum has no more bits than that to drop.
pub const MAX_SHIFT: u8 = 31;

/// Most bytes of an encoded policy: version, input limit and number of layers; per layer two widths, the shift and two
/// length prefixes (of at most 2 and 4 bytes); a byte for every parameter and three more for every bias.
/// It follows from the bounds above, and bounds storage and calls that hold a policy.
pub const MAX_ENCODED: u32 =
	(1 + 2 + 1) + MAX_LAYERS as u32 * (2 + 2 + 1 + 2 + 4) + MAX_PARAMETERS + 3 * (MAX_LAYERS * MAX_WIDTH) as u32;

const _: () = {
	assert!(MAX_INPUT >= MAX_WIDTH && MAX_INPUT <= u16::MAX as usize + 1);
	assert!(MAX_WIDTH.is_multiple_of(2), "layouts work on pairs of rows");
	assert!(MAX_LAYERS < 1 << 6 && MAX_WIDTH < 1 << 14 && MAX_PARAMETERS < 1 << 30, "the prefixes in MAX_ENCODED");
};

/// Multiply-adds of one inference of a network with these widths, from the inputs to the outputs: 4-64-2 is `&[4, 64, 2]`.
pub fn multiply_adds_of(widths: &[u16]) -> u64 {
	widths
		.windows(2)
		.map(|pair| pair.iter().map(|width| u64::from(*width)).product::<u64>())
		.fold(0, u64::saturating_add)
}

/// Weights and biases of a network with these widths.
pub fn parameters_of(widths: &[u16]) -> u64 {
	let biases = widths.iter().skip(1).map(|width| u64::from(*width)).fold(0, u64::saturating_add);
	multiply_adds_of(widths).saturating_add(biases)
}

/// What the clamping of an input or the rounding of a sum costs, in multiply-adds of a wide layer. Less would make narrow
/// layers cheaper than they are: 1024-1 would then cost more than it is charged.
const WORK_PER_ENTRY: u64 = 6;

/// No policy's inference costs more: its weights, one more input a layer for an odd row, and every entry of every layer.
/// Lower, some policies could not be judged at all; it follows from the bounds above.
pub const MAX_WORK: u64 = {
	let inputs = MAX_INPUT as u64 + (MAX_LAYERS as u64 - 1) * MAX_WIDTH as u64;
	let rows = MAX_LAYERS as u64 * MAX_WIDTH as u64;
	MAX_PARAMETERS as u64 + inputs + WORK_PER_ENTRY * (inputs + rows)
};

/// What one inference of a network with these widths costs, in multiply-adds of a wide layer: for each layer its rows,
/// rounded up to pairs, times its inputs, and 6 for each of its inputs and rows.
///
/// The multiply-adds alone say too little: in Wasm one costs 0.14 ns in 4-256-256-4 and 0.96 ns in 1024-1. A unit of this
/// costs about the same in every shape.
pub fn work_of(widths: &[u16]) -> u64 {
	let layer = |inputs: u64, rows: u64| rows.next_multiple_of(2) * inputs + WORK_PER_ENTRY * (inputs + rows);
	widths.windows(2).map(|pair| layer(pair[0].into(), pair[1].into())).fold(0, u64::saturating_add)
}

/// How large a policy a task accepts.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub struct Limits {
	/// Most weights and biases together.
	pub max_parameters: u32,
	/// Most work of one inference; see [`work_of`].
	pub max_work: u64,
}

impl Limits {
	/// What the format itself allows.
	pub const FORMAT: Self = Self { max_parameters: MAX_PARAMETERS, max_work: MAX_WORK };

	/// Whether the policy is within the limits.
	///
	/// Errors: [`PolicyError::TooManyParameters`], [`PolicyError::TooMuchWork`].
	pub fn check(&self, policy: &Policy) -> Result<(), PolicyError> {
		if policy.parameters() > self.max_parameters {
			return Err(PolicyError::TooManyParameters);
		}
		if policy.work() > self.max_work {
			return Err(PolicyError::TooMuchWork);
		}
		Ok(())
	}
}

impl Default for Limits {
	fn default() -> Self {
		Self::FORMAT
	}
}
