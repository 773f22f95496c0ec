//! What must hold of trainers.

use crate::{assignments::open_assignments, handing::is_teacher, *};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::Get};
use praxis_primitives_teaching::{trainers::Void, SessionId, SessionState};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Of each account: lessons for which it has something to do. See invariants 11 and 12.
	pub(super) fn check_trainers(bonds: &mut BTreeMap<T::AccountId, BalanceOf<T>>) -> Result<(), TryRuntimeError> {
		let mut engaged: BTreeMap<T::AccountId, u32> = BTreeMap::new();
		let mut used = 0usize;
		for (id, session) in Sessions::<T>::iter() {
			let lessons = Lessons::<T>::get(id);
			for open in open_assignments::<T>(&session.state, &lessons) {
				*engaged.entry(open.trainer.trainer).or_default() += 1;
			}
			for lesson in &lessons {
				used += lesson.trainers.len();
				Self::check_lesson_trainers(id, &session, lesson)?;
			}
			Self::check_turn(&session, &lessons)?;
		}
		ensure!(UsedKeys::<T>::iter().count() == used, "12: a key is used up by no lesson");

		let ready = Ready::<T>::get();
		let (mut count, mut can_be_drawn) = (0, 0);
		let now = frame_system::Pallet::<T>::block_number();
		for (who, trainer) in Trainers::<T>::iter() {
			count += 1;
			ensure!(trainer.engaged == engaged.remove(&who).unwrap_or(0), "11: a trainer's number of lessons");
			ensure!(trainer.bond <= T::TrainerBond::get(), "11: a bond is larger than it may be");
			ensure!(trainer.retired || trainer.bond >= Self::slash_of_bond(), "11: a trainer has nothing to lose");
			ensure!(!trainer.retired || trainer.engaged > 0, "11: a bond was not returned");
			ensure!(!trainer.retired || trainer.keys.is_empty(), "11: who retired has keys");
			let mut keys = trainer.keys.clone().into_inner();
			keys.sort_unstable();
			ensure!(keys.windows(2).all(|pair| pair[0] != pair[1]), "11: a key is there twice");
			ensure!(!keys.iter().any(|key| UsedKeys::<T>::contains_key(&who, key)), "11: a key is there again");
			let places: Vec<_> = ready.iter().filter(|(other, _)| *other == who).collect();
			ensure!(places.len() == usize::from(!keys.is_empty()), "11: who has keys can be drawn, and nobody else");
			ensure!(places.iter().all(|(_, since)| *since <= now), "11: who can be drawn came before");
			can_be_drawn += places.len();
			bonds.insert(who, trainer.bond);
		}
		ensure!(engaged.is_empty(), "11: who trains has no bond");
		ensure!(count == Trainers::<T>::count() && count <= T::MaxTrainers::get(), "11: number of trainers");
		ensure!(can_be_drawn == ready.len(), "11: who can be drawn is no trainer");
		Ok(())
	}

	fn check_lesson_trainers(
		id: SessionId,
		session: &SessionOf<T>,
		lesson: &LessonOf<T>,
	) -> Result<(), TryRuntimeError> {
		ensure!(
			lesson.offer.sealed_key.is_none() == session.spec.trainers.is_some(),
			"12: a lesson is sealed to the wrong one"
		);
		if session.spec.trainers.is_none() {
			let by_trainers = |void| matches!(void, Void::NotHanded | Void::NoTrainer | Void::NotTrained);
			ensure!(lesson.trainers.is_empty() && !lesson.void.is_some_and(by_trainers), "12: a student has trainers");
			return Ok(());
		}
		ensure!(lesson.classifier.is_none(), "12: a student with trainers trains");
		let was_drawn = lesson.place.is_some() || lesson.void.is_some_and(|void| void != Void::NoTrainer);
		ensure!(was_drawn != lesson.trainers.is_empty(), "12: a lesson has trainers too early or too late");
		let handed = lesson.trainers.iter().filter(|drawn| drawn.sealed_key.is_some()).count();
		ensure!(handed == 0 || handed == lesson.trainers.len(), "12: a key was handed to one alone");
		let mut who: Vec<_> = lesson.trainers.iter().map(|drawn| &drawn.trainer).collect();
		who.sort_unstable();
		ensure!(who.windows(2).all(|pair| pair[0] != pair[1]), "12: one account trains a lesson twice");
		for drawn in &lesson.trainers {
			let who = &drawn.trainer;
			ensure!(*who != session.student && !is_teacher::<T>(session, who), "12: a trainer is not neutral");
			ensure!(UsedKeys::<T>::get(who, drawn.prekey) == Some(id), "12: a key was not used up");
			ensure!(drawn.commitment.is_none() || handed > 0, "12: committed without a lesson");
			ensure!(drawn.classifier.is_none() || drawn.commitment.is_some(), "12: shown without a commitment");
			let shown = |hash| Self::classifier(id, hash).is_some();
			ensure!(drawn.classifier.is_none_or(shown), "12: a classifier that was shown is not kept");
		}
		let showed_none = lesson.trainers.iter().all(|drawn| drawn.classifier.is_none());
		ensure!(lesson.void.is_none() || showed_none, "12: a lesson is void though it was trained");
		Ok(())
	}

	/// Whose turn it is.
	fn check_turn(session: &SessionOf<T>, lessons: &LessonsOf<T>) -> Result<(), TryRuntimeError> {
		let is_trained = session.spec.trainers.is_some();
		let handed = |lesson: &LessonOf<T>| lesson.trainers.iter().all(|drawn| drawn.sealed_key.is_some());
		let current = match session.state {
			SessionState::Training { .. } => {
				ensure!(!is_trained, "12: a student with trainers trains");
				return Ok(());
			}
			SessionState::Handing { round, .. } => {
				let mut open = lessons.iter().filter(|lesson| lesson.round == round && lesson.void.is_none());
				ensure!(is_trained && open.any(|lesson| !handed(lesson)), "12: no key is waited for");
				return Ok(());
			}
			SessionState::TrainingCommit { lesson, .. } | SessionState::TrainingReveal { lesson, .. } => lesson,
			_ => return Ok(()),
		};
		let lesson = lessons.get(usize::from(current)).ok_or("12: it is the turn of no lesson")?;
		ensure!(is_trained && lesson.void.is_none() && handed(lesson), "12: a lesson cannot be trained");
		let committed = lesson.trainers.iter().filter(|drawn| drawn.commitment.is_some()).count();
		let shown = lesson.trainers.iter().filter(|drawn| drawn.classifier.is_some()).count();
		let waits = match session.state {
			SessionState::TrainingCommit { .. } => shown == 0 && committed < lesson.trainers.len(),
			_ => shown < committed,
		};
		ensure!(waits, "12: nobody is waited for");
		Ok(())
	}
}
