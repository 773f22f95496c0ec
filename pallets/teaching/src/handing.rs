//! Trainers are drawn for the lessons of a round, and the teachers hand them the keys.

use crate::*;
use alloc::vec::Vec;
use frame_support::{defensive, dispatch::DispatchResult, ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_teaching::{
	draw,
	trainers::{HandedKeys, Void, MAX_TRAINERS_OF_LESSON},
	SessionId, SessionState,
};
use sp_runtime::traits::{Saturating, Zero};

impl<T: Config> Pallet<T> {
	/// Draws the trainers of a round's lessons, in the lessons' order. `beacon` is that of `after`, at whose end the offers
	/// were closed: whoever came to the pool later, when it may have known a part of it, is left out.
	pub(crate) fn draw_trainers(
		id: SessionId,
		session: &mut SessionOf<T>,
		lessons: &mut LessonsOf<T>,
		order: &[u8],
		(beacon, after): (&[u8; 32], BlockNumberFor<T>),
	) {
		for index in order {
			let Some(lesson) = lessons.get_mut(usize::from(*index)) else {
				defensive!("an order is one of the lessons");
				continue;
			};
			let eligible: Vec<T::AccountId> = Ready::<T>::get()
				.into_iter()
				.filter(|(who, since)| *since <= after && *who != session.student && !is_teacher::<T>(session, who))
				.map(|(who, _)| who)
				.collect();
			for place in draw::trainers(beacon, id, *index, &eligible, MAX_TRAINERS_OF_LESSON) {
				let Some(trainer) = eligible.get(place).cloned() else { continue };
				let Some(prekey) = Self::engage(&trainer, id) else {
					defensive!("who is ready has a key");
					continue;
				};
				let drawn = LessonTrainer {
					trainer,
					prekey,
					sealed_key: None,
					commitment: None,
					classifier: None,
					paid: Zero::zero(),
				};
				if lesson.trainers.try_push(drawn).is_err() {
					defensive!("no more are drawn than there may be");
				}
			}
			if lesson.trainers.is_empty() {
				Self::void(id, session, (*index, lesson), Void::NoTrainer);
			} else {
				let trainers = lesson.trainers.iter().map(|drawn| drawn.trainer.clone()).collect();
				Self::deposit_event(Event::TrainersDrawn { session: id, lesson: *index, trainers });
			}
		}
	}

	/// Waits for the keys of a round's lessons, if there are any; stores the session.
	pub(crate) fn begin_handing(id: SessionId, mut session: SessionOf<T>, round: u8, now: BlockNumberFor<T>) {
		if Self::to_hand(id, round).is_empty() {
			return Self::next_training(id, session, round, now);
		}
		let until = now.saturating_add(T::HandBlocks::get());
		session.state = SessionState::Handing { round, until };
		Sessions::<T>::insert(id, session);
		Queue::<T>::set_due(id, until);
	}

	/// The lessons of a round whose keys were not handed.
	fn to_hand(id: SessionId, round: u8) -> Vec<u8> {
		let waits = |lesson: &LessonOf<T>| {
			lesson.round == round
				&& lesson.void.is_none()
				&& lesson.trainers.iter().any(|trainer| trainer.sealed_key.is_none())
		};
		(0u8..).zip(&Lessons::<T>::get(id)).filter(|(_, lesson)| waits(lesson)).map(|(index, _)| index).collect()
	}

	/// See [`Pallet::hand_lesson`].
	pub(crate) fn do_hand(who: T::AccountId, id: SessionId, index: u8, keys: HandedKeys) -> DispatchResult {
		let session = Sessions::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let SessionState::Handing { round, until } = session.state else { return Err(Error::<T>::WrongState.into()) };
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(now <= until, Error::<T>::TooLate);
		let mut lessons = Lessons::<T>::get(id);
		let lesson = lessons.get_mut(usize::from(index)).ok_or(Error::<T>::NoLesson)?;
		ensure!(lesson.teacher == who, Error::<T>::NotTeacher);
		ensure!(lesson.void.is_none(), Error::<T>::VoidLesson);
		ensure!(lesson.round == round, Error::<T>::NotItsTurn);
		ensure!(lesson.trainers.iter().all(|trainer| trainer.sealed_key.is_none()), Error::<T>::AlreadyHanded);
		ensure!(keys.len() == lesson.trainers.len(), Error::<T>::WrongKeys);
		for (trainer, key) in lesson.trainers.iter_mut().zip(keys) {
			trainer.sealed_key = Some(key);
		}
		Lessons::<T>::insert(id, lessons);
		Self::deposit_event(Event::LessonHanded { session: id, lesson: index });
		if Self::to_hand(id, round).is_empty() {
			// Nobody is waited for.
			Self::next_training(id, session, round, now);
		}
		Ok(())
	}

	/// The time for keys is over: lessons without one are void.
	pub(crate) fn close_handing(id: SessionId, mut session: SessionOf<T>, round: u8, now: BlockNumberFor<T>) {
		let mut lessons = Lessons::<T>::get(id);
		for index in Self::to_hand(id, round) {
			if let Some(lesson) = lessons.get_mut(usize::from(index)) {
				Self::void(id, &mut session, (index, lesson), Void::NotHanded);
			}
		}
		Lessons::<T>::insert(id, lessons);
		Self::next_training(id, session, round, now);
	}

	/// A lesson is void: its fee returns; its teacher's stake is burnt where that is to blame. Its trainers are free, if they
	/// are not before.
	pub(crate) fn void(
		id: SessionId,
		session: &mut SessionOf<T>,
		(index, lesson): (u8, &mut LessonOf<T>),
		cause: Void,
	) {
		lesson.void = Some(cause);
		lesson.place = None;
		Holds::<T>::give_back(&mut session.ledger, HoldReason::LessonFee, &lesson.teacher, session.spec.fee);
		let mut burnt = Zero::zero();
		if cause.costs_the_stake() {
			if let Some(seat) = session.seats.get_mut(usize::from(lesson.seat)).and_then(Option::as_mut) {
				seat.lost = true;
				burnt = core::mem::take(&mut seat.stake);
			}
			Holds::<T>::burn(&mut session.ledger, HoldReason::TeacherStake, &lesson.teacher, burnt);
			for trainer in &lesson.trainers {
				Self::disengage(&trainer.trainer);
			}
		}
		Self::deposit_event(Event::LessonVoided { session: id, lesson: index, cause, stake: burnt });
	}
}

/// Whether an account has a seat.
pub(crate) fn is_teacher<T: Config>(session: &SessionOf<T>, who: &T::AccountId) -> bool {
	session.seats.iter().flatten().any(|seat| seat.teacher == *who)
}

/// Whether an account trained, or was to train, a lesson.
pub(crate) fn is_trainer<T: Config>(lessons: &LessonsOf<T>, who: &T::AccountId) -> bool {
	lessons.iter().any(|lesson| lesson.trainers.iter().any(|drawn| drawn.trainer == *who))
}

/// For the storage of a session: forgets the keys that its lessons used up.
pub(crate) fn forget_keys<T: Config>(lessons: &[LessonOf<T>]) {
	for drawn in lessons.iter().flat_map(|lesson| &lesson.trainers) {
		UsedKeys::<T>::remove(&drawn.trainer, drawn.prekey);
	}
}

/// A lesson's trainer.
pub(crate) fn trainer_of<'a, T: Config>(
	lesson: &'a mut LessonOf<T>,
	who: &T::AccountId,
) -> Result<&'a mut LessonTrainerOf<T>, Error<T>> {
	lesson.trainers.iter_mut().find(|drawn| drawn.trainer == *who).ok_or(Error::<T>::NotTrainerOfLesson)
}
