//! The worker's store against Helia's own importer: equal CIDs under this project's profile, which is Helia's default.

use praxis_tests::{npm, python, store::Place};
use serde_json::{json, Value};
use std::process::Command;

const MIB: usize = 1 << 20;

#[test]
fn cids_should_be_helias() {
	let place = Place::new();
	// Kubo's 174 links would make two levels of the last one; 1024 make one.
	let lengths = [0, 1, MIB - 1, MIB, MIB + 1, 3_000_000, 175 * MIB];
	let mut paths: Vec<String> = lengths.iter().map(|length| place.file(*length)).collect();
	paths.push(place.model());
	let folder = npm::installed("helia");
	let output =
		python::run(Command::new("node").arg("cids.js").args(["1048576", "1024"]).args(&paths).current_dir(folder));
	let theirs: Value = serde_json::from_str(&output.unwrap_or_else(|error| panic!("{error}"))).expect("JSON");
	let ours: Vec<String> = paths.iter().map(|path| place.add("praxis", path)).collect();
	assert_eq!(json!(ours), theirs, "{paths:?}");
	assert!(ours.iter().all(|cid| cid.starts_with("bafk") || cid.starts_with("bafybei")), "{ours:?}");
}
