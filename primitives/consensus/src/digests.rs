//! What a header carries for the engine.

use crate::{AuthorId, LEARNING_ENGINE_ID};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use praxis_environment::Real;
use scale_info::TypeInfo;
use sp_consensus_slots::Slot;
use sp_core::sr25519::vrf::VrfSignature;
use sp_runtime::{traits::Header as HeaderT, DigestItem};

pub use crate::sr25519::AuthorSignature;

/// The claim with which a block opens. It depends on neither body nor parent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PreDigest {
	/// Who authored the block.
	pub author: AuthorId,
	/// Wall-clock slot of the block.
	pub slot: Slot,
	/// VRF over (slot, randomness fixed [`crate::RANDOMNESS_DELAY`] blocks earlier).
	pub vrf: VrfSignature,
}

/// What a block earned.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Score {
	/// Mean normalised reward of this block's transitions, in [0, 1], a multiple of 1/64; 0 without transitions.
	pub reward: Real,
	/// Sum of the rewards of the chain up to and with this block.
	pub cumulative: Real,
}

/// Consensus digests of the engine.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ConsensusLog {
	/// What the block earned, as its execution computed it.
	#[codec(index = 1)]
	Score(Score),
}

/// Digest items of the engine.
pub trait LearningDigest: Sized {
	/// Wraps a pre-digest.
	fn learning_pre_digest(pre: &PreDigest) -> Self;
	/// The pre-digest, if this item is one that decodes.
	fn as_learning_pre_digest(&self) -> Option<PreDigest>;
	/// Wraps a score.
	fn learning_score(score: Score) -> Self;
	/// The score, if this item is one that decodes.
	fn as_learning_score(&self) -> Option<Score>;
	/// Wraps a seal.
	fn learning_seal(signature: &AuthorSignature) -> Self;
	/// The seal, if this item is one that decodes.
	fn as_learning_seal(&self) -> Option<AuthorSignature>;
}

impl LearningDigest for DigestItem {
	fn learning_pre_digest(pre: &PreDigest) -> Self {
		DigestItem::PreRuntime(LEARNING_ENGINE_ID, pre.encode())
	}

	fn as_learning_pre_digest(&self) -> Option<PreDigest> {
		self.pre_runtime_try_to(&LEARNING_ENGINE_ID)
	}

	fn learning_score(score: Score) -> Self {
		DigestItem::Consensus(LEARNING_ENGINE_ID, ConsensusLog::Score(score).encode())
	}

	fn as_learning_score(&self) -> Option<Score> {
		self.consensus_try_to(&LEARNING_ENGINE_ID).map(|ConsensusLog::Score(score)| score)
	}

	fn learning_seal(signature: &AuthorSignature) -> Self {
		DigestItem::Seal(LEARNING_ENGINE_ID, signature.encode())
	}

	fn as_learning_seal(&self) -> Option<AuthorSignature> {
		self.seal_try_to(&LEARNING_ENGINE_ID)
	}
}

/// Why the digests of a header do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestError {
	/// There is no pre-digest of the engine, or it does not decode.
	NoPreDigest,
	/// There is more than one pre-digest of the engine.
	ManyPreDigests,
	/// There is no score, or it does not decode.
	NoScore,
	/// There is more than one score.
	ManyScores,
}

impl core::fmt::Display for DigestError {
	fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
		f.write_str(match self {
			Self::NoPreDigest => "header has no readable pre-digest of the engine",
			Self::ManyPreDigests => "header has more than one pre-digest of the engine",
			Self::NoScore => "header has no readable score digest",
			Self::ManyScores => "header has more than one score digest",
		})
	}
}

/// The one pre-digest of `header`.
pub fn find_pre_digest<H: HeaderT>(header: &H) -> Result<PreDigest, DigestError> {
	pre_digest_of(header.digest().logs())
}

/// The one pre-digest among `logs`.
pub fn pre_digest_of(logs: &[DigestItem]) -> Result<PreDigest, DigestError> {
	let mut items =
		logs.iter().filter(|item| matches!(item, DigestItem::PreRuntime(id, _) if *id == LEARNING_ENGINE_ID));
	let item = items.next().ok_or(DigestError::NoPreDigest)?;
	if items.next().is_some() {
		return Err(DigestError::ManyPreDigests);
	}
	item.as_learning_pre_digest().ok_or(DigestError::NoPreDigest)
}

/// The one score of `header`.
pub fn find_score<H: HeaderT>(header: &H) -> Result<Score, DigestError> {
	let mut items = header
		.digest()
		.logs()
		.iter()
		.filter(|item| matches!(item, DigestItem::Consensus(id, _) if *id == LEARNING_ENGINE_ID));
	let item = items.next().ok_or(DigestError::NoScore)?;
	if items.next().is_some() {
		return Err(DigestError::ManyScores);
	}
	item.as_learning_score().ok_or(DigestError::NoScore)
}
