//! What the chain will count, with the code with which it counts: integers only.

use super::data::Examples;
use praxis_policy::{Policy, PolicyError};

/// Units of the network's input in one step of a byte: bytes 0 to 255 are 0 to 32640, nearly the whole of 16 bits.
pub const STEP: i16 = 128;

/// What a network of the chain reads of an image.
pub fn observe(image: &[u8]) -> Vec<i16> {
	image.iter().map(|byte| i16::from(*byte) * STEP).collect()
}

/// How many examples a classifier gets right.
pub fn correct(policy: &Policy, examples: &Examples) -> Result<u32, PolicyError> {
	let mut scratch = policy.scratch();
	let mut observation = vec![0; examples.features];
	let mut correct = 0;
	for (image, label) in examples.iter() {
		observation.iter_mut().zip(image).for_each(|(x, byte)| *x = i16::from(*byte) * STEP);
		correct += u32::from(policy.act(&observation, &mut scratch)? == u32::from(label));
	}
	Ok(correct)
}

/// The share that `correct` is of so many examples.
pub fn share(correct: u32, examples: usize) -> f64 {
	f64::from(correct) / examples.max(1) as f64
}
