//! The chain's own MDP: its state, the submitted transitions and the score of each block.
//!
//! ## Terms
//!
//! - **Step**: one transition of the oracle's environment. Steps are numbered from genesis; a block
//!   records none or exactly K ([`StepsPerBlock`]) of them.
//! - **Start state**: where the transitions of the next block begin ([`State`]).
//! - **Noise**: the seed of everything random in a block's transitions. It is drawn from the VRF
//!   output of the block's author, so nobody but its node knows it before the block is there.
//! - **Episode**: [`EpisodeBlocks`] blocks. After the last of them the state is drawn anew from that
//!   block's VRF output.
//! - **Score**: the mean normalised reward of a block's transitions, floored to 1/64, and the sum of
//!   these along the chain ([`LastScore`]). The fork choice reads it from the header.
//!
//! ## What happens in a block
//!
//! ```text
//! author's node: VRF of the slot -> noise -> its worker plays K steps from State -> signs
//!                                                                                     |
//! pool:          CheckSubmission::validate: parent, step, count, bond                 v
//! block:         CheckSubmission::prepare:  author, slot, once a block    submit_transitions
//!                dispatch: the same again, then the K steps are re-executed; every word must fit
//! on_finalize:   Score digest, award (OnScore), restart of the episode, the oldest record goes
//! ```
//!
//! A block without transitions is valid: it scores 0 and the state stays.
//!
//! ## The submission in the transaction pool
//!
//! [`CheckSubmission`] is a zero-sized transaction extension. It refuses what cannot enter a block as
//! an *invalid transaction* with the codes of [`Refusal`], which costs the signer neither nonce nor
//! fee. It looks at `submit_transitions` alone when that is the whole transaction. Nested in
//! `utility.batch` or `proxy.proxy` the call meets the same checks at its dispatch, where they are
//! errors of the call.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod extension;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod types;
pub mod weights;

pub use extension::{CheckSubmission, Refusal, BASE_PRIORITY, MAX_ATTEMPT};
pub use pallet::*;
pub use types::{RecordOf, StoredRecord, SubmissionOf};
pub use weights::WeightInfo;

/// Number of blocks whose records are kept in the state. Older ones are in the blocks' bodies.
pub const KEPT_BLOCKS: u32 = 256;

/// Most records that one answer of the runtime API holds.
pub const RECORDS_PER_ANSWER: u32 = 64;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use praxis_environment::{AnyState, EnvironmentId, Real, Seed};
	use praxis_primitives_consensus::{AuthorSet, CurrentAuthor, ForkRule, OnScore, Score, Slot};
	use sp_core::H256;

	// The runtime of the upgrade test is one version on.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(if cfg!(feature = "upgrade-test") { 2 } else { 1 });

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who may author which block.
		type AuthorSet: AuthorSet<AccountId = Self::AccountId, BlockNumber = BlockNumberFor<Self>>;

		/// The author of the present block, its slot and its noise.
		type CurrentAuthor: CurrentAuthor<AccountId = Self::AccountId>;

		/// Learns what each block earned.
		type OnScore: OnScore<Self::AccountId>;

		/// Most steps that a block may record. The genesis chooses K from `1..=MaxSteps`.
		#[pallet::constant]
		type MaxSteps: Get<u32>;

		/// Weights of the call, the extension and the hooks.
		type WeightInfo: WeightInfo;
	}

	/// The oracle's environment. Fixed at genesis.
	#[pallet::storage]
	pub type Environment<T: Config> = StorageValue<_, EnvironmentId, ValueQuery, DefaultEnvironment>;

	/// K: how many steps a block records, if any. Fixed at genesis.
	#[pallet::storage]
	pub type StepsPerBlock<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// After how many blocks the state is drawn anew. Fixed at genesis.
	#[pallet::storage]
	pub type EpisodeBlocks<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Which reward decides between chains of equal length. Fixed at genesis.
	#[pallet::storage]
	pub type Rule<T: Config> = StorageValue<_, ForkRule, ValueQuery>;

	/// Where the transitions of the next block start.
	#[pallet::storage]
	pub type State<T: Config> = StorageValue<_, AnyState, OptionQuery>;

	/// Number of the next transition, counted from genesis.
	#[pallet::storage]
	pub type NextStep<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// Score of the latest finished block.
	#[pallet::storage]
	pub type LastScore<T: Config> = StorageValue<_, Score, ValueQuery>;

	/// What the last [`KEPT_BLOCKS`] blocks recorded, by height. A block without transitions has no
	/// record.
	#[pallet::storage]
	pub type Records<T: Config> = StorageMap<_, Twox64Concat, BlockNumberFor<T>, RecordOf<T>, OptionQuery>;

	/// Whether a submission as a transaction of its own is in the present block already, be its
	/// dispatch a success or not. Gone at the end of the block.
	#[pallet::storage]
	pub type Submitted<T: Config> = StorageValue<_, bool, ValueQuery>;

	/// The environment of a chain whose genesis names none.
	pub struct DefaultEnvironment;

	impl Get<EnvironmentId> for DefaultEnvironment {
		fn get() -> EnvironmentId {
			EnvironmentId::DEFAULT_ORACLE
		}
	}

	/// The oracle's constants.
	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// The environment.
		pub environment: EnvironmentId,
		/// K: steps that a block records, in `1..=MaxSteps`. A small K makes fork choice by reward
		/// short-sighted.
		pub steps_per_block: u32,
		/// Blocks of an episode, at least 1.
		pub episode_blocks: u32,
		/// Which reward decides between chains of equal length.
		pub fork_rule: ForkRule,
		/// Nothing.
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self {
				environment: EnvironmentId::DEFAULT_ORACLE,
				steps_per_block: 32,
				episode_blocks: 10,
				fork_rule: ForkRule::default(),
				_config: Default::default(),
			}
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			assert!(
				(1..=T::MaxSteps::get()).contains(&self.steps_per_block),
				"steps_per_block must be in 1..={}",
				T::MaxSteps::get(),
			);
			assert!(self.episode_blocks > 0, "episode_blocks must not be 0");
			Environment::<T>::put(self.environment);
			StepsPerBlock::<T>::put(self.steps_per_block);
			EpisodeBlocks::<T>::put(self.episode_blocks);
			Rule::<T>::put(self.fork_rule);
			let seed = Seed(sp_io::hashing::blake2_256(b"praxis/oracle/genesis"));
			State::<T>::put(AnyState::reset(self.environment, &seed));
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The block records transitions.
		TransitionsAccepted {
			/// Its author, who submitted them.
			author: T::AccountId,
			/// Number of the first of them, counted from genesis.
			step: u64,
			/// Their exact mean normalised reward, in [0, 1].
			reward: Real,
		},
		/// The episode ended and the state was drawn anew.
		EpisodeRestarted {
			/// Number of the first transition of the new episode.
			step: u64,
		},
	}

	/// Why a submission failed. The state is unchanged then.
	#[pallet::error]
	pub enum Error<T> {
		/// The signer is not the author of this block.
		NotAuthor,
		/// The block records transitions already.
		AlreadySubmitted,
		/// The submission is for a block upon another parent: submit again for the new one.
		WrongParent,
		/// The submission is for another slot: submit again for the present one.
		WrongSlot,
		/// The submission starts at another step than that at which the oracle stands.
		WrongStep,
		/// The number of actions is not that of a block's transitions.
		WrongCount,
		/// The environment has no such action.
		ActionOutOfRange,
		/// The transitions earn another reward than claimed.
		WrongReward,
		/// The environment cannot continue from the oracle's state.
		BrokenState,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			T::WeightInfo::on_finalize()
		}

		fn on_finalize(number: BlockNumberFor<T>) {
			Self::finish_block(number);
		}

		fn integrity_test() {
			assert!(T::MaxSteps::get() > 0, "MaxSteps must not be 0");
			let weights = T::BlockWeights::get();
			let class = weights.get(frame_support::dispatch::DispatchClass::Operational);
			let whole = T::WeightInfo::submit_transitions(T::MaxSteps::get())
				.saturating_add(T::WeightInfo::check_submission())
				.saturating_add(class.base_extrinsic);
			let reserved = class.reserved.unwrap_or(weights.max_block);
			assert!(
				whole.all_lte(reserved),
				"a submission of MaxSteps must fit into what normal transactions leave: {whole:?} > {reserved:?}",
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(number: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state(number)
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Records the transitions of this block.
		///
		/// The runtime plays `actions` from [`State`] under the noise of the author's VRF output.
		/// Everything that is claimed must come out exactly, or the state stays as it is.
		///
		/// As a transaction of its own it has no fee, is not propagated, and is refused without
		/// costing a nonce where it cannot apply: see [`CheckSubmission`].
		///
		/// # Origin
		/// Signed by the account of the block's author.
		///
		/// # Parameters
		/// - `parent`: hash of the block upon which this one is built.
		/// - `slot`: slot of this block.
		/// - `attempt`: in the pool, the copy with the highest attempt for the same parent wins. The
		///   dispatch does not look at it.
		/// - `step`: number of the first transition: [`NextStep`].
		/// - `actions`: exactly [`StepsPerBlock`] actions of the environment.
		/// - `reward`: mean of the normalised rewards of the transitions, exact to the last bit.
		/// - `policy_hash`: hash of the policy that chose the actions, for the record.
		///
		/// # Errors
		/// - [`Error::NotAuthor`], [`Error::AlreadySubmitted`], [`Error::WrongParent`],
		///   [`Error::WrongSlot`]: it does not belong into this block.
		/// - [`Error::WrongStep`], [`Error::WrongCount`], [`Error::ActionOutOfRange`],
		///   [`Error::WrongReward`]: it is not what the environment says.
		///
		/// # Events
		/// - [`Event::TransitionsAccepted`]
		#[pallet::call_index(0)]
		#[pallet::weight((
			T::WeightInfo::submit_transitions(actions.len() as u32),
			DispatchClass::Operational,
			Pays::No,
		))]
		#[allow(clippy::too_many_arguments)] // The call's arguments are what a block's body shows.
		pub fn submit_transitions(
			origin: OriginFor<T>,
			parent: T::Hash,
			slot: Slot,
			attempt: u32,
			step: u64,
			actions: BoundedVec<u8, T::MaxSteps>,
			reward: Real,
			policy_hash: H256,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_submit(who, SubmissionOf::<T> { parent, slot, attempt, step, actions, reward, policy_hash })
		}
	}
}
