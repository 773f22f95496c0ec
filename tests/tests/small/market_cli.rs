//! The task market by the worker's command line alone, on a real node: a worker is registered, a task posted, taken back,
//! posted again, worked at and paid; its model is fetched, sold, bought, and a wrong key disputed. See docs/market-cli.md.

use praxis_tests::{binary, chain::account, free_port, npm, wait_for, Node, NodeConfig, Worker, WorkerConfig};
use serde_json::Value;
use sp_core::crypto::Ss58Codec;
use std::{
	fs,
	path::{Path, PathBuf},
	process::{Child, Command, Output, Stdio},
	time::Duration,
};

/// A token, in its smallest part.
const PRX: u128 = 1_000_000_000_000;

const LIMIT: Duration = Duration::from_secs(480);

/// The command line as one person has it: a key, a store and a folder for sales.
struct Person<'a> {
	node: &'a Node,
	key: &'static str,
	folder: PathBuf,
}

/// What a command printed, and its exit code.
#[derive(Debug)]
struct Answer {
	code: Option<i32>,
	lines: Vec<Value>,
	err: String,
}

impl Answer {
	fn of(output: &Output) -> Self {
		let out = String::from_utf8_lossy(&output.stdout);
		let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("`{line}` is no JSON: {e}"));
		let lines = out.lines().map(read).collect();
		Self { code: output.status.code(), lines, err: String::from_utf8_lossy(&output.stderr).into() }
	}

	/// The last thing that it printed, if it succeeded.
	fn done(self) -> Value {
		assert_eq!(self.code, Some(0), "{self:?}");
		self.lines.last().cloned().unwrap_or_else(|| panic!("nothing was printed: {self:?}"))
	}

	/// The error that it printed, with the exit code and the kind that are expected.
	fn failed(self, code: i32, kind: &str) -> Value {
		let error = self.lines.last().map(|line| line["error"].clone()).unwrap_or_default();
		assert_eq!((self.code, error["kind"].as_str()), (Some(code), Some(kind)), "{self:?}");
		error
	}

	/// Like [`Self::failed`], where the chain refused; gives what to do about it.
	fn refused(self, name: &str) -> String {
		let error = self.failed(1, "refused");
		assert!(error["message"].as_str().is_some_and(|text| text.contains(name)), "{error} does not name {name}");
		error["remedy"].as_str().unwrap_or_else(|| panic!("{error} has no remedy")).to_owned()
	}
}

impl<'a> Person<'a> {
	fn new(node: &'a Node, folder: &Path, key: &'static str) -> Self {
		Self { node, key, folder: folder.join(key.replace('/', "-")) }
	}

	fn command(&self, words: &[&str]) -> Command {
		let mut command = Command::new(binary("praxis-worker"));
		command
			.args(words)
			.env("PRAXIS_NODE", self.node.url())
			.env("PRAXIS_KEY", self.key)
			.env("PRAXIS_STORE", self.folder.join("store"))
			.env("PRAXIS_SALES", self.folder.join("sales"))
			.stdin(Stdio::null());
		command
	}

	fn run(&self, words: &[&str]) -> Answer {
		Answer::of(&self.command(&[words, &["--json"]].concat()).output().expect("the program runs"))
	}

	fn spawn(&self, words: &[&str]) -> Running {
		let mut command = self.command(&[words, &["--json"]].concat());
		let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
		Running(Some(child))
	}

	fn path(&self, name: &str) -> String {
		self.folder.join(name).to_str().expect("the path is text").to_owned()
	}
}

/// A command that still runs; it is ended when dropped.
struct Running(Option<Child>);

impl Running {
	fn wait(mut self) -> Answer {
		let child = self.0.take().expect("it was not waited for");
		Answer::of(&child.wait_with_output().expect("it ends"))
	}
}

impl Drop for Running {
	fn drop(&mut self) {
		if let Some(child) = &mut self.0 {
			let _ = child.kill();
			let _ = child.wait();
		}
	}
}

fn address(key: &str) -> String {
	account(key).to_ss58check()
}

fn amount(value: &Value) -> u128 {
	value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no amount"))
}

fn text(value: &Value) -> String {
	value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn same_files(one: &str, other: &str) {
	for name in ["model.safetensors", "card.json", "policy.bin"] {
		let read =
			|folder: &str| fs::read(Path::new(folder).join(name)).unwrap_or_else(|e| panic!("{folder}/{name}: {e}"));
		assert!(read(one) == read(other), "{name} differs");
	}
}

/// Registers Bob with an operator of its own.
fn register(bob: &Person, operator: &Person, endpoint: &str) {
	let (owner, hot) = (address(bob.key), address(operator.key));
	operator.run(&["worker", "status"]).failed(2, "not-registered");
	let registered = bob.run(&["worker", "register", "--operator", &hot, "--endpoint", endpoint, "--fund", "1"]).done();
	assert_eq!((registered["accepted"].as_bool(), amount(&registered["deposit"])), (Some(false), 10 * PRX));
	let status = bob.run(&["worker", "status", &owner]).done();
	assert_eq!((status["operator"].as_str(), status["proposed"].as_str()), (None, Some(hot.as_str())));
	operator.run(&["worker", "accept", "--owner", &owner]).done();
	let status = operator.run(&["worker", "status"]).done();
	assert_eq!((text(&status["owner"]), text(&status["operator"])), (owner, hot));
	assert_eq!(text(&status["endpoint"]), endpoint);
	assert!(amount(&status["operator_free"]) > PRX / 2, "{status}");
	let remedy = bob.run(&["worker", "register", "--operator", "self"]).refused("Workers.WorkerExists");
	assert!(remedy.contains("worker update"), "{remedy}");
	operator.run(&["worker", "withdraw"]).refused("Workers.NoWorker");
}

const POST: [&str; 8] = ["task", "post", "--environment", "CartPole-v1", "--target", "450", "--budget", "8.5"];

/// Posts a task and takes it back.
fn post_and_cancel(alice: &Person, bob: &Person) {
	let tried = alice.run(&[&POST[..], &["--dry-run"]].concat()).done();
	assert_eq!((tried["dry_run"].as_bool(), tried["passes"].as_bool()), (Some(true), Some(true)));
	assert_eq!(alice.run(&["task", "list"]).done()["tasks"], Value::Array(Vec::new()));
	let beyond = ["task", "post", "--environment", "CartPole-v1", "--target", "501", "--budget", "8"];
	assert!(alice.run(&beyond).refused("TaskMarket.TargetOutOfReach").contains("--target"));
	alice.run(&["task", "post", "--environment", "Chess", "--target", "1", "--budget", "8"]).failed(2, "usage");
	alice.run(&["task", "show", "7"]).failed(2, "not-found");

	let posted = alice.run(&POST).done();
	let task = posted["task"].to_string();
	assert_eq!(amount(&posted["budget"]), PRX / 2 * 17);
	assert!(amount(&posted["escrowed"]) > PRX / 2 * 17, "the judgement is on hold, too: {posted}");
	let listed = bob.run(&["task", "list", "--environment", "CartPole-v1"]).done();
	assert_eq!(listed["tasks"][0]["task"].to_string(), task);
	let shown = bob.run(&["task", "show", &task]).done();
	assert_eq!((text(&shown["state"]), text(&shown["requester"])), ("open".into(), address(alice.key)));
	assert!(shown["seconds_left"].as_u64() > Some(0), "{shown}");
	assert!(bob.run(&["task", "cancel", &task]).refused("TaskMarket.NotRequester").contains("key"));
	let last = alice.run(&["task", "cancel", &task, "--wait", "final"]).done();
	assert_eq!(last["final"], true);
	let shown = bob.run(&["task", "show", &task]).done();
	assert_eq!((text(&shown["state"]), amount(&shown["ledger"]["held"])), ("cancelled".into(), 0));
	assert_eq!(shown["ledger"]["returned"], shown["ledger"]["escrowed"]);
}

/// Posts a task that the operator's machine works at, until it is paid. Gives the hash of the policy.
fn work(alice: &Person, operator: &Person) -> String {
	let phases = ["--apply-blocks", "6", "--train-blocks", "100"];
	let task = alice.run(&[&POST[..], &phases].concat()).done()["task"].to_string();
	let watched = alice.spawn(&["task", "show", &task, "--watch"]);
	// The market's worker has settings of its own: see docs/work.md.
	let (url, state, store) = (operator.node.url(), operator.path("work"), operator.path("store"));
	let places = ["--node", &url, "--state", &state, "--store", &store, "--control", "off"];
	let wishes = ["work", "--environments", "CartPole-v1", "--price", "8", "--device", "cpu", "--once"];
	let worker = [&wishes[..], &places].concat();
	let settled = operator.run(&worker);
	assert_eq!(settled.code, Some(0), "{}", settled.err);
	let watched = watched.wait();
	let mut states: Vec<String> = watched.lines.iter().map(|line| text(&line["state"])).collect();
	states.dedup();
	assert_eq!(
		(states.first().map(String::as_str), states.last().map(String::as_str)),
		(Some("open"), Some("settled"))
	);
	assert!(
		states.iter().any(|state| state == "assigned") && states.iter().any(|state| state == "evaluating"),
		"{states:?}"
	);
	let ranked = |line: &Value| line["ranking"][0]["standing"] == "chosen";
	assert!(watched.lines.iter().any(ranked), "the ranking is not shown");
	let worker = watched.done()["assignments"][0].clone();
	assert_eq!(amount(&worker["settlement"]["paid"]), 8 * PRX / 20 * 19);
	text(&worker["reveal"]["policy"])
}

/// A purchase by `buyer`, which waits for its key; and the number of its sale.
fn purchase(buyer: &Person, policy: &str, output: &str) -> (Running, String) {
	let mut buying = buyer.spawn(&["model", "buy", policy, "--output", output, "--max-price", "3"]);
	let sale = wait_for("the purchase", LIMIT, || {
		let ended = buying.0.as_mut().and_then(|child| child.try_wait().expect("a process")).is_some();
		let sales = buyer.run(&["model", "sales"]).done()["sales"].clone();
		assert!(!ended || sales[0].is_object(), "the buyer ended before it bought");
		sales[0]["sale"].as_u64()
	});
	(buying, sale.to_string())
}

/// Sells the model, honestly and then not.
fn sell(operator: &Person, buyer: &Person, stranger: &Person, (policy, free): (&str, &str)) {
	stranger.run(&["model", "share", policy, "--model", free, "--price", "1"]).refused("Models.NotOwner");
	let offer = operator.run(&["model", "share", policy, "--price", "2.5"]).done();
	assert_eq!((amount(&offer["price"]), offer["plaintext_retired"].as_bool()), (PRX / 2 * 5, Some(true)));
	stranger.run(&["model", "fetch", policy, "--output", &stranger.path("gone")]).failed(1, "fetch");
	let shown = buyer.run(&["model", "show", policy]).done();
	assert_eq!(
		(shown["offer"]["offer"].clone(), amount(&shown["offer"]["price"])),
		(offer["offer"].clone(), PRX / 2 * 5)
	);
	let (bought, dear) = (buyer.path("bought"), ["--max-price", "2.4999"]);
	buyer.run(&[&["model", "buy", policy, "--output", &bought][..], &dear].concat()).failed(2, "too-dear");

	let owner = operator.run(&["worker", "status"]).done();
	let (buying, sale) = purchase(buyer, policy, &bought);
	buyer.run(&["model", "accept", &sale]).refused("Models.NotDelivered");
	stranger.run(&["model", "deliver", &sale]).failed(2, "not-found");
	operator.run(&["model", "deliver", &sale]).done();
	let found = buying.wait().done();
	assert_eq!((found["matches"].as_bool(), found["accepted"].as_bool()), (Some(true), Some(true)), "{found}");
	same_files(free, &bought);
	let paid = operator.run(&["worker", "status"]).done();
	assert_eq!(amount(&paid["owner_free"]) - amount(&owner["owner_free"]), PRX / 2 * 5);

	// Bytes that are no key: the buyer's command disputes by itself.
	let (buying, sale) = purchase(buyer, policy, &buyer.path("never"));
	let scripts = npm::installed("polkadot-js");
	let mut wrong = Command::new("node");
	wrong.args(["deliver.js", &sale]).env("PRAXIS_WS", operator.node.url()).current_dir(&scripts);
	assert!(wrong.status().expect("Node.js runs").success(), "noise is not delivered");
	let error = buying.wait().failed(1, "wrong-key");
	assert!(text(&error["message"]).contains("2.6 PRX are returned"), "price and stake return: {error}");
	assert!(!Path::new(&buyer.path("never")).exists(), "there is nothing to keep");
	assert_eq!(buyer.run(&["model", "show", policy]).done()["offer"], Value::Null, "the offer is closed");
}

#[test]
fn market_should_work_from_registration_to_a_sold_model_when_nothing_but_the_command_line_is_used() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let node = Node::start(NodeConfig::new("dev", "alice"));
	let mut miner = Worker::start(&node, WorkerConfig::random("//Alice"));
	wait_for("the miner's first submission", Duration::from_secs(120), || {
		miner.assert_runs();
		miner.events("submitted").pop()
	});
	let person = |key| Person::new(&node, folder.path(), key);
	let (alice, bob, operator) = (person("//Alice"), person("//Bob"), person("//Bob//operator"));
	let (charlie, dave) = (person("//Charlie"), person("//Dave"));

	let gateway = format!("127.0.0.1:{}", free_port());
	register(&bob, &operator, &format!("http://{gateway}"));
	post_and_cancel(&alice, &bob);
	let policy = work(&alice, &operator);

	// The model is free until it is offered.
	let _serving = operator.spawn(&["store", "serve", "--listen", &gateway]);
	let free = charlie.path("free");
	let found = wait_for("the model", LIMIT, || {
		let answer = charlie.run(&["model", "fetch", &policy, "--output", &free]);
		(answer.code == Some(0)).then(|| answer.done())
	});
	assert_eq!((found["matches"].as_bool(), found["recorded"].as_bool()), (Some(true), Some(true)), "{found}");
	assert_eq!(text(&found["quantised"]), policy);
	let listed = dave.run(&["model", "list", "--environment", "CartPole-v1"]).done();
	assert_eq!(text(&listed["models"][0]["policy"]), policy);
	let cid = text(&listed["models"][0]["cid"]);
	let by_cid = dave.run(&["model", "fetch", &cid, "--output", &dave.path("free")]).done();
	assert_eq!(text(&by_cid["peer"]), format!("http://{gateway}"));
	same_files(&free, &dave.path("free"));

	let eve = person("//Eve");
	sell(&operator, &charlie, &eve, (&policy, &free));
	miner.assert_runs();
}
