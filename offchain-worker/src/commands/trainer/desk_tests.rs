use super::*;
use praxis_policy::Limits;
use praxis_primitives_teaching::{trainers::LessonTrainerView, LessonOffer, Scale, SessionState};
use sp_core::crypto::AccountId32;
use sp_runtime::Perbill;

fn session(lessons: Vec<Lesson>) -> Session {
	let spec = crate::chain::teaching::Spec {
		features: 4,
		classes: 2,
		limits: Limits::FORMAT,
		root: H256::zero(),
		items: 200,
		chunk_log2: 4,
		scale: Scale { min: Perbill::zero(), mid: Perbill::from_percent(90), max: Perbill::one() },
		reward: 1000,
		fee: 1,
		stake: 1,
		lesson_bytes: 1,
		rounds: 1,
		teachers: 4,
		audit_blocks: 10,
		offer_blocks: 10,
		train_blocks: 10,
		reveal_blocks: 10,
		base: H256([9; 32]),
		keys: Default::default(),
		trainers: Some(Perbill::from_percent(10)),
	};
	Session {
		session: 7,
		student: AccountId32::new([1; 32]),
		spec,
		state: SessionState::TrainingCommit { round: 0, lesson: 0, until: 100 },
		teachers: vec![],
		lessons,
		base_correct: 0,
		counted: 0,
		paid: 0,
		returned: 0,
		burnt: 0,
	}
}

/// A lesson at a place whose trainers showed these classifiers, or none.
fn lesson(lesson: u8, place: Option<u8>, shown: &[Option<u8>]) -> Lesson {
	let trainer = |shown: &Option<u8>| LessonTrainerView {
		trainer: AccountId32::new([3; 32]),
		prekey: [0; 32],
		sealed_key: None,
		commitment: None,
		classifier: shown.map(|byte| H256([byte; 32])),
		correct: 0,
		paid: 0,
	};
	Lesson {
		lesson,
		teacher: AccountId32::new([2; 32]),
		seat: 0,
		round: 0,
		offer: LessonOffer {
			cid: Default::default(),
			ciphertext: H256::zero(),
			bytes: 1,
			samples: 1,
			key_hash: H256::zero(),
			sealed_key: None,
		},
		place,
		void: None,
		classifier: None,
		claim: None,
		correct: 0,
		paid: 0,
		trainers: shown.iter().map(trainer).collect(),
	}
}

#[test]
fn classifiers_should_be_begun_with_in_the_order_of_the_lessons_each_once() {
	let lessons = vec![
		lesson(0, Some(1), &[Some(3), Some(9)]),
		lesson(1, None, &[Some(8)]),
		lesson(2, Some(0), &[Some(2), None]),
		lesson(3, Some(2), &[Some(3), Some(4)]),
	];
	let hashes: Vec<u8> = shown(&session(lessons)).iter().map(|hash| hash.0[0]).collect();
	assert_eq!(hashes, [9, 2, 3, 4]);
	assert_eq!(shown(&session(vec![])), [H256([9; 32])]);
}

#[test]
fn audit_should_be_examples_in_its_order() {
	let item = |label: u8| Item { label, salt: [0; 16], features: vec![label; 3] };
	let found = examples(&[item(1), item(0)]).expect("examples");
	assert_eq!((found.features, found.labels, found.images), (3, vec![1, 0], vec![1, 1, 1, 0, 0, 0]));
	assert_eq!(examples(&[]), None);
}
