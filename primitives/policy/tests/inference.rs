//! Inference is exact: every layout gives what wide integers give, up to the bounds.

mod common;

use common::{fill, first_greatest, layer, numbered, observation, policy, reference, valid};
use praxis_policy::{
	layouts::{Layout, Network, Packed, Plain, Skipping, Wide},
	Policy, PolicyError, Scratch, UncheckedPolicy, MAX_WIDTH,
};
use proptest::prelude::*;

/// Compares the policy and every layout with the reference, all in the same, used scratch.
fn agree(unchecked: &UncheckedPolicy, observation: &[i16], scratch: &mut Scratch) {
	fn logits<L: Layout>(unchecked: &UncheckedPolicy, observation: &[i16], scratch: &mut Scratch) -> Vec<i32> {
		let network = Network::<L>::try_from(unchecked.clone()).expect("the policy is valid");
		network.logits(observation, scratch).expect("the observation fits").to_vec()
	}
	let expected = reference(unchecked, observation);
	assert_eq!(logits::<Plain>(unchecked, observation, scratch), expected, "plain");
	assert_eq!(logits::<Wide>(unchecked, observation, scratch), expected, "wide");
	assert_eq!(logits::<Packed>(unchecked, observation, scratch), expected, "packed");
	assert_eq!(logits::<Skipping>(unchecked, observation, scratch), expected, "skipping");
	let policy = Policy::try_from(unchecked.clone()).expect("the policy is valid");
	assert_eq!(policy.logits(observation, scratch), Ok(&expected[..]));
	assert_eq!(policy.act(observation, scratch), Ok(first_greatest(&expected)));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(512))]

	#[test]
	fn inference_should_equal_wide_integers_when_the_network_is_random(
		(unchecked, observations) in valid().prop_flat_map(|unchecked| {
			let length = usize::from(unchecked.layers[0].inputs);
			(Just(unchecked), prop::collection::vec(observation(length), 3))
		}),
	) {
		let mut scratch = Scratch::new();
		for observation in observations {
			agree(&unchecked, &observation, &mut scratch);
		}
	}

	#[test]
	fn masked_action_should_be_the_best_allowed_one_when_some_are_not(
		seed in any::<u64>(), outputs in 1u16..=40, mask in any::<u32>(), seen in any::<[i16; 3]>(),
	) {
		let policy = Policy::try_from(numbered(&[3, 5, outputs], 1000, 8, seed)).expect("the policy is valid");
		let mut scratch = policy.scratch();
		let logits = policy.logits(&seen, &mut scratch).expect("the observation fits").to_vec();
		let allowed = |action: &usize| *action < 32 && mask >> action & 1 == 1;
		let best = (0..logits.len()).filter(allowed).map(|action| logits[action]).max();
		let expected = best
			.and_then(|best| (0..logits.len()).filter(allowed).find(|action| logits[*action] == best))
			.map(|action| action as u32)
			.ok_or(PolicyError::NoAction);
		prop_assert_eq!(policy.act_masked(&seen, mask, &mut scratch), expected);
	}
}

/// For each row of the one layer an observation that drives its sum to the greatest and one to the least value.
#[test]
fn sums_should_reach_the_bound_exactly_when_weights_and_inputs_are_extreme() {
	let mut scratch = Scratch::new();
	for (inputs, limit) in [(1u16, 32767u16), (4, 32767), (256, 32767), (784, 21_000), (1024, 16_383), (1024, 1)] {
		for kind in [1, 2] {
			let weights = (0..i32::from(inputs) * 3).map(|i| [127, -128, -128, 127, 64][i as usize % 5]).collect();
			let mut only = layer(inputs, 0, vec![0; 3], weights);
			fill(&mut only, i64::from(limit), kind);
			let unchecked = policy(limit, vec![only]);
			let mut touched = 0;
			for row in unchecked.layers[0].weights.chunks(usize::from(inputs)) {
				let with: Vec<i16> = row.iter().map(|weight| if *weight < 0 { i16::MIN } else { i16::MAX }).collect();
				let against: Vec<i16> =
					row.iter().map(|weight| if *weight < 0 { i16::MAX } else { i16::MIN }).collect();
				for observation in [with, against] {
					agree(&unchecked, &observation, &mut scratch);
					let logits = reference(&unchecked, &observation);
					touched += logits.iter().filter(|logit| logit.unsigned_abs() == i32::MAX as u32).count();
				}
			}
			assert!(touched >= 3, "{inputs} inputs up to {limit}: the test never came to the bound");
		}
	}
}

/// The bound is tight: what is one beyond it is refused, and would in truth overflow.
#[test]
fn policy_should_be_refused_when_a_bias_is_one_beyond_the_bound() {
	for kind in [1, 2] {
		let mut first = layer(2, 7, vec![0, 0], vec![127, -128, 5, 6]);
		fill(&mut first, 1000, kind);
		let mut second = layer(2, 0, vec![0, 0, 0], vec![1, 2, 127, 127, -128, -128]);
		fill(&mut second, 32767, kind);
		let valid = policy(1000, vec![first, second]);
		assert!(Policy::try_from(valid.clone()).is_ok());
		for (layer, row) in [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)] {
			let mut beyond = valid.clone();
			let bias = &mut beyond.layers[layer].biases[row];
			*bias += bias.signum();
			let refusal = PolicyError::MayOverflow { layer: layer as u8, row: row as u16 };
			assert_eq!(Policy::try_from(beyond), Err(refusal));
		}
	}
	let least = policy(1, vec![layer(1, 0, vec![i32::MIN], vec![0])]);
	assert_eq!(Policy::try_from(least), Err(PolicyError::MayOverflow { layer: 0, row: 0 }));
}

#[test]
fn hidden_layers_should_hold_the_bound_when_they_are_as_wide_and_heavy_as_allowed() {
	let mut scratch = Scratch::new();
	let width = MAX_WIDTH as u16;
	for weight in [127, -128] {
		for shift in [0, 1, 16, 31] {
			let mut layers = vec![
				layer(1, shift, vec![0; MAX_WIDTH], vec![127; MAX_WIDTH]),
				layer(width, shift, vec![0; MAX_WIDTH], vec![weight; MAX_WIDTH * MAX_WIDTH]),
				layer(width, 0, vec![0; 2], vec![weight; 2 * MAX_WIDTH]),
			];
			for layer in &mut layers {
				fill(layer, 32767, 1);
			}
			let unchecked = policy(32767, layers);
			assert!(unchecked.layers[1].weights.iter().all(|kept| *kept == weight), "the weights were to stay extreme");
			for seen in [i16::MIN, i16::MAX, 0] {
				agree(&unchecked, &[seen], &mut scratch);
			}
		}
	}
}

#[test]
fn activation_should_round_to_the_nearest_with_ties_up_and_saturate() {
	// One hidden unit that passes the input on, and an output that shows it.
	let pass = |shift, bias| {
		let layers = vec![layer(1, shift, vec![bias], vec![1]), layer(1, 0, vec![0], vec![1])];
		Policy::try_from(policy(32767, layers)).expect("the policy is valid")
	};
	let mut scratch = Scratch::new();
	for (shift, bias, seen, shown) in [
		(0, 0, 5, 5),
		(0, 0, -5, 0),
		(0, 1, 32767, 32767),
		(1, 0, 5, 3),
		(1, 0, 6, 3),
		(1, 0, -1, 0),
		(2, 0, 5, 1),
		(2, 0, 6, 2),
		(2, 0, 1, 0),
		(2, 0, 2, 1),
		(4, 1 << 20, 7, 32767),
		(31, i32::MAX - (1 << 30) - 32767, 0, 0),
		(31, i32::MAX - (1 << 30) - 32767, 32767, 0),
		(30, i32::MAX - (1 << 29) - 32767, 0, 1),
	] {
		let logits = pass(shift, bias).logits(&[seen], &mut scratch).expect("the observation fits").to_vec();
		assert_eq!(logits, [shown], "{seen} + {bias} shifted by {shift}");
	}
}

#[test]
fn observation_should_be_clamped_when_it_is_beyond_the_input_limit() {
	let policy = Policy::try_from(policy(100, vec![layer(1, 0, vec![0], vec![3])])).expect("the policy is valid");
	let mut scratch = policy.scratch();
	for (seen, logit) in [(99, 297), (100, 300), (101, 300), (i16::MAX, 300), (-101, -300), (i16::MIN, -300)] {
		assert_eq!(policy.logits(&[seen], &mut scratch), Ok(&[logit][..]));
	}
}

#[test]
fn action_should_be_the_lowest_index_when_several_are_greatest() {
	let policy = Policy::try_from(policy(1, vec![layer(1, 0, vec![-3, 7, 2, 7, 7], vec![0; 5])])).expect("it is valid");
	let mut scratch = policy.scratch();
	assert_eq!(policy.act(&[0], &mut scratch), Ok(1));
	assert_eq!(policy.act_masked(&[0], 0b11101, &mut scratch), Ok(3));
	assert_eq!(policy.act_masked(&[0], 0b00101, &mut scratch), Ok(2));
	assert_eq!(policy.act_masked(&[0], u32::MAX, &mut scratch), Ok(1));
	assert_eq!(policy.act_masked(&[0], 0, &mut scratch), Err(PolicyError::NoAction));
	// Bits that stand for no action allow none.
	assert_eq!(policy.act_masked(&[0], !0b11111, &mut scratch), Err(PolicyError::NoAction));
}

#[test]
fn observation_should_be_refused_when_its_length_is_wrong() {
	let policy = Policy::try_from(numbered(&[4, 2], 10, 0, 1)).expect("the policy is valid");
	let mut scratch = policy.scratch();
	for length in [0, 3, 5, 2000] {
		let refusal = PolicyError::WrongObservation { length: length as u32, inputs: 4 };
		assert_eq!(policy.act(&vec![0; length], &mut scratch), Err(refusal));
		assert_eq!(policy.act_masked(&vec![0; length], 1, &mut scratch), Err(refusal));
	}
}

/// A scratch keeps what other policies left in it; none of that may be seen.
#[test]
fn scratch_should_serve_any_policy_when_others_used_it_before() {
	let mut scratch = Scratch::new();
	let shapes: [&[u16]; 5] = [&[784, 33, 10], &[4, 256, 256, 4], &[1, 1], &[5, 3, 7, 9, 2], &[1024, 100, 3]];
	for round in 0..3u64 {
		for (number, widths) in shapes.iter().enumerate() {
			let unchecked = numbered(widths, 5_000, 12, round * 8 + number as u64);
			let seen: Vec<i16> = (0..widths[0]).map(|i| (i as i16).wrapping_mul(7919)).collect();
			agree(&unchecked, &seen, &mut scratch);
		}
	}
}
