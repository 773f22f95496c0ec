//! Tasks: requesters pay for policies, workers train them, and each is paid by the score that the chain itself finds.
//!
//! ## Terms
//!
//! - **Requester**: posts a task; its budget, the evaluation's cost and a deposit are on hold.
//! - **Worker**: named by its **owner**, who holds the bond and is paid. The worker's calls are signed by its
//!   **operator**.
//! - **Bond**: on hold from a worker's owner from its application on. What a fault costs is taken from it.
//! - **Commit**: a hash that binds one owner to one policy; **reveal**: the policy.
//! - **Floor**: the score that earns nothing: the best one that was published in the environment when the worker
//!   committed, at least that of random actions. A policy that had been revealed by then counts too, once its score is
//!   known.
//! - **Share**: the part of the way from the floor to the target that a policy went, from 0 to 1.
//!
//! - **Lot**: what a beacon draws for an applicant of whom nothing good is known: quality 0, untried as well as failed.
//!   Such applicants come after all others, in the order of their lots.
//!
//! ```text
//!  post_task        apply_blocks            train_blocks, or           reveal_blocks, or
//!  ---------> Open --------------> Assigned ------------> Committed -------------> Evaluating ---> Settled
//!              |  \                   |     all committed    |       all revealed     the chain judges
//!       cancel |   \ no worker        | no commit            | no reveal
//!              v    v                 v                      v
//!         Cancelled Expired         Expired               Expired          finished tasks are pruned later
//! ```
//!
//! Between Open and Assigned (or Expired) a task is Drawing for the blocks of a beacon, if lots decide who is chosen.
//!
//! A height named as a deadline is the last at which something may still be done. In that very block, after its calls,
//! `on_idle` advances the task; should the block have no room, a later one does, or anybody by [`Pallet::poke`].
//!
//! ## Money
//!
//! Every amount is held, and moved, by the functions of [`Escrow`], which write it down in the task's
//! [`Ledger`](praxis_primitives_market::Ledger): escrowed = paid + returned + burnt + what is still on hold.
//!
//! | what | formula |
//! |---|---|
//! | requester's hold | budget + workers · cost of judging one policy; and a deposit for the storage |
//! | worker's bond | ⌈[`Config::BondShare`] · price⌉ + cost of judging one policy + [`Config::MinimumBond`] |
//! | payout | ⌊share · price⌋, of which ⌈[`Config::BurnShare`] · payout⌉ is burnt |
//! | cost of judging | burnt from the requester's hold; a policy with share 0 repays it from its worker's bond |
//! | no commit | ⌈[`Config::NoCommitSlash`] · bond⌉ burnt |
//! | no reveal | the whole bond burnt |
//!
//! Nothing that a worker loses by a fault goes to the requester, so that impossible deadlines collect nothing.
//! `docs/task-market.md` describes every transition and each odd case; `docs/security.md` what an attacker can try.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod commit_reveal;
mod deadlines;
mod errors;
mod escrow;
mod events;
mod floor;
#[cfg(test)]
mod mock;
mod posting;
mod selection;
mod settlement;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod types;
mod views;
pub mod weights;

use deadlines::Queue;
use escrow::Holds;
use frame_support::pallet_macros::import_section;
use praxis_support::{Escrow, Lifecycle};

pub use floor::{RevealedOf, MAX_REVEALED};
pub use pallet::*;
pub use types::{
	Application, ApplicationOf, ApplicationsOf, AssignmentOf, AssignmentsOf, BalanceOf, Places, SpecOf, Task, TaskOf,
};
pub use weights::WeightInfo;

/// Target of this pallet's log lines.
pub(crate) const LOG_TARGET: &str = "runtime::task-market";

#[import_section(events::events)]
#[import_section(errors::errors)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{pallet_prelude::*, traits::fungible::MutateHold, weights::WeightToFee};
	use frame_system::pallet_prelude::*;
	use praxis_environment::{Real, TaskEnvironment};
	use praxis_policy::MAX_ENCODED;
	use praxis_primitives_consensus::Beacon;
	use praxis_primitives_market::{
		Cid, Evaluation, Expiry, JobId, Ledger, ModelRegistry, PolicyHash, Settlement, Standing, TaskId, WorkerRegistry,
	};
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
		/// The token of budgets, bonds and payouts.
		type Currency: MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// Reasons for holds of the runtime.
		type RuntimeHoldReason: From<HoldReason>;

		/// Where lots come from.
		type Beacon: Beacon<BlockNumber = BlockNumberFor<Self>>;

		/// Judges policies.
		type Evaluation: Evaluation<AccountId = Self::AccountId>;

		/// The registry of workers.
		type Workers: WorkerRegistry<
			AccountId = Self::AccountId,
			Balance = BalanceOf<Self>,
			BlockNumber = BlockNumberFor<Self>,
		>;

		/// The registry of models.
		type Models: ModelRegistry<AccountId = Self::AccountId>;

		/// What judging costs: that of transactions of the same weight.
		type WeightToFee: WeightToFee<Balance = BalanceOf<Self>>;

		/// Most tasks that are not finished.
		#[pallet::constant]
		type MaxOpenTasks: Get<u32>;

		/// Most of them by one requester.
		#[pallet::constant]
		type MaxOpenTasksPerAccount: Get<u32>;

		/// Most applicants of a task.
		#[pallet::constant]
		type MaxApplicants: Get<u32>;

		/// Most workers of a task.
		#[pallet::constant]
		type MaxWorkers: Get<u32>;

		/// Most blocks in which workers apply, train or reveal.
		#[pallet::constant]
		type MaxPhaseBlocks: Get<BlockNumberFor<Self>>;

		/// Least blocks in which workers reveal. So many authors in a row would have to leave a reveal out.
		#[pallet::constant]
		type MinRevealBlocks: Get<BlockNumberFor<Self>>;

		/// Blocks for which finished tasks are kept.
		#[pallet::constant]
		type RetentionBlocks: Get<BlockNumberFor<Self>>;

		/// Most tasks that `on_idle` advances in a block, and most that it prunes.
		#[pallet::constant]
		type MaxAdvances: Get<u32>;

		/// A worker's bond, as a part of its price.
		#[pallet::constant]
		type BondShare: Get<Perbill>;

		/// What a bond is more than that and the cost of judging.
		#[pallet::constant]
		type MinimumBond: Get<BalanceOf<Self>>;

		/// Part of the bond that is burnt of a worker that does not commit.
		#[pallet::constant]
		type NoCommitSlash: Get<Perbill>;

		/// Part of every payout that is burnt.
		#[pallet::constant]
		type BurnShare: Get<Perbill>;

		/// Deposit of a task.
		#[pallet::constant]
		type DepositBase: Get<BalanceOf<Self>>;

		/// Deposit of a byte of a task's storage.
		#[pallet::constant]
		type DepositPerByte: Get<BalanceOf<Self>>;

		/// Weights of the calls and of what hooks do.
		type WeightInfo: WeightInfo;
	}

	/// Why this pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Budget and evaluation of a requester's tasks.
		#[codec(index = 0)]
		TaskBudget,
		/// Storage of a requester's tasks.
		#[codec(index = 1)]
		TaskDeposit,
		/// Bonds of a worker's applications and assignments.
		#[codec(index = 2)]
		WorkerBond,
	}

	/// Number of the next task.
	#[pallet::storage]
	pub type NextTask<T: Config> = StorageValue<_, TaskId, ValueQuery>;

	/// Tasks, finished ones too until they are pruned.
	#[pallet::storage]
	pub type Tasks<T: Config> = StorageMap<_, Twox64Concat, TaskId, TaskOf<T>, OptionQuery>;

	/// Who wants to work at a task, and after the selection what it said, best first. A cancelled task has none.
	#[pallet::storage]
	pub type Applications<T: Config> = StorageMap<_, Twox64Concat, TaskId, ApplicationsOf<T>, ValueQuery>;

	/// Who works at a task, best first.
	#[pallet::storage]
	pub type Assignments<T: Config> = StorageMap<_, Twox64Concat, TaskId, AssignmentsOf<T>, ValueQuery>;

	/// Height from which a task is to be advanced, for each that waits for a height; sorted.
	#[pallet::storage]
	pub type Due<T: Config> = StorageValue<_, BoundedVec<(BlockNumberFor<T>, TaskId), T::MaxOpenTasks>, ValueQuery>;

	/// Number of tasks that are not finished.
	#[pallet::storage]
	pub type OpenTasks<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// The same by requester. None is 0.
	#[pallet::storage]
	pub type OpenTasksOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	/// Whose job it is, for the tasks that are not finished.
	#[pallet::storage]
	pub type TaskOfJob<T: Config> = StorageMap<_, Twox64Concat, JobId, TaskId, OptionQuery>;

	/// Finished tasks by place: the oldest has the lowest.
	#[pallet::storage]
	pub type Finished<T: Config> = StorageMap<_, Twox64Concat, u64, TaskId, OptionQuery>;

	/// Which places are taken.
	#[pallet::storage]
	pub type FinishedPlaces<T: Config> = StorageValue<_, Places, ValueQuery>;

	/// By environment: the best score of what had been revealed by a height, for the heights at which it rose.
	#[pallet::storage]
	pub type Revealed<T: Config> = StorageMap<_, Twox64Concat, TaskEnvironment, RevealedOf<T>, ValueQuery>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(number: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Queue::<T>::work(number, remaining)
		}

		fn integrity_test() {
			assert!(
				T::MaxOpenTasks::get() > 0 && T::MaxOpenTasksPerAccount::get() > 0,
				"there must be room for a task"
			);
			assert!(T::MaxApplicants::get() > 0 && T::MaxWorkers::get() > 0, "there must be room for a worker");
			assert!(T::MaxAdvances::get() > 0, "a block must advance tasks");
			assert!(!T::MinRevealBlocks::get().is_zero(), "workers need a block to reveal");
			assert!(T::MinRevealBlocks::get() <= T::MaxPhaseBlocks::get(), "no time for reveals would be allowed");
			assert!(!T::MinimumBond::get().is_zero(), "not revealing must cost more than a failing reveal");
			let most = Self::advance_weight().saturating_add(T::WeightInfo::on_idle());
			let block = T::BlockWeights::get().max_block;
			assert!(most.all_lte(block), "advancing a task, {most}, must fit into a block, {block}");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Posts a task and puts its budget, the cost of the evaluation and a deposit on hold.
		///
		/// # Origin
		/// Signed by the requester.
		///
		/// # Parameters
		/// - `spec`: what is asked for; amounts in the token's smallest part, times in blocks.
		///
		/// # Errors
		/// - [`Error::BadBudget`], [`Error::BadWorkers`], [`Error::BadDeadlines`], [`Error::BadTerms`],
		///   [`Error::BadRequest`], [`Error::BadEnvironment`], [`Error::TooExpensive`]: it cannot be asked for.
		/// - [`Error::TargetOutOfReach`], [`Error::AlreadyAchieved`]: nobody could earn anything, or there is a model.
		/// - [`Error::TooManyTasks`], [`Error::TooManyTasksOfAccount`], [`Error::QueueFull`]: there is no room now.
		/// - `Token(FundsUnavailable)`: the free balance does not suffice.
		///
		/// # Events
		/// - [`Event::TaskPosted`]
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::post_task())]
		pub fn post_task(origin: OriginFor<T>, spec: SpecOf<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_post(who, spec)
		}

		/// Applies for a task and puts the worker's bond on hold.
		///
		/// # Origin
		/// Signed by the worker's operator. The bond is its owner's.
		///
		/// # Parameters
		/// - `task`: the task.
		/// - `price`: asked for a policy that meets the target, from 1 to the task's highest price.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotOpen`], [`Error::TooLate`]: nobody can apply any more.
		/// - [`Error::NotRegistered`], [`Error::OwnTask`], [`Error::NotEligible`]: the worker may not.
		/// - [`Error::BadPrice`], [`Error::AlreadyApplied`], [`Error::TooManyApplicants`].
		/// - `Token(FundsUnavailable)`: the owner's free balance does not suffice for the bond.
		///
		/// # Events
		/// - [`Event::Applied`]
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::apply(T::MaxApplicants::get()))]
		pub fn apply(origin: OriginFor<T>, task: TaskId, price: BalanceOf<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_apply(who, task, price)
		}

		/// Takes an application back while others may still apply; the bond is returned.
		///
		/// # Origin
		/// Signed by the worker's operator.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotOpen`], [`Error::TooLate`], [`Error::NotRegistered`],
		///   [`Error::NotApplied`].
		///
		/// # Events
		/// - [`Event::ApplicationWithdrawn`]
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::withdraw_application(T::MaxApplicants::get()))]
		pub fn withdraw_application(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw_application(who, task)
		}

		/// Binds a chosen worker to a policy, without showing it. Once per worker.
		///
		/// # Origin
		/// Signed by the worker's operator.
		///
		/// # Parameters
		/// - `task`: the task.
		/// - `hash`: [`commitment`](praxis_primitives_market::task::commitment): blake2-256 of the SCALE encoding of
		///   (owner's account, hash of the policy, salt of 32 bytes).
		/// - `cid`: CID of the full model, in its binary form.
		/// - `parent`: hash of the published policy from which training started, if the owner wants to say so.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::TooEarly`], [`Error::TooLate`]: it is not the time for it.
		/// - [`Error::NotRegistered`], [`Error::NotAssigned`], [`Error::AlreadyCommitted`], [`Error::EmptyCid`].
		///
		/// # Events
		/// - [`Event::Committed`]
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::commit())]
		pub fn commit(
			origin: OriginFor<T>,
			task: TaskId,
			hash: H256,
			cid: Cid,
			parent: Option<PolicyHash>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit(who, task, hash, cid, parent)
		}

		/// Shows the policy to which a worker is bound. Whatever is revealed is public and will be judged.
		///
		/// A reveal that fails can be repeated until the deadline; a policy that cannot be revealed counts as not
		/// revealed. Where two committed to the same policy, the reveal of who committed earlier counts.
		///
		/// # Origin
		/// Signed by the worker's operator.
		///
		/// # Parameters
		/// - `task`: the task.
		/// - `policy`: the policy's SCALE encoding.
		/// - `salt`: the commit's salt.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::TooEarly`], [`Error::TooLate`]: it is not the time for it.
		/// - [`Error::NotRegistered`], [`Error::NotAssigned`], [`Error::NotCommitted`], [`Error::AlreadyRevealed`],
		///   [`Error::WrongReveal`]: it is not this worker's to reveal.
		/// - [`Error::BadPolicy`], [`Error::WrongShape`], [`Error::TooLarge`], [`Error::Duplicate`]: it cannot be judged.
		///
		/// # Events
		/// - [`Event::Revealed`], maybe [`Event::RevealDisplaced`] before it
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::reveal().saturating_add(T::Evaluation::add_weight(policy.len() as u32)))]
		pub fn reveal(
			origin: OriginFor<T>,
			task: TaskId,
			policy: BoundedVec<u8, ConstU32<MAX_ENCODED>>,
			salt: [u8; 32],
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reveal(who, task, &policy, salt)
		}

		/// Takes a task back before its workers were chosen. All but the deposit is returned at once.
		///
		/// # Origin
		/// Signed by the requester.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotRequester`], [`Error::NotOpen`].
		///
		/// # Events
		/// - [`Event::TaskCancelled`]
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::cancel(T::MaxApplicants::get()))]
		pub fn cancel(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_cancel(who, task)
		}

		/// Advances a task whose deadline has passed, should the chain not have done so by itself.
		///
		/// # Origin
		/// Signed by anybody.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotDue`].
		/// - [`Error::NoBeacon`]: the evaluation or the lot can not have its randomness now; the task stays due.
		///
		/// # Events
		/// - those of the transition
		#[pallet::call_index(6)]
		#[pallet::weight(Pallet::<T>::advance_weight())]
		pub fn poke(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_poke(task)
		}

		/// Forgets a task that was finished [`Config::RetentionBlocks`] ago and returns its deposit to the requester.
		///
		/// # Origin
		/// Signed by anybody.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotFinished`], [`Error::StillRetained`].
		///
		/// # Events
		/// - [`Event::TaskPruned`]
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::prune())]
		pub fn prune(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_prune(task)
		}
	}
}
