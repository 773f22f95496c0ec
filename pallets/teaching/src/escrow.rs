//! Where money is held and moved: each function writes down in the session's ledger what it did.

use crate::*;
use frame_support::{
	defensive,
	dispatch::DispatchResult,
	traits::{
		fungible::{Inspect, MutateHold},
		tokens::{DepositConsequence, Fortitude, Precision, Provenance, Restriction},
	},
};
use praxis_primitives_market::Ledger;
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchError,
};

type LedgerOf<T> = Ledger<BalanceOf<T>>;

impl<T: Config> Pallet<T> {
	/// Puts `amount` of `who` on hold.
	pub(crate) fn hold(
		ledger: &mut LedgerOf<T>,
		reason: HoldReason,
		who: &T::AccountId,
		amount: BalanceOf<T>,
	) -> DispatchResult {
		T::Currency::hold(&reason.into(), who, amount)?;
		ledger.escrowed.saturating_accrue(amount);
		Ok(())
	}

	/// Gives `amount` back to `who`.
	pub(crate) fn give_back(ledger: &mut LedgerOf<T>, reason: HoldReason, who: &T::AccountId, amount: BalanceOf<T>) {
		// Best effort, here and below: should less be on hold than was put there, its owner still gets the rest.
		Self::expect(amount, || T::Currency::release(&reason.into(), who, amount, Precision::BestEffort));
		ledger.returned.saturating_accrue(amount);
	}

	/// Burns `amount` of what `who` has on hold.
	pub(crate) fn burn(ledger: &mut LedgerOf<T>, reason: HoldReason, who: &T::AccountId, amount: BalanceOf<T>) {
		Self::burn_held(reason, who, amount);
		ledger.burnt.saturating_accrue(amount);
	}

	/// Burns `amount` of a student's deposit, which is in no ledger.
	pub(crate) fn burn_deposit(who: &T::AccountId, amount: BalanceOf<T>) {
		Self::burn_held(HoldReason::SessionDeposit, who, amount);
	}

	/// Burns `amount` of a trainer's bond, which is in no ledger: it is no session's.
	pub(crate) fn burn_bond(who: &T::AccountId, amount: BalanceOf<T>) {
		Self::burn_held(HoldReason::TrainerBond, who, amount);
	}

	/// Gives a bond back.
	pub(crate) fn return_bond(who: &T::AccountId, amount: BalanceOf<T>) {
		Self::expect(amount, || {
			T::Currency::release(&HoldReason::TrainerBond.into(), who, amount, Precision::BestEffort)
		});
	}

	/// Whether an account can be paid `amount`: not so little that it could not exist with that alone.
	pub(crate) fn can_be_paid(who: &T::AccountId, amount: BalanceOf<T>) -> bool {
		T::Currency::can_deposit(who, amount, Provenance::Extant) == DepositConsequence::Success
	}

	/// Pays `amount` of what `from` has on hold to `to`: of the reward to a teacher or a trainer, or of a fee to the student.
	/// Those of students and teachers exist, as each has something on hold; for trainers see `can_be_paid`.
	pub(crate) fn pay(
		ledger: &mut LedgerOf<T>,
		reason: HoldReason,
		from: &T::AccountId,
		to: &T::AccountId,
		amount: BalanceOf<T>,
	) {
		Self::expect(amount, || {
			T::Currency::transfer_on_hold(
				&reason.into(),
				from,
				to,
				amount,
				Precision::BestEffort,
				Restriction::Free,
				Fortitude::Force,
			)
		});
		ledger.paid.saturating_accrue(amount);
	}

	fn burn_held(reason: HoldReason, who: &T::AccountId, amount: BalanceOf<T>) {
		Self::expect(amount, || {
			T::Currency::burn_held(&reason.into(), who, amount, Precision::BestEffort, Fortitude::Force)
		});
	}

	/// What is on hold is there: each hold is changed by this pallet alone, and by this file alone.
	fn expect(amount: BalanceOf<T>, move_it: impl FnOnce() -> Result<BalanceOf<T>, DispatchError>) {
		if amount.is_zero() {
			return;
		}
		match move_it() {
			Ok(moved) if moved == amount => {}
			other => {
				log::error!(target: LOG_TARGET, "of {amount:?} on hold only this was moved: {other:?}");
				defensive!("less is on hold than was put there");
			}
		}
	}
}
