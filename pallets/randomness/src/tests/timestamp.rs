use crate::mock::*;
use frame_support::{assert_ok, traits::Hooks};

#[test]
fn timestamp_should_be_taken_when_it_is_the_start_of_the_slot() {
	ExtBuilder::default().build_and_execute(|| {
		author(1, 100);
		assert_ok!(Timestamp::set(RuntimeOrigin::none(), 100 * SLOT_DURATION));
	});
}

#[test]
#[should_panic(expected = "is not the start")]
fn block_should_be_refused_when_the_timestamp_is_later_in_the_slot() {
	ExtBuilder::default().build_and_execute(|| {
		author(1, 100);
		let _ = Timestamp::set(RuntimeOrigin::none(), 100 * SLOT_DURATION + 1);
	});
}

#[test]
#[should_panic(expected = "is not the start")]
fn block_should_be_refused_when_the_timestamp_is_after_the_slot() {
	ExtBuilder::default().build_and_execute(|| {
		author(1, 100);
		let _ = Timestamp::set(RuntimeOrigin::none(), 101 * SLOT_DURATION);
	});
}

#[test]
#[should_panic(expected = "is not the start")]
fn block_should_be_refused_when_the_timestamp_is_before_the_slot() {
	ExtBuilder::default().build_and_execute(|| {
		author(1, 100);
		let _ = Timestamp::set(RuntimeOrigin::none(), 100 * SLOT_DURATION - 1);
	});
}

#[test]
fn timestamps_of_neighbouring_slots_should_fit_the_minimum_period() {
	ExtBuilder::default().build_and_execute(|| {
		for slot in 100..110 {
			author(1, slot);
			assert_ok!(Timestamp::set(RuntimeOrigin::none(), slot * SLOT_DURATION));
			Timestamp::on_finalize(System::block_number());
		}
	});
}
