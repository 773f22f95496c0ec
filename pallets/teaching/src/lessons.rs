//! Rounds: teachers take seats and commit lessons, a beacon draws their order.

use crate::*;
use frame_support::{defensive, dispatch::DispatchResult, ensure, traits::Get, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_consensus::{Beacon, BEACON_BLOCKS};
use praxis_primitives_teaching::{draw, LessonOffer, SessionId, SessionState};
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchError,
};

impl<T: Config> Pallet<T> {
	/// See [`Pallet::join`].
	pub(crate) fn do_join(teacher: T::AccountId, id: SessionId) -> DispatchResult {
		let (mut session, _) = Self::offering(id)?;
		ensure!(session.student != teacher, Error::<T>::OwnSession);
		ensure!(Self::seat_of(&session, &teacher).is_none(), Error::<T>::AlreadyJoined);
		// It has read others' lessons.
		ensure!(!handing::is_trainer::<T>(&Lessons::<T>::get(id), &teacher), Error::<T>::IsTrainer);
		let seat = session.seats.iter().position(Option::is_none).ok_or(Error::<T>::NoSeat)?;
		let stake = session.spec.stake;
		Holds::<T>::hold(&mut session.ledger, HoldReason::TeacherStake, &teacher, stake)?;
		if let Some(place) = session.seats.get_mut(seat) {
			*place = Some(Seat { teacher: teacher.clone(), stake, lost: false });
		}
		Sessions::<T>::insert(id, session);
		Self::deposit_event(Event::TeacherJoined { session: id, teacher, seat: seat as u8 });
		Ok(())
	}

	/// See [`Pallet::leave`].
	pub(crate) fn do_leave(teacher: T::AccountId, id: SessionId) -> DispatchResult {
		let mut session = Sessions::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(session.state.finished().is_none(), Error::<T>::WrongState);
		let (index, _) = Self::seat_of(&session, &teacher).ok_or(Error::<T>::NotTeacher)?;
		ensure!(Lessons::<T>::get(id).iter().all(|lesson| lesson.seat != index), Error::<T>::HasLessons);
		let seat = session.seats.get_mut(usize::from(index)).and_then(Option::take).ok_or(Error::<T>::NotTeacher)?;
		Holds::<T>::give_back(&mut session.ledger, HoldReason::TeacherStake, &teacher, seat.stake);
		Sessions::<T>::insert(id, session);
		Self::deposit_event(Event::TeacherLeft { session: id, teacher });
		Ok(())
	}

	/// See [`Pallet::commit_lesson`].
	pub(crate) fn do_commit_lesson(teacher: T::AccountId, id: SessionId, offer: LessonOffer) -> DispatchResult {
		let (mut session, round) = Self::offering(id)?;
		let (seat, lost) = Self::seat_of(&session, &teacher).ok_or(Error::<T>::NotTeacher)?;
		ensure!(!lost, Error::<T>::StakeLost);
		let mut lessons = Lessons::<T>::get(id);
		let mut own = lessons.iter().filter(|lesson| lesson.seat == seat);
		ensure!(own.clone().all(|lesson| lesson.round != round), Error::<T>::AlreadyOffered);
		ensure!(own.all(|lesson| lesson.offer.ciphertext != offer.ciphertext), Error::<T>::DuplicateLesson);
		ensure!(
			!offer.cid.is_empty() && offer.samples > 0 && (1..=session.spec.lesson_bytes).contains(&offer.bytes),
			Error::<T>::BadOffer
		);
		ensure!(offer.sealed_key.is_none() == session.spec.trainers.is_some(), Error::<T>::BadSealedKey);
		let fee = session.spec.fee;
		Holds::<T>::hold(&mut session.ledger, HoldReason::LessonFee, &teacher, fee)?;
		Self::deposit_event(Event::LessonCommitted {
			session: id,
			lesson: lessons.len() as u8,
			teacher: teacher.clone(),
			root: offer.ciphertext,
		});
		let lesson = Lesson {
			teacher,
			seat,
			round,
			offer,
			place: None,
			classifier: None,
			claim: None,
			void: None,
			paid: Zero::zero(),
			trainers: BoundedVec::new(),
		};
		// There is a place for each seat and round.
		lessons.try_push(lesson).map_err(|_| Error::<T>::NoSeat)?;
		Lessons::<T>::insert(id, lessons);
		Self::close_if_all_offered(id, &session);
		Sessions::<T>::insert(id, session);
		Ok(())
	}

	/// Ends the offers with the present block where nobody is waited for: neither a teacher, nor the student's base.
	pub(crate) fn close_if_all_offered(id: SessionId, session: &SessionOf<T>) {
		let SessionState::Offering { round, .. } = session.state else { return };
		let lessons = Lessons::<T>::get(id);
		let has_offered = |seat: u8| lessons.iter().any(|lesson| lesson.seat == seat && lesson.round == round);
		let done = |(index, seat): (u8, &Option<Seat<_, _>>)| {
			seat.as_ref().is_some_and(|seat| seat.lost || has_offered(index))
		};
		if (0u8..).zip(&session.seats).all(done) && Self::can_begin(id, session) {
			Queue::<T>::set_due(id, frame_system::Pallet::<T>::block_number());
		}
	}

	/// A session in which lessons are offered, and its round.
	fn offering(id: SessionId) -> Result<(SessionOf<T>, u8), DispatchError> {
		let session = Sessions::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let SessionState::Offering { round, until } = session.state else {
			return Err(Error::<T>::WrongState.into());
		};
		ensure!(frame_system::Pallet::<T>::block_number() <= until, Error::<T>::TooLate);
		Ok((session, round))
	}

	/// A teacher's seat, and whether its stake was burnt.
	fn seat_of(session: &SessionOf<T>, teacher: &T::AccountId) -> Option<(u8, bool)> {
		let taken = (0u8..).zip(&session.seats).filter_map(|(index, seat)| Some((index, seat.as_ref()?)));
		taken.into_iter().find(|(_, seat)| seat.teacher == *teacher).map(|(index, seat)| (index, seat.lost))
	}

	/// Teachers may offer lessons in this round.
	pub(crate) fn begin_round(id: SessionId, session: &mut SessionOf<T>, round: u8, now: BlockNumberFor<T>) {
		let until = now.saturating_add(session.spec.offer_blocks);
		session.state = SessionState::Offering { round, until };
		Queue::<T>::set_due(id, until);
		Self::deposit_event(Event::RoundBegan { session: id, round, until });
	}

	/// Takes no more lessons in this round. Errors: [`Error::NoBeacon`]; then it is to be tried again.
	pub(crate) fn close_offers(
		id: SessionId,
		mut session: SessionOf<T>,
		round: u8,
		now: BlockNumberFor<T>,
	) -> DispatchResult {
		if !Self::can_begin(id, &session) {
			Self::fail(id, session, now, Failure::NoBase);
			return Ok(());
		}
		let lessons = Lessons::<T>::get(id).iter().filter(|lesson| lesson.round == round).count() as u8;
		if lessons == 0 {
			Self::end_round(id, session, round, now);
			return Ok(());
		}
		T::Beacon::request(now).map_err(|_| Error::<T>::NoBeacon)?;
		session.state = SessionState::Ordering { round, after: now };
		Sessions::<T>::insert(id, session);
		Queue::<T>::set_due(id, now.saturating_add(BEACON_BLOCKS.into()));
		Self::deposit_event(Event::OffersClosed { session: id, round, lessons, after: now });
		Ok(())
	}

	/// Draws the order of a round's lessons. Errors: [`Error::NoBeacon`]; then it is to be tried again.
	pub(crate) fn draw_order(
		id: SessionId,
		mut session: SessionOf<T>,
		round: u8,
		after: BlockNumberFor<T>,
		now: BlockNumberFor<T>,
	) -> DispatchResult {
		let beacon = T::Beacon::get(after).map_err(|_| Error::<T>::NoBeacon)?;
		T::Beacon::release(after).map_err(|_| Error::<T>::NoBeacon)?;
		let mut lessons = Lessons::<T>::get(id);
		let offered: alloc::vec::Vec<u8> =
			(0u8..).zip(&lessons).filter(|(_, lesson)| lesson.round == round).map(|(index, _)| index).collect();
		let order = draw::order(&beacon, &offered);
		let before = lessons.iter().filter(|lesson| lesson.round < round).count() as u8;
		for (place, index) in (before..).zip(&order) {
			match lessons.get_mut(usize::from(*index)) {
				Some(lesson) => lesson.place = Some(place),
				None => {
					defensive!("an order is one of the lessons");
				}
			}
		}
		if session.spec.trainers.is_some() {
			let until = now.saturating_add(T::HandBlocks::get());
			Self::deposit_event(Event::OrderDrawn { session: id, round, order: order.clone(), until });
			Self::draw_trainers(id, &mut session, &mut lessons, &order, (&beacon, after));
			Lessons::<T>::insert(id, lessons);
			Self::begin_handing(id, session, round, now);
			return Ok(());
		}
		let blocks = session.spec.train_blocks.saturating_mul((order.len() as u32).into());
		let until = now.saturating_add(blocks);
		session.state = SessionState::Training { round, until };
		Queue::<T>::set_due(id, until);
		Self::deposit_event(Event::OrderDrawn { session: id, round, order, until });
		Lessons::<T>::insert(id, lessons);
		Sessions::<T>::insert(id, session);
		Ok(())
	}

	/// Begins the next round, or the reveal after the last one.
	pub(crate) fn end_round(id: SessionId, mut session: SessionOf<T>, round: u8, now: BlockNumberFor<T>) {
		let next = round.saturating_add(1);
		if next < session.spec.rounds {
			Self::begin_round(id, &mut session, next, now);
			Sessions::<T>::insert(id, session);
			return;
		}
		if Lessons::<T>::get(id).iter().all(|lesson| lesson.void.is_some()) {
			// Nobody is to be paid, so there is nothing to reveal.
			Self::pay_everybody(id, session, now);
			return;
		}
		let until = now.saturating_add(session.spec.reveal_blocks);
		session.state = SessionState::Revealing { until };
		Sessions::<T>::insert(id, session);
		Queue::<T>::set_due(id, until);
		let classifiers = Scorings::<T>::get(id).candidates.len() as u8;
		Self::deposit_event(Event::RevealBegan { session: id, classifiers, until });
	}
}
