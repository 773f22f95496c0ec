//! polkadot.js against a real development node on which a worker mines: see `polkadot-js/praxis.test.js`.

use praxis_tests::{wait_for, Node, NodeConfig, Worker, WorkerConfig};
use std::{
	path::{Path, PathBuf},
	process::Command,
	time::Duration,
};

/// Folder of the Node package, with its dependencies installed as the lock file says.
fn package() -> PathBuf {
	let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("polkadot-js");
	let installed = folder.join("node_modules/.package-lock.json");
	let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
	if modified(&installed).is_none() || modified(&installed) < modified(&folder.join("package-lock.json")) {
		let status = Command::new("npm").arg("ci").current_dir(&folder).status();
		let status = status.unwrap_or_else(|e| panic!("npm does not start ({e}): `cargo xtask setup` installs it"));
		assert!(status.success(), "`npm ci` in {} failed: {status}", folder.display());
	}
	folder
}

#[test]
fn polkadot_js_should_work_without_custom_types() {
	let folder = package();
	let node = Node::start(NodeConfig::new("dev", "alice"));
	let mut worker = Worker::start(&node, WorkerConfig::random("//Alice"));
	wait_for("the worker's first submission", Duration::from_secs(120), || {
		worker.assert_runs();
		worker.events("submitted").pop()
	});

	let output = Command::new("node")
		.args(["--test", "--test-reporter", "spec"])
		.env("PRAXIS_WS", node.url())
		.current_dir(&folder)
		.output()
		.unwrap_or_else(|e| panic!("node does not start ({e}): `cargo xtask setup` installs Node.js"));
	assert!(
		output.status.success(),
		"{}\n{}",
		String::from_utf8_lossy(&output.stdout),
		String::from_utf8_lossy(&output.stderr),
	);
	worker.assert_runs();
}
