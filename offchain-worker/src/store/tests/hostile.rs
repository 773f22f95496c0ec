//! Damaged files on disk, and blocks that have the right hash and lie.

use super::*;
use crate::store::{blocks::Dirty, dag::DEEPEST, Reach, StoreError, LARGEST_BLOCK};

fn field(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
	out.push(tag);
	number(out, bytes.len() as u64);
	out.extend_from_slice(bytes);
}

fn number(out: &mut Vec<u8>, mut value: u64) {
	while value >= 0x80 {
		out.push(value as u8 | 0x80);
		value >>= 7;
	}
	out.push(value as u8);
}

/// A node with these links, the given UnixFS type, data and sizes.
fn node(kind: u64, links: &[(&str, Cid)], data: Option<&[u8]>, size: u64, parts: &[u64]) -> Vec<u8> {
	let mut block = Vec::new();
	for (name, cid) in links {
		let mut link = Vec::new();
		field(&mut link, 0x0a, &cid.to_bytes());
		field(&mut link, 0x12, name.as_bytes());
		field(&mut block, 0x12, &link);
	}
	let mut unixfs = vec![0x08];
	number(&mut unixfs, kind);
	if let Some(data) = data {
		field(&mut unixfs, 0x12, data);
	}
	unixfs.push(0x18);
	number(&mut unixfs, size);
	for part in parts {
		unixfs.push(0x20);
		number(&mut unixfs, *part);
	}
	field(&mut block, 0x0a, &unixfs);
	block
}

fn put(store: &Store, codec: u64, block: &[u8]) -> Cid {
	let cid = cids::of(codec, block);
	store.blocks.write(&cid, block, &mut Dirty::default()).expect("its hash is right");
	cid
}

#[test]
fn a_tampered_block_should_never_be_given_out() {
	let (folder, store) = store();
	let content = bytes(1000);
	let cid = store.put_file(content.as_slice(), "", &small(100, 4)).expect("stored");
	for path in block_files(&folder) {
		let sound = std::fs::read(&path).expect("a block");
		let damaged = [
			[&sound[..sound.len() - 1], &[sound[sound.len() - 1] ^ 1]].concat(),
			sound[..sound.len() - 1].to_vec(),
			[&sound[..], b"x"].concat(),
			Vec::new(),
			vec![0; LARGEST_BLOCK as usize + 1],
		];
		for damaged in damaged {
			std::fs::write(&path, &damaged).expect("written");
			let error = store.get(&cid, 10_000).expect_err("it is damaged");
			assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
		}
		std::fs::write(&path, &sound).expect("restored");
	}
	assert_eq!(store.get(&cid, 10_000).expect("sound again"), content);
	// What is stored again is repaired.
	for path in block_files(&folder) {
		std::fs::write(&path, b"rot").expect("written");
	}
	store.put_file(content.as_slice(), "", &small(100, 4)).expect("stored again");
	assert_eq!(store.get(&cid, 10_000).expect("sound again"), content);
}

#[test]
fn blocks_should_only_be_written_under_their_own_hash() {
	let (_folder, store) = store();
	let cid = cids::of(cids::RAW, b"one");
	assert!(matches!(store.blocks.write(&cid, b"two", &mut Dirty::default()), Err(StoreError::Corrupt(_))));
	let large = vec![0; LARGEST_BLOCK as usize + 1];
	let cid = cids::of(cids::RAW, &large);
	assert!(matches!(store.blocks.write(&cid, &large, &mut Dirty::default()), Err(StoreError::TooLarge { .. })));
	assert!(!store.has(&cid).expect("known"));
}

#[test]
fn declared_sizes_that_lie_should_be_found_out() {
	let (_folder, store) = store();
	let leaf = put(&store, cids::RAW, b"12345");
	type Lie<'a> = (&'a [(&'a str, Cid)], Option<&'a [u8]>, u64, &'a [u64]);
	let lies: [Lie; 9] = [
		(&[("", leaf)], None, 4, &[4]),
		(&[("", leaf)], None, 6, &[6]),
		(&[("", leaf)], None, 5, &[4]),
		(&[("", leaf), ("", leaf)], None, 5, &[5]),
		(&[("", leaf)], None, 5, &[5, 0]),
		(&[("", leaf), ("", leaf)], None, 5, &[5, 0]),
		(&[("", leaf), ("", leaf)], None, 4, &[5, u64::MAX]),
		(&[("", leaf)], Some(b"beside"), 11, &[5]),
		(&[], Some(b"12345"), 6, &[]),
	];
	for (links, data, size, parts) in lies {
		let cid = put(&store, cids::DAG_PB, &node(2, links, data, size, parts));
		let error = store.get(&cid, 100).expect_err("it lies");
		assert!(matches!(error, StoreError::Malformed { .. }), "{size} {parts:?}: {error}");
	}
	let honest = put(&store, cids::DAG_PB, &node(2, &[("", leaf)], None, 5, &[5]));
	assert_eq!(store.get(&honest, 100).expect("it is honest"), b"12345");
	// A declared size above the cap is refused although the content is short.
	let cid = put(&store, cids::DAG_PB, &node(2, &[("", leaf)], None, 1 << 60, &[1 << 60]));
	assert!(matches!(store.get(&cid, 1 << 30), Err(StoreError::TooLarge { .. })));
}

#[test]
fn trees_that_are_too_deep_should_be_refused() {
	let (_folder, store) = store();
	let mut cid = put(&store, cids::RAW, b"x");
	for depth in 1..=DEEPEST + 1 {
		assert_eq!(store.get(&cid, 10).expect("not too deep"), b"x", "{depth}");
		cid = put(&store, cids::DAG_PB, &node(2, &[("", cid)], None, 1, &[1]));
	}
	assert!(matches!(store.get(&cid, 10), Err(StoreError::TooLarge { unit: "levels", .. })));
	assert!(matches!(store.reachable(&cid, Reach::All, 1 << 20), Err(StoreError::TooLarge { unit: "levels", .. })));
}

#[test]
fn a_small_dag_that_unfolds_into_a_huge_file_should_be_stopped_by_the_cap() {
	let (_folder, store) = store();
	let mut cid = put(&store, cids::RAW, b"x");
	let mut size = 1u64;
	for _ in 0..6 {
		let links = [("", cid); 32];
		cid = put(&store, cids::DAG_PB, &node(2, &links, None, size * 32, &[size; 32]));
		size *= 32;
	}
	assert!(matches!(store.get(&cid, 1 << 20), Err(StoreError::TooLarge { .. })), "2^30 bytes are declared");
	assert!(
		matches!(store.get(&cid, 1 << 40), Err(StoreError::TooLarge { unit: "blocks", .. })),
		"a byte a block is too many blocks"
	);
	assert_eq!(store.reachable(&cid, Reach::All, 1 << 20).expect("seven blocks").len(), 7);
}

#[test]
fn nodes_that_this_store_does_not_keep_should_be_refused() {
	let (_folder, store) = store();
	let leaf = put(&store, cids::RAW, b"x");
	let directory = put(&store, cids::DAG_PB, &node(1, &[("a", leaf)], None, 0, &[]));
	store.entries(&directory).expect("a directory");
	for (kind, what) in [(3, "metadata"), (4, "symbolic link"), (5, "sharded"), (6, "what it is")] {
		let cid = put(&store, cids::DAG_PB, &node(kind, &[], None, 0, &[]));
		let error = store.size(&cid).expect_err(what);
		assert!(error.to_string().contains(what), "{error}");
	}
	for wrong in ["", ".", "..", "../../etc/passwd", "a/b", "a\nb"] {
		let cid = put(&store, cids::DAG_PB, &node(1, &[(wrong, leaf)], None, 0, &[]));
		assert!(matches!(store.entries(&cid), Err(StoreError::Malformed { .. })), "{wrong:?}");
	}
	let twice = put(&store, cids::DAG_PB, &node(1, &[("a", leaf), ("a", directory)], None, 0, &[]));
	assert!(store.entries(&twice).expect_err("ambiguous").to_string().contains("two entries"));
	let mixed = put(&store, cids::DAG_PB, &node(2, &[("", directory)], None, 1, &[1]));
	assert!(store.get(&mixed, 100).expect_err("no file").to_string().contains("is a directory"));
}

#[test]
fn cids_of_other_kinds_should_be_refused() {
	let wrong = [
		"",
		"nonsense",
		"bafkqaaa",
		"/ipfs/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
		"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku/card.json",
		// BLAKE2b, DAG-CBOR.
		"bafk2bzacea73ycjnxe2qov7cvnhx52lzfp6nf5jcblnfus6gqreh6ygganbws",
		"bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
		&"b".repeat(1000),
	];
	for text in wrong {
		assert!(matches!(cids::parse(text), Err(StoreError::Cid { .. })), "{text}");
	}
}

#[test]
fn a_damaged_root_should_not_stop_the_removal_of_others() {
	let (folder, store) = store();
	let one = store.put_file(bytes(500).as_slice(), "", &small(100, 4)).expect("stored");
	for path in block_files(&folder) {
		std::fs::write(&path, b"rot").expect("written");
	}
	let two = store.put_file(&b"two"[..], "", &Profile::PRAXIS).expect("stored");
	store.remove(&two).expect("removed");
	assert!(store.has(&one).expect("known"), "it may be repaired by storing it again");
	store.remove(&one).expect("removed");
	assert_eq!(block_files(&folder).len(), 0);
}
