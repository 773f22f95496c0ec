//! The pallets of the market, with the constants of the chain's runtime, in a runtime without blocks and signatures.
//!
//! Real are: registration, bonds, quality, selection, commit and reveal, settlement, burning, slashing, reputation with
//! its decay, expertise, speed, and the registry of models with the floors that come from it. What judges is
//! [`Judge`](crate::judge::Judge): it gives the scores that the simulated workers reached. Lots come from
//! [`Lots`](crate::lots::Lots).

use crate::{constants::*, judge::Judge, lots::Lots, order::Registry, Balance};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU128, ConstU32},
	weights::IdentityFee,
};
use sp_runtime::{traits::IdentityLookup, Perbill};

/// Accounts are numbers.
pub type AccountId = u64;

pub type Block = frame_system::mocking::MockBlockU32<Simulation>;

frame_support::construct_runtime!(
	pub enum Simulation {
		System: frame_system,
		Balances: pallet_balances,
		Workers: pallet_workers,
		Models: pallet_models,
		Market: pallet_task_market,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Simulation {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Simulation {
	type Balance = Balance;
	type AccountStore = System;
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
}

parameter_types! {
	pub const SellerBondShare: Perbill = Perbill::from_percent(SELLER_BOND_RATIO);
	pub const TaskBondShare: Perbill = Perbill::from_percent(TASK_BOND_RATIO);
	pub const NoCommitSlash: Perbill = Perbill::from_percent(NO_COMMIT_RATIO);
	pub const BurnShare: Perbill = Perbill::from_percent(BURN_RATIO);
	pub const TaskDepositBase: Balance = deposit(4, 0);
	pub const TaskDepositPerByte: Balance = deposit(0, 1);
}

impl pallet_workers::Config for Simulation {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type MaxAuthors = ConstU32<MAX_AUTHORS>;
	type ActivationDelay = ConstU32<ACTIVATION_DELAY>;
	type UnbondingBlocks = ConstU32<UNBONDING_BLOCKS>;
	type WorkerDeposit = ConstU128<WORKER_DEPOSIT>;
	type WithdrawDelay = ConstU32<WITHDRAW_DELAY>;
	type MaxEngagements = ConstU32<MAX_ENGAGEMENTS>;
	type ReputationHalfLife = ConstU32<REPUTATION_HALF_LIFE>;
	type BurnUnit = ConstU128<BURN_UNIT>;
	type ComputeReference = ConstU32<COMPUTE_REFERENCE>;
	type MaxRecent = ConstU32<MAX_RECENT_MARKS>;
	type WeightInfo = ();
}

impl pallet_models::Config for Simulation {
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
	type WeightInfo = ();
}

impl pallet_task_market::Config for Simulation {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Beacon = Lots;
	type Evaluation = Judge;
	type Workers = Registry;
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
	type WeightInfo = ();
}
