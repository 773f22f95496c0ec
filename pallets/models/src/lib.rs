//! Registry of judged models: lookup, free sharing, sale of their full weights.
//!
//! ## Terms
//!
//! - **Model**: a policy that the chain has judged, named by the policy's hash. The quantised policy itself was revealed
//!   and is public; the **full model** (float weights, model card) lies in a content-addressed store under a CID.
//! - **Owner**: the worker's owner who submitted it. Its operator may act for it.
//! - **Offer**: full weights for money. The CID is that of a ciphertext; the offer has the hashes of the ciphertext and
//!   of its key. An offer never changes, so that a buyer gets what it saw.
//! - **Place**: an offer takes as many sales at a time as it has places, each with a bond of the seller.
//! - **Stake**: what a buyer loses by disputing a right key.
//!
//! ## What is kept
//!
//! Of every environment the best [`Config::MaxModels`] models, and for ever the best score. Who publishes many bad models
//! displaces no better one. Records need no deposit: each was judged in a task, and the judgement was paid for.
//!
//! ## A sale
//!
//! ```text
//!  buy: price and stake on hold
//!   |--- not delivered in time ------------------> all back to the buyer, the offer closed
//!  deliver: the key, sealed to the buyer's one-time key
//!   |--- accept, or no dispute in time ----------> price to the seller, stake back
//!  dispute: the buyer discloses the one-time secret, the chain opens the sealed key
//!   |--- it is the key of the offer -------------> price to the seller, stake burnt
//!   \--- it is not, or it cannot be opened ------> all back to the buyer, the place's bond burnt, the offer closed
//! ```
//!
//! The chain itself ends a sale whose deadline passed, in `on_idle`, at most [`MAX_LOOKS`] looks a block; should it have no
//! room, anybody may ([`Pallet::finish_sale`]). Money goes only to the buyer, the seller or nobody.
//!
//! What the chain cannot judge is whether the plaintext is the model: the buyer re-quantises what it decrypted and
//! compares with the policy's hash.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod deadlines;
#[cfg(test)]
mod mock;
mod offers;
mod registry;
mod sales;
mod section;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod types;
pub mod weights;

pub use deadlines::MAX_LOOKS;
use frame_support::pallet_macros::import_section;
pub use pallet::*;
pub use types::{BalanceOf, Model, ModelOf, Offer, OfferFor, SaleFor};
pub use weights::WeightInfo;

/// Target of this pallet's log lines.
pub(crate) const LOG_TARGET: &str = "runtime::models";

#[import_section(section::section)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{pallet_prelude::*, traits::fungible::MutateHold};
	use frame_system::pallet_prelude::*;
	use praxis_environment::{Real, TaskEnvironment};
	use praxis_primitives_market::{sealed::SEALED, Cid, OfferId, PolicyHash, SaleId, TaskId, WorkerRegistry};
	use sp_core::H256;
	use sp_runtime::{traits::Zero, Perbill};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The token.
		type Currency: MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// Reasons for holds of the runtime.
		type RuntimeHoldReason: From<HoldReason>;

		/// Who is whose operator.
		type Workers: WorkerRegistry<AccountId = Self::AccountId>;

		/// Models kept of an environment.
		#[pallet::constant]
		type MaxModels: Get<u32>;

		/// Most sales of an offer at a time.
		#[pallet::constant]
		type MaxPlaces: Get<u32>;

		/// Part of the price that is the bond of a place, beside [`Config::MinimumBond`].
		#[pallet::constant]
		type BondShare: Get<Perbill>;

		/// Least bond of a place.
		#[pallet::constant]
		type MinimumBond: Get<BalanceOf<Self>>;

		/// What disputing a right key costs.
		#[pallet::constant]
		type DisputeStake: Get<BalanceOf<Self>>;

		/// Blocks in which a seller must deliver.
		#[pallet::constant]
		type DeliverBlocks: Get<BlockNumberFor<Self>>;

		/// Blocks in which a buyer may dispute.
		#[pallet::constant]
		type DisputeBlocks: Get<BlockNumberFor<Self>>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Why this pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Bonds of the places of a seller's offers.
		#[codec(index = 0)]
		SellerBond,
		/// Prices and stakes of a buyer's sales.
		#[codec(index = 1)]
		Purchase,
	}

	/// The models that are kept, by policy.
	#[pallet::storage]
	pub type Models<T: Config> = StorageMap<_, Blake2_128Concat, PolicyHash, ModelOf<T>>;

	/// Scores and policies of the models that are kept, by environment, best first.
	#[pallet::storage]
	pub type ByEnvironment<T: Config> =
		StorageMap<_, Blake2_128Concat, TaskEnvironment, BoundedVec<(Real, PolicyHash), T::MaxModels>, ValueQuery>;

	/// The best score ever published in an environment, and the policy that had it.
	#[pallet::storage]
	pub type Best<T: Config> = StorageMap<_, Blake2_128Concat, TaskEnvironment, (Real, PolicyHash)>;

	/// Number of the next offer.
	#[pallet::storage]
	pub type NextOffer<T: Config> = StorageValue<_, OfferId, ValueQuery>;

	/// Offers that are open, or have sales that are not over.
	#[pallet::storage]
	pub type Offers<T: Config> = StorageMap<_, Twox64Concat, OfferId, OfferFor<T>>;

	/// The offer of a model.
	#[pallet::storage]
	pub type OfferOf<T: Config> = StorageMap<_, Blake2_128Concat, PolicyHash, OfferId>;

	/// Number of the next sale.
	#[pallet::storage]
	pub type NextSale<T: Config> = StorageValue<_, SaleId, ValueQuery>;

	/// Sales that are not over.
	#[pallet::storage]
	pub type Sales<T: Config> = StorageMap<_, Twox64Concat, SaleId, SaleFor<T>>;

	/// Sales that are not over, by the last height at which what they wait for may be done.
	#[pallet::storage]
	pub type Deadlines<T: Config> =
		StorageDoubleMap<_, Twox64Concat, BlockNumberFor<T>, Twox64Concat, SaleId, (), OptionQuery>;

	/// No sale has an earlier deadline.
	#[pallet::storage]
	pub type NextDeadline<T: Config> = StorageValue<_, BlockNumberFor<T>, ValueQuery>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(number: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::finish_due(number, remaining)
		}

		fn integrity_test() {
			assert!(T::MaxModels::get() > 0 && T::MaxPlaces::get() > 0, "there must be room for a model and a sale");
			assert!(!T::MinimumBond::get().is_zero(), "an offer without a bond costs nothing");
			assert!(!T::DisputeStake::get().is_zero(), "disputes would cost nothing");
			assert!(
				!T::DeliverBlocks::get().is_zero() && !T::DisputeBlocks::get().is_zero(),
				"nobody could deliver or dispute"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Says where the full model can be had for free, in place of the CID that was committed.
		///
		/// # Origin
		/// Signed by the model's owner or its operator.
		///
		/// # Parameters
		/// - `policy`: the model.
		/// - `cid`: CID of the plaintext, in its binary form.
		///
		/// # Errors
		/// - [`Error::NoModel`], [`Error::NotOwner`].
		///
		/// # Events
		/// - [`Event::ModelShared`]
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::share())]
		pub fn share(origin: OriginFor<T>, policy: PolicyHash, cid: Cid) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_share(who, policy, cid)
		}

		/// Offers the full weights of a model and puts a bond for every place on hold of its owner.
		///
		/// # Origin
		/// Signed by the model's owner or its operator.
		///
		/// # Parameters
		/// - `policy`: the model.
		/// - `cid`, `ciphertext`: CID of the ciphertext and its blake2-256.
		/// - `key_hash`: blake2-256 of the 32 bytes of the key.
		/// - `price`: in the token's smallest part, not 0.
		/// - `places`: most sales at a time, 1 to [`Config::MaxPlaces`].
		///
		/// # Errors
		/// - [`Error::NoModel`], [`Error::NotOwner`].
		/// - [`Error::AlreadyOffered`]: an offer of the model is open or has sales that are not over.
		/// - [`Error::BadOffer`]: the price is 0, or the places are out of bounds.
		/// - `Token(FundsUnavailable)`: the owner's free balance does not suffice.
		///
		/// # Events
		/// - [`Event::Offered`]
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::offer())]
		pub fn offer(
			origin: OriginFor<T>,
			policy: PolicyHash,
			cid: Cid,
			ciphertext: H256,
			key_hash: H256,
			price: BalanceOf<T>,
			places: u32,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_offer(who, policy, offers::Terms { cid, ciphertext, key_hash, price, places })
		}

		/// Takes an offer back: no more sales are made. Bonds of free places return at once, the others when their sales
		/// are over.
		///
		/// # Origin
		/// Signed by the seller or its operator.
		///
		/// # Errors
		/// - [`Error::NoOffer`], [`Error::NotOwner`], [`Error::Closed`].
		///
		/// # Events
		/// - [`Event::OfferClosed`]
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::withdraw_offer())]
		pub fn withdraw_offer(origin: OriginFor<T>, offer: OfferId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw_offer(who, offer)
		}

		/// Buys: puts the price and the stake on hold. The seller has [`Config::DeliverBlocks`] to deliver.
		///
		/// # Origin
		/// Signed by the buyer.
		///
		/// # Parameters
		/// - `offer`: the offer.
		/// - `one_time_key`: X25519 key that is used for nothing else; its secret may have to be disclosed.
		///
		/// # Errors
		/// - [`Error::NoOffer`], [`Error::Closed`].
		/// - [`Error::NoPlace`]: as many sales as there may be are not over.
		/// - [`Error::OwnOffer`]: the seller buys.
		/// - `Token(FundsUnavailable)`: the free balance does not suffice.
		///
		/// # Events
		/// - [`Event::Bought`]
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::buy())]
		pub fn buy(origin: OriginFor<T>, offer: OfferId, one_time_key: [u8; 32]) -> DispatchResult {
			let buyer = ensure_signed(origin)?;
			Self::do_buy(buyer, offer, one_time_key)
		}

		/// Delivers the key. The buyer has [`Config::DisputeBlocks`] to dispute.
		///
		/// # Origin
		/// Signed by the seller or its operator.
		///
		/// # Parameters
		/// - `sale`: the sale.
		/// - `sealed`: the key, sealed to the buyer's one-time key as by libsodium's `crypto_box_seal`.
		///
		/// # Errors
		/// - [`Error::NoSale`], [`Error::NotOwner`].
		/// - [`Error::AlreadyDelivered`], [`Error::TooLate`].
		///
		/// # Events
		/// - [`Event::Delivered`]
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::deliver())]
		pub fn deliver(origin: OriginFor<T>, sale: SaleId, sealed: [u8; SEALED]) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_deliver(who, sale, sealed)
		}

		/// Pays the seller at once. Check the key first: this cannot be disputed any more.
		///
		/// # Origin
		/// Signed by the buyer.
		///
		/// # Errors
		/// - [`Error::NoSale`], [`Error::NotBuyer`], [`Error::NotDelivered`].
		///
		/// # Events
		/// - [`Event::Paid`]
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::accept())]
		pub fn accept(origin: OriginFor<T>, sale: SaleId) -> DispatchResult {
			let buyer = ensure_signed(origin)?;
			Self::do_accept(buyer, sale)
		}

		/// Has the chain open the delivered key. Whoever is wrong pays: see the pallet's documentation.
		///
		/// # Origin
		/// Signed by the buyer.
		///
		/// # Parameters
		/// - `sale`: the sale.
		/// - `secret`: secret of the one-time key. Everybody can read it, and with it the delivered key.
		///
		/// # Errors
		/// - [`Error::NoSale`], [`Error::NotBuyer`], [`Error::NotDelivered`], [`Error::TooLate`].
		/// - [`Error::WrongSecret`]: it is not the secret of the sale's one-time key.
		///
		/// # Events
		/// - [`Event::Refunded`] and [`Event::SellerSlashed`], or [`Event::Paid`] and [`Event::StakeBurnt`]
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::dispute())]
		pub fn dispute(origin: OriginFor<T>, sale: SaleId, secret: [u8; 32]) -> DispatchResult {
			let buyer = ensure_signed(origin)?;
			Self::do_dispute(buyer, sale, secret)
		}

		/// Ends a sale whose deadline has passed: pays the seller if the key was delivered, else the buyer gets all back.
		/// The chain does it by itself, unless its blocks are full.
		///
		/// # Origin
		/// Signed by anybody.
		///
		/// # Errors
		/// - [`Error::NoSale`], [`Error::NotDue`].
		///
		/// # Events
		/// - [`Event::Paid`] or [`Event::Refunded`]
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::finish_sale())]
		pub fn finish_sale(origin: OriginFor<T>, sale: SaleId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_finish_sale(sale)
		}
	}
}
