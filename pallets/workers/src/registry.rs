//! What the task market and clients may ask of the workers.

use crate::{
	expertise,
	reputation::{weight, Clock, Parts},
	*,
};
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::{Mark, Quality, Resources, WorkerError, WorkerRegistry, WorkerView};
use sp_runtime::{
	traits::{Saturating, UniqueSaturatedInto},
	Perbill, SaturatedConversion,
};

impl<T: Config> Pallet<T> {
	/// The decay of reputations.
	pub fn clock() -> Clock {
		Clock { half_life: T::ReputationHalfLife::get() }
	}

	/// The present height.
	fn height() -> u64 {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// Reputation of a worker now; 0 for who has none.
	pub fn reputation(owner: &T::AccountId) -> Perbill {
		Histories::<T>::get(owner).reputation.value(&Self::clock(), Self::height())
	}

	/// A worker, as clients see it.
	pub fn worker_view(owner: T::AccountId) -> Option<WorkerView<T::AccountId, BalanceOf<T>, BlockNumberFor<T>>> {
		let info = Workers::<T>::get(&owner)?;
		let history = Histories::<T>::get(&owner);
		Some(WorkerView {
			owner,
			operator: info.operator,
			proposed: info.proposed,
			resources: info.resources,
			endpoint: info.endpoint.into_inner(),
			deposit: info.deposit,
			since: info.since,
			engaged: info.engaged,
			leaving: info.leaving,
			reputation: history.reputation.value(&Self::clock(), Self::height()),
			compute: history.compute,
			judged: history.judged,
			faults: history.faults,
			skills: history.skills.iter().map(|skill| (skill.environment, skill.level)).collect(),
		})
	}

	/// Whether a worker may take on one more thing to answer for.
	fn check_available(info: &WorkerInfoOf<T>) -> Result<(), WorkerError> {
		if info.leaving.is_some() {
			return Err(WorkerError::Leaving);
		}
		if info.engaged >= T::MaxEngagements::get() {
			return Err(WorkerError::TooBusy);
		}
		Ok(())
	}

	/// What a judged mark adds to the sums: see [`reputation`](crate::reputation).
	fn parts(owner: &T::AccountId, requester: &T::AccountId, share: Perbill, weight: Perbill) -> Parts {
		let now = frame_system::Pallet::<T>::block_number();
		RecentMarks::<T>::mutate(owner, |recent| {
			recent.retain(|entry| entry.until > now);
			if let Some(entry) = recent.iter_mut().find(|entry| entry.requester == *requester) {
				let parts = Parts::later(share, entry.worst);
				entry.worst = entry.worst.min(share);
				return parts;
			}
			let until = now.saturating_add(T::ReputationHalfLife::get().into());
			match recent.try_push(Recent { requester: requester.clone(), until, worst: share }) {
				Ok(()) => Parts::first(share, weight),
				Err(_) => Parts::without_good(share),
			}
		})
	}
}

impl<T: Config> WorkerRegistry for Pallet<T> {
	type AccountId = T::AccountId;
	type Balance = BalanceOf<T>;
	type BlockNumber = BlockNumberFor<T>;

	fn owner_of(operator: &T::AccountId) -> Option<T::AccountId> {
		Operators::<T>::get(operator)
	}

	fn resources(owner: &T::AccountId) -> Option<Resources> {
		Workers::<T>::get(owner).map(|info| info.resources)
	}

	fn quality(owner: &T::AccountId, environment: &TaskEnvironment) -> Quality {
		let history = Histories::<T>::get(owner);
		Quality {
			reputation: history.reputation.value(&Self::clock(), Self::height()),
			expertise: expertise::expertise(&history.skills, environment),
			compute: history.compute,
		}
	}

	fn is_available(owner: &T::AccountId) -> bool {
		Workers::<T>::get(owner).is_some_and(|info| Self::check_available(&info).is_ok())
	}

	fn engage(owner: &T::AccountId) -> Result<(), WorkerError> {
		Workers::<T>::try_mutate_exists(owner, |info| {
			let info = info.as_mut().ok_or(WorkerError::NotRegistered)?;
			Self::check_available(info)?;
			info.engaged = info.engaged.saturating_add(1);
			Ok(())
		})
	}

	fn release(owner: &T::AccountId) {
		Workers::<T>::mutate_extant(owner, |info| info.engaged = info.engaged.saturating_sub(1));
	}

	fn record(owner: &T::AccountId, requester: &T::AccountId, mark: Mark<BalanceOf<T>, BlockNumberFor<T>>) {
		// A worker cannot leave while it is engaged, so a mark of nobody is the market's mistake.
		if !Workers::<T>::contains_key(owner) {
			log::error!(target: LOG_TARGET, "mark of {owner:?}, who owns no worker");
			return;
		}
		let weight = weight(mark.burnt.saturated_into(), T::BurnUnit::get().saturated_into());
		let blocks: u64 = mark.blocks.unique_saturated_into();
		let reputation = Histories::<T>::mutate(owner, |history| {
			let (share, parts) = match mark.score {
				Some(score) => {
					history.judged = history.judged.saturating_add(1);
					let reached = expertise::level(&mark.environment, score);
					expertise::learn(&mut history.skills, mark.environment, reached, weight);
					(mark.share, Self::parts(owner, requester, mark.share, weight))
				}
				None => {
					history.faults = history.faults.saturating_add(1);
					(Perbill::zero(), Parts::FAULT)
				}
			};
			let speed = expertise::speed(share, blocks, T::ComputeReference::get());
			history.compute = expertise::compute(history.compute, speed, weight);
			history.reputation = history.reputation.with(&Self::clock(), Self::height(), parts);
			history.reputation.value(&Self::clock(), Self::height())
		});
		Self::deposit_event(Event::WorkerMarked {
			owner: owner.clone(),
			requester: requester.clone(),
			share: mark.share,
			reputation,
		});
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_worker(owner: &T::AccountId, operator: &T::AccountId, resources: Resources) {
		Operators::<T>::insert(operator, owner);
		Workers::<T>::insert(owner, benchmarking::worker::<T>(operator.clone(), resources));
		benchmarking::fill_history::<T>(owner);
	}
}
