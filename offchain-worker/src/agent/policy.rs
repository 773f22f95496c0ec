//! The policy: a plain copy of a network's weights, for acting.
//!
//! For networks of this size plain loops over plain memory are an order of magnitude faster than a call of libtorch.

use super::network::{Layout, Linear};

/// Numbers that are summed apart in a product of rows, so that the loop vectorises.
const LANES: usize = 16;

/// The product of two rows of one length.
fn dot(a: &[f32], b: &[f32]) -> f32 {
	let mut sums = [0.0; LANES];
	let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
	let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
	for (a, b) in a.zip(b) {
		for lane in 0..LANES {
			sums[lane] += a[lane] * b[lane];
		}
	}
	sums.iter().sum::<f32>() + rest
}

/// A copy of a network's weights in plain memory: acts without libtorch, can be cloned and sent to other threads.
#[derive(Clone, Debug)]
pub struct Policy {
	layout: Layout,
	/// All weights, as in the network.
	flat: Vec<f32>,
	scales: Vec<f32>,
	input: Vec<f32>,
	next: Vec<f32>,
	values: Vec<f32>,
}

impl Policy {
	/// A policy with these flat weights; observations are multiplied with `scales` first, entry by entry.
	pub fn new(layout: Layout, weights: &[f32], scales: Vec<f32>) -> Self {
		Self { layout, flat: weights.to_vec(), scales, input: Vec::new(), next: Vec::new(), values: Vec::new() }
	}

	/// Where its parameters lie.
	pub fn layout(&self) -> &Layout {
		&self.layout
	}

	/// What each entry of an observation is multiplied with.
	pub fn scales(&self) -> &[f32] {
		&self.scales
	}

	/// Replaces the weights, reusing the memory.
	pub fn load(&mut self, weights: &[f32]) {
		self.flat.clear();
		self.flat.extend_from_slice(weights);
	}

	/// All weights, as in the network.
	pub fn weights(&self) -> &[f32] {
		&self.flat
	}

	/// The same, to be written to.
	pub fn weights_mut(&mut self) -> &mut [f32] {
		&mut self.flat
	}

	/// The values of all actions.
	pub fn values(&mut self, observation: &[i16]) -> &[f32] {
		let Self { layout, flat, scales, input, next, values } = self;
		input.clear();
		input.extend(observation.iter().zip(scales.iter()).map(|(x, scale)| f32::from(*x) * scale));
		let apply = |layer: &Linear, input: &[f32], output: &mut Vec<f32>| {
			let (weight, bias) = layout.of(layer, flat);
			output.clear();
			output.extend(weight.chunks_exact(input.len()).zip(bias).map(|(row, bias)| dot(row, input) + bias));
		};
		for layer in layout.hidden() {
			apply(layer, input, next);
			next.iter_mut().for_each(|x| *x = x.max(0.0));
			std::mem::swap(input, next);
		}
		apply(layout.output(), input, values);
		if let Some(value) = layout.value() {
			apply(value, input, next);
			let mean = values.iter().sum::<f32>() / values.len() as f32;
			let shift = next.first().copied().unwrap_or_default() - mean;
			values.iter_mut().for_each(|x| *x += shift);
		}
		values
	}

	/// The action with the greatest value, the lowest index among equals.
	pub fn greedy(&mut self, observation: &[i16]) -> u8 {
		self.greedy_masked(observation, u32::MAX)
	}

	/// The action with the greatest value among those of a mask, the lowest index among equals; 0 if there is none.
	pub fn greedy_masked(&mut self, observation: &[i16], mask: u32) -> u8 {
		let mut best: Option<(u8, f32)> = None;
		for (action, value) in (0..32).zip(self.values(observation)) {
			if mask >> action & 1 == 1 && best.is_none_or(|(_, greatest)| *value > greatest) {
				best = Some((action, *value));
			}
		}
		best.map_or(0, |(action, _)| action)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::agent::network::{Network, Shape};
	use rand::{Rng, SeedableRng};
	use rand_chacha::ChaCha8Rng;
	use tch::{Device, Tensor};

	#[test]
	fn plain_forward_should_equal_libtorch() {
		tch::set_num_threads(1);
		for dueling in [false, true] {
			let layout = Layout::new(&Shape { observation: 6, actions: 9, hidden: vec![64, 33], dueling });
			let mut rng = ChaCha8Rng::seed_from_u64(3);
			let weights: Vec<f32> = layout.initial(&mut rng).iter().map(|w| w * 2.0).collect();
			let network = Network::new(layout.clone(), &weights, Device::Cpu).expect("a network");
			let mut policy = Policy::new(layout, &weights, vec![1.0 / 8192.0; 6]);
			for _ in 0..200 {
				let observation: Vec<i16> = (0..6).map(|_| rng.gen_range(-20_000..20_000)).collect();
				let scaled: Vec<f32> = observation.iter().map(|x| f32::from(*x) / 8192.0).collect();
				let expected = network.forward(&Tensor::from_slice(&scaled).view((1, 6))).expect("a forward pass");
				let expected = Vec::<f32>::try_from(expected.view(-1)).expect("numbers");
				let found = policy.values(&observation);
				assert_eq!(found.len(), 9);
				for (found, expected) in found.iter().zip(&expected) {
					assert!((found - expected).abs() <= 1e-5, "{found} is not {expected}");
				}
			}
		}
	}

	#[test]
	fn greedy_should_choose_the_best_of_the_allowed_actions() {
		let layout = Layout::new(&Shape { observation: 1, actions: 4, hidden: vec![1], dueling: false });
		let mut weights = vec![0.0; layout.length()];
		let output = layout.parameters().iter().find(|p| p.dimensions == [4]).expect("the output's bias");
		weights[output.offset..][..4].copy_from_slice(&[2.0, 5.0, 3.0, 5.0]);
		let mut policy = Policy::new(layout, &weights, vec![1.0]);
		for (mask, best) in [(0b1111, 1), (0b1101, 3), (0b0101, 2), (0b0001, 0), (0, 0)] {
			assert_eq!(policy.greedy_masked(&[0], mask), best, "{mask:b}");
		}
	}
}
