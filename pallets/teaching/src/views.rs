//! What clients read: the runtime API `TeachingApi`.

use crate::*;
use alloc::vec::Vec;
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_consensus::BEACON_BLOCKS;
use praxis_primitives_market::PolicyHash;
use praxis_primitives_teaching::{
	payout::payout_of,
	session::{LessonView, StakeView},
	trainers::LessonTrainerView,
	SessionId, SessionState,
};
use sp_runtime::{
	traits::{Get, SaturatedConversion, Saturating, Zero},
	Perbill,
};

/// Most sessions of one answer.
pub(crate) const SESSIONS_PER_ANSWER: u32 = 64;

impl<T: Config> Pallet<T> {
	/// A session with its lessons; none when it was pruned.
	pub fn session(id: SessionId) -> Option<ViewOf<T>> {
		let session = Sessions::<T>::get(id)?;
		let scoring = Scorings::<T>::get(id);
		let lessons = (0u8..)
			.zip(Lessons::<T>::get(id))
			.map(|(index, lesson)| LessonView {
				lesson: index,
				correct: lesson.best(&scoring).map_or(0, |(_, correct)| correct),
				classifier: lesson.best(&scoring).map(|(hash, _)| hash),
				trainers: lesson.trainers.iter().map(|trainer| trainer_of_lesson(trainer, &scoring)).collect(),
				teacher: lesson.teacher,
				seat: lesson.seat,
				round: lesson.round,
				offer: lesson.offer,
				place: lesson.place,
				void: lesson.void,
				claim: lesson.claim,
				paid: lesson.paid,
			})
			.collect();
		Some(praxis_primitives_teaching::SessionView {
			session: id,
			base_correct: scoring.correct(&session.spec.base),
			counted: scoring.items,
			teachers: session.seats.into_iter().map(|seat| seat.map(|seat| seat.teacher)).collect(),
			lessons,
			student: session.student,
			spec: session.spec,
			state: session.state,
			paid: session.ledger.paid,
			returned: session.ledger.returned,
			burnt: session.ledger.burnt,
		})
	}

	/// Sessions that are not finished, by number, from `from` upwards, at most `count` of them.
	pub fn open_sessions(from: SessionId, count: u32) -> Vec<ViewOf<T>> {
		let mut ids: Vec<SessionId> = Due::<T>::get().iter().map(|(_, id)| *id).filter(|id| *id >= from).collect();
		ids.sort_unstable();
		ids.truncate(count.min(SESSIONS_PER_ANSWER) as usize);
		ids.into_iter().filter_map(Self::session).collect()
	}

	/// Numbers of the items that the audit shows, once they are drawn.
	pub fn audit(id: SessionId) -> Vec<u32> {
		AuditItems::<T>::get(id).into_inner()
	}

	/// The encoding of a classifier of a session that was shown.
	pub fn classifier(id: SessionId, hash: PolicyHash) -> Option<Vec<u8>> {
		let place = Scorings::<T>::get(id).candidates.iter().position(|candidate| candidate.hash == hash)?;
		Some(Classifiers::<T>::get(id, u8::try_from(place).ok()?)?.into_inner())
	}

	/// What a teacher earns in this session for raising the best score from `from` to `to`, without what its trainers get;
	/// none where there is no such session.
	pub fn payout(id: SessionId, from: Perbill, to: Perbill) -> Option<BalanceOf<T>> {
		let spec = Sessions::<T>::get(id)?.spec;
		let of = |score| payout_of(spec.reward.saturated_into(), &spec.scale, score);
		let gain = of(from.max(to)).saturating_sub(of(from));
		let of_trainers = spec.trainers.map_or(0, |share| share.mul_floor(gain));
		Some(gain.saturating_sub(of_trainers).saturated_into())
	}

	/// What an account has on hold as a teacher, by session.
	pub fn stakes(account: &T::AccountId) -> Vec<StakeView<BalanceOf<T>, BlockNumberFor<T>>> {
		let mut ids: Vec<SessionId> = Due::<T>::get().iter().map(|(_, id)| *id).collect();
		ids.sort_unstable();
		ids.into_iter()
			.filter_map(|id| {
				let session = Sessions::<T>::get(id)?;
				let seat = session.seats.iter().flatten().find(|seat| seat.teacher == *account)?;
				let lessons = Lessons::<T>::get(id);
				let own = lessons.iter().filter(|one| one.teacher == *account && one.void.is_none()).count();
				let fees = session.spec.fee.saturating_mul((own as u32).into());
				(!seat.stake.is_zero() || !fees.is_zero()).then(|| StakeView {
					session: id,
					stake: seat.stake,
					fees,
					until: Self::latest_end(&session, &lessons),
				})
			})
			.collect()
	}

	/// The last height at which a session ends, should every phase take its time and no block be without room.
	fn latest_end(session: &SessionOf<T>, lessons: &LessonsOf<T>) -> BlockNumberFor<T> {
		let spec = &session.spec;
		let zero = BlockNumberFor::<T>::zero;
		let beacon: BlockNumberFor<T> = BEACON_BLOCKS.into();
		let (hand, show) = match spec.trainers {
			Some(_) => (T::HandBlocks::get(), T::RevealTrainingBlocks::get()),
			None => (zero(), zero()),
		};
		let train = |lessons: u8| spec.train_blocks.saturating_add(show).saturating_mul(u32::from(lessons).into());
		let order = beacon.saturating_add(hand).saturating_add(train(spec.teachers));
		let rounds_from = |round: u8| {
			let left = spec.rounds.saturating_sub(round);
			spec.offer_blocks
				.saturating_add(order)
				.saturating_mul(u32::from(left).into())
				.saturating_add(spec.reveal_blocks)
		};
		let after = |round: u8| rounds_from(round.saturating_add(1));
		// Lessons of the round whose turn comes after that of this one, or of all.
		let left = |round: u8, current: Option<u8>| {
			let place = current.and_then(|current| lessons.get(usize::from(current))).and_then(|one| one.place);
			let comes = |one: &&LessonOf<T>| one.round == round && one.void.is_none() && one.place > place;
			lessons.iter().filter(comes).count() as u8
		};
		match session.state {
			SessionState::Drawing { after } => {
				after.saturating_add(beacon).saturating_add(spec.audit_blocks).saturating_add(rounds_from(0))
			}
			SessionState::Auditing { until, .. } => until.saturating_add(rounds_from(0)),
			SessionState::Offering { round, until } => until.saturating_add(order).saturating_add(after(round)),
			SessionState::Ordering { round, after: drawn } => drawn.saturating_add(order).saturating_add(after(round)),
			SessionState::Handing { round, until } => {
				until.saturating_add(train(left(round, None))).saturating_add(after(round))
			}
			SessionState::Training { round, until } => until.saturating_add(after(round)),
			SessionState::TrainingCommit { round, lesson, until } => {
				let others = train(left(round, Some(lesson)));
				until.saturating_add(show).saturating_add(others).saturating_add(after(round))
			}
			SessionState::TrainingReveal { round, lesson, until } => {
				until.saturating_add(train(left(round, Some(lesson)))).saturating_add(after(round))
			}
			SessionState::Revealing { until } => until,
			SessionState::Settled { at } | SessionState::Failed { at } | SessionState::Forfeited { at } => at,
		}
	}
}

fn trainer_of_lesson<AccountId: Clone, Balance: Copy>(
	trainer: &LessonTrainer<AccountId, Balance>,
	scoring: &Scoring,
) -> LessonTrainerView<AccountId, Balance> {
	LessonTrainerView {
		trainer: trainer.trainer.clone(),
		prekey: trainer.prekey,
		sealed_key: trainer.sealed_key,
		commitment: trainer.commitment,
		classifier: trainer.classifier,
		correct: trainer.classifier.map_or(0, |hash| scoring.correct(&hash)),
		paid: trainer.paid,
	}
}
