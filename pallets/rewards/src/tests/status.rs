use crate::mock::*;
use praxis_environment::Real;
use praxis_primitives_consensus::RewardStatus;

#[test]
fn status_should_tell_what_the_next_block_is_awarded() {
	ExtBuilder::default().build_and_execute(|| {
		award(98, ALICE, Real::from_ratio(1, 2));
		assert_eq!(
			Rewards::status(),
			RewardStatus { base_award: 6_400, minted: 3_200, supply_cap: 1_000_000, next_halving: 100 }
		);
		assert_eq!(Rewards::award_of(Real::ONE), 6_400);
		System::set_block_number(99);
		assert_eq!(
			Rewards::status(),
			RewardStatus { base_award: 3_200, minted: 3_200, supply_cap: 1_000_000, next_halving: 200 }
		);
		assert_eq!(Rewards::award_of(Real::ONE), 3_200);
		assert_eq!(award(100, ALICE, Real::ONE), 3_200);
	});
}
