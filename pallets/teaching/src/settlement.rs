//! Who gets what, and the end of a session.

use crate::*;
use frame_support::{defensive, dispatch::DispatchResult, ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_market::Ledger;
use praxis_primitives_teaching::{payout, SessionId, SessionState};
use sp_runtime::traits::{CheckedDiv, SaturatedConversion, Saturating, Zero};

impl<T: Config> Pallet<T> {
	/// See [`Pallet::settle`].
	pub(crate) fn do_settle(id: SessionId) -> DispatchResult {
		let session = Sessions::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(matches!(session.state, SessionState::Revealing { .. }), Error::<T>::WrongState);
		ensure!(Scorings::<T>::get(id).left == 0, Error::<T>::NotCounted);
		Self::pay_everybody(id, session, frame_system::Pallet::<T>::block_number());
		Ok(())
	}

	/// Pays lessons in their order by what the chain counted, and returns the rest.
	pub(crate) fn pay_everybody(id: SessionId, mut session: SessionOf<T>, at: BlockNumberFor<T>) {
		let mut lessons = Lessons::<T>::get(id);
		let scoring = Scorings::<T>::get(id);
		let items = session.spec.scored();
		let mut best = scoring.candidates.first().map_or(0, |base| base.correct);
		let student = session.student.clone();
		let mut order: alloc::vec::Vec<_> = (0u8..).zip(lessons.iter_mut()).collect();
		order.sort_by_key(|(_, lesson)| lesson.place);
		for (index, lesson) in order {
			if lesson.void.is_some() {
				continue;
			}
			let Some((_, correct)) = lesson.best(&scoring) else {
				defensive!("there is a classifier after every lesson");
				continue;
			};
			let gain = Self::increment(&session.spec, best, correct, items).min(session.held);
			best = best.max(correct);
			session.held.saturating_reduce(gain);
			let paid = gain.saturating_sub(Self::pay_trainers(id, &mut session, (index, lesson), &scoring, gain));
			lesson.paid = paid;
			Holds::<T>::pay(&mut session.ledger, HoldReason::SessionReward, &student, &lesson.teacher, paid);
			Holds::<T>::pay(&mut session.ledger, HoldReason::LessonFee, &lesson.teacher, &student, session.spec.fee);
			Self::deposit_event(Event::LessonPaid {
				session: id,
				lesson: index,
				teacher: lesson.teacher.clone(),
				correct,
				paid,
			});
		}
		Lessons::<T>::insert(id, lessons);
		let ledger = Self::finish(id, session, SessionState::Settled { at });
		Self::deposit_event(Event::SessionSettled { session: id, items, best, ledger });
	}

	/// Pays a lesson's trainers their part of `gain`: it goes to whose classifier recognised the most items, of two as good
	/// ones a half to each. Gives what they were paid; the rest is the teacher's.
	fn pay_trainers(
		id: SessionId,
		session: &mut SessionOf<T>,
		(index, lesson): (u8, &mut LessonOf<T>),
		scoring: &Scoring,
		gain: BalanceOf<T>,
	) -> BalanceOf<T> {
		let mut paid = BalanceOf::<T>::zero();
		let (Some(share), Some((_, most))) = (session.spec.trainers, lesson.best(scoring)) else { return paid };
		// Where there is a gain the best are above all that was before.
		let part = share.mul_floor(gain);
		let is_best = |drawn: &LessonTrainerOf<T>| drawn.classifier.is_some_and(|hash| scoring.correct(&hash) == most);
		let winners = lesson.trainers.iter().filter(|drawn| is_best(drawn)).count() as u32;
		let each = part.checked_div(&winners.into()).unwrap_or_default();
		if each.is_zero() {
			return paid;
		}
		let student = session.student.clone();
		for drawn in lesson.trainers.iter_mut() {
			// An account that was given up in the meantime is not revived by less than it could exist with.
			if !is_best(drawn) || !Holds::<T>::can_be_paid(&drawn.trainer, each) {
				continue;
			}
			Holds::<T>::pay(&mut session.ledger, HoldReason::SessionReward, &student, &drawn.trainer, each);
			drawn.paid = each;
			paid.saturating_accrue(each);
			let trainer = drawn.trainer.clone();
			Self::deposit_event(Event::TrainerPaid { session: id, lesson: index, trainer, paid: each });
		}
		paid
	}

	/// What a lesson earns that raises the number of recognised items.
	pub(crate) fn increment(spec: &SpecOf<T>, from: u32, to: u32, items: u32) -> BalanceOf<T> {
		let reward: u128 = spec.reward.saturated_into();
		let of = |correct| payout(reward, &spec.scale, correct, items);
		of(from.max(to)).saturating_sub(of(from)).saturated_into()
	}

	/// The student did not do its part: fees return, the reward is burnt.
	pub(crate) fn forfeit(id: SessionId, mut session: SessionOf<T>, at: BlockNumberFor<T>, cause: Forfeit) {
		Self::return_fees(id, &mut session);
		let burnt = core::mem::take(&mut session.held);
		Holds::<T>::burn(&mut session.ledger, HoldReason::SessionReward, &session.student, burnt);
		let ledger = Self::finish(id, session, SessionState::Forfeited { at });
		Self::deposit_event(Event::SessionForfeited { session: id, cause, ledger });
	}

	/// Returns the fees of all lessons.
	pub(crate) fn return_fees(id: SessionId, session: &mut SessionOf<T>) {
		for lesson in Lessons::<T>::get(id).iter().filter(|lesson| lesson.void.is_none()) {
			Holds::<T>::give_back(&mut session.ledger, HoldReason::LessonFee, &lesson.teacher, session.spec.fee);
		}
	}

	/// Returns the stakes, gives what is left to the student and keeps the session among the finished ones for a while.
	/// Gives where its money went.
	pub(crate) fn finish(
		id: SessionId,
		mut session: SessionOf<T>,
		state: SessionState<BlockNumberFor<T>>,
	) -> Ledger<BalanceOf<T>> {
		for seat in session.seats.iter_mut().flatten() {
			let stake = core::mem::take(&mut seat.stake);
			Holds::<T>::give_back(&mut session.ledger, HoldReason::TeacherStake, &seat.teacher, stake);
		}
		let rest = core::mem::take(&mut session.held);
		Holds::<T>::give_back(&mut session.ledger, HoldReason::SessionReward, &session.student, rest);
		session.place = Some(Queue::<T>::finish(id, &session.student));
		session.state = state;
		let ledger = session.ledger;
		Sessions::<T>::insert(id, session);
		ledger
	}

	/// See [`Pallet::prune`].
	pub(crate) fn do_prune(id: SessionId) -> DispatchResult {
		let session = Sessions::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let at = session.state.finished().ok_or(Error::<T>::NotFinished)?;
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(at.saturating_add(T::RetentionBlocks::get()) <= now, Error::<T>::StillRetained);
		let deposit = Holds::<T>::try_release(HoldReason::SessionDeposit, &session.student, session.deposit)?;
		if let Some(place) = session.place {
			Queue::<T>::leave(place);
		}
		for (place, candidate) in (0u8..).zip(Scorings::<T>::take(id).candidates) {
			if candidate.work.is_some() {
				Classifiers::<T>::remove(id, place);
			}
		}
		Sessions::<T>::remove(id);
		handing::forget_keys::<T>(&Lessons::<T>::take(id));
		AuditItems::<T>::remove(id);
		SessionOfRoot::<T>::remove(session.spec.root);
		Self::deposit_event(Event::SessionPruned { session: id, deposit });
		Ok(())
	}
}
