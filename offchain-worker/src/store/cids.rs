//! The CIDs that the store keeps: SHA2-256 of raw blocks and of dag-pb.

use super::StoreError;
use cid::{Cid, Version};
use sha2::{Digest, Sha256};

/// Multicodec of raw blocks.
pub const RAW: u64 = 0x55;
/// Multicodec of dag-pb.
pub const DAG_PB: u64 = 0x70;
/// Multicodec of SHA2-256.
const SHA2_256: u64 = 0x12;
/// Text longer than this is no CID of this store.
const LONGEST_TEXT: usize = 128;

/// Reads a CID of the store.
pub fn parse(text: &str) -> Result<Cid, StoreError> {
	let shown: String = text.chars().take(LONGEST_TEXT).collect();
	let refuse = |reason: String| StoreError::Cid { text: shown.clone(), reason };
	if text.len() > LONGEST_TEXT {
		return Err(refuse("it is too long".into()));
	}
	let cid = Cid::try_from(text).map_err(|error| refuse(error.to_string()))?;
	// `try_from` also takes text that only contains a CID.
	if text.contains('/') {
		return Err(refuse("it is a path".into()));
	}
	check(&cid)?;
	Ok(cid)
}

/// Reads a CID of the store from its bytes.
pub fn from_bytes(bytes: &[u8]) -> Result<Cid, String> {
	let mut rest = bytes;
	let cid = Cid::read_bytes(&mut rest).map_err(|error| error.to_string())?;
	if !rest.is_empty() {
		return Err("bytes after a CID".into());
	}
	check(&cid).map_err(|error| error.to_string())?;
	Ok(cid)
}

/// Whether it is one that the store keeps.
pub fn check(cid: &Cid) -> Result<(), StoreError> {
	let refuse = |reason: String| Err(StoreError::Cid { text: cid.to_string(), reason });
	if cid.hash().code() != SHA2_256 || cid.hash().size() != 32 {
		return refuse(format!("its hash is {:#x}, only SHA2-256 (0x12) is kept", cid.hash().code()));
	}
	match cid.codec() {
		RAW | DAG_PB => Ok(()),
		other => refuse(format!("its codec is {other:#x}, only raw (0x55) and dag-pb (0x70) are kept")),
	}
}

/// The same block's CID in version 1, under which it is kept.
pub fn key(cid: &Cid) -> Cid {
	match cid.version() {
		Version::V0 => Cid::new_v1(DAG_PB, *cid.hash()),
		Version::V1 => *cid,
	}
}

/// The CID, version 1, of these bytes.
#[cfg(test)]
pub fn of(codec: u64, bytes: &[u8]) -> Cid {
	Cid::new_v1(codec, cid::multihash::Multihash::wrap(SHA2_256, &Sha256::digest(bytes)).expect("32 bytes fit"))
}

/// Whether these are the bytes that the CID names.
pub fn matches(cid: &Cid, bytes: &[u8]) -> bool {
	cid.hash().code() == SHA2_256 && cid.hash().digest() == Sha256::digest(bytes).as_slice()
}

/// Whether a directory may have an entry of this name: one that is safe as a file's name, too.
pub fn check_name(name: &str) -> Result<(), &'static str> {
	match name {
		"" => Err("a name is empty"),
		"." | ".." => Err("`.` and `..` name no entry"),
		_ if name.len() > 255 => Err("a name is longer than 255 bytes"),
		_ if name.contains(['/', '\\']) => Err("a name holds a slash"),
		_ if name.chars().any(char::is_control) => Err("a name holds a control character"),
		_ => Ok(()),
	}
}
