//! What a submission holds and what is kept of it.

use crate::Config;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound};
use praxis_environment::{AnyState, Real};
use praxis_primitives_consensus::{vrf::Randomness, Slot};
use scale_info::TypeInfo;
use sp_core::H256;

/// The arguments of `submit_transitions`.
pub struct SubmissionOf<T: Config> {
	/// Parent of the block that it is for.
	pub parent: T::Hash,
	/// Slot of the block that it is for.
	pub slot: Slot,
	/// Distinguishes re-signed copies.
	pub attempt: u32,
	/// Number of the first transition.
	pub step: u64,
	/// The actions.
	pub actions: BoundedVec<u8, T::MaxSteps>,
	/// Claimed mean normalised reward.
	pub reward: Real,
	/// Hash of the policy.
	pub policy_hash: H256,
}

/// What a block recorded: everything that is needed to replay its transitions.
#[derive(
	CloneNoBound,
	DebugNoBound,
	PartialEqNoBound,
	EqNoBound,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[codec(mel_bound(AccountId: MaxEncodedLen))]
#[scale_info(skip_type_params(MaxSteps))]
pub struct StoredRecord<AccountId, MaxSteps>
where
	AccountId: Clone + core::fmt::Debug + PartialEq + Eq,
	MaxSteps: Get<u32>,
{
	/// Slot of the block.
	pub slot: Slot,
	/// Account of the block's author.
	pub author: AccountId,
	/// Number of the first transition, counted from genesis.
	pub step: u64,
	/// State before the first transition.
	pub state: AnyState,
	/// Seed of the noise in these transitions.
	pub noise: Randomness,
	/// The actions.
	pub actions: BoundedVec<u8, MaxSteps>,
	/// Exact mean normalised reward, before flooring.
	pub reward: Real,
	/// Hash of the policy that the author says it used.
	pub policy_hash: H256,
}

/// A record of the pallet.
pub type RecordOf<T> = StoredRecord<<T as frame_system::Config>::AccountId, <T as Config>::MaxSteps>;
