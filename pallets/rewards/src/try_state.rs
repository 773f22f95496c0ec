//! What must hold after every block.

use crate::*;
use frame_support::{ensure, traits::fungible::Inspect};
use praxis_environment::Real;
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	/// Checks the invariants:
	///
	/// 1. The total issuance does not pass the supply cap.
	/// 2. The award of the next block is at most the base award.
	pub fn do_try_state() -> Result<(), DispatchError> {
		ensure!(T::Currency::total_issuance() <= SupplyCap::<T>::get(), "1: total issuance passes the supply cap");
		ensure!(Self::award_of(Real::ONE) <= BaseAward::<T>::get(), "2: award is greater than the base award");
		Ok(())
	}
}
