//! The binary, as people and programs call it.

use serde_json::Value;
use std::{
	io::{pipe, BufRead, BufReader, Lines, PipeReader, PipeWriter, Write},
	path::Path,
	process::{Child, ChildStderr, Command, Output, Stdio},
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

fn worker(arguments: &[&str]) -> Output {
	Command::new(env!("CARGO_BIN_EXE_praxis-worker")).args(arguments).output().expect("the worker starts")
}

fn json(output: &Output) -> Value {
	serde_json::from_slice(&output.stdout)
		.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

fn train(out: &Path, more: &[&str]) -> Output {
	let out = out.to_string_lossy();
	let mut arguments = vec!["train", "--device", "cpu", "--json", "--out", &out];
	arguments.extend_from_slice(more);
	worker(&arguments)
}

#[test]
fn rollout_should_print_gymnasiums_first_steps_of_cart_pole() {
	let state = "[0.01, -0.02, 0.03, 0.04]";
	let output = worker(&["rollout", "--environment", "CartPole-v1", "--state", state, "--actions", "1,0,1", "--json"]);
	assert!(output.status.success());
	let answer = json(&output);
	let steps = answer["steps"].as_array().expect("steps");
	assert_eq!(steps.len(), 3);
	// Gymnasium's first step from this state, by its own formula: euler, tau = 0.02, force +10.
	let (x, x_dot, theta, theta_dot) = (0.01f64, -0.02f64, 0.03f64, 0.04f64);
	let temp = (10.0 + 0.05 * theta_dot * theta_dot * theta.sin()) / 1.1;
	let theta_acc =
		(9.8 * theta.sin() - theta.cos() * temp) / (0.5 * (4.0 / 3.0 - 0.1 * theta.cos() * theta.cos() / 1.1));
	let x_acc = temp - 0.05 * theta_acc * theta.cos() / 1.1;
	let expected = [x + 0.02 * x_dot, x_dot + 0.02 * x_acc, theta + 0.02 * theta_dot, theta_dot + 0.02 * theta_acc];
	for (found, expected) in steps[0]["state"].as_array().expect("a state").iter().zip(expected) {
		assert!((found.as_f64().expect("a number") - expected).abs() < 1e-6, "{found} is not {expected}");
	}
	for (step, action) in steps.iter().zip([1, 0, 1]) {
		assert_eq!(step["action"], action);
		assert_eq!(step["reward"], 1.0);
		assert_eq!(step["terminated"], false);
		assert_eq!(step["truncated"], false);
		assert_eq!(step["observation"], step["state"], "CartPole observes its whole state");
	}
}

#[test]
fn rollout_should_print_a_table_for_people() {
	let output = worker(&["rollout", "--environment", "Pendulum-v1", "--seed", "3", "--actions", "0,8"]);
	assert!(output.status.success());
	let text = String::from_utf8(output.stdout).expect("text");
	assert_eq!(text.lines().count(), 3);
	assert!(text.starts_with(" step action"));
}

#[test]
fn wrong_input_should_be_an_error_in_json_with_exit_code_2() {
	let cart_pole = ["rollout", "--environment", "CartPole-v1", "--json"];
	let cases: [(&[&str], &str); 7] = [
		(&["--state", "[0, 0, 0]", "--actions", "0"], "state"),
		(&["--state", "[0, 0, 9, 0]", "--actions", "0"], "state"),
		(&["--state", "nonsense", "--actions", "0"], "state"),
		(&["--state", "[0, 0, 0, 0]", "--actions", "2"], "action"),
		(&["--state", "[0, 0, 0, 0]", "--actions", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"], "episode-over"),
		(&["--state", "[0, 0, 0, 0]", "--actions", "left"], "usage"),
		(&["--actions", "0"], "usage"),
	];
	for (more, kind) in cases {
		let output = worker(&[&cart_pole[..], more].concat());
		assert_eq!(output.status.code(), Some(2), "{more:?}");
		let error = &json(&output)["error"];
		assert_eq!(error["kind"], kind, "{more:?}: {error}");
		assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
	}
	let output = worker(&["rollout", "--json", "--environment", "Chess", "--seed", "1", "--actions", "0"]);
	assert_eq!(output.status.code(), Some(2));
	assert!(json(&output)["error"]["message"].as_str().is_some_and(|message| message.contains("NoisyPendulum-v0")));
}

#[test]
fn help_should_come_with_examples_for_every_command() {
	let commands: [&[&str]; 27] = [
		&["train"],
		&["rollout"],
		&["mine"],
		&["work"],
		&["task"],
		&["task", "post"],
		&["task", "list"],
		&["task", "show"],
		&["task", "cancel"],
		&["worker", "register"],
		&["worker", "status"],
		&["worker", "withdraw"],
		&["model", "fetch"],
		&["model", "share"],
		&["model", "buy"],
		&["student", "open"],
		&["teach", "offer"],
		&["teach", "hand"],
		&["trainer"],
		&["trainer", "run"],
		&["trainer", "enlist"],
		&["trainer", "add-keys"],
		&["trainer", "status"],
		&["status"],
		&["doctor"],
		&["config", "print"],
		&["completions"],
	];
	for command in commands {
		let output = worker(&[command, &["--help"]].concat());
		assert!(output.status.success());
		let text = String::from_utf8(output.stdout).expect("text");
		assert!(text.contains("Examples:") && text.contains("praxis-worker "), "{command:?}");
	}
}

#[test]
fn train_should_solve_cart_pole_and_leave_its_files() {
	let folder = tempfile::tempdir().expect("a folder");
	let out = folder.path().join("run");
	let output = train(&out, &["--environment", "CartPole-v1", "--until-return", "475", "--steps", "60000"]);
	assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
	let result = json(&output);
	assert_eq!(result["reached"], true);
	assert!(result["return"].as_f64().is_some_and(|found| found >= 475.0));
	assert!(result["confirmed"].as_f64().is_some_and(|found| found >= 475.0));
	let metrics = std::fs::read_to_string(out.join("metrics.jsonl")).expect("metrics");
	let events: Vec<Value> = metrics.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
	for event in ["start", "episode", "evaluation", "end"] {
		assert!(events.iter().any(|line| line["event"] == event), "{event}");
	}
	let picture = std::fs::read_to_string(out.join("curve.svg")).expect("a picture");
	assert!(picture.starts_with("<svg") && picture.contains("goal"));
	let policy = praxis_worker::checkpoint::Checkpoint::read(&out.join("policy.safetensors")).expect("a policy");
	let agent = praxis_worker::agent::Dqn::from_checkpoint(policy, tch::Device::Cpu).expect("an agent");
	assert_eq!(format!("0x{}", hex::encode(agent.policy_hash())), result["policy_hash"]);
	let seeds: Vec<_> = (500..520).map(praxis_environment::Seed::from_number).collect();
	let returns = praxis_worker::agent::evaluate(&agent, agent.environment(), &seeds).expect("returns");
	assert!(praxis_worker::agent::evaluate::mean(&returns) >= 450.0, "{returns:?}");
}

#[test]
fn train_should_solve_the_chains_own_environment_and_repeat_exactly() {
	let folder = tempfile::tempdir().expect("a folder");
	let run = |name: &str, seed: &str| {
		let arguments = ["--environment", "NoisyPendulum-v0", "--until-return", "-250", "--seed", seed];
		let output = train(&folder.path().join(name), &arguments);
		assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
		json(&output)
	};
	let (first, second, other) = (run("first", "1"), run("second", "1"), run("other", "2"));
	assert_eq!(first["policy_hash"], second["policy_hash"]);
	assert_eq!((&first["steps"], &first["return"]), (&second["steps"], &second["return"]));
	assert_ne!(first["policy_hash"], other["policy_hash"]);
}

#[test]
fn shipped_settings_should_solve_every_environment() {
	let folder = tempfile::tempdir().expect("a folder");
	for (environment, goal) in [("Pendulum-v1", "-200"), ("Acrobot-v1", "-100"), ("MountainCar-v0", "-110")] {
		let output = train(&folder.path().join(environment), &["--environment", environment, "--until-return", goal]);
		assert_eq!(output.status.code(), Some(0), "{environment}: {}", String::from_utf8_lossy(&output.stderr));
	}
}

#[test]
fn train_should_end_with_2_when_its_steps_are_spent_and_continue_when_asked() {
	let folder = tempfile::tempdir().expect("a folder");
	let run = |more: &[&str]| {
		train(folder.path(), &[&["--environment", "Acrobot-v1", "--until-return", "-60"], more].concat())
	};
	let output = run(&["--steps", "1500"]);
	assert_eq!(output.status.code(), Some(2));
	let first = json(&output);
	assert_eq!((&first["reached"], &first["steps"]), (&Value::Bool(false), &Value::from(1_500)));
	let output = run(&["--steps", "2500", "--resume"]);
	assert_eq!(output.status.code(), Some(2));
	let second = json(&output);
	assert_eq!(second["steps"], 2_500);
	assert!(second["updates"].as_u64() > first["updates"].as_u64());
	let metrics = std::fs::read_to_string(folder.path().join("metrics.jsonl")).expect("metrics");
	assert_eq!(metrics.lines().filter(|line| line.contains("\"event\":\"start\"")).count(), 2, "both runs are there");
	// A checkpoint of another environment is refused.
	let output = train(folder.path(), &["--environment", "CartPole-v1", "--resume"]);
	assert_eq!(output.status.code(), Some(2));
	assert_eq!(json(&output)["error"]["kind"], "policy-file");
}

/// A long run of `train`.
fn training(out: &Path) -> Command {
	let mut command = Command::new(env!("CARGO_BIN_EXE_praxis-worker"));
	command
		.args(["train", "--environment", "Acrobot-v1", "--device", "cpu", "--json", "--plain", "--out"])
		.arg(out)
		.args(["--steps", "1000000000"]);
	command
}

/// Starts a long run of `train` and reads on once it has trained.
fn train_for_ever(out: &Path) -> (Child, Lines<BufReader<ChildStderr>>) {
	train_into(out, Stdio::piped())
}

fn train_into(out: &Path, stdout: Stdio) -> (Child, Lines<BufReader<ChildStderr>>) {
	let mut child = training(out).stdout(stdout).stderr(Stdio::piped()).spawn().expect("the worker starts");
	let mut lines = BufReader::new(child.stderr.take().expect("lines")).lines();
	assert!(lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("step 1000 ")), "it trains");
	(child, lines)
}

fn signal(child: &Child, name: &str) {
	let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
	assert!(sent.expect("kill runs").success());
}

#[test]
fn train_should_write_its_checkpoint_when_it_is_asked_to_end() {
	for (name, code) in [("TERM", 0), ("INT", 130)] {
		let folder = tempfile::tempdir().expect("a folder");
		let (child, lines) = train_for_ever(folder.path());
		let asked = Instant::now();
		signal(&child, name);
		// Read on, so that the worker does not stop at a full pipe.
		lines.map_while(Result::ok).for_each(drop);
		let output = child.wait_with_output().expect("the worker ends");
		assert_eq!(output.status.code(), Some(code), "{name}");
		// A bound for a machine that is busy, not a measure.
		assert!(asked.elapsed() < Duration::from_secs(30), "{name}: {:?}", asked.elapsed());
		let result = json(&output);
		assert_eq!(result["interrupted"], true);
		let checkpoint = praxis_worker::checkpoint::Checkpoint::read(&folder.path().join("checkpoint.safetensors"));
		assert_eq!(checkpoint.expect("a checkpoint").steps, result["steps"].as_u64().expect("a number"));
	}
}

/// A pipe into which nothing fits any more, as one whose reader has stopped: the end that waits, and the reader's.
fn full_pipe() -> (PipeWriter, PipeReader) {
	let (reader, writer) = pipe().expect("a pipe");
	let written = Arc::new(AtomicUsize::new(0));
	let (mut filler, count) = (writer.try_clone().expect("a handle"), written.clone());
	// Ends when the reader is dropped.
	std::thread::spawn(move || {
		while filler.write(b"x").is_ok() {
			count.fetch_add(1, Ordering::Relaxed);
		}
	});
	let mut before = 0;
	loop {
		std::thread::sleep(Duration::from_millis(300));
		let now = written.load(Ordering::Relaxed);
		if now > 0 && now == before {
			return (writer, reader);
		}
		before = now;
	}
}

fn wait(child: &mut Child, limit: Duration) -> Option<i32> {
	let began = Instant::now();
	while began.elapsed() < limit {
		if let Some(status) = child.try_wait().expect("it can be asked") {
			return status.code();
		}
		std::thread::sleep(Duration::from_millis(20));
	}
	child.kill().expect("it can be killed");
	panic!("it did not end in {limit:?}");
}

#[test]
fn second_signal_should_end_the_worker_at_once_when_it_is_stuck_in_its_shutdown() {
	let folder = tempfile::tempdir().expect("a folder");
	// Its result does not fit, so the shutdown that the first signal begins never ends by itself.
	let (full, _reader) = full_pipe();
	let (mut child, lines) = train_into(folder.path(), full.into());
	signal(&child, "TERM");
	let metrics = folder.path().join("metrics.jsonl");
	let ending = || std::fs::read_to_string(&metrics).is_ok_and(|text| text.contains("\"event\":\"end\""));
	let began = Instant::now();
	while !ending() {
		assert!(began.elapsed() < Duration::from_secs(30), "the first signal begins the shutdown");
		std::thread::sleep(Duration::from_millis(20));
	}
	assert!(child.try_wait().expect("it can be asked").is_none(), "the shutdown waits for its reader");
	signal(&child, "INT");
	assert_eq!(wait(&mut child, Duration::from_secs(10)), Some(130));
	let told: Vec<String> = lines.map_while(Result::ok).collect();
	assert_eq!(told.last().map(String::as_str), Some("SIGINT: ending at once"));
	assert!(folder.path().join("checkpoint.safetensors").is_file(), "the first signal has saved the agent");
}

/// Whether a process has a handler for SIGTERM, by Linux's own account of it.
fn catches_sigterm(process: u32) -> bool {
	let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
	let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
	mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & (1 << 14) != 0)
}

#[test]
fn second_signal_should_end_the_worker_when_nobody_reads_what_it_says() {
	let folder = tempfile::tempdir().expect("a folder");
	let (full, _reader) = full_pipe();
	// Sooner or later it says something, which does not fit: then it gets no further and never sees a first signal.
	let mut child = training(folder.path())
		.stdout(full.try_clone().expect("a handle"))
		.stderr(full)
		.spawn()
		.expect("the worker starts");
	let began = Instant::now();
	while !catches_sigterm(child.id()) {
		assert!(began.elapsed() < Duration::from_secs(30), "it listens to signals");
		std::thread::sleep(Duration::from_millis(20));
	}
	// Two signals of one kind can come as one; one more does no harm.
	let began = Instant::now();
	let code = loop {
		if let Some(status) = child.try_wait().expect("it can be asked") {
			break status.code();
		}
		if began.elapsed() > Duration::from_secs(20) {
			child.kill().expect("it can be killed");
			panic!("it does not end");
		}
		// It may end between the question and this.
		let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).stderr(Stdio::null()).status();
		std::thread::sleep(Duration::from_millis(100));
	};
	assert_eq!(code, Some(143));
}

#[test]
fn the_papers_plain_procedure_should_solve_cart_pole_too() {
	let folder = tempfile::tempdir().expect("a folder");
	let output = train(
		folder.path(),
		&["--environment", "CartPole-v1", "--algorithm", "you", "--until-return", "475", "--steps", "100000"],
	);
	assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
	assert_eq!(json(&output)["algorithm"], "you");
}

#[test]
fn settings_and_devices_that_cannot_be_should_be_refused() {
	let cases: [(&[&str], &str); 3] =
		[(&["--gamma", "1.5"], "settings"), (&["--device", "gpu"], "device"), (&["--device", "cuda:77"], "device")];
	for (more, kind) in cases {
		let output = worker(&[&["train", "--json", "--environment", "CartPole-v1"], more].concat());
		assert_eq!(output.status.code(), Some(2), "{more:?}");
		assert_eq!(json(&output)["error"]["kind"], kind);
	}
}
