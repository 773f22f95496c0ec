//! Walks from a block to all that it links to. A link names its target's hash, so there are no cycles; how deep and how
//! far a walk goes is bounded all the same.

use super::{
	blocks::Blocks,
	cids,
	node::{Node, Part},
	StoreError,
};
use cid::Cid;
use std::collections::HashSet;

/// Links from a root to the deepest block. A file of 1024 links a node needs two for a gigabyte, one of Kubo's three.
pub const DEEPEST: usize = 16;
/// Blocks that one walk visits. At 1 MiB each, 64 GiB; at Kubo's 256 KiB, 16 GiB.
pub const MOST_BLOCKS: usize = 65_536;

/// Where blocks are read from.
pub trait Source {
	/// The block, with its hash checked.
	fn read(&self, cid: &Cid) -> Result<Vec<u8>, StoreError>;

	/// Bytes of the block, if it is here.
	fn size(&self, cid: &Cid) -> Result<Option<u64>, StoreError>;
}

impl Source for Blocks {
	fn read(&self, cid: &Cid) -> Result<Vec<u8>, StoreError> {
		self.read(cid)
	}

	fn size(&self, cid: &Cid) -> Result<Option<u64>, StoreError> {
		self.size(cid)
	}
}

/// Two places, the first preferred.
pub struct Either<'a>(pub &'a Blocks, pub &'a Blocks);

impl Source for Either<'_> {
	fn read(&self, cid: &Cid) -> Result<Vec<u8>, StoreError> {
		match self.0.read(cid) {
			Err(StoreError::Missing(_)) => self.1.read(cid),
			found => found,
		}
	}

	fn size(&self, cid: &Cid) -> Result<Option<u64>, StoreError> {
		Ok(match self.0.size(cid)? {
			None => self.1.size(cid)?,
			found => found,
		})
	}
}

/// A block that a walk found, and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
	/// The block's CID as it was linked to.
	pub cid: Cid,
	/// Its bytes.
	pub size: u64,
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
	/// The block alone.
	Block,
	/// A whole file, or a directory without what is in it.
	Entity,
	/// All that can be reached.
	All,
}

/// All blocks that can be reached from `root`, each once, parents before children, in the order of a walk into depth.
/// The size of a raw block is the one that the file system tells, and its bytes are not read.
pub fn reachable(source: &impl Source, root: &Cid, reach: Reach, limit: u64) -> Result<Vec<Found>, StoreError> {
	let mut seen = HashSet::new();
	let mut found = Vec::new();
	let mut total = 0u64;
	let mut pending = vec![(*root, 0)];
	while let Some((cid, depth)) = pending.pop() {
		if !seen.insert(cids::key(&cid)) {
			continue;
		}
		if seen.len() > MOST_BLOCKS {
			let what = format!("what {root} links to");
			return Err(StoreError::TooLarge { what, limit: MOST_BLOCKS as u64, unit: "blocks" });
		}
		if depth > DEEPEST {
			return Err(StoreError::TooLarge { what: root.to_string(), limit: DEEPEST as u64, unit: "levels" });
		}
		cids::check(&cid)?;
		let size = if cid.codec() == cids::RAW {
			source.size(&cid)?.ok_or(StoreError::Missing(cid))?
		} else {
			let block = source.read(&cid)?;
			let node = Node::read(&cid, &block)?;
			let follow = match (reach, &node) {
				(Reach::Block, _) | (Reach::Entity, Node::Directory(_)) => false,
				(Reach::Entity, _) | (Reach::All, _) => true,
			};
			if follow {
				pending.extend(node.links().into_iter().rev().map(|link| (link, depth + 1)));
			}
			block.len() as u64
		};
		total = total.saturating_add(size);
		if total > limit {
			return Err(StoreError::too_large(format!("what {root} links to"), limit));
		}
		found.push(Found { cid, size });
	}
	Ok(found)
}

/// The bytes of a file, leaf by leaf. Every block is hashed, and every size that a node declares is compared with what is
/// there, so that a file yields exactly its declared size or an error.
#[derive(Debug)]
pub struct Leaves<S> {
	source: S,
	/// The parts that are still to come, the next one last, with their depth.
	pending: Vec<(Part, usize)>,
	/// What has been read already: the root, where it is a leaf.
	first: Option<Vec<u8>>,
	size: u64,
	visited: usize,
}

impl<S: Source> Leaves<S> {
	/// Starts at the file's root. Its declared size must be within the limit.
	pub fn open(source: S, cid: &Cid, limit: u64) -> Result<Self, StoreError> {
		let block = source.read(cid)?;
		let (size, parts, first) = match Node::read(cid, &block)? {
			Node::Leaf(bytes) => (bytes.len() as u64, Vec::new(), Some(bytes.to_vec())),
			Node::File { size, parts } => (size, parts, None),
			Node::Directory(_) => return Err(StoreError::Kind { cid: *cid, expected: "file" }),
		};
		if size > limit {
			return Err(StoreError::too_large(format!("the file {cid}"), limit));
		}
		let pending = parts.into_iter().rev().map(|part| (part, 1)).collect();
		Ok(Self { source, pending, first, size, visited: 1 })
	}

	/// Bytes of the whole file.
	pub fn size(&self) -> u64 {
		self.size
	}

	fn step(&mut self, part: Part, depth: usize) -> Result<Option<Vec<u8>>, StoreError> {
		let Part { cid, size } = part;
		self.visited += 1;
		if self.visited > MOST_BLOCKS {
			let what = "the file".into();
			return Err(StoreError::TooLarge { what, limit: MOST_BLOCKS as u64, unit: "blocks" });
		}
		if depth > DEEPEST {
			return Err(StoreError::TooLarge { what: "the file".into(), limit: DEEPEST as u64, unit: "levels" });
		}
		let mut block = self.source.read(&cid)?;
		let lying = |found: u64| StoreError::malformed(&cid, format!("it has {found} bytes, its parent says {size}"));
		match Node::read(&cid, &block)? {
			Node::Leaf(bytes) if bytes.len() as u64 != size => Err(lying(bytes.len() as u64)),
			// Spares the copy.
			Node::Leaf(bytes) if bytes.len() == block.len() => Ok(Some(std::mem::take(&mut block))),
			Node::Leaf(bytes) => Ok(Some(bytes.to_vec())),
			Node::File { size: found, .. } if found != size => Err(lying(found)),
			Node::File { parts, .. } => {
				self.pending.extend(parts.into_iter().rev().map(|part| (part, depth + 1)));
				Ok(None)
			}
			Node::Directory(_) => Err(StoreError::malformed(&cid, "a file's part is a directory")),
		}
	}
}

impl<S: Source> Iterator for Leaves<S> {
	type Item = Result<Vec<u8>, StoreError>;

	fn next(&mut self) -> Option<Self::Item> {
		if let Some(first) = self.first.take() {
			return (!first.is_empty()).then_some(Ok(first));
		}
		while let Some((part, depth)) = self.pending.pop() {
			match self.step(part, depth) {
				Ok(None) => {}
				Ok(Some(bytes)) => return Some(Ok(bytes)),
				Err(error) => {
					self.pending.clear();
					return Some(Err(error));
				}
			}
		}
		None
	}
}
