use super::*;
use proptest::prelude::*;

fn item(index: u32) -> Item {
	Item { label: (index % 10) as u8, salt: [index as u8; SALT], features: vec![index as u8, 7, 255] }
}

fn holdout(items: u32, chunk_log2: u8) -> (Shape, Vec<Item>, Vec<H256>, H256) {
	let shape = Shape { items, chunk_log2 };
	let all: Vec<Item> = (0..items).map(item).collect();
	let leaves: Vec<H256> = (0..).zip(&all).map(|(index, item)| leaf(index, item)).collect();
	let root = shape.root(&leaves);
	(shape, all, leaves, root)
}

proptest! {
	#[test]
	fn verification_should_take_every_item_and_chunk_when_the_proof_is_theirs(items in 1u32..300, chunk_log2 in 0u8..9) {
		let (shape, all, leaves, root) = holdout(items, chunk_log2);
		for (index, item) in (0..).zip(&all) {
			prop_assert_eq!(shape.verify_item(&root, index, item, &shape.prove_item(&leaves, index)), Ok(()));
		}
		let mut seen = 0;
		for chunk in 0..shape.chunks() {
			let range = shape.range(chunk);
			let items = &all[range.start as usize..range.end as usize];
			prop_assert_eq!(shape.verify_chunk(&root, chunk, items, &shape.prove_chunk(&leaves, chunk)), Ok(()));
			seen += items.len();
		}
		prop_assert_eq!(seen, all.len());
	}
}

#[test]
fn verification_should_refuse_when_anything_is_changed() {
	let (shape, all, leaves, root) = holdout(100, 4);
	let proof = shape.prove_chunk(&leaves, 2);
	let items = &all[32..48];
	assert_eq!(shape.verify_chunk(&root, 3, items, &proof), Err(HoldoutError::WrongRoot));
	assert_eq!(shape.verify_chunk(&root, 7, items, &proof), Err(HoldoutError::NoSuchPlace));
	assert_eq!(shape.verify_chunk(&root, u32::MAX, items, &proof), Err(HoldoutError::NoSuchPlace));
	assert_eq!(shape.verify_chunk(&root, 2, &all[32..47], &proof), Err(HoldoutError::WrongCount));
	assert_eq!(shape.verify_chunk(&root, 2, items, &proof[1..]), Err(HoldoutError::WrongProof));
	for place in 0..16 {
		let mut changed = items.to_vec();
		changed[place].label ^= 1;
		assert_eq!(shape.verify_chunk(&root, 2, &changed, &proof), Err(HoldoutError::WrongRoot));
		let mut changed = items.to_vec();
		changed[place].features.push(0);
		assert_eq!(shape.verify_chunk(&root, 2, &changed, &proof), Err(HoldoutError::WrongRoot));
		let mut changed = items.to_vec();
		changed.swap(place, (place + 1) % 16);
		assert_eq!(shape.verify_chunk(&root, 2, &changed, &proof), Err(HoldoutError::WrongRoot));
	}
	assert_eq!(
		shape.verify_item(&root, 100, &item(100), &shape.prove_item(&leaves, 100)),
		Err(HoldoutError::NoSuchPlace)
	);
}

#[test]
fn observe_should_scale_every_byte() {
	let mut out = [1; 4];
	observe(&[0, 1, 255], &mut out);
	assert_eq!(out, [0, 128, 32_640, 1]);
}
