//! The weights as they are written down.

use super::Layout;
use crate::{UncheckedLayer, MAX_INPUT, MAX_WIDTH};
use alloc::vec::Vec;

/// The weights as they are written down: the baseline.
#[derive(Clone, Debug)]
pub struct Plain {
	inputs: usize,
	biases: Vec<i32>,
	weights: Vec<i8>,
}

impl Layout for Plain {
	fn prepare(layer: &UncheckedLayer) -> Self {
		Self { inputs: usize::from(layer.inputs), biases: layer.biases.clone(), weights: layer.weights.clone() }
	}

	fn sums(&self, inputs: &[i16; MAX_INPUT], _: &mut [u32; MAX_INPUT], sums: &mut [i32; MAX_WIDTH]) {
		let rows = self.weights.chunks_exact(self.inputs).zip(&self.biases);
		for ((weights, bias), sum) in rows.zip(sums) {
			*sum = weights.iter().zip(inputs).fold(*bias, |sum, (weight, input)| {
				sum.wrapping_add(i32::from(*weight).wrapping_mul(i32::from(*input)))
			});
		}
	}
}
