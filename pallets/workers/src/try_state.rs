//! What must hold after every block.

use crate::*;
use frame_support::{
	ensure,
	traits::{fungible::InspectHold, Get},
};
use praxis_primitives_consensus::AuthorSet;
use sp_runtime::{traits::Saturating, DispatchError};

impl<T: Config> Pallet<T> {
	/// Checks the invariants:
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
	pub fn do_try_state() -> Result<(), DispatchError> {
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
}
