use crate::mock::*;
use praxis_primitives_consensus::{Beacon, BeaconError, BEACON_BLOCKS};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Something that happens to beacons.
#[derive(Clone, Copy, Debug)]
enum Operation {
	/// Request the beacon that is so many blocks ahead, or behind.
	Request(i64),
	/// Release a beacon, by its place among those that are kept.
	Release(usize),
	/// Make so many blocks.
	Author(u32),
}

fn operation() -> impl Strategy<Value = Operation> {
	prop_oneof![
		(-3i64..12).prop_map(Operation::Request),
		(0usize..5).prop_map(Operation::Release),
		(1u32..6).prop_map(Operation::Author),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(48))]

	/// Whatever is requested and released in whatever order: a beacon is there exactly while somebody
	/// wants it, has a value exactly from its last block on, and never changes it.
	#[test]
	fn beacons_should_be_kept_exactly_while_they_are_wanted(operations in prop::collection::vec(operation(), 1..40)) {
		ExtBuilder::default().build_and_execute(|| {
			let mut wanted: BTreeMap<u64, u32> = BTreeMap::new();
			let mut values: BTreeMap<u64, [u8; 32]> = BTreeMap::new();
			for operation in operations {
				let now = System::block_number();
				match operation {
					Operation::Request(ahead) => {
						let Some(after) = now.checked_add_signed(ahead) else { continue };
						let expected = if after < now {
							Err(BeaconError::InThePast)
						} else if !wanted.contains_key(&after) && wanted.len() == MAX_BEACONS as usize {
							Err(BeaconError::TooMany)
						} else {
							*wanted.entry(after).or_default() += 1;
							Ok(())
						};
						assert_eq!(Randomness::request(after), expected);
					},
					Operation::Release(place) => {
						let after = wanted.keys().nth(place).copied();
						let Some(after) = after else {
							assert_eq!(Randomness::release(10_000), Err(BeaconError::Unknown));
							continue
						};
						assert_eq!(Randomness::release(after), Ok(()));
						let requests = wanted.get_mut(&after).unwrap();
						*requests -= 1;
						if *requests == 0 {
							wanted.remove(&after);
							values.remove(&after);
						}
					},
					Operation::Author(blocks) => author_many(blocks),
				}
				let now = System::block_number();
				for after in 0..now + 15 {
					match Randomness::get(after) {
						Ok(value) => {
							assert!(wanted.contains_key(&after) && now >= after + u64::from(BEACON_BLOCKS));
							assert_eq!(*values.entry(after).or_insert(value), value);
						},
						Err(BeaconError::NotReady) => {
							assert!(wanted.contains_key(&after) && now < after + u64::from(BEACON_BLOCKS));
						},
						Err(error) => {
							assert_eq!(error, BeaconError::Unknown);
							assert!(!wanted.contains_key(&after));
						},
					}
				}
				Randomness::do_try_state().expect("invariants hold");
			}
		});
	}
}
