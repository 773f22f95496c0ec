//! What the pallet needs of the runtime, and why it holds money.

use frame_support::pallet_macros::pallet_section;

/// What the pallet needs of the runtime, and why it holds money.
#[pallet_section]
mod config {
	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The token of rewards, stakes and fees.
		type Currency: MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// Reasons for holds of the runtime.
		type RuntimeHoldReason: From<HoldReason>;

		/// Where audits and orders come from.
		type Beacon: Beacon<BlockNumber = BlockNumberFor<Self>>;

		/// Most sessions that are not finished.
		#[pallet::constant]
		type MaxOpenSessions: Get<u32>;

		/// Most of them by one student.
		#[pallet::constant]
		type MaxOpenSessionsPerAccount: Get<u32>;

		/// Least reward. Who takes all places for sessions has so much locked for each.
		#[pallet::constant]
		type MinReward: Get<BalanceOf<Self>>;

		/// Least stake of a teacher.
		#[pallet::constant]
		type MinStake: Get<BalanceOf<Self>>;

		/// Least blocks of a phase. So many authors in a row would have to leave a call out.
		#[pallet::constant]
		type MinPhaseBlocks: Get<BlockNumberFor<Self>>;

		/// Most blocks of a phase.
		#[pallet::constant]
		type MaxPhaseBlocks: Get<BlockNumberFor<Self>>;

		/// Blocks for which finished sessions are kept.
		#[pallet::constant]
		type RetentionBlocks: Get<BlockNumberFor<Self>>;

		/// Most sessions that `on_idle` advances in a block, and most that it prunes.
		#[pallet::constant]
		type MaxAdvances: Get<u32>;

		/// Most weight that counting one chunk with all classifiers may take.
		#[pallet::constant]
		type MaxChunkWeight: Get<Weight>;

		/// Part of the reward that is burnt where drawn items are not shown.
		#[pallet::constant]
		type NoAuditBurn: Get<Perbill>;

		/// What disputing a good lesson costs.
		#[pallet::constant]
		type DisputeFee: Get<BalanceOf<Self>>;

		/// Deposit of a session.
		#[pallet::constant]
		type DepositBase: Get<BalanceOf<Self>>;

		/// Deposit of a byte of a session's storage.
		#[pallet::constant]
		type DepositPerByte: Get<BalanceOf<Self>>;

		/// Bond of a trainer.
		#[pallet::constant]
		type TrainerBond: Get<BalanceOf<Self>>;

		/// Part of its bond that a trainer loses for a lesson for which it shows nothing.
		#[pallet::constant]
		type TrainerSlash: Get<Perbill>;

		/// Most trainers.
		#[pallet::constant]
		type MaxTrainers: Get<u32>;

		/// Blocks in which teachers hand the keys of their lessons to the trainers.
		#[pallet::constant]
		type HandBlocks: Get<BlockNumberFor<Self>>;

		/// Blocks in which trainers show their classifiers, for each lesson.
		#[pallet::constant]
		type RevealTrainingBlocks: Get<BlockNumberFor<Self>>;

		/// Weights of the calls and of what hooks do.
		type WeightInfo: WeightInfo;
	}

	/// Why this pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Rewards of a student's sessions.
		#[codec(index = 0)]
		SessionReward,
		/// Storage of a student's sessions.
		#[codec(index = 1)]
		SessionDeposit,
		/// Stakes of a teacher's seats.
		#[codec(index = 2)]
		TeacherStake,
		/// Fees of a teacher's lessons.
		#[codec(index = 3)]
		LessonFee,
		/// Bonds of trainers.
		#[codec(index = 4)]
		TrainerBond,
	}
}
