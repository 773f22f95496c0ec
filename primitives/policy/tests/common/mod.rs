//! Networks for the tests, and a slow inference in wide integers to compare with.

#![allow(dead_code, reason = "each test file uses a part of it")]

use praxis_policy::{UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use proptest::prelude::*;

/// A layer with these weights and biases.
pub fn layer(inputs: u16, shift: u8, biases: Vec<i32>, weights: Vec<i8>) -> UncheckedLayer {
	UncheckedLayer { inputs, outputs: biases.len() as u16, shift, biases, weights }
}

/// A policy of this version.
pub fn policy(input_limit: u16, layers: Vec<UncheckedLayer>) -> UncheckedPolicy {
	UncheckedPolicy { version: FORMAT_VERSION, input_limit, layers }
}

/// A policy of this shape whose numbers come from a small generator: nothing about them is special.
pub fn numbered(widths: &[u16], input_limit: u16, shift: u8, mut state: u64) -> UncheckedPolicy {
	let mut next = move || {
		state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		(state >> 33) as u32
	};
	let last = widths.len() - 2;
	let layers = widths.windows(2).enumerate().map(|(number, pair)| {
		let (inputs, outputs) = (pair[0], pair[1]);
		let weights = (0..usize::from(inputs) * usize::from(outputs)).map(|_| next() as i8).collect();
		let biases = (0..outputs).map(|_| (next() % 200_001) as i32 - 100_000).collect();
		layer(inputs, if number == last { 0 } else { shift }, biases, weights)
	});
	policy(input_limit, layers.collect())
}

/// Logits in 128-bit integers, straight from the formulas in the documentation. Panics where a sum leaves 32 bits.
pub fn reference(policy: &UncheckedPolicy, observation: &[i16]) -> Vec<i32> {
	let limit = i128::from(policy.input_limit);
	let mut values: Vec<i128> = observation.iter().map(|seen| i128::from(*seen).clamp(-limit, limit)).collect();
	let last = policy.layers.len() - 1;
	for (number, layer) in policy.layers.iter().enumerate() {
		let columns = usize::from(layer.inputs);
		let sums = layer.biases.iter().enumerate().map(|(row, bias)| {
			let mut sum = i128::from(*bias);
			for (input, value) in values.iter().enumerate() {
				sum += i128::from(layer.weights[row * columns + input]) * value;
				assert!(i32::try_from(sum).is_ok(), "a partial sum of layer {number}, row {row} is {sum}");
			}
			sum
		});
		let sums: Vec<i128> = sums.collect();
		if number == last {
			return sums.into_iter().map(|sum| sum as i32).collect();
		}
		// To the nearest integer, ties up: floor(sum / 2^shift + 1/2) = floor((2 sum + 2^shift) / 2^(shift + 1)).
		let divisor = 1i128 << layer.shift;
		values = sums
			.into_iter()
			.map(|sum| {
				assert!(i32::try_from(sum + divisor / 2).is_ok(), "the rounded sum of layer {number} is {sum}");
				(2 * sum + divisor).div_euclid(2 * divisor).clamp(0, 32767)
			})
			.collect();
	}
	unreachable!("a policy has a last layer")
}

/// The lowest index among the greatest.
pub fn first_greatest(logits: &[i32]) -> u32 {
	let greatest = logits.iter().max().expect("a policy has outputs");
	logits.iter().position(|logit| logit == greatest).expect("the greatest is among them") as u32
}

/// Valid policies of many shapes, with numbers up to the bounds.
pub fn valid() -> impl Strategy<Value = UncheckedPolicy> {
	let widths = prop_oneof![
		4 => prop::collection::vec(1u16..=20, 2..=5),
		2 => prop::collection::vec(1u16..=70, 2..=4),
		1 => (1u16..=300, 1u16..=40, 1u16..=20).prop_map(|(a, b, c)| vec![a, b, c]),
	];
	(widths, 1u16..=32767, 0u8..=31, any::<u64>(), 0u8..=3).prop_map(|(widths, limit, shift, seed, kind)| {
		let mut policy = numbered(&widths, limit, shift, seed);
		for (number, layer) in policy.layers.iter_mut().enumerate() {
			let bound = if number == 0 { i64::from(limit) } else { 32767 };
			fill(layer, bound, kind);
		}
		policy
	})
}

/// Makes the layer valid, and by `kind` 1 and 2 fills its rows up to the very bound with their biases.
pub fn fill(layer: &mut UncheckedLayer, bound: i64, kind: u8) {
	let half = (1i64 << layer.shift) / 2;
	let room = i64::from(i32::MAX) - half;
	let columns = usize::from(layer.inputs);
	for (bias, row) in layer.biases.iter_mut().zip(layer.weights.chunks_exact_mut(columns)) {
		let used = |row: &[i8]| row.iter().map(|weight| i64::from(weight.unsigned_abs())).sum::<i64>() * bound;
		// Rows that are too heavy lose bits until they fit.
		while used(row) > room {
			row.iter_mut().for_each(|weight| *weight /= 2);
		}
		let left = (room - used(row)) as i32;
		*bias = match kind {
			1 => left,
			2 => -left,
			_ => (*bias).clamp(-left, left),
		};
	}
}

/// An observation of this length: any numbers, or the extremes.
pub fn observation(length: usize) -> impl Strategy<Value = Vec<i16>> {
	let entry = prop_oneof![2 => any::<i16>(), 1 => Just(i16::MAX), 1 => Just(i16::MIN), 1 => Just(0i16)];
	prop::collection::vec(entry, length)
}
