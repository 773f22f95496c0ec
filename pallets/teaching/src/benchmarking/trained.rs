//! States of sessions with neutral trainers from which the benchmarks begin.

use super::setup::*;
use crate::*;
use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, Get},
	BoundedVec,
};
use praxis_primitives_teaching::{
	session::{MAX_LESSONS, MAX_ROUNDS, MAX_TEACHERS},
	trainers::{commitment, HandedKeys, Prekeys, Void, MAX_PREKEYS, MAX_TRAINERS_OF_LESSON},
	LessonOffer, SessionId, SessionState,
};
use sp_core::H256;
use sp_runtime::{traits::Zero, Perbill};

/// The round whose lessons are trained: the last one.
pub(super) const ROUND: u8 = (MAX_ROUNDS - 1) as u8;

/// The first lesson of that.
pub(super) const FIRST: u8 = (MAX_LESSONS - MAX_TEACHERS) as u8;

pub(super) fn trainer<T: Config>(number: u32) -> T::AccountId {
	account("trainer", number, 0)
}

/// Keys with these numbers.
pub(super) fn prekeys(numbers: core::ops::Range<u32>) -> Prekeys {
	Prekeys::truncate_from(numbers.map(|number| [number as u8; 32]).collect())
}

/// So many trainers with as many keys as there may be but one.
pub(super) fn pool<T: Config<Currency: Mutate<T::AccountId>>>(count: u32) -> Result<(), BenchmarkError> {
	for number in 0..count {
		let keys = prekeys(0..MAX_PREKEYS.saturating_sub(1));
		Pallet::<T>::do_enlist(rich::<T>("trainer", number), keys)?;
	}
	Ok(())
}

/// The largest session, in which as many lessons as there can be are ordered in its last round. Those before are void.
pub(super) fn ordered<T: Config<Currency: Mutate<T::AccountId>>>() -> Result<SessionId, BenchmarkError> {
	let spec = SpecOf::<T> {
		keys: BoundedVec::new(),
		trainers: Some(Perbill::from_percent(50)),
		// Fewer classifiers would be enough for the weight of a chunk.
		chunk_log2: 4,
		..spec::<T>(MAX_ROUNDS)
	};
	let id = drawn::<T>(spec)?;
	let mut session = session::<T>(id)?;
	Pallet::<T>::begin_round(id, &mut session, ROUND, now::<T>());
	Sessions::<T>::insert(id, session);
	let base = BoundedVec::truncate_from(classifier(0).encode());
	Pallet::<T>::do_reveal_classifier(student::<T>(), id, 0, base)?;
	join_all::<T>(id)?;
	for seat in 0..MAX_TEACHERS {
		let offer = LessonOffer { sealed_key: None, ..offer(seat, 100).0 };
		Pallet::<T>::do_commit_lesson(teacher::<T>(seat), id, offer)?;
	}
	Lessons::<T>::mutate(id, |lessons| {
		let last = lessons.clone();
		let mut all = Vec::new();
		for round in 0..ROUND {
			all.extend(last.iter().map(|lesson| Lesson { round, void: Some(Void::NoTrainer), ..lesson.clone() }));
		}
		all.extend(last);
		*lessons = BoundedVec::truncate_from(all);
	});
	order_last::<T>(id)?;
	Ok(id)
}

fn order_last<T: Config>(id: SessionId) -> Result<(), BenchmarkError> {
	let mut session = session::<T>(id)?;
	session.state = SessionState::Ordering { round: ROUND, after: now::<T>() };
	Sessions::<T>::insert(id, session);
	Lessons::<T>::mutate(id, |lessons| {
		for (place, lesson) in (0u8..).zip(lessons.iter_mut()) {
			lesson.place = lesson.void.is_none().then_some(place);
		}
	});
	Ok(())
}

/// Draws the trainers of the last round's lessons from zeros.
pub(super) fn draw_all<T: Config>(id: SessionId) -> Result<(), BenchmarkError> {
	let mut session = session::<T>(id)?;
	let mut lessons = Lessons::<T>::get(id);
	let order: Vec<u8> = (FIRST..MAX_LESSONS as u8).collect();
	Pallet::<T>::draw_trainers(id, &mut session, &mut lessons, &order, (&[0; 32], now::<T>()));
	Lessons::<T>::insert(id, lessons);
	Sessions::<T>::insert(id, session);
	Ok(())
}

/// The same, where the keys are waited for.
pub(super) fn handing<T: Config<Currency: Mutate<T::AccountId>>>() -> Result<SessionId, BenchmarkError> {
	pool::<T>(T::MaxTrainers::get())?;
	let id = ordered::<T>()?;
	draw_all::<T>(id)?;
	Pallet::<T>::begin_handing(id, session::<T>(id)?, ROUND, now::<T>());
	Ok(id)
}

/// A key for each trainer of a lesson.
pub(super) fn keys() -> HandedKeys {
	HandedKeys::truncate_from(vec![[1; 80]; MAX_TRAINERS_OF_LESSON as usize])
}

/// The same after all keys of the last so many lessons were handed, and the turn is the first one's if those are all.
pub(super) fn handed<T: Config<Currency: Mutate<T::AccountId>>>(count: u32) -> Result<SessionId, BenchmarkError> {
	let id = handing::<T>()?;
	for seat in MAX_TEACHERS.saturating_sub(count)..MAX_TEACHERS {
		Pallet::<T>::do_hand(teacher::<T>(seat), id, FIRST.saturating_add(seat as u8), keys())?;
	}
	Ok(id)
}

/// The trainers of the first lesson of the last round.
pub(super) fn trainers_of_first<T: Config>(id: SessionId) -> Result<Vec<T::AccountId>, BenchmarkError> {
	let lessons = Lessons::<T>::get(id);
	let lesson = lessons.get(usize::from(FIRST)).ok_or(BenchmarkError::Stop("there is a lesson"))?;
	Ok(lesson.trainers.iter().map(|drawn| drawn.trainer.clone()).collect())
}

/// What a trainer commits to for a classifier.
pub(super) fn commitment_to<T: Config>(who: &T::AccountId, hash: H256) -> H256 {
	commitment(who, &hash, &[0; 32])
}

/// A session of as many lessons as there can be, each trained by two others, all of whose classifiers are different and shown.
pub(super) fn revealed<T: Config<Currency: Mutate<T::AccountId>>>() -> Result<SessionId, BenchmarkError> {
	let id = offered::<T>(MAX_TEACHERS)?;
	train_round::<T>(id, u32::from(ROUND), MAX_TEACHERS)?;
	let mut session = session::<T>(id)?;
	session.spec.trainers = Some(Perbill::from_percent(50));
	Sessions::<T>::insert(id, session);
	let mut candidates = Vec::new();
	for number in 0..MAX_CANDIDATES {
		let policy = classifier(number);
		candidates.push(Candidate { hash: policy.hash().into(), work: Some(policy.work()), correct: 0 });
		Classifiers::<T>::insert(id, number as u8, BoundedVec::truncate_from(policy.encode()));
	}
	Lessons::<T>::mutate(id, |lessons| {
		let mut number = 0u32;
		for lesson in lessons.iter_mut() {
			lesson.classifier = None;
			for _ in 0..MAX_TRAINERS_OF_LESSON {
				number = number.saturating_add(1);
				let (trainer, prekey) = (rich::<T>("trainer", number), [number as u8; 32]);
				UsedKeys::<T>::insert(&trainer, prekey, id);
				let drawn = LessonTrainer {
					trainer,
					prekey,
					sealed_key: Some([0; 80]),
					commitment: Some(H256::zero()),
					classifier: candidates.get(number as usize).map(|candidate| candidate.hash),
					paid: Zero::zero(),
				};
				let _ = lesson.trainers.try_push(drawn);
			}
		}
	});
	Scorings::<T>::mutate(id, |scoring| scoring.candidates = BoundedVec::truncate_from(candidates));
	Ok(id)
}
