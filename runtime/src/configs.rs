//! How the runtime configures its pallets.

use crate::{constants::*, *};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	derive_impl,
	dispatch::DispatchClass,
	parameter_types,
	traits::{ConstU128, ConstU32, InstanceFilter, VariantCountOf},
	weights::{
		constants::{BlockExecutionWeight, ExtrinsicBaseWeight, ParityDbWeight},
		ConstantMultiplier, IdentityFee, Weight,
	},
};
use frame_system::limits::{BlockLength, BlockWeights};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{AccountIdLookup, Bounded, One},
	FixedPointNumber, Perbill, Perquintill,
};

parameter_types! {
	/// Hashes kept.
	pub const BlockHashCount: BlockNumber = BLOCK_HASH_COUNT;
	/// Version of the runtime.
	pub const Version: RuntimeVersion = VERSION;
	/// Prefix of addresses.
	pub const SS58Prefix: u16 = SS58_PREFIX;
	/// Weights of a block. What normal transactions leave is reserved to operational ones, so the submission
	/// of the author finds room in a full block.
	pub RuntimeBlockWeights: BlockWeights = block_weights();
	/// Lengths of a block.
	pub RuntimeBlockLength: BlockLength = BlockLength::builder()
		.max_length(MAX_BLOCK_LENGTH)
		.modify_max_length_for_class(DispatchClass::Normal, |max| *max = Perbill::from_percent(NORMAL_RATIO) * *max)
		.build();
}

fn block_weights() -> BlockWeights {
	let normal = Perbill::from_percent(NORMAL_RATIO) * MAX_BLOCK_WEIGHT;
	BlockWeights::builder()
		.base_block(BlockExecutionWeight::get())
		.for_class(DispatchClass::all(), |weights| weights.base_extrinsic = ExtrinsicBaseWeight::get())
		.for_class(DispatchClass::Normal, |weights| weights.max_total = Some(normal))
		.for_class(DispatchClass::Operational, |weights| {
			weights.max_total = Some(MAX_BLOCK_WEIGHT);
			weights.reserved = Some(MAX_BLOCK_WEIGHT - normal);
		})
		.avg_block_initialization(Perbill::from_percent(5))
		.build_or_panic()
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type Block = Block;
	type BlockWeights = RuntimeBlockWeights;
	type BlockLength = RuntimeBlockLength;
	type AccountId = AccountId;
	type Lookup = AccountIdLookup<AccountId, ()>;
	type Nonce = Nonce;
	type Hash = Hash;
	type BlockHashCount = BlockHashCount;
	type DbWeight = ParityDbWeight;
	type Version = Version;
	type AccountData = pallet_balances::AccountData<Balance>;
	type SystemWeightInfo = crate::weights::System;
	type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
	type SS58Prefix = SS58Prefix;
	type MaxConsumers = ConstU32<16>;
}

impl pallet_timestamp::Config for Runtime {
	type Moment = u64;
	type OnTimestampSet = Randomness;
	type MinimumPeriod = pallet_randomness::MinimumPeriod<Runtime>;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	/// Accounts below it do not exist.
	pub const ExistentialDeposit: Balance = EXISTENTIAL_DEPOSIT;
}

impl pallet_balances::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeHoldReason = RuntimeHoldReason;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
	type Balance = Balance;
	type DustRemoval = ();
	type ExistentialDeposit = ExistentialDeposit;
	type AccountStore = System;
	type ReserveIdentifier = [u8; 8];
	type FreezeIdentifier = RuntimeFreezeReason;
	type MaxLocks = ConstU32<50>;
	type MaxReserves = ConstU32<50>;
	type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
	type DoneSlashHandler = ();
}

parameter_types! {
	/// Fee of a byte: a transfer pays about as much for its length as for its execution.
	pub const TransactionByteFee: Balance = MICRO_PRX;
	/// Fullness of blocks at which fees stay as they are.
	pub const TargetBlockFullness: Perquintill = Perquintill::from_percent(25);
	/// How fast fees follow the fullness: full 3 s blocks raise them fivefold in a day.
	pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(75, 1_000_000);
	/// Fees do not fall below their base.
	pub MinimumMultiplier: Multiplier = Multiplier::one();
	/// Nor is there a highest fee.
	pub MaximumMultiplier: Multiplier = Bounded::max_value();
	/// Priority of operational transactions, in their fees.
	pub const OperationalFeeMultiplier: u8 = 5;
}

impl pallet_transaction_payment::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	// Fees are burnt: an author that earned them would like to fill its blocks.
	type OnChargeTransaction = FungibleAdapter<Balances, ()>;
	// A picosecond costs the token's smallest part: a transfer about a third of a thousandth PRX.
	type WeightToFee = IdentityFee<Balance>;
	type LengthToFee = ConstantMultiplier<Balance, TransactionByteFee>;
	type FeeMultiplierUpdate =
		TargetedFeeAdjustment<Self, TargetBlockFullness, AdjustmentVariable, MinimumMultiplier, MaximumMultiplier>;
	type OperationalFeeMultiplier = OperationalFeeMultiplier;
	type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	/// Blocks until a bond is released.
	pub const UnbondingBlocks: BlockNumber = UNBONDING_BLOCKS;
}

impl pallet_workers::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type MaxAuthors = ConstU32<MAX_AUTHORS>;
	type ActivationDelay = ConstU32<ACTIVATION_DELAY>;
	type UnbondingBlocks = UnbondingBlocks;
	type WorkerDeposit = ConstU128<WORKER_DEPOSIT>;
	type WithdrawDelay = ConstU32<WITHDRAW_DELAY>;
	type MaxEngagements = ConstU32<MAX_ENGAGEMENTS>;
	type ReputationHalfLife = ConstU32<REPUTATION_HALF_LIFE>;
	type BurnUnit = ConstU128<BURN_UNIT>;
	type ComputeReference = ConstU32<COMPUTE_REFERENCE>;
	type MaxRecent = ConstU32<MAX_RECENT_MARKS>;
	type WeightInfo = pallet_workers::weights::SubstrateWeight<Runtime>;
}

impl pallet_randomness::Config for Runtime {
	type Authors = Workers;
	type MaxBeacons = ConstU32<MAX_BEACONS>;
	type WeightInfo = pallet_randomness::weights::SubstrateWeight<Runtime>;
}

impl pallet_oracle::Config for Runtime {
	type AuthorSet = Workers;
	type CurrentAuthor = Randomness;
	type OnScore = Rewards;
	type MaxSteps = ConstU32<MAX_STEPS>;
	type WeightInfo = pallet_oracle::weights::SubstrateWeight<Runtime>;
}

impl pallet_rewards::Config for Runtime {
	type Currency = Balances;
	type WeightInfo = pallet_rewards::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	/// A seller's bond, as a part of the price.
	pub const SellerBondShare: Perbill = Perbill::from_percent(SELLER_BOND_RATIO);
	/// A worker's bond at a task, as a part of its price.
	pub const TaskBondShare: Perbill = Perbill::from_percent(TASK_BOND_RATIO);
	/// Part of that bond that a worker loses who commits nothing.
	pub const NoCommitSlash: Perbill = Perbill::from_percent(NO_COMMIT_RATIO);
	/// Part of every payout that is burnt.
	pub const BurnShare: Perbill = Perbill::from_percent(BURN_RATIO);
	/// Deposit of a task.
	pub const TaskDepositBase: Balance = deposit(4, 0);
	/// Deposit of a byte of a task.
	pub const TaskDepositPerByte: Balance = deposit(0, 1);
	/// Most weight of judging one policy.
	pub const MaxPolicyWeight: Weight = MAX_POLICY_WEIGHT;
	/// Share of a block that evaluations may take.
	pub const EvaluationShare: Perbill = Perbill::from_percent(EVALUATION_RATIO);
}

impl pallet_models::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Workers = Workers;
	type MaxModels = ConstU32<MAX_MODELS>;
	type MaxPlaces = ConstU32<MAX_SALES>;
	type BondShare = SellerBondShare;
	type MinimumBond = ConstU128<MINIMUM_SELLER_BOND>;
	type DisputeStake = ConstU128<DISPUTE_STAKE>;
	type DeliverBlocks = ConstU32<DELIVER_BLOCKS>;
	type DisputeBlocks = ConstU32<DISPUTE_BLOCKS>;
	type WeightInfo = pallet_models::weights::SubstrateWeight<Runtime>;
}

impl pallet_task_market::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Beacon = Randomness;
	type Evaluation = Evaluation;
	type Workers = Workers;
	type Models = Models;
	type WeightToFee = IdentityFee<Balance>;
	type MaxOpenTasks = ConstU32<MAX_OPEN_TASKS>;
	type MaxOpenTasksPerAccount = ConstU32<MAX_OPEN_TASKS_PER_ACCOUNT>;
	type MaxApplicants = ConstU32<MAX_APPLICANTS>;
	type MaxWorkers = ConstU32<MAX_TASK_WORKERS>;
	type MaxPhaseBlocks = ConstU32<MAX_PHASE_BLOCKS>;
	type MinRevealBlocks = ConstU32<MIN_REVEAL_BLOCKS>;
	type RetentionBlocks = ConstU32<RETENTION_BLOCKS>;
	type MaxAdvances = ConstU32<MAX_ADVANCES>;
	type BondShare = TaskBondShare;
	type MinimumBond = ConstU128<MINIMUM_TASK_BOND>;
	type NoCommitSlash = NoCommitSlash;
	type BurnShare = BurnShare;
	type DepositBase = TaskDepositBase;
	type DepositPerByte = TaskDepositPerByte;
	type WeightInfo = pallet_task_market::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	/// Part of the reward of a session that is burnt where its student does not show the drawn items.
	pub const NoAuditBurn: Perbill = Perbill::from_percent(NO_AUDIT_RATIO);
	/// Most weight of counting a chunk of a holdout.
	pub const MaxChunkWeight: Weight = MAX_CHUNK_WEIGHT;
	/// Part of its bond that a trainer loses for a lesson for which it shows nothing.
	pub const TrainerSlash: Perbill = Perbill::from_percent(TRAINER_SLASH_RATIO);
	/// Deposit of a session.
	pub const SessionDepositBase: Balance = deposit(6, 0);
}

impl pallet_teaching::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Beacon = Randomness;
	type MaxOpenSessions = ConstU32<MAX_OPEN_SESSIONS>;
	type MaxOpenSessionsPerAccount = ConstU32<MAX_OPEN_SESSIONS_PER_ACCOUNT>;
	type MinReward = ConstU128<MINIMUM_REWARD>;
	type MinStake = ConstU128<MINIMUM_STAKE>;
	type MinPhaseBlocks = ConstU32<MIN_SESSION_PHASE_BLOCKS>;
	type MaxPhaseBlocks = ConstU32<MAX_PHASE_BLOCKS>;
	type RetentionBlocks = ConstU32<RETENTION_BLOCKS>;
	type MaxAdvances = ConstU32<MAX_SESSION_ADVANCES>;
	type MaxChunkWeight = MaxChunkWeight;
	type NoAuditBurn = NoAuditBurn;
	type DisputeFee = ConstU128<DISPUTE_STAKE>;
	type DepositBase = SessionDepositBase;
	type DepositPerByte = TaskDepositPerByte;
	type TrainerBond = ConstU128<TRAINER_BOND>;
	type TrainerSlash = TrainerSlash;
	type MaxTrainers = ConstU32<MAX_TRAINERS>;
	type HandBlocks = ConstU32<HAND_BLOCKS>;
	type RevealTrainingBlocks = ConstU32<REVEAL_TRAINING_BLOCKS>;
	type WeightInfo = pallet_teaching::weights::SubstrateWeight<Runtime>;
}

impl pallet_evaluation::Config for Runtime {
	type Beacon = Randomness;
	type OnEvaluated = TaskMarket;
	type MaxJobs = ConstU32<MAX_OPEN_TASKS>;
	type MaxJobsPerPayer = ConstU32<MAX_OPEN_TASKS_PER_ACCOUNT>;
	type MaxPolicies = ConstU32<MAX_TASK_WORKERS>;
	type MaxEpisodes = ConstU32<MAX_EPISODES>;
	type MaxPolicyWeight = MaxPolicyWeight;
	type Share = EvaluationShare;
	type WeightInfo = pallet_evaluation::weights::SubstrateWeight<Runtime>;
}

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type MaxAuthorities = ConstU32<100>;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = frame_support::traits::ConstU64<0>;
	// The voters are a consortium that the genesis names; there are no sessions to prove membership in.
	type KeyOwnerProof = sp_core::Void;
	type EquivocationReportSystem = ();
}

impl pallet_utility::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	/// Deposit of a list of proxies.
	pub const ProxyDepositBase: Balance = deposit(1, 8);
	/// Deposit of each proxy: account, type, delay.
	pub const ProxyDepositFactor: Balance = deposit(0, 37);
	/// Deposit of a list of announcements.
	pub const AnnouncementDepositBase: Balance = deposit(1, 8);
	/// Deposit of each announcement: account, hash, height.
	pub const AnnouncementDepositFactor: Balance = deposit(0, 68);
	/// Deposit of a pending call.
	pub const MultisigDepositBase: Balance = deposit(1, 88);
	/// Deposit of each approval: account.
	pub const MultisigDepositFactor: Balance = deposit(0, 32);
}

/// What a proxy may do.
#[derive(
	Copy,
	Clone,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum ProxyType {
	/// Everything.
	#[default]
	#[codec(index = 0)]
	Any,
	/// Everything that moves no balance.
	#[codec(index = 1)]
	NonTransfer,
	/// What an author does: register, leave, submit transitions.
	#[codec(index = 2)]
	Author,
	/// What a worker does at tasks: apply, commit, reveal. The operator of the worker's owner can do this without a proxy.
	#[codec(index = 3)]
	Worker,
	/// What a student does in a session that is open: show, train, commit, reveal. It can lose the reward, but not move it.
	#[codec(index = 4)]
	Student,
}

/// What an author does.
fn is_authors(call: &RuntimeCall) -> bool {
	use pallet_workers::Call;
	matches!(
		call,
		RuntimeCall::Oracle(..)
			| RuntimeCall::Workers(Call::register_author { .. } | Call::deregister { .. } | Call::withdraw_bond { .. })
	)
}

/// What a worker does at tasks.
fn is_workers(call: &RuntimeCall) -> bool {
	use pallet_task_market::Call;
	matches!(
		call,
		RuntimeCall::TaskMarket(
			Call::apply { .. }
				| Call::withdraw_application { .. }
				| Call::commit { .. }
				| Call::reveal { .. }
				| Call::poke { .. }
				| Call::prune { .. }
		)
	)
}

/// What a student does in a session that is open.
fn is_students(call: &RuntimeCall) -> bool {
	use pallet_teaching::Call;
	matches!(
		call,
		RuntimeCall::Teaching(
			Call::reveal_audit { .. }
				| Call::dispute_lesson { .. }
				| Call::commit_classifier { .. }
				| Call::reveal_classifier { .. }
				| Call::reveal_holdout { .. }
				| Call::settle { .. }
				| Call::poke { .. }
				| Call::prune { .. }
		)
	)
}

impl InstanceFilter<RuntimeCall> for ProxyType {
	fn filter(&self, call: &RuntimeCall) -> bool {
		match self {
			ProxyType::Any => true,
			ProxyType::NonTransfer => {
				matches!(
					call,
					RuntimeCall::System(..)
						| RuntimeCall::Workers(..)
						| RuntimeCall::Oracle(..)
						| RuntimeCall::Utility(..)
						| RuntimeCall::Proxy(..)
						| RuntimeCall::Multisig(..)
				) || is_workers(call)
					|| is_students(call)
			}
			// A batch is filtered call by call.
			ProxyType::Author => is_authors(call) || matches!(call, RuntimeCall::Utility(..)),
			ProxyType::Worker => is_workers(call) || matches!(call, RuntimeCall::Utility(..)),
			ProxyType::Student => is_students(call) || matches!(call, RuntimeCall::Utility(..)),
		}
	}

	fn is_superset(&self, other: &Self) -> bool {
		match (self, other) {
			(a, b) if a == b => true,
			(ProxyType::Any, _) => true,
			(ProxyType::NonTransfer, ProxyType::Author | ProxyType::Worker | ProxyType::Student) => true,
			_ => false,
		}
	}
}

impl pallet_proxy::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type ProxyType = ProxyType;
	type ProxyDepositBase = ProxyDepositBase;
	type ProxyDepositFactor = ProxyDepositFactor;
	type MaxProxies = ConstU32<32>;
	type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
	type MaxPending = ConstU32<32>;
	type CallHasher = BlakeTwo256;
	type AnnouncementDepositBase = AnnouncementDepositBase;
	type AnnouncementDepositFactor = AnnouncementDepositFactor;
	type BlockNumberProvider = System;
}

impl pallet_multisig::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type DepositBase = MultisigDepositBase;
	type DepositFactor = MultisigDepositFactor;
	type MaxSignatories = ConstU32<100>;
	type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
	type BlockNumberProvider = System;
}

impl pallet_sudo::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}
