//! What must hold after every block.

use crate::*;
use frame_support::{ensure, traits::Get};
use praxis_primitives_consensus::{BEACON_BLOCKS, RANDOMNESS_DELAY};
use sp_runtime::{traits::Saturating, DispatchError};

impl<T: Config> Pallet<T> {
	/// Checks the invariants:
	///
	/// 1. The accumulated randomness of exactly the last `RANDOMNESS_DELAY` blocks is kept.
	/// 2. A slot has a whole half.
	/// 3. At most `MaxBeacons` beacons are kept, and their counter is right.
	/// 4. Every beacon that is kept is wanted by somebody.
	/// 5. A beacon has its value exactly from its last block on.
	/// 6. The last claim is not that of a block still to come.
	pub fn do_try_state() -> Result<(), DispatchError> {
		ensure!(
			Accumulated::<T>::iter_keys().count() as u32 == RANDOMNESS_DELAY
				&& (0..RANDOMNESS_DELAY).all(Accumulated::<T>::contains_key),
			"1: ring of accumulated randomness has a gap"
		);
		ensure!(SlotDuration::<T>::get().is_multiple_of(2), "2: half a slot is not a whole number");

		let last = Self::last_entered();
		let mut beacons = 0u32;
		for (after, beacon) in Beacons::<T>::iter() {
			beacons.saturating_inc();
			ensure!(beacon.requests > 0, "4: beacon that nobody wants");
			let ready = last >= after.saturating_add(BEACON_BLOCKS.into());
			ensure!(beacon.randomness.is_some() == ready, "5: beacon is ready at the wrong time");
		}
		ensure!(beacons == Beacons::<T>::count(), "3: counter of beacons is wrong");
		ensure!(beacons <= T::MaxBeacons::get(), "3: too many beacons");
		ensure!(last <= frame_system::Pallet::<T>::block_number(), "6: claim of a block to come");
		Ok(())
	}
}
