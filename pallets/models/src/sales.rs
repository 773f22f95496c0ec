//! What the calls about sales do.

use crate::*;
use frame_support::{
	pallet_prelude::*,
	traits::{
		fungible::MutateHold,
		tokens::{Fortitude, Precision, Restriction},
	},
};
use praxis_primitives_market::{
	sealed::{self, SEALED},
	OfferId, Sale, SaleId, SaleState,
};
use sp_runtime::traits::Saturating;

/// How a sale ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
	/// The buyer has the key, or did not say otherwise in time.
	Paid,
	/// The buyer disputed a right key.
	DisputeLost,
	/// The key did not come in time.
	Missed,
	/// The key was wrong.
	WrongKey,
}

/// The last height at which what a sale waits for may be done.
pub(crate) fn until<AccountId, Balance, BlockNumber: Copy>(
	sale: &Sale<AccountId, Balance, BlockNumber>,
) -> BlockNumber {
	let (SaleState::Bought { until } | SaleState::Delivered { until, .. }) = sale.state;
	until
}

impl<T: Config> Pallet<T> {
	/// See [`Pallet::buy`].
	pub(crate) fn do_buy(buyer: T::AccountId, id: OfferId, one_time_key: [u8; 32]) -> DispatchResult {
		let mut offer = Offers::<T>::get(id).ok_or(Error::<T>::NoOffer)?;
		ensure!(!offer.closed, Error::<T>::Closed);
		ensure!(offer.open < offer.places, Error::<T>::NoPlace);
		ensure!(offer.seller != buyer, Error::<T>::OwnOffer);

		let (price, stake) = (offer.price, T::DisputeStake::get());
		T::Currency::hold(&HoldReason::Purchase.into(), &buyer, price.saturating_add(stake))?;
		offer.open = offer.open.saturating_add(1);
		Offers::<T>::insert(id, offer);
		let sale = NextSale::<T>::mutate(|next| {
			let sale = *next;
			*next = next.wrapping_add(1);
			sale
		});
		let until = frame_system::Pallet::<T>::block_number().saturating_add(T::DeliverBlocks::get());
		let state = SaleState::Bought { until };
		Deadlines::<T>::insert(until, sale, ());
		Sales::<T>::insert(sale, Sale { offer: id, buyer: buyer.clone(), one_time_key, price, stake, state });
		Self::deposit_event(Event::Bought { sale, offer: id, buyer, one_time_key, until });
		Ok(())
	}

	/// See [`Pallet::deliver`].
	pub(crate) fn do_deliver(who: T::AccountId, id: SaleId, sealed: [u8; SEALED]) -> DispatchResult {
		let mut sale = Sales::<T>::get(id).ok_or(Error::<T>::NoSale)?;
		let offer = Offers::<T>::get(sale.offer).ok_or(Error::<T>::NoOffer)?;
		Self::ensure_acts_for(&who, &offer.seller)?;
		let SaleState::Bought { until } = sale.state else { return Err(Error::<T>::AlreadyDelivered.into()) };
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(now <= until, Error::<T>::TooLate);

		Deadlines::<T>::remove(until, id);
		let until = now.saturating_add(T::DisputeBlocks::get());
		Deadlines::<T>::insert(until, id, ());
		sale.state = SaleState::Delivered { sealed, until };
		Sales::<T>::insert(id, sale);
		Self::deposit_event(Event::Delivered { sale: id, sealed, until });
		Ok(())
	}

	/// See [`Pallet::accept`].
	pub(crate) fn do_accept(buyer: T::AccountId, id: SaleId) -> DispatchResult {
		let sale = Sales::<T>::get(id).ok_or(Error::<T>::NoSale)?;
		ensure!(sale.buyer == buyer, Error::<T>::NotBuyer);
		ensure!(matches!(sale.state, SaleState::Delivered { .. }), Error::<T>::NotDelivered);
		Self::end(id, sale, End::Paid)
	}

	/// See [`Pallet::dispute`].
	pub(crate) fn do_dispute(buyer: T::AccountId, id: SaleId, secret: [u8; 32]) -> DispatchResult {
		let sale = Sales::<T>::get(id).ok_or(Error::<T>::NoSale)?;
		ensure!(sale.buyer == buyer, Error::<T>::NotBuyer);
		let SaleState::Delivered { sealed, until } = sale.state else { return Err(Error::<T>::NotDelivered.into()) };
		ensure!(frame_system::Pallet::<T>::block_number() <= until, Error::<T>::TooLate);
		ensure!(sealed::one_time_key(&secret) == sale.one_time_key, Error::<T>::WrongSecret);

		let key_hash = Offers::<T>::get(sale.offer).ok_or(Error::<T>::NoOffer)?.key_hash;
		let right = sealed::open(&sealed, &secret).is_some_and(|key| sealed::key_hash(&key) == key_hash);
		Self::end(id, sale, if right { End::DisputeLost } else { End::WrongKey })
	}

	/// See [`Pallet::finish_sale`].
	pub(crate) fn do_finish_sale(id: SaleId) -> DispatchResult {
		let sale = Sales::<T>::get(id).ok_or(Error::<T>::NoSale)?;
		ensure!(frame_system::Pallet::<T>::block_number() > until(&sale), Error::<T>::NotDue);
		Self::end_late(id, sale)
	}

	/// Ends a sale whose deadline has passed.
	pub(crate) fn end_late(id: SaleId, sale: SaleFor<T>) -> DispatchResult {
		let end = match sale.state {
			SaleState::Bought { .. } => End::Missed,
			SaleState::Delivered { .. } => End::Paid,
		};
		Self::end(id, sale, end)
	}

	/// Ends a sale: moves the money, frees the place, forgets the sale.
	fn end(id: SaleId, sale: SaleFor<T>, end: End) -> DispatchResult {
		let mut offer = Offers::<T>::get(sale.offer).ok_or(Error::<T>::NoOffer)?;
		Self::move_money(id, &sale, &offer.seller, end)?;

		offer.open = offer.open.saturating_sub(1);
		match end {
			End::Paid | End::DisputeLost => offer.sold = offer.sold.saturating_add(1),
			End::Missed => {
				// Nobody else shall wait in vain.
				offer.missed = offer.missed.saturating_add(1);
				if !offer.closed {
					Self::close(sale.offer, &mut offer)?;
				}
			}
			End::WrongKey => Self::slash(sale.offer, &mut offer)?,
		}
		if offer.closed && offer.places > offer.open {
			Self::release_places(&mut offer, 1)?;
		}
		Deadlines::<T>::remove(until(&sale), id);
		Sales::<T>::remove(id);
		Self::put_offer(sale.offer, offer);
		Ok(())
	}

	/// Pays the seller or gives back, and burns what is lost.
	fn move_money(id: SaleId, sale: &SaleFor<T>, seller: &T::AccountId, end: End) -> DispatchResult {
		let reason = HoldReason::Purchase.into();
		let Sale { buyer, price, stake, .. } = sale;
		if matches!(end, End::Missed | End::WrongKey) {
			let amount = price.saturating_add(*stake);
			T::Currency::release(&reason, buyer, amount, Precision::BestEffort)?;
			Self::deposit_event(Event::Refunded { sale: id, buyer: buyer.clone(), amount });
			return Ok(());
		}
		T::Currency::transfer_on_hold(
			&reason,
			buyer,
			seller,
			*price,
			Precision::BestEffort,
			Restriction::Free,
			Fortitude::Polite,
		)?;
		let paid = Event::Paid { sale: id, seller: seller.clone(), price: *price };
		if end == End::DisputeLost {
			T::Currency::burn_held(&reason, buyer, *stake, Precision::BestEffort, Fortitude::Force)?;
			Self::deposit_event(paid);
			Self::deposit_event(Event::StakeBurnt { sale: id, amount: *stake });
		} else {
			T::Currency::release(&reason, buyer, *stake, Precision::BestEffort)?;
			Self::deposit_event(paid);
		}
		Ok(())
	}

	/// Burns the bond of one place, which is gone, and closes the offer: its key is not what it says.
	fn slash(id: OfferId, offer: &mut OfferFor<T>) -> DispatchResult {
		let reason = HoldReason::SellerBond.into();
		T::Currency::burn_held(&reason, &offer.seller, offer.bond, Precision::BestEffort, Fortitude::Force)?;
		offer.places = offer.places.saturating_sub(1);
		Self::deposit_event(Event::SellerSlashed { offer: id, amount: offer.bond });
		if !offer.closed {
			Self::close(id, offer)?;
		}
		Ok(())
	}
}
