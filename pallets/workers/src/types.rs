//! What the registries store.

use crate::{expertise::Skills, reputation::Reputation, Config};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::{fungible::Inspect, ConstU32};
use praxis_primitives_consensus::AuthorId;
use praxis_primitives_market::Resources;
use scale_info::TypeInfo;
use sp_runtime::{BoundedVec, Perbill};

/// Amount of the token that bonds are made of.
pub type BalanceOf<T> = <<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// An author, as the registry knows it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct AuthorInfo<Balance, BlockNumber> {
	/// Its key.
	pub key: AuthorId,
	/// Amount on hold.
	pub bond: Balance,
	/// First block that it may author.
	pub active_from: BlockNumber,
	/// If it is leaving: the height from which its bond may be withdrawn.
	pub unbonds_at: Option<BlockNumber>,
}

impl<Balance, BlockNumber: PartialOrd + Copy> AuthorInfo<Balance, BlockNumber> {
	/// Whether it may author block `number`.
	pub fn is_active(&self, number: BlockNumber) -> bool {
		!self.is_leaving() && self.active_from <= number
	}

	/// Whether it has deregistered.
	pub fn is_leaving(&self) -> bool {
		self.unbonds_at.is_some()
	}
}

/// Most bytes of a worker's endpoint.
pub const MAX_ENDPOINT: u32 = 128;

/// URL of a worker's model gateway.
pub type Endpoint = BoundedVec<u8, ConstU32<MAX_ENDPOINT>>;

/// A worker, as the registry knows it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct WorkerInfo<AccountId, Balance, BlockNumber> {
	/// Who signs its calls.
	pub operator: Option<AccountId>,
	/// Who was named for it and has not accepted.
	pub proposed: Option<AccountId>,
	/// What it says its machine has.
	pub resources: Resources,
	/// URL of its model gateway.
	pub endpoint: Endpoint,
	/// Amount on hold.
	pub deposit: Balance,
	/// Height of its registration.
	pub since: BlockNumber,
	/// Tasks that it works at.
	pub engaged: u32,
	/// If it is leaving: the height from which its deposit may be released.
	pub leaving: Option<BlockNumber>,
}

/// What is known of a worker's work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct History {
	/// Its reputation.
	pub reputation: Reputation,
	/// Its measured speed.
	pub compute: Perbill,
	/// Its skills.
	pub skills: Skills,
	/// Tasks that were judged.
	pub judged: u32,
	/// Tasks in which it committed or revealed nothing.
	pub faults: u32,
}

/// A requester's marks of a worker within a half-life.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Recent<AccountId, BlockNumber> {
	/// The requester.
	pub requester: AccountId,
	/// Height at which its next mark counts anew.
	pub until: BlockNumber,
	/// The least share of them.
	pub worst: Perbill,
}

/// A worker of a runtime.
pub type WorkerInfoOf<T> =
	WorkerInfo<<T as frame_system::Config>::AccountId, BalanceOf<T>, frame_system::pallet_prelude::BlockNumberFor<T>>;
