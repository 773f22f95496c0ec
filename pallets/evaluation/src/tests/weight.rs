//! No block is overfull, and nobody's policy weighs more than its payer pays.

use crate::{mock::*, *};
use frame_support::{traits::Hooks, weights::Weight};
use praxis_environment::TaskEnvironment;
use praxis_policy::{Limits, Policy, UncheckedLayer, UncheckedPolicy, MAX_PARAMETERS, MAX_WIDTH, MAX_WORK};
use praxis_primitives_consensus::BEACON_BLOCKS;
use praxis_primitives_market::{Evaluation, EvaluationError, Request};

/// One that balances, in the largest network that is allowed.
fn large() -> Policy {
	let width = MAX_WIDTH as u16;
	let layer = |inputs: u16, outputs: u16, shift: u8| UncheckedLayer {
		inputs,
		outputs,
		shift,
		biases: vec![0; outputs.into()],
		weights: vec![0; usize::from(inputs) * usize::from(outputs)],
	};
	// Two neurons carry the positive and the negative part of the sum through; the others are zero and cost as much.
	let mut first = layer(4, width, 4);
	first.weights[..4].copy_from_slice(&[1, 4, 60, 40]);
	first.weights[4..8].copy_from_slice(&[-1, -4, -60, -40]);
	let mut middle = layer(width, width, 0);
	middle.weights[0] = 1;
	middle.weights[usize::from(width) + 1] = 1;
	let mut last = layer(width, 2, 0);
	last.weights[1] = 1;
	last.weights[usize::from(width)] = 1;
	let unchecked = UncheckedPolicy {
		version: praxis_policy::FORMAT_VERSION,
		input_limit: 32_767,
		layers: vec![first, middle, last],
	};
	Policy::try_from(unchecked).expect("the policy is valid")
}

#[test]
fn block_should_not_be_overfull_when_any_weight_is_left() {
	execute(|| {
		sealed(ALICE, request(3, 2), &[large(), good()]);
		sealed(BOB, request(3, 2), &[good(), bad()]);
		for left in 0..400u64 {
			// `next_block` compares what was taken with what was left.
			next_block(Weight::from_parts(left * left * 40_000, u64::MAX));
		}
		assert!(!Told::get().is_empty(), "nothing was judged");
	});
}

#[test]
fn block_should_keep_to_its_share_when_everything_is_left() {
	execute(|| {
		sealed(ALICE, request(100, 1), &[large()]);
		let most = Judges::most_of_a_block();
		let mut greatest = Weight::zero();
		for _ in 0..BEACON_BLOCKS + 5 {
			greatest = greatest.max(next_block(Weight::MAX));
		}
		assert!(greatest.all_lte(most) && greatest.ref_time() > most.ref_time() / 2, "{greatest} of {most}");
	});
}

#[test]
fn policy_should_weigh_no_more_than_was_asked_for_when_it_is_the_largest_and_plays_longest() {
	execute(|| {
		let policy = large();
		let limits = Limits { max_parameters: policy.parameters(), max_work: policy.work() };
		let request = Request { limits, ..request(10, 1) };
		let job = sealed(ALICE, request, &[policy]);
		let paid = Judges::weight_of(&request).unwrap();
		let mut taken = Weight::zero();
		let mut blocks = 0;
		while Told::get().is_empty() {
			// As little as a block can do anything with.
			let idle = <() as WeightInfo>::on_idle();
			let used = next_block(Judges::least_useful().saturating_add(idle));
			if used.any_gt(idle) {
				taken = taken.saturating_add(used).saturating_sub(idle);
				blocks += 1;
			}
		}
		assert_eq!(Told::get()[0].0, job);
		assert!(Told::get()[0].1[0].steps > 4_000, "it did not play long: {:?}", Told::get());
		// Time is what is paid for: a chain of its own proves its storage to nobody.
		assert!(taken.ref_time() <= paid.ref_time(), "it took {taken} in {blocks} blocks and {paid} was paid");
		assert!(paid.ref_time() < taken.ref_time() * 2, "{paid} was paid for {taken}");
	});
}

#[test]
fn request_should_be_refused_when_it_is_too_expensive() {
	execute(|| {
		let limits = Limits { max_parameters: MAX_PARAMETERS, max_work: MAX_WORK };
		let dear = Request { environment: TaskEnvironment::Acrobot, limits, ..request(100, 1) };
		let weight = Judges::weight_of(&dear).unwrap();
		MaxPolicyWeight::set(weight.saturating_sub(Weight::from_parts(1, 0)));
		assert_eq!(Judges::weight_of(&dear), Err(EvaluationError::TooExpensive));
		assert_eq!(Judges::open(&ALICE, dear), Err(EvaluationError::TooExpensive));
		MaxPolicyWeight::set(weight);
		assert_eq!(Judges::open(&ALICE, dear), Ok(0));
	});
}

#[test]
fn nothing_should_be_done_when_no_weight_is_left() {
	execute(|| {
		sealed(ALICE, request(1, 1), &[good()]);
		for _ in 0..2 * BEACON_BLOCKS {
			assert_eq!(next_block(Weight::zero()), Weight::zero());
		}
		assert!(Told::get().is_empty());
		blocks_until_told(1, weight(10));
	});
}

#[test]
fn constants_should_fit_together() {
	execute(<Judges as Hooks<u64>>::integrity_test);
}
