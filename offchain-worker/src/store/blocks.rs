//! Blocks as files: one a block, named by its CID in version 1, in folders by the two characters before the last (as in
//! Kubo's `next-to-last/2`). A file appears whole or not at all. What is read is hashed before it is given out.

use super::{cids, StoreError, LARGEST_BLOCK};
use cid::Cid;
use std::{
	collections::BTreeSet,
	fs::{self, File},
	io::{ErrorKind, Read, Write},
	path::{Path, PathBuf},
	sync::atomic::{AtomicU64, Ordering},
};

/// A folder of blocks.
#[derive(Clone, Debug)]
pub struct Blocks {
	folder: PathBuf,
	/// Where files are written before they get their name; on the same file system.
	temporary: PathBuf,
}

/// Folders with new names in them. The names outlast a crash once this is synchronised.
#[derive(Debug, Default)]
pub struct Dirty(BTreeSet<PathBuf>);

impl Dirty {
	/// Makes the names durable.
	pub fn sync(&mut self) -> Result<(), StoreError> {
		for folder in std::mem::take(&mut self.0) {
			File::open(&folder).and_then(|folder| folder.sync_all()).map_err(StoreError::io(&folder))?;
		}
		Ok(())
	}
}

/// A name for a temporary file or folder that no other thread or process uses.
pub fn temporary_name() -> String {
	static NEXT: AtomicU64 = AtomicU64::new(0);
	// A restarted container may have the same process number: the time tells the two apart.
	let time = std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos());
	format!("{}-{time}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Writes a file whole or not at all: beside its place, made durable, then moved there.
pub fn write_whole(temporary: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
	let beside = temporary.join(temporary_name());
	let written = File::create_new(&beside)
		.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
		.and_then(|()| fs::rename(&beside, path));
	written.map_err(|error| {
		let _ = fs::remove_file(&beside);
		StoreError::io(path)(error)
	})
}

impl Blocks {
	/// Blocks in this folder, which must exist, as must the one for temporary files.
	pub fn new(folder: PathBuf, temporary: PathBuf) -> Self {
		Self { folder, temporary }
	}

	fn path(&self, cid: &Cid) -> PathBuf {
		let name = cids::key(cid).to_string();
		// Base32 of 36 bytes: always ASCII, and longer than three characters.
		let shard = &name[name.len() - 3..name.len() - 1];
		self.folder.join(shard).join(&name)
	}

	/// Bytes of the block, if it is here; its content is not checked.
	pub fn size(&self, cid: &Cid) -> Result<Option<u64>, StoreError> {
		let path = self.path(cid);
		match fs::metadata(&path) {
			Ok(metadata) => Ok(Some(metadata.len())),
			Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
			Err(error) => Err(StoreError::io(&path)(error)),
		}
	}

	/// The block, with its hash checked.
	pub fn read(&self, cid: &Cid) -> Result<Vec<u8>, StoreError> {
		cids::check(cid)?;
		let path = self.path(cid);
		let io = StoreError::io(&path);
		let file = match File::open(&path) {
			Ok(file) => file,
			Err(error) if error.kind() == ErrorKind::NotFound => return Err(StoreError::Missing(*cid)),
			Err(error) => return Err(io(error)),
		};
		let mut bytes = Vec::new();
		// One byte more than allowed, to see that there is more.
		file.take(LARGEST_BLOCK + 1).read_to_end(&mut bytes).map_err(io)?;
		if bytes.len() as u64 > LARGEST_BLOCK || !cids::matches(cid, &bytes) {
			return Err(StoreError::Corrupt(*cid));
		}
		Ok(bytes)
	}

	/// Writes a block after checking its hash. A sound one that is here already stays; a corrupt one is replaced.
	pub fn write(&self, cid: &Cid, bytes: &[u8], dirty: &mut Dirty) -> Result<(), StoreError> {
		cids::check(cid)?;
		if bytes.len() as u64 > LARGEST_BLOCK {
			return Err(StoreError::too_large(format!("the block {cid}"), LARGEST_BLOCK));
		}
		if !cids::matches(cid, bytes) {
			return Err(StoreError::Corrupt(*cid));
		}
		match self.read(cid) {
			Ok(_) => return Ok(()),
			Err(StoreError::Missing(_) | StoreError::Corrupt(_)) => {}
			Err(error) => return Err(error),
		}
		let path = self.path(cid);
		self.make_shard(&path, dirty)?;
		write_whole(&self.temporary, &path, bytes)
	}

	/// Makes the folder in which the file is to stand.
	fn make_shard(&self, path: &Path, dirty: &mut Dirty) -> Result<(), StoreError> {
		let shard = path.parent().unwrap_or(&self.folder);
		match fs::create_dir(shard) {
			Ok(()) => {
				dirty.0.insert(self.folder.clone());
			}
			Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
			Err(error) => return Err(StoreError::io(shard)(error)),
		}
		dirty.0.insert(shard.into());
		Ok(())
	}

	/// Moves a block from another folder, where it has been checked, to here.
	pub fn take(&self, from: &Self, cid: &Cid, dirty: &mut Dirty) -> Result<(), StoreError> {
		let (source, path) = (from.path(cid), self.path(cid));
		self.make_shard(&path, dirty)?;
		fs::rename(&source, &path).map_err(StoreError::io(&source))
	}

	/// Removes a block.
	pub fn remove(&self, cid: &Cid) -> Result<(), StoreError> {
		let path = self.path(cid);
		match fs::remove_file(&path) {
			Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io(&path)(error)),
			_ => Ok(()),
		}
	}

	/// All blocks and their sizes in bytes.
	pub fn list(&self) -> Result<Vec<(Cid, u64)>, StoreError> {
		let mut found = Vec::new();
		for shard in fs::read_dir(&self.folder).map_err(StoreError::io(&self.folder))? {
			let shard = shard.map_err(StoreError::io(&self.folder))?.path();
			if !shard.is_dir() {
				continue;
			}
			for file in fs::read_dir(&shard).map_err(StoreError::io(&shard))? {
				let file = file.map_err(StoreError::io(&shard))?;
				// Something else has been put there: not ours to judge.
				let Some(cid) = file.file_name().to_str().and_then(|name| cids::parse(name).ok()) else { continue };
				let size = file.metadata().map_err(StoreError::io(&shard))?.len();
				found.push((cid, size));
			}
		}
		found.sort();
		Ok(found)
	}
}
