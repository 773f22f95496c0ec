//! Training by neutral trainers, one lesson after the other: who is drawn commits to its classifier, then shows it.

use crate::{handing::trainer_of, *};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_policy::MAX_ENCODED;
use praxis_primitives_market::PolicyHash;
use praxis_primitives_teaching::{
	trainers::{commitment as commitment_of, Void},
	SessionId, SessionState,
};
use sp_core::{ConstU32, H256};
use sp_runtime::traits::Saturating;

impl<T: Config> Pallet<T> {
	/// The next lesson's training begins, or the next round after the last; stores the session.
	pub(crate) fn next_training(id: SessionId, mut session: SessionOf<T>, round: u8, now: BlockNumberFor<T>) {
		let Some(lesson) = classifiers::next_lesson::<T>(&Lessons::<T>::get(id), round) else {
			return Self::end_round(id, session, round, now);
		};
		let until = now.saturating_add(session.spec.train_blocks);
		session.state = SessionState::TrainingCommit { round, lesson, until };
		Sessions::<T>::insert(id, session);
		Queue::<T>::set_due(id, until);
		Self::deposit_event(Event::TrainingBegan { session: id, lesson, until });
	}

	/// See [`Pallet::commit_training`].
	pub(crate) fn do_commit_training(who: T::AccountId, id: SessionId, index: u8, commitment: H256) -> DispatchResult {
		let session = Sessions::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let round = Self::committing(&session, index)?;
		let mut lessons = Lessons::<T>::get(id);
		let lesson = lessons.get_mut(usize::from(index)).ok_or(Error::<T>::NoLesson)?;
		let drawn = trainer_of::<T>(lesson, &who)?;
		ensure!(drawn.commitment.is_none(), Error::<T>::AlreadyCommitted);
		drawn.commitment = Some(commitment);
		let all = lesson.trainers.iter().all(|drawn| drawn.commitment.is_some());
		Lessons::<T>::insert(id, lessons);
		Self::deposit_event(Event::TrainingCommitted { session: id, lesson: index, trainer: who, commitment });
		if all {
			Self::begin_showing(id, session, (round, index), frame_system::Pallet::<T>::block_number());
		}
		Ok(())
	}

	/// The round, if the trainers of this lesson commit now.
	pub(crate) fn committing(session: &SessionOf<T>, index: u8) -> Result<u8, Error<T>> {
		let SessionState::TrainingCommit { round, lesson, until } = session.state else {
			return Err(Error::<T>::WrongState);
		};
		ensure!(lesson == index, Error::<T>::NotItsTurn);
		ensure!(frame_system::Pallet::<T>::block_number() <= until, Error::<T>::TooLate);
		Ok(round)
	}

	fn begin_showing(id: SessionId, mut session: SessionOf<T>, (round, lesson): (u8, u8), now: BlockNumberFor<T>) {
		let until = now.saturating_add(T::RevealTrainingBlocks::get());
		session.state = SessionState::TrainingReveal { round, lesson, until };
		Sessions::<T>::insert(id, session);
		Queue::<T>::set_due(id, until);
	}

	/// The time for commitments is over: who made none is slashed, and the others show their classifiers.
	pub(crate) fn close_commitments(
		id: SessionId,
		session: SessionOf<T>,
		(round, index): (u8, u8),
		now: BlockNumberFor<T>,
	) {
		Self::slash_missing(id, index, |drawn| drawn.commitment.is_none());
		let committed = |lesson: &LessonOf<T>| lesson.trainers.iter().any(|drawn| drawn.commitment.is_some());
		if Lessons::<T>::get(id).get(usize::from(index)).is_some_and(committed) {
			Self::begin_showing(id, session, (round, index), now);
		} else {
			Self::end_lesson(id, session, (round, index), now);
		}
	}

	/// See [`Pallet::reveal_training`].
	pub(crate) fn do_reveal_training(
		who: T::AccountId,
		id: SessionId,
		index: u8,
		bytes: BoundedVec<u8, ConstU32<MAX_ENCODED>>,
		salt: [u8; 32],
	) -> DispatchResult {
		let session = Sessions::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let SessionState::TrainingReveal { round, lesson: current, until } = session.state else {
			return Err(Error::<T>::WrongState.into());
		};
		ensure!(current == index, Error::<T>::NotItsTurn);
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(now <= until, Error::<T>::TooLate);
		let mut lessons = Lessons::<T>::get(id);
		let lesson = lessons.get_mut(usize::from(index)).ok_or(Error::<T>::NoLesson)?;
		let drawn = trainer_of::<T>(lesson, &who)?;
		let commitment = drawn.commitment.ok_or(Error::<T>::NotCommitted)?;
		ensure!(drawn.classifier.is_none(), Error::<T>::AlreadyRevealed);
		let hash: PolicyHash = sp_io::hashing::blake2_256(&bytes).into();
		ensure!(commitment_of(&who, &hash, &salt) == commitment, Error::<T>::WrongClassifier);
		let work = Self::work_of(&session.spec, &bytes)?;
		drawn.classifier = Some(hash);
		let waited = lesson.trainers.iter().any(|drawn| drawn.commitment.is_some() && drawn.classifier.is_none());
		Lessons::<T>::insert(id, lessons);
		let mut scoring = Scorings::<T>::get(id);
		// All that are there were shown: the base before the first offers were closed, the others as this one.
		if scoring.find(&hash).is_none() {
			let place = scoring.candidates.len() as u8;
			let candidate = Candidate { hash, work: Some(work), correct: 0 };
			// There is a place for the base and one for each trainer of each lesson.
			scoring.candidates.try_push(candidate).map_err(|_| Error::<T>::NoClassifier)?;
			Scorings::<T>::insert(id, scoring);
			Classifiers::<T>::insert(id, place, bytes);
		}
		Self::disengage(&who);
		Self::deposit_event(Event::TrainingRevealed { session: id, lesson: index, trainer: who, hash });
		if !waited {
			Self::next_training(id, session, round, now);
		}
		Ok(())
	}

	/// The time for classifiers is over: who committed and showed none is slashed.
	pub(crate) fn close_showing(
		id: SessionId,
		session: SessionOf<T>,
		(round, index): (u8, u8),
		now: BlockNumberFor<T>,
	) {
		Self::slash_missing(id, index, |drawn| drawn.commitment.is_some() && drawn.classifier.is_none());
		Self::end_lesson(id, session, (round, index), now);
	}

	fn slash_missing(id: SessionId, index: u8, missing: impl Fn(&LessonTrainerOf<T>) -> bool) {
		let lessons = Lessons::<T>::get(id);
		let Some(lesson) = lessons.get(usize::from(index)) else { return };
		for drawn in lesson.trainers.iter().filter(|drawn| missing(drawn)) {
			Self::slash(&drawn.trainer, id, index);
		}
	}

	/// A lesson's turn is over; without a classifier it is void.
	fn end_lesson(id: SessionId, mut session: SessionOf<T>, (round, index): (u8, u8), now: BlockNumberFor<T>) {
		let mut lessons = Lessons::<T>::get(id);
		if let Some(lesson) = lessons.get_mut(usize::from(index)).filter(|lesson| !lesson.is_done()) {
			Self::void(id, &mut session, (index, lesson), Void::NotTrained);
			Lessons::<T>::insert(id, lessons);
		}
		Self::next_training(id, session, round, now);
	}
}
