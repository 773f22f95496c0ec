//! Workers of the task market as processes.

use crate::{binary, wait_for, Node};
use serde_json::Value;
use std::{
	fs::{self, File},
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::Duration,
};

/// Time in which a task is done on a machine that is busy.
pub const LIMIT: Duration = Duration::from_secs(480);

/// `praxis-worker work` on a node, for CartPole. It is ended when dropped.
pub struct Market {
	child: Child,
	out: PathBuf,
	err: PathBuf,
}

impl Market {
	/// Starts the worker of this operator. Its state and its store are in `folder`, its events in files of `name` there.
	pub fn start(node: &Node, folder: &Path, operator: &str, name: &str, flags: &[&str]) -> Self {
		fs::create_dir_all(folder).expect("a folder");
		let path = |what: &str| folder.join(format!("{name}.{what}"));
		let (out, err) = (path("out"), path("err"));
		let child = Command::new(binary("praxis-worker"))
			.args(["work", "--node", &node.url(), "--environments", "CartPole-v1", "--price", "8"])
			.args(["--device", "cpu", "--json"])
			.args(flags)
			.arg("--state")
			.arg(folder.join("state"))
			.arg("--store")
			.arg(folder.join("store"))
			.env("PRAXIS_KEY", operator)
			.stdin(Stdio::null())
			.stdout(File::create(&out).expect("a file"))
			.stderr(File::create(&err).expect("a file"))
			.spawn()
			.expect("the worker's program runs");
		Self { child, out, err }
	}

	/// What it has told so far.
	pub fn events(&self) -> Vec<Value> {
		let text = fs::read_to_string(&self.out).expect("a file");
		text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
	}

	/// What it has told so far under a name.
	pub fn told(&self, event: &str) -> Vec<Value> {
		self.events().into_iter().filter(|found| found["event"] == event).collect()
	}

	/// Waits for an event whose field has this value.
	pub fn wait(&mut self, event: &str, field: &str, value: impl Into<Value>) -> Value {
		let value = value.into();
		wait_for(&format!("`{event}` with {field} {value}"), LIMIT, || {
			let found = self.events().into_iter().find(|found| found["event"] == event && found[field] == value);
			let ended = self.child.try_wait().expect("a process");
			assert!(found.is_some() || ended.is_none(), "the worker ended: {}", self.log());
			found
		})
	}

	/// Waits until it ends by itself; whether it was content.
	pub fn end(&mut self) -> Option<i32> {
		wait_for("the worker's end", LIMIT, || self.child.try_wait().expect("a process")).code()
	}

	/// Asks it to end, and waits; its exit code.
	pub fn stop(&mut self) -> Option<i32> {
		let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
		assert!(sent.is_ok_and(|status| status.success()), "it cannot be signalled");
		self.end()
	}

	/// Its log.
	pub fn log(&self) -> String {
		fs::read_to_string(&self.err).unwrap_or_default()
	}

	/// Kills it, as a power cut would.
	pub fn kill(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

impl Drop for Market {
	fn drop(&mut self) {
		self.kill();
		if std::thread::panicking() {
			eprintln!("--- a worker of the task market ---\n{}", self.log());
		}
	}
}
