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

/// Bytes of a block's extrinsics. A compressed runtime for an upgrade (70 % of it in November 2026) must fit into it.
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

/// Share of a block that evaluations may take, in percent: 50 ms of a 3 s slot's block.
pub const EVALUATION_RATIO: u32 = 33;

/// Most execution time of judging one policy: 60 blocks of evaluations, or 3 minutes of 3 s slots.
pub const MAX_POLICY_WEIGHT: Weight = Weight::from_parts(3_000 * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX);

/// Most episodes for which a policy is judged.
pub const MAX_EPISODES: u32 = 1_000;

/// Most tasks that are not finished; each has a job of the evaluation.
pub const MAX_OPEN_TASKS: u32 = 256;

/// Most of them by one requester.
pub const MAX_OPEN_TASKS_PER_ACCOUNT: u32 = 16;

/// Most applicants of a task.
pub const MAX_APPLICANTS: u32 = 32;

/// Most workers of a task.
pub const MAX_TASK_WORKERS: u32 = 8;

/// Most blocks of a phase of a task: a week of 3 s slots.
pub const MAX_PHASE_BLOCKS: BlockNumber = 201_600;

/// Least blocks in which workers reveal: so many authors in a row would have to leave a reveal out.
pub const MIN_REVEAL_BLOCKS: BlockNumber = 20;

/// Blocks for which finished tasks are kept: a day of 3 s slots.
pub const RETENTION_BLOCKS: BlockNumber = 28_800;

/// Most tasks that a block advances by itself, and most that it prunes.
pub const MAX_ADVANCES: u32 = 8;

/// A worker's bond at a task: so many percent of its price, more than this and the cost of judging.
pub const TASK_BOND_RATIO: u32 = 20;
/// What a worker's bond at a task is at least.
pub const MINIMUM_TASK_BOND: Balance = 100 * MILLI_PRX;
/// Percent of that bond that a worker loses who commits nothing. Who reveals nothing loses all.
pub const NO_COMMIT_RATIO: u32 = 50;
/// Percent of every payout that is burnt: the price of farming a reputation.
pub const BURN_RATIO: u32 = 5;

/// Most teaching sessions that are not finished.
pub const MAX_OPEN_SESSIONS: u32 = 16;
/// Most of them by one student.
pub const MAX_OPEN_SESSIONS_PER_ACCOUNT: u32 = 2;
/// Least reward of a session. Who takes all places for sessions has so much locked for each.
pub const MINIMUM_REWARD: Balance = 10 * PRX;
/// Least stake of a teacher. Who takes all seats of a session and teaches nothing has so much locked for each.
pub const MINIMUM_STAKE: Balance = PRX;
/// Least blocks of a phase of a session: so many authors in a row would have to leave a call out.
pub const MIN_SESSION_PHASE_BLOCKS: BlockNumber = 5;
/// Most sessions that a block advances by itself, and most that it prunes: settling one takes up to a tenth of a block.
pub const MAX_SESSION_ADVANCES: u32 = 2;
/// Percent of the reward that is burnt where a student does not show the drawn items: the price of another draw.
pub const NO_AUDIT_RATIO: u32 = 10;
/// Bond of a neutral trainer. The price of a share of the pool: so much for each name in it.
pub const TRAINER_BOND: Balance = 20 * PRX;
/// Percent of its bond that a trainer loses for a lesson for which it shows nothing.
pub const TRAINER_SLASH_RATIO: u32 = 25;
/// Most trainers. A draw looks at all of them.
pub const MAX_TRAINERS: u32 = 64;
/// Blocks in which teachers hand the keys of their lessons to the trainers that were drawn.
pub const HAND_BLOCKS: BlockNumber = 30;
/// Blocks in which the trainers of a lesson show their classifiers.
pub const REVEAL_TRAINING_BLOCKS: BlockNumber = 20;
/// Most execution time of counting a chunk of a holdout with all classifiers: two of them fit into a block. The rest of
/// a weight is half of what there is, so that no measured size stands in the way.
pub const MAX_CHUNK_WEIGHT: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX / 2);

/// Most models of an environment that are kept.
pub const MAX_MODELS: u32 = 64;
/// Most sales of an offer at a time.
pub const MAX_SALES: u32 = 16;
/// A seller's bond: so many percent of the price.
pub const SELLER_BOND_RATIO: u32 = 20;
/// What it is at least.
pub const MINIMUM_SELLER_BOND: Balance = 100 * MILLI_PRX;
/// What disputing a right key costs.
pub const DISPUTE_STAKE: Balance = 100 * MILLI_PRX;
/// Blocks in which a seller must deliver: an hour of 3 s slots.
pub const DELIVER_BLOCKS: BlockNumber = 1_200;
/// Blocks in which a buyer may dispute: an hour of 3 s slots.
pub const DISPUTE_BLOCKS: BlockNumber = 1_200;
