//! What trainers have to do for lessons, and until when.

use crate::*;
use alloc::vec::Vec;
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_teaching::{
	trainers::{Assignment, AssignmentState, TrainerView},
	SessionId, SessionState,
};

impl<T: Config> Pallet<T> {
	/// Trainers, by their accounts, from place `from` on, at most `count`.
	pub fn trainers(from: u32, count: u32) -> Vec<TrainerView<T::AccountId, BalanceOf<T>>> {
		let mut all: Vec<(T::AccountId, TrainerOf<T>)> = Trainers::<T>::iter().collect();
		all.sort_unstable_by(|one, other| one.0.cmp(&other.0));
		all.into_iter()
			.skip(from as usize)
			.take(count as usize)
			.map(|(account, trainer)| TrainerView {
				account,
				bond: trainer.bond,
				keys: trainer.keys.len() as u32,
				engaged: trainer.engaged,
				retired: trainer.retired,
			})
			.collect()
	}

	/// What a trainer has to do, by session and lesson.
	pub fn assignments(account: &T::AccountId) -> Vec<Assignment<BlockNumberFor<T>>> {
		let mut ids: Vec<SessionId> = Due::<T>::get().iter().map(|(_, id)| *id).collect();
		ids.sort_unstable();
		ids.into_iter()
			.filter_map(|id| Some((id, Sessions::<T>::get(id)?.state)))
			.flat_map(|(id, state)| {
				let open = open_assignments::<T>(&state, &Lessons::<T>::get(id));
				let own: Vec<_> = open.into_iter().filter(|one| one.trainer.trainer == *account).collect();
				own.into_iter().filter_map(move |one| {
					Some(Assignment {
						session: id,
						lesson: one.lesson,
						prekey: one.trainer.prekey,
						sealed_key: one.trainer.sealed_key,
						state: one.state,
						until: until(&state)?,
					})
				})
			})
			.collect()
	}
}

/// A trainer who has something to do for a lesson.
pub(crate) struct Open<T: Config> {
	pub lesson: u8,
	pub trainer: LessonTrainerOf<T>,
	pub state: AssignmentState,
}

/// What trainers still have to do in a session's present state. It is over for one that has shown its classifier, that did
/// not in time, and where the lesson is void.
pub(crate) fn open_assignments<T: Config>(
	state: &SessionState<BlockNumberFor<T>>,
	lessons: &LessonsOf<T>,
) -> Vec<Open<T>> {
	let (round, current, shows) = match state {
		SessionState::Handing { round, .. } => (*round, None, false),
		SessionState::TrainingCommit { round, lesson, .. } => (*round, Some(*lesson), false),
		SessionState::TrainingReveal { round, lesson, .. } => (*round, Some(*lesson), true),
		_ => return Vec::new(),
	};
	let turn = current.and_then(|current| lessons.get(usize::from(current))).and_then(|lesson| lesson.place);
	let mut open = Vec::new();
	for (index, lesson) in (0u8..).zip(lessons) {
		// Lessons of the round whose turn is over have a lower place, or none.
		if lesson.round != round || lesson.void.is_some() || lesson.place < turn {
			continue;
		}
		let is_current = current == Some(index);
		for trainer in &lesson.trainers {
			let state = match (is_current, shows, trainer.commitment, trainer.classifier) {
				(false, ..) if trainer.sealed_key.is_none() => AssignmentState::Drawn,
				(false, ..) => AssignmentState::Handed,
				(true, false, None, _) => AssignmentState::Training,
				(true, false, Some(_), _) => AssignmentState::Committed,
				(true, true, Some(_), None) => AssignmentState::Revealing,
				(true, true, ..) => continue,
			};
			open.push(Open { lesson: index, trainer: trainer.clone(), state });
		}
	}
	open
}

fn until<BlockNumber: Copy>(state: &SessionState<BlockNumber>) -> Option<BlockNumber> {
	match state {
		SessionState::Handing { until, .. }
		| SessionState::TrainingCommit { until, .. }
		| SessionState::TrainingReveal { until, .. } => Some(*until),
		_ => None,
	}
}
