//! What must hold after every block.

use crate::*;
use alloc::collections::BTreeMap;
use frame_support::{
	ensure,
	traits::{fungible::InspectHold, Get},
};
use praxis_primitives_market::SaleState;
use sp_runtime::{
	traits::{One, Saturating, Zero},
	DispatchError,
};

impl<T: Config> Pallet<T> {
	/// Checks the invariants:
	///
	/// 1. The models and the lists of the environments are the same: every model stands once, in its environment's list,
	///    with its score. The lists are sorted, the best first, none empty, none longer than `MaxModels`.
	/// 2. The best score of an environment is at least that of the first of its list.
	/// 3. Every seller has on hold the bonds of all places of its offers, and nothing else; every buyer the prices and
	///    stakes of its sales.
	/// 4. An offer has as many open sales as there are, at most its places, at most `MaxPlaces`; a closed one has sales
	///    in all of its places, and at least one.
	/// 5. `OfferOf` names every offer by its model, and no two have one.
	/// 6. The deadlines are at most `DeliverBlocks` and `DisputeBlocks` from now.
	/// 7. `Deadlines` names every sale by its deadline, and nothing else; none is before `NextDeadline`, which is at most the
	///    next height.
	pub fn do_try_state() -> Result<(), DispatchError> {
		Self::try_state_of_models()?;
		Self::try_state_of_sales()
	}

	fn try_state_of_models() -> Result<(), DispatchError> {
		let mut listed = 0;
		for (environment, list) in ByEnvironment::<T>::iter() {
			ensure!(!list.is_empty(), "1: empty list");
			ensure!(list.len() as u32 <= T::MaxModels::get(), "1: list is too long");
			ensure!(list.iter().zip(list.iter().skip(1)).all(|(a, b)| a.0 >= b.0), "1: list is not sorted");
			for (score, policy) in &list {
				let model = Models::<T>::get(policy).ok_or("1: listed model is unknown")?;
				ensure!(model.environment == environment && model.score == *score, "1: listed wrongly");
			}
			let best = Best::<T>::get(environment).ok_or("2: no best score")?;
			ensure!(list.first().is_none_or(|(score, _)| *score <= best.0), "2: better than the best");
			listed += list.len();
		}
		ensure!(listed == Models::<T>::iter().count(), "1: model is not listed, or twice");
		Ok(())
	}

	fn try_state_of_sales() -> Result<(), DispatchError> {
		let now = frame_system::Pallet::<T>::block_number();
		let mut bonds = BTreeMap::<T::AccountId, BalanceOf<T>>::new();
		let mut purchases = BTreeMap::<T::AccountId, BalanceOf<T>>::new();
		let mut open = BTreeMap::<u32, u32>::new();
		for sale in Sales::<T>::iter_values() {
			let held = purchases.entry(sale.buyer).or_insert(Zero::zero());
			*held = held.saturating_add(sale.price).saturating_add(sale.stake);
			*open.entry(sale.offer).or_default() += 1;
			let latest = match sale.state {
				SaleState::Bought { until } => until <= now.saturating_add(T::DeliverBlocks::get()),
				SaleState::Delivered { until, .. } => until <= now.saturating_add(T::DisputeBlocks::get()),
			};
			ensure!(latest, "6: deadline is too far ahead");
		}
		let next = NextDeadline::<T>::get();
		ensure!(next <= now.saturating_add(One::one()), "7: next deadline is too far ahead");
		for (at, id) in Deadlines::<T>::iter_keys() {
			let sale = Sales::<T>::get(id).ok_or("7: deadline of no sale")?;
			ensure!(
				crate::sales::until(&sale) == at && at >= next,
				"7: deadline is not the sale's, or was passed over"
			);
		}
		ensure!(Deadlines::<T>::iter_keys().count() == Sales::<T>::iter_keys().count(), "7: sale without a deadline");
		for (id, offer) in Offers::<T>::iter() {
			let held = bonds.entry(offer.seller).or_insert(Zero::zero());
			*held = held.saturating_add(offer.bond.saturating_mul(offer.places.into()));
			ensure!(offer.open == open.remove(&id).unwrap_or(0), "4: number of sales is wrong");
			ensure!(offer.open <= offer.places && offer.places <= T::MaxPlaces::get(), "4: number of places is wrong");
			ensure!(!offer.closed || (offer.open == offer.places && offer.open > 0), "4: closed offer has free places");
			ensure!(OfferOf::<T>::get(offer.policy) == Some(id), "5: offer of no model");
		}
		ensure!(open.is_empty(), "4: sale of no offer");
		ensure!(OfferOf::<T>::iter().count() == Offers::<T>::iter().count(), "5: model has an offer that is not");
		for (reason, sums) in [(HoldReason::SellerBond, bonds), (HoldReason::Purchase, purchases)] {
			let reason = reason.into();
			for who in frame_system::Account::<T>::iter_keys() {
				let held = T::Currency::balance_on_hold(&reason, &who);
				ensure!(held == sums.get(&who).copied().unwrap_or_default(), "3: holds are wrong");
			}
		}
		Ok(())
	}
}
