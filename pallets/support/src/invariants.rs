//! What must hold of both markets after every block. A number is that of the rule in the list of either pallet's
//! `do_try_state`.

use crate::{AccountOf, BalanceOf, Escrow, Lifecycle};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{
	ensure,
	storage::{IterableStorageMap, StorageMap, StorageValue},
	traits::{fungible::InspectHold, Get},
};
use frame_system::{pallet_prelude::BlockNumberFor, Account, Config, Pallet};
use praxis_primitives_market::Ledger;
use sp_runtime::{
	traits::{Saturating, Zero},
	TryRuntimeError,
};

/// What is due is advanced at most so many blocks later: all that may be due at once, and room for blocks that have no
/// time.
pub const MAX_LAG: u32 = 256;

/// By account: what it must have on hold for each of `N` reasons.
pub type Obligations<E, const N: usize> = BTreeMap<AccountOf<E>, [BalanceOf<E>; N]>;

/// 1. What each account has on hold, for each reason, is what it is obliged to, and no more.
pub fn holds<E: Escrow, const N: usize>(
	reasons: [E::Reason; N],
	obligations: &Obligations<E, N>,
) -> Result<(), TryRuntimeError> {
	let reasons = reasons.map(Into::into);
	let none = [BalanceOf::<E>::zero(); N];
	for who in Account::<E::Runtime>::iter_keys() {
		let owed = obligations.get(&who).unwrap_or(&none);
		for (reason, amount) in reasons.iter().zip(owed) {
			ensure!(E::Currency::balance_on_hold(reason, &who) == *amount, "1: holds are not the obligations");
		}
	}
	let missing = |who: &AccountOf<E>| !Account::<E::Runtime>::contains_key(who);
	ensure!(!obligations.iter().any(|(who, owed)| *owed != none && missing(who)), "1: who owes something is gone");
	Ok(())
}

/// 2. What was put on hold was paid, returned or burnt, or is `held`.
pub fn ledger<Balance: Saturating + Copy + PartialEq>(
	ledger: &Ledger<Balance>,
	held: Balance,
) -> Result<(), TryRuntimeError> {
	let gone = ledger.paid.saturating_add(ledger.returned).saturating_add(ledger.burnt);
	ensure!(gone.saturating_add(held) == ledger.escrowed, "2: money came from nowhere or went there");
	Ok(())
}

/// 3. The numbers of what is open, in all and by account, are right and within their bounds; no number is 0. Gives how
///    many are open in all.
pub fn open<L: Lifecycle>(open: &BTreeMap<<L::Runtime as Config>::AccountId, u32>) -> Result<u32, TryRuntimeError> {
	let count = open.values().sum::<u32>();
	ensure!(L::Open::get() == count && count <= L::MaxOpen::get(), "3: number of what is open");
	ensure!(L::OpenOf::iter().count() == open.len(), "3: an account of which nothing is open has a number");
	for (who, count) in open {
		ensure!(L::OpenOf::get(who) == *count, "3: number of what is open of an account");
		ensure!(*count <= L::MaxOpenPerAccount::get(), "3: too much is open of an account");
	}
	Ok(count)
}

/// 4. What is due, and nothing else, waits for a height: so many do. It is in order.
pub fn due<L: Lifecycle>(waiting: usize) -> Result<(), TryRuntimeError> {
	let due = L::Due::get();
	ensure!(due.len() == waiting, "4: something is due that waits for no height");
	ensure!(due.windows(2).all(|pair| pair[0] < pair[1]), "4: what is due is out of order");
	Ok(())
}

/// 4. What waits for a height is due, and has not been for more than [`MAX_LAG`] blocks. Gives the height.
pub fn due_at<L: Lifecycle>(id: L::Id) -> Result<BlockNumberFor<L::Runtime>, TryRuntimeError> {
	let due = L::Due::get();
	let (at, _) = due.iter().find(|(_, other)| *other == id).ok_or("4: what waits is not due")?;
	let now = Pallet::<L::Runtime>::block_number();
	ensure!(at.saturating_add(MAX_LAG.into()) >= now, "4: what is due is stuck");
	Ok(*at)
}

/// 9. What is finished, and nothing else, is in the queue, by its age: so many are. `find` gives the place of what is
///    kept, and when it was finished.
pub fn finished<L: Lifecycle>(
	count: usize,
	find: impl Fn(L::Id) -> Option<(Option<u64>, Option<BlockNumberFor<L::Runtime>>)>,
) -> Result<(), TryRuntimeError> {
	let places = L::places();
	let mut queue: Vec<_> = L::Finished::iter().collect();
	queue.sort_unstable();
	ensure!(queue.len() == count, "9: something finished is not in the queue");
	let mut last = Zero::zero();
	for (place, id) in queue {
		ensure!(places.contains(&place), "9: a place is out of the queue's bounds");
		let (its_place, at) = find(id).ok_or("9: something in the queue is gone")?;
		ensure!(its_place == Some(place), "9: a place is another's");
		let at = at.ok_or("9: something in the queue is not finished")?;
		ensure!(at >= last, "9: the queue is out of order");
		last = at;
	}
	Ok(())
}
