//! A worker on a real node as an operator sees it: `doctor`, `status`, `/metrics`, `/healthz`, and a node that goes away,
//! comes back, or is another chain's. While it mines it serves models.

use praxis_tests::{
	binary, free_port,
	store::{same, Place},
	wait_for, Node, NodeConfig, Worker, WorkerConfig,
};
use serde_json::Value;
use std::{
	io::{Read, Write},
	net::TcpStream,
	process::{Command, Output},
	time::Duration,
};

const LIMIT: Duration = Duration::from_secs(180);

fn worker(arguments: &[&str]) -> Output {
	let mut command = Command::new(binary("praxis-worker"));
	command.args(arguments).env("PRAXIS_KEY", "//Alice").output().expect("the worker starts")
}

fn json(output: &Output) -> Value {
	serde_json::from_slice(&output.stdout)
		.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

fn page(address: &str, path: &str) -> String {
	let mut stream = TcpStream::connect(address).expect("it listens");
	write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("it reads");
	let mut answer = String::new();
	stream.read_to_string(&mut answer).expect("an answer");
	answer
}

/// Waits until the state is as wanted; gives it and the exit code of `status`.
fn wait_for_status(what: &str, control: &str, wanted: impl Fn(&Value) -> bool) -> (Option<i32>, Value) {
	wait_for(what, LIMIT, || {
		let output = worker(&["status", "--control", control, "--json"]);
		let status: Value = serde_json::from_slice(&output.stdout).ok()?;
		wanted(&status).then_some((output.status.code(), status))
	})
}

fn number(value: &Value) -> u64 {
	value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Somebody else, with a store of its own, takes a model from a gateway.
fn fetch_from(gateway: &str, cid: &str, model: &str) {
	let stranger = Place::new();
	let got = stranger.path("got");
	stranger.store(&["get", cid, "--output", &got, "--peer", &format!("http://{gateway}")]);
	same(model, &got);
}

#[test]
fn a_worker_should_tell_what_the_chain_knows_and_recover_when_its_node_goes_away() {
	let mut node = Node::start(NodeConfig::new("dev", "alice"));
	let url = node.url();

	// Before it mines: everything is as it should be.
	let checks = wait_for("doctor to be content", LIMIT, || {
		let output = worker(&["doctor", "--node", &url, "--device", "cpu", "--json"]);
		output.status.success().then(|| json(&output))
	});
	for check in ["node", "authority", "work", "key-on-chain", "balance", "bond", "author-key"] {
		let found = checks.as_array().expect("a list").iter().find(|found| found["check"] == check).expect(check);
		assert_eq!(found["result"], "ok", "{found}");
	}
	// Somebody else has no bond here.
	let output = Command::new(binary("praxis-worker"))
		.args(["doctor", "--node", &url, "--device", "cpu", "--json"])
		.env("PRAXIS_KEY", "//Nobody")
		.output()
		.expect("the worker starts");
	assert_eq!(output.status.code(), Some(1));
	let checks = json(&output);
	let failed = |check: &str| {
		let found = checks.as_array().expect("a list").iter().find(|found| found["check"] == check).expect("a check");
		found["result"] == "failure" && found["remedy"].is_string()
	};
	assert!(failed("bond") && failed("balance"), "{checks}");

	// While it mines it serves the models of its store.
	let shelf = Place::new();
	let (model, store) = (shelf.model(), shelf.path("store"));
	let cid = shelf.store(&["add", "--model", &model])["cid"].as_str().expect("a CID").to_owned();
	let [control, gateway] = [(); 2].map(|()| format!("127.0.0.1:{}", free_port()));
	let flags = ["--random", "--control", &control, "--gateway", &gateway, "--store", &store];
	let mut mining =
		Worker::start(&node, WorkerConfig { key: "//Alice".into(), flags: flags.map(str::to_string).to_vec() });
	let (code, status) = wait_for_status("a rewarded block", &control, |status| {
		status["state"] == "mining" && !status["rewarded"].is_null() && status["blocks"]["finalised"].as_u64() > Some(0)
	});
	assert_eq!((code, &status["healthy"]), (Some(0), &Value::Bool(true)), "{status}");
	assert!(number(&status["counts"]["accepted"]) > 0);

	// What it says was rewarded stands in the chain.
	let rpc = node.rpc();
	let rewarded = &status["rewarded"];
	let height = u32::try_from(number(&rewarded["height"])).expect("a height");
	assert_eq!(rpc.block_hash(height).as_deref(), rewarded["hash"].as_str());
	let awards = |status: &Value, chain: &str| {
		let text = status["blocks"][format!("awards_{chain}")].as_str().expect("an amount").to_string();
		text.parse::<u128>().expect("a number")
	};
	assert!(awards(&status, "finalised") > 0 && awards(&status, "best") >= awards(&status, "finalised"));
	assert!(number(&status["finalised"]["height"]) <= number(&status["best"]["height"]));
	// People read tokens.
	assert_eq!(status["node"]["token"], serde_json::json!(["PRX", 12]), "{status}");
	let text = String::from_utf8(worker(&["status", "--control", &control]).stdout).expect("text");
	let earned = text.lines().find(|line| line.starts_with("earned")).expect("what it earned");
	assert!(earned.contains(" PRX in "), "{earned}");

	let health = page(&control, "/healthz");
	assert!(health.starts_with("HTTP/1.1 200") && health.contains("ok: mining"), "{health}");
	let metrics = page(&control, "/metrics");
	assert!(metrics.contains("praxis_worker_healthy 1\n"), "{metrics}");
	let counted = metrics.lines().find_map(|line| line.strip_prefix("praxis_worker_rewarded_blocks{chain=\"best\"} "));
	assert!(counted.and_then(|count| count.parse::<f64>().ok()) >= Some(1.0), "{metrics}");

	fetch_from(&gateway, &cid, &model);

	// The node goes away and comes back.
	node.kill();
	let (code, status) = wait_for_status("the loss of the node", &control, |status| status["state"] == "connecting");
	assert_eq!((code, &status["node"]["connected"]), (Some(1), &Value::Bool(false)));
	assert!(page(&control, "/healthz").starts_with("HTTP/1.1 503"));
	fetch_from(&gateway, &cid, &model);
	let before = number(&status["counts"]["accepted"]);
	node.restart();
	let (_, status) = wait_for_status("mining again", &control, |status| {
		status["state"] == "mining" && status["counts"]["accepted"].as_u64() > Some(before)
	});
	assert!(number(&status["node"]["connections"]) >= 2, "{status}");

	mining.assert_runs();
	mining.stop();
	assert_eq!(worker(&["status", "--control", &control]).status.code(), Some(2), "nobody answers any more");
	node.stop();
}

#[test]
fn a_worker_should_not_work_for_another_chain_than_it_is_meant_for() {
	let mut node = Node::start(NodeConfig::new("dev", "alice"));
	let control = format!("127.0.0.1:{}", free_port());
	let other = format!("0x{}", "ab".repeat(32));
	let flags = ["--random", "--control", &control, "--genesis", &other].map(str::to_string).to_vec();
	let mut mining = Worker::start(&node, WorkerConfig { key: "//Alice".into(), flags });
	let (code, status) =
		wait_for_status("the wrong chain to be told", &control, |status| status["reason"]["code"] == "another-chain");
	assert_eq!(code, Some(1));
	assert!(status["reason"]["remedy"].as_str().is_some_and(|remedy| remedy.contains("--node")), "{status}");
	assert_eq!(status["counts"]["work"], 0);
	mining.assert_runs();
	mining.stop();
	node.stop();
}
