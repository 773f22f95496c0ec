//! From a policy of the chain back to a float network: where a trainer goes on from.
//!
//! A layer of a policy may be multiplied by any factor that the next one takes out again, and its last layer by any at all:
//! the decisions stay the same. Which factors the network had is not in the policy. They are chosen such that the weights
//! of a layer are as large as they are when a network begins to learn, and the last one such that what the network says of
//! the examples is as sure as it is right.

use super::{
	network::{Batch, Network},
	score,
	student::Plan,
};
use crate::{agent::network::Layout, commands::Failure};
use praxis_policy::{Policy, UncheckedLayer};

/// Binary logarithms of the factors of the last layer that are tried.
const SURENESS: std::ops::RangeInclusive<i32> = -5..=5;

/// Widths of a policy's hidden layers.
pub fn hidden(policy: &Policy) -> Vec<usize> {
	let layers = &policy.as_unchecked().layers;
	layers.iter().take(layers.len().saturating_sub(1)).map(|layer| layer.outputs.into()).collect()
}

/// Weights of the network that decides like this policy, but for its rounding. `plan` has the policy's shape.
pub fn weights(plan: &Plan, policy: &Policy) -> Result<Vec<f32>, Failure> {
	let layout = Layout::new(&plan.shape());
	let layers = &policy.as_unchecked().layers;
	let linear: Vec<_> = layout.hidden().iter().chain([layout.output()]).collect();
	let fits = layers.len() == linear.len()
		&& layers.iter().zip(&linear).all(|(layer, linear)| {
			usize::from(layer.inputs) == linear.inputs && usize::from(layer.outputs) == linear.outputs
		});
	if !fits {
		return Err(Failure::input("policy", "the classifier is of another shape"));
	}
	let mut flat = vec![0.0f32; layout.length()];
	// What an integer of the layer's input stands for in the network, which reads bytes as 0 to 1.
	let mut unit = 1.0 / (255.0 * f64::from(score::STEP));
	for (layer, linear) in layers.iter().zip(linear) {
		let size = (2.0 / linear.inputs.max(1) as f64).sqrt();
		let factor = size / spread(layer);
		let weight = &layout.parameters()[linear.weight];
		for (to, from) in flat[weight.offset..][..weight.length].iter_mut().zip(&layer.weights) {
			*to = (f64::from(*from) * factor) as f32;
		}
		let bias = &layout.parameters()[linear.bias];
		for (to, from) in flat[bias.offset..][..bias.length].iter_mut().zip(&layer.biases) {
			*to = (f64::from(*from) * factor * unit) as f32;
		}
		// A sum stands for `factor * unit`; the layer shifts it.
		unit *= factor * f64::from(layer.shift).exp2();
	}
	Ok(flat)
}

/// Root of the mean square of a layer's weights; 1 where they are all 0.
fn spread(layer: &UncheckedLayer) -> f64 {
	let squares: f64 = layer.weights.iter().map(|weight| f64::from(*weight).powi(2)).sum();
	let spread = (squares / layer.weights.len().max(1) as f64).sqrt();
	if spread > 0.0 {
		spread
	} else {
		1.0
	}
}

/// The same weights with the last layer multiplied by what makes the mean loss over the examples least.
pub fn sharpened(plan: &Plan, flat: &[f32], examples: &Batch) -> Result<Vec<f32>, tch::TchError> {
	let layout = Layout::new(&plan.shape());
	let mut best = (flat.to_vec(), f64::INFINITY);
	for power in SURENESS {
		let mut tried = flat.to_vec();
		for place in [layout.output().weight, layout.output().bias] {
			let place = &layout.parameters()[place];
			tried[place.offset..][..place.length].iter_mut().for_each(|weight| *weight *= (power as f32).exp2());
		}
		let (_, loss) = Network::new(&plan.shape(), &tried)?.examine(examples)?;
		if loss < best.1 {
			best = (tried, loss);
		}
	}
	Ok(best.0)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::teaching::{data::Examples, student::Student};
	use rand::{Rng, SeedableRng};
	use rand_chacha::ChaCha8Rng;
	use std::time::Duration;

	/// Three classes of 6x6 images: where the bright rows are, with noise.
	fn rows(count: usize, seed: u64) -> Examples {
		let mut rng = ChaCha8Rng::seed_from_u64(seed);
		let (mut images, mut labels) = (Vec::new(), Vec::new());
		for _ in 0..count {
			let label = rng.gen_range(0..3u8);
			images.extend((0..36u8).map(|pixel| match pixel / 12 == label {
				true => rng.gen_range(50..=255),
				false => rng.gen_range(0..190u8),
			}));
			labels.push(label);
		}
		Examples::new("test", 36, images, labels).expect("examples")
	}

	#[test]
	fn network_should_decide_like_its_policy_when_it_was_made_of_it() {
		let plan = Plan { features: 36, classes: 3, hidden: vec![12, 8], seed: 3, time: Duration::from_secs(20) };
		let own = rows(600, 1);
		let mut student = Student::new(plan.clone(), &own).expect("a student");
		student.learn(&rows(600, 2), &own, |_| {}).expect("it learns");
		let policy = &student.classifier().policy;
		assert_eq!(hidden(policy), [12, 8]);
		let flat = weights(&plan, policy).expect("weights");
		let batch = Batch::new(36, &own.images, &own.labels).expect("a batch");
		let examine =
			|flat: &[f32]| Network::new(&plan.shape(), flat).and_then(|it| it.examine(&batch)).expect("a look");
		let (right, loss) = examine(&flat);
		assert!(right.abs_diff(student.correct()) <= 6, "{right} of the network, {} of the policy", student.correct());
		let sharp = sharpened(&plan, &flat, &batch).expect("weights");
		let (same, less) = examine(&sharp);
		assert_eq!(same, right);
		assert!(less <= loss && less < 0.5, "{less} of {loss}");
	}

	#[test]
	fn weights_should_be_refused_when_the_policy_is_of_another_shape() {
		let plan = |hidden| Plan { features: 36, classes: 3, hidden, seed: 3, time: Duration::from_secs(1) };
		let student = Student::new(plan(vec![4]), &rows(20, 1)).expect("a student");
		let policy = &student.classifier().policy;
		assert!(weights(&plan(vec![4]), policy).is_ok());
		assert!(weights(&plan(vec![5]), policy).is_err());
		assert!(weights(&plan(vec![4, 4]), policy).is_err());
	}
}
