//! The beacons that draw lots for unknown applicants: as on the chain there when their blocks are over, but made from the
//! run's seed.

use crate::{runtime::Simulation, BlockNumber};
use codec::Encode;
use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use praxis_primitives_consensus::{vrf::Randomness, Beacon, BeaconError, BEACON_BLOCKS};

/// Beacons of a run.
pub struct Lots;

#[storage_alias(verbatim)]
type Seed = StorageValue<Lots, u64, ValueQuery>;

impl Lots {
	/// Makes the beacons those of a run with this seed.
	pub fn seed(seed: u64) {
		Seed::put(seed);
	}
}

impl Beacon for Lots {
	type BlockNumber = BlockNumber;

	fn request(_: BlockNumber) -> Result<(), BeaconError> {
		Ok(())
	}

	fn get(after: BlockNumber) -> Result<Randomness, BeaconError> {
		if frame_system::Pallet::<Simulation>::block_number() < after + BEACON_BLOCKS {
			return Err(BeaconError::NotReady);
		}
		Ok(sp_crypto_hashing::blake2_256(&("lots", Seed::get(), after).encode()))
	}

	fn release(_: BlockNumber) -> Result<(), BeaconError> {
		Ok(())
	}
}
