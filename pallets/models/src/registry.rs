//! Publishing and lookup.

use crate::*;
use alloc::vec::Vec;
use frame_support::pallet_prelude::*;
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_market::{
	similarity, Cid, ModelRegistry, ModelView, NewModel, OfferId, OfferView, PolicyHash, SaleId, WorkerRegistry,
};
use sp_runtime::Perbill;

/// Most entries of an answer to a client.
const MAX_ANSWER: usize = 256;

/// A model of a runtime, as clients see it.
type ViewOf<T> = ModelView<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

impl<T: Config> Pallet<T> {
	/// Checks that `who` is `owner`, or its operator.
	pub(crate) fn ensure_acts_for(who: &T::AccountId, owner: &T::AccountId) -> DispatchResult {
		let acts = who == owner || T::Workers::owner_of(who).as_ref() == Some(owner);
		ensure!(acts, Error::<T>::NotOwner);
		Ok(())
	}

	/// See [`Pallet::share`].
	pub(crate) fn do_share(who: T::AccountId, policy: PolicyHash, cid: Cid) -> DispatchResult {
		let mut model = Models::<T>::get(policy).ok_or(Error::<T>::NoModel)?;
		Self::ensure_acts_for(&who, &model.owner)?;
		model.cid = cid.clone();
		Models::<T>::insert(policy, model);
		Self::deposit_event(Event::ModelShared { policy, cid });
		Ok(())
	}

	/// Enters a policy into the list of its environment, behind those that are as good. Gives the one that must make
	/// room, if there is one; itself, if all others are as good or better.
	fn enter(environment: &TaskEnvironment, score: Real, policy: PolicyHash) -> Option<PolicyHash> {
		ByEnvironment::<T>::mutate(environment, |list| {
			let place = list.partition_point(|(other, _)| *other >= score);
			if place >= T::MaxModels::get() as usize {
				return Some(policy);
			}
			let dropped = if list.is_full() { list.pop().map(|(_, policy)| policy) } else { None };
			// There is room now, and the place is within the list.
			let _ = list.try_insert(place, (score, policy));
			dropped
		})
	}

	/// A model, as clients see it.
	pub fn model_view(policy: PolicyHash) -> Option<ViewOf<T>> {
		let model = Models::<T>::get(policy)?;
		Some(ModelView {
			policy,
			owner: model.owner,
			task: model.task,
			environment: model.environment,
			score: model.score,
			size: model.size,
			cid: model.cid.into_inner(),
			parent: model.parent,
			at: model.at,
			offer: OfferOf::<T>::get(policy).and_then(Self::offer_view),
		})
	}

	/// An offer, as clients see it.
	pub fn offer_view(id: OfferId) -> Option<OfferView<T::AccountId, BalanceOf<T>>> {
		let offer = Offers::<T>::get(id)?;
		Some(OfferView {
			id,
			policy: offer.policy,
			seller: offer.seller,
			cid: offer.cid.into_inner(),
			ciphertext: offer.ciphertext,
			key_hash: offer.key_hash,
			price: offer.price,
			bond: offer.bond,
			places: offer.places,
			open: offer.open,
			closed: offer.closed,
			sold: offer.sold,
			missed: offer.missed,
		})
	}

	/// Models of an environment, best first: at most `count` from place `from` on.
	pub fn models_of(environment: TaskEnvironment, from: u32, count: u32) -> Vec<ViewOf<T>> {
		ByEnvironment::<T>::get(environment)
			.into_iter()
			.skip(from as usize)
			.take((count as usize).min(MAX_ANSWER))
			.filter_map(|(_, policy)| Self::model_view(policy))
			.collect()
	}

	/// The best model of each of the most similar environments, with the similarity, which is not 0. Of equally similar
	/// ones the better model comes first.
	pub fn similar_models(environment: TaskEnvironment, count: u32) -> Vec<(Perbill, ViewOf<T>)> {
		let mut found: Vec<(Perbill, Real, PolicyHash)> = ByEnvironment::<T>::iter()
			.filter_map(|(other, list)| {
				let alike = similarity(&environment, &other);
				let (score, policy) = list.first()?;
				(!alike.is_zero()).then(|| (alike, other.normalised(*score), *policy))
			})
			.collect();
		found.sort_unstable_by(|a, b| b.cmp(a));
		found
			.into_iter()
			.take((count as usize).min(MAX_ANSWER))
			.filter_map(|(alike, _, policy)| Some((alike, Self::model_view(policy)?)))
			.collect()
	}

	/// Sales that are not over in which this account buys or sells.
	pub fn sales_of(account: T::AccountId) -> Vec<(SaleId, SaleFor<T>)> {
		let sells = |offer| Offers::<T>::get(offer).is_some_and(|offer| offer.seller == account);
		Sales::<T>::iter().filter(|(_, sale)| sale.buyer == account || sells(sale.offer)).take(MAX_ANSWER).collect()
	}
}

impl<T: Config> ModelRegistry for Pallet<T> {
	type AccountId = T::AccountId;

	fn best(environment: &TaskEnvironment) -> Option<(Real, PolicyHash)> {
		Best::<T>::get(environment)
	}

	fn contains(policy: &PolicyHash) -> bool {
		Models::<T>::contains_key(policy)
	}

	fn publish(model: NewModel<T::AccountId>) {
		let NewModel { owner, task, policy, size, cid, environment, score, parent } = model;
		if Self::best(&environment).is_none_or(|(best, _)| best < score) {
			Best::<T>::insert(environment, (score, policy));
		}
		if Self::contains(&policy) {
			return;
		}
		let cid = Cid::try_from(cid).unwrap_or_else(|cid| {
			// The market does not take longer ones.
			log::error!(target: LOG_TARGET, "CID of {} bytes is dropped", cid.len());
			Cid::default()
		});
		let dropped = Self::enter(&environment, score, policy);
		if dropped == Some(policy) {
			return;
		}
		if let Some(dropped) = dropped {
			Models::<T>::remove(dropped);
			Self::deposit_event(Event::ModelDropped { policy: dropped, environment });
		}
		let at = frame_system::Pallet::<T>::block_number();
		Models::<T>::insert(policy, Model { owner: owner.clone(), task, environment, score, size, cid, parent, at });
		Self::deposit_event(Event::ModelPublished { policy, owner, task, environment, score });
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn crowd(environment: &TaskEnvironment) {
		benchmarking::crowd::<T>(environment);
	}
}
