//! Runtime APIs of the engine and of what clients and the worker read.

use crate::{vrf::Randomness, AuthorId, ForkRule, Score, Slot, SlotDuration};
use alloc::{string::String, vec::Vec};
use codec::{Codec, Decode, Encode};
use praxis_environment::{EnvironmentId, Real, Seed};
use scale_info::TypeInfo;
use sp_core::H256;

/// A submission of transitions, as read from an extrinsic.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Submission<AccountId> {
	/// Who signed it.
	pub signer: AccountId,
	/// Parent of the block that it is for.
	pub parent: H256,
	/// Slot of the block that it is for.
	pub slot: Slot,
	/// Distinguishes re-signed copies; the highest is the one to include.
	pub attempt: u32,
	/// Number of the first transition, counted from genesis.
	pub step: u64,
	/// Mean normalised reward that it claims, in [0, 1].
	pub reward: Real,
}

/// The oracle's environment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct OracleEnvironment {
	/// Its identifier.
	pub id: EnvironmentId,
	/// Its name, as Gymnasium spells it where Gymnasium has it.
	pub name: String,
	/// Number of actions.
	pub actions: u32,
	/// Length of an observation.
	pub observation: u32,
	/// K: transitions that a block records.
	pub steps_per_block: u32,
	/// The oracle restarts its episode every so many blocks.
	pub episode_blocks: u32,
}

/// Where the next block's transitions start.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct OracleState {
	/// Number of the next transition, counted from genesis.
	pub step: u64,
	/// SCALE encoding of the environment's state (`praxis_environment::AnyState`).
	pub state: Vec<u8>,
	/// Observation of that state, scaled as the environment documents.
	pub observation: Vec<i16>,
	/// Score of this block.
	pub score: Score,
}

/// Most steps of one [`OracleApi::fingerprint`].
pub const MAX_FINGERPRINT_STEPS: u32 = 100_000;

/// What a block recorded. With `state` and `noise` anybody can replay its transitions.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Record<AccountId> {
	/// Height of the block.
	pub number: u32,
	/// Slot of the block.
	pub slot: Slot,
	/// Account of the block's author.
	pub author: AccountId,
	/// Number of the first transition, counted from genesis.
	pub step: u64,
	/// SCALE encoding of the state before the first transition.
	pub state: Vec<u8>,
	/// Seed of the noise in these transitions.
	pub noise: Randomness,
	/// The actions.
	pub actions: Vec<u8>,
	/// Exact mean normalised reward, before flooring.
	pub reward: Real,
	/// Hash of the policy that the author says it used.
	pub policy_hash: H256,
}

/// What the chain knows of an account as an author.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct AuthorStatus<Balance> {
	/// Its author key.
	pub key: AuthorId,
	/// Amount on hold.
	pub bond: Balance,
	/// Height from which it may author.
	pub active_from: u32,
	/// Height at which its bond is free, if it is leaving.
	pub unbonds_at: Option<u32>,
}

/// Where the award stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct RewardStatus<Balance> {
	/// Award for a normalised reward of 1 in the next block.
	pub base_award: Balance,
	/// Minted by awards since genesis.
	pub minted: Balance,
	/// Awards stop when the total issuance has reached this.
	pub supply_cap: Balance,
	/// Height of the next halving.
	pub next_halving: u32,
}

sp_api::decl_runtime_apis! {
	/// What the consensus engine asks of the runtime.
	pub trait LearningApi<AccountId: Codec> {
		/// Length of a slot.
		fn slot_duration() -> SlotDuration;
		/// Which reward decides between chains of equal length.
		fn fork_rule() -> ForkRule;
		/// Randomness that the VRF of a child of this block is over.
		fn randomness() -> Randomness;
		/// Number of authors who may author a child of this block.
		fn author_count() -> u32;
		/// Account of `author` if it may author a child of this block.
		fn author_account(author: AuthorId) -> Option<AccountId>;
		/// The submission of transitions that an extrinsic is, if it is one.
		fn submission(extrinsic: Block::Extrinsic) -> Option<Submission<AccountId>>;
	}

	/// The chain's own MDP.
	pub trait OracleApi<AccountId: Codec> {
		/// The environment and how much of it a block records.
		fn environment() -> OracleEnvironment;
		/// Where the next block's transitions start.
		fn state() -> OracleState;
		/// What block `number` recorded; the last 256 blocks are kept.
		fn record(number: u32) -> Option<Record<AccountId>>;
		/// Up to 64 records from `from` upwards.
		fn records(from: u32, count: u32) -> Vec<Record<AccountId>>;
		/// Hash of a random walk of so many steps, at most [`MAX_FINGERPRINT_STEPS`], through an environment: with
		/// `praxis_environment::fingerprint` it shows that Wasm computes the same bits as native code.
		fn fingerprint(id: EnvironmentId, seed: Seed, steps: u32) -> [u8; 8];
	}

	/// Authors and their bonds.
	pub trait WorkersApi<AccountId: Codec, Balance: Codec> {
		/// Bonded authors.
		fn authors() -> Vec<(AccountId, AuthorId)>;
		/// What the chain knows of `account` as an author.
		fn author_status(account: AccountId) -> Option<AuthorStatus<Balance>>;
		/// Least bond of an author.
		fn minimum_bond() -> Balance;
		/// Blocks between leaving and the release of the bond.
		fn unbonding_blocks() -> u32;
	}

	/// Awards.
	pub trait RewardsApi<Balance: Codec> {
		/// Where the award stands.
		fn reward_status() -> RewardStatus<Balance>;
		/// Award for a block of `reward`, in the token's smallest part, before the supply cap.
		fn award_of(reward: Real) -> Balance;
	}
}
