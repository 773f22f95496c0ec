//! What must hold after every block.

mod pool;

use crate::*;
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::ensure;
use praxis_primitives_teaching::{SessionId, SessionState};
use praxis_support::invariants;
use sp_runtime::{
	traits::{Saturating, Zero},
	TryRuntimeError,
};

/// By account: rewards, deposits, stakes, fees and bonds.
type Obligations<T> = invariants::Obligations<Holds<T>, 5>;

impl<T: Config> Pallet<T> {
	/// Checks the invariants:
	///
	/// 1. What each account has on hold, for each reason, is what its sessions, seats and lessons oblige it to, and no
	///    more.
	/// 2. Of every session: escrowed = paid + returned + burnt + what is on hold; nothing is on hold of a finished one.
	///    What its lessons were paid is at most its reward.
	/// 3. The numbers of open sessions, in all and by student, are right and within their bounds; no number is 0. Every
	///    session's number is below the next one's.
	/// 4. Every open session is due, once, in order, and no other is. None has been due for more than `MAX_LAG` blocks.
	/// 5. An account has one seat of a session, and it is not the student. Each lesson's seat is its teacher's; there is
	///    at most one of a seat and round, none of a later round than the present one. A teacher that is to
	///    blame for a void lesson lost its stake, and nobody else did.
	/// 6. The places of a session's lessons are all different; those of a round whose order is drawn have one, but the
	///    void ones, and no others. A classifier follows only a lesson with a place, and none is left out before it. Once
	///    everything is revealed or paid, all lessons that are not void have one.
	/// 7. The candidates are the base and the lessons' classifiers, once each. Those that are revealed, and no others,
	///    have bytes and work. As many bits are set as chunks were counted; nothing is counted before all are revealed,
	///    and none recognises more items than were counted.
	/// 8. The drawn items are there, ascending, once they are drawn; not all of them are shown while they are shown.
	/// 9. The finished sessions are in the queue, by their ages, and no others.
	/// 10. Every holdout is its session's, and nothing is kept of a session that is gone.
	/// 11. A trainer is engaged for as many lessons as it has something to do for. Who is not retired has at least a bond that
	///     can be slashed once, and can be drawn while it has keys; who is retired has neither keys nor a bond without a
	///     lesson. No key of a trainer is there twice, nor again while a session that used it up is kept.
	/// 12. A lesson has trainers once they were drawn, and only where the student does not train itself: different accounts,
	///     neither the student nor its teachers, each with a key that this session used up. They have the lesson's key all or
	///     none, commit to nothing without it and show nothing without a commitment. Somebody is always waited for.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut obligations = Obligations::<T>::new();
		let mut open: BTreeMap<T::AccountId, u32> = BTreeMap::new();
		let (mut finished, mut all, mut revealed) = (0, 0, 0);
		for (id, session) in Sessions::<T>::iter() {
			all += 1;
			ensure!(id < NextSession::<T>::get(), "3: a session's number is not given out");
			ensure!(SessionOfRoot::<T>::get(session.spec.root) == Some(id), "10: a holdout is another session's");
			Self::check_money(id, &session, &mut obligations)?;
			Self::check_lessons(id, &session)?;
			revealed += Self::check_scoring(id, &session)?;
			Self::check_audit(id, &session)?;
			if session.state.finished().is_some() {
				finished += 1;
				continue;
			}
			open.entry(session.student.clone()).or_default().saturating_inc();
			invariants::due_at::<Queue<T>>(id)?;
		}
		let mut bonds = BTreeMap::new();
		Self::check_trainers(&mut bonds)?;
		for (who, bond) in bonds {
			obligations.entry(who).or_default()[4] = bond;
		}
		let reasons = [
			HoldReason::SessionReward,
			HoldReason::SessionDeposit,
			HoldReason::TeacherStake,
			HoldReason::LessonFee,
			HoldReason::TrainerBond,
		];
		invariants::holds::<Holds<T>, 5>(reasons, &obligations)?;
		let count = invariants::open::<Queue<T>>(&open)?;
		invariants::due::<Queue<T>>(count as usize)?;
		ensure!(
			Lessons::<T>::iter_keys()
				.chain(AuditItems::<T>::iter_keys())
				.chain(Scorings::<T>::iter_keys())
				.all(Sessions::<T>::contains_key),
			"10: something is kept of a session that is gone"
		);
		ensure!(SessionOfRoot::<T>::iter().count() == all, "10: a holdout is kept of a session that is gone");
		ensure!(Classifiers::<T>::iter().count() == revealed, "7: bytes are kept that are no classifier's");
		let place_of = |session: SessionOf<T>| (session.place, session.state.finished());
		invariants::finished::<Queue<T>>(finished, |id| Sessions::<T>::get(id).map(place_of))
	}

	fn check_money(
		id: SessionId,
		session: &SessionOf<T>,
		obligations: &mut Obligations<T>,
	) -> Result<(), TryRuntimeError> {
		let mut held = session.held;
		let mut owe = |who: &T::AccountId, reason: usize, amount: BalanceOf<T>| {
			obligations.entry(who.clone()).or_default()[reason].saturating_accrue(amount);
		};
		owe(&session.student, 0, session.held);
		owe(&session.student, 1, session.deposit);
		for seat in session.seats.iter().flatten() {
			owe(&seat.teacher, 2, seat.stake);
			held.saturating_accrue(seat.stake);
		}
		let is_finished = session.state.finished().is_some();
		let mut paid = BalanceOf::<T>::zero();
		for lesson in Lessons::<T>::get(id) {
			paid.saturating_accrue(lesson.paid);
			lesson.trainers.iter().for_each(|drawn| paid.saturating_accrue(drawn.paid));
			if !is_finished && lesson.void.is_none() {
				owe(&lesson.teacher, 3, session.spec.fee);
				held.saturating_accrue(session.spec.fee);
			}
		}
		invariants::ledger(&session.ledger, held)?;
		ensure!(!is_finished || held.is_zero(), "2: money of a finished session is on hold");
		ensure!(paid <= session.spec.reward, "2: more was paid than there was");
		Ok(())
	}

	fn check_lessons(id: SessionId, session: &SessionOf<T>) -> Result<(), TryRuntimeError> {
		let lessons = Lessons::<T>::get(id);
		let seats: Vec<_> = session.seats.iter().flatten().collect();
		for (at, seat) in seats.iter().enumerate() {
			ensure!(seat.teacher != session.student, "5: a student teaches itself");
			ensure!(seats.iter().take(at).all(|other| other.teacher != seat.teacher), "5: an account has two seats");
			let blamed = |lesson: &LessonOf<T>| lesson.void.is_some_and(|void| void.costs_the_stake());
			let lost = lessons.iter().any(|lesson| lesson.teacher == seat.teacher && blamed(lesson));
			ensure!(seat.lost == lost, "5: a stake was lost without a fault, or not with one");
			let stake = if seat.lost || session.state.finished().is_some() { Zero::zero() } else { session.spec.stake };
			ensure!(seat.stake == stake, "5: a seat's stake");
		}
		// Round of the present offers and whether its order is drawn.
		let (round, drawn) = match session.state {
			// The base was not shown: there may be offers.
			SessionState::Failed { .. } if session.spec.trainers.is_some() => (0, false),
			SessionState::Drawing { .. } | SessionState::Auditing { .. } | SessionState::Failed { .. } => {
				ensure!(lessons.is_empty() && seats.is_empty(), "5: teachers came before the audit");
				return Ok(());
			}
			SessionState::Offering { round, .. } | SessionState::Ordering { round, .. } => (round, false),
			SessionState::Training { round, .. }
			| SessionState::Handing { round, .. }
			| SessionState::TrainingCommit { round, .. }
			| SessionState::TrainingReveal { round, .. } => (round, true),
			_ => (session.spec.rounds, false),
		};
		let mut places = Vec::new();
		for (at, lesson) in lessons.iter().enumerate() {
			let seat = session.seats.get(usize::from(lesson.seat)).and_then(Option::as_ref);
			ensure!(seat.is_some_and(|seat| seat.teacher == lesson.teacher), "5: a lesson's seat is another's");
			let same = |other: &&LessonOf<T>| other.seat == lesson.seat && other.round == lesson.round;
			ensure!(lessons.iter().take(at).find(same).is_none(), "5: two lessons of a seat in a round");
			ensure!(lesson.round <= round && lesson.round < session.spec.rounds, "5: a lesson of a later round");
			let has_place = lesson.void.is_none() && (lesson.round < round || drawn);
			ensure!(lesson.place.is_some() == has_place, "6: a lesson has a place too early or too late");
			places.extend(lesson.place.map(|place| (place, lesson.is_done())));
			ensure!(!lesson.is_done() || lesson.place.is_some(), "6: a classifier without a place");
			ensure!(
				lesson.round >= round
					|| lesson.void.is_some()
					|| lesson.is_done()
					|| matches!(session.state, SessionState::Forfeited { .. }),
				"6: a lesson was left out"
			);
		}
		places.sort_unstable();
		ensure!(places.windows(2).all(|pair| pair[0].0 < pair[1].0), "6: two lessons have one place");
		ensure!(places.windows(2).all(|pair| pair[0].1 || !pair[1].1), "6: a lesson was left out");
		Ok(())
	}

	/// Gives how many classifiers are revealed.
	fn check_scoring(id: SessionId, session: &SessionOf<T>) -> Result<usize, TryRuntimeError> {
		let scoring = Scorings::<T>::get(id);
		let mut hashes: Vec<_> = scoring.candidates.iter().map(|candidate| candidate.hash).collect();
		ensure!(hashes.first() == Some(&session.spec.base), "7: the base is not the first candidate");
		let mut expected: Vec<_> =
			Lessons::<T>::get(id).iter().flat_map(|lesson| lesson.classifiers().collect::<Vec<_>>()).collect();
		expected.push(session.spec.base);
		expected.sort_unstable();
		expected.dedup();
		hashes.sort_unstable();
		ensure!(hashes == expected, "7: the candidates are not the classifiers");
		for (place, candidate) in (0u8..).zip(&scoring.candidates) {
			let bytes = Classifiers::<T>::contains_key(id, place);
			ensure!(bytes == candidate.work.is_some(), "7: a classifier without bytes, or bytes without one");
			ensure!(candidate.correct <= scoring.items, "7: more items were recognised than counted");
		}
		let chunks = session.spec.shape().chunks();
		let counted = (0..chunks).filter(|chunk| scoring.is_counted(*chunk)).count() as u32;
		let bits = scoring.counted.iter().map(|byte| byte.count_ones()).sum::<u32>();
		ensure!(bits == counted && counted.saturating_add(scoring.left) == chunks, "7: number of counted chunks");
		ensure!(counted == 0 || scoring.work().is_some(), "7: counted before all classifiers were revealed");
		ensure!(scoring.items <= session.spec.scored(), "7: more items were counted than there are");
		ensure!(scoring.left > 0 || scoring.items == session.spec.scored(), "7: not every item was counted");
		Ok(scoring.candidates.iter().filter(|candidate| candidate.work.is_some()).count())
	}

	fn check_audit(id: SessionId, session: &SessionOf<T>) -> Result<(), TryRuntimeError> {
		let drawn = AuditItems::<T>::get(id);
		if matches!(session.state, SessionState::Drawing { .. }) {
			ensure!(drawn.is_empty(), "8: items were drawn too early");
			return Ok(());
		}
		ensure!(drawn.len() as u32 == session.spec.audited(), "8: number of drawn items");
		ensure!(drawn.windows(2).all(|pair| pair[0] < pair[1]), "8: drawn items are out of order");
		ensure!(drawn.iter().all(|item| *item < session.spec.items), "8: an item was drawn that is not there");
		if let SessionState::Auditing { shown, .. } = session.state {
			ensure!((shown as usize) < drawn.len(), "8: all is shown, but the first round has not begun");
		}
		Ok(())
	}
}
