use crate::{mock::*, Event, Minted};
use frame_support::traits::Hooks;
use praxis_environment::Real;
use praxis_primitives_consensus::{OnScore, REWARD_STEPS};
use sp_runtime::TokenError;

fn part(numerator: u32) -> Real {
	Real::from_ratio(numerator.into(), REWARD_STEPS.into())
}

#[test]
fn award_should_be_the_base_award_times_the_reward() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(award(1, ALICE, Real::ONE), 6_400);
		assert_eq!(award(2, ALICE, part(32)), 3_200);
		assert_eq!(award(3, ALICE, part(1)), 100);
		assert_eq!(Minted::<Test>::get(), 9_700);
		System::assert_last_event(Event::Awarded { author: ALICE, amount: 100 }.into());
	});
}

#[test]
fn award_should_be_floored_when_it_is_no_whole_number() {
	ExtBuilder::default().with_base_award(1_000).build_and_execute(|| {
		// 1000 / 64 = 15.625
		assert_eq!(award(1, ALICE, part(1)), 15);
		assert_eq!(award(2, ALICE, part(63)), 984);
	});
}

#[test]
fn award_should_be_exact_when_the_base_award_is_huge() {
	let base = 1u128 << 126;
	ExtBuilder::default().with_base_award(base).with_supply_cap(u128::MAX).build_and_execute(|| {
		assert_eq!(award(1, ALICE, part(3)), (base / 64) * 3);
		assert_eq!(award(2, ALICE, Real::ONE), base);
	});
}

#[test]
fn nothing_should_be_minted_when_the_score_is_zero() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(award(1, ALICE, Real::ZERO), 0);
		assert_eq!(Minted::<Test>::get(), 0);
		assert!(System::events().is_empty());
	});
}

#[test]
fn reward_should_count_as_the_nearest_bound_when_it_is_outside_of_them() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(award(1, ALICE, Real::from_int(7)), 6_400);
		assert_eq!(award(2, ALICE, Real::from_int(-7)), 0);
	});
}

#[test]
fn award_should_halve_with_every_interval() {
	ExtBuilder::default().build_and_execute(|| {
		for (number, expected) in [
			(99, 6_400),
			(100, 3_200),
			(199, 3_200),
			(200, 1_600),
			(1_200, 1),
			(1_300, 0),
			(100 * 128, 0),
			(u64::MAX, 0),
		] {
			assert_eq!(award(number, ALICE, Real::ONE), expected, "block {number}");
		}
	});
}

#[test]
fn award_should_never_halve_when_the_interval_is_zero() {
	ExtBuilder::default().with_halving_interval(0).build_and_execute(|| {
		assert_eq!(award(u64::MAX, ALICE, Real::ONE), 6_400);
		assert_eq!(Rewards::status().next_halving, u32::MAX);
	});
}

#[test]
fn award_should_be_cut_when_it_would_pass_the_supply_cap() {
	ExtBuilder::default().with_supply_cap(ISSUANCE + 7_000).build_and_execute(|| {
		assert_eq!(award(1, ALICE, Real::ONE), 6_400);
		assert_eq!(award(2, ALICE, Real::ONE), 600);
		System::assert_last_event(Event::Awarded { author: ALICE, amount: 600 }.into());
		assert_eq!(award(3, ALICE, Real::ONE), 0);
		assert_eq!(Minted::<Test>::get(), 7_000);
		assert_eq!(Balances::total_issuance(), ISSUANCE + 7_000);
	});
}

#[test]
fn award_should_be_minted_again_when_something_was_burnt() {
	ExtBuilder::default().with_supply_cap(ISSUANCE).build_and_execute(|| {
		assert_eq!(award(1, ALICE, Real::ONE), 0);
		assert!(Balances::burn(RuntimeOrigin::signed(ALICE), 300, false).is_ok());
		assert_eq!(award(2, ALICE, Real::ONE), 300);
	});
}

#[test]
fn award_should_open_the_account_when_the_author_has_none() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(award(1, NOBODY, part(1)), 100);
	});
}

#[test]
fn award_should_fail_with_an_event_when_the_account_would_stay_below_the_existential_deposit() {
	ExtBuilder::default().with_base_award(64 * (EXISTENTIAL_DEPOSIT - 1)).build_and_execute(|| {
		let issuance = Balances::total_issuance();
		assert_eq!(award(1, NOBODY, part(1)), 0);
		System::assert_last_event(
			Event::AwardFailed {
				author: NOBODY,
				amount: EXISTENTIAL_DEPOSIT - 1,
				error: TokenError::BelowMinimum.into(),
			}
			.into(),
		);
		assert_eq!(Minted::<Test>::get(), 0);
		assert_eq!(Balances::total_issuance(), issuance);
	});
}

#[test]
fn weight_of_the_award_should_be_kept_free_when_the_block_begins() {
	use crate::WeightInfo;
	ExtBuilder::default().build_and_execute(|| {
		let weight = <() as WeightInfo>::on_score();
		assert_eq!(Rewards::on_initialize(2), weight);
		assert!(weight.ref_time() > 0);
	});
}

#[test]
#[should_panic(expected = "genesis issues more than the supply cap")]
fn genesis_should_panic_when_it_issues_more_than_the_supply_cap() {
	let _ = ExtBuilder::default().with_supply_cap(ISSUANCE - 1).build();
}

#[test]
fn genesis_should_build_when_it_issues_all_of_the_supply() {
	ExtBuilder::default().with_supply_cap(ISSUANCE).build_and_execute(|| {
		Rewards::on_score(&ALICE, score(Real::ONE));
		assert_eq!(Minted::<Test>::get(), 0);
		Rewards::integrity_test();
	});
}
