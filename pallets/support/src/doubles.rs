//! What tests put in the place of other pallets. It keeps what it knows in storage, so that it is rolled back with
//! everything else.
// What the macros make has no documentation.
#![allow(missing_docs)]

use codec::Encode;
use core::marker::PhantomData;
use frame_support::{parameter_types, storage_alias, Blake2_256, StorageHasher, Twox64Concat};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_consensus::{vrf::Randomness, Beacon, BeaconError, BEACON_BLOCKS};
use sp_runtime::traits::UniqueSaturatedInto;

parameter_types! {
	/// Most beacons at a time.
	pub static MaxBeacons: u32 = 100;
}

/// Beacons whose value is a hash of their height.
pub struct Beacons<T>(PhantomData<T>);

/// By height: how often its beacon was requested and not given back.
#[storage_alias(verbatim)]
pub type Requests = StorageMap<Beacons, Twox64Concat, u64, u32>;

/// Value of the beacon of this height.
pub fn beacon(after: u64) -> Randomness {
	Blake2_256::hash(&("beacon", after).encode())
}

impl<T: frame_system::Config> Beacon for Beacons<T> {
	type BlockNumber = BlockNumberFor<T>;

	fn request(after: BlockNumberFor<T>) -> Result<(), BeaconError> {
		if after < frame_system::Pallet::<T>::block_number() {
			return Err(BeaconError::InThePast);
		}
		let after: u64 = after.unique_saturated_into();
		if !Requests::contains_key(after) && Requests::iter().count() as u32 >= MaxBeacons::get() {
			return Err(BeaconError::TooMany);
		}
		Requests::insert(after, Requests::get(after).unwrap_or(0) + 1);
		Ok(())
	}

	fn get(after: BlockNumberFor<T>) -> Result<Randomness, BeaconError> {
		let height: u64 = after.unique_saturated_into();
		if !Requests::contains_key(height) {
			return Err(BeaconError::Unknown);
		}
		if frame_system::Pallet::<T>::block_number() < after + BEACON_BLOCKS.into() {
			return Err(BeaconError::NotReady);
		}
		Ok(beacon(height))
	}

	fn release(after: BlockNumberFor<T>) -> Result<(), BeaconError> {
		let after: u64 = after.unique_saturated_into();
		match Requests::get(after).ok_or(BeaconError::Unknown)? {
			0 | 1 => Requests::remove(after),
			count => Requests::insert(after, count - 1),
		}
		Ok(())
	}
}
