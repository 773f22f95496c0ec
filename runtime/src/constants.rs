//! The runtime's constants, each with its unit and its reason.

use crate::{Balance, BlockNumber};
use frame_support::weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight};

/// One token, in its smallest part.
pub const PRX: Balance = 1_000_000_000_000;
/// A thousandth of a token.
pub const MILLI_PRX: Balance = PRX / 1_000;
/// A millionth of a token.
pub const MICRO_PRX: Balance = PRX / 1_000_000;

/// Name of the token.
pub const TOKEN_SYMBOL: &str = "PRX";
/// Decimals of the token.
pub const TOKEN_DECIMALS: u8 = 12;
/// Prefix of addresses: Substrate's generic one.
pub const SS58_PREFIX: u16 = 42;

/// Accounts below this do not exist.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLI_PRX;

/// What storage of so many items and bytes costs as a deposit.
pub const fn deposit(items: u32, bytes: u32) -> Balance {
	items as Balance * 20 * MILLI_PRX + bytes as Balance * 100 * MICRO_PRX
}

/// Execution time of a block: a twentieth of the shortest slot of our chains (3 s), because every node executes
/// up to 8 candidates a slot. Praxis is no parachain, so the size of the proof is no limit.
pub const MAX_BLOCK_WEIGHT: Weight = Weight::from_parts(150 * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX);

/// Share of a block that normal transactions may take, in percent. The rest is for the submission of the author
/// and, later, for evaluations.
pub const NORMAL_RATIO: u32 = 75;

/// Bytes of a block's extrinsics. A compressed runtime for an upgrade (half of it in 2026) must fit into it.
pub const MAX_BLOCK_LENGTH: u32 = 1024 * 1024;

/// Hashes of so many blocks are known to the runtime: the longest life of a mortal transaction.
pub const BLOCK_HASH_COUNT: BlockNumber = 2_400;

/// Most steps that a block may record. The genesis chooses K below it.
pub const MAX_STEPS: u32 = 128;

/// Most entries of the registry of authors.
pub const MAX_AUTHORS: u32 = 1_024;

/// Blocks between an author's registration and its first block: more than the delay of the randomness.
pub const ACTIVATION_DELAY: u32 = 20;

/// Blocks that a bond stays on hold after its author left: a day of 3 s slots.
pub const UNBONDING_BLOCKS: BlockNumber = 28_800;

/// Deposit of a worker: what a new name locks.
pub const WORKER_DEPOSIT: Balance = 10 * PRX;

/// Blocks that a worker's deposit stays on hold after it left: a week of 3 s slots.
pub const WITHDRAW_DELAY: BlockNumber = 201_600;

/// Most tasks that a worker works at.
pub const MAX_ENGAGEMENTS: u32 = 16;

/// Blocks in which a worker's reputation halves: a week of 3 s slots.
pub const REPUTATION_HALF_LIFE: u32 = 201_600;

/// Burnt amount for which a good mark weighs one half: of a twentieth that is burnt, a payout of 2 PRX.
pub const BURN_UNIT: Balance = 100 * MILLI_PRX;

/// Blocks for a task that halve a worker's measured speed: a minute of 3 s slots.
pub const COMPUTE_REFERENCE: u32 = 20;

/// Most requesters a half-life whose good marks of a worker count.
pub const MAX_RECENT_MARKS: u32 = 64;

/// Most beacons that are kept at a time.
pub const MAX_BEACONS: u32 = 1_024;
