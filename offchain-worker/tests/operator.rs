//! What an operator does with the binary when no node is there.

use serde_json::Value;
use std::{
	fs,
	io::{BufRead, BufReader, Read, Write},
	net::{TcpListener, TcpStream},
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::{Child, Command, Output, Stdio},
	thread::sleep,
	time::{Duration, Instant},
};
use tempfile::TempDir;

/// The worker, in surroundings that this machine's own configuration does not reach.
fn worker(folder: &Path) -> Command {
	let mut command = Command::new(env!("CARGO_BIN_EXE_praxis-worker"));
	command.current_dir(folder).env("XDG_CONFIG_HOME", folder).env("HOME", folder).env_remove("RUST_LOG");
	for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PRAXIS_")) {
		command.env_remove(name);
	}
	command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
	worker(folder).args(arguments).output().expect("the worker starts")
}

fn json(output: &Output) -> Value {
	serde_json::from_slice(&output.stdout)
		.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

fn folder() -> TempDir {
	tempfile::tempdir().expect("a folder")
}

fn write_key(folder: &Path, mode: u32) -> PathBuf {
	let path = folder.join("author.key");
	fs::write(&path, "//Alice\n").expect("a file");
	fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
	path
}

/// An address of loopback that was free a moment ago.
fn free_address() -> String {
	TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").to_string()
}

fn find<'a>(checks: &'a Value, check: &str) -> &'a Value {
	let found = checks.as_array().expect("a list").iter().find(|found| found["check"] == check);
	found.unwrap_or_else(|| panic!("no check `{check}` in {checks}"))
}

#[test]
fn doctor_should_work_without_a_node_and_say_what_was_not_checked() {
	let folder = folder();
	write_key(folder.path(), 0o600);
	let node = format!("ws://{}", free_address());
	let line =
		["doctor", "--node", &node, "--device", "cpu", "--key-file", "author.key", "--checkpoint", "a/b", "--json"];
	let output = run(folder.path(), &line);
	assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
	let checks = json(&output);
	for fine in ["libtorch", "device", "key", "checkpoint"] {
		assert_eq!(find(&checks, fine)["result"], "ok", "{checks}");
	}
	assert!(find(&checks, "libtorch")["message"].as_str().is_some_and(|text| text.contains("2.11.0")), "{checks}");
	let node = find(&checks, "node");
	assert!(node["result"] == "failure" && node["remedy"].as_str().is_some_and(|text| text.contains("praxis-node")));
	for unknown in ["chain", "work", "clock", "balance", "bond", "author-key"] {
		assert_eq!(find(&checks, unknown)["result"], "not-checked");
	}
	let text = String::from_utf8(run(folder.path(), &line[..line.len() - 1]).stdout).expect("text");
	assert!(text.contains("FAILURE  node") && text.contains("not checked"), "{text}");
}

#[test]
fn doctor_should_refuse_a_key_that_others_can_read() {
	let folder = folder();
	write_key(folder.path(), 0o644);
	let output = run(folder.path(), &["doctor", "--device", "cpu", "--key-file", "author.key", "--json"]);
	let key = find(&json(&output), "key").clone();
	assert_eq!((&key["result"], &key["remedy"]), (&"failure".into(), &"chmod 600 author.key".into()));
}

#[test]
fn config_print_should_show_every_layer_and_no_secret() {
	let folder = folder();
	fs::create_dir(folder.path().join("praxis")).expect("a folder");
	let file = folder.path().join("praxis/worker.toml");
	fs::write(&file, "node = \"ws://127.0.0.1:1\"\nseed = 3\nlog-file = \"worker.log\"\n").expect("a file");
	let output = worker(folder.path())
		.args(["config", "print", "--json", "--", "--evaluate-every", "5"])
		.env("PRAXIS_SEED", "4")
		.env("PRAXIS_KEY", "bottom drive obey")
		.output()
		.expect("the worker starts");
	assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
	let config = json(&output);
	assert_eq!(config["file"], file.to_string_lossy().as_ref());
	let source = |option: &str| {
		let settings = config["settings"].as_array().expect("settings");
		let found = settings.iter().find(|setting| setting["option"] == option).expect("the option");
		(found["value"].clone(), found["source"].as_str().expect("a source").to_string())
	};
	assert_eq!(source("evaluate-every"), ("5".into(), "flag".into()));
	assert_eq!(source("seed"), ("4".into(), "environment".into()));
	assert_eq!(source("log-file"), ("worker.log".into(), "file".into()));
	assert_eq!(source("control"), ("127.0.0.1:9955".into(), "default".into()));
	assert_eq!(config["key"]["variable_is_set"], true);
	assert!(!String::from_utf8_lossy(&output.stdout).contains("bottom"));
	fs::write(&file, "nod = \"ws://a\"\n").expect("a file");
	let output = run(folder.path(), &["mine", "--json"]);
	assert_eq!(output.status.code(), Some(2));
	let error = json(&output)["error"].clone();
	assert_eq!(error["kind"], "config");
	assert!(error["message"].as_str().is_some_and(|text| text.contains("did you mean `node`?")), "{error}");
}

#[test]
fn a_wrong_value_in_the_environment_should_be_traced() {
	let folder = folder();
	let output = worker(folder.path()).arg("mine").env("PRAXIS_SEED", "many").output().expect("the worker starts");
	assert_eq!(output.status.code(), Some(2));
	let text = String::from_utf8_lossy(&output.stderr).into_owned();
	assert!(text.contains("--seed=many` comes from PRAXIS_SEED"), "{text}");
}

#[test]
fn a_dry_run_should_check_and_start_nothing() {
	let folder = folder();
	write_key(folder.path(), 0o600);
	let node = format!("ws://{}", free_address());
	let line = [
		"mine",
		"--dry-run",
		"--json",
		"--node",
		&node,
		"--device",
		"cpu",
		"--key-file",
		"author.key",
		"--control",
		"off",
		"--metrics",
		"metrics.jsonl",
		"--log-file",
		"worker.log",
		"--checkpoint",
		"agent.safetensors",
	];
	let output = run(folder.path(), &line);
	assert_eq!(output.status.code(), Some(1), "there is no node");
	let answer = json(&output);
	assert!(answer["would"].as_array().is_some_and(|plan| plan.len() >= 5), "{answer}");
	assert_eq!(find(&answer["checks"], "key")["result"], "ok");
	assert_eq!(answer["configuration"]["command"], "mine");
	let train = ["train", "--environment", "CartPole-v1", "--device", "cpu", "--out", "run", "--dry-run", "--json"];
	let output = run(folder.path(), &train);
	assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
	assert_eq!(json(&output)["agent"]["n_step"], 8);
	assert_eq!(run(folder.path(), &[&train[..], &["--gamma", "2"]].concat()).status.code(), Some(2));
	let names: Vec<_> =
		fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
	assert_eq!(names, ["author.key"], "nothing was made");
}

#[test]
fn completions_should_know_the_commands() {
	let folder = folder();
	for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
		let output = run(folder.path(), &["completions", shell]);
		assert!(output.status.success());
		let text = String::from_utf8(output.stdout).expect("text");
		assert!(text.contains("doctor") && text.contains("key-file"), "{shell}");
	}
}

/// A worker that mines, ended when dropped.
struct Mining(Child);

impl Drop for Mining {
	fn drop(&mut self) {
		// It may have ended by itself.
		let _ = self.0.kill();
		let _ = self.0.wait();
	}
}

impl Mining {
	fn start(folder: &Path, more: &[&str]) -> Self {
		write_key(folder, 0o600);
		let child = worker(folder)
			.args(["mine", "--random", "--key-file", "author.key"])
			.args(more)
			.stderr(Stdio::null())
			.spawn()
			.expect("the worker starts");
		Self(child)
	}

	/// Asks it to end and gives the exit code.
	fn terminate(&mut self) -> Option<i32> {
		let sent = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
		assert!(sent.expect("kill runs").success());
		self.0.wait().expect("it ends").code()
	}
}

#[test]
fn watching_should_go_on_when_the_worker_begins_later_and_ends() {
	let folder = folder();
	let (control, node) = (free_address(), format!("ws://{}", free_address()));
	let mut watching = worker(folder.path())
		.args(["status", "--watch", "--json", "--control", &control])
		.stdout(Stdio::piped())
		.spawn()
		.expect("it starts");
	let mut answers = BufReader::new(watching.stdout.take().expect("its output"))
		.lines()
		.map(|line| serde_json::from_str::<Value>(&line.expect("a line")).expect("JSON"));
	let mut next = |what: &str, wanted: &dyn Fn(&Value) -> bool| {
		assert!(answers.by_ref().take(60).any(|answer| wanted(&answer)), "{what}");
	};
	let silent = |answer: &Value| answer["error"]["kind"] == "unreachable";
	next("nobody answers yet", &silent);
	let mut mining = Mining::start(folder.path(), &["--node", &node, "--control", &control]);
	next("the worker answers", &|answer| answer["pid"] == mining.0.id() && answer["blocks"]["awards_best"] == "0");
	assert_eq!(mining.terminate(), Some(0));
	next("nobody answers any more", &silent);
	watching.kill().expect("it watches still");
	watching.wait().expect("it ends");
}

/// Polls with a bound.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
	let begun = Instant::now();
	loop {
		if let Some(found) = look() {
			return found;
		}
		assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
		sleep(Duration::from_millis(100));
	}
}

fn get(address: &str, path: &str) -> Option<String> {
	let mut stream = TcpStream::connect(address).ok()?;
	write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
	let mut answer = String::new();
	stream.read_to_string(&mut answer).ok()?;
	Some(answer)
}

#[test]
fn a_worker_without_a_node_should_say_so_everywhere_and_end_in_order() {
	let folder = folder();
	let (control, node) = (free_address(), format!("ws://{}", free_address()));
	let status = ["status", "--control", &control, "--json"];
	let output = run(folder.path(), &status);
	assert_eq!(output.status.code(), Some(2), "nobody answers yet");
	assert_eq!(json(&output)["error"]["kind"], "unreachable");

	let options = ["--node", &node, "--control", &control, "--log-file", "log/worker.log", "--log-format", "json"];
	let mut mining = Mining::start(folder.path(), &options);
	let status = wait_for("the worker to miss its node", || {
		let output = run(folder.path(), &status);
		let status = serde_json::from_slice::<Value>(&output.stdout).ok()?;
		(status["reason"]["code"] == "disconnected").then_some((output.status.code(), status))
	});
	assert_eq!(status.0, Some(1), "unhealthy");
	let status = status.1;
	assert_eq!((&status["state"], &status["healthy"]), (&"connecting".into(), &false.into()));
	assert_eq!(status["account"], "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
	assert_eq!(status["node"]["url"], node.as_str());
	assert!(status["reason"]["remedy"].as_str().is_some_and(|text| text.contains("start the node")));
	let health = get(&control, "/healthz").expect("an answer");
	assert!(health.starts_with("HTTP/1.1 503") && health.contains("not connected"), "{health}");
	let metrics = get(&control, "/metrics").expect("an answer");
	assert!(metrics.contains("praxis_worker_state{state=\"connecting\"} 1"), "{metrics}");
	let text = String::from_utf8(run(folder.path(), &["status", "--control", &control]).stdout).expect("text");
	assert!(text.contains("UNHEALTHY") && text.contains("remedy"), "{text}");

	// What would be done can be asked for beside the worker that does it.
	let dry = ["mine", "--dry-run", "--json", "--random", "--key-file", "author.key", "--control", &control];
	let output = run(folder.path(), &[&dry[..], &["--node", &node]].concat());
	assert_eq!(output.status.code(), Some(1), "there is no node");
	assert!(json(&output)["would"]
		.as_array()
		.is_some_and(|plan| { plan.iter().any(|line| line.as_str().is_some_and(|line| line.contains("taken now"))) }));

	// A second worker that asks for the same address is refused; one that asks for none goes without.
	let output = run(folder.path(), &["mine", "--random", "--key-file", "author.key", "--control", &control, "--json"]);
	assert_eq!(output.status.code(), Some(2));
	let error = json(&output)["error"].clone();
	assert_eq!(error["kind"], "control");
	assert!(error["message"].as_str().is_some_and(|text| text.contains("taken")), "{error}");
	let output =
		run(folder.path(), &["mine", "--random", "--key-file", "author.key", "--control", "0.0.0.0:0", "--json"]);
	assert!(json(&output)["error"]["message"].as_str().is_some_and(|text| text.contains("--control-remote")));

	assert_eq!(mining.terminate(), Some(0));
	let log = fs::read_to_string(folder.path().join("log/worker.log")).expect("a log");
	let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
	assert!(lines.iter().any(|line| line["level"] == "WARN" && line["fields"]["reason"] == "disconnected"), "{log}");
	assert!(lines.last().is_some_and(|line| line["message"] == "ending"), "{log}");
}
