use crate::{mock::*, Event, Minted};
use praxis_environment::Real;
use praxis_primitives_consensus::REWARD_STEPS;
use proptest::prelude::*;

proptest! {
	#![proptest_config(ProptestConfig::with_cases(256))]

	/// Whatever is earned: the total issuance never passes the cap, what is minted is the sum of the
	/// awards, each award is its formula as long as there is room, and the invariants hold.
	#[test]
	fn awards_should_add_up_and_never_pass_the_supply_cap(
		rewards in prop::collection::vec((0..=REWARD_STEPS, 1u64..30, 1u64..5), 1..80),
		base_award in 0u128..1 << 80,
		halving_interval in 0u64..50,
		room in 0u128..1 << 82,
	) {
		let cap = ISSUANCE + room;
		ExtBuilder::default()
			.with_base_award(base_award)
			.with_halving_interval(halving_interval)
			.with_supply_cap(cap)
			.build_and_execute(|| {
				let (mut number, mut sum) = (0, 0u128);
				for (steps, blocks, author) in rewards {
					number += blocks;
					System::reset_events();
					let minted = award(number, author, Real::from_ratio(steps.into(), REWARD_STEPS.into()));
					sum += minted;

					let halvings = number.checked_div(halving_interval).unwrap_or(0);
					let formula =
						base_award.checked_shr(halvings as u32).unwrap_or(0) * u128::from(steps) / u128::from(REWARD_STEPS);
					let cut = formula.min(cap - (ISSUANCE + sum - minted));
					let failed = System::events()
						.iter()
						.any(|record| matches!(record.event, RuntimeEvent::Rewards(Event::AwardFailed { .. })));
					assert_eq!(minted, if failed { 0 } else { cut });
					// Only an account that would not live on it is refused its award.
					assert!(!failed || cut < EXISTENTIAL_DEPOSIT);
					assert_eq!(Minted::<Test>::get(), sum);
					assert_eq!(Balances::total_issuance(), ISSUANCE + sum);
					assert!(Balances::total_issuance() <= cap);
					Rewards::do_try_state().expect("invariants hold");
				}
			});
	}

	/// More reward is never worth less, and no reward is worth more than the base award.
	#[test]
	fn award_should_rise_with_the_reward(base_award: u128, low: i64, high: i64, number: u64) {
		ExtBuilder::default().with_base_award(base_award).build_and_execute(|| {
			let (low, high) = (low.min(high), low.max(high));
			let award = |bits| Rewards::award_at(number, Real::from_bits(bits));
			assert!(award(low) <= award(high));
			assert!(award(high) <= base_award);
		});
	}
}
