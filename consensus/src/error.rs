//! Why a block is refused.

use praxis_primitives_consensus::digests::DigestError;
use sp_consensus_slots::Slot;

/// Why a header is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The header's digests are not those of the engine.
	#[error("{0}")]
	Digest(DigestError),
	/// Another engine's pre-digest stands beside the engine's own.
	#[error("header has more than one pre-digest")]
	ForeignPreDigest,
	/// The last digest is not a readable seal of the engine.
	#[error("header has no readable seal")]
	NoSeal,
	/// The seal is not the author's signature.
	#[error("the seal is not a signature of the block's author")]
	BadSeal,
	/// The block may not be seen yet.
	#[error("a block of slot {slot} must not be seen for another {milliseconds} ms: its author or a clock is early")]
	TooEarly {
		/// Slot of the header.
		slot: Slot,
		/// How much too early.
		milliseconds: u64,
	},
	/// The height is not that after the parent's.
	#[error("the height is not one above the parent's")]
	BadNumber,
	/// The slot does not rise.
	#[error("slot {slot} does not come after slot {parent} of the parent")]
	SlotMustRise {
		/// Slot of the header.
		slot: Slot,
		/// Slot of its parent.
		parent: Slot,
	},
	/// The author has no active bond.
	#[error("the author {0} is not bonded")]
	NotBonded(String),
	/// The VRF proof does not fit author, slot and randomness.
	#[error("the VRF proof is wrong")]
	BadVrf,
	/// The author was not drawn in this slot.
	#[error("the author was not drawn in this slot")]
	NotEligible,
	/// The header forces other voters on GRANDPA, and was not executed.
	#[error(
		"it forces a change of GRANDPA's voters, which is believed only of a block that was executed: use --sync full"
	)]
	ForcedVoters,
	/// The parent is unknown.
	#[error("the parent is unknown")]
	UnknownParent,
	/// The database failed.
	#[error("database: {0}")]
	Client(#[from] sp_blockchain::Error),
	/// A call of the runtime failed.
	#[error("runtime: {0}")]
	Runtime(#[from] sp_api::ApiError),
}

impl Error {
	/// Whether it lies with the header, whoever looks at it: not with the time, and not with what this node knows.
	pub fn is_the_headers(&self) -> bool {
		!matches!(self, Self::TooEarly { .. } | Self::UnknownParent | Self::Client(_) | Self::Runtime(_))
	}
}

impl From<DigestError> for Error {
	fn from(error: DigestError) -> Self {
		Self::Digest(error)
	}
}
