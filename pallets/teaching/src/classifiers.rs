//! Classifiers: the student binds itself to one after every lesson, and reveals them at the end.

use crate::*;
use frame_support::{dispatch::DispatchResult, ensure, BoundedVec};
use praxis_policy::{Policy, MAX_ENCODED};
use praxis_primitives_market::PolicyHash;
use praxis_primitives_teaching::{SessionId, SessionState};
use sp_core::ConstU32;
use sp_runtime::Perbill;

impl<T: Config> Pallet<T> {
	/// See [`Pallet::commit_classifier`].
	pub(crate) fn do_commit_classifier(
		who: T::AccountId,
		id: SessionId,
		hash: PolicyHash,
		claim: Option<Perbill>,
	) -> DispatchResult {
		let session = Self::session_of_student(&who, id)?;
		let round = Self::training(&session)?;
		let mut lessons = Lessons::<T>::get(id);
		let index = next_lesson::<T>(&lessons, round).ok_or(Error::<T>::NothingToTrain)?;
		let lesson = lessons.get_mut(usize::from(index)).ok_or(Error::<T>::NothingToTrain)?;
		lesson.classifier = Some(hash);
		lesson.claim = claim;
		Lessons::<T>::insert(id, lessons);
		let mut scoring = Scorings::<T>::get(id);
		if scoring.find(&hash).is_none() {
			let candidate = Candidate { hash, work: None, correct: 0 };
			// There is a place for the base and one a lesson.
			scoring.candidates.try_push(candidate).map_err(|_| Error::<T>::NothingToTrain)?;
			Scorings::<T>::insert(id, scoring);
		}
		Self::deposit_event(Event::ClassifierCommitted { session: id, lesson: index, hash, claim });
		Self::after_lesson(id, session, round);
		Ok(())
	}

	/// A lesson of the round is done: stores the session, in its next state if it was the last one.
	pub(crate) fn after_lesson(id: SessionId, session: SessionOf<T>, round: u8) {
		let now = frame_system::Pallet::<T>::block_number();
		if session.spec.trainers.is_some() {
			Self::next_training(id, session, round, now);
		} else if next_lesson::<T>(&Lessons::<T>::get(id), round).is_some() {
			Sessions::<T>::insert(id, session);
		} else {
			Self::end_round(id, session, round, now);
		}
	}

	/// See [`Pallet::reveal_classifier`].
	pub(crate) fn do_reveal_classifier(
		who: T::AccountId,
		id: SessionId,
		index: u8,
		bytes: BoundedVec<u8, ConstU32<MAX_ENCODED>>,
	) -> DispatchResult {
		let session = Self::session_of_student(&who, id)?;
		let may_show_base = index == 0 && session.state.finished().is_none();
		if !may_show_base || matches!(session.state, SessionState::Revealing { .. }) {
			Self::ensure_revealing(&session)?;
		}
		let mut scoring = Scorings::<T>::get(id);
		let candidate = scoring.candidates.get_mut(usize::from(index)).ok_or(Error::<T>::NoClassifier)?;
		ensure!(candidate.work.is_none(), Error::<T>::AlreadyRevealed);
		let hash: PolicyHash = sp_io::hashing::blake2_256(&bytes).into();
		ensure!(hash == candidate.hash, Error::<T>::WrongClassifier);
		candidate.work = Some(Self::work_of(&session.spec, &bytes)?);
		Scorings::<T>::insert(id, scoring);
		Classifiers::<T>::insert(id, index, bytes);
		Self::deposit_event(Event::ClassifierRevealed { session: id, classifier: index, hash });
		// Offers may have waited for the base.
		Self::close_if_all_offered(id, &session);
		Ok(())
	}

	/// Work of an inference of a classifier, if these bytes are one that the session takes.
	pub(crate) fn work_of(spec: &SpecOf<T>, bytes: &[u8]) -> Result<u64, Error<T>> {
		let policy = Policy::decode(bytes).map_err(|_| Error::<T>::BadPolicy)?;
		let fits = policy.inputs() == usize::from(spec.features) && policy.outputs() == usize::from(spec.classes);
		ensure!(fits, Error::<T>::WrongShape);
		spec.limits.check(&policy).map_err(|_| Error::<T>::TooLarge)?;
		Ok(policy.work())
	}

	/// Whether trainers could begin: the base is shown, or there are none.
	pub(crate) fn can_begin(id: SessionId, session: &SessionOf<T>) -> bool {
		let is_shown = |base: &Candidate| base.work.is_some();
		session.spec.trainers.is_none() || Scorings::<T>::get(id).candidates.first().is_some_and(is_shown)
	}

	/// Whether classifiers and holdout can be revealed now.
	pub(crate) fn ensure_revealing(session: &SessionOf<T>) -> DispatchResult {
		let SessionState::Revealing { until } = session.state else { return Err(Error::<T>::WrongState.into()) };
		ensure!(frame_system::Pallet::<T>::block_number() <= until, Error::<T>::TooLate);
		Ok(())
	}
}

/// The first lesson of the round, in the drawn order, whose turn is not over.
pub(crate) fn next_lesson<T: Config>(lessons: &LessonsOf<T>, round: u8) -> Option<u8> {
	(0u8..)
		.zip(lessons)
		.filter(|(_, lesson)| lesson.round == round && lesson.void.is_none() && !lesson.is_done())
		.min_by_key(|(_, lesson)| lesson.place)
		.map(|(index, _)| index)
}
