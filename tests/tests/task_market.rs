//! A task from its posting to its payment on a real node, through polkadot.js: see `polkadot-js/market.js`. The good policy
//! is trained and quantised here, and what the chain finds is what the worker finds.

use praxis_tests::{binary, chain::hash_of, npm, wait_for, Node, NodeConfig, State, Worker, WorkerConfig};
use serde_json::Value;
use std::{path::Path, process::Command, time::Duration};

/// A token, in its smallest part.
const PRX: u64 = 1_000_000_000_000;

/// Runs the worker's program with these words and gives what it printed as JSON.
fn worker(words: &[&str]) -> Value {
	let output = Command::new(binary("praxis-worker")).args(words).output().expect("the worker's program runs");
	assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
	let text = String::from_utf8_lossy(&output.stdout);
	let last = text.lines().last().unwrap_or_default();
	serde_json::from_str(last).unwrap_or_else(|e| panic!("{words:?} printed `{last}`: {e}"))
}

/// A policy that balances the pole, in the chain's form.
fn train(folder: &Path) -> String {
	let path = |name: &str| folder.join(name).to_str().expect("the path is text").to_owned();
	let (run, policy) = (path("run"), path("cart.policy"));
	worker(&["train", "--environment", "CartPole-v1", "--until-return", "490", "--seed", "1", "--out", &run, "--json"]);
	let checkpoint = format!("{run}/policy.safetensors");
	let quantised = worker(&["quantise", &checkpoint, "--output", &policy, "--json"]);
	let loss = &quantised["loss"];
	assert!(loss["mean"].as_f64() >= Some(475.0), "the quantised policy lost too much: {loss}");
	policy
}

#[test]
fn task_should_be_judged_by_the_chain_and_paid_when_it_is_posted_through_polkadot_js() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let policy = train(folder.path());
	let scripts = npm::installed("polkadot-js");
	let node = Node::start(NodeConfig::new("dev", "alice"));
	let mut miner = Worker::start(&node, WorkerConfig::random("//Alice"));
	wait_for("the worker's first submission", Duration::from_secs(120), || {
		miner.assert_runs();
		miner.events("submitted").pop()
	});

	let output = Command::new("node")
		.arg("market.js")
		.env("PRAXIS_WS", node.url())
		.env("PRAXIS_POLICY", &policy)
		.current_dir(&scripts)
		.output()
		.unwrap_or_else(|e| panic!("node does not start ({e}): `cargo xtask setup` installs Node.js"));
	let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
	assert!(output.status.success(), "{out}\n{err}");
	let last = out.lines().last().unwrap_or_default();
	let told: Value = serde_json::from_str(last).unwrap_or_else(|e| panic!("market.js ended with `{last}`: {e}"));
	println!("{last}");

	// Two owners, in whatever order: one was paid all but what is burnt, the other nothing.
	let of = |index: usize| &told["assignments"][index]["settlement"];
	let (good, bad) = if of(0)["paid"] == 0 { (1, 0) } else { (0, 1) };
	assert_eq!(of(good)["share"], 1_000_000_000);
	assert_eq!(of(good)["paid"], 8 * PRX / 20 * 19);
	assert_eq!(of(bad)["paid"], 0);
	assert_eq!(told["paid"]["bob"].as_str(), Some((8 * PRX / 20 * 19).to_string().as_str()));
	assert!(of(bad)["slashed"].as_u64() > Some(0), "the bad policy's judgement costs its worker nothing: {told}");
	let ledger = |part: &str| told["ledger"][part].as_u64().expect("an amount");
	assert_eq!(ledger("escrowed"), ledger("paid") + ledger("returned") + ledger("burnt"));

	// The chain's score is the worker's, bit for bit.
	let (job, beacon) = (told["job"].to_string(), told["beacon"].as_str().expect("a beacon"));
	let seeds = ["--job", &job, "--beacon", beacon, "--episodes", "20", "--json"];
	let judged = worker(&[&["evaluate", "--policy", &policy, "--environment", "CartPole-v1"][..], &seeds].concat());
	assert_eq!(judged["mean_bits"], of(good)["score"]);
	assert_eq!(judged["policy"], told["model"]["policy"], "the judged policy is no model");

	let rpc = node.rpc();
	let state = State::fetch(&rpc, &hash_of(&rpc, rpc.number(None).expect("the node answers")));
	state.check().unwrap_or_else(|e| panic!("the state after the task: {e}"));
	miner.assert_runs();
}
