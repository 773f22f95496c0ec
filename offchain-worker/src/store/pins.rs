//! Pins: what the store keeps. A file a root, which holds the name it was given.

use super::{blocks::write_whole, cids, StoreError};
use cid::Cid;
use std::{
	fs::{self, File},
	io::{ErrorKind, Read},
	path::{Path, PathBuf},
};

/// Bytes of a name at most.
const LONGEST_NAME: usize = 255;

/// A root that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
	/// The root.
	pub cid: Cid,
	/// The name it was given.
	pub name: String,
}

fn path(folder: &Path, cid: &Cid) -> PathBuf {
	folder.join("pins").join(cid.to_string())
}

/// Keeps a root. What it leads to must be durable before. A name that is too long is cut.
pub fn write(folder: &Path, cid: &Cid, name: &str) -> Result<(), StoreError> {
	let mut end = name.len().min(LONGEST_NAME);
	while !name.is_char_boundary(end) {
		end -= 1;
	}
	let path = path(folder, cid);
	write_whole(&folder.join("staging"), &path, &name.as_bytes()[..end])?;
	let pins = folder.join("pins");
	File::open(&pins).and_then(|folder| folder.sync_all()).map_err(StoreError::io(&pins))
}

/// Forgets a root; says whether it was kept.
pub fn remove(folder: &Path, cid: &Cid) -> Result<bool, StoreError> {
	let path = path(folder, cid);
	match fs::remove_file(&path) {
		Ok(()) => Ok(true),
		Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
		Err(error) => Err(StoreError::io(&path)(error)),
	}
}

/// All pins, by CID.
pub fn list(folder: &Path) -> Result<Vec<Pin>, StoreError> {
	let pins = folder.join("pins");
	let mut found = Vec::new();
	for file in fs::read_dir(&pins).map_err(StoreError::io(&pins))? {
		let file = file.map_err(StoreError::io(&pins))?;
		let Some(cid) = file.file_name().to_str().and_then(|name| cids::parse(name).ok()) else { continue };
		let mut name = Vec::new();
		match File::open(file.path()) {
			Ok(file) => file.take(LONGEST_NAME as u64).read_to_end(&mut name).map_err(StoreError::io(&pins))?,
			// Removed in between by another process.
			Err(error) if error.kind() == ErrorKind::NotFound => continue,
			Err(error) => return Err(StoreError::io(&file.path())(error)),
		};
		found.push(Pin { cid, name: String::from_utf8_lossy(&name).into_owned() });
	}
	found.sort_by_key(|pin| pin.cid);
	Ok(found)
}
