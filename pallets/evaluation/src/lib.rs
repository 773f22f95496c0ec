//! Judges policies inside the chain: it plays their episodes itself, exactly, and believes no reported number.
//!
//! ## Terms
//!
//! - **Job**: policies that are judged in one environment on the same seeds, for one **payer**. Another pallet opens it
//!   ([`Evaluation`](praxis_primitives_market::Evaluation)), adds policies, seals it, and is told the results
//!   ([`OnEvaluated`]).
//! - **Trial**: one policy playing all its episodes ([`Trial`](praxis_primitives_market::Trial)); the worker's
//!   `evaluate` runs the same code.
//! - **Unit**: one step of an episode, or its start. Work is portioned out in units.
//! - **Line**: the sealed jobs of one payer whose beacon is there, first come first served.
//!
//! ```text
//!  open ---> add, add, ... ---> seal ---> waiting for the beacon ---> in its payer's line ---> judged, told, forgotten
//!    \------------ cancel -----/          BEACON_BLOCKS blocks
//! ```
//!
//! ## When the seeds become known
//!
//! The seed of an episode is a hash of the job, the episode's number and a beacon; the beacon mixes the VRF outputs of
//! the `BEACON_BLOCKS` blocks after the one in which the job is sealed. A sealed job takes no policy and cannot be
//! cancelled, so nothing about it can change once a part of the beacon is known. Who seals last chooses the height of
//! the beacon, not its value: the outputs of later blocks are not known, but for those of an author who can compute its
//! own for the next `RANDOMNESS_DELAY` blocks; it is enough that one author of the eight is another.
//!
//! ## Whose turn it is
//!
//! Work is done in `on_idle`, in at most [`Config::Share`] of a block, and in what is left of it. Normal calls may not
//! fill a block, so full blocks slow this down but do not stop it. In every block the payers' lines are served in turn,
//! beginning with the one after that which was served last: a payer with many or long jobs delays nobody else's by more
//! than its turn.
//!
//! A policy's bytes are read and checked anew in every block that works on it. To keep that small beside the work, a
//! block that has not room for [`LOADS`] times as much does no work on it.
//!
//! ## What it costs
//!
//! [`Evaluation::weight_of`](praxis_primitives_market::Evaluation::weight_of) is the most that judging one policy may
//! weigh: all episodes to their last step with the largest policy that the request allows. The caller makes its payer
//! pay that. No policy can weigh more.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod cost;
mod impls;
#[cfg(test)]
mod mock;
mod queue;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::{Job, JobState, Running};
pub use weights::WeightInfo;

/// Target of this pallet's log lines.
pub(crate) const LOG_TARGET: &str = "runtime::evaluation";

/// A block works on a policy only if it has room for at least so many times the weight of reading it.
pub const LOADS: u64 = 4;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use praxis_policy::MAX_ENCODED;
	use praxis_primitives_consensus::Beacon;
	use praxis_primitives_market::{JobId, Judgement, OnEvaluated, PolicyHash};
	use sp_runtime::Perbill;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Where the seeds come from.
		type Beacon: Beacon<BlockNumber = BlockNumberFor<Self>>;

		/// Is told of results.
		type OnEvaluated: OnEvaluated;

		/// Most jobs at a time.
		#[pallet::constant]
		type MaxJobs: Get<u32>;

		/// Most jobs of one payer at a time.
		#[pallet::constant]
		type MaxJobsPerPayer: Get<u32>;

		/// Most policies of a job.
		#[pallet::constant]
		type MaxPolicies: Get<u32>;

		/// Most episodes of a trial.
		#[pallet::constant]
		type MaxEpisodes: Get<u32>;

		/// Most weight that judging one policy may take.
		#[pallet::constant]
		type MaxPolicyWeight: Get<Weight>;

		/// Share of a block that evaluations may take.
		#[pallet::constant]
		type Share: Get<Perbill>;

		/// Weights of what is done.
		type WeightInfo: WeightInfo;
	}

	/// Number of the next job.
	#[pallet::storage]
	pub type NextJob<T: Config> = StorageValue<_, JobId, ValueQuery>;

	/// Jobs that are not done.
	#[pallet::storage]
	pub type Jobs<T: Config> =
		CountedStorageMap<_, Twox64Concat, JobId, Job<T::AccountId, BlockNumberFor<T>, T::MaxPolicies>, OptionQuery>;

	/// How many jobs a payer has.
	#[pallet::storage]
	pub type JobsOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	/// The SCALE encodings of a job's policies, in the order in which they came.
	#[pallet::storage]
	pub type Policies<T: Config> =
		StorageDoubleMap<_, Twox64Concat, JobId, Twox64Concat, u32, BoundedVec<u8, ConstU32<MAX_ENCODED>>, OptionQuery>;

	/// Sealed jobs whose beacon is not there yet, with the height that the beacon follows, in the order of sealing.
	#[pallet::storage]
	pub type Waiting<T: Config> = StorageValue<_, BoundedVec<(BlockNumberFor<T>, JobId), T::MaxJobs>, ValueQuery>;

	/// Jobs that are judged, by payer, first come first served. No line is empty.
	#[pallet::storage]
	pub type Lines<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, BoundedVec<JobId, T::MaxJobsPerPayer>, ValueQuery>;

	/// Payers with a line; the first is served next.
	#[pallet::storage]
	pub type Turns<T: Config> = StorageValue<_, BoundedVec<T::AccountId, T::MaxJobs>, ValueQuery>;

	/// How far the jobs in lines are.
	#[pallet::storage]
	pub type Trials<T: Config> = StorageMap<_, Twox64Concat, JobId, Running<T::MaxPolicies>, OptionQuery>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// No policy of the job can change any more; its seeds follow from the beacon of this height.
		Sealed {
			/// The job.
			job: JobId,
			/// The height that the beacon follows.
			after: BlockNumberFor<T>,
			/// How many policies are judged.
			policies: u32,
		},
		/// A policy was judged.
		Judged {
			/// The job.
			job: JobId,
			/// The policy's place in the job.
			index: u32,
			/// The policy.
			policy: PolicyHash,
			/// The result.
			judgement: Judgement,
		},
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(number: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::work(number, remaining)
		}

		fn integrity_test() {
			assert!(T::MaxJobs::get() > 0 && T::MaxJobsPerPayer::get() > 0, "there must be room for a job");
			assert!(T::MaxPolicies::get() > 0 && T::MaxEpisodes::get() > 0, "there must be something to judge");
			let most = Self::most_of_a_block();
			let needed = Self::least_useful();
			assert!(needed.all_lte(most), "a share of {most} cannot work on the largest policy, which needs {needed}");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
