//! The pallet's errors.

use frame_support::pallet_macros::pallet_section;

/// Why calls fail.
#[pallet_section]
mod errors {
	/// Why a call failed. The state is unchanged then.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such session, or it was pruned.
		NotFound,
		/// The session is another's.
		NotStudent,
		/// The session is in another state.
		WrongState,
		/// The time for this is over.
		TooLate,
		/// The session waits for no height that has passed.
		NotDue,
		/// The session is not finished.
		NotFinished,
		/// Finished sessions are kept for a while.
		StillRetained,
		/// As many sessions as there may be are open.
		TooManySessions,
		/// As many sessions as the account may have are open.
		TooManySessionsOfAccount,
		/// Features, classes or limits of the classifiers are out of bounds.
		BadShape,
		/// The holdout has too few or too many items, or its chunks have.
		BadHoldout,
		/// The scale's scores do not rise, or are out of bounds.
		BadScale,
		/// The reward is below the least one or more than payouts can be computed of.
		BadReward,
		/// The stake is below the least one or below the fee.
		BadStake,
		/// There are no rounds or teachers, or more than there may be.
		BadRounds,
		/// A phase has too few blocks or too many.
		BadDeadlines,
		/// There is not one key for each seat and round, or two are the same; or there are keys though there are trainers.
		BadKeys,
		/// Counting a chunk would weigh more than it may: ask for smaller chunks or classifiers, or fewer of them.
		TooExpensive,
		/// A session that is kept has the same holdout, which may be public by now.
		HoldoutUsed,
		/// There is no randomness now.
		NoBeacon,
		/// No item, or more than a call takes or than are left.
		BadCount,
		/// An item's features or label do not fit the session.
		BadItem,
		/// The proof does not lead to the root.
		BadProof,
		/// The part of the trainers is below 1 % or above one half of what a lesson earns.
		BadShare,
		/// The student cannot teach itself.
		OwnSession,
		/// The account has a seat already.
		AlreadyJoined,
		/// All seats are taken.
		NoSeat,
		/// The account has no seat.
		NotTeacher,
		/// The teacher has committed a lesson.
		HasLessons,
		/// The teacher's stake was burnt for a lesson that could not be opened.
		StakeLost,
		/// The teacher has committed a lesson in this round.
		AlreadyOffered,
		/// The teacher has committed the same ciphertext before.
		DuplicateLesson,
		/// The offer has no CID, samples or bytes, or too many bytes.
		BadOffer,
		/// The offer has a sealed key though trainers are drawn later, or none though the student trains.
		BadSealedKey,
		/// There is no such lesson.
		NoLesson,
		/// The lesson was found void.
		VoidLesson,
		/// The secret is not that of the lesson's one-time key.
		WrongSecret,
		/// The deposit does not suffice for the fee of a dispute.
		DepositSpent,
		/// There is a classifier for every lesson of the round.
		NothingToTrain,
		/// There is no such classifier.
		NoClassifier,
		/// The bytes, or the salt, are not those of the committed classifier.
		WrongClassifier,
		/// The classifier was revealed before.
		AlreadyRevealed,
		/// The bytes are not a policy.
		BadPolicy,
		/// The classifier's inputs or outputs are not the session's features and classes.
		WrongShape,
		/// The classifier is larger than the session takes.
		TooLarge,
		/// A classifier is not revealed yet.
		ClassifiersMissing,
		/// The classifiers take more work than was said.
		TooLittleWork,
		/// There is no such chunk.
		NoChunk,
		/// The chunk was counted before.
		AlreadyCounted,
		/// Not every chunk was counted.
		NotCounted,
		/// A trainer of the session cannot teach in it.
		IsTrainer,
		/// The account is a trainer, or still has something to do as one.
		AlreadyTrainer,
		/// There are as many trainers as there may be.
		PoolFull,
		/// The account is no trainer.
		NotTrainer,
		/// The trainer has left the pool, or was slashed.
		Retired,
		/// No key is named.
		NoKeys,
		/// A key is named twice, or was named before.
		KeyUsed,
		/// The trainer would have more keys than it may.
		TooManyKeys,
		/// The account is no trainer of the lesson.
		NotTrainerOfLesson,
		/// It is another lesson's turn.
		NotItsTurn,
		/// The key of the lesson was handed before.
		AlreadyHanded,
		/// There is not one sealed key for each trainer.
		WrongKeys,
		/// The trainer has committed to a classifier.
		AlreadyCommitted,
		/// The trainer has committed to no classifier.
		NotCommitted,
		/// The bond does not suffice for the fee of a dispute.
		BondSpent,
	}
}
