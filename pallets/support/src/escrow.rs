//! Where money is held and moved.

use frame_support::{
	defensive,
	dispatch::DispatchResult,
	traits::{
		fungible::{Inspect, MutateHold},
		tokens::{Fortitude::Force, Precision::BestEffort, Restriction::Free},
	},
};
use praxis_primitives_market::Ledger;
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchError,
};

/// Account of the escrow's runtime.
pub type AccountOf<E> = <<E as Escrow>::Runtime as frame_system::Config>::AccountId;

/// Amount of the escrow's token.
pub type BalanceOf<E> = <<E as Escrow>::Currency as Inspect<AccountOf<E>>>::Balance;

type LedgerOf<E> = Ledger<BalanceOf<E>>;

/// What a pallet has on hold. Functions that are given a ledger write down in it what they did.
///
/// All but [`hold`](Self::hold) and [`try_release`](Self::try_release) expect that what is on hold is there, as each
/// reason is one pallet's, and moved by these functions alone. Should less be there than was put there, they move that.
pub trait Escrow {
	/// Target of the log lines.
	const LOG_TARGET: &'static str;

	/// The runtime.
	type Runtime: frame_system::Config;

	/// The token.
	type Currency: MutateHold<AccountOf<Self>, Reason: From<Self::Reason>>;

	/// Why the pallet holds money.
	type Reason;

	/// Puts `amount` of `who` on hold.
	fn hold(
		ledger: &mut LedgerOf<Self>,
		reason: Self::Reason,
		who: &AccountOf<Self>,
		amount: BalanceOf<Self>,
	) -> DispatchResult {
		Self::Currency::hold(&reason.into(), who, amount)?;
		ledger.escrowed.saturating_accrue(amount);
		Ok(())
	}

	/// Gives `amount` back to `who`.
	fn give_back(ledger: &mut LedgerOf<Self>, reason: Self::Reason, who: &AccountOf<Self>, amount: BalanceOf<Self>) {
		Self::release(reason, who, amount);
		ledger.returned.saturating_accrue(amount);
	}

	/// Burns `amount` of what `who` has on hold.
	fn burn(ledger: &mut LedgerOf<Self>, reason: Self::Reason, who: &AccountOf<Self>, amount: BalanceOf<Self>) {
		Self::burn_held(reason, who, amount);
		ledger.burnt.saturating_accrue(amount);
	}

	/// Pays `amount` of what `from` has on hold to `to`.
	fn pay(
		ledger: &mut LedgerOf<Self>,
		reason: Self::Reason,
		from: &AccountOf<Self>,
		to: &AccountOf<Self>,
		amount: BalanceOf<Self>,
	) {
		Self::transfer(reason, from, to, amount);
		ledger.paid.saturating_accrue(amount);
	}

	/// Repays `amount` of what `from` has on hold to `to`, whose cost it was.
	fn repay(
		ledger: &mut LedgerOf<Self>,
		reason: Self::Reason,
		from: &AccountOf<Self>,
		to: &AccountOf<Self>,
		amount: BalanceOf<Self>,
	) {
		Self::transfer(reason, from, to, amount);
		ledger.returned.saturating_accrue(amount);
	}

	/// Gives `amount` that is in no ledger back to `who`; gives what was there of it.
	fn try_release(
		reason: Self::Reason,
		who: &AccountOf<Self>,
		amount: BalanceOf<Self>,
	) -> Result<BalanceOf<Self>, DispatchError> {
		Self::Currency::release(&reason.into(), who, amount, BestEffort)
	}

	/// The same of what is expected to be there.
	fn release(reason: Self::Reason, who: &AccountOf<Self>, amount: BalanceOf<Self>) {
		Self::expect(amount, || Self::try_release(reason, who, amount));
	}

	/// Burns `amount` of what `who` has on hold and is in no ledger.
	fn burn_held(reason: Self::Reason, who: &AccountOf<Self>, amount: BalanceOf<Self>) {
		Self::expect(amount, || Self::Currency::burn_held(&reason.into(), who, amount, BestEffort, Force));
	}

	/// Moves `amount` of what `from` has on hold to `to`, which must be able to have it: an account that has something on
	/// hold is.
	fn transfer(reason: Self::Reason, from: &AccountOf<Self>, to: &AccountOf<Self>, amount: BalanceOf<Self>) {
		Self::expect(amount, || {
			Self::Currency::transfer_on_hold(&reason.into(), from, to, amount, BestEffort, Free, Force)
		});
	}

	/// Moves `amount`, which is there.
	fn expect(amount: BalanceOf<Self>, move_it: impl FnOnce() -> Result<BalanceOf<Self>, DispatchError>) {
		if amount.is_zero() {
			return;
		}
		match move_it() {
			Ok(moved) if moved == amount => {}
			other => {
				log::error!(target: Self::LOG_TARGET, "of {amount:?} on hold only this was moved: {other:?}");
				defensive!("less is on hold than was put there");
			}
		}
	}
}
