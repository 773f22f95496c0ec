//! Weights of 16 bits, four rows at a time.

use super::Layout;
use crate::{UncheckedLayer, MAX_INPUT, MAX_WIDTH};
use alloc::{vec, vec::Vec};

/// Rows are filled up with weights of 0 to a multiple of this, so that whole vectors cover them.
const LANES: usize = 8;

/// Rows that are summed together: each vector of inputs is loaded once for all of them. Their number is filled up to a
/// multiple of this.
const ROWS: usize = 4;

const _: () = assert!(MAX_INPUT.is_multiple_of(LANES) && MAX_WIDTH.is_multiple_of(ROWS));

/// Weights of 16 bits, four rows at a time: compilers turn it into SIMD, on x86-64 into `pmaddwd`, which needs no more
/// than SSE2.
#[derive(Clone, Debug)]
pub struct Wide {
	/// Entries of a row.
	stride: usize,
	biases: Vec<[i32; ROWS]>,
	/// Row by row.
	weights: Vec<i16>,
}

impl Layout for Wide {
	fn prepare(layer: &UncheckedLayer) -> Self {
		let inputs = usize::from(layer.inputs);
		let stride = inputs.next_multiple_of(LANES);
		let mut weights = vec![0; stride * layer.biases.len().next_multiple_of(ROWS)];
		for (wide, row) in weights.chunks_exact_mut(stride).zip(layer.weights.chunks_exact(inputs)) {
			for (wide, weight) in wide.iter_mut().zip(row) {
				*wide = i16::from(*weight);
			}
		}
		let mut biases = vec![[0; ROWS]; layer.biases.len().div_ceil(ROWS)];
		for (bias, given) in biases.as_flattened_mut().iter_mut().zip(&layer.biases) {
			*bias = *given;
		}
		Self { stride, biases, weights }
	}

	fn sums(&self, inputs: &[i16; MAX_INPUT], _: &mut [u32; MAX_INPUT], sums: &mut [i32; MAX_WIDTH]) {
		let blocks = self.weights.chunks_exact(ROWS * self.stride).zip(&self.biases);
		for ((weights, biases), sums) in blocks.zip(sums.as_chunks_mut::<ROWS>().0) {
			let (first, last) = weights.split_at(2 * self.stride);
			let (first, second) = first.split_at(self.stride);
			let (third, fourth) = last.split_at(self.stride);
			let mut block = *biases;
			for ((((input, a), b), c), d) in inputs.iter().zip(first).zip(second).zip(third).zip(fourth) {
				for (sum, weight) in block.iter_mut().zip([a, b, c, d]) {
					*sum = sum.wrapping_add(i32::from(*weight).wrapping_mul(i32::from(*input)));
				}
			}
			*sums = block;
		}
	}
}
