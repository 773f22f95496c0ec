//! Neutral trainers: who trains where a student does not train itself.
//!
//! A trainer has a bond and one-time X25519 keys in a pool. The beacon that orders the lessons of a round draws up to two
//! trainers for each, whose next keys are used up by that. The teacher hands them the lesson's key, sealed to those. Each
//! trains, commits to its classifier by [`commitment`], and shows it once all have committed or the time is over.

use crate::{session::SealedKey, SessionId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use praxis_primitives_market::PolicyHash;
use scale_info::TypeInfo;
use sp_core::{ConstU32, H256};
use sp_crypto_hashing::blake2_256;
use sp_runtime::BoundedVec;

/// Trainers of a lesson, at most.
pub const MAX_TRAINERS_OF_LESSON: u32 = 2;

/// One-time keys that a trainer has in the pool, at most.
pub const MAX_PREKEYS: u32 = 32;

/// Percent of a lesson's payout that its trainers get, at most.
pub const MAX_SHARE: u32 = 50;

/// One-time X25519 keys of a trainer, used up from the front: one a lesson.
pub type Prekeys = BoundedVec<[u8; 32], ConstU32<MAX_PREKEYS>>;

/// A lesson's key, sealed to each of its trainers in the order of [`crate::session::LessonView::trainers`].
pub type HandedKeys = BoundedVec<SealedKey, ConstU32<MAX_TRAINERS_OF_LESSON>>;

/// What a trainer commits to: blake2-256 of its account, its classifier's hash and a random salt. The account is in it, so that who
/// copies another's commitment cannot show anything.
pub fn commitment<AccountId: Encode>(trainer: &AccountId, classifier: &PolicyHash, salt: &[u8; 32]) -> H256 {
	blake2_256(&(trainer, classifier, salt).encode()).into()
}

/// Why a lesson is void.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Void {
	/// A dispute showed that it cannot be opened. The teacher's stake was burnt.
	#[codec(index = 0)]
	CannotBeOpened,
	/// The teacher did not hand the key to the trainers. Its stake was burnt.
	#[codec(index = 1)]
	NotHanded,
	/// No trainer could be drawn. Nobody is to blame.
	#[codec(index = 2)]
	NoTrainer,
	/// None of its trainers showed a classifier. The teacher is not to blame.
	#[codec(index = 3)]
	NotTrained,
}

impl Void {
	/// Whether the teacher lost its stake.
	pub fn costs_the_stake(&self) -> bool {
		matches!(self, Self::CannotBeOpened | Self::NotHanded)
	}
}

/// A trainer of a lesson, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct LessonTrainerView<AccountId, Balance> {
	/// Who.
	pub trainer: AccountId,
	/// Its one-time key for this lesson.
	pub prekey: [u8; 32],
	/// The lesson's key, sealed to that, once it was handed.
	pub sealed_key: Option<SealedKey>,
	/// What it committed to (see [`commitment`]).
	pub commitment: Option<H256>,
	/// The classifier that it showed.
	pub classifier: Option<PolicyHash>,
	/// Items that the classifier has right so far, out of the session's `counted`.
	pub correct: u32,
	/// What it was paid, once the session is settled.
	pub paid: Balance,
}

/// A trainer of the pool.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct TrainerView<AccountId, Balance> {
	/// Who.
	pub account: AccountId,
	/// On hold.
	pub bond: Balance,
	/// One-time keys that are left.
	pub keys: u32,
	/// Lessons that it still has to do something for.
	pub engaged: u32,
	/// Whether it is drawn no more: it left, or was slashed. The bond returns with the end of its last lesson.
	pub retired: bool,
}

/// How far a trainer is with a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum AssignmentState {
	/// The teacher has not handed the key.
	#[codec(index = 0)]
	Drawn,
	/// The key is there; the lesson's turn is not.
	#[codec(index = 1)]
	Handed,
	/// To be trained and committed now, or disputed.
	#[codec(index = 2)]
	Training,
	/// Committed; the others' commitments are waited for.
	#[codec(index = 3)]
	Committed,
	/// To be shown now. Once it is, nothing is left to do.
	#[codec(index = 4)]
	Revealing,
}

/// What a trainer has to do for a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Assignment<BlockNumber> {
	/// The session.
	pub session: SessionId,
	/// The lesson.
	pub lesson: u8,
	/// The one-time key that it uses up.
	pub prekey: [u8; 32],
	/// The lesson's key, sealed to that, once it was handed.
	pub sealed_key: Option<SealedKey>,
	/// How far it is.
	pub state: AssignmentState,
	/// Last height of the session's present phase.
	pub until: BlockNumber,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn commitment_should_depend_on_account_classifier_and_salt() {
		let of = |trainer: u64, classifier: u8, salt: u8| {
			commitment(&trainer, &PolicyHash::repeat_byte(classifier), &[salt; 32])
		};
		let one = of(1, 2, 3);
		assert_eq!(one, of(1, 2, 3));
		assert!([of(2, 2, 3), of(1, 3, 3), of(1, 2, 4)].iter().all(|other| *other != one));
		// As any client computes it: the encoded account, the classifier's hash, the salt, one after the other.
		let bytes = [&1u64.to_le_bytes()[..], &[2; 32], &[3; 32]].concat();
		assert_eq!(one.0, blake2_256(&bytes));
	}
}
