//! The secrets of sales, on disk: the keys of what is offered, and the one-time secrets of what is bought. Each is written,
//! durably, before the call that depends on it is sent. Who loses an offer's key cannot deliver; who loses a one-time secret
//! cannot open what was delivered.
//!
//! ```text
//! <sales>/offers/<hash of the key>.json
//! <sales>/purchases/<one-time key>.json
//! <sales>/models/                          plaintexts that are not served
//! ```

use crate::{checkpoint::write_atomically, commands::Failure};
use praxis_primitives_market::sealed;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
	fs::{self, DirBuilder},
	io,
	path::{Path, PathBuf},
};

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
	/// A model's key, known by its hash.
	Offer,
	/// The secret of a one-time key, known by that key.
	Purchase,
}

impl Purpose {
	fn folder(self) -> &'static str {
		match self {
			Self::Offer => "offers",
			Self::Purchase => "purchases",
		}
	}

	/// By what the chain knows a secret.
	pub fn public(self, secret: &[u8; 32]) -> [u8; 32] {
		match self {
			Self::Offer => sealed::key_hash(secret).0,
			Self::Purchase => sealed::one_time_key(secret),
		}
	}
}

#[derive(Serialize, Deserialize)]
struct Record {
	/// In hexadecimal.
	secret: String,
	/// What people may want to know of it.
	note: Value,
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
	move |error| Failure::running("file", format!("{}: {error}", path.display()))
}

/// Makes a folder that only its owner can read.
pub fn make(folder: &Path) -> Result<(), Failure> {
	let mut builder = DirBuilder::new();
	builder.recursive(true);
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(folder).map_err(failed(folder))
}

fn path(sales: &Path, purpose: Purpose, public: &[u8; 32]) -> PathBuf {
	sales.join(purpose.folder()).join(hex::encode(public) + ".json")
}

/// Writes a secret down; gives by what the chain knows it.
pub fn keep(sales: &Path, purpose: Purpose, secret: &[u8; 32], note: Value) -> Result<[u8; 32], Failure> {
	let public = purpose.public(secret);
	let path = path(sales, purpose, &public);
	make(&sales.join(purpose.folder()))?;
	let record = Record { secret: hex::encode(secret), note };
	let text = serde_json::to_vec_pretty(&record).map_err(|error| Failure::running("file", error))?;
	write_atomically(&path, &text)?;
	Ok(public)
}

/// Removes a secret that nothing on the chain depends on, if it is here.
pub fn forget(sales: &Path, purpose: Purpose, public: &[u8; 32]) -> Result<(), Failure> {
	let path = path(sales, purpose, public);
	match fs::remove_file(&path) {
		Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&path)(error)),
		_ => Ok(()),
	}
}

/// The secret that the chain knows by this.
///
/// # Errors
///
/// It is not here (`no-secret`), or what is here is damaged.
pub fn find(sales: &Path, purpose: Purpose, public: &[u8; 32]) -> Result<[u8; 32], Failure> {
	let path = path(sales, purpose, public);
	let text = fs::read(&path).map_err(|error| match error.kind() {
		io::ErrorKind::NotFound => Failure::input("no-secret", format!("its secret is not at {}", path.display()))
			.remedy("name with --sales the folder that was used when it was made"),
		_ => failed(&path)(error),
	})?;
	let damaged = |reason: String| Failure::input("file", format!("{} is damaged: {reason}", path.display()));
	let record: Record = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
	let mut secret = [0; 32];
	hex::decode_to_slice(&record.secret, &mut secret).map_err(|error| damaged(error.to_string()))?;
	if purpose.public(&secret) != *public {
		return Err(damaged("it holds another secret".into()));
	}
	Ok(secret)
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn secret_should_be_found_by_what_the_chain_knows_it_by() {
		let folder = tempfile::tempdir().expect("a folder");
		let sales = folder.path().join("sales");
		for purpose in [Purpose::Offer, Purpose::Purchase] {
			let public = keep(&sales, purpose, &[7; 32], json!({})).expect("a file");
			assert_eq!(find(&sales, purpose, &public).expect("a secret"), [7; 32]);
			forget(&sales, purpose, &[2; 32]).expect("it is not there");
			forget(&sales, purpose, &public).expect("it is removed");
			assert_eq!(find(&sales, purpose, &public).expect_err("it is gone").kind, "no-secret");
			let failure = find(&sales, purpose, &[1; 32]).expect_err("there is none");
			assert_eq!((failure.kind, failure.code), ("no-secret", 2));
			assert!(failure.remedy.is_some());
		}
	}

	#[cfg(unix)]
	#[test]
	fn secrets_should_be_readable_by_their_owner_alone() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().expect("a folder");
		let sales = folder.path().join("sales");
		keep(&sales, Purpose::Offer, &[7; 32], json!({})).expect("a file");
		for path in [sales.clone(), sales.join("offers")] {
			assert_eq!(fs::metadata(&path).expect("a folder").permissions().mode() & 0o777, 0o700, "{path:?}");
		}
	}

	#[test]
	fn damaged_secret_should_be_an_error() {
		let folder = tempfile::tempdir().expect("a folder");
		let public = keep(folder.path(), Purpose::Offer, &[7; 32], json!({})).expect("a file");
		let other = keep(folder.path(), Purpose::Offer, &[8; 32], json!({})).expect("a file");
		let at = |public| path(folder.path(), Purpose::Offer, public);
		fs::copy(at(&other), at(&public)).expect("a copy");
		assert_eq!(find(folder.path(), Purpose::Offer, &public).expect_err("it is another one").kind, "file");
	}
}
