//! The pool of trainers: who has a bond and keys, who is engaged, who lost a part of its bond.

use crate::*;
use frame_support::{
	defensive,
	dispatch::DispatchResult,
	ensure,
	traits::{fungible::MutateHold, Get},
};
use praxis_primitives_teaching::{trainers::Prekeys, SessionId};
use sp_runtime::{
	traits::{Saturating, Zero},
	BoundedVec,
};

impl<T: Config> Pallet<T> {
	/// See [`Pallet::enlist_trainer`].
	pub(crate) fn do_enlist(who: T::AccountId, keys: Prekeys) -> DispatchResult {
		ensure!(!Trainers::<T>::contains_key(&who), Error::<T>::AlreadyTrainer);
		ensure!(Trainers::<T>::count() < T::MaxTrainers::get(), Error::<T>::PoolFull);
		Self::ensure_new(&who, &[], &keys)?;
		let bond = T::TrainerBond::get();
		T::Currency::hold(&HoldReason::TrainerBond.into(), &who, bond)?;
		let count = keys.len() as u32;
		Trainers::<T>::insert(&who, Trainer { bond, keys, engaged: 0, retired: false });
		Self::set_ready(&who);
		Self::deposit_event(Event::TrainerEnlisted { trainer: who, bond, keys: count });
		Ok(())
	}

	/// See [`Pallet::add_keys`].
	pub(crate) fn do_add_keys(who: T::AccountId, keys: Prekeys) -> DispatchResult {
		let mut trainer = Trainers::<T>::get(&who).ok_or(Error::<T>::NotTrainer)?;
		ensure!(!trainer.retired, Error::<T>::Retired);
		Self::ensure_new(&who, &trainer.keys, &keys)?;
		let had_none = trainer.keys.is_empty();
		for key in keys {
			trainer.keys.try_push(key).map_err(|_| Error::<T>::TooManyKeys)?;
		}
		let count = trainer.keys.len() as u32;
		Trainers::<T>::insert(&who, trainer);
		if had_none {
			Self::set_ready(&who);
		}
		Self::deposit_event(Event::KeysAdded { trainer: who, keys: count });
		Ok(())
	}

	/// See [`Pallet::retire_trainer`].
	pub(crate) fn do_retire(who: T::AccountId) -> DispatchResult {
		let trainer = Trainers::<T>::get(&who).ok_or(Error::<T>::NotTrainer)?;
		ensure!(!trainer.retired, Error::<T>::Retired);
		Self::deposit_event(Event::TrainerRetired { trainer: who.clone() });
		Self::change(&who, |trainer| trainer.retired = true);
		Ok(())
	}

	/// Whether a trainer names at least one key, and none that it has named before.
	fn ensure_new(who: &T::AccountId, old: &[[u8; 32]], new: &Prekeys) -> DispatchResult {
		ensure!(!new.is_empty(), Error::<T>::NoKeys);
		let mut all = [old, new].concat();
		all.sort_unstable();
		let fresh = |key: &[u8; 32]| !UsedKeys::<T>::contains_key(who, key);
		ensure!(all.windows(2).all(|pair| pair[0] != pair[1]) && new.iter().all(fresh), Error::<T>::KeyUsed);
		Ok(())
	}

	/// A trainer can be drawn from now on.
	fn set_ready(who: &T::AccountId) {
		let now = frame_system::Pallet::<T>::block_number();
		Ready::<T>::mutate(|ready| {
			if ready.try_push((who.clone(), now)).is_err() {
				defensive!("there is a place for every trainer");
			}
		});
	}

	fn clear_ready(who: &T::AccountId) {
		Ready::<T>::mutate(|ready| ready.retain(|(other, _)| other != who));
	}

	/// Changes a trainer. Whoever is retired then has no keys, and its bond back if it has nothing left to do.
	fn change(who: &T::AccountId, change: impl FnOnce(&mut TrainerOf<T>)) {
		let Some(mut trainer) = Trainers::<T>::get(who) else {
			defensive!("an engaged trainer has a bond");
			return;
		};
		change(&mut trainer);
		if trainer.retired {
			trainer.keys = BoundedVec::new();
		}
		if trainer.keys.is_empty() {
			Self::clear_ready(who);
		}
		if trainer.retired && trainer.engaged == 0 {
			Trainers::<T>::remove(who);
			Holds::<T>::release(HoldReason::TrainerBond, who, trainer.bond);
			Self::deposit_event(Event::BondReturned { trainer: who.clone(), bond: trainer.bond });
		} else {
			Trainers::<T>::insert(who, trainer);
		}
	}

	/// A trainer was drawn for a lesson: gives the key that this uses up.
	pub(crate) fn engage(who: &T::AccountId, id: SessionId) -> Option<[u8; 32]> {
		let mut key = None;
		Self::change(who, |trainer| {
			if !trainer.keys.is_empty() {
				key = Some(trainer.keys.remove(0));
				trainer.engaged.saturating_inc();
			}
		});
		UsedKeys::<T>::insert(who, key?, id);
		key
	}

	/// A trainer has nothing left to do for a lesson.
	pub(crate) fn disengage(who: &T::AccountId) {
		Self::change(who, |trainer| trainer.engaged.saturating_dec());
	}

	/// A trainer showed nothing for a lesson: it loses a part of its bond, and is drawn no more.
	pub(crate) fn slash(who: &T::AccountId, id: SessionId, lesson: u8) {
		let left = Trainers::<T>::get(who).map_or_else(Zero::zero, |trainer| trainer.bond);
		let amount = Self::slash_of_bond().min(left);
		Holds::<T>::burn_held(HoldReason::TrainerBond, who, amount);
		Self::deposit_event(Event::TrainerSlashed { session: id, lesson, trainer: who.clone(), amount });
		Self::change(who, |trainer| {
			trainer.bond.saturating_reduce(amount);
			trainer.engaged.saturating_dec();
			trainer.retired = true;
		});
	}

	/// Takes the fee of a lost dispute. Whoever could not pay for the next lesson any more is drawn no more.
	pub(crate) fn charge_dispute(who: &T::AccountId, fee: BalanceOf<T>) -> DispatchResult {
		let bond = Trainers::<T>::get(who).map_or_else(Zero::zero, |trainer| trainer.bond);
		ensure!(bond >= fee, Error::<T>::BondSpent);
		Holds::<T>::burn_held(HoldReason::TrainerBond, who, fee);
		Self::change(who, |trainer| {
			trainer.bond.saturating_reduce(fee);
			trainer.retired |= trainer.bond < Self::slash_of_bond();
		});
		Ok(())
	}

	/// What a trainer loses for a lesson for which it shows nothing.
	pub(crate) fn slash_of_bond() -> BalanceOf<T> {
		T::TrainerSlash::get().mul_ceil(T::TrainerBond::get())
	}
}
