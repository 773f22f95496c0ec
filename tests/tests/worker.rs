//! A learning worker on a development node: it submits, learns from the chain and outlives its node.

use praxis_tests::{wait_for, Node, NodeConfig, Worker, WorkerConfig};
use std::time::Duration;

/// Memory that a worker may hold, in MiB.
const MAX_WORKER_MIB: u64 = 600;

const LIMIT: Duration = Duration::from_secs(180);

/// Waits until the worker has written `count` more events of a kind than before.
fn wait_for_events(worker: &mut Worker, kind: &str, count: usize) {
	let before = worker.events(kind).len();
	wait_for(&format!("{count} more `{kind}` of the worker"), LIMIT, || {
		worker.assert_runs();
		(worker.events(kind).len() >= before + count).then_some(())
	});
}

#[test]
fn worker_should_go_on_when_its_node_crashed_and_came_back() {
	let mut node = Node::start(NodeConfig::new("dev", "alice"));
	let mut worker = Worker::start(&node, WorkerConfig::learning("//Alice"));
	wait_for_events(&mut worker, "submitted", 3);

	let height = node.rpc().number(None).expect("the node answers");
	node.kill();
	// The worker notices, and waits instead of ending.
	wait_for_events(&mut worker, "idle", 1);
	node.restart();
	wait_for_events(&mut worker, "submitted", 3);
	wait_for("blocks with its transitions after the restart", LIMIT, || {
		let mine = |event: &serde_json::Value| {
			event["mine"] == true
				&& event["reward"].as_f64() > Some(0.0)
				&& event["height"].as_u64() > Some(height.into())
		};
		(worker.events("block").iter().filter(|event| mine(event)).count() >= 3).then_some(())
	});

	let memory = worker.memory_mib().expect("a running worker has memory");
	assert!(memory < MAX_WORKER_MIB, "the worker holds {memory} MiB");

	worker.stop();
	let last = worker.events("evaluation").pop().expect("it evaluates its policy when it stops");
	assert!(last["updates"].as_u64() > Some(0), "it made no gradient step: {last}");
	assert!(last["from_chain"].as_u64() > Some(0), "it learned nothing from the chain: {last}");
	assert_eq!(worker.events("stop").len(), 1);
	node.stop();
}
