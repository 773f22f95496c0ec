//! A task from its posting to its payment on a real node, through polkadot.js: see `polkadot-js/market.js`. The good policy
//! is trained and quantised here, and what the chain finds is what the worker finds. Its full weights are then sold and
//! given away: see `polkadot-js/selling.js` and `polkadot-js/sharing.js`.

use praxis_tests::{
	binary, chain::hash_of, npm, store::Gateway, wait_for, Node, NodeConfig, State, Worker, WorkerConfig,
};
use serde_json::{json, Value};
use std::{fs, path::PathBuf, process::Command, time::Duration};

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

/// What is made before the task is posted.
struct Trained {
	folder: tempfile::TempDir,
	/// What `quantise` told.
	quantised: Value,
}

impl Trained {
	fn path(&self, name: &str) -> PathBuf {
		self.folder.path().join(name)
	}

	fn text(&self, name: &str) -> String {
		self.path(name).to_str().expect("the path is text").into()
	}

	/// A policy that balances the pole, in the chain's form, and its full weights as a model.
	fn new() -> Self {
		let folder = tempfile::tempdir().expect("a temporary folder");
		let mut trained = Self { folder, quantised: Value::Null };
		let run = trained.text("run");
		worker(&[
			"train",
			"--environment",
			"CartPole-v1",
			"--until-return",
			"490",
			"--seed",
			"1",
			"--out",
			&run,
			"--json",
		]);
		let checkpoint = format!("{run}/policy.safetensors");
		trained.quantised = worker(&["quantise", &checkpoint, "--output", &trained.text("cart.policy"), "--json"]);
		let loss = &trained.quantised["loss"];
		assert!(loss["mean"].as_f64() >= Some(475.0), "the quantised policy lost too much: {loss}");

		fs::create_dir(trained.path("model")).expect("a folder");
		fs::create_dir(trained.path("scratch")).expect("a folder");
		fs::copy(checkpoint, trained.path("model/model.safetensors")).expect("the weights are copied");
		let card = json!({
			"version": 1, "environment": "CartPole-v1", "verified_score": loss["mean"],
			"policy_hash": trained.quantised["policy"].as_str().expect("a hash").trim_start_matches("0x"),
			"parent": null, "network": { "inputs": 4, "hidden": [64, 64], "outputs": 2, "dueling": true },
			"training": {}, "creator": "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty", "created_at": 1,
		});
		fs::write(trained.path("model/card.json"), card.to_string()).expect("the card is written");
		trained
	}
}

/// A script of `polkadot-js` with all that one of them asks for; gives the JSON with which it ends.
fn script(name: &str, node: &Node, trained: &Trained, gateway: &Gateway) -> Value {
	let output = Command::new("node")
		.arg(name)
		.env("PRAXIS_WS", node.url())
		.env("PRAXIS_WORKER", binary("praxis-worker"))
		.env("PRAXIS_POLICY", trained.path("cart.policy"))
		.env("PRAXIS_MODEL", trained.path("model"))
		.env("PRAXIS_STORE", trained.path("served"))
		.env("PRAXIS_GATEWAY", &gateway.url)
		.env("PRAXIS_SCRATCH", trained.path("scratch"))
		.current_dir(npm::installed("polkadot-js"))
		.output()
		.unwrap_or_else(|e| panic!("node does not start ({e}): `cargo xtask setup` installs Node.js"));
	let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
	assert!(output.status.success(), "{name}: {out}\n{err}");
	let last = out.lines().last().unwrap_or_default();
	println!("{last}");
	serde_json::from_str(last).unwrap_or_else(|e| panic!("{name} ended with `{last}`: {e}"))
}

/// What market.js told: who was paid and what the chain found.
fn check_task(told: &Value, policy: &str) {
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
	let seeds = ["--job", &job, "--beacon", beacon, "--episodes", "100", "--json"];
	let judged = worker(&[&["evaluate", "--policy", policy, "--environment", "CartPole-v1"][..], &seeds].concat());
	assert_eq!(judged["mean_bits"], of(good)["score"]);
	assert_eq!(judged["policy"], told["model"]["policy"], "the judged policy is no model");
}

/// What market.js saw on the way: the ranking before the selection, every transition, the judgement block by block.
fn check_reads(told: &Value) {
	let ranking = told["ranking"].as_array().expect("a list");
	let ranks: Vec<_> = ranking.iter().map(|applicant| (&applicant["rank"], &applicant["price"])).collect();
	// Newcomers have no quality: the cheaper one is first.
	assert_eq!(ranks, [(&json!(0), &json!(2 * PRX)), (&json!(1), &json!(8 * PRX))]);
	assert!(ranking.iter().all(|applicant| applicant["standing"] == "Chosen" && applicant["total"] == 0), "{told}");

	let open = told["open"].as_array().expect("a list");
	assert_eq!(open.iter().map(|task| &task["id"]).collect::<Vec<_>>(), [&told["task"]]);
	assert!(open[0]["state"].get("open").is_some(), "{open:?}");

	// The worker's record after its first good task.
	assert_eq!((&told["record"]["judged"], &told["record"]["faults"]), (&json!(1), &json!(0)));
	assert_eq!(told["record"]["reputation"], told["quality"]["reputation"]);
	for term in ["reputation", "expertise", "compute"] {
		assert!(told["quality"][term].as_u64() > Some(0), "{term}: {}", told["quality"]);
	}

	let events: Vec<_> = told["events"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
	let places =
		["TaskPosted", "Applied", "TaskAssigned", "Committed", "CommitsClosed", "Revealed", "EvaluationStarted"]
			.into_iter()
			.chain(["WorkerSettled", "TaskSettled"])
			.map(|name| {
				events.iter().position(|event| *event == name).unwrap_or_else(|| panic!("no {name} in {events:?}"))
			});
	assert!(places.collect::<Vec<_>>().is_sorted(), "{events:?}");

	let judgement = told["judgement"].as_array().expect("a list");
	let counted =
		|field: &str| -> Vec<Option<u64>> { judgement.iter().map(|progress| progress[field].as_u64()).collect() };
	// 100 episodes of 500 steps are more than one block's work.
	assert!(counted("episodes").iter().max() > Some(&Some(0)), "nothing was seen of the judgement: {told}");
	assert!(counted("judged").is_sorted(), "{judgement:?}");
	let playing = judgement.iter().find(|progress| progress["episodes"] != 0).expect("one is playing");
	assert_eq!(playing["queue"], json!([told["job"]]));
	assert_eq!(playing["request"]["episodes"], 100);
}

/// What selling.js told: how three sales ended.
fn check_sales(told: &Value, policy: &Value) {
	assert_eq!((&told["policy"], &told["root"]), (policy, &told["plain"]));
	assert_eq!(told["right"], true);
	assert_eq!(told["price"], (5 * PRX).to_string());
	assert_eq!(told["accepted"], json!(["Paid"]));
	assert_eq!(told["lost"], json!(["Paid", "StakeBurnt"]));
	assert_eq!(told["won"], json!(["Refunded", "SellerSlashed", "OfferClosed"]));
	// A fifth of the price and the least bond; price and stake.
	assert_eq!((&told["burnt"], &told["stake"]), (&json!((PRX / 10 * 11).to_string()), &json!((PRX / 10).to_string())));
	assert_eq!(told["refunded"], (PRX / 10 * 51).to_string());
	assert_eq!((&told["open"], &told["held"]), (&json!(0), &json!(["0", "0"])));
}

#[test]
fn task_should_be_judged_and_paid_and_its_model_sold_and_shared_when_it_is_posted_through_polkadot_js() {
	let trained = Trained::new();
	let policy = &trained.quantised["policy"];
	let gateway = Gateway::serve(&trained.path("served"));
	let node = Node::start(NodeConfig::new("dev", "alice"));
	let mut miner = Worker::start(&node, WorkerConfig::random("//Alice"));
	wait_for("the worker's first submission", Duration::from_secs(120), || {
		miner.assert_runs();
		miner.events("submitted").pop()
	});

	let told = script("market.js", &node, &trained, &gateway);
	check_task(&told, &trained.text("cart.policy"));
	check_reads(&told);
	check_sales(&script("selling.js", &node, &trained, &gateway), policy);
	let shared = script("sharing.js", &node, &trained, &gateway);
	assert_eq!((&shared["policy"], &shared["right"]), (policy, &json!(true)));
	assert_eq!(shared["card"]["environment"], "CartPole-v1");
	assert_eq!((&shared["similar"][0][0], &shared["similar"][0][1]["policy"]), (&json!(1_000_000_000), policy));

	let rpc = node.rpc();
	let state = State::fetch(&rpc, &hash_of(&rpc, rpc.number(None).expect("the node answers")));
	state.check().unwrap_or_else(|e| panic!("the state after the sales: {e}"));
	miner.assert_runs();
}
