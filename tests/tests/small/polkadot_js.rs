//! polkadot.js against a real development node on which a worker mines: see `polkadot-js/praxis.test.js`.

use praxis_tests::{npm, wait_for, Node, NodeConfig, Worker, WorkerConfig};
use std::{process::Command, time::Duration};

#[test]
fn polkadot_js_should_work_without_custom_types() {
	let folder = npm::installed("polkadot-js");
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
