//! Binary Merkle trees over blake2-256, with leaves padded by zero hashes to a power of two.

use alloc::vec::Vec;
use sp_core::H256;
use sp_crypto_hashing::blake2_256;

/// What leaf and node hashes begin with, so that neither can be taken for the other.
pub(crate) const LEAF: u8 = 0;
const NODE: u8 = 1;

/// Levels above the leaves: the least d with 2^d ≥ `leaves`.
pub(crate) fn depth(leaves: u32) -> u32 {
	leaves.max(1).next_power_of_two().trailing_zeros()
}

pub(crate) fn node(left: &H256, right: &H256) -> H256 {
	let mut bytes = [NODE; 65];
	bytes[1..33].copy_from_slice(left.as_bytes());
	bytes[33..].copy_from_slice(right.as_bytes());
	blake2_256(&bytes).into()
}

/// Root of `leaves` as a tree of `depth` levels. Leaves that are missing are zero hashes, leaves beyond it are left out.
pub(crate) fn root(leaves: &[H256], depth: u32) -> H256 {
	let mut level = leaves.to_vec();
	for _ in 0..depth {
		level = above(&level);
	}
	level.first().copied().unwrap_or_default()
}

/// A zero hash stands for the whole of a side that is missing, at every level alike; so a tree costs what its leaves cost, however
/// deep it is.
fn above(level: &[H256]) -> Vec<H256> {
	let pair = |pair: &[H256]| match pair {
		[left, right] => node(left, right),
		[left] => node(left, &H256::zero()),
		_ => H256::zero(),
	};
	if level.is_empty() {
		return Vec::new();
	}
	level.chunks(2).map(pair).collect()
}

/// Path from the subtree of `height` levels whose number is `index`, to the root of a tree of `depth` levels.
pub(crate) fn path(leaves: &[H256], depth: u32, height: u32, index: u32) -> Vec<H256> {
	let mut level = leaves.to_vec();
	for _ in 0..height {
		level = above(&level);
	}
	let mut place = index as usize;
	let mut path = Vec::new();
	for _ in height..depth {
		path.push(level.get(place ^ 1).copied().unwrap_or_default());
		level = above(&level);
		place >>= 1;
	}
	path
}

/// Root of the tree in which the subtree number `index` has this hash and this path.
pub(crate) fn climb(mut hash: H256, index: u32, path: &[H256]) -> H256 {
	let mut place = index;
	for beside in path {
		hash = if place & 1 == 0 { node(&hash, beside) } else { node(beside, &hash) };
		place >>= 1;
	}
	hash
}
