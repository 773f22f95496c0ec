//! What the calls do, and what other pallets and clients may ask.

use crate::*;
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{
	pallet_prelude::*,
	traits::{fungible::MutateHold, tokens::Precision},
};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_consensus::{AuthorId, AuthorSet, AuthorStatus, OwnershipProof};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::{
	traits::{One, Saturating, Zero},
	SaturatedConversion,
};

impl<T: Config> Pallet<T> {
	/// See [`Pallet::register_author`].
	pub(crate) fn do_register(who: T::AccountId, key: AuthorId, proof: OwnershipProof) -> DispatchResult {
		ensure!(!Authors::<T>::contains_key(&who), Error::<T>::AlreadyRegistered);
		ensure!(!Keys::<T>::contains_key(&key), Error::<T>::KeyTaken);
		ensure!(Authors::<T>::count() < T::MaxAuthors::get(), Error::<T>::TooManyAuthors);
		ensure!(who.using_encoded(|owner| key.verify_proof_of_possession(owner, &proof)), Error::<T>::InvalidProof);

		let now = frame_system::Pallet::<T>::block_number();
		let active_from = now.saturating_add(T::ActivationDelay::get().into());
		Self::insert(&who, &key, active_from)?;
		Self::add_activation(now, active_from)?;

		let bond = MinimumBond::<T>::get();
		Self::deposit_event(Event::AuthorRegistered { author: who, key, bond, active_from });
		Ok(())
	}

	/// See [`Pallet::deregister`].
	pub(crate) fn do_deregister(who: T::AccountId) -> DispatchResult {
		let mut info = Authors::<T>::get(&who).ok_or(Error::<T>::NotRegistered)?;
		ensure!(!info.is_leaving(), Error::<T>::AlreadyLeaving);
		let now = frame_system::Pallet::<T>::block_number();
		let next = now.saturating_add(One::one());
		if info.is_active(next) {
			ensure!(Self::count(next) > 1, Error::<T>::LastAuthor);
		}

		if info.active_from > now {
			Self::remove_activation(info.active_from);
		}
		BondedCount::<T>::mutate(|count| count.saturating_dec());
		let unbonds_at = now.saturating_add(T::UnbondingBlocks::get());
		info.unbonds_at = Some(unbonds_at);
		let key = info.key.clone();
		Authors::<T>::insert(&who, info);

		Self::deposit_event(Event::AuthorDeregistered { author: who, key, unbonds_at });
		Ok(())
	}

	/// See [`Pallet::withdraw_bond`].
	pub(crate) fn do_withdraw(who: T::AccountId) -> DispatchResult {
		let info = Authors::<T>::get(&who).ok_or(Error::<T>::NotRegistered)?;
		let unbonds_at = info.unbonds_at.ok_or(Error::<T>::NotLeaving)?;
		ensure!(frame_system::Pallet::<T>::block_number() >= unbonds_at, Error::<T>::StillBonded);

		// Best effort: should less be on hold than was put there, its owner still gets the rest.
		let amount = T::Currency::release(&HoldReason::AuthorBond.into(), &who, info.bond, Precision::BestEffort)?;
		Keys::<T>::remove(&info.key);
		Authors::<T>::remove(&who);

		Self::deposit_event(Event::BondWithdrawn { author: who, amount });
		Ok(())
	}

	/// Puts the bond of `who` on hold and enters it.
	fn insert(who: &T::AccountId, key: &AuthorId, active_from: BlockNumberFor<T>) -> DispatchResult {
		let bond = MinimumBond::<T>::get();
		T::Currency::hold(&HoldReason::AuthorBond.into(), who, bond)?;
		Keys::<T>::insert(key, who);
		Authors::<T>::insert(who, AuthorInfo { key: key.clone(), bond, active_from, unbonds_at: None });
		BondedCount::<T>::mutate(|count| count.saturating_inc());
		Ok(())
	}

	/// Notes that one author becomes active at `height`, and forgets the heights up to `now`.
	fn add_activation(now: BlockNumberFor<T>, height: BlockNumberFor<T>) -> DispatchResult {
		Activations::<T>::try_mutate(|activations| {
			activations.retain(|(at, _)| *at > now);
			// Heights only rise: every registration waits equally long.
			if let Some((_, count)) = activations.iter_mut().find(|(at, _)| *at == height) {
				count.saturating_inc();
				return Ok(());
			}
			// There are no more heights than the delay has blocks.
			activations.try_push((height, 1)).map_err(|_| Error::<T>::TooManyAuthors.into())
		})
	}

	/// One author less becomes active at `height`.
	fn remove_activation(height: BlockNumberFor<T>) {
		Activations::<T>::mutate(|activations| {
			if let Some((_, count)) = activations.iter_mut().find(|(at, _)| *at == height) {
				count.saturating_dec();
			}
			activations.retain(|(_, count)| *count > 0);
		});
	}

	/// Enters the authors of the genesis. What is wrong with them ends the building of the chain.
	pub(crate) fn build_authors(authors: &[(T::AccountId, AuthorId)]) {
		if authors.is_empty() {
			log::warn!(target: LOG_TARGET, "genesis without authors: nobody can make a block");
			return;
		}
		assert!(!MinimumBond::<T>::get().is_zero(), "authors need a bond that is not 0");
		assert!(authors.len() as u32 <= T::MaxAuthors::get(), "genesis has more authors than MaxAuthors");
		for (account, key) in authors {
			assert!(!Authors::<T>::contains_key(account), "author account is twice in genesis: {account:?}");
			assert!(!Keys::<T>::contains_key(key), "author key is twice in genesis: {key:?}");
			if let Err(error) = Self::insert(account, key, Zero::zero()) {
				panic!("genesis balance of author {account:?} does not cover its bond: {error:?}");
			}
		}
	}

	/// Bonded authors, those included who still wait for their activation.
	pub fn authors() -> Vec<(T::AccountId, AuthorId)> {
		Authors::<T>::iter().filter(|(_, info)| !info.is_leaving()).map(|(account, info)| (account, info.key)).collect()
	}

	/// What the chain knows of `account` as an author.
	pub fn author_status(account: &T::AccountId) -> Option<AuthorStatus<BalanceOf<T>>> {
		Authors::<T>::get(account).map(|info| AuthorStatus {
			key: info.key,
			bond: info.bond,
			active_from: info.active_from.saturated_into(),
			unbonds_at: info.unbonds_at.map(SaturatedConversion::saturated_into),
		})
	}

	/// Bond of an author who registers now.
	pub fn minimum_bond() -> BalanceOf<T> {
		MinimumBond::<T>::get()
	}

	/// Blocks between leaving and the release of the bond.
	pub fn unbonding_blocks() -> u32 {
		T::UnbondingBlocks::get().saturated_into()
	}
}

impl<T: Config> AuthorSet for Pallet<T> {
	type AccountId = T::AccountId;
	type BlockNumber = BlockNumberFor<T>;

	fn account_of(key: &AuthorId, number: BlockNumberFor<T>) -> Option<T::AccountId> {
		let account = Keys::<T>::get(key)?;
		Authors::<T>::get(&account)?.is_active(number).then_some(account)
	}

	fn key_of(account: &T::AccountId, number: BlockNumberFor<T>) -> Option<AuthorId> {
		let info = Authors::<T>::get(account)?;
		info.is_active(number).then_some(info.key)
	}

	fn count(number: BlockNumberFor<T>) -> u32 {
		let waiting = Activations::<T>::get()
			.iter()
			.filter(|(at, _)| *at > number)
			.fold(0u32, |sum, (_, count)| sum.saturating_add(*count));
		BondedCount::<T>::get().saturating_sub(waiting)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_author(account: &T::AccountId, key: &AuthorId) {
		Keys::<T>::insert(key, account);
		Authors::<T>::insert(
			account,
			AuthorInfo { key: key.clone(), bond: Zero::zero(), active_from: Zero::zero(), unbonds_at: None },
		);
		BondedCount::<T>::mutate(|count| count.saturating_inc());
	}
}
