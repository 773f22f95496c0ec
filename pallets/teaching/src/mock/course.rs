//! A session of a test, with what its student and its teachers know.

use super::*;
use praxis_policy::{Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_market::{sealed, Cid};
use praxis_primitives_teaching::{
	draw,
	holdout::{leaf, Shape},
	lesson, Item, LessonOffer, SessionState,
};
use rand::{rngs::StdRng, SeedableRng};
use sp_runtime::DispatchError;
use std::collections::BTreeMap;

/// Items of most holdouts here: 16 are shown, 48 scored.
pub const ITEMS: u32 = 64;

/// A classifier of two features that recognises the scored items below `right`, and no others.
///
/// A scored item has its number there, and the label 1: class 0 gets the number, class 1 gets `right`.
pub fn classifier(right: u32) -> Policy {
	let bias = i32::try_from(right).expect("few items") * 128;
	let layer = UncheckedLayer { inputs: 2, outputs: 2, shift: 0, biases: vec![0, bias], weights: vec![100, 1, 0, 0] };
	let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers: vec![layer] };
	Policy::try_from(unchecked).expect("the policy is valid")
}

/// A student's holdout.
#[derive(Clone)]
pub struct Holdout {
	pub items: Vec<Item>,
	pub shape: Shape,
	leaves: Vec<H256>,
}

impl Holdout {
	/// Of a session that is opened in the present block. The scored items, at most 10,000, have their numbers as features.
	pub fn new(items: u32, chunk_log2: u8, salt: u8) -> Self {
		let shown = draw::audit(&beacon(System::block_number()), items, 300.min(items / 4));
		let mut scored = 0;
		let items: Vec<_> = (0..items)
			.map(|index| {
				let features = if shown.contains(&index) {
					vec![200, 200]
				} else {
					scored += 1;
					vec![u8::try_from((scored - 1) / 100).expect("few"), ((scored - 1) % 100) as u8]
				};
				let mut salt = [salt; 16];
				salt[..4].copy_from_slice(&index.to_le_bytes());
				Item { label: 1, salt, features }
			})
			.collect();
		Self::of(items, chunk_log2)
	}

	/// These items.
	pub fn of(items: Vec<Item>, chunk_log2: u8) -> Self {
		let leaves = (0..).zip(&items).map(|(index, item)| leaf(index, item)).collect();
		let shape = Shape { items: items.len() as u32, chunk_log2 };
		Self { items, shape, leaves }
	}

	pub fn root(&self) -> H256 {
		self.shape.root(&self.leaves)
	}

	/// An item and its proof.
	pub fn item(&self, index: u32) -> (Item, Vec<H256>) {
		(self.items[index as usize].clone(), self.shape.prove_item(&self.leaves, index))
	}

	/// The items of a chunk and their proof.
	pub fn chunk(&self, chunk: u32) -> (Vec<Item>, Vec<H256>) {
		let range = self.shape.range(chunk);
		let items = self.items[range.start as usize..range.end as usize].to_vec();
		(items, self.shape.prove_chunk(&self.leaves, chunk))
	}
}

/// Opens a session.
pub fn open(student: u64, spec: SpecOf<Test>) -> Result<SessionId, DispatchError> {
	let id = crate::NextSession::<Test>::get();
	Teaching::open_session(RuntimeOrigin::signed(student), spec).map(|()| id)
}

/// A lesson's file and offer, sealed to the key of a seat and a round.
pub fn sealed_lesson(number: u8, one_time_key: &[u8; 32]) -> (LessonOffer, Vec<u8>) {
	let key = [number; 32];
	let file = lesson::seal(&key, &vec![number; 100_000]).expect("it is small");
	let offer = LessonOffer {
		cid: Cid::truncate_from(vec![1, 85, 18, 32, number]),
		ciphertext: lesson::root(&file),
		bytes: file.len() as u32,
		samples: 10,
		key_hash: sealed::key_hash(&key),
		sealed_key: Some(
			sealed::seal(&key, one_time_key, &mut StdRng::seed_from_u64(number.into())).expect("it seals"),
		),
	};
	(offer, file)
}

/// A session of a test.
#[derive(Clone)]
pub struct Course {
	pub id: SessionId,
	pub student: u64,
	pub holdout: Holdout,
	/// By hash: what the student can reveal.
	pub classifiers: BTreeMap<H256, Policy>,
}

impl Course {
	/// Opened in the present block by ALICE.
	pub fn open(spec: SpecOf<Test>) -> Self {
		Self::open_by(ALICE, spec)
	}

	/// Opened in the present block.
	pub fn open_by(student: u64, mut spec: SpecOf<Test>) -> Self {
		let salt = crate::NextSession::<Test>::get() as u8;
		let holdout = Holdout::new(spec.items, spec.chunk_log2, salt);
		spec.root = holdout.root();
		let base = classifier(5);
		let id = open(student, spec).expect("it can be opened");
		Self { id, student, holdout, classifiers: [(base.hash().into(), base)].into() }
	}

	/// A session in which teachers may join.
	pub fn offering(spec: SpecOf<Test>) -> Self {
		let course = Self::open(spec);
		run(9);
		course.show_audit().expect("the drawn items are shown");
		course
	}

	/// Shows all drawn items.
	pub fn show_audit(&self) -> DispatchResult {
		let items: Vec<_> = Teaching::audit(self.id).into_iter().map(|index| self.holdout.item(index)).collect();
		items.chunks(64).try_for_each(|items| self.show(items.to_vec()))
	}

	pub fn show(&self, items: Vec<(Item, Vec<H256>)>) -> DispatchResult {
		Teaching::reveal_audit(RuntimeOrigin::signed(self.student), self.id, items)
	}

	pub fn join(&self, teacher: u64) -> DispatchResult {
		Teaching::join(RuntimeOrigin::signed(teacher), self.id)
	}

	/// The offer of a teacher that has a seat, for the present round. Each number is another lesson.
	pub fn offer(&self, teacher: u64, number: u8) -> LessonOffer {
		let session = session(self.id);
		let seat = session.seats.iter().position(|seat| seat.as_ref().is_some_and(|seat| seat.teacher == teacher));
		let SessionState::Offering { round, .. } = session.state else { panic!("no lessons are offered") };
		let seat = seat.expect("it has a seat") as u8;
		match session.spec.key(seat, round) {
			Some(key) => sealed_lesson(number, key).0,
			// It is handed to the trainers later.
			None => LessonOffer { sealed_key: None, ..sealed_lesson(number, &[9; 32]).0 },
		}
	}

	pub fn commit(&self, teacher: u64, offer: LessonOffer) -> DispatchResult {
		Teaching::commit_lesson(RuntimeOrigin::signed(teacher), self.id, offer)
	}

	/// Each joins, unless it has a seat, and commits a lesson; then their order is drawn.
	pub fn teach(&self, teachers: &[u64]) {
		let SessionState::Offering { round, .. } = session(self.id).state else { panic!("no lessons are offered") };
		for teacher in teachers {
			if !session(self.id).seats.iter().flatten().any(|seat| seat.teacher == *teacher) {
				self.join(*teacher).expect("there is a seat");
			}
			let offer = self.offer(*teacher, *teacher as u8 + 100 * round);
			self.commit(*teacher, offer).expect("it can be offered");
		}
		let waits = |state| match state {
			SessionState::Offering { round: other, .. } => other == round,
			state => matches!(state, SessionState::Ordering { .. }),
		};
		while waits(session(self.id).state) {
			next_block();
		}
	}

	/// The teachers of the present round, in the drawn order.
	pub fn order(&self) -> Vec<u64> {
		let SessionState::Training { round, .. } = session(self.id).state else { panic!("no order was drawn") };
		let mut lessons: Vec<_> = lessons(self.id).into_iter().filter(|lesson| lesson.round == round).collect();
		lessons.sort_by_key(|lesson| lesson.place);
		lessons.into_iter().map(|lesson| lesson.teacher).collect()
	}

	/// Commits to the classifier that recognises so many items, after the next lesson.
	pub fn train(&mut self, right: u32) -> DispatchResult {
		let policy = classifier(right);
		let hash = H256::from(policy.hash());
		self.classifiers.insert(hash, policy);
		Teaching::commit_classifier(RuntimeOrigin::signed(self.student), self.id, hash, None)
	}

	/// Reveals all classifiers.
	pub fn reveal_classifiers(&self) {
		for (index, candidate) in (0..).zip(crate::Scorings::<Test>::get(self.id).candidates) {
			self.reveal(index, self.classifiers[&candidate.hash].encode()).expect("it can be revealed");
		}
	}

	pub fn reveal(&self, index: u8, bytes: Vec<u8>) -> DispatchResult {
		let bytes = BoundedVec::truncate_from(bytes);
		Teaching::reveal_classifier(RuntimeOrigin::signed(self.student), self.id, index, bytes)
	}

	/// Reveals a chunk of the holdout.
	pub fn reveal_chunk(&self, chunk: u32) -> DispatchResult {
		let (items, proof) = self.holdout.chunk(chunk);
		self.count(chunk, items, proof)
	}

	pub fn count(&self, chunk: u32, items: Vec<Item>, proof: Vec<H256>) -> DispatchResult {
		let work = crate::Scorings::<Test>::get(self.id).work().unwrap_or(0);
		Teaching::reveal_holdout(RuntimeOrigin::signed(self.student), self.id, chunk, items, proof, work)
			.map(|_| ())
			.map_err(|error| error.error)
	}

	/// Reveals everything.
	pub fn reveal_all(&self) {
		self.reveal_classifiers();
		for chunk in 0..self.holdout.shape.chunks() {
			self.reveal_chunk(chunk).expect("it can be counted");
		}
	}

	/// The whole of a session of one round: these teachers, these scores in the drawn order.
	pub fn settled(spec: SpecOf<Test>, teachers: &[u64], scores: &[u32]) -> (Self, Vec<u64>) {
		let mut course = Self::offering(spec);
		course.teach(teachers);
		let order = course.order();
		for right in scores {
			course.train(*right).expect("there is a lesson");
		}
		course.reveal_all();
		next_block();
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }), "it is settled");
		(course, order)
	}
}
