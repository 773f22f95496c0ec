//! What the pallet has on hold. Of a task's ledger: what its requester put there, and its workers' bonds.

use crate::*;
use core::marker::PhantomData;

/// Where money is held and moved.
pub(crate) struct Holds<T>(PhantomData<T>);

impl<T: Config> Escrow for Holds<T> {
	const LOG_TARGET: &'static str = LOG_TARGET;
	type Runtime = T;
	type Currency = T::Currency;
	type Reason = HoldReason;
}
