//! What the pallet stores. What clients see too is in `praxis_primitives_teaching`.

use crate::Config;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::fungible, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_market::{Ledger, PolicyHash};
use praxis_primitives_teaching::{
	session::{SealedKey, MAX_CHUNKS, MAX_LESSONS, MAX_TEACHERS},
	trainers::{Prekeys, Void, MAX_TRAINERS_OF_LESSON},
	LessonOffer, SessionSpec, SessionState, SessionView,
};
use scale_info::TypeInfo;
use sp_core::{ConstU32, H256};
use sp_runtime::Perbill;

/// Most distinct classifiers of a session: one of each trainer of each lesson, and the base.
pub const MAX_CANDIDATES: u32 = MAX_LESSONS * MAX_TRAINERS_OF_LESSON + 1;

/// Amount of the pallet's token.
pub type BalanceOf<T> = <<T as Config>::Currency as fungible::Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// What is offered, on this chain.
pub type SpecOf<T> = SessionSpec<BalanceOf<T>, BlockNumberFor<T>>;

/// A session, on this chain.
pub type SessionOf<T> = Session<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

/// A lesson, on this chain.
pub type LessonOf<T> = Lesson<<T as frame_system::Config>::AccountId, BalanceOf<T>>;

/// A trainer of the pool, on this chain.
pub type TrainerOf<T> = Trainer<BalanceOf<T>>;

/// A trainer of a lesson, on this chain.
pub type LessonTrainerOf<T> = LessonTrainer<<T as frame_system::Config>::AccountId, BalanceOf<T>>;

/// A session's lessons.
pub type LessonsOf<T> = BoundedVec<LessonOf<T>, ConstU32<MAX_LESSONS>>;

/// A session, as clients see it.
pub type ViewOf<T> = SessionView<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Session<AccountId, Balance, BlockNumber> {
	/// Who learns and pays.
	pub student: AccountId,
	/// What is offered.
	pub spec: SessionSpec<Balance, BlockNumber>,
	/// How far it is.
	pub state: SessionState<BlockNumber>,
	/// Seats, the taken ones too. A lesson names its seat, so they keep their places.
	pub seats: BoundedVec<Option<Seat<AccountId, Balance>>, ConstU32<MAX_TEACHERS>>,
	/// On hold from the student for payouts.
	pub held: Balance,
	/// On hold from the student for the storage.
	pub deposit: Balance,
	/// Where the money went.
	pub ledger: Ledger<Balance>,
	/// Its place in the queue of finished sessions, once it is in it.
	pub place: Option<u64>,
}

/// A teacher's place in a session.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Seat<AccountId, Balance> {
	/// Whose it is.
	pub teacher: AccountId,
	/// On hold; 0 once it was burnt or returned.
	pub stake: Balance,
	/// Whether it was burnt.
	pub lost: bool,
}

/// A lesson.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Lesson<AccountId, Balance> {
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
	/// The classifier after it, to which the student committed. Trainers have theirs below.
	pub classifier: Option<PolicyHash>,
	/// What the student says its score is.
	pub claim: Option<Perbill>,
	/// What its teacher was paid, once the session is settled.
	pub paid: Balance,
	/// Its trainers, in the order of the draw. None where the student trains itself.
	pub trainers: BoundedVec<LessonTrainer<AccountId, Balance>, ConstU32<MAX_TRAINERS_OF_LESSON>>,
}

impl<AccountId, Balance> Lesson<AccountId, Balance> {
	/// The classifiers that were learnt from it.
	pub fn classifiers(&self) -> impl Iterator<Item = PolicyHash> + '_ {
		self.classifier.into_iter().chain(self.trainers.iter().filter_map(|trainer| trainer.classifier))
	}

	/// Whether the session went on after it.
	pub fn is_done(&self) -> bool {
		self.classifiers().next().is_some()
	}

	/// The best of its classifiers, the first of equals, and the items that it recognised so far.
	pub fn best(&self, scoring: &Scoring) -> Option<(PolicyHash, u32)> {
		let counted = self.classifiers().map(|hash| (hash, scoring.correct(&hash)));
		counted.reduce(|best, other| if other.1 > best.1 { other } else { best })
	}
}

/// A trainer of a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct LessonTrainer<AccountId, Balance> {
	/// Who.
	pub trainer: AccountId,
	/// Its key that this lesson uses up.
	pub prekey: [u8; 32],
	/// The lesson's key, sealed to that, once it was handed.
	pub sealed_key: Option<SealedKey>,
	/// What it committed to.
	pub commitment: Option<H256>,
	/// The classifier that it showed.
	pub classifier: Option<PolicyHash>,
	/// What it was paid, once the session is settled.
	pub paid: Balance,
}

/// A trainer with a bond.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Trainer<Balance> {
	/// On hold.
	pub bond: Balance,
	/// One-time keys, used up from the front.
	pub keys: Prekeys,
	/// Lessons that it still has to do something for.
	pub engaged: u32,
	/// Whether it is drawn no more. The bond returns with the end of its last lesson.
	pub retired: bool,
}

/// What a student did not show before lessons were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Failure {
	/// The items of the audit that were drawn.
	#[codec(index = 0)]
	NoAudit,
	/// The base, with which trainers begin.
	#[codec(index = 1)]
	NoBase,
}

/// How a student can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Forfeit {
	/// A lesson was left without a classifier.
	#[codec(index = 0)]
	NotTrained,
	/// A classifier or a chunk of the holdout was not revealed.
	#[codec(index = 1)]
	NotRevealed,
}

/// A classifier to which the student is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Candidate {
	/// blake2-256 of its encoding.
	pub hash: PolicyHash,
	/// Work of one inference, once it was revealed.
	pub work: Option<u64>,
	/// Scored items that it recognised so far.
	pub correct: u32,
}

/// A session's distinct classifiers and what was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Scoring {
	/// The base first, then in the order in which they were committed.
	pub candidates: BoundedVec<Candidate, ConstU32<MAX_CANDIDATES>>,
	/// A bit for each chunk of the holdout: whether it was counted.
	pub counted: BoundedVec<u8, ConstU32<{ MAX_CHUNKS / 8 }>>,
	/// Chunks that were not.
	pub left: u32,
	/// Scored items that were.
	pub items: u32,
}

impl Scoring {
	/// Work of one inference of all classifiers together; none while one is not revealed.
	pub fn work(&self) -> Option<u64> {
		self.candidates.iter().try_fold(0u64, |sum, candidate| Some(sum.saturating_add(candidate.work?)))
	}

	/// The classifier with this hash.
	pub fn find(&self, hash: &PolicyHash) -> Option<&Candidate> {
		self.candidates.iter().find(|candidate| candidate.hash == *hash)
	}

	/// Items that the classifier with this hash recognised so far.
	pub fn correct(&self, hash: &PolicyHash) -> u32 {
		self.find(hash).map_or(0, |candidate| candidate.correct)
	}

	/// Whether the chunk was counted.
	pub fn is_counted(&self, chunk: u32) -> bool {
		self.counted.get(chunk as usize / 8).is_some_and(|byte| byte >> (chunk % 8) & 1 == 1)
	}

	/// Notes that the chunk was counted.
	pub fn set_counted(&mut self, chunk: u32) {
		if let Some(byte) = self.counted.get_mut(chunk as usize / 8) {
			*byte |= 1 << (chunk % 8);
			self.left = self.left.saturating_sub(1);
		}
	}
}

/// Finished sessions that are kept for a while, oldest first: places in [`crate::Finished`].
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Places {
	/// No place below is taken.
	pub first: u64,
	/// Place of the session that is finished next.
	pub next: u64,
}
