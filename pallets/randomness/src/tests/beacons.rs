use crate::{claims::accumulate, mock::*, Beacons, Event};
use codec::Encode;
use frame_support::{assert_err, assert_ok};
use praxis_primitives_consensus::{vrf::Draws, Beacon, BeaconError, BEACON_BLOCKS};

#[test]
fn beacon_should_be_ready_after_its_last_block_and_not_earlier() {
	ExtBuilder::default().build_and_execute(|| {
		author_many(3);
		assert_ok!(Randomness::request(5));
		while System::block_number() < 5 + u64::from(BEACON_BLOCKS) {
			assert_err!(Randomness::get(5), BeaconError::NotReady);
			author_many(1);
		}
		let beacon = Randomness::get(5).unwrap();
		System::assert_has_event(Event::BeaconReady { after: 5, randomness: beacon }.into());
		author_many(50);
		assert_eq!(Randomness::get(5), Ok(beacon));
	});
}

#[test]
fn beacon_should_mix_the_outputs_of_the_blocks_after_its_height() {
	ExtBuilder::default().build_and_execute(|| {
		author_many(2);
		assert_ok!(Randomness::request(2));
		let mut accumulated = crate::Accumulated::<Test>::get(2);
		for height in 0..u64::from(BEACON_BLOCKS) {
			let randomness = Randomness::child_randomness();
			let claim = claim(2, 200 + height);
			let draws = Draws::new(&claim.author, &randomness, claim.slot, &claim.vrf.pre_output).unwrap();
			accumulated = accumulate(&accumulated, &draws.randomness);
			author(2, 200 + height);
		}
		let expected = sp_io::hashing::blake2_256(&(b"praxis/beacon", 2u64, accumulated).encode());
		assert_eq!(Randomness::get(2), Ok(expected));
	});
}

#[test]
fn beacon_should_change_with_each_of_its_outputs() {
	let beacon = |other: u32| {
		let mut result = None;
		ExtBuilder::default().build_and_execute(|| {
			assert_ok!(Randomness::request(0));
			for height in 0..BEACON_BLOCKS {
				author(if height == other { 2 } else { 1 }, 100 + u64::from(height));
			}
			result = Some(Randomness::get(0).unwrap());
		});
		result.unwrap()
	};
	let plain = beacon(BEACON_BLOCKS);
	for height in 0..BEACON_BLOCKS {
		assert_ne!(beacon(height), plain, "output {height} is not mixed in");
	}
}

#[test]
fn request_should_fail_when_the_height_has_passed() {
	ExtBuilder::default().build_and_execute(|| {
		author_many(10);
		assert_err!(Randomness::request(9), BeaconError::InThePast);
		assert_err!(Randomness::request(0), BeaconError::InThePast);
		assert_ok!(Randomness::request(10));
	});
}

#[test]
fn request_should_fail_when_too_many_beacons_are_kept() {
	ExtBuilder::default().build_and_execute(|| {
		for after in 0..u64::from(MAX_BEACONS) {
			assert_ok!(Randomness::request(after));
		}
		assert_err!(Randomness::request(99), BeaconError::TooMany);
		// One that is kept already may be asked for again.
		assert_ok!(Randomness::request(0));
		assert_ok!(Randomness::release(1));
		assert_ok!(Randomness::request(99));
	});
}

#[test]
fn request_should_fail_when_a_beacon_cannot_be_wanted_once_more() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Randomness::request(3));
		Beacons::<Test>::mutate(3, |beacon| beacon.as_mut().unwrap().requests = u32::MAX);
		assert_err!(Randomness::request(3), BeaconError::TooMany);
	});
}

#[test]
fn beacon_should_be_kept_until_everybody_has_released_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Randomness::request(0));
		assert_ok!(Randomness::request(0));
		author_many(BEACON_BLOCKS);
		let beacon = Randomness::get(0).unwrap();
		assert_ok!(Randomness::release(0));
		assert_eq!(Randomness::get(0), Ok(beacon));
		assert_ok!(Randomness::release(0));
		assert_err!(Randomness::get(0), BeaconError::Unknown);
		assert_err!(Randomness::release(0), BeaconError::Unknown);
	});
}

#[test]
fn beacon_should_be_unknown_when_nobody_asked_for_it() {
	ExtBuilder::default().build_and_execute(|| {
		author_many(2 * BEACON_BLOCKS);
		for after in 0..20 {
			assert_err!(Randomness::get(after), BeaconError::Unknown);
		}
	});
}

#[test]
fn beacon_should_be_forgotten_when_it_is_released_before_it_is_ready() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Randomness::request(2));
		author_many(4);
		assert_ok!(Randomness::release(2));
		author_many(BEACON_BLOCKS);
		assert_err!(Randomness::get(2), BeaconError::Unknown);
	});
}
