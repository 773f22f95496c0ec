//! How files become blocks. Equal bytes have equal CIDs only under an equal profile.

use super::{cids, StoreError};
use cid::{Cid, Version};
use rust_unixfs::{
	dir::builder::{BufferingTreeBuilder, TreeOptions},
	file::adder::{BalancedCollector, Chunker, FileAdder},
};
use std::{fmt, io::Read, str::FromStr};

/// How files become blocks: UnixFS version 1 in balanced trees, SHA2-256, chunks of a fixed size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
	/// The name by which the command line knows it.
	pub name: &'static str,
	/// Bytes of a chunk.
	pub chunk: usize,
	/// Links of a node at most.
	pub links: usize,
	/// Version 1 with raw leaves; otherwise version 0 with leaves in dag-pb.
	pub modern: bool,
}

impl Profile {
	/// This project's, and Helia's default: CIDv1, raw leaves, chunks of 1 MiB, 1024 links a node.
	pub const PRAXIS: Self = Self { name: "praxis", chunk: 1 << 20, links: 1024, modern: true };
	/// What `ipfs add` of Kubo does unless told otherwise: CIDv0, chunks of 256 KiB in dag-pb leaves, 174 links a node.
	pub const KUBO: Self = Self { name: "kubo", chunk: 256 << 10, links: 174, modern: false };
	/// Those with a name.
	pub const NAMED: [Self; 2] = [Self::PRAXIS, Self::KUBO];

	fn version(&self) -> Version {
		if self.modern {
			Version::V1
		} else {
			Version::V0
		}
	}

	/// Cuts a file into blocks and hands them to `put`, children before parents. Gives its CID and the cumulated size
	/// of its blocks in bytes, as directories state it.
	pub fn file(
		&self,
		mut reader: impl Read,
		limit: u64,
		mut put: impl FnMut(&Cid, &[u8]) -> Result<(), StoreError>,
	) -> Result<(Cid, u64), StoreError> {
		let mut adder = FileAdder::builder()
			.with_chunker(Chunker::Size(self.chunk))
			.with_collector(BalancedCollector::with_branching_factor(self.links))
			.with_cid_version(self.version())
			.with_raw_leaves(self.modern)
			.build();
		let (mut length, mut total, mut root) = (0u64, 0u64, None);
		let mut store = |cid: Cid, block: Vec<u8>| {
			total += block.len() as u64;
			root = Some(cid);
			put(&cid, &block)
		};
		let mut buffer = vec![0; self.chunk];
		loop {
			let filled = fill(&mut reader, &mut buffer).map_err(StoreError::Input)?;
			length += filled as u64;
			if length > limit {
				return Err(StoreError::too_large("the file", limit));
			}
			let mut rest = &buffer[..filled];
			while !rest.is_empty() {
				let (blocks, consumed) = adder.push(rest);
				blocks.into_iter().try_for_each(|(cid, block)| store(cid, block))?;
				rest = &rest[consumed..];
			}
			if filled < buffer.len() {
				break;
			}
		}
		adder.finish().try_for_each(|(cid, block)| store(cid, block))?;
		let root = root.ok_or_else(|| StoreError::Model("no block was made".into()))?;
		Ok((root, total))
	}

	/// Makes the block of a directory of files: names, CIDs and cumulated sizes. Gives its CID.
	pub fn directory(
		&self,
		entries: &[(String, Cid, u64)],
		mut put: impl FnMut(&Cid, &[u8]) -> Result<(), StoreError>,
	) -> Result<Cid, StoreError> {
		let mut options = TreeOptions::default();
		options.wrap_with_directory();
		options.cid_version(self.version());
		// Models have few files; a directory of many would need shards, which this store does not read.
		options.shard_threshold(None);
		options.block_size_limit(Some(super::LARGEST_BLOCK));
		let mut builder = BufferingTreeBuilder::new(options);
		for (name, cid, size) in entries {
			cids::check_name(name).map_err(|reason| StoreError::Path { path: name.clone(), reason })?;
			let refused = |error| StoreError::Model(format!("`{name}` cannot be put into a directory: {error}"));
			builder.put_link(name, *cid, *size).map_err(refused)?;
		}
		let mut root = None;
		for node in builder.build() {
			let node = node.map_err(|error| StoreError::Model(format!("the directory: {error}")))?;
			put(&node.cid, &node.block)?;
			root = Some(node.cid);
		}
		root.ok_or_else(|| StoreError::Model("no block was made".into()))
	}
}

impl FromStr for Profile {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		Self::NAMED
			.into_iter()
			.find(|profile| profile.name == text)
			.ok_or_else(|| format!("unknown profile `{text}`: it is `praxis` or `kubo`"))
	}
}

impl fmt::Display for Profile {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(self.name)
	}
}

/// Reads until the buffer is full or the input ends.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
	let mut filled = 0;
	while filled < buffer.len() {
		match reader.read(&mut buffer[filled..]) {
			Ok(0) => break,
			Ok(count) => filled += count,
			Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
			Err(error) => return Err(error),
		}
	}
	Ok(filled)
}
