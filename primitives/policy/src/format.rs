//! The SCALE format, read within bounds.

use crate::{PolicyError, FORMAT_VERSION, MAX_ENCODED, MAX_LAYERS, MAX_PARAMETERS, MAX_WIDTH};
use alloc::vec::Vec;
use codec::{decode_vec_with_len, Compact, Decode, DecodeWithMemTracking, Encode, Input};
use core::mem::size_of;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// A policy as it is written down. Anything may be wrong with it: [`Policy`](crate::Policy) is the checked form.
///
/// Reading refuses other versions and whatever is longer than the bounds allow, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize, Deserialize)]
pub struct UncheckedPolicy {
	/// [`FORMAT_VERSION`].
	pub version: u8,
	/// Entries of an observation are clamped to ± this. From 1 to 32767.
	pub input_limit: u16,
	/// From the inputs to the outputs.
	pub layers: Vec<UncheckedLayer>,
}

/// A layer as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize, Deserialize)]
pub struct UncheckedLayer {
	/// Number of inputs.
	pub inputs: u16,
	/// Number of outputs, which are rows of weights.
	pub outputs: u16,
	/// Bits that a sum loses before it becomes the next layer's input. 0 in the last layer.
	pub shift: u8,
	/// One a row, in units of a weight times an input.
	pub biases: Vec<i32>,
	/// Row by row: the weight of input i in row r is number `r * inputs + i`.
	pub weights: Vec<i8>,
}

impl UncheckedPolicy {
	/// Reads exactly one policy from bytes.
	pub(crate) fn from_bytes(mut bytes: &[u8]) -> Result<Self, PolicyError> {
		if bytes.len() > MAX_ENCODED as usize {
			return Err(PolicyError::TooLong { bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX) });
		}
		let policy = Self::read(&mut bytes)?;
		if bytes.is_empty() {
			Ok(policy)
		} else {
			Err(PolicyError::TrailingBytes)
		}
	}

	fn read<I: Input>(input: &mut I) -> Result<Self, PolicyError> {
		let version = get(input)?;
		if version != FORMAT_VERSION {
			return Err(PolicyError::UnsupportedVersion { version });
		}
		let input_limit = get(input)?;
		let count = length(input)?;
		if count as usize > MAX_LAYERS {
			return Err(PolicyError::TooManyLayers);
		}
		input.on_before_alloc_mem(count as usize * size_of::<UncheckedLayer>()).map_err(|_| PolicyError::Malformed)?;
		let mut layers = Vec::with_capacity(count as usize);
		// Counted over all layers, so that four long ones together stay within the bound as well.
		let mut parameters = 0u32;
		for layer in 0..count as u8 {
			let (inputs, outputs, shift) = (get(input)?, get(input)?, get(input)?);
			let biases = length(input)?;
			if biases as usize > MAX_WIDTH {
				return Err(PolicyError::TooWide { layer });
			}
			let biases = list(input, biases, &mut parameters)?;
			let weights = length(input)?;
			let weights = list(input, weights, &mut parameters)?;
			layers.push(UncheckedLayer { inputs, outputs, shift, biases, weights });
		}
		Ok(Self { version, input_limit, layers })
	}
}

impl Decode for UncheckedPolicy {
	fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
		Self::read(input).map_err(|_| codec::Error::from("no policy of this version, or one out of bounds"))
	}
}

impl DecodeWithMemTracking for UncheckedPolicy {}

fn get<T: Decode, I: Input>(input: &mut I) -> Result<T, PolicyError> {
	T::decode(input).map_err(|_| PolicyError::Malformed)
}

fn length<I: Input>(input: &mut I) -> Result<u32, PolicyError> {
	get::<Compact<u32>, I>(input).map(|length| length.0)
}

fn list<T: Decode, I: Input>(input: &mut I, length: u32, parameters: &mut u32) -> Result<Vec<T>, PolicyError> {
	*parameters = parameters.saturating_add(length);
	if *parameters > MAX_PARAMETERS {
		return Err(PolicyError::TooManyParameters);
	}
	decode_vec_with_len(input, length as usize).map_err(|_| PolicyError::Malformed)
}
