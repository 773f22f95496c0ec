//! Results do not depend on how the work was portioned out.

use crate::mock::*;
use praxis_policy::Policy;
use praxis_primitives_market::Judgement;
use proptest::prelude::*;

/// Results of two jobs, with so many microseconds left in the blocks, over and over.
fn results(policies: &[Policy], episodes: u32, left: &[u64]) -> Vec<(u32, Vec<Judgement>)> {
	let mut told = Vec::new();
	execute(|| {
		sealed(ALICE, request(episodes, 4), policies);
		sealed(BOB, request(episodes, 4), &policies[..1]);
		let mut left = left.iter().cycle();
		while Told::get().len() < 2 {
			let microseconds = *left.next().expect("it is a cycle");
			next_block(frame_support::weights::Weight::from_parts(microseconds * 1_000_000, u64::MAX));
		}
		told = Told::get();
	});
	told.sort_by_key(|(job, _)| *job);
	told
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(40))]

	#[test]
	fn result_should_be_the_same_however_the_work_is_split(
		weights in proptest::collection::hash_set(any::<[i8; 4]>(), 1..=4),
		episodes in 1u32..8,
		// The last makes sure that it comes to an end.
		left in proptest::collection::vec(0u64..6_000, 0..12).prop_map(|mut left| { left.push(3_000); left }),
	) {
		let policies: Vec<Policy> =
			weights.into_iter().map(|weights| linear(weights.map(|weight| weight.max(-127)))).collect();
		let mut hashes: Vec<[u8; 32]> = policies.iter().map(Policy::hash).collect();
		hashes.sort_unstable();
		hashes.dedup();
		prop_assume!(hashes.len() == policies.len());
		let whole = results(&policies, episodes, &[1_000_000]);
		prop_assert_eq!(whole, results(&policies, episodes, &left));
	}
}
