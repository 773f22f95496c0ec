//! What the pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound};
use praxis_primitives_market::{Judgement, PolicyHash, Request, Trial};
use scale_info::TypeInfo;

/// Policies that are judged in one environment on the same seeds, for one payer.
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
#[scale_info(skip_type_params(MaxPolicies))]
pub struct Job<AccountId, BlockNumber, MaxPolicies>
where
	AccountId: Clone + core::fmt::Debug + PartialEq + Eq,
	BlockNumber: Clone + core::fmt::Debug + PartialEq + Eq,
	MaxPolicies: Get<u32>,
{
	/// Whose job it is.
	pub payer: AccountId,
	/// What was asked for.
	pub request: Request,
	/// Hashes of the policies, in the order in which they came.
	pub policies: BoundedVec<PolicyHash, MaxPolicies>,
	/// How far it is.
	pub state: JobState<BlockNumber>,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum JobState<BlockNumber> {
	/// Policies can be added.
	Open,
	/// It waits for the beacon.
	Sealed {
		/// The height that the beacon follows.
		after: BlockNumber,
	},
	/// It is in its payer's line.
	Running {
		/// The height that the beacon followed.
		after: BlockNumber,
	},
}

/// A job in a line.
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
#[scale_info(skip_type_params(MaxPolicies))]
pub struct Running<MaxPolicies: Get<u32>> {
	/// The beacon.
	pub beacon: [u8; 32],
	/// The trial of the first policy that has no result.
	pub trial: Trial,
	/// Results, in the order of the policies.
	pub results: BoundedVec<Judgement, MaxPolicies>,
}
