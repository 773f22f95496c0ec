//! A session of the teaching market through polkadot.js alone, on a real node: see `polkadot-js/teaching.js`. What it says is
//! compared with the chain's own arithmetic, and the lessons that it wrote with the worker's reading of them.

use praxis_primitives_teaching::{payout, Scale};
use praxis_tests::{
	binary, chain::hash_of, npm, store::Gateway, wait_for, Node, NodeConfig, State, Worker, WorkerConfig,
};
use serde_json::{json, Value};
use sp_runtime::Perbill;
use std::{path::Path, process::Command, time::Duration};

/// A token, in its smallest part.
const PRX: u128 = 1_000_000_000_000;

/// As the script asks for.
const REWARD: u128 = 100 * PRX;
const FEE: u128 = PRX;
const STAKE: u128 = 10 * PRX;
const ITEMS: u32 = 48;

/// Transaction fees of a party are less.
const FEES: u128 = PRX / 10;

/// Runs the script; gives the JSON with which it ends.
fn script(node: &Node, folder: &Path, gateway: &Gateway) -> Value {
	let output = Command::new("node")
		.arg("teaching.js")
		.env("PRAXIS_WS", node.url())
		.env("PRAXIS_WORKER", binary("praxis-worker"))
		.env("PRAXIS_STORE", folder.join("served"))
		.env("PRAXIS_GATEWAY", &gateway.url)
		.env("PRAXIS_SCRATCH", folder)
		.current_dir(npm::installed("polkadot-js"))
		.output()
		.unwrap_or_else(|e| panic!("node does not start ({e}): `cargo xtask setup` installs Node.js"));
	let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
	assert!(output.status.success(), "{out}\n{err}");
	let last = out.lines().last().unwrap_or_default();
	println!("{last}");
	serde_json::from_str(last).unwrap_or_else(|e| panic!("it ended with `{last}`: {e}"))
}

/// Runs the worker's program; gives its last line.
fn worker(words: &[&str]) -> Value {
	let output = Command::new(binary("praxis-worker")).args(words).arg("--json").output().expect("the program runs");
	let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
	assert!(output.status.success(), "{words:?}: {out}\n{err}");
	let last = out.lines().last().unwrap_or_default();
	serde_json::from_str(last).unwrap_or_else(|e| panic!("{words:?} ended with `{last}`: {e}"))
}

fn amount(value: &Value) -> u128 {
	value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no amount"))
}

fn number(value: &Value) -> u32 {
	value.as_u64().and_then(|number| number.try_into().ok()).unwrap_or_else(|| panic!("{value} is no number"))
}

fn scale() -> Scale {
	Scale { min: Perbill::from_percent(40), mid: Perbill::from_percent(90), max: Perbill::one() }
}

/// What a lesson earned, by the chain's formula.
fn worth(from: u32, to: u32) -> u128 {
	let of = |correct| payout(REWARD, &scale(), correct, ITEMS);
	of(to.max(from)) - of(from)
}

/// Scores are those that the script counted with its own arithmetic, payouts those of the formula.
fn check_curve(told: &Value) -> u128 {
	let base = number(&told["base"]);
	assert_eq!((base, number(&told["expected"]["base"])), (base, base));
	assert!(number(&told["half"]) > 0 && number(&told["half"]) < ITEMS, "one chunk is counted: {}", told["half"]);
	let (mut best, mut sum) = (base, 0);
	let curve = told["curve"].as_array().expect("a list");
	assert_eq!(curve.len(), 2);
	for one in curve {
		let correct = number(&one["correct"]);
		assert_eq!(amount(&one["paid"]), worth(best, correct));
		(best, sum) = (best.max(correct), sum + amount(&one["paid"]));
	}
	assert_eq!(number(&told["expected"]["best"]), best);
	assert!(best > base, "the good lesson taught nothing");
	let scale = scale();
	let of = |tenths| payout(REWARD, &scale, tenths, 10);
	assert_eq!(amount(&told["quote"]), of(9) - of(5));
	sum
}

/// Who has what more or less than before, transaction fees apart.
fn check_purses(told: &Value, sum: u128) {
	let of = |when: &str, who: &str, part: &str| amount(&told[when][who][part]) as i128;
	let total = |when: &str, who: &str| of(when, who, "free") + of(when, who, "held");
	let earned = |who: &str| {
		let curve = told["curve"].as_array().expect("a list");
		let own = curve.iter().find(|one| one["lesson"] == told["lessons"][who]).expect("its lesson is in the curve");
		amount(&own["paid"]) as i128 - FEE as i128
	};
	let expected =
		[("bob", 2 * FEE as i128 - sum as i128), ("charlie", earned("charlie")), ("dave", 0), ("eve", earned("eve"))];
	for (who, gained) in expected {
		let lost = total("before", who) + gained - total("after", who);
		assert!((1..FEES as i128).contains(&lost), "{who} lost {lost} beside what is due");
		assert!(who == "bob" || of("after", who, "held") == 0, "{who} has something on hold");
	}
}

#[test]
fn session_should_be_taught_and_paid_when_both_sides_use_polkadot_js() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let gateway = Gateway::serve(&folder.path().join("served"));
	let node = Node::start(NodeConfig::new("dev", "alice"));
	let mut miner = Worker::start(&node, WorkerConfig::random("//Alice"));
	wait_for("the miner's first submission", Duration::from_secs(120), || {
		miner.assert_runs();
		miner.events("submitted").pop()
	});
	let told = script(&node, folder.path(), &gateway);
	let sum = check_curve(&told);
	check_purses(&told, sum);
	let ledger = ["escrowed", "paid", "returned", "burnt"].map(|part| amount(&told["ledger"][part]));
	// Dave's stake came and went.
	let expected = [REWARD + 2 * FEE + 3 * STAKE, sum + 2 * FEE, REWARD - sum + 3 * STAKE, 0];
	assert_eq!(ledger, expected);
	assert_eq!(told["staked"][0]["stake"], STAKE.to_string());
	assert_eq!((&told["staked"][0]["fees"], &told["staked"][1]["fees"]), (&json!("0"), &json!(FEE.to_string())));
	assert!(number(&told["staked"][1]["until"]) >= number(&told["settledAt"]), "{told}");
	assert_eq!((&told["left"], &told["stakesAfter"], &told["openAfter"]), (&json!(0), &json!(0), &json!(0)));
	assert_eq!(told["open"], json!([told["session"]]));
	assert_eq!(told["audit"], told["labels"]);
	for (one, name) in told["refusals"].as_array().expect("a list").iter().zip([
		"BadScale",
		"WrongState",
		"BadProof",
		"AlreadyJoined",
		"HasLessons",
		"AlreadyCounted",
		"NotCounted",
	]) {
		let text = one.as_str().expect("text");
		assert!(text.starts_with(&format!("teaching.{name}: ")), "{text}");
	}

	// The worker reads what the scripts wrote: the audit in the blocks, and the lessons' files.
	let session = told["session"].to_string();
	let audit = worker(&["teach", "audit", &session, "--node", &node.url()]);
	let labels: Vec<&Value> = audit["items"].as_array().expect("a list").iter().map(|item| &item["label"]).collect();
	assert_eq!(json!(labels), told["labels"]);
	let zeros = labels.iter().filter(|label| **label == 0).count();
	assert_eq!(audit["base_correct"], zeros, "the base says 0 to everything");
	let good = folder.path().join("good.safetensors");
	let good = good.to_str().expect("the path is text");
	let shape = ["--features", "4", "--classes", "2", "--hidden", "4", "--seconds", "1"];
	let read = worker(&[&["student", "rehearse", "--own", good, "--lesson", good][..], &shape].concat());
	assert_eq!(read["curve"][0]["examples"], 60);

	let rpc = node.rpc();
	let state = State::fetch(&rpc, &hash_of(&rpc, rpc.number(None).expect("the node answers")));
	state.check().unwrap_or_else(|e| panic!("the state after the session: {e}"));
	miner.assert_runs();
}
