//! What clients read: the runtime API `TeachingApi`.

use crate::*;
use alloc::vec::Vec;
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_consensus::BEACON_BLOCKS;
use praxis_primitives_teaching::{
	payout::payout_of,
	session::{LessonView, StakeView},
	SessionId, SessionState,
};
use sp_runtime::{
	traits::{SaturatedConversion, Saturating, Zero},
	Perbill,
};

/// Most sessions of one answer.
pub(crate) const SESSIONS_PER_ANSWER: u32 = 64;

impl<T: Config> Pallet<T> {
	/// A session with its lessons; none when it was pruned.
	pub fn session(id: SessionId) -> Option<ViewOf<T>> {
		let session = Sessions::<T>::get(id)?;
		let scoring = Scorings::<T>::get(id);
		let correct = |hash| scoring.find(&hash).map_or(0, |candidate| candidate.correct);
		let lessons = (0u8..)
			.zip(Lessons::<T>::get(id))
			.map(|(index, lesson)| LessonView {
				lesson: index,
				correct: lesson.classifier.map_or(0, correct),
				teacher: lesson.teacher,
				seat: lesson.seat,
				round: lesson.round,
				offer: lesson.offer,
				place: lesson.place,
				void: lesson.void,
				classifier: lesson.classifier,
				claim: lesson.claim,
				paid: lesson.paid,
			})
			.collect();
		Some(praxis_primitives_teaching::SessionView {
			session: id,
			base_correct: correct(session.spec.base),
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

	/// What a teacher earns in this session for raising the best score from `from` to `to`; none where there is no such
	/// session.
	pub fn payout(id: SessionId, from: Perbill, to: Perbill) -> Option<BalanceOf<T>> {
		let spec = Sessions::<T>::get(id)?.spec;
		let of = |score| payout_of(spec.reward.saturated_into(), &spec.scale, score);
		Some(of(from.max(to)).saturating_sub(of(from)).saturated_into())
	}

	/// What an account has on hold as a teacher, by session.
	pub fn stakes(account: &T::AccountId) -> Vec<StakeView<BalanceOf<T>, BlockNumberFor<T>>> {
		let mut ids: Vec<SessionId> = Due::<T>::get().iter().map(|(_, id)| *id).collect();
		ids.sort_unstable();
		ids.into_iter()
			.filter_map(|id| {
				let session = Sessions::<T>::get(id)?;
				let seat = session.seats.iter().flatten().find(|seat| seat.teacher == *account)?;
				let lessons = Lessons::<T>::get(id).iter().filter(|one| one.teacher == *account && !one.void).count();
				let fees = session.spec.fee.saturating_mul((lessons as u32).into());
				(!seat.stake.is_zero() || !fees.is_zero()).then(|| StakeView {
					session: id,
					stake: seat.stake,
					fees,
					until: Self::latest_end(&session),
				})
			})
			.collect()
	}

	/// The last height at which a session ends, should every phase take its time and no block be without room.
	fn latest_end(session: &SessionOf<T>) -> BlockNumberFor<T> {
		let spec = &session.spec;
		let beacon: BlockNumberFor<T> = BEACON_BLOCKS.into();
		let train = spec.train_blocks.saturating_mul(u32::from(spec.teachers).into());
		let rounds_from = |round: u8| {
			let left = spec.rounds.saturating_sub(round);
			spec.offer_blocks
				.saturating_add(beacon)
				.saturating_add(train)
				.saturating_mul(u32::from(left).into())
				.saturating_add(spec.reveal_blocks)
		};
		match session.state {
			SessionState::Drawing { after } => {
				after.saturating_add(beacon).saturating_add(spec.audit_blocks).saturating_add(rounds_from(0))
			}
			SessionState::Auditing { until, .. } => until.saturating_add(rounds_from(0)),
			SessionState::Offering { round, until } => {
				until.saturating_add(beacon).saturating_add(train).saturating_add(rounds_from(round.saturating_add(1)))
			}
			SessionState::Ordering { round, after } => {
				after.saturating_add(beacon).saturating_add(train).saturating_add(rounds_from(round.saturating_add(1)))
			}
			SessionState::Training { round, until } => until.saturating_add(rounds_from(round.saturating_add(1))),
			SessionState::Revealing { until } => until,
			SessionState::Settled { at } | SessionState::Failed { at } | SessionState::Forfeited { at } => at,
		}
	}
}
