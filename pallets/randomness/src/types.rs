//! What the pallet stores, and why it refuses a block.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use praxis_primitives_consensus::{digests::DigestError, vrf::Randomness, AuthorId, Slot};
use scale_info::TypeInfo;

/// The claim of a block, once checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CurrentBlock<AccountId, BlockNumber> {
	/// Height of the block.
	pub number: BlockNumber,
	/// Its slot.
	pub slot: Slot,
	/// Key of its author.
	pub author: AuthorId,
	/// Account of its author.
	pub account: AccountId,
	/// Seed of the noise in its transitions.
	pub noise: Randomness,
}

/// A beacon that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct BeaconState {
	/// Requests that have not been given back; never 0.
	pub requests: u32,
	/// Its value, once the last block that it mixes is there.
	pub randomness: Option<Randomness>,
}

/// Why a block is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimError {
	/// The pre-digest is missing, unreadable, or not the only one.
	Digest(DigestError),
	/// The slot is not higher than that of the parent.
	SlotNotRising {
		/// Slot of the parent.
		parent: Slot,
		/// Slot of the block.
		slot: Slot,
	},
	/// The author is not registered, not active yet, or leaving.
	NotAnAuthor,
	/// The VRF is not that of the author over this slot and the randomness of this block.
	BadVrf,
	/// The sortition of this slot leaves the author out.
	NotEligible,
}

impl core::fmt::Display for ClaimError {
	fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
		match self {
			Self::Digest(error) => error.fmt(f),
			Self::SlotNotRising { parent, slot } => {
				write!(f, "slot {} is not higher than slot {} of the parent", **slot, **parent)
			}
			Self::NotAnAuthor => f.write_str("author has no active bond"),
			Self::BadVrf => f.write_str("VRF does not verify"),
			Self::NotEligible => f.write_str("author is not eligible in this slot"),
		}
	}
}

impl From<DigestError> for ClaimError {
	fn from(error: DigestError) -> Self {
		Self::Digest(error)
	}
}
