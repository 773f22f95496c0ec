//! `praxis-worker store` in a folder of its own, files to put into it, and its gateway.

use crate::binary;
use serde_json::{json, Value};
use std::{
	fs,
	io::{BufRead, BufReader},
	path::Path,
	process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// A folder for one test: a store, and whatever else it needs. It goes when dropped.
pub struct Place(TempDir);

impl Place {
	/// An empty one.
	#[allow(clippy::new_without_default)]
	pub fn new() -> Self {
		Self(tempfile::Builder::new().prefix("praxis-store-").tempdir().expect("a temporary folder"))
	}

	/// A path in it.
	pub fn path(&self, name: &str) -> String {
		self.0.path().join(name).to_str().expect("UTF-8").into()
	}

	/// Runs `praxis-worker store`.
	pub fn store(&self, arguments: &[&str]) -> Value {
		let output = Command::new(binary("praxis-worker"))
			.args(["store", "--json", "--store", &self.path("store")])
			.args(arguments)
			.output()
			.expect("the worker starts");
		let text = String::from_utf8_lossy(&output.stdout);
		assert!(output.status.success(), "{arguments:?}: {text}");
		serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
	}

	/// Adds a file or directory under a profile; its CID.
	pub fn add(&self, profile: &str, path: &str) -> String {
		self.store(&["add", "--profile", profile, path])["cid"].as_str().expect("a CID").into()
	}

	/// A file of so many bytes.
	pub fn file(&self, length: usize) -> String {
		let path = self.path(&format!("{length}.bin"));
		fs::write(&path, bytes(length)).expect("written");
		path
	}

	/// A directory with a model.
	pub fn model(&self) -> String {
		let path = self.path("model");
		fs::create_dir(&path).expect("a folder");
		let data = bytes(5 << 20);
		let head =
			json!({ "hidden.weight": { "dtype": "U8", "shape": [data.len()], "data_offsets": [0, data.len()] } });
		let head = format!("{head:<128}");
		let weights = [&(head.len() as u64).to_le_bytes()[..], head.as_bytes(), &data].concat();
		fs::write(format!("{path}/model.safetensors"), weights).expect("written");
		let card = json!({
			"version": 1, "environment": "CartPole-v1", "policy_hash": "0f".repeat(32), "verified_score": 480.5,
			"parent": null, "network": { "inputs": 4, "hidden": [64, 64], "outputs": 2, "dueling": true },
			"training": { "gamma": 0.99 }, "creator": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
			"created_at": 1234,
		});
		fs::write(format!("{path}/card.json"), card.to_string()).expect("written");
		path
	}
}

/// `praxis-worker store serve`. It is ended when dropped.
pub struct Gateway {
	child: Child,
	/// `http://…` of it.
	pub url: String,
}

impl Gateway {
	/// Serves a store at a free port.
	pub fn serve(store: &Path) -> Self {
		let mut child = Command::new(binary("praxis-worker"))
			.args(["store", "serve", "--listen", "127.0.0.1:0", "--json", "--store"])
			.arg(store)
			.stdout(Stdio::piped())
			.stderr(Stdio::null())
			.spawn()
			.expect("the worker's program runs");
		let mut line = String::new();
		let out = child.stdout.take().expect("it is piped");
		BufReader::new(out).read_line(&mut line).expect("it says where it serves");
		let told: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("`{line}`: {e}"));
		let url = format!("http://{}", told["address"].as_str().expect("an address"));
		Self { child, url }
	}
}

impl Drop for Gateway {
	fn drop(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

/// Bytes of which no two chunks are alike.
pub fn bytes(length: usize) -> Vec<u8> {
	let mut state = length as u64 + 1;
	(0..length)
		.map(|_| {
			state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
			(state >> 56) as u8
		})
		.collect()
}

/// Fails unless both directories hold the same model.
pub fn same(one: &str, other: &str) {
	for name in ["card.json", "model.safetensors"] {
		let read =
			|folder: &str| fs::read(format!("{folder}/{name}")).unwrap_or_else(|e| panic!("{folder}/{name}: {e}"));
		assert!(read(one) == read(other), "{name} is the same in {one} and {other}");
	}
}
