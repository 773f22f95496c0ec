//! What is different where neutral trainers train.

use super::*;
use praxis_primitives_market::sealed;
use praxis_primitives_teaching::{
	session::SealedKey,
	trainers::{commitment, HandedKeys, Prekeys},
	SessionState,
};
use rand::{rngs::StdRng, SeedableRng};
use std::{cell::RefCell, collections::BTreeMap};

/// Part of the trainers in sessions here.
pub const SHARE: Perbill = Perbill::from_percent(20);

thread_local! {
	/// What the trainers know: the secrets of the one-time keys that they made.
	static SECRETS: RefCell<BTreeMap<[u8; 32], [u8; 32]>> = const { RefCell::new(BTreeMap::new()) };
}

/// Some of a trainer's one-time keys.
pub fn prekeys(trainer: u64, numbers: impl IntoIterator<Item = u8>) -> Prekeys {
	let keys = numbers.into_iter().map(|number| {
		let mut secret = [number; 32];
		// Not the first byte, of which X25519 leaves bits out.
		secret[8..16].copy_from_slice(&trainer.to_le_bytes());
		let key = one_time_key(&secret);
		SECRETS.with_borrow_mut(|secrets| secrets.insert(key, secret));
		key
	});
	Prekeys::truncate_from(keys.collect())
}

/// Becomes a trainer with four keys.
pub fn enlist(trainer: u64) -> DispatchResult {
	Teaching::enlist_trainer(RuntimeOrigin::signed(trainer), prekeys(trainer, 0..4))
}

/// A session like [`spec`] whose lessons neutral trainers train.
pub fn trained(teachers: u8, rounds: u8) -> SpecOf<Test> {
	SpecOf::<Test> { keys: Default::default(), trainers: Some(SHARE), ..shaped(teachers, rounds) }
}

/// What a trainer has on hold.
pub fn bond(trainer: u64) -> u64 {
	held(trainer, HoldReason::TrainerBond)
}

/// What a trainer loses for a lesson.
pub fn slash() -> u64 {
	Perbill::from_percent(25).mul_ceil(TRAINER_BOND)
}

impl Course {
	/// A session with these trainers in the pool, the base shown, in which teachers may join.
	pub fn for_trainers(spec: SpecOf<Test>, trainers: &[u64]) -> Self {
		for trainer in trainers {
			enlist(*trainer).expect("there is a place in the pool");
		}
		let course = Self::offering(spec);
		course.reveal(0, classifier(5).encode()).expect("the base can be shown");
		course
	}

	/// The same after a round of these teachers, who handed their keys: the first lesson's turn has begun.
	pub fn handed(spec: SpecOf<Test>, trainers: &[u64], teachers: &[u64]) -> Self {
		let course = Self::for_trainers(spec, trainers);
		course.teach(teachers);
		course.hand_all();
		course
	}

	/// The lesson whose turn it is.
	pub fn turn(&self) -> u8 {
		match session(self.id).state {
			SessionState::TrainingCommit { lesson, .. } | SessionState::TrainingReveal { lesson, .. } => lesson,
			other => panic!("it is the turn of no lesson: {other:?}"),
		}
	}

	/// The trainers of a lesson.
	pub fn trainers(&self, lesson: u8) -> Vec<u64> {
		lessons(self.id)[usize::from(lesson)].trainers.iter().map(|drawn| drawn.trainer).collect()
	}

	/// The secret of the one-time key that a trainer has for a lesson.
	pub fn secret(&self, trainer: u64, lesson: u8) -> Option<[u8; 32]> {
		let lessons = lessons(self.id);
		let drawn = lessons.get(usize::from(lesson))?.trainers.iter().find(|drawn| drawn.trainer == trainer)?;
		SECRETS.with_borrow(|secrets| secrets.get(&drawn.prekey).copied())
	}

	/// The key of a lesson, sealed to its trainers.
	pub fn keys(&self, lesson: u8) -> HandedKeys {
		let lesson = &lessons(self.id)[usize::from(lesson)];
		let key = [lesson.offer.cid[4]; 32];
		let seal = |prekey: &[u8; 32]| -> SealedKey {
			sealed::seal(&key, prekey, &mut StdRng::seed_from_u64(1)).expect("it seals")
		};
		HandedKeys::truncate_from(lesson.trainers.iter().map(|drawn| seal(&drawn.prekey)).collect())
	}

	/// A teacher hands the key of a lesson.
	pub fn hand(&self, lesson: u8, keys: HandedKeys) -> DispatchResult {
		let teacher = lessons(self.id)[usize::from(lesson)].teacher;
		Teaching::hand_lesson(RuntimeOrigin::signed(teacher), self.id, lesson, keys)
	}

	/// All teachers of the round hand their keys.
	pub fn hand_all(&self) {
		let SessionState::Handing { round, .. } = session(self.id).state else { panic!("no keys are waited for") };
		for (index, lesson) in (0..).zip(lessons(self.id)) {
			if lesson.round == round && lesson.void.is_none() {
				self.hand(index, self.keys(index)).expect("it can be handed");
			}
		}
	}

	/// A trainer commits to the classifier that recognises so many items.
	pub fn commit_to(&self, trainer: u64, right: u32) -> DispatchResult {
		let commitment = commitment(&trainer, &classifier(right).hash().into(), &[trainer as u8; 32]);
		Teaching::commit_training(RuntimeOrigin::signed(trainer), self.id, self.turn(), commitment)
	}

	/// A trainer shows that classifier.
	pub fn show_training(&self, trainer: u64, right: u32) -> DispatchResult {
		self.show_bytes(trainer, classifier(right).encode(), [trainer as u8; 32])
	}

	pub fn show_bytes(&self, trainer: u64, bytes: Vec<u8>, salt: [u8; 32]) -> DispatchResult {
		let bytes = BoundedVec::truncate_from(bytes);
		Teaching::reveal_training(RuntimeOrigin::signed(trainer), self.id, self.turn(), bytes, salt)
	}

	/// The trainers of the lesson whose turn it is commit and show these, in the order of the draw; that lesson.
	pub fn train_by_trainers(&self, scores: &[u32]) -> u8 {
		let lesson = self.turn();
		let trainers = self.trainers(lesson);
		assert_eq!(trainers.len(), scores.len());
		for (trainer, right) in trainers.iter().zip(scores) {
			self.commit_to(*trainer, *right).expect("it can commit");
		}
		for (trainer, right) in trainers.iter().zip(scores) {
			self.show_training(*trainer, *right).expect("it can show");
		}
		lesson
	}

	/// The student shows the holdout, and everybody is paid.
	pub fn settle_trained(&self) {
		for chunk in 0..self.holdout.shape.chunks() {
			self.reveal_chunk(chunk).expect("it can be counted");
		}
		next_block();
		assert!(matches!(session(self.id).state, SessionState::Settled { .. }), "it is settled");
	}
}
