//! A learning worker on a development node: it submits, learns from the chain, outlives its node, and goes on from its
//! checkpoint when it was killed itself.

use praxis_tests::{
	chain::{extrinsics, hash_of, score_of},
	network::wait_for_height,
	wait_for, Audit, Node, NodeConfig, Worker, WorkerConfig,
};
use serde_json::Value;
use std::{path::Path, time::Duration};

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

/// Blocks that the node makes without its worker.
const BLOCKS_ALONE: u32 = 3;

/// Gradient steps and environment steps that a checkpoint was written after: its metadata are JSON in a header of JSON.
fn counters(checkpoint: &Path) -> Option<(u64, u64)> {
	let bytes = std::fs::read(checkpoint).ok()?;
	let (length, rest) = bytes.split_first_chunk::<8>()?;
	let header: Value = serde_json::from_slice(rest.get(..u64::from_le_bytes(*length) as usize)?).ok()?;
	let description: Value = serde_json::from_str(header["__metadata__"]["praxis"].as_str()?).ok()?;
	Some((description["updates"].as_u64()?, description["steps"].as_u64()?))
}

#[test]
fn worker_should_go_on_from_its_checkpoint_when_it_was_killed_in_training() {
	let mut nodes = [Node::start(NodeConfig::new("dev", "alice"))];
	let mut audit = Audit::begin(&nodes[0]);
	let mut config = WorkerConfig::learning("//Alice");
	let flags = ["--checkpoint", "agent.safetensors", "--evaluate-every", "2", "--max-updates-per-block", "100"];
	config.flags = flags.map(String::from).to_vec();
	let mut worker = Worker::start(&nodes[0], config);
	// The agent is kept as it played best, so the first that are written may not have learnt yet.
	let checkpoint = worker.path("agent.safetensors");
	wait_for("a checkpoint of an agent that has learnt", LIMIT, || {
		worker.assert_runs();
		counters(&checkpoint).filter(|(updates, _)| *updates > 0)
	});
	worker.kill();
	let (updates, steps) = counters(&checkpoint).expect("the checkpoint is whole");

	// Without transitions the node goes on.
	let rpc = nodes[0].rpc();
	let height = rpc.number(None).expect("the node answers");
	wait_for_height(&nodes[0], height + 1 + BLOCKS_ALONE);
	for number in height + 2..=height + 1 + BLOCKS_ALONE {
		let hash = hash_of(&rpc, number);
		assert_eq!(score_of(&rpc, &hash).reward, Default::default(), "block {number} has a reward");
		assert_eq!(extrinsics(&rpc, &hash).len(), 1, "block {number} holds more than its timestamp");
	}

	let before = worker.events("evaluation").len();
	worker.restart();
	wait_for_events(&mut worker, "submitted", 3);
	let resumed = worker.events("evaluation").swap_remove(before);
	assert_eq!((resumed["updates"].as_u64(), resumed["steps"].as_u64()), (Some(updates), Some(steps)), "{resumed}");
	wait_for("more gradient steps than were saved", LIMIT, || {
		worker.assert_runs();
		let last = worker.events("evaluation").pop()?;
		last["updates"].as_u64().filter(|now| *now > updates)
	});
	println!("killed, the worker went on from {updates} gradient steps and {steps} steps");
	let books = audit.check(&nodes);
	assert!(books.full > 0 && books.full < books.blocks, "some blocks are empty, some are not: {books:?}");
	worker.stop();
	nodes[0].stop();
}
