//! `praxis-worker work` on a real node: a task that is posted through polkadot.js is applied for, trained, committed,
//! revealed and paid, although the worker is killed in every phase.

use praxis_tests::{binary, npm, wait_for, Market, Node, NodeConfig, Worker, WorkerConfig};
use serde_json::Value;
use std::{
	process::{Command, Stdio},
	time::Duration,
};

/// A token, in its smallest part.
const PRX: u64 = 1_000_000_000_000;

/// The key of the worker.
const OPERATOR: &str = "//Bob//operator";

#[test]
fn task_should_be_trained_and_paid_when_the_worker_is_killed_in_every_phase() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let scripts = npm::installed("polkadot-js");
	let node = Node::start(NodeConfig::new("dev", "alice"));
	let mut miner = Worker::start(&node, WorkerConfig::random("//Alice"));
	wait_for("the miner's first submission", Duration::from_secs(120), || {
		miner.assert_runs();
		miner.events("submitted").pop()
	});
	let script = |word: &str| {
		let mut command = Command::new("node");
		command.args(["work.js", word]).env("PRAXIS_WS", node.url()).current_dir(&scripts);
		command
	};

	// Nobody has registered yet.
	let once = ["--once", "--control", "off"];
	let start = |name: &str| Market::start(&node, folder.path(), OPERATOR, name, &once);
	let mut stranger = start("stranger");
	assert_eq!(stranger.end(), Some(2), "{}", stranger.log());
	let told = Value::from(stranger.events()).to_string();
	assert!(told.contains("\"not-registered\"") && told.contains("acceptOperator"), "{told}");

	assert!(script("register").status().expect("Node.js runs").success(), "the worker is not registered");
	let requester = script("post").stdout(Stdio::piped()).spawn().expect("Node.js runs");
	// Killed at the moment it says this, it goes on from its state folder.
	let phases = [
		("sent", "call", "apply"),
		("training", "event", "training"),
		("sent", "call", "commit"),
		("sent", "call", "reveal"),
	];
	let mut events = Vec::new();
	for (number, (event, field, value)) in phases.into_iter().enumerate() {
		let mut killed = start(&format!("killed-{number}"));
		killed.wait(event, field, value);
		killed.kill();
		events.push(killed.events());
	}
	let found = |name: &str| events.iter().flatten().find(|event| event["event"] == name).cloned();
	let checked = found("checked").expect("it checks its policy");
	assert!(checked["mean"].as_f64() >= Some(450.0), "{checked}");
	let stored = found("stored").expect("it stores its model");
	let trains = |events: &[Value]| events.iter().any(|event| event["event"] == "training");
	assert!(trains(&events[2]) && !trains(&events[3]), "it trains until it has committed, and not again");

	let mut last = start("last");
	let settled = last.wait("settled", "outcome", "settled");
	assert_eq!(last.end(), Some(0), "{}", last.log());

	let output = requester.wait_with_output().expect("Node.js runs");
	let out = String::from_utf8_lossy(&output.stdout);
	assert!(output.status.success(), "{out}");
	let chain: Value = serde_json::from_str(out.lines().last().unwrap_or_default()).expect("work.js ends with JSON");
	println!("{chain}");
	let settlement = &chain["assignments"][0]["settlement"];
	assert_eq!(settlement["paid"], 8 * PRX / 20 * 19);
	assert_eq!(settled["paid"].as_str(), Some(settlement["paid"].to_string().as_str()));
	assert_eq!(settled["share"], 1_000_000_000);

	// The model is in the store under the CID that the chain has.
	let cid = chain["assignments"][0]["commit"]["cid"].as_str().expect("a CID").to_owned();
	let shown = stored["cid"].as_str().expect("a CID");
	let card = Command::new(binary("praxis-worker"))
		.args(["store", "cat", &format!("{shown}/card.json"), "--store"])
		.arg(folder.path().join("store"))
		.output()
		.expect("the worker's program runs");
	let card: Value = serde_json::from_slice(&card.stdout).expect("a card");
	assert_eq!(format!("0x{}", card["policy_hash"].as_str().expect("a hash")), checked["policy"]);
	assert_eq!(chain["assignments"][0]["reveal"]["policy"], checked["policy"]);
	assert!(cid.starts_with("0x0170"), "{cid} is no CIDv1 of a directory");
	miner.assert_runs();
}
