//! Two rows in one 64-bit word.
//!
//! A word holds `a + b · 2^32` for the weights `a` and `b` of two rows. Multiplied by an input and summed over a row,
//! modulo 2^64, it holds `A + B · 2^32` for the rows' sums. Both fit 32 bits, signed, so `A` is the word's lower half
//! and `B` the upper half after `A` was taken off. One multiplication makes two products.

use super::Layout;
use crate::{UncheckedLayer, MAX_INPUT, MAX_WIDTH};
use alloc::vec::Vec;

/// Pairs of rows that are summed together: each input is loaded once for all of them. Eight were slower in Wasm by a tenth.
const PAIRS: usize = 4;

/// Two rows in one 64-bit word: the fastest where there is no SIMD.
#[derive(Clone, Debug)]
pub struct Packed(Pairs);

/// As [`Packed`], but skips inputs of 0: ReLU leaves many. In Wasm it is a third faster where half of them are 0, and a
/// fifth slower where none is. What a policy is charged is the worst case, so this is not the layout of policies.
#[derive(Clone, Debug)]
pub struct Skipping(Pairs);

#[derive(Clone, Debug)]
struct Pairs {
	inputs: usize,
	/// One a pair of rows.
	biases: Vec<i64>,
	/// Blocks of [`PAIRS`] pairs, the last one may have fewer. In a block: for each input its weight in each pair.
	weights: Vec<i64>,
}

fn pack(low: i32, high: i32) -> i64 {
	i64::from(low).wrapping_add(i64::from(high) << 32)
}

fn unpack(word: i64) -> [i32; 2] {
	let low = word as i32;
	[low, (word.wrapping_sub(i64::from(low)) >> 32) as i32]
}

impl Pairs {
	fn new(layer: &UncheckedLayer) -> Self {
		let inputs = usize::from(layer.inputs);
		let biases = layer.biases.chunks(2).map(|pair| pack(pair[0], pair.get(1).copied().unwrap_or(0))).collect();
		let mut weights = Vec::with_capacity(layer.weights.len().div_ceil(2) + inputs);
		for block in layer.weights.chunks(2 * PAIRS * inputs) {
			let begin = weights.len();
			let pairs = block.len().div_ceil(2 * inputs);
			weights.resize(begin + pairs * inputs, 0);
			let block_weights = &mut weights[begin..];
			for (number, pair) in block.chunks(2 * inputs).enumerate() {
				let (low, high) = pair.split_at(inputs);
				// The last row of an odd number has no partner.
				let high = high.iter().copied().chain(core::iter::repeat(0));
				let words = block_weights.iter_mut().skip(number).step_by(pairs);
				for ((word, low), high) in words.zip(low).zip(high) {
					*word = pack(i32::from(*low), i32::from(high));
				}
			}
		}
		Self { inputs, biases, weights }
	}

	/// Runs the kernel on each block.
	fn blocks(&self, sums: &mut [i32; MAX_WIDTH], kernel: impl Kernel) {
		let weights = self.weights.chunks(PAIRS * self.inputs);
		let sums = sums.chunks_mut(2 * PAIRS);
		for ((weights, biases), sums) in weights.zip(self.biases.chunks(PAIRS)).zip(sums) {
			match biases.len() {
				4 => kernel.block::<4>(weights, biases, sums),
				3 => kernel.block::<3>(weights, biases, sums),
				2 => kernel.block::<2>(weights, biases, sums),
				_ => kernel.block::<1>(weights, biases, sums),
			}
		}
	}
}

trait Kernel {
	fn add<const N: usize>(&self, words: &mut [i64; N], weights: &[[i64; N]]);

	#[inline(always)]
	fn block<const N: usize>(&self, weights: &[i64], biases: &[i64], sums: &mut [i32]) {
		let mut words = [0i64; N];
		for (word, bias) in words.iter_mut().zip(biases) {
			*word = *bias;
		}
		self.add(&mut words, weights.as_chunks::<N>().0);
		for (sums, word) in sums.as_chunks_mut::<2>().0.iter_mut().zip(words) {
			*sums = unpack(word);
		}
	}
}

#[inline(always)]
fn step<const N: usize>(words: &mut [i64; N], weights: &[i64; N], input: i16) {
	let input = i64::from(input);
	for (word, weight) in words.iter_mut().zip(weights) {
		*word = word.wrapping_add(weight.wrapping_mul(input));
	}
}

/// All inputs in their order.
struct Dense<'a>(&'a [i16]);

impl Kernel for Dense<'_> {
	#[inline(always)]
	fn add<const N: usize>(&self, words: &mut [i64; N], weights: &[[i64; N]]) {
		for (input, weights) in self.0.iter().zip(weights) {
			step(words, weights, *input);
		}
	}
}

/// Inputs that are not 0: the number of the input, then its 16 bits.
struct Sparse<'a>(&'a [u32]);

impl Kernel for Sparse<'_> {
	#[inline(always)]
	fn add<const N: usize>(&self, words: &mut [i64; N], weights: &[[i64; N]]) {
		for entry in self.0 {
			if let Some(weights) = weights.get((entry >> 16) as usize) {
				step(words, weights, *entry as i16);
			}
		}
	}
}

impl Layout for Packed {
	fn prepare(layer: &UncheckedLayer) -> Self {
		Self(Pairs::new(layer))
	}

	fn sums(&self, inputs: &[i16; MAX_INPUT], _: &mut [u32; MAX_INPUT], sums: &mut [i32; MAX_WIDTH]) {
		self.0.blocks(sums, Dense(&inputs[..self.0.inputs]));
	}
}

impl Layout for Skipping {
	fn prepare(layer: &UncheckedLayer) -> Self {
		Self(Pairs::new(layer))
	}

	fn sums(&self, inputs: &[i16; MAX_INPUT], entries: &mut [u32; MAX_INPUT], sums: &mut [i32; MAX_WIDTH]) {
		let mut count = 0;
		for (input, number) in inputs[..self.0.inputs].iter().zip(0u32..) {
			// Written always and counted at times: a branch here would be guessed wrong half the time.
			entries[count] = number << 16 | u32::from(*input as u16);
			count += usize::from(*input != 0);
		}
		self.0.blocks(sums, Sparse(&entries[..count]));
	}
}
