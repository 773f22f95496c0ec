//! Weights of 16 bits in whole vectors.

use super::Layout;
use crate::{UncheckedLayer, MAX_INPUT, MAX_WIDTH};
use alloc::vec::Vec;

/// Entries of a vector. Rows are filled up with weights of 0 to a multiple of it.
const LANES: usize = 8;

/// Weights of 16 bits in whole vectors: compilers turn it into SIMD, on x86-64 into `pmaddwd`, which needs no more than SSE2.
#[derive(Clone, Debug)]
pub struct Wide {
	/// Vectors of a row.
	stride: usize,
	biases: Vec<i32>,
	weights: Vec<[i16; LANES]>,
}

impl Layout for Wide {
	fn prepare(layer: &UncheckedLayer) -> Self {
		let inputs = usize::from(layer.inputs);
		let stride = inputs.div_ceil(LANES);
		let mut weights = Vec::with_capacity(stride * layer.biases.len());
		for row in layer.weights.chunks_exact(inputs) {
			for part in row.chunks(LANES) {
				let mut vector = [0; LANES];
				for (wide, weight) in vector.iter_mut().zip(part) {
					*wide = i16::from(*weight);
				}
				weights.push(vector);
			}
		}
		Self { stride, biases: layer.biases.clone(), weights }
	}

	fn sums(&self, inputs: &[i16; MAX_INPUT], _: &mut [u32; MAX_INPUT], sums: &mut [i32; MAX_WIDTH]) {
		let (inputs, _) = inputs.as_chunks::<LANES>();
		let rows = self.weights.chunks_exact(self.stride).zip(&self.biases);
		for ((weights, bias), sum) in rows.zip(sums) {
			let mut lanes = [0i32; LANES / 2];
			for (weights, inputs) in weights.iter().zip(inputs) {
				for (lane, sum) in lanes.iter_mut().enumerate() {
					let product = |i: usize| i32::from(weights[i]).wrapping_mul(i32::from(inputs[i]));
					*sum = sum.wrapping_add(product(2 * lane).wrapping_add(product(2 * lane + 1)));
				}
			}
			*sum = lanes.iter().fold(*bias, |sum, lane| sum.wrapping_add(*lane));
		}
	}
}
