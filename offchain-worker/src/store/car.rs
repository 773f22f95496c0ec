//! CAR version 1: blocks in a row, with a header that names the roots. Reading and writing are streams.

use super::{
	cids,
	dag::{Found, Reach},
	node::varint,
	staging::Staging,
	Cid, Store, StoreError, LARGEST_BLOCK,
};
use std::io::{ErrorKind, Read, Write};

/// Bytes of a header at most.
const LARGEST_HEADER: u64 = 4096;
/// Roots of a CAR at most.
const MOST_ROOTS: usize = 16;
/// Bytes of a CID at most, where one is expected.
const LARGEST_CID: u64 = 64;

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
	while value >= 0x80 {
		out.push(value as u8 | 0x80);
		value >>= 7;
	}
	out.push(value as u8);
}

/// The header in DAG-CBOR, `{"roots": […], "version": 1}`, with its length before it.
fn header(roots: &[Cid]) -> Result<Vec<u8>, StoreError> {
	if roots.is_empty() || roots.len() > MOST_ROOTS {
		return Err(StoreError::Car(format!("it has {} roots; 1 to {MOST_ROOTS} are allowed", roots.len())));
	}
	let mut cbor = vec![0xa2, 0x65];
	cbor.extend_from_slice(b"roots");
	cbor.push(0x80 | roots.len() as u8);
	for root in roots {
		let bytes = root.to_bytes();
		// Tag 42, a byte string, and the zero that stands before a CID in binary.
		cbor.extend_from_slice(&[0xd8, 0x2a, 0x58, bytes.len() as u8 + 1, 0]);
		cbor.extend_from_slice(&bytes);
	}
	cbor.push(0x67);
	cbor.extend_from_slice(b"version");
	cbor.push(1);
	let mut out = Vec::with_capacity(cbor.len() + 2);
	put_varint(&mut out, cbor.len() as u64);
	out.extend_from_slice(&cbor);
	Ok(out)
}

/// What stands before a block of `size` bytes: the length of the section and the CID.
fn section(cid: &Cid, size: u64) -> Vec<u8> {
	let bytes = cid.to_bytes();
	let mut out = Vec::with_capacity(bytes.len() + 4);
	put_varint(&mut out, bytes.len() as u64 + size);
	out.extend_from_slice(&bytes);
	out
}

/// A CAR that is still to be written: which blocks, and how long it will be.
#[derive(Clone, Debug)]
pub struct Plan {
	header: Option<Vec<u8>>,
	blocks: std::vec::IntoIter<Found>,
	/// Bytes of the whole CAR.
	pub length: u64,
	/// Its blocks.
	pub count: u64,
	store: Store,
}

impl Plan {
	/// The CAR of a root: first the blocks on a way (such as [`Store::resolve`] gives), then what its end reaches.
	pub fn new(store: &Store, way: &[Cid], end: &Cid, reach: Reach, limit: u64) -> Result<Self, StoreError> {
		let mut blocks = Vec::new();
		for cid in way {
			let size = store.block(cid)?.len() as u64;
			blocks.push(Found { cid: *cid, size });
		}
		for found in store.reachable(end, reach, limit)? {
			if !way.contains(&found.cid) {
				blocks.push(found);
			}
		}
		let header = header(&[*way.first().unwrap_or(end)])?;
		let bytes = |found: &Found| section(&found.cid, found.size).len() as u64 + found.size;
		let length = header.len() as u64 + blocks.iter().map(bytes).sum::<u64>();
		let count = blocks.len() as u64;
		Ok(Self { header: Some(header), blocks: blocks.into_iter(), length, count, store: store.clone() })
	}
}

impl Iterator for Plan {
	type Item = Result<Vec<u8>, StoreError>;

	/// The next bytes: the header, then a section at a time, each block's hash checked.
	fn next(&mut self) -> Option<Self::Item> {
		if let Some(header) = self.header.take() {
			return Some(Ok(header));
		}
		let Found { cid, size } = self.blocks.next()?;
		Some(self.store.block(&cid).and_then(|block| {
			// The plan took a raw block's size from the file system: a file that was cut is found out by its hash.
			if block.len() as u64 != size {
				return Err(StoreError::Corrupt(cid));
			}
			let mut bytes = section(&cid, size);
			bytes.extend_from_slice(&block);
			Ok(bytes)
		}))
	}
}

/// Writes the CAR of a root with all that it links to. Gives the number of blocks and the bytes written.
pub fn export(store: &Store, root: &Cid, limit: u64, mut out: impl Write) -> Result<(u64, u64), StoreError> {
	let plan = Plan::new(store, &[], root, Reach::All, limit)?;
	let (count, length) = (plan.count, plan.length);
	for bytes in plan {
		out.write_all(&bytes?).map_err(StoreError::Input)?;
	}
	out.flush().map_err(StoreError::Input)?;
	Ok((count, length))
}

/// Reads a CAR block by block.
#[derive(Debug)]
pub struct Reader<R> {
	input: R,
	/// The roots that its header names; not checked against its blocks.
	pub roots: Vec<Cid>,
}

/// Reads exactly this many bytes.
fn exact(input: &mut impl Read, length: u64) -> Result<Vec<u8>, StoreError> {
	// Grows with what really comes, not with what was announced.
	let mut bytes = Vec::new();
	input.take(length).read_to_end(&mut bytes).map_err(StoreError::Input)?;
	if (bytes.len() as u64) < length {
		return Err(StoreError::Car("it is truncated".into()));
	}
	Ok(bytes)
}

/// Reads a length; `None` at the end of the input.
fn length(input: &mut impl Read) -> Result<Option<u64>, StoreError> {
	let (mut bytes, mut byte) = (Vec::new(), [0]);
	loop {
		match input.read(&mut byte) {
			Ok(0) if bytes.is_empty() => return Ok(None),
			Ok(0) => return Err(StoreError::Car("it is truncated".into())),
			Ok(_) => bytes.push(byte[0]),
			Err(error) if error.kind() == ErrorKind::Interrupted => continue,
			Err(error) => return Err(StoreError::Input(error)),
		}
		if byte[0] & 0x80 == 0 || bytes.len() == 10 {
			let length = varint(&mut bytes.as_slice());
			return length.map(Some).ok_or_else(|| StoreError::Car("a length is no number".into()));
		}
	}
}

impl<R: Read> Reader<R> {
	/// Reads the header.
	pub fn new(mut input: R) -> Result<Self, StoreError> {
		let length = length(&mut input)?.ok_or_else(|| StoreError::Car("it is empty".into()))?;
		if length > LARGEST_HEADER {
			return Err(StoreError::Car(format!("its header has {length} bytes, more than {LARGEST_HEADER}")));
		}
		let bytes = exact(&mut input, length)?;
		let roots = Cbor(&bytes).header().map_err(|reason| StoreError::Car(format!("its header: {reason}")))?;
		Ok(Self { input, roots })
	}

	/// The next block. Its hash is not checked: [`Staging::put`] does so.
	fn block(&mut self) -> Result<Option<(Cid, Vec<u8>)>, StoreError> {
		let Some(length) = length(&mut self.input)? else { return Ok(None) };
		if length > LARGEST_CID + LARGEST_BLOCK {
			return Err(StoreError::too_large("a block of the CAR", LARGEST_BLOCK));
		}
		let bytes = exact(&mut self.input, length)?;
		let mut rest = bytes.as_slice();
		let cid = Cid::read_bytes(&mut rest).map_err(|error| StoreError::Car(format!("a block's CID: {error}")))?;
		cids::check(&cid)?;
		Ok(Some((cid, rest.to_vec())))
	}
}

/// What an import brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
	/// Its roots; they are pinned.
	pub roots: Vec<Cid>,
	/// Blocks that can be reached from them.
	pub blocks: u64,
	/// Their bytes.
	pub bytes: u64,
}

/// Imports a CAR of at most `limit` bytes of blocks. All hashes are checked, and all that its roots link to must be in it
/// or in the store; otherwise nothing of it is kept. `wanted` are the roots it must have; what its header says does
/// not count then.
pub fn import(
	store: &Store,
	input: impl Read,
	wanted: Option<&[Cid]>,
	name: &str,
	limit: u64,
) -> Result<Imported, StoreError> {
	let mut car = Reader::new(input)?;
	let roots = wanted.map_or_else(|| car.roots.clone(), <[Cid]>::to_vec);
	let mut staging = Staging::new(store, limit)?;
	while let Some((cid, block)) = car.block()? {
		staging.put(&cid, &block)?;
	}
	let (blocks, bytes) = staging.commit(&roots, name)?;
	Ok(Imported { roots, blocks, bytes })
}

/// As much of CBOR as a header needs.
struct Cbor<'a>(&'a [u8]);

impl<'a> Cbor<'a> {
	/// An item's major type and its number: a value, a length or a count.
	fn item(&mut self) -> Result<(u8, u64), String> {
		let (&first, rest) = self.0.split_first().ok_or("it is truncated")?;
		self.0 = rest;
		let number = match first & 0x1f {
			small @ 0..=23 => u64::from(small),
			code @ 24..=27 => {
				self.bytes(1 << (code - 24))?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
			}
			_ => return Err("an item has no definite length".into()),
		};
		Ok((first >> 5, number))
	}

	fn bytes(&mut self, length: u64) -> Result<&'a [u8], String> {
		let length = usize::try_from(length).ok().filter(|length| *length <= self.0.len()).ok_or("it is truncated")?;
		let (taken, rest) = self.0.split_at(length);
		self.0 = rest;
		Ok(taken)
	}

	fn expect(&mut self, kind: u8, what: &str) -> Result<u64, String> {
		match self.item()? {
			(found, number) if found == kind => Ok(number),
			_ => Err(format!("{what} is of another type")),
		}
	}

	fn header(mut self) -> Result<Vec<Cid>, String> {
		let (mut version, mut roots) = (None, None);
		for _ in 0..self.expect(5, "it")? {
			let length = self.expect(3, "a key")?;
			match self.bytes(length)? {
				b"version" if version.is_none() => version = Some(self.expect(0, "`version`")?),
				b"roots" if roots.is_none() => roots = Some(self.roots()?),
				_ => return Err("it has a key that is not one of version 1".into()),
			}
		}
		match version {
			Some(1) if self.0.is_empty() => roots.ok_or_else(|| "it names no roots".into()),
			Some(1) => Err("bytes after its end".into()),
			Some(other) => Err(format!("it is of version {other}; only version 1 is read")),
			None => Err("it has no version".into()),
		}
	}

	fn roots(&mut self) -> Result<Vec<Cid>, String> {
		let count = self.expect(4, "`roots`")?;
		if count == 0 || count > MOST_ROOTS as u64 {
			return Err(format!("it names {count} roots; 1 to {MOST_ROOTS} are allowed"));
		}
		(0..count)
			.map(|_| {
				if self.expect(6, "a root")? != 42 {
					return Err("a root is no CID".into());
				}
				let length = self.expect(2, "a root")?;
				let cid = self.bytes(length)?.strip_prefix(&[0]).ok_or("a root is no CID")?;
				cids::from_bytes(cid)
			})
			.collect()
	}
}
