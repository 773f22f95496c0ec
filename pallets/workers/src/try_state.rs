//! What must hold after every block.

use crate::{expertise::are_distinct, *};
use frame_support::{
	ensure,
	traits::{fungible::InspectHold, Get},
};
use praxis_primitives_consensus::AuthorSet;
use sp_runtime::{
	traits::{Saturating, UniqueSaturatedInto},
	DispatchError,
};

impl<T: Config> Pallet<T> {
	/// Checks the invariants of the authors, 1 to 7, and of the workers, 8 to 13.
	pub fn do_try_state() -> Result<(), DispatchError> {
		Self::try_state_of_authors()?;
		Self::try_state_of_workers()
	}

	/// Of the authors:
	///
	/// 1. The registry holds at most `MaxAuthors` entries, and its counter is right.
	/// 2. `Keys` is the inverse of `Authors`: one key per account and one account per key.
	/// 3. Every author's bond, a leaving one's too, is on hold in full.
	/// 4. `BondedCount` is the number of authors who are not leaving.
	/// 5. `Activations` counts the bonded authors by the height of their activation, for every height
	///    above the present one, with at most one entry a height and none that is 0.
	/// 6. A bond is released at most `UnbondingBlocks` from now, and nobody waits longer than
	///    `ActivationDelay`.
	/// 7. For every height up to the latest activation, the number of authors is that of those who may
	///    author there.
	fn try_state_of_authors() -> Result<(), DispatchError> {
		let now = frame_system::Pallet::<T>::block_number();
		let latest_activation = now.saturating_add(T::ActivationDelay::get().into());
		let latest_release = now.saturating_add(T::UnbondingBlocks::get());
		let activations = Activations::<T>::get();
		let (mut entries, mut bonded, mut waiting) = (0u32, 0u32, 0u32);

		for (account, info) in Authors::<T>::iter() {
			entries.saturating_inc();
			ensure!(Keys::<T>::get(&info.key).as_ref() == Some(&account), "2: key of an author is not its own");
			ensure!(
				T::Currency::balance_on_hold(&HoldReason::AuthorBond.into(), &account) == info.bond,
				"3: bond is not on hold"
			);
			ensure!(info.active_from <= latest_activation, "6: activation is too far ahead");
			match info.unbonds_at {
				Some(at) => ensure!(at <= latest_release, "6: release is too far ahead"),
				None => bonded.saturating_inc(),
			}
			if !info.is_leaving() && info.active_from > now {
				waiting.saturating_inc();
				ensure!(
					activations.iter().filter(|(at, _)| *at == info.active_from).count() == 1,
					"5: activation is not noted once"
				);
			}
		}

		ensure!(entries == Authors::<T>::count(), "1: counter of the registry is wrong");
		ensure!(entries <= T::MaxAuthors::get(), "1: registry is too large");
		ensure!(Keys::<T>::iter().count() as u32 == entries, "2: key without an author");
		ensure!(bonded == BondedCount::<T>::get(), "4: number of bonded authors is wrong");
		let noted = activations.iter().filter(|(at, _)| *at > now).fold(0u32, |sum, (_, count)| sum + count);
		ensure!(noted == waiting, "5: number of waiting authors is wrong");
		ensure!(activations.iter().all(|(_, count)| *count > 0), "5: empty activation");
		for ahead in 1..=T::ActivationDelay::get() {
			let number = now.saturating_add(ahead.into());
			let active = Authors::<T>::iter_values().filter(|info| info.is_active(number)).count();
			ensure!(active as u32 == Self::count(number), "7: number of active authors is wrong");
		}
		Ok(())
	}

	/// Of the workers:
	///
	/// 8. Every worker's deposit, a leaving one's too, is on hold in full.
	/// 9. `Operators` is the inverse of the workers' operators: one an owner and one owner an operator. Nobody is both
	///    operator and named for it.
	/// 10. Nobody works at more than `MaxEngagements` tasks, and who is leaving at none. A deposit is free at most
	///     `WithdrawDelay` from now.
	/// 11. 0 ≤ good ≤ all ≤ cap in every reputation, and there is at most one skill an environment.
	/// 12. A requester's marks of a worker are noted once, and for at most a half-life from now.
	/// 13. Only workers have a history.
	fn try_state_of_workers() -> Result<(), DispatchError> {
		let now = frame_system::Pallet::<T>::block_number();
		let latest_release = now.saturating_add(T::WithdrawDelay::get());
		let mut operators = 0u32;
		for (owner, info) in Workers::<T>::iter() {
			let held = T::Currency::balance_on_hold(&HoldReason::WorkerDeposit.into(), &owner);
			ensure!(held == info.deposit, "8: deposit is not on hold");
			if let Some(operator) = &info.operator {
				operators.saturating_inc();
				ensure!(Operators::<T>::get(operator) == Some(owner), "9: operator is not the worker's");
			}
			ensure!(info.operator.is_none() || info.proposed.is_none(), "9: operator and another named");
			ensure!(info.engaged <= T::MaxEngagements::get(), "10: too many tasks");
			if let Some(until) = info.leaving {
				ensure!(info.engaged == 0, "10: leaves with tasks to finish");
				ensure!(until <= latest_release, "10: release is too far ahead");
			}
		}
		ensure!(Operators::<T>::iter().count() as u32 == operators, "9: operator without a worker");

		for (owner, history) in Histories::<T>::iter() {
			ensure!(Workers::<T>::contains_key(&owner), "13: history of nobody");
			ensure!(history.reputation.is_valid(now.unique_saturated_into()), "11: reputation is out of bounds");
			ensure!(are_distinct(&history.skills), "11: two skills in an environment");
		}
		for (owner, recent) in RecentMarks::<T>::iter() {
			ensure!(Workers::<T>::contains_key(&owner), "13: marks of nobody");
			let latest = now.saturating_add(T::ReputationHalfLife::get().into());
			for (place, entry) in recent.iter().enumerate() {
				ensure!(entry.until <= latest, "12: mark counts for too long");
				let again = recent.iter().skip(place.saturating_add(1)).any(|other| other.requester == entry.requester);
				ensure!(!again, "12: requester is noted twice");
			}
		}
		Ok(())
	}
}
