//! Two workers of whom nothing is known apply for one place: the chain draws lots, and both programs see it through.

use praxis_tests::{binary, npm, wait_for, Market, Node, NodeConfig, Worker, WorkerConfig};
use serde_json::Value;
use std::{collections::BTreeSet, process::Command, time::Duration};

const LIMIT: Duration = Duration::from_secs(240);

/// The last line that a command of a person with this key prints.
fn command(node: &Node, key: &str, words: &[&str]) -> Value {
	let mut command = Command::new(binary("praxis-worker"));
	command.args(words).arg("--json").env("PRAXIS_NODE", node.url()).env("PRAXIS_KEY", key);
	let output = command.output().expect("the program runs");
	assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
	let text = String::from_utf8_lossy(&output.stdout);
	serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn one_of_two_workers_should_be_drawn_by_lot_when_nothing_is_known_of_either() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let scripts = npm::installed("polkadot-js");
	let node = Node::start(NodeConfig::new("dev", "alice"));
	let mut miner = Worker::start(&node, WorkerConfig::random("//Alice"));
	wait_for("the miner's first submission", LIMIT, || {
		miner.assert_runs();
		miner.events("submitted").pop()
	});
	for owner in ["//Bob", "//Charlie"] {
		let mut script = Command::new("node");
		script.args(["work.js", "register", owner]).env("PRAXIS_WS", node.url()).current_dir(&scripts);
		assert!(script.status().expect("Node.js runs").success(), "{owner} is not registered");
	}
	let workers = ["//Bob//operator", "//Charlie//operator"].map(|operator| {
		let name = operator.replace('/', "-");
		Market::start(&node, &folder.path().join(&name), operator, &name, &["--control", "off"])
	});
	for worker in &workers {
		wait_for("a worker's start", LIMIT, || worker.told("start").pop());
	}
	// Both ask the same price, so neither their price nor what is known of them decides.
	let wishes = ["--environment", "CartPole-v1", "--target", "60", "--budget", "8.5", "--workers", "1"];
	let phases = ["--apply-blocks", "4", "--train-blocks", "40", "--reveal-blocks", "20"];
	let posted = command(&node, "//Dave", &[&["task", "post"][..], &wishes, &phases].concat());
	let task = posted["task"].to_string();

	let drawing = wait_for("the drawing of lots", LIMIT, || {
		let shown = command(&node, "//Dave", &["task", "show", &task]);
		assert!(shown["state"] == "open" || shown["state"] == "drawing", "no lots were drawn: {shown}");
		(shown["state"] == "drawing").then_some(shown)
	});
	let standings = |shown: &Value| -> Vec<String> {
		let ranking = shown["ranking"].as_array().expect("a list");
		ranking.iter().map(|one| one["standing"].as_str().expect("a word").to_owned()).collect()
	};
	assert_eq!(standings(&drawing), ["waiting", "waiting"], "{drawing}");

	let settled = wait_for("the settlement", LIMIT, || {
		let shown = command(&node, "//Dave", &["task", "show", &task]);
		(shown["state"] == "settled").then_some(shown)
	});
	let standings: BTreeSet<_> = standings(&settled).into_iter().collect();
	assert!(standings.len() == 2 && standings.contains("chosen"), "{settled}");
	assert_eq!(settled["assignments"].as_array().map(Vec::len), Some(1), "{settled}");
	assert_eq!(settled["ledger"]["held"], "0", "{settled}");

	// Each tells how it ended for it: the one is paid, the other was not chosen and is free for other tasks.
	let mut outcomes: Vec<_> = workers
		.iter()
		.map(|worker| {
			let told = wait_for("how it ended for a worker", LIMIT, || {
				[worker.told("settled"), worker.told("ended")].concat().pop()
			});
			let waited = worker.told("waiting").iter().any(|told| told["for"] == "lot");
			assert!(waited, "it does not know of the lots: {:?}", worker.events());
			(told["event"].as_str().expect("a word").to_owned(), told)
		})
		.collect();
	outcomes.sort_by(|one, other| one.0.cmp(&other.0));
	assert_eq!(outcomes[0].1["outcome"], "not-chosen", "{outcomes:?}");
	assert_eq!(outcomes[1].0, "settled", "{outcomes:?}");
	assert_eq!(outcomes[1].1["paid"], settled["assignments"][0]["settlement"]["paid"], "{outcomes:?}");
	miner.assert_runs();
}
