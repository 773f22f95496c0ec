//! `ForkScore` is a total order.

use praxis_environment::Real;
use praxis_primitives_consensus::ForkScore;
use proptest::prelude::*;

fn score() -> impl Strategy<Value = ForkScore> {
	// Small ranges, so that ties in every field occur.
	(0u64..3, -2i64..3, 0u8..3, 0u8..3).prop_map(|(number, reward, vrf, hash)| ForkScore {
		number,
		reward: Real::from_bits(reward),
		vrf: [vrf; 32],
		hash: vec![hash; 32],
	})
}

proptest! {
	#[test]
	fn fork_score_should_be_a_total_order(a in score(), b in score(), c in score()) {
		prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
		prop_assert_eq!(a.cmp(&b).is_eq(), a == b);
		if a <= b && b <= c {
			prop_assert!(a <= c);
		}
	}

	#[test]
	fn a_longer_chain_should_win_whatever_it_earned(mut a in score(), b in score(), ahead in 1u64..5) {
		a.number = b.number + ahead;
		prop_assert!(a > b);
	}

	#[test]
	fn more_reward_should_win_at_equal_length(mut a in score(), b in score(), more in 1i64..5) {
		a.number = b.number;
		a.reward = Real::from_bits(b.reward.to_bits() + more);
		prop_assert!(a > b);
	}
}
