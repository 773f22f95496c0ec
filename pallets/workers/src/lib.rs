//! Registries of the block authors with their bonds, and of the workers with their reputation.
//!
//! # Authors
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
//!
//! # Workers
//!
//! - **Owner**: the account that names a worker, holds its deposit ([`HoldReason::WorkerDeposit`]) and bonds, and is
//!   paid. A cold key.
//! - **Operator**: the account that signs the worker's calls; a hot key, or the owner itself. One owner has one
//!   operator and the other way round. The owner names it and it must accept, so that no stranger can claim an account
//!   that works for somebody else. Naming another ends the right of the former at once.
//! - **Mark**: what a task says about a worker ([`reputation`], [`expertise`]).
//!
//! ```text
//!  register_worker                                      withdraw_worker      WithdrawDelay
//!  ---------------> works, engaged or not --> not engaged -------------> leaving -----------> release_worker_deposit
//! ```
//!
//! The task market knows this as [`WorkerRegistry`](praxis_primitives_market::WorkerRegistry).
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod expertise;
mod impls;
#[cfg(test)]
mod mock;
mod registry;
pub mod reputation;
mod section;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod types;
pub mod weights;
mod worker_calls;

use frame_support::pallet_macros::import_section;
pub use pallet::*;
pub use types::{AuthorInfo, BalanceOf, Endpoint, History, Recent, WorkerInfo, WorkerInfoOf, MAX_ENDPOINT};
pub use weights::WeightInfo;

/// Target of this pallet's log lines.
pub(crate) const LOG_TARGET: &str = "runtime::workers";

#[import_section(section::section)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::fungible::MutateHold};
	use frame_system::pallet_prelude::*;
	use praxis_primitives_consensus::{AuthorId, OwnershipProof, RANDOMNESS_DELAY};
	use praxis_primitives_market::Resources;
	use sp_runtime::{traits::Zero, Perbill};

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

		/// Deposit of a worker.
		#[pallet::constant]
		type WorkerDeposit: Get<BalanceOf<Self>>;

		/// Blocks that a worker's deposit stays on hold after it has left: a new name locks a second one for so long.
		#[pallet::constant]
		type WithdrawDelay: Get<BlockNumberFor<Self>>;

		/// Most tasks that a worker works at.
		#[pallet::constant]
		type MaxEngagements: Get<u32>;

		/// Blocks in which reputation halves, and in which a requester's marks of a worker count once.
		#[pallet::constant]
		type ReputationHalfLife: Get<u32>;

		/// Burnt amount for which a good mark weighs one half.
		#[pallet::constant]
		type BurnUnit: Get<BalanceOf<Self>>;

		/// Blocks for a task that halve the measured speed.
		#[pallet::constant]
		type ComputeReference: Get<u32>;

		/// Most requesters whose marks of a worker are known at a time. Good parts of further ones do not count.
		#[pallet::constant]
		type MaxRecent: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Why this pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Bond of an author.
		#[codec(index = 0)]
		AuthorBond,
		/// Deposit of a worker.
		#[codec(index = 1)]
		WorkerDeposit,
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

	/// The workers, by owner. Each has a deposit on hold, which bounds their number.
	#[pallet::storage]
	pub type Workers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, WorkerInfoOf<T>>;

	/// For whom an account works. The inverse of the operators in [`Workers`].
	#[pallet::storage]
	pub type Operators<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId>;

	/// What is known of a worker's work, by owner.
	#[pallet::storage]
	pub type Histories<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, History, ValueQuery>;

	/// Requesters who marked a worker within a half-life, by the worker's owner. Entries whose time is over mean nothing
	/// and are dropped with the next mark.
	#[pallet::storage]
	pub type RecentMarks<T: Config> = StorageMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		BoundedVec<Recent<T::AccountId, BlockNumberFor<T>>, T::MaxRecent>,
		ValueQuery,
	>;

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
			assert!(T::MaxEngagements::get() > 0 && T::MaxRecent::get() > 0, "a worker needs room for a task");
			assert!(T::ReputationHalfLife::get() > 0 && T::ComputeReference::get() > 0, "a term would have no unit");
			assert!(!T::BurnUnit::get().is_zero(), "without a burn unit, marks that burnt nothing would weigh");
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

		/// Registers the caller as the owner of a worker and puts its deposit on hold.
		///
		/// # Origin
		/// Signed by the owner.
		///
		/// # Parameters
		/// - `operator`: who signs the worker's calls. The caller itself does so at once, another account once it has
		///   accepted ([`Pallet::accept_operator`]).
		/// - `resources`: what the machine has. Nobody checks it.
		/// - `endpoint`: URL of the worker's model gateway; may be empty.
		///
		/// # Errors
		/// - [`Error::WorkerExists`]: the caller owns one already, maybe one that is leaving.
		/// - [`Error::OperatorTaken`]: the operator works for somebody already.
		/// - `Token(FundsUnavailable)`: the free balance does not suffice.
		///
		/// # Events
		/// - [`Event::WorkerRegistered`], then [`Event::OperatorSet`] or [`Event::OperatorProposed`]
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::register_worker())]
		pub fn register_worker(
			origin: OriginFor<T>,
			operator: T::AccountId,
			resources: Resources,
			endpoint: Endpoint,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_register_worker(owner, operator, resources, endpoint)
		}

		/// Changes what the worker says of its machine.
		///
		/// # Origin
		/// Signed by the worker's owner or operator.
		///
		/// # Errors
		/// - [`Error::NoWorker`]: the caller neither owns nor operates one.
		/// - [`Error::WorkerLeaving`].
		///
		/// # Events
		/// - [`Event::WorkerUpdated`]
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::update_worker())]
		pub fn update_worker(origin: OriginFor<T>, resources: Resources, endpoint: Endpoint) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_update_worker(who, resources, endpoint)
		}

		/// Names another operator. The former one's right ends at once.
		///
		/// # Origin
		/// Signed by the worker's owner.
		///
		/// # Errors
		/// - [`Error::NoWorker`], [`Error::WorkerLeaving`].
		/// - [`Error::OperatorTaken`]: it works for somebody already, maybe for this worker.
		///
		/// # Events
		/// - [`Event::OperatorSet`] for the owner itself, else [`Event::OperatorProposed`]
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::set_operator())]
		pub fn set_operator(origin: OriginFor<T>, operator: T::AccountId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_set_operator(owner, operator)
		}

		/// Accepts to be the operator of `owner`'s worker.
		///
		/// # Origin
		/// Signed by the account that the owner named.
		///
		/// # Errors
		/// - [`Error::NoWorker`], [`Error::NotProposed`]: the owner has no worker, or named somebody else.
		/// - [`Error::OperatorTaken`]: the caller works for somebody already.
		///
		/// # Events
		/// - [`Event::OperatorSet`]
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::accept_operator())]
		pub fn accept_operator(origin: OriginFor<T>, owner: T::AccountId) -> DispatchResult {
			let operator = ensure_signed(origin)?;
			Self::do_accept_operator(operator, owner)
		}

		/// Works for nobody any more.
		///
		/// # Origin
		/// Signed by an operator.
		///
		/// # Errors
		/// - [`Error::NotOperator`].
		///
		/// # Events
		/// - [`Event::OperatorResigned`]
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::resign_operator())]
		pub fn resign_operator(origin: OriginFor<T>) -> DispatchResult {
			let operator = ensure_signed(origin)?;
			Self::do_resign_operator(operator)
		}

		/// Leaves: the worker gets no more tasks. [`Config::WithdrawDelay`] blocks later
		/// [`Pallet::release_worker_deposit`] releases the deposit.
		///
		/// # Origin
		/// Signed by the worker's owner.
		///
		/// # Errors
		/// - [`Error::NoWorker`], [`Error::WorkerLeaving`].
		/// - [`Error::WorkerEngaged`]: it has tasks to finish.
		///
		/// # Events
		/// - [`Event::WorkerLeaving`]
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::withdraw_worker())]
		pub fn withdraw_worker(origin: OriginFor<T>) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_withdraw_worker(owner)
		}

		/// Releases the deposit of a worker that has left, and forgets it with its reputation.
		///
		/// # Origin
		/// Signed by the worker's owner.
		///
		/// # Errors
		/// - [`Error::NoWorker`], [`Error::WorkerNotLeaving`].
		/// - [`Error::DepositLocked`]: the delay is not over.
		///
		/// # Events
		/// - [`Event::WorkerRemoved`]
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::release_worker_deposit())]
		pub fn release_worker_deposit(origin: OriginFor<T>) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_release_worker_deposit(owner)
		}
	}
}
