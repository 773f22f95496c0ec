//! Sessions: what a student asks for, how far it is, and what became of each lesson.

use crate::{
	holdout::Shape,
	trainers::{LessonTrainerView, Void},
	Scale,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use praxis_policy::Limits;
use praxis_primitives_market::{sealed::SEALED, Cid, PolicyHash};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::{ConstU32, H256};
use sp_runtime::{BoundedVec, Perbill};

/// Names a session, from 0 upwards.
pub type SessionId = u32;

/// Most rounds of a session.
pub const MAX_ROUNDS: u32 = 4;

/// Most teachers of a session.
pub const MAX_TEACHERS: u32 = 8;

/// Most lessons of a session: one of each teacher in each round.
pub const MAX_LESSONS: u32 = MAX_ROUNDS * MAX_TEACHERS;

/// Most items that an audit draws.
pub const AUDIT_ITEMS: u32 = 300;

/// Least items of a holdout: fewer say nothing.
pub const MIN_ITEMS: u32 = 64;

/// Most items of a holdout. More lengthen the map of what was counted.
pub const MAX_ITEMS: u32 = 65_536;

/// Least binary logarithm of the items of a chunk. Less lengthens the map of what was counted.
pub const MIN_CHUNK_LOG2: u8 = 4;

/// Greatest binary logarithm of the items of a chunk. With more, a chunk of large items would not fit into a block.
pub const MAX_CHUNK_LOG2: u8 = 8;

/// Most chunks of a holdout.
pub const MAX_CHUNKS: u32 = MAX_ITEMS >> MIN_CHUNK_LOG2;

/// Most classes.
pub const MAX_CLASSES: u8 = 64;

/// One-time X25519 keys of a session.
pub type Keys = BoundedVec<[u8; 32], ConstU32<MAX_LESSONS>>;

/// What a student asks for.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
pub struct SessionSpec<Balance, BlockNumber> {
	/// Bytes that a classifier sees of an item.
	pub features: u16,
	/// Classes, at least two.
	pub classes: u8,
	/// Largest classifier.
	pub limits: Limits,
	/// Merkle root of the holdout.
	pub root: H256,
	/// Items of the holdout.
	pub items: u32,
	/// Binary logarithm of the items that are shown at a time.
	pub chunk_log2: u8,
	/// What scores are worth.
	pub scale: Scale,
	/// What the greatest score is worth.
	pub reward: Balance,
	/// What a teacher pays for a lesson.
	pub fee: Balance,
	/// What a teacher has at stake.
	pub stake: Balance,
	/// Most bytes of a lesson's ciphertext.
	pub lesson_bytes: u32,
	/// Rounds of lessons.
	pub rounds: u8,
	/// Most teachers.
	pub teachers: u8,
	/// Blocks in which the student shows the items of the audit.
	pub audit_blocks: BlockNumber,
	/// Blocks of a round in which lessons are offered.
	pub offer_blocks: BlockNumber,
	/// Blocks in which the student, or the trainers, learn from a lesson, for each lesson of the round.
	pub train_blocks: BlockNumber,
	/// Blocks in which the student shows its classifiers and its holdout.
	pub reveal_blocks: BlockNumber,
	/// Hash of the classifier before the first lesson.
	pub base: PolicyHash,
	/// One-time keys, one for every lesson that there can be: that of seat s in round r is at s · rounds + r. None at all where
	/// there are trainers.
	pub keys: Keys,
	/// None: the student trains itself. Else neutral trainers do, for this part of each lesson's payout.
	pub trainers: Option<Perbill>,
}

impl<Balance, BlockNumber> SessionSpec<Balance, BlockNumber> {
	/// How the holdout is cut.
	pub fn shape(&self) -> Shape {
		Shape { items: self.items, chunk_log2: self.chunk_log2 }
	}

	/// Items that the audit shows. They are left out of the scores.
	pub fn audited(&self) -> u32 {
		AUDIT_ITEMS.min(self.items / 4)
	}

	/// Items that count.
	pub fn scored(&self) -> u32 {
		self.items - self.audited()
	}

	/// The student's one-time key of a seat in a round; none where there are trainers.
	pub fn key(&self, seat: u8, round: u8) -> Option<&[u8; 32]> {
		self.keys.get(usize::from(seat) * usize::from(self.rounds) + usize::from(round))
	}
}

/// A key that is sealed to a one-time key.
pub type SealedKey = [u8; SEALED];

/// What a teacher offers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct LessonOffer {
	/// CID of the ciphertext, in its binary form.
	pub cid: Cid,
	/// Root of the ciphertext (see [`crate::lesson`]).
	pub ciphertext: H256,
	/// Bytes of the ciphertext.
	pub bytes: u32,
	/// Samples that are said to be in it.
	pub samples: u32,
	/// blake2-256 of the key.
	pub key_hash: H256,
	/// The key, sealed to the student's one-time key of the teacher's seat in this round; none where there are trainers.
	pub sealed_key: Option<SealedKey>,
}

/// How far a session is. Heights named `until` are the last at which something may still be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum SessionState<BlockNumber> {
	/// The beacon that draws the audit is waited for.
	#[codec(index = 0)]
	Drawing {
		/// The height that the beacon follows.
		after: BlockNumber,
	},
	/// The student shows the items of the audit.
	#[codec(index = 1)]
	Auditing {
		/// Last height for that.
		until: BlockNumber,
		/// Items shown.
		shown: u32,
	},
	/// Teachers join and offer lessons.
	#[codec(index = 2)]
	Offering {
		/// Which round, from 0.
		round: u8,
		/// Last height for offers.
		until: BlockNumber,
	},
	/// The beacon that orders the lessons is waited for.
	#[codec(index = 3)]
	Ordering {
		/// Which round.
		round: u8,
		/// The height that the beacon follows.
		after: BlockNumber,
	},
	/// The student learns and commits a classifier after each lesson.
	#[codec(index = 4)]
	Training {
		/// Which round.
		round: u8,
		/// Last height for the last of them.
		until: BlockNumber,
	},
	/// The student shows its classifiers, then its holdout; the chain counts.
	#[codec(index = 5)]
	Revealing {
		/// Last height for that.
		until: BlockNumber,
	},
	/// Everything is counted and paid.
	#[codec(index = 6)]
	Settled {
		/// Height of that.
		at: BlockNumber,
	},
	/// The audit, or the base that trainers begin with, was not shown.
	#[codec(index = 7)]
	Failed {
		/// Height of that.
		at: BlockNumber,
	},
	/// The student did not go through with it: its reward is burnt.
	#[codec(index = 8)]
	Forfeited {
		/// Height of that.
		at: BlockNumber,
	},
	/// The teachers hand the keys of their lessons to the trainers that were drawn.
	#[codec(index = 9)]
	Handing {
		/// Which round.
		round: u8,
		/// Last height for that.
		until: BlockNumber,
	},
	/// The trainers of a lesson train, and commit to their classifiers.
	#[codec(index = 10)]
	TrainingCommit {
		/// Which round.
		round: u8,
		/// Which lesson.
		lesson: u8,
		/// Last height for that.
		until: BlockNumber,
	},
	/// The trainers of a lesson that committed show their classifiers.
	#[codec(index = 11)]
	TrainingReveal {
		/// Which round.
		round: u8,
		/// Which lesson.
		lesson: u8,
		/// Last height for that.
		until: BlockNumber,
	},
}

impl<BlockNumber: Copy> SessionState<BlockNumber> {
	/// Height at which the session was finished.
	pub fn finished(&self) -> Option<BlockNumber> {
		match self {
			Self::Settled { at } | Self::Failed { at } | Self::Forfeited { at } => Some(*at),
			_ => None,
		}
	}
}

/// A lesson, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct LessonView<AccountId, Balance> {
	/// Its number in the session, in the order of the offers.
	pub lesson: u8,
	/// Who teaches it.
	pub teacher: AccountId,
	/// The teacher's seat.
	pub seat: u8,
	/// Its round.
	pub round: u8,
	/// What is offered.
	pub offer: LessonOffer,
	/// Its place among the lessons of all rounds, once the beacon drew it; none also of a void lesson.
	pub place: Option<u8>,
	/// Why it is void, if it is.
	pub void: Option<Void>,
	/// The classifier after it; of its trainers' the best so far, the first of equals.
	pub classifier: Option<PolicyHash>,
	/// What the student says its score is.
	pub claim: Option<Perbill>,
	/// Items that the classifier has right so far, out of the session's `counted`.
	pub correct: u32,
	/// What its teacher was paid, once the session is settled.
	pub paid: Balance,
	/// Its trainers, in the order of the draw. None where the student trains itself.
	pub trainers: Vec<LessonTrainerView<AccountId, Balance>>,
}

/// A session, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct SessionView<AccountId, Balance, BlockNumber> {
	/// Its number.
	pub session: SessionId,
	/// Who learns.
	pub student: AccountId,
	/// What it asked for.
	pub spec: SessionSpec<Balance, BlockNumber>,
	/// How far it is.
	pub state: SessionState<BlockNumber>,
	/// Teachers by seat; none where a seat is free.
	pub teachers: Vec<Option<AccountId>>,
	/// Lessons in the order of the offers.
	pub lessons: Vec<LessonView<AccountId, Balance>>,
	/// Items that the base classifier has right so far.
	pub base_correct: u32,
	/// Items counted so far, of the spec's `scored`.
	pub counted: u32,
	/// Paid to teachers and trainers, and fees to the student.
	pub paid: Balance,
	/// Returned to the student.
	pub returned: Balance,
	/// Burnt.
	pub burnt: Balance,
}

/// What an account has on hold in a session.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct StakeView<Balance, BlockNumber> {
	/// The session.
	pub session: SessionId,
	/// Its stake.
	pub stake: Balance,
	/// Fees of its lessons.
	pub fees: Balance,
	/// The last height at which the session can end, should every phase take its time.
	pub until: BlockNumber,
}
