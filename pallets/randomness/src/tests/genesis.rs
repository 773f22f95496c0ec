use crate::{mock::*, Accumulated};
use frame_support::traits::{Get, Hooks};
use praxis_primitives_consensus::RANDOMNESS_DELAY;

#[test]
fn genesis_should_set_slot_and_randomness_of_the_first_blocks() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Randomness::slot_duration(), SLOT_DURATION);
		assert_eq!(crate::MinimumPeriod::<Test>::get(), SLOT_DURATION / 2);
		assert_eq!(Randomness::child_randomness(), GENESIS);
		assert_eq!(Randomness::last_slot(), None);
		assert!((0..RANDOMNESS_DELAY).all(|index| Accumulated::<Test>::get(index) == GENESIS));
	});
}

#[test]
#[should_panic(expected = "half a slot must be a whole number of milliseconds")]
fn genesis_should_panic_when_half_a_slot_is_no_whole_number() {
	let _ = ExtBuilder::default().with_slot_duration(2_999).build();
}

#[test]
fn constants_should_pass_the_integrity_test() {
	ExtBuilder::default().build_and_execute(Randomness::integrity_test);
}
