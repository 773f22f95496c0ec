//! What makes an unchecked policy a valid one.

use crate::{
	format::{UncheckedLayer, UncheckedPolicy},
	PolicyError, FORMAT_VERSION, MAX_INPUT, MAX_LAYERS, MAX_PARAMETERS, MAX_SHIFT, MAX_WIDTH,
};

/// Greatest activation, and so the bound of a later layer's inputs.
const MAX_ACTIVATION: u32 = i16::MAX as u32;

/// What is added to a sum before this shift.
pub(crate) const fn half(shift: u8) -> i32 {
	if shift == 0 {
		0
	} else {
		1 << (shift - 1)
	}
}

/// Whether the policy is valid: its shape and bounds, and that no sum can overflow.
pub(crate) fn check(policy: &UncheckedPolicy) -> Result<(), PolicyError> {
	if policy.version != FORMAT_VERSION {
		return Err(PolicyError::UnsupportedVersion { version: policy.version });
	}
	if policy.input_limit == 0 || u32::from(policy.input_limit) > MAX_ACTIVATION {
		return Err(PolicyError::InputLimit);
	}
	let layers = &policy.layers;
	if layers.is_empty() {
		return Err(PolicyError::NoLayers);
	}
	if layers.len() > MAX_LAYERS {
		return Err(PolicyError::TooManyLayers);
	}
	let mut inputs = layers[0].inputs;
	let mut parameters = 0u64;
	for (layer, number) in layers.iter().zip(0..) {
		check_shape(layer, inputs, number)?;
		inputs = layer.outputs;
		parameters += layer.biases.len() as u64 + layer.weights.len() as u64;
	}
	if parameters > u64::from(MAX_PARAMETERS) {
		return Err(PolicyError::TooManyParameters);
	}
	if layers.last().is_some_and(|layer| layer.shift != 0) {
		return Err(PolicyError::OutputShift);
	}
	let mut bound = u32::from(policy.input_limit);
	for (layer, number) in layers.iter().zip(0..) {
		check_sums(layer, bound, number)?;
		bound = MAX_ACTIVATION;
	}
	Ok(())
}

fn check_shape(layer: &UncheckedLayer, inputs: u16, number: u8) -> Result<(), PolicyError> {
	if layer.inputs == 0 || layer.outputs == 0 {
		return Err(PolicyError::ZeroWidth { layer: number });
	}
	let (columns, rows) = (usize::from(layer.inputs), usize::from(layer.outputs));
	// A later layer's inputs are the outputs of the one before, so this bounds them too.
	if columns > MAX_INPUT || rows > MAX_WIDTH {
		return Err(PolicyError::TooWide { layer: number });
	}
	if layer.inputs != inputs || layer.biases.len() != rows || layer.weights.len() != rows * columns {
		return Err(PolicyError::ShapeMismatch { layer: number });
	}
	if layer.shift > MAX_SHIFT {
		return Err(PolicyError::ShiftTooLarge { layer: number });
	}
	Ok(())
}

/// `|bias| + Σ |weight| · bound + half ≤ i32::MAX` for every row. `layer` has its shape already.
fn check_sums(layer: &UncheckedLayer, bound: u32, number: u8) -> Result<(), PolicyError> {
	let rows = layer.weights.chunks_exact(usize::from(layer.inputs));
	for ((weights, bias), row) in rows.zip(&layer.biases).zip(0..) {
		// At most 1024 · 128.
		let weights = weights.iter().fold(0u32, |sum, weight| sum.wrapping_add(u32::from(weight.unsigned_abs())));
		let greatest = u64::from(weights) * u64::from(bound)
			+ u64::from(bias.unsigned_abs())
			+ u64::from(half(layer.shift).unsigned_abs());
		if greatest > i32::MAX as u64 {
			return Err(PolicyError::MayOverflow { layer: number, row });
		}
	}
	Ok(())
}
