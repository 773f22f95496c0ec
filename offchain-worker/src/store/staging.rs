//! Blocks that come from others wait here until what they belong to is whole. Only then do they move into the store,
//! children before parents, so that nothing half there can be seen.

use super::{
	blocks::{temporary_name, Blocks, Dirty},
	cids,
	dag::{self, Either},
	Cid, Reach, Store, StoreError, LARGEST_BLOCK,
};
use std::{fs, path::PathBuf};

/// A folder for the blocks of one import. It is removed when dropped.
#[derive(Debug)]
pub struct Staging<'a> {
	store: &'a Store,
	folder: PathBuf,
	blocks: Blocks,
	/// Bytes that may still come.
	left: u64,
	limit: u64,
	count: usize,
}

impl<'a> Staging<'a> {
	/// For at most `limit` bytes.
	pub fn new(store: &'a Store, limit: u64) -> Result<Self, StoreError> {
		let folder = store.staging().join(temporary_name());
		for path in [folder.join("blocks"), folder.join("temporary")] {
			fs::create_dir_all(&path).map_err(StoreError::io(&path))?;
		}
		let blocks = Blocks::new(folder.join("blocks"), folder.join("temporary"));
		Ok(Self { store, folder, blocks, left: limit, limit, count: 0 })
	}

	/// Takes a block, its hash checked. One that is here or in the store already costs nothing but its bytes' count.
	pub fn put(&mut self, cid: &Cid, block: &[u8]) -> Result<(), StoreError> {
		cids::check(cid)?;
		if block.len() as u64 > LARGEST_BLOCK {
			return Err(StoreError::too_large(format!("the block {cid}"), LARGEST_BLOCK));
		}
		self.count += 1;
		if self.count > dag::MOST_BLOCKS {
			let limit = dag::MOST_BLOCKS as u64;
			return Err(StoreError::TooLarge { what: "the import".into(), limit, unit: "blocks" });
		}
		self.left =
			self.left.checked_sub(block.len() as u64).ok_or_else(|| StoreError::too_large("the import", self.limit))?;
		if !cids::matches(cid, block) {
			return Err(StoreError::Corrupt(*cid));
		}
		// Staged names need not outlast a crash.
		self.blocks.write(cid, block, &mut Dirty::default())
	}

	/// The block, from here or from the store.
	pub fn read(&self, cid: &Cid) -> Result<Vec<u8>, StoreError> {
		use dag::Source;
		Either(&self.blocks, &self.store.blocks).read(cid)
	}

	/// Whether a sound block is here or in the store.
	pub fn has(&self, cid: &Cid) -> bool {
		self.read(cid).is_ok()
	}

	/// Moves what can be reached from the roots into the store and pins them, if it is whole. Gives the number of blocks
	/// and their bytes. What no root leads to is dropped.
	pub fn commit(self, roots: &[Cid], name: &str) -> Result<(u64, u64), StoreError> {
		let _lock = self.store.lock(false)?;
		let both = Either(&self.blocks, &self.store.blocks);
		let (mut blocks, mut bytes) = (0, 0);
		// All roots must be whole before the first block moves.
		let mut walks = Vec::new();
		for root in roots {
			let found = dag::reachable(&both, root, Reach::All, self.limit)?;
			for block in &found {
				// What the store holds may have rotted since it was written.
				dag::Source::read(&both, &block.cid)?;
			}
			walks.push(found);
		}
		let mut dirty = Dirty::default();
		for found in walks {
			blocks += found.len() as u64;
			bytes += found.iter().map(|block| block.size).sum::<u64>();
			// Each block once, so the last mention of a child may precede its parent; what counts is that the root
			// and then the pin come last.
			for block in found.iter().rev() {
				if self.blocks.size(&block.cid)?.is_some() {
					self.store.blocks.take(&self.blocks, &block.cid, &mut dirty)?;
				}
			}
		}
		dirty.sync()?;
		for root in roots {
			super::pins::write(&self.store.folder, root, name)?;
		}
		Ok((blocks, bytes))
	}
}

impl Drop for Staging<'_> {
	fn drop(&mut self) {
		// Where it fails, space is lost until the folder is a day old.
		let _ = fs::remove_dir_all(&self.folder);
	}
}
