//! Events and errors: a part of the pallet's module.

use frame_support::pallet_macros::pallet_section;

/// Events and errors.
#[pallet_section]
mod section {
	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A judged model was published.
		ModelPublished {
			/// The model.
			policy: PolicyHash,
			/// Who made it.
			owner: T::AccountId,
			/// The task it was made for.
			task: TaskId,
			/// Where it was judged.
			environment: TaskEnvironment,
			/// Its verified score.
			score: Real,
		},
		/// A model had to make room for a better one of its environment.
		ModelDropped {
			/// The model.
			policy: PolicyHash,
			/// Where it was judged.
			environment: TaskEnvironment,
		},
		/// A full model can be had for free.
		ModelShared {
			/// The model.
			policy: PolicyHash,
			/// CID of the plaintext.
			cid: Cid,
		},
		/// A full model can be had for money.
		Offered {
			/// The offer.
			offer: OfferId,
			/// The model.
			policy: PolicyHash,
			/// Who sells.
			seller: T::AccountId,
			/// Price.
			price: BalanceOf<T>,
			/// Put on hold of the seller, for all places.
			bond: BalanceOf<T>,
		},
		/// No more sales are made of an offer.
		OfferClosed {
			/// The offer.
			offer: OfferId,
		},
		/// Somebody bought.
		Bought {
			/// The sale.
			sale: SaleId,
			/// The offer.
			offer: OfferId,
			/// Who buys.
			buyer: T::AccountId,
			/// To which the key must be sealed.
			one_time_key: [u8; 32],
			/// Last height for the delivery.
			until: BlockNumberFor<T>,
		},
		/// A key was delivered.
		Delivered {
			/// The sale.
			sale: SaleId,
			/// The key, sealed to the buyer's one-time key.
			sealed: [u8; SEALED],
			/// Last height for a dispute.
			until: BlockNumberFor<T>,
		},
		/// The seller was paid, and the sale is over.
		Paid {
			/// The sale.
			sale: SaleId,
			/// Who sold.
			seller: T::AccountId,
			/// Price.
			price: BalanceOf<T>,
		},
		/// The buyer got everything back, and the sale is over.
		Refunded {
			/// The sale.
			sale: SaleId,
			/// Who bought.
			buyer: T::AccountId,
			/// Price and stake.
			amount: BalanceOf<T>,
		},
		/// A seller had delivered a wrong key.
		SellerSlashed {
			/// The offer, which is closed now.
			offer: OfferId,
			/// Burnt.
			amount: BalanceOf<T>,
		},
		/// A buyer had disputed a right key.
		StakeBurnt {
			/// The sale.
			sale: SaleId,
			/// Burnt.
			amount: BalanceOf<T>,
		},
	}

	/// Why a call failed.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such model: it was never judged, or had to make room for better ones.
		NoModel,
		/// Only the owner of the model or its operator may do this.
		NotOwner,
		/// The model is offered already, or sales of its closed offer are not over.
		AlreadyOffered,
		/// The price is 0, or the number of places is 0 or above `MaxPlaces`.
		BadOffer,
		/// There is no such offer: it was never made, or is closed and all its sales are over.
		NoOffer,
		/// The offer is closed: nothing more is sold under it.
		Closed,
		/// All places of the offer are taken by sales that are not over: buy when one is.
		NoPlace,
		/// A seller cannot buy its own model.
		OwnOffer,
		/// There is no such sale, or it is over.
		NoSale,
		/// Only the buyer of the sale may do this.
		NotBuyer,
		/// The key has been delivered already, and cannot be changed.
		AlreadyDelivered,
		/// The key has not been delivered yet: there is nothing to accept or to dispute.
		NotDelivered,
		/// The deadline of the sale has passed.
		TooLate,
		/// The deadline of the sale has not passed: it cannot be finished yet.
		NotDue,
		/// The secret is not that of the sale's one-time key.
		WrongSecret,
	}
}
