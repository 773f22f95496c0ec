//! What the pallet has on hold. Deposits and trainers' bonds are in no ledger: a bond is no session's.

use crate::*;
use core::marker::PhantomData;
use frame_support::traits::{
	fungible::Inspect,
	tokens::{DepositConsequence, Provenance},
};

/// Where money is held and moved.
pub(crate) struct Holds<T>(PhantomData<T>);

impl<T: Config> Escrow for Holds<T> {
	const LOG_TARGET: &'static str = LOG_TARGET;
	type Runtime = T;
	type Currency = T::Currency;
	type Reason = HoldReason;
}

impl<T: Config> Holds<T> {
	/// Whether an account can be paid `amount`: not so little that it could not exist with that alone. Students and
	/// teachers of a session can, as each has something on hold.
	pub(crate) fn can_be_paid(who: &T::AccountId, amount: BalanceOf<T>) -> bool {
		T::Currency::can_deposit(who, amount, Provenance::Extant) == DepositConsequence::Success
	}
}
