//! A checked network in one of the [`layouts`](crate::layouts).

use crate::{
	check::{check, half},
	format::UncheckedPolicy,
	layouts::Layout,
	PolicyError, Scratch,
};
use alloc::vec::Vec;

/// A checked policy with its weights prepared for inference in the layout `L`.
#[derive(Clone, Debug)]
pub struct Network<L> {
	unchecked: UncheckedPolicy,
	layers: Vec<L>,
}

impl<L: Layout> TryFrom<UncheckedPolicy> for Network<L> {
	type Error = PolicyError;

	fn try_from(unchecked: UncheckedPolicy) -> Result<Self, PolicyError> {
		check(&unchecked)?;
		let layers = unchecked.layers.iter().map(L::prepare).collect();
		Ok(Self { unchecked, layers })
	}
}

impl<L: Layout> Network<L> {
	/// The policy as it is written down.
	pub fn as_unchecked(&self) -> &UncheckedPolicy {
		&self.unchecked
	}

	/// The policy as it is written down, without the prepared form.
	pub fn into_unchecked(self) -> UncheckedPolicy {
		self.unchecked
	}

	/// The last layer's sums for an observation.
	pub fn logits<'a>(&self, observation: &[i16], scratch: &'a mut Scratch) -> Result<&'a [i32], PolicyError> {
		let shapes = &self.unchecked.layers;
		let inputs = shapes.first().map_or(0, |layer| usize::from(layer.inputs));
		if observation.len() != inputs {
			return Err(PolicyError::WrongObservation {
				length: u32::try_from(observation.len()).unwrap_or(u32::MAX),
				inputs: inputs as u32,
			});
		}
		// Checked to fit 15 bits.
		let limit = self.unchecked.input_limit as i16;
		for (input, seen) in scratch.inputs.iter_mut().zip(observation) {
			*input = (*seen).clamp(-limit, limit);
		}
		let mut outputs = 0;
		for (number, (shape, layer)) in shapes.iter().zip(&self.layers).enumerate() {
			if number > 0 {
				activate(&scratch.sums[..outputs], shapes[number - 1].shift, &mut scratch.inputs[..]);
			}
			layer.sums(&scratch.inputs, &mut scratch.entries, &mut scratch.sums);
			outputs = usize::from(shape.outputs);
		}
		Ok(&scratch.sums[..outputs])
	}
}

/// ReLU, the rounded shift and saturation.
fn activate(sums: &[i32], shift: u8, inputs: &mut [i16]) {
	let (half, shift) = (half(shift), u32::from(shift));
	for (input, sum) in inputs.iter_mut().zip(sums) {
		// Does not wrap: the check counts `half`.
		let shifted = sum.wrapping_add(half).wrapping_shr(shift);
		*input = shifted.clamp(0, i32::from(i16::MAX)) as i16;
	}
}
