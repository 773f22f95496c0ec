//! Registry and bonds of the block authors.
//!
//! ## Terms
//!
//! - **Author**: an account with a key (an [`AuthorId`](praxis_primitives_consensus::AuthorId)) and a bond. The key seals blocks and makes
//!   VRF outputs, the account signs extrinsics and earns awards.
//! - **Bond**: [`MinimumBond`] of the author's own balance, on hold ([`HoldReason::AuthorBond`]).
//! - **Active**: may author blocks. An author is active from [`Config::ActivationDelay`] blocks after
//!   its registration on, because with a key chosen in sight of the randomness one could choose
//!   what it draws; until it deregisters.
//! - **Leaving**: deregistered; authors nothing. Its bond stays on hold for
//!   [`Config::UnbondingBlocks`], so that it can still answer for the blocks it made, and its key
//!   stays taken.
//!
//! ```text
//!  register_author        ActivationDelay         deregister       UnbondingBlocks
//!  ---------------> waiting --------------> active ---------> leaving -----------> withdraw_bond
//! ```
//!
//! ## Who may author block n
//!
//! The consensus engine asks in the state of block `n - 1`, the runtime checks in `on_initialize` of
//! block `n`. Both get the same answer, because it depends on nothing but calls of earlier blocks:
//! a key is good for block `n` if its author is not leaving and `active_from <= n`. The pallet
//! therefore changes nothing in hooks.
//!
//! The sortition divides by the number of active authors, those included whose nodes are off. Many
//! idle authors therefore make slots without a block more frequent; what they cost is the bond, so
//! the bond is what this is priced by.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::{AuthorInfo, BalanceOf};
pub use weights::WeightInfo;

/// Target of this pallet's log lines.
pub(crate) const LOG_TARGET: &str = "runtime::workers";

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::fungible::MutateHold};
	use frame_system::pallet_prelude::*;
	use praxis_primitives_consensus::{AuthorId, OwnershipProof, RANDOMNESS_DELAY};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The token that bonds are made of.
		type Currency: MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// Reasons for holds of the runtime.
		type RuntimeHoldReason: From<HoldReason>;

		/// Most entries of the registry, leaving authors included.
		#[pallet::constant]
		type MaxAuthors: Get<u32>;

		/// Blocks between a registration and the first block that the author may make. Greater than
		/// [`RANDOMNESS_DELAY`]: the first randomness that a key's VRF is over must not have been
		/// known when the key was chosen.
		#[pallet::constant]
		type ActivationDelay: Get<u32>;

		/// Blocks that a bond stays on hold after its author has left. Longer than any possible
		/// reorganisation and than the time in which evidence against an author is brought.
		#[pallet::constant]
		type UnbondingBlocks: Get<BlockNumberFor<Self>>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Why this pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Bond of an author.
		#[codec(index = 0)]
		AuthorBond,
	}

	/// Bond of an author who registers now, in the token's smallest part. Earlier bonds stay as
	/// they are.
	#[pallet::storage]
	pub type MinimumBond<T: Config> = StorageValue<_, BalanceOf<T>, ValueQuery>;

	/// The registry: at most [`Config::MaxAuthors`] entries, leaving authors included.
	#[pallet::storage]
	pub type Authors<T: Config> =
		CountedStorageMap<_, Blake2_128Concat, T::AccountId, AuthorInfo<BalanceOf<T>, BlockNumberFor<T>>, OptionQuery>;

	/// Whose key a key is. As many entries as [`Authors`].
	#[pallet::storage]
	pub type Keys<T: Config> = StorageMap<_, Blake2_128Concat, AuthorId, T::AccountId, OptionQuery>;

	/// Number of authors who are not leaving.
	#[pallet::storage]
	pub type BondedCount<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// How many authors become active at which height, by height. Entries of heights that have
	/// passed mean nothing and are dropped with the next registration.
	#[pallet::storage]
	pub type Activations<T: Config> =
		StorageValue<_, BoundedVec<(BlockNumberFor<T>, u32), T::ActivationDelay>, ValueQuery>;

	/// Authors and bond at genesis.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Accounts and keys of the authors, who are active from block 1 on. Each needs the bond as
		/// free balance above the existential deposit.
		pub authors: Vec<(T::AccountId, AuthorId)>,
		/// Bond of an author, in the token's smallest part.
		pub minimum_bond: BalanceOf<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			MinimumBond::<T>::put(self.minimum_bond);
			Pallet::<T>::build_authors(&self.authors);
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An author registered.
		AuthorRegistered {
			/// Its account.
			author: T::AccountId,
			/// Its key.
			key: AuthorId,
			/// Put on hold.
			bond: BalanceOf<T>,
			/// First block that it may author.
			active_from: BlockNumberFor<T>,
		},
		/// An author left; it authors nothing from the next block on.
		AuthorDeregistered {
			/// Its account.
			author: T::AccountId,
			/// Its key, which stays taken until the bond is withdrawn.
			key: AuthorId,
			/// From this height on the bond may be withdrawn.
			unbonds_at: BlockNumberFor<T>,
		},
		/// A bond was released and its author is forgotten.
		BondWithdrawn {
			/// The account.
			author: T::AccountId,
			/// Released.
			amount: BalanceOf<T>,
		},
	}

	/// Why a call failed.
	#[pallet::error]
	pub enum Error<T> {
		/// The account has a key already; one that is leaving has to withdraw its bond first.
		AlreadyRegistered,
		/// The key belongs to an author already, maybe to one who is leaving.
		KeyTaken,
		/// The proof is not one of the key over the SCALE encoding of the calling account.
		InvalidProof,
		/// The registry is full.
		TooManyAuthors,
		/// The account is not an author.
		NotRegistered,
		/// The author is leaving already.
		AlreadyLeaving,
		/// The author has to deregister first.
		NotLeaving,
		/// The unbonding delay is not over.
		StillBonded,
		/// No author would be left to make the next block.
		LastAuthor,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(
				T::ActivationDelay::get() > RANDOMNESS_DELAY,
				"ActivationDelay must be greater than RANDOMNESS_DELAY, or keys can be ground",
			);
			assert!(
				T::UnbondingBlocks::get() > T::ActivationDelay::get().into(),
				"UnbondingBlocks must be greater than ActivationDelay",
			);
			assert!(T::MaxAuthors::get() > 0, "MaxAuthors must not be 0");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Registers the caller as an author and puts its bond on hold.
		///
		/// From [`Config::ActivationDelay`] blocks later on `key` may author blocks, until
		/// [`Pallet::deregister`].
		///
		/// # Origin
		/// Signed by the account that becomes the author. It needs [`MinimumBond`] as free balance
		/// above the existential deposit.
		///
		/// # Parameters
		/// - `key`: the key with which the author's node seals blocks and makes VRF outputs. One
		///   account has one key and one key belongs to one account.
		/// - `proof`: proof that the holder of `key` consents to this account: its signature over
		///   `POP_` followed by the SCALE encoding of the account (its 32 bytes). The RPC
		///   `author_rotateKeysWithOwner(account)` makes a key in the node's keystore and returns
		///   `{keys, proof}`, which are `key` and `proof`.
		///
		/// # Errors
		/// - [`Error::AlreadyRegistered`], [`Error::KeyTaken`]: account or key is in use, maybe by
		///   an author who is leaving.
		/// - [`Error::TooManyAuthors`]: the registry is full.
		/// - [`Error::InvalidProof`]: the proof is for another key or another account.
		/// - `Token(FundsUnavailable)`: the free balance does not suffice.
		///
		/// # Events
		/// - [`Event::AuthorRegistered`]
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register_author())]
		pub fn register_author(origin: OriginFor<T>, key: AuthorId, proof: OwnershipProof) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register(who, key, proof)
		}

		/// Stops authoring at once. The bond stays on hold for [`Config::UnbondingBlocks`]; then
		/// [`Pallet::withdraw_bond`] releases it.
		///
		/// # Origin
		/// Signed by an author.
		///
		/// # Errors
		/// - [`Error::NotRegistered`]: the caller is not an author.
		/// - [`Error::AlreadyLeaving`]: it has deregistered already.
		/// - [`Error::LastAuthor`]: nobody else may author the next block, and a chain without
		///   authors could not even take a registration.
		///
		/// # Events
		/// - [`Event::AuthorDeregistered`]
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::deregister())]
		pub fn deregister(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_deregister(who)
		}

		/// Releases the bond of an author who has left and forgets the author. Its key is free then.
		///
		/// # Origin
		/// Signed by an author who has deregistered at least [`Config::UnbondingBlocks`] ago.
		///
		/// # Errors
		/// - [`Error::NotRegistered`]: the caller has no bond here.
		/// - [`Error::NotLeaving`]: it has not deregistered.
		/// - [`Error::StillBonded`]: the delay is not over.
		///
		/// # Events
		/// - [`Event::BondWithdrawn`]
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::withdraw_bond())]
		pub fn withdraw_bond(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw(who)
		}
	}
}
