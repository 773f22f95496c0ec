//! Beacons: randomness that nobody knew at the height it is asked for.

use crate::*;
use codec::Encode;
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_consensus::{vrf::Randomness, Beacon, BeaconError, BEACON_BLOCKS};
use sp_runtime::traits::CheckedSub;

impl<T: Config> Pallet<T> {
	/// Gives the beacon whose last block is `number` its value, if somebody wants it.
	pub(crate) fn complete_beacon(number: BlockNumberFor<T>, accumulated: &Randomness) -> bool {
		let Some(after) = number.checked_sub(&BEACON_BLOCKS.into()) else { return false };
		let Some(mut beacon) = Beacons::<T>::get(after) else { return false };
		let randomness = beacon_value::<T>(after, accumulated);
		beacon.randomness = Some(randomness);
		Beacons::<T>::insert(after, beacon);
		Self::deposit_event(Event::BeaconReady { after, randomness });
		true
	}
}

/// The beacon of height `after`, from the accumulated randomness of its last block.
pub(crate) fn beacon_value<T: Config>(after: BlockNumberFor<T>, accumulated: &Randomness) -> Randomness {
	sp_io::hashing::blake2_256(&(b"praxis/beacon", after, accumulated).encode())
}

impl<T: Config> Beacon for Pallet<T> {
	type BlockNumber = BlockNumberFor<T>;

	fn request(after: BlockNumberFor<T>) -> Result<(), BeaconError> {
		// The output of the present block is known inside it, those of later ones are not.
		if after < frame_system::Pallet::<T>::block_number() {
			return Err(BeaconError::InThePast);
		}
		let beacon = match Beacons::<T>::get(after) {
			Some(beacon) => {
				BeaconState { requests: beacon.requests.checked_add(1).ok_or(BeaconError::TooMany)?, ..beacon }
			}
			None if Beacons::<T>::count() >= T::MaxBeacons::get() => return Err(BeaconError::TooMany),
			None => BeaconState { requests: 1, randomness: None },
		};
		Beacons::<T>::insert(after, beacon);
		Ok(())
	}

	fn get(after: BlockNumberFor<T>) -> Result<Randomness, BeaconError> {
		Beacons::<T>::get(after).ok_or(BeaconError::Unknown)?.randomness.ok_or(BeaconError::NotReady)
	}

	fn release(after: BlockNumberFor<T>) -> Result<(), BeaconError> {
		let beacon = Beacons::<T>::get(after).ok_or(BeaconError::Unknown)?;
		match beacon.requests.saturating_sub(1) {
			0 => Beacons::<T>::remove(after),
			requests => Beacons::<T>::insert(after, BeaconState { requests, ..beacon }),
		}
		Ok(())
	}
}
