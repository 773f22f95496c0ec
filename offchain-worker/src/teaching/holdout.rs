//! The student's own examples, as the chain will see them: each with a salt, all bound by one hash.

use super::{data::Examples, DataError};
use codec::{DecodeAll, Encode};
use praxis_primitives_teaching::{
	holdout::{leaf, Shape},
	Item,
};
use sp_core::H256;

/// A holdout and the leaves of its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdout {
	items: Vec<Item>,
	leaves: Vec<H256>,
	shape: Shape,
}

impl Holdout {
	/// Of examples, with salts that nobody can guess.
	pub fn new(examples: &Examples, chunk_log2: u8) -> Result<Self, DataError> {
		let item = |(features, label): (&[u8], u8)| Item { label, salt: rand::random(), features: features.to_vec() };
		Self::of(examples.iter().map(item).collect(), chunk_log2)
	}

	fn of(items: Vec<Item>, chunk_log2: u8) -> Result<Self, DataError> {
		let count = u32::try_from(items.len()).map_err(|_| DataError::new("the holdout", "it has too many items"))?;
		let leaves = (0..).zip(&items).map(|(index, item)| leaf(index, item)).collect();
		Ok(Self { items, leaves, shape: Shape { items: count, chunk_log2 } })
	}

	/// As it was written.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, DataError> {
		let (chunk_log2, items) =
			<(u8, Vec<Item>)>::decode_all(&mut &bytes[..]).map_err(|error| DataError::new("the holdout", error))?;
		Self::of(items, chunk_log2)
	}

	/// What is written to the disk.
	pub fn to_bytes(&self) -> Vec<u8> {
		(self.shape.chunk_log2, &self.items).encode()
	}

	/// The first items, at most so many.
	pub fn items(&self, count: usize) -> &[Item] {
		&self.items[..count.min(self.items.len())]
	}

	/// How it is cut.
	pub fn shape(&self) -> Shape {
		self.shape
	}

	/// What the session is bound to.
	pub fn root(&self) -> H256 {
		self.shape.root(&self.leaves)
	}

	/// Items of an audit, each with its proof.
	pub fn audit(&self, drawn: &[u32]) -> Vec<(Item, Vec<H256>)> {
		let shown =
			|index: &u32| Some((self.items.get(*index as usize)?.clone(), self.shape.prove_item(&self.leaves, *index)));
		drawn.iter().filter_map(shown).collect()
	}

	/// The items of a chunk and its proof.
	pub fn chunk(&self, chunk: u32) -> (Vec<Item>, Vec<H256>) {
		let range = self.shape.range(chunk);
		let items = self.items.get(range.start as usize..range.end as usize).unwrap_or_default();
		(items.to_vec(), self.shape.prove_chunk(&self.leaves, chunk))
	}

	/// The examples that count: all but those of the audit.
	pub fn scored(&self, audit: &[u32]) -> Result<Examples, DataError> {
		let (mut images, mut labels, mut features) = (Vec::new(), Vec::new(), 0);
		for (_, item) in (0..).zip(&self.items).filter(|(index, _)| !audit.contains(index)) {
			features = item.features.len();
			images.extend_from_slice(&item.features);
			labels.push(item.label);
		}
		Examples::new("the holdout", features, images, labels)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn holdout() -> Holdout {
		let labels = (0..100).map(|at| at % 10).collect();
		let images = (0..400u32).map(|at| (at % 251) as u8).collect();
		Holdout::new(&Examples::new("test", 4, images, labels).expect("examples"), 4).expect("a holdout")
	}

	#[test]
	fn chunks_and_audit_should_be_proved_under_the_root_that_is_read_back() {
		let written = holdout().to_bytes();
		let holdout = Holdout::from_bytes(&written).expect("a holdout");
		let (root, shape) = (holdout.root(), holdout.shape());
		assert_eq!((shape.chunks(), holdout.to_bytes()), (7, written));
		for chunk in 0..shape.chunks() {
			let (items, proof) = holdout.chunk(chunk);
			assert_eq!(shape.verify_chunk(&root, chunk, &items, &proof), Ok(()));
		}
		for (index, (item, proof)) in [3, 99].iter().zip(holdout.audit(&[3, 99])) {
			assert_eq!(shape.verify_item(&root, *index, &item, &proof), Ok(()));
		}
		assert!(Holdout::from_bytes(&holdout.to_bytes()[1..]).is_err());
	}

	#[test]
	fn audited_items_should_not_be_scored() {
		let scored = holdout().scored(&[0, 1, 99]).expect("examples");
		assert_eq!((scored.len(), scored.features, scored.get(0).0), (97, 4, &[8, 9, 10, 11][..]));
	}

	#[test]
	fn same_examples_should_have_another_root_each_time() {
		assert_ne!(holdout().root(), holdout().root());
	}
}
