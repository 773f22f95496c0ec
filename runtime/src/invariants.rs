//! What must hold in every state of this runtime, natively: tests ask it of states that real nodes built.
//!
//! The feature `try-runtime` asks the pallets the same from inside a Wasm runtime of its own; this needs no second build.

use crate::{
	Balance, BlockNumber, Evaluation, Models, Oracle, Randomness, Rewards, Runtime, TaskMarket, Teaching, Workers,
};
use frame_support::ensure;
use pallet_balances::{Holds, TotalIssuance};
use sp_runtime::DispatchError;

/// Checks the state after block `number`: every invariant of the pallets, and of the balances
///
/// 1. The total issuance is the sum of what the accounts have.
/// 2. What an account has on hold is within what it has reserved.
/// 3. Nobody has more frozen than he has.
pub fn try_state(number: BlockNumber) -> Result<(), DispatchError> {
	Workers::do_try_state()?;
	Randomness::do_try_state()?;
	Oracle::do_try_state(number)?;
	Rewards::do_try_state()?;
	Models::do_try_state()?;
	TaskMarket::do_try_state()?;
	Teaching::do_try_state()?;
	Evaluation::do_try_state()?;

	let mut issued: Balance = 0;
	for (_, account) in frame_system::Account::<Runtime>::iter() {
		let total = account.data.free.saturating_add(account.data.reserved);
		ensure!(account.data.frozen <= total, "3: more is frozen than there is");
		issued = issued.saturating_add(total);
	}
	ensure!(issued == TotalIssuance::<Runtime>::get(), "1: the issuance is not the sum of the accounts");
	for (who, holds) in Holds::<Runtime>::iter() {
		let held: Balance = holds.iter().map(|hold| hold.amount).sum();
		ensure!(held <= frame_system::Account::<Runtime>::get(&who).data.reserved, "2: a hold is not reserved");
	}
	Ok(())
}
