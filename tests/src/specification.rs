//! Chain specifications that differ from the shipped ones.

use crate::binary;
use serde_json::Value;
use std::{fs, process::Command};
use tempfile::TempDir;

/// A specification in a file, gone when dropped.
pub struct Specification {
	folder: TempDir,
}

impl Specification {
	/// `chain` with another genesis: `change` is given the genesis configuration. `id` tells the new chain apart.
	pub fn new(chain: &str, id: &str, change: impl FnOnce(&mut Value)) -> Self {
		let output = Command::new(binary("praxis-node")).args(["export-chain-spec", "--chain", chain]).output();
		let output = output.expect("the node starts");
		assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
		let mut specification: Value = serde_json::from_slice(&output.stdout).expect("a specification is JSON");
		specification["id"] = id.into();
		specification["name"] = id.into();
		change(&mut specification["genesis"]["runtimeGenesis"]["patch"]);
		let folder = tempfile::Builder::new().prefix("praxis-chain-").tempdir().expect("a temporary folder");
		fs::write(folder.path().join("spec.json"), specification.to_string()).expect("the folder is writable");
		Self { folder }
	}

	/// Its file, for `--chain`.
	pub fn path(&self) -> String {
		self.folder.path().join("spec.json").to_str().expect("the path is text").to_owned()
	}
}
