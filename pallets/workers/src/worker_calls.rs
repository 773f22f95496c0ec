//! What the calls about workers do.

use crate::*;
use frame_support::{
	pallet_prelude::*,
	traits::{fungible::MutateHold, tokens::Precision},
};
use praxis_primitives_market::Resources;
use sp_runtime::traits::Saturating;

impl<T: Config> Pallet<T> {
	/// See [`Pallet::register_worker`].
	pub(crate) fn do_register_worker(
		owner: T::AccountId,
		operator: T::AccountId,
		resources: Resources,
		endpoint: Endpoint,
	) -> DispatchResult {
		ensure!(!Workers::<T>::contains_key(&owner), Error::<T>::WorkerExists);
		let deposit = T::WorkerDeposit::get();
		T::Currency::hold(&HoldReason::WorkerDeposit.into(), &owner, deposit)?;
		let since = frame_system::Pallet::<T>::block_number();
		let info = WorkerInfo {
			operator: None,
			proposed: None,
			resources,
			endpoint,
			deposit,
			since,
			engaged: 0,
			leaving: None,
		};
		Self::deposit_event(Event::WorkerRegistered { owner: owner.clone(), deposit });
		Self::name_operator(owner, info, operator)
	}

	/// See [`Pallet::update_worker`].
	pub(crate) fn do_update_worker(who: T::AccountId, resources: Resources, endpoint: Endpoint) -> DispatchResult {
		let owner = if Workers::<T>::contains_key(&who) {
			who
		} else {
			Operators::<T>::get(&who).ok_or(Error::<T>::NoWorker)?
		};
		let mut info = Self::staying(&owner)?;
		info.resources = resources;
		info.endpoint = endpoint;
		Workers::<T>::insert(&owner, info);
		Self::deposit_event(Event::WorkerUpdated { owner });
		Ok(())
	}

	/// See [`Pallet::set_operator`].
	pub(crate) fn do_set_operator(owner: T::AccountId, operator: T::AccountId) -> DispatchResult {
		let mut info = Self::staying(&owner)?;
		ensure!(!Operators::<T>::contains_key(&operator), Error::<T>::OperatorTaken);
		if let Some(former) = info.operator.take() {
			Operators::<T>::remove(former);
		}
		Self::name_operator(owner, info, operator)
	}

	/// Puts down who is to sign the calls of a worker that has no operator.
	fn name_operator(owner: T::AccountId, mut info: WorkerInfoOf<T>, operator: T::AccountId) -> DispatchResult {
		ensure!(!Operators::<T>::contains_key(&operator), Error::<T>::OperatorTaken);
		if operator == owner {
			Operators::<T>::insert(&operator, &owner);
			info.operator = Some(operator.clone());
			info.proposed = None;
			Self::deposit_event(Event::OperatorSet { owner: owner.clone(), operator });
		} else {
			info.proposed = Some(operator.clone());
			Self::deposit_event(Event::OperatorProposed { owner: owner.clone(), operator });
		}
		Workers::<T>::insert(&owner, info);
		Ok(())
	}

	/// See [`Pallet::accept_operator`].
	pub(crate) fn do_accept_operator(operator: T::AccountId, owner: T::AccountId) -> DispatchResult {
		let mut info = Workers::<T>::get(&owner).ok_or(Error::<T>::NoWorker)?;
		ensure!(info.proposed.as_ref() == Some(&operator), Error::<T>::NotProposed);
		ensure!(!Operators::<T>::contains_key(&operator), Error::<T>::OperatorTaken);
		info.proposed = None;
		info.operator = Some(operator.clone());
		Operators::<T>::insert(&operator, &owner);
		Workers::<T>::insert(&owner, info);
		Self::deposit_event(Event::OperatorSet { owner, operator });
		Ok(())
	}

	/// See [`Pallet::resign_operator`].
	pub(crate) fn do_resign_operator(operator: T::AccountId) -> DispatchResult {
		let owner = Operators::<T>::take(&operator).ok_or(Error::<T>::NotOperator)?;
		Workers::<T>::mutate_extant(&owner, |info| info.operator = None);
		Self::deposit_event(Event::OperatorResigned { owner, operator });
		Ok(())
	}

	/// See [`Pallet::withdraw_worker`].
	pub(crate) fn do_withdraw_worker(owner: T::AccountId) -> DispatchResult {
		let mut info = Self::staying(&owner)?;
		ensure!(info.engaged == 0, Error::<T>::WorkerEngaged);
		let until = frame_system::Pallet::<T>::block_number().saturating_add(T::WithdrawDelay::get());
		info.leaving = Some(until);
		Workers::<T>::insert(&owner, info);
		Self::deposit_event(Event::WorkerLeaving { owner, until });
		Ok(())
	}

	/// See [`Pallet::release_worker_deposit`].
	pub(crate) fn do_release_worker_deposit(owner: T::AccountId) -> DispatchResult {
		let info = Workers::<T>::get(&owner).ok_or(Error::<T>::NoWorker)?;
		let until = info.leaving.ok_or(Error::<T>::WorkerNotLeaving)?;
		ensure!(frame_system::Pallet::<T>::block_number() >= until, Error::<T>::DepositLocked);

		// Best effort: should less be on hold than was put there, its owner still gets the rest.
		let reason = HoldReason::WorkerDeposit.into();
		let deposit = T::Currency::release(&reason, &owner, info.deposit, Precision::BestEffort)?;
		if let Some(operator) = info.operator {
			Operators::<T>::remove(operator);
		}
		Workers::<T>::remove(&owner);
		Histories::<T>::remove(&owner);
		RecentMarks::<T>::remove(&owner);
		Self::deposit_event(Event::WorkerRemoved { owner, deposit });
		Ok(())
	}

	/// A worker that is not leaving.
	fn staying(owner: &T::AccountId) -> Result<WorkerInfoOf<T>, Error<T>> {
		let info = Workers::<T>::get(owner).ok_or(Error::<T>::NoWorker)?;
		if info.leaving.is_some() {
			return Err(Error::<T>::WorkerLeaving);
		}
		Ok(info)
	}
}
