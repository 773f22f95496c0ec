//! The pallet's events.

use frame_support::pallet_macros::pallet_section;

/// What happened.
#[pallet_section]
mod events {
	/// What happened. `lesson` is the lesson's index in its session, `classifier` that among its distinct classifiers.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A session was opened; the next beacon draws which items of the holdout its student shows.
		SessionOpened {
			/// Its number.
			session: SessionId,
			/// Who learns and pays.
			student: T::AccountId,
			/// Put on hold for payouts.
			reward: BalanceOf<T>,
			/// Put on hold for the storage.
			deposit: BalanceOf<T>,
			/// Merkle root of the holdout.
			root: H256,
			/// Hash of the classifier before the first lesson.
			base: PolicyHash,
		},
		/// It is known which items are to be shown.
		AuditDrawn {
			/// The session.
			session: SessionId,
			/// How many items.
			items: u32,
			/// Last height for them.
			until: BlockNumberFor<T>,
		},
		/// Items of the holdout were shown.
		AuditRevealed {
			/// The session.
			session: SessionId,
			/// How many were shown so far.
			items: u32,
		},
		/// Teachers may join and offer lessons.
		RoundBegan {
			/// The session.
			session: SessionId,
			/// The round, from 0.
			round: u8,
			/// Last height for lessons.
			until: BlockNumberFor<T>,
		},
		/// A teacher took a seat; its stake is on hold.
		TeacherJoined {
			/// The session.
			session: SessionId,
			/// Who.
			teacher: T::AccountId,
			/// The seat.
			seat: u8,
		},
		/// A teacher without a lesson left; its stake was returned.
		TeacherLeft {
			/// The session.
			session: SessionId,
			/// Who.
			teacher: T::AccountId,
		},
		/// A lesson was committed; its fee is on hold.
		LessonCommitted {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Whose it is.
			teacher: T::AccountId,
			/// Merkle root of its ciphertext.
			root: H256,
		},
		/// No more lessons are taken in this round; a beacon draws their order.
		OffersClosed {
			/// The session.
			session: SessionId,
			/// The round.
			round: u8,
			/// How many lessons.
			lessons: u8,
			/// The height that the beacon follows.
			after: BlockNumberFor<T>,
		},
		/// The order is known; the student trains on one lesson after the other.
		OrderDrawn {
			/// The session.
			session: SessionId,
			/// The round.
			round: u8,
			/// The lessons in their order.
			order: Vec<u8>,
			/// Last height for classifiers, or for the keys where there are trainers.
			until: BlockNumberFor<T>,
		},
		/// A lesson is void: its fee was returned, and its teacher's stake burnt where that is to blame.
		LessonVoided {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Why.
			cause: Void,
			/// Burnt.
			stake: BalanceOf<T>,
		},
		/// A disputed lesson can be opened: who disputed it, the student or a trainer, lost the fee of that.
		DisputeLost {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Who disputed it.
			who: T::AccountId,
			/// Burnt.
			fee: BalanceOf<T>,
		},
		/// The student bound itself to the classifier after a lesson.
		ClassifierCommitted {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Hash of the classifier.
			hash: PolicyHash,
			/// What the student says its score is.
			claim: Option<Perbill>,
		},
		/// The rounds are over; the student reveals classifiers and holdout.
		RevealBegan {
			/// The session.
			session: SessionId,
			/// How many distinct classifiers.
			classifiers: u8,
			/// Last height for them and the holdout.
			until: BlockNumberFor<T>,
		},
		/// A classifier was revealed.
		ClassifierRevealed {
			/// The session.
			session: SessionId,
			/// Which.
			classifier: u8,
			/// Its hash.
			hash: PolicyHash,
		},
		/// A chunk of the holdout was counted with every classifier.
		ChunkCounted {
			/// The session.
			session: SessionId,
			/// Which.
			chunk: u32,
			/// How many are left.
			left: u32,
		},
		/// A lesson was paid by the score that it raised.
		LessonPaid {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Who was paid.
			teacher: T::AccountId,
			/// Items that the classifier after the lesson recognised.
			correct: u32,
			/// How much of the reward.
			paid: BalanceOf<T>,
		},
		/// A trainer was paid its part of what a lesson raised.
		TrainerPaid {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Who was paid.
			trainer: T::AccountId,
			/// How much of the reward.
			paid: BalanceOf<T>,
		},
		/// A session was settled.
		SessionSettled {
			/// The session.
			session: SessionId,
			/// Items that were scored.
			items: u32,
			/// Items that the best classifier recognised.
			best: u32,
			/// Where the money went.
			ledger: Ledger<BalanceOf<T>>,
		},
		/// The student did not show what has to be shown before lessons are taken: a part of the reward was burnt, fees and
		/// stakes were returned.
		SessionFailed {
			/// The session.
			session: SessionId,
			/// What.
			cause: Failure,
			/// Where the money went.
			ledger: Ledger<BalanceOf<T>>,
		},
		/// The student did not train or reveal in time: the reward was burnt, fees and stakes were returned.
		SessionForfeited {
			/// The session.
			session: SessionId,
			/// Why.
			cause: Forfeit,
			/// Where the money went.
			ledger: Ledger<BalanceOf<T>>,
		},
		/// A finished session was forgotten.
		SessionPruned {
			/// The session.
			session: SessionId,
			/// Returned to the student.
			deposit: BalanceOf<T>,
		},
		/// An account is a trainer; its bond is on hold.
		TrainerEnlisted {
			/// Who.
			trainer: T::AccountId,
			/// Put on hold.
			bond: BalanceOf<T>,
			/// One-time keys that it has in the pool.
			keys: u32,
		},
		/// A trainer named more one-time keys.
		KeysAdded {
			/// Who.
			trainer: T::AccountId,
			/// One-time keys that it has in the pool.
			keys: u32,
		},
		/// A trainer left the pool; its bond returns with the end of its last lesson.
		TrainerRetired {
			/// Who.
			trainer: T::AccountId,
		},
		/// A trainer that left the pool, or was slashed, has nothing left to do.
		BondReturned {
			/// Who.
			trainer: T::AccountId,
			/// Returned.
			bond: BalanceOf<T>,
		},
		/// It is known who trains a lesson; its teacher hands them the key.
		TrainersDrawn {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Who.
			trainers: Vec<T::AccountId>,
		},
		/// The key of a lesson was sealed to each of its trainers.
		LessonHanded {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
		},
		/// It is a lesson's turn: its trainers train.
		TrainingBegan {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Last height for commitments.
			until: BlockNumberFor<T>,
		},
		/// A trainer bound itself to a classifier.
		TrainingCommitted {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Who.
			trainer: T::AccountId,
			/// Hash of the account, the classifier's hash and a salt.
			commitment: H256,
		},
		/// A trainer showed its classifier.
		TrainingRevealed {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Who.
			trainer: T::AccountId,
			/// Hash of the classifier.
			hash: PolicyHash,
		},
		/// A trainer showed nothing for a lesson: it lost a part of its bond and is drawn no more.
		TrainerSlashed {
			/// The session.
			session: SessionId,
			/// The lesson.
			lesson: u8,
			/// Who.
			trainer: T::AccountId,
			/// Burnt.
			amount: BalanceOf<T>,
		},
	}
}
