//! What the registry stores.

use crate::Config;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::fungible::Inspect;
use praxis_primitives_consensus::AuthorId;
use scale_info::TypeInfo;

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
