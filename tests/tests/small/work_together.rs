//! Two workers of the task market on a real node: one does two tasks in turn and is watched while it does; another competes
//! with it for the second, for which it trains from the best model that is published, fetched from the first one's endpoint.
//! Two more begin with the same model, named by its policy's hash and by its CID. The dashboard and the alerts in `ops/` name
//! what the workers serve.

use praxis_tests::{
	binary, free_port, npm, prometheus::Watched, wait_for, Market, Node, NodeConfig, Worker, WorkerConfig,
};
use serde_json::{json, Value};
use std::{
	collections::BTreeSet,
	fs,
	io::{Read, Write},
	net::TcpStream,
	path::Path,
	process::{Child, Command, Output, Stdio},
	thread,
	time::Duration,
};

const LIMIT: Duration = Duration::from_secs(120);

/// What every kind of worker serves.
const COMMON: [&str; 14] = [
	"info",
	"state",
	"healthy",
	"connected",
	"connections_total",
	"node_peers",
	"start_time_seconds",
	"best_block",
	"finalised_block",
	"environment_steps_total",
	"gradient_steps_total",
	"environment_steps_per_second",
	"gradient_steps_per_second",
	"best_block_time_seconds",
];

/// What every kind of worker serves, and no dashboard of the market shows.
const NOT_SHOWN: [&str; 3] =
	["praxis_worker_info", "praxis_worker_environment_steps_total", "praxis_worker_gradient_steps_total"];

fn worker(arguments: &[&str], key: &str) -> Output {
	Command::new(binary("praxis-worker")).args(arguments).env("PRAXIS_KEY", key).output().expect("the worker starts")
}

fn json_of(output: &Output) -> Value {
	let text = String::from_utf8_lossy(&output.stdout);
	serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn page(address: &str, path: &str) -> String {
	let mut stream = TcpStream::connect(address).expect("it listens");
	write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("it reads");
	let mut answer = String::new();
	stream.read_to_string(&mut answer).expect("an answer");
	answer
}

/// The names of the metrics that are served, without the worker's prefix.
fn metrics(address: &str) -> BTreeSet<String> {
	let text = page(address, "/metrics");
	let names = text.lines().filter_map(|line| line.strip_prefix("praxis_worker_")?.split(['{', ' ']).next());
	names.map(String::from).collect()
}

/// The names of the metrics that the guide says a worker of the market serves.
fn documented() -> BTreeSet<String> {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/monitoring.md");
	let guide = fs::read_to_string(path).expect("the guide");
	let (_, table) = guide.split_once("A worker of the task market").expect("it has a table");
	let (table, _) = table.split_once("\n## ").expect("another chapter follows");
	let names = table.split('`').filter_map(|word| word.strip_prefix("praxis_worker_"));
	names.map(String::from).collect()
}

fn status(control: &str) -> (Option<i32>, Value) {
	let output = worker(&["status", "--control", control, "--json"], "");
	(output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

/// Two workers for a task of their own begin with the model of the first task, which each knows by one of its names. Gives
/// what they told of it; then they are killed.
fn begin_with(node: &Node, folder: &Path, first: &Value, cid: &Value) -> [Value; 2] {
	let policy = first["assignments"][0]["reveal"]["policy"].as_str().expect("a policy");
	let cid = cid.as_str().expect("a CID");
	let wishes = ["--environment", "CartPole-v1", "--target", "499.9", "--budget", "20", "--workers", "2"];
	let phases = ["--apply-blocks", "4", "--train-blocks", "40", "--node", &node.url(), "--json"];
	let posted = worker(&[&["task", "post"][..], &wishes, &phases].concat(), "//Alice");
	assert!(posted.status.success(), "{}", String::from_utf8_lossy(&posted.stderr));
	let named = [("dave", "//Dave//operator", policy), ("eve", "//Eve//operator", cid)];
	let mut workers = named.map(|(name, operator, model)| {
		Market::start(node, &folder.join(name), operator, name, &["--warm-start", model, "--control", "off"])
	});
	for worker in &mut workers {
		worker.wait("training", "task", json_of(&posted)["task"].clone());
	}
	workers.each_mut().map(|worker| worker.wait("parent", "policy", policy))
}

/// Looks at the worker that does the first task, until its requester has its policy.
fn watch_first(requester: &mut Child, control: &str, seen: &mut BTreeSet<String>, phases: &mut BTreeSet<String>) {
	while requester.try_wait().expect("a process").is_none() {
		seen.append(&mut metrics(control));
		let told = status(control).1;
		for task in told["market"]["tasks"].as_array().into_iter().flatten() {
			assert_eq!((&task["environment"], &task["target"]), (&json!("CartPole-v1"), &json!(60.0)), "{told}");
			let phase = task["phase"].as_str().expect("a word").to_owned();
			let best = told["best"]["height"].as_u64().expect("a height");
			if let Some(height) = task["deadline"]["height"].as_u64() {
				let ahead = task["deadline"]["time"].as_i64().expect("a time")
					- told["market"]["block"].as_i64().expect("a time");
				let blocks = i64::try_from(height).expect("a height") - i64::try_from(best).expect("a height");
				// A slot lasts 3 s; the state is written a moment after the block was seen.
				let likely = blocks * 3_000 - 1_000..=blocks * 12_000 + 3_000;
				assert!(blocks < 0 || likely.contains(&ahead), "{blocks} blocks in {ahead} ms: {told}");
			}
			phases.insert(phase);
		}
		thread::sleep(Duration::from_millis(200));
	}
}

#[test]
fn workers_should_do_tasks_in_turn_and_compete_and_train_from_each_others_models() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let scripts = npm::installed("polkadot-js");
	let node = Node::start(NodeConfig::new("dev", "alice"));
	let mut miner = Worker::start(&node, WorkerConfig::random("//Alice"));
	wait_for("the miner's first submission", LIMIT, || {
		miner.assert_runs();
		miner.events("submitted").pop()
	});
	let script = |words: &[&str]| {
		let mut command = Command::new("node");
		command.arg("work.js").args(words).env("PRAXIS_WS", node.url()).current_dir(&scripts).stdout(Stdio::piped());
		command.spawn().expect("Node.js runs")
	};
	let finish = |script: std::process::Child| {
		let output = script.wait_with_output().expect("Node.js runs");
		let out = String::from_utf8_lossy(&output.stdout);
		assert!(output.status.success(), "{out}");
		serde_json::from_str::<Value>(out.lines().last().unwrap_or_default()).unwrap_or_default()
	};
	let [gateway, control, other] = [(); 3].map(|()| format!("127.0.0.1:{}", free_port()));
	let served = format!("http://{gateway}");

	// Before anybody is registered: what is missing is told, and what would be done.
	let dry = |operator: &str| {
		let url = node.url();
		let folder = folder.path().join("dry").display().to_string();
		let words = ["work", "--dry-run", "--json", "--node", &url, "--device", "cpu", "--control", &control];
		let more = ["--gateway", &gateway, "--state", &folder, "--store", &folder, "--price", "8"];
		let output = worker(&words.into_iter().chain(more).collect::<Vec<_>>(), operator);
		(output.status.code(), json_of(&output))
	};
	let result = |told: &Value, check: &str| {
		let checks = told["checks"].as_array().expect("a list").clone();
		checks.into_iter().find(|found| found["check"] == check).expect("the check")["result"].clone()
	};
	let (code, told) = dry("//Bob//operator");
	assert_eq!((code, result(&told, "operator")), (Some(1), json!("failure")), "{told}");
	finish(script(&["register", "//Bob", &served]));
	let (code, told) = dry("//Bob//operator");
	assert_eq!((code, result(&told, "worker"), result(&told, "fees")), (Some(0), json!("ok"), json!("ok")), "{told}");
	let price = told["configuration"]["settings"].as_array().expect("a list").clone();
	let price = price.into_iter().find(|setting| setting["option"] == "price").expect("the price");
	assert_eq!((&price["value"], &price["source"]), (&json!("8"), &json!("flag")));

	// Bob has nothing to do, and is well.
	let flags = ["--gateway", &gateway, "--control", &control];
	let mut bob = Market::start(&node, &folder.path().join("bob"), "//Bob//operator", "bob", &flags);
	let (code, idle) = wait_for("a worker that waits for tasks", LIMIT, || {
		let (code, told) = status(&control);
		(told["reason"]["code"] == "no-task" && !told["finalised"].is_null()).then_some((code, told))
	});
	assert_eq!((code, &idle["state"]), (Some(0), &json!("idle")), "{idle}");
	assert!(page(&control, "/healthz").contains("ok: idle"));

	// The first task: whatever a little training gives does for it.
	let wishes = json!({ "target": 60, "applyBlocks": 4, "trainBlocks": 40, "revealBlocks": 20 });
	let mut requester = script(&["post", &wishes.to_string()]);
	let (mut seen, mut phases) = (BTreeSet::new(), BTreeSet::new());
	bob.wait("sent", "call", "apply");
	// Meanwhile the others register, one after the other: Alice, who has posted by now, sends each operator its fees.
	thread::scope(|scope| {
		let entering = scope.spawn(|| {
			for owner in ["//Charlie", "//Dave", "//Eve"] {
				finish(script(&["register", owner, &format!("http://{other}")]));
			}
		});
		watch_first(&mut requester, &control, &mut seen, &mut phases);
		entering.join().expect("all are registered");
	});
	let first = finish(requester);
	let taught = first["assignments"][0]["reveal"]["policy"].as_str().expect("a policy").to_owned();
	assert_eq!(first["assignments"][0]["commit"]["parent"], Value::Null);
	assert!(phases.contains("open") && phases.contains("evaluating"), "{phases:?}");

	// A second, for both. Charlie has nothing but what others publish.
	let flags = ["--warm-start", "best", "--gateway", &other, "--control", "off"];
	let mut charlie = Market::start(&node, &folder.path().join("charlie"), "//Charlie//operator", "charlie", &flags);
	wait_for("Charlie's start", LIMIT, || charlie.told("start").pop());
	// More than the first model reaches, or nothing could be earned; scores have 32 binary places.
	let score = first["assignments"][0]["settlement"]["score"].as_f64().expect("a score") / 2f64.powi(32);
	let wishes = json!({
		"target": (score + 500.0) / 2.0, "workers": 2, "budget": "20000000000000", "applyBlocks": 6, "trainBlocks": 40, "revealBlocks": 20,
	});
	let mut requester = script(&["post", &wishes.to_string()]);
	bob.wait("training", "task", first["task"].as_u64().expect("a number") + 1);
	let begun = begin_with(&node, folder.path(), &first, &bob.told("stored")[0]["cid"]);
	while requester.try_wait().expect("a process").is_none() {
		seen.append(&mut metrics(&control));
		thread::sleep(Duration::from_millis(200));
	}
	let second = finish(requester);
	for parent in begun {
		assert_eq!((&parent["policy"], &parent["from"]), (&json!(taught), &json!(served)), "it is Bob's: {parent}");
	}
	println!("{first}\n{second}");
	assert_eq!(second["state"], "Settled");
	let assignments = second["assignments"].as_array().expect("a list");
	assert_eq!(assignments.len(), 2, "both are assigned");

	let parent = charlie.wait("parent", "policy", taught.as_str());
	assert_eq!(parent["from"], json!(served), "it came from Bob's endpoint");
	let [of_bob, of_charlie] =
		[&mut bob, &mut charlie].map(|worker| worker.wait("settled", "task", second["task"].clone()));
	let mut parents = Vec::new();
	for assignment in assignments {
		let settlement = &assignment["settlement"];
		let paid = settlement["paid"].to_string();
		let told = [&of_bob, &of_charlie].into_iter().find(|told| told["paid"] == paid.as_str());
		assert!(told.is_some(), "{paid} was told by neither: {of_bob} {of_charlie}");
		parents.push(assignment["commit"]["parent"].clone());
	}
	parents.sort_by_key(Value::is_null);
	assert_eq!(parents, [json!(taught), Value::Null], "Charlie says from which model it came, Bob began anew");

	// What Bob tells of both.
	assert_eq!(bob.told("settled").len(), 2, "two tasks in turn");
	let told = wait_for("both in the totals", LIMIT, || {
		let (_, told) = status(&control);
		(told["market"]["totals"]["done"] == 2).then_some(told)
	});
	let number = |value: &Value| value.as_str().expect("an amount").parse::<u128>().expect("a number");
	let paid: u128 = bob.told("settled").iter().map(|settled| number(&settled["paid"])).sum();
	assert_eq!(number(&told["market"]["totals"]["earned"]), paid);
	assert!(paid > 0 && told["market"]["tasks"].as_array().is_some_and(Vec::is_empty), "{told}");
	let text = String::from_utf8(worker(&["status", "--control", &control], "").stdout).expect("text");
	assert!(text.contains("tasks        2 done") && text.contains(&format!("served at {served}/ipfs/")), "{text}");

	// The guide names all metrics, and no others.
	let documented = documented();
	let undocumented: Vec<_> =
		seen.iter().filter(|name| !documented.contains(*name) && !COMMON.contains(&name.as_str())).collect();
	assert!(undocumented.is_empty(), "{undocumented:?} are not in docs/monitoring.md");
	let missing: Vec<_> = documented.iter().filter(|name| !seen.contains(*name)).collect();
	assert!(missing.is_empty(), "{missing:?} were never served");
	let watched = Watched::read("grafana/praxis-market.json", "prometheus/alerts-market.yml");
	assert!(watched.panels >= 20 && watched.alerts >= 6, "{watched:?}");
	watched.check(&seen.iter().map(|name| format!("praxis_worker_{name}")).collect(), &NOT_SHOWN);
	assert_eq!((bob.stop(), charlie.stop()), (Some(0), Some(0)));
	miner.assert_runs();
}
