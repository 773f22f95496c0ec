//! What the calls about offers do.

use crate::*;
use frame_support::{
	pallet_prelude::*,
	traits::{fungible::MutateHold, tokens::Precision},
};
use praxis_primitives_market::{Cid, OfferId, PolicyHash};
use sp_core::H256;
use sp_runtime::traits::{Saturating, Zero};

/// What a seller offers.
pub(crate) struct Terms<Balance> {
	pub cid: Cid,
	pub ciphertext: H256,
	pub key_hash: H256,
	pub price: Balance,
	pub places: u32,
}

impl<T: Config> Pallet<T> {
	/// Bond of a place of an offer with this price.
	pub fn bond_of(price: BalanceOf<T>) -> BalanceOf<T> {
		T::BondShare::get().mul_ceil(price).saturating_add(T::MinimumBond::get())
	}

	/// See [`Pallet::offer`].
	pub(crate) fn do_offer(who: T::AccountId, policy: PolicyHash, terms: Terms<BalanceOf<T>>) -> DispatchResult {
		let Terms { cid, ciphertext, key_hash, price, places } = terms;
		let seller = Models::<T>::get(policy).ok_or(Error::<T>::NoModel)?.owner;
		Self::ensure_acts_for(&who, &seller)?;
		ensure!(!OfferOf::<T>::contains_key(policy), Error::<T>::AlreadyOffered);
		ensure!(!price.is_zero() && (1..=T::MaxPlaces::get()).contains(&places), Error::<T>::BadOffer);

		let bond = Self::bond_of(price);
		let all = bond.saturating_mul(places.into());
		T::Currency::hold(&HoldReason::SellerBond.into(), &seller, all)?;
		let id = NextOffer::<T>::mutate(|next| {
			let id = *next;
			*next = next.wrapping_add(1);
			id
		});
		OfferOf::<T>::insert(policy, id);
		let offer = Offer {
			policy,
			seller: seller.clone(),
			cid,
			ciphertext,
			key_hash,
			price,
			bond,
			places,
			open: 0,
			closed: false,
			sold: 0,
			missed: 0,
		};
		Offers::<T>::insert(id, offer);
		Self::deposit_event(Event::Offered { offer: id, policy, seller, price, bond: all });
		Ok(())
	}

	/// See [`Pallet::withdraw_offer`].
	pub(crate) fn do_withdraw_offer(who: T::AccountId, id: OfferId) -> DispatchResult {
		let mut offer = Offers::<T>::get(id).ok_or(Error::<T>::NoOffer)?;
		Self::ensure_acts_for(&who, &offer.seller)?;
		ensure!(!offer.closed, Error::<T>::Closed);
		Self::close(id, &mut offer)?;
		Self::put_offer(id, offer);
		Ok(())
	}

	/// Closes an offer that is open: gives back the bonds of its free places.
	pub(crate) fn close(id: OfferId, offer: &mut OfferFor<T>) -> DispatchResult {
		let free = offer.places.saturating_sub(offer.open);
		Self::release_places(offer, free)?;
		offer.closed = true;
		Self::deposit_event(Event::OfferClosed { offer: id });
		Ok(())
	}

	/// Gives back the bonds of so many places.
	pub(crate) fn release_places(offer: &mut OfferFor<T>, places: u32) -> DispatchResult {
		let bonds = offer.bond.saturating_mul(places.into());
		T::Currency::release(&HoldReason::SellerBond.into(), &offer.seller, bonds, Precision::BestEffort)?;
		offer.places = offer.places.saturating_sub(places);
		Ok(())
	}

	/// Writes an offer down, or forgets it if it is closed and has no sales.
	pub(crate) fn put_offer(id: OfferId, offer: OfferFor<T>) {
		if offer.closed && offer.open == 0 {
			OfferOf::<T>::remove(offer.policy);
			Offers::<T>::remove(id);
		} else {
			Offers::<T>::insert(id, offer);
		}
	}
}
