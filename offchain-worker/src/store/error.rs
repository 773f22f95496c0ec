//! What can go wrong with the store and with what others send it.

use cid::Cid;
use std::path::{Path, PathBuf};

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
	/// The file system refused.
	#[error("{path}: {source}")]
	Io {
		/// Which file.
		path: PathBuf,
		/// Why.
		source: std::io::Error,
	},
	/// What was given to be stored could not be read.
	#[error("the input cannot be read: {0}")]
	Input(std::io::Error),
	/// It is no CID, or not one of a kind that this store keeps.
	#[error("`{text}` is no CID of this store: {reason}")]
	Cid {
		/// What was given.
		text: String,
		/// What is wrong with it.
		reason: String,
	},
	/// A block is not here.
	#[error("the block {0} is not in the store")]
	Missing(Cid),
	/// A block's bytes do not have the hash that its CID names.
	#[error("the block {0} is corrupt: its bytes do not have the hash in its CID")]
	Corrupt(Cid),
	/// Something is larger than allowed.
	#[error("{what} has more than the {limit} {unit} that are allowed")]
	TooLarge {
		/// What is too large.
		what: String,
		/// The limit.
		limit: u64,
		/// What the limit counts.
		unit: &'static str,
	},
	/// A block has the right hash and the wrong content.
	#[error("the block {cid} is malformed: {reason}")]
	Malformed {
		/// Which block.
		cid: Cid,
		/// What is wrong with it.
		reason: String,
	},
	/// A directory was asked for as a file, or the other way round.
	#[error("{cid} is no {expected}")]
	Kind {
		/// Which node.
		cid: Cid,
		/// What was asked for.
		expected: &'static str,
	},
	/// A path that no directory may hold.
	#[error("`{path}` is no path within a directory: {reason}")]
	Path {
		/// The path.
		path: String,
		/// What is wrong with it.
		reason: &'static str,
	},
	/// A directory has no such entry.
	#[error("the directory {directory} has no entry `{name}`")]
	NoEntry {
		/// Which directory.
		directory: Cid,
		/// What it lacks.
		name: String,
	},
	/// A CAR is malformed, truncated, or not of the version that is read.
	#[error("the CAR is malformed: {0}")]
	Car(String),
	/// A model's card or weights are not as they should be.
	#[error("this is no model: {0}")]
	Model(String),
	/// No peer gave what was asked for.
	#[error("no peer gave {cid}:{}", .attempts.iter().map(|attempt| format!("\n  {attempt}")).collect::<String>())]
	Fetch {
		/// What was asked for.
		cid: Cid,
		/// What each peer answered.
		attempts: Vec<String>,
	},
}

impl StoreError {
	/// For `map_err`: an error of the file system at this path.
	pub(super) fn io(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
		move |source| Self::Io { path: path.into(), source }
	}

	/// A malformed block.
	pub(super) fn malformed(cid: &Cid, reason: impl Into<String>) -> Self {
		Self::Malformed { cid: *cid, reason: reason.into() }
	}

	/// Too many bytes.
	pub(super) fn too_large(what: impl Into<String>, limit: u64) -> Self {
		Self::TooLarge { what: what.into(), limit, unit: "bytes" }
	}

	/// A stable word for programs.
	pub fn kind(&self) -> &'static str {
		match self {
			Self::Io { .. } | Self::Input(_) => "file",
			Self::Cid { .. } => "cid",
			Self::Missing(_) => "missing",
			Self::Corrupt(_) => "corrupt",
			Self::TooLarge { .. } => "too-large",
			Self::Malformed { .. } => "malformed",
			Self::Kind { .. } => "kind",
			Self::Path { .. } => "path",
			Self::NoEntry { .. } => "no-entry",
			Self::Car(_) => "car",
			Self::Model(_) => "model",
			Self::Fetch { .. } => "fetch",
		}
	}
}
