//! The student's holdout: private test items, bound by a Merkle root when the session opens and shown when it closes.
//!
//! ```text
//! leaf = blake2-256(0x00 ‖ index as u32 LE ‖ salt ‖ label ‖ features)      node = blake2-256(0x01 ‖ left ‖ right)
//! ```
//!
//! Leaves are padded with zero hashes to a power of two; above the leaves a zero hash stands for a side without leaves. The salt
//! keeps an item that is shown from giving away its neighbours, whose pictures others may have too. A **chunk** is 2^c items in a
//! row, aligned (the last may have fewer), and its proof is the path from its subtree to the root.

use crate::merkle;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;
use sp_crypto_hashing::blake2_256;

/// Bytes of a salt.
pub const SALT: usize = 16;

/// A test item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
pub struct Item {
	/// Its class, from 0 upwards.
	pub label: u8,
	/// Random, and of this item alone.
	pub salt: [u8; SALT],
	/// What the classifier sees, one byte each.
	pub features: Vec<u8>,
}

/// Why an item or a chunk is not of a holdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldoutError {
	/// There is no item or chunk of that number.
	NoSuchPlace,
	/// A chunk has not the number of items that it must have.
	WrongCount,
	/// The proof has not the length that it must have.
	WrongProof,
	/// The hashes do not lead to the root.
	WrongRoot,
}

/// How a holdout is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
	/// Number of items, at least one.
	pub items: u32,
	/// Binary logarithm of the items of a chunk, at most 16.
	pub chunk_log2: u8,
}

impl Shape {
	/// Levels of the tree above its leaves; a chunk never has more.
	pub fn depth(&self) -> u32 {
		merkle::depth(self.items).max(self.height())
	}

	fn height(&self) -> u32 {
		u32::from(self.chunk_log2.min(16))
	}

	/// Number of chunks.
	pub fn chunks(&self) -> u32 {
		self.items.div_ceil(1 << self.height())
	}

	/// The items of a chunk, by their numbers; none if there is no such chunk.
	pub fn range(&self, chunk: u32) -> core::ops::Range<u32> {
		let start = u64::from(chunk) << self.height();
		let end = (start + (1 << self.height())).min(self.items.into());
		if start < end {
			start as u32..end as u32
		} else {
			0..0
		}
	}

	/// Whether these are the items of that chunk under `root`.
	pub fn verify_chunk(&self, root: &H256, chunk: u32, items: &[Item], proof: &[H256]) -> Result<(), HoldoutError> {
		let range = self.range(chunk);
		if range.is_empty() {
			return Err(HoldoutError::NoSuchPlace);
		}
		if items.len() != range.len() {
			return Err(HoldoutError::WrongCount);
		}
		let leaves: Vec<H256> = range.zip(items).map(|(index, item)| leaf(index, item)).collect();
		self.climb(root, merkle::root(&leaves, self.height()), chunk, self.depth() - self.height(), proof)
	}

	/// Whether this is that item under `root`.
	pub fn verify_item(&self, root: &H256, index: u32, item: &Item, proof: &[H256]) -> Result<(), HoldoutError> {
		if index >= self.items {
			return Err(HoldoutError::NoSuchPlace);
		}
		self.climb(root, leaf(index, item), index, self.depth(), proof)
	}

	fn climb(&self, root: &H256, hash: H256, place: u32, length: u32, proof: &[H256]) -> Result<(), HoldoutError> {
		if proof.len() != length as usize {
			return Err(HoldoutError::WrongProof);
		}
		if merkle::climb(hash, place, proof) == *root {
			Ok(())
		} else {
			Err(HoldoutError::WrongRoot)
		}
	}

	/// Root of these leaves, which must be all.
	pub fn root(&self, leaves: &[H256]) -> H256 {
		merkle::root(leaves, self.depth())
	}

	/// Proof of a chunk.
	pub fn prove_chunk(&self, leaves: &[H256], chunk: u32) -> Vec<H256> {
		merkle::path(leaves, self.depth(), self.height(), chunk)
	}

	/// Proof of an item.
	pub fn prove_item(&self, leaves: &[H256], index: u32) -> Vec<H256> {
		merkle::path(leaves, self.depth(), 0, index)
	}
}

/// Hash of an item at its place.
pub fn leaf(index: u32, item: &Item) -> H256 {
	let mut bytes = Vec::with_capacity(1 + 4 + SALT + 1 + item.features.len());
	bytes.push(merkle::LEAF);
	bytes.extend_from_slice(&index.to_le_bytes());
	bytes.extend_from_slice(&item.salt);
	bytes.push(item.label);
	bytes.extend_from_slice(&item.features);
	blake2_256(&bytes).into()
}

/// What a classifier is shown: every byte times 128, so 0 to 32,640. Entries beyond the features stay as they are.
pub fn observe(features: &[u8], out: &mut [i16]) {
	for (entry, byte) in out.iter_mut().zip(features) {
		*entry = i16::from(*byte) << 7;
	}
}

#[cfg(test)]
mod tests;
