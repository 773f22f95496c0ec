//! Reads blocks: raw ones, and files and directories of UnixFS version 1 in dag-pb. Whatever is not needed for what
//! this store holds is refused: symbolic links, sharded directories, files that hide data beside their links.

use super::{
	cids::{self, DAG_PB, RAW},
	StoreError,
};
use cid::Cid;

/// What a block says.
#[derive(Debug, PartialEq, Eq)]
pub enum Node<'a> {
	/// The bytes of a file, or a part of them.
	Leaf(&'a [u8]),
	/// A file in parts.
	File {
		/// Bytes of all parts.
		size: u64,
		/// The parts: none is empty, and their bytes sum up to the size.
		parts: Vec<Part>,
	},
	/// A directory.
	Directory(Vec<Entry>),
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
	/// Its block.
	pub cid: Cid,
	/// Its bytes, as its parent says.
	pub size: u64,
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
	/// Its name; a safe one, and the only one of this name.
	pub name: String,
	/// Its block.
	pub cid: Cid,
	/// Cumulated size of its blocks in bytes, as its directory says. Nothing checks it, and nothing here relies on it.
	pub size: u64,
}

impl<'a> Node<'a> {
	/// Reads a block whose hash has been checked.
	pub fn read(cid: &Cid, block: &'a [u8]) -> Result<Self, StoreError> {
		match cid.codec() {
			RAW => Ok(Self::Leaf(block)),
			DAG_PB => dag_pb(block).map_err(|reason| StoreError::malformed(cid, reason)),
			_ => cids::check(cid).map(|()| Self::Leaf(block)),
		}
	}

	/// The blocks it links to.
	pub fn links(&self) -> Vec<Cid> {
		match self {
			Self::Leaf(_) => Vec::new(),
			Self::File { parts, .. } => parts.iter().map(|part| part.cid).collect(),
			Self::Directory(entries) => entries.iter().map(|entry| entry.cid).collect(),
		}
	}
}

/// A field of a protobuf message.
enum Field<'a> {
	Number(u64),
	Bytes(&'a [u8]),
}

/// The fields of a protobuf message, in their order.
struct Fields<'a>(&'a [u8]);

/// Reads a number in LEB128 and moves behind it.
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
	let mut value = 0u64;
	for shift in (0..64).step_by(7) {
		let (&byte, rest) = bytes.split_first()?;
		*bytes = rest;
		let low = u64::from(byte & 0x7f);
		// The tenth byte holds one bit.
		if shift == 63 && byte > 1 {
			return None;
		}
		value |= low << shift;
		if byte & 0x80 == 0 {
			return Some(value);
		}
	}
	None
}

impl<'a> Fields<'a> {
	fn take(&mut self, length: u64) -> Result<&'a [u8], String> {
		let length = usize::try_from(length).ok().filter(|length| *length <= self.0.len());
		let (taken, rest) = self.0.split_at(length.ok_or("a field is longer than its message")?);
		self.0 = rest;
		Ok(taken)
	}

	fn read(&mut self) -> Result<(u64, Field<'a>), String> {
		let truncated = || "a field is truncated".to_string();
		let tag = varint(&mut self.0).ok_or_else(truncated)?;
		let field = match tag & 7 {
			0 => Field::Number(varint(&mut self.0).ok_or_else(truncated)?),
			2 => {
				let length = varint(&mut self.0).ok_or_else(truncated)?;
				Field::Bytes(self.take(length)?)
			}
			other => return Err(format!("a field has wire type {other}")),
		};
		Ok((tag >> 3, field))
	}
}

impl<'a> Iterator for Fields<'a> {
	type Item = Result<(u64, Field<'a>), String>;

	fn next(&mut self) -> Option<Self::Item> {
		(!self.0.is_empty()).then(|| {
			let field = self.read();
			if field.is_err() {
				self.0 = &[];
			}
			field
		})
	}
}

/// Keeps a field that may occur once.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), String> {
	match place.replace(value) {
		None => Ok(()),
		Some(_) => Err("a field occurs twice".into()),
	}
}

/// A link as it stands in dag-pb.
struct Link<'a> {
	cid: Cid,
	name: &'a str,
	size: u64,
}

fn link(message: &[u8]) -> Result<Link<'_>, String> {
	let (mut hash, mut name, mut size) = (None, None, None);
	for field in Fields(message) {
		match field? {
			(1, Field::Bytes(bytes)) => once(&mut hash, bytes)?,
			(2, Field::Bytes(bytes)) => once(&mut name, bytes)?,
			(3, Field::Number(number)) => once(&mut size, number)?,
			(number, _) => return Err(format!("a link has a field {number}")),
		}
	}
	let cid = cids::from_bytes(hash.ok_or("a link has no CID")?)?;
	let name = std::str::from_utf8(name.unwrap_or_default()).map_err(|_| "a link's name is no UTF-8")?;
	Ok(Link { cid, name, size: size.unwrap_or_default() })
}

/// UnixFS's own message.
#[derive(Default)]
struct Data<'a> {
	kind: Option<u64>,
	bytes: Option<&'a [u8]>,
	size: Option<u64>,
	parts: Vec<u64>,
}

fn data(message: &[u8]) -> Result<Data<'_>, String> {
	let mut data = Data::default();
	for field in Fields(message) {
		match field? {
			(1, Field::Number(kind)) => once(&mut data.kind, kind)?,
			(2, Field::Bytes(bytes)) => once(&mut data.bytes, bytes)?,
			(3, Field::Number(size)) => once(&mut data.size, size)?,
			(4, Field::Number(size)) => data.parts.push(size),
			(4, Field::Bytes(mut packed)) => {
				while !packed.is_empty() {
					data.parts.push(varint(&mut packed).ok_or("a field is truncated")?);
				}
			}
			// Mode and time of modification: nothing here needs them.
			(7, Field::Number(_)) | (8, Field::Bytes(_)) => {}
			(number, _) => return Err(format!("UnixFS has a field {number}")),
		}
	}
	Ok(data)
}

fn dag_pb(block: &[u8]) -> Result<Node<'_>, String> {
	let (mut links, mut unixfs) = (Vec::new(), None);
	for field in Fields(block) {
		match field? {
			(1, Field::Bytes(bytes)) => once(&mut unixfs, bytes)?,
			(2, Field::Bytes(bytes)) => links.push(link(bytes)?),
			(number, _) => return Err(format!("the node has a field {number}")),
		}
	}
	let data = data(unixfs.ok_or("the node has no data")?)?;
	match data.kind {
		Some(1) => directory(links, &data),
		// Raw within dag-pb: leaves of old files.
		Some(0 | 2) => file(&links, data),
		Some(3) => Err("metadata nodes are not kept".into()),
		Some(4) => Err("symbolic links are not kept".into()),
		Some(5) => Err("sharded directories are not kept".into()),
		_ => Err("UnixFS does not say what it is".into()),
	}
}

fn directory<'a>(links: Vec<Link<'_>>, data: &Data<'_>) -> Result<Node<'a>, String> {
	if data.bytes.is_some_and(|bytes| !bytes.is_empty()) || !data.parts.is_empty() {
		return Err("a directory holds data".into());
	}
	let mut entries: Vec<Entry> = Vec::with_capacity(links.len());
	let mut names = std::collections::HashSet::new();
	for link in links {
		cids::check_name(link.name)?;
		if !names.insert(link.name) {
			return Err(format!("a directory has two entries `{}`", link.name));
		}
		entries.push(Entry { name: link.name.into(), cid: link.cid, size: link.size });
	}
	Ok(Node::Directory(entries))
}

fn file<'a>(links: &[Link<'_>], data: Data<'a>) -> Result<Node<'a>, String> {
	if links.is_empty() {
		let bytes = data.bytes.unwrap_or_default();
		if !data.parts.is_empty() || data.size.is_some_and(|size| size != bytes.len() as u64) {
			return Err("a leaf's size is not that of its data".into());
		}
		return Ok(Node::Leaf(bytes));
	}
	if data.bytes.is_some_and(|bytes| !bytes.is_empty()) {
		return Err("a file holds data beside its links".into());
	}
	if links.len() != data.parts.len() {
		return Err(format!("a file has {} links and {} sizes", links.len(), data.parts.len()));
	}
	// An empty part adds nothing but work.
	if data.parts.contains(&0) {
		return Err("a file has an empty part".into());
	}
	let sum = data.parts.iter().try_fold(0u64, |sum, part| sum.checked_add(*part));
	match (sum, data.size) {
		(Some(sum), Some(size)) if sum == size => {
			let parts = links.iter().zip(data.parts).map(|(link, size)| Part { cid: link.cid, size }).collect();
			Ok(Node::File { size, parts })
		}
		_ => Err("a file's size is not the sum of its parts".into()),
	}
}
