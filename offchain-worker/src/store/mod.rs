//! The store of models: files and directories as content-addressed blocks on disk, the same that Kubo and Helia make
//! (UnixFS version 1). docs/models.md is its guide.
//!
//! ```text
//! blocks/<xy>/<CID>   one file a block; written whole or not at all
//! pins/<CID>          what is kept, with the name it was given; whatever no pin leads to goes when something is removed
//! staging/            what is being written or imported
//! lock                shared by writers, exclusive for removal
//! ```
//!
//! A block is written after those that it links to, and a pin after all, so that what is pinned is whole even after a
//! crash. Nothing that comes from others is trusted: every hash is checked when a block is written and again when it is
//! read, and every size, depth and count has a limit.

pub mod blocks;
pub mod car;
pub mod cids;
pub mod client;
pub mod dag;
mod error;
pub mod fetch;
pub mod gateway;
pub mod model;
pub mod node;
mod pins;
mod profile;
mod staging;

#[cfg(test)]
mod tests;

pub use cid::Cid;
pub use dag::Reach;
pub use error::StoreError;
pub use pins::Pin;
pub use profile::Profile;

use blocks::{Blocks, Dirty};
use dag::{Found, Leaves};
use node::{Entry, Node};
use std::{
	collections::HashSet,
	fs::{self, File},
	io::Read,
	path::{Path, PathBuf},
	time::Duration,
};

/// Bytes of a block at most, as everywhere in IPFS.
pub const LARGEST_BLOCK: u64 = 2 << 20;
/// Bytes of a file at most, unless told otherwise.
pub const LARGEST_FILE: u64 = 1 << 30;
/// Bytes of all blocks below one root at most, unless told otherwise.
pub const LARGEST_DAG: u64 = 2 << 30;
/// Staging folders older than this are of a process that crashed.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// A store in a folder. Cheap to clone; several processes may use one folder.
#[derive(Clone, Debug)]
pub struct Store {
	folder: PathBuf,
	blocks: Blocks,
}

/// What a root is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
	/// A file.
	File,
	/// A directory.
	Directory,
}

/// What a removal freed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Freed {
	/// Blocks removed.
	pub blocks: u64,
	/// Their bytes.
	pub bytes: u64,
}

impl dag::Source for Store {
	fn read(&self, cid: &Cid) -> Result<Vec<u8>, StoreError> {
		self.block(cid)
	}

	fn size(&self, cid: &Cid) -> Result<Option<u64>, StoreError> {
		self.blocks.size(cid)
	}
}

impl Store {
	/// Opens the store in this folder and makes it where there is none.
	pub fn open(folder: &Path) -> Result<Self, StoreError> {
		for name in ["blocks", "pins", "staging"] {
			let path = folder.join(name);
			fs::create_dir_all(&path).map_err(StoreError::io(&path))?;
		}
		let blocks = Blocks::new(folder.join("blocks"), folder.join("staging"));
		let store = Self { folder: folder.into(), blocks };
		store.clear_stale();
		Ok(store)
	}

	/// Removes what crashed processes left. Where that fails, space is lost and nothing else.
	fn clear_stale(&self) {
		let Ok(entries) = fs::read_dir(self.staging()) else { return };
		for entry in entries.flatten() {
			let age =
				entry.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|time| time.elapsed().ok());
			if age.is_some_and(|age| age > STALE) {
				let path = entry.path();
				let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
			}
		}
	}

	fn staging(&self) -> PathBuf {
		self.folder.join("staging")
	}

	/// Keeps others from removing blocks while this one writes, or from writing while it removes.
	fn lock(&self, exclusive: bool) -> Result<File, StoreError> {
		let path = self.folder.join("lock");
		let io = StoreError::io(&path);
		let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(&io)?;
		if exclusive { file.lock() } else { file.lock_shared() }.map_err(&io)?;
		Ok(file)
	}

	/// Stores a file and pins it under a name.
	pub fn put_file(&self, reader: impl Read, name: &str, profile: &Profile) -> Result<Cid, StoreError> {
		let _lock = self.lock(false)?;
		let mut dirty = Dirty::default();
		let (cid, _) = profile.file(reader, LARGEST_FILE, |cid, block| self.blocks.write(cid, block, &mut dirty))?;
		self.keep(&cid, name, dirty)?;
		Ok(cid)
	}

	/// Stores files in a directory and pins it under a name.
	pub fn put_directory<R: Read>(
		&self,
		files: impl IntoIterator<Item = (String, R)>,
		name: &str,
		profile: &Profile,
	) -> Result<Cid, StoreError> {
		let _lock = self.lock(false)?;
		let mut dirty = Dirty::default();
		let mut put = |cid: &Cid, block: &[u8]| self.blocks.write(cid, block, &mut dirty);
		let mut entries = Vec::new();
		for (name, reader) in files {
			let (cid, size) = profile.file(reader, LARGEST_FILE, &mut put)?;
			entries.push((name, cid, size));
		}
		let cid = profile.directory(&entries, &mut put)?;
		self.keep(&cid, name, dirty)?;
		Ok(cid)
	}

	/// Makes all that was written durable, then the pin.
	fn keep(&self, cid: &Cid, name: &str, mut dirty: Dirty) -> Result<(), StoreError> {
		dirty.sync()?;
		pins::write(&self.folder, cid, name)
	}

	/// Whether the block is here. Where it was imported or pinned, all that it links to is here, too.
	pub fn has(&self, cid: &Cid) -> Result<bool, StoreError> {
		cids::check(cid)?;
		Ok(self.blocks.size(cid)?.is_some())
	}

	/// One block, its hash checked.
	pub fn block(&self, cid: &Cid) -> Result<Vec<u8>, StoreError> {
		self.blocks.read(cid)
	}

	/// A whole file of at most `limit` bytes, all hashes and sizes checked.
	pub fn get(&self, cid: &Cid, limit: u64) -> Result<Vec<u8>, StoreError> {
		let leaves = self.leaves(cid, limit)?;
		// The declared size is within the limit, and still only a claim: memory grows with what is really there.
		let mut bytes = Vec::new();
		for leaf in leaves {
			bytes.extend_from_slice(&leaf?);
		}
		Ok(bytes)
	}

	/// A file of at most `limit` bytes, part by part.
	pub fn leaves(&self, cid: &Cid, limit: u64) -> Result<Leaves<Self>, StoreError> {
		Leaves::open(self.clone(), cid, limit)
	}

	/// The entries of a directory.
	pub fn entries(&self, cid: &Cid) -> Result<Vec<Entry>, StoreError> {
		match Node::read(cid, &self.block(cid)?)? {
			Node::Directory(entries) => Ok(entries),
			_ => Err(StoreError::Kind { cid: *cid, expected: "directory" }),
		}
	}

	/// Follows names through directories. Gives the blocks on the way, the last one first named.
	pub fn resolve(&self, root: &Cid, path: &[String]) -> Result<(Cid, Vec<Cid>), StoreError> {
		if path.len() > dag::DEEPEST {
			let limit = dag::DEEPEST as u64;
			return Err(StoreError::TooLarge { what: "the path".into(), limit, unit: "levels" });
		}
		let (mut cid, mut way) = (*root, Vec::new());
		for name in path {
			cids::check_name(name).map_err(|reason| StoreError::Path { path: path.join("/"), reason })?;
			let entries = match self.entries(&cid) {
				Err(StoreError::Kind { .. }) => Vec::new(),
				entries => entries?,
			};
			let entry = entries.into_iter().find(|entry| entry.name == *name);
			let entry = entry.ok_or_else(|| StoreError::NoEntry { directory: cid, name: name.clone() })?;
			way.push(cid);
			cid = entry.cid;
		}
		Ok((cid, way))
	}

	/// What a root is, and how many bytes: of a file its content, of a directory all its files' as its blocks tell.
	pub fn size(&self, cid: &Cid) -> Result<(Kind, u64), StoreError> {
		match Node::read(cid, &self.block(cid)?)? {
			Node::Leaf(bytes) => Ok((Kind::File, bytes.len() as u64)),
			Node::File { size, .. } => Ok((Kind::File, size)),
			Node::Directory(_) => {
				let blocks = self.reachable(cid, Reach::All, LARGEST_DAG)?;
				Ok((Kind::Directory, blocks.iter().map(|found| found.size).sum()))
			}
		}
	}

	/// The blocks that can be reached from a root, parents first.
	pub fn reachable(&self, root: &Cid, reach: Reach, limit: u64) -> Result<Vec<Found>, StoreError> {
		dag::reachable(&self.blocks, root, reach, limit)
	}

	/// Keeps a root that is here, whole, under a name.
	pub fn pin(&self, cid: &Cid, name: &str) -> Result<(), StoreError> {
		let _lock = self.lock(false)?;
		self.reachable(cid, Reach::All, LARGEST_DAG)?;
		pins::write(&self.folder, cid, name)
	}

	/// What is kept, by CID.
	pub fn pins(&self) -> Result<Vec<Pin>, StoreError> {
		pins::list(&self.folder)
	}

	/// Forgets a root and removes every block that no other pin leads to.
	pub fn remove(&self, cid: &Cid) -> Result<Freed, StoreError> {
		let _lock = self.lock(true)?;
		if !pins::remove(&self.folder, cid)? {
			return Err(StoreError::Missing(*cid));
		}
		let mut kept = HashSet::new();
		for pin in self.pins()? {
			// A damaged root must not stop the rest; what can still be reached from it stays.
			self.mark(&pin.cid, &mut kept)?;
		}
		let mut freed = Freed::default();
		for (cid, size) in self.blocks.list()? {
			if !kept.contains(&cids::key(&cid)) {
				self.blocks.remove(&cid)?;
				freed.blocks += 1;
				freed.bytes += size;
			}
		}
		Ok(freed)
	}

	/// Adds what can be reached from a root, as far as its blocks are here and sound.
	fn mark(&self, root: &Cid, kept: &mut HashSet<Cid>) -> Result<(), StoreError> {
		let mut pending = vec![*root];
		while let Some(cid) = pending.pop() {
			if !kept.insert(cids::key(&cid)) || cid.codec() == cids::RAW {
				continue;
			}
			match self.block(&cid).and_then(|block| Node::read(&cid, &block).map(|node| node.links())) {
				Ok(links) => pending.extend(links),
				Err(error @ StoreError::Io { .. }) => return Err(error),
				Err(_) => {}
			}
		}
		Ok(())
	}
}
