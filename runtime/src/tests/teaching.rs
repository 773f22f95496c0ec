//! The teaching market on the whole runtime: a session of the size of MNIST, from its opening to the payment.

use super::chain::*;
use crate::{constants::*, *};
use alloc::{vec, vec::Vec};
use frame_support::BoundedVec;
use pallet_teaching::Call;
use praxis_policy::{work_of, Limits, Policy, Scratch, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_market::PolicyHash;
use praxis_primitives_teaching::{
	holdout::{leaf, observe, Shape},
	Item, LessonOffer, Scale, SessionSpec, SessionState,
};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve, Ferdie};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	Perbill,
};

/// Widths of the classifiers: 14x14 pixels, 10 digits.
const WIDTHS: [u16; 4] = [196, 128, 64, 10];

/// Items of the holdout: those of MNIST's test set.
const ITEMS: u32 = 10_000;

/// Blocks in which they are counted with six such classifiers.
const BLOCKS: u32 = 8;

/// Numbers that look random, for items and weights alike.
struct Noise(u64);

impl Noise {
	fn next(&mut self) -> u8 {
		self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		(self.0 >> 56) as u8
	}
}

/// A classifier of [`WIDTHS`], another one for each seed.
fn classifier(seed: u64) -> Policy {
	let mut noise = Noise(seed);
	let last = WIDTHS.len() - 2;
	let layers = (0..=last)
		.map(|at| {
			let (inputs, outputs) = (WIDTHS[at], WIDTHS[at + 1]);
			let weights = (0..usize::from(inputs) * usize::from(outputs)).map(|_| noise.next() as i8).collect();
			let biases = vec![0; outputs.into()];
			UncheckedLayer { inputs, outputs, shift: if at == last { 0 } else { 10 }, biases, weights }
		})
		.collect();
	let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers };
	Policy::try_from(unchecked).expect("the policy is valid")
}

struct Holdout {
	items: Vec<Item>,
	leaves: Vec<H256>,
	shape: Shape,
}

impl Holdout {
	fn new() -> Self {
		let mut noise = Noise(1);
		let items: Vec<_> = (0..ITEMS)
			.map(|_| Item {
				label: noise.next() % 10,
				salt: [noise.next(); 16],
				features: (0..WIDTHS[0]).map(|_| noise.next()).collect(),
			})
			.collect();
		let leaves = (0..).zip(&items).map(|(index, item)| leaf(index, item)).collect();
		Self { items, leaves, shape: Shape { items: ITEMS, chunk_log2: 8 } }
	}

	fn item(&self, index: u32) -> (Item, Vec<H256>) {
		(self.items[index as usize].clone(), self.shape.prove_item(&self.leaves, index))
	}

	/// Scored items that a classifier recognises.
	fn recognised(&self, classifier: &Policy, shown: &[u32]) -> u32 {
		let (mut observation, mut scratch) = (vec![0; WIDTHS[0].into()], Scratch::new());
		let scored = (0..).zip(&self.items).filter(|(index, _)| !shown.contains(index));
		scored
			.filter(|(_, item)| {
				observe(&item.features, &mut observation);
				classifier.act(&observation, &mut scratch) == Ok(item.label.into())
			})
			.count() as u32
	}
}

fn spec(root: H256, base: PolicyHash) -> SessionSpec<Balance, BlockNumber> {
	SessionSpec {
		features: WIDTHS[0],
		classes: 10,
		limits: Limits { max_parameters: 40_000, max_work: work_of(&WIDTHS) },
		root,
		items: ITEMS,
		chunk_log2: 8,
		// Even classifiers that guess are paid a little.
		scale: Scale { min: Perbill::zero(), mid: Perbill::from_percent(50), max: Perbill::one() },
		reward: 1_000 * PRX,
		fee: 20 * PRX,
		stake: 50 * PRX,
		lesson_bytes: 10_000_000,
		rounds: 1,
		teachers: 5,
		audit_blocks: 20,
		offer_blocks: 20,
		train_blocks: 20,
		reveal_blocks: 100,
		base,
		keys: BoundedVec::truncate_from((0..5).map(|seat| [seat; 32]).collect()),
		trainers: None,
	}
}

fn state() -> SessionState<BlockNumber> {
	Teaching::session(0).expect("the session is there").state
}

/// A block that takes as many of the calls as find room, from the front.
fn take(parent: Hash, calls: &mut Vec<RuntimeCall>) -> Hash {
	begin(parent, Alice);
	apply(timestamp()).expect("the timestamp is valid").expect("the timestamp fits the slot");
	while let Some(call) = calls.first() {
		match apply(signed(Eve, call.clone())) {
			Ok(result) => result.expect("the call succeeds"),
			Err(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources)) => break,
			Err(error) => panic!("{error:?}"),
		};
		calls.remove(0);
	}
	let hash = Executive::finalize_block().hash();
	let used = System::block_weight().total().ref_time();
	assert!(used <= MAX_BLOCK_WEIGHT.ref_time(), "the block weighs {used}");
	hash
}

#[test]
fn ten_thousand_items_should_be_counted_with_six_classifiers_within_the_stated_blocks() {
	local(|| {
		let holdout = Holdout::new();
		let classifiers: Vec<_> = (1..=6).map(classifier).collect();
		let hash_of = |place: usize| PolicyHash::from(classifiers[place].hash());
		let mut head = genesis_hash();
		let mut next = |calls: Vec<(Sr25519Keyring, Call<Runtime>)>| {
			let extrinsics = calls.into_iter().map(|(signer, call)| (signer, RuntimeCall::from(call)));
			head =
				block(head, Alice, |_| extrinsics.map(|(signer, call)| signed(signer, call)).collect()).header.hash();
			head
		};
		let spec = spec(holdout.shape.root(&holdout.leaves), hash_of(0));
		next(vec![(Eve, Call::open_session { spec })]);
		while !matches!(state(), SessionState::Auditing { .. }) {
			next(vec![]);
		}
		let shown = Teaching::audit(0);
		assert_eq!(shown.len(), 300);
		for drawn in shown.chunks(64) {
			let items = drawn.iter().map(|index| holdout.item(*index)).collect();
			next(vec![(Eve, Call::reveal_audit { session: 0, items })]);
		}
		for (number, teacher) in (0u8..).zip([Alice, Bob, Charlie, Dave, Ferdie]) {
			let offer = LessonOffer {
				cid: BoundedVec::truncate_from(vec![1, 0x55, number]),
				ciphertext: H256::repeat_byte(number),
				bytes: 2_000_000,
				samples: 10_000,
				key_hash: H256::repeat_byte(number),
				sealed_key: Some([number; 80]),
			};
			next(vec![(teacher, Call::join { session: 0 })]);
			next(vec![(teacher, Call::commit_lesson { session: 0, offer })]);
		}
		while !matches!(state(), SessionState::Training { .. }) {
			next(vec![]);
		}
		for place in 1..=5 {
			let call = Call::commit_classifier { session: 0, hash: hash_of(place), claim: None };
			next(vec![(Eve, call)]);
		}
		for (index, classifier) in (0u8..).zip(&classifiers) {
			let bytes = BoundedVec::truncate_from(classifier.encode());
			next(vec![(Eve, Call::reveal_classifier { session: 0, classifier: index, bytes })]);
		}

		let mut head = next(vec![]);
		let work = 6 * work_of(&WIDTHS);
		let mut chunks: Vec<RuntimeCall> = (0..holdout.shape.chunks())
			.map(|chunk| {
				let range = holdout.shape.range(chunk);
				let items = holdout.items[range.start as usize..range.end as usize].to_vec();
				let proof = holdout.shape.prove_chunk(&holdout.leaves, chunk);
				Call::reveal_holdout { session: 0, chunk, items, proof, work }.into()
			})
			.collect();
		assert_eq!(chunks.len(), 40);
		let mut blocks = 0;
		while !chunks.is_empty() {
			let before = chunks.len();
			head = take(head, &mut chunks);
			assert!(chunks.len() < before, "a chunk has no room in a block");
			blocks += 1;
		}
		assert!(blocks <= BLOCKS, "they take {blocks} blocks");
		// In the block with the last chunk.
		assert!(matches!(state(), SessionState::Settled { .. }), "{:?}", state());

		let view = Teaching::session(0).expect("it is kept");
		assert_eq!((view.base_correct, view.counted), (holdout.recognised(&classifiers[0], &shown), 9_700));
		for lesson in &view.lessons {
			let place = usize::from(lesson.place.expect("it was ordered")) + 1;
			assert_eq!(lesson.correct, holdout.recognised(&classifiers[place], &shown));
		}
		let best = view.lessons.iter().map(|lesson| lesson.correct).max().unwrap_or(0).max(view.base_correct);
		let paid: Balance = view.lessons.iter().map(|lesson| lesson.paid).sum();
		let scale = view.spec.scale;
		let worth = |right| praxis_primitives_teaching::payout(1_000 * PRX, &scale, right, 9_700);
		assert_eq!(paid, worth(best) - worth(view.base_correct));
		invariants::try_state(System::block_number()).expect("invariants hold");
	});
}
