//! CARs: out, in, and those that were tampered with.

use super::*;
use crate::store::{
	car::{self, export, import},
	Reach, StoreError, LARGEST_BLOCK, LARGEST_DAG, LARGEST_FILE,
};

/// A file of several levels, and its CAR.
fn car_of_a_file(store: &Store) -> (Cid, Vec<u8>, Vec<u8>) {
	let content = bytes(1000);
	let cid = store.put_file(content.as_slice(), "", &small(100, 4)).expect("stored");
	let mut car = Vec::new();
	let (blocks, length) = export(store, &cid, LARGEST_DAG, &mut car).expect("exported");
	assert_eq!((blocks, length), (14, car.len() as u64));
	(cid, content, car)
}

#[test]
fn a_car_should_bring_everything_to_another_store() {
	let ((_a, from), (_b, to)) = (store(), store());
	let (cid, content, car) = car_of_a_file(&from);
	let imported = import(&to, car.as_slice(), None, "car", LARGEST_DAG).expect("imported");
	assert_eq!((imported.roots.as_slice(), imported.blocks), (&[cid][..], 14));
	assert_eq!(to.get(&cid, LARGEST_FILE).expect("whole"), content);
	assert_eq!(to.pins().expect("pins")[0].cid, cid);
	let mut again = Vec::new();
	export(&to, &cid, LARGEST_DAG, &mut again).expect("exported");
	assert_eq!(again, car, "the same blocks in the same order");
	// Once more is no error.
	import(&to, car.as_slice(), None, "car", LARGEST_DAG).expect("imported");
	let old = from.put_file(content.as_slice(), "", &Profile::KUBO).expect("stored");
	let mut car = Vec::new();
	export(&from, &old, LARGEST_DAG, &mut car).expect("exported");
	assert_eq!(import(&to, car.as_slice(), None, "", LARGEST_DAG).expect("imported").roots, [old]);
}

/// Whether nothing of a refused CAR can be seen.
fn refused(car: &[u8], limit: u64) -> StoreError {
	let (folder, to) = store();
	let error = import(&to, car, None, "", limit).expect_err("it is refused");
	assert_eq!((block_files(&folder).len(), staged(&folder)), (0, 0), "nothing is left: {error}");
	assert_eq!(to.pins().expect("pins"), []);
	error
}

#[test]
fn a_truncated_car_should_leave_nothing() {
	let (_folder, from) = store();
	let (_, _, car) = car_of_a_file(&from);
	for length in (0..130).chain((130..car.len()).step_by(29)) {
		let error = refused(&car[..length], LARGEST_DAG);
		assert!(matches!(error, StoreError::Car(_) | StoreError::Missing(_)), "{length}: {error}");
	}
}

#[test]
fn a_car_with_any_byte_changed_should_leave_nothing() {
	let (_folder, from) = store();
	let (cid, _, car) = car_of_a_file(&from);
	let mut same = 0;
	for place in (0..130).chain((130..car.len()).step_by(29)) {
		for flip in [0x01, 0x80] {
			let mut car = car.clone();
			car[place] ^= flip;
			let (folder, to) = store();
			match import(&to, car.as_slice(), Some(&[cid]), "", LARGEST_DAG) {
				Err(_) => assert_eq!((block_files(&folder).len(), staged(&folder)), (0, 0), "byte {place}"),
				// A root in the header, which the wanted one overrules.
				Ok(_) => {
					assert!(place < 59, "byte {place}");
					assert_eq!(to.get(&cid, 1000).expect("whole").len(), 1000);
					same += 1;
				}
			}
		}
	}
	assert!(same <= 64, "only the hash in the header may differ: {same}");
}

#[test]
fn cars_above_the_cap_should_be_refused() {
	let (_folder, from) = store();
	let (_, _, car) = car_of_a_file(&from);
	assert!(matches!(refused(&car, 1000), StoreError::TooLarge { limit: 1000, .. }));
	// A length that nothing follows costs no memory.
	let header = &car[..1 + usize::from(car[0])];
	let huge = [header, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]].concat();
	assert!(matches!(refused(&huge, LARGEST_DAG), StoreError::TooLarge { limit: LARGEST_BLOCK, .. }));
	let endless = [header, &[0xff; 20]].concat();
	assert!(matches!(refused(&endless, LARGEST_DAG), StoreError::Car(_)));
	assert!(matches!(refused(&[0xff, 0xff, 0x7f], LARGEST_DAG), StoreError::Car(_)));
}

#[test]
fn wrong_headers_should_be_refused_by_name() {
	let cases: [(&[u8], &str); 7] = [
		(b"", "empty"),
		(b"\x01\xa0", "no version"),
		(b"\x0a\xa1\x67version\x02", "version 2"),
		(b"\x0a\xa1\x67version\x01", "no roots"),
		(b"\x11\xa2\x65roots\x80\x67version\x01", "0 roots"),
		(b"\x12\xa2\x65roots\x81\x01\x67version\x01", "another type"),
		(b"\x05\xa1\x63abc", "not one of version 1"),
	];
	for (car, what) in cases {
		let error = refused(car, LARGEST_DAG);
		assert!(matches!(error, StoreError::Car(_)) && error.to_string().contains(what), "{what}: {error}");
	}
}

#[test]
fn a_car_that_lacks_a_block_should_leave_nothing() {
	let (_folder, from) = store();
	let (cid, _, _) = car_of_a_file(&from);
	let whole = car::Plan::new(&from, &[], &cid, Reach::All, LARGEST_DAG).expect("a plan");
	let parts: Vec<Vec<u8>> = whole.map(|part| part.expect("a part")).collect();
	for missing in 1..parts.len() {
		let car: Vec<u8> =
			parts.iter().enumerate().filter(|(i, _)| *i != missing).flat_map(|(_, p)| p.clone()).collect();
		assert!(matches!(refused(&car, LARGEST_DAG), StoreError::Missing(_)), "{missing}");
	}
	// In any order it is complete, and what belongs to no root is dropped.
	let stray = b"stray";
	let mut section = vec![(36 + stray.len()) as u8];
	section.extend(cids::of(cids::RAW, stray).to_bytes());
	section.extend_from_slice(stray);
	let car = [vec![parts[0].clone()], parts[1..].iter().rev().cloned().collect(), vec![section]].concat().concat();
	let (_to, to) = store();
	assert_eq!(import(&to, car.as_slice(), None, "", LARGEST_DAG).expect("imported").blocks, 14);
	assert!(!to.has(&cids::of(cids::RAW, stray)).expect("known"));
}

#[test]
fn what_the_store_has_need_not_be_in_the_car() {
	let ((_a, from), (_b, to)) = (store(), store());
	let (cid, content, _) = car_of_a_file(&from);
	let mut car = Vec::new();
	let plan = car::Plan::new(&from, &[], &cid, Reach::Block, LARGEST_DAG).expect("a plan");
	plan.for_each(|part| car.extend(part.expect("a part")));
	assert!(matches!(refused(&car, LARGEST_DAG), StoreError::Missing(_)));
	for found in from.reachable(&cid, Reach::All, LARGEST_DAG).expect("a walk").into_iter().skip(1) {
		let block = from.block(&found.cid).expect("a block");
		to.blocks.write(&found.cid, &block, &mut Default::default()).expect("written");
	}
	import(&to, car.as_slice(), None, "", LARGEST_DAG).expect("imported");
	assert_eq!(to.get(&cid, LARGEST_FILE).expect("whole"), content);
}

#[test]
fn a_corrupt_block_should_not_be_exported() {
	let (folder, from) = store();
	let (cid, _, _) = car_of_a_file(&from);
	for path in block_files(&folder) {
		let sound = std::fs::read(&path).expect("a block");
		std::fs::write(&path, vec![0; sound.len()]).expect("written");
		assert!(matches!(export(&from, &cid, LARGEST_DAG, Vec::new()), Err(StoreError::Corrupt(_))));
		std::fs::write(&path, sound).expect("restored");
	}
}
