//! Nodes and workers as processes.

use crate::{wait_for, Rpc};
use serde_json::{json, Value};
use std::{
	fs::{self, File},
	net::TcpListener,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::Duration,
};
use tempfile::TempDir;

/// Time in which a node must answer: an unoptimised one compiles its runtime first, on a machine that may be busy.
const START_LIMIT: Duration = Duration::from_secs(180);

/// Time in which a process must end after SIGTERM.
const STOP_LIMIT: Duration = Duration::from_secs(70);

/// Lines of a log that are shown when something fails.
const LOG_TAIL: usize = 60;

/// Path of a binary of this workspace: it stands where the running test was built.
///
/// # Panics
///
/// If it was not built, with the command that builds it.
pub fn binary(name: &str) -> PathBuf {
	let test = std::env::current_exe().expect("a running program has a path");
	// target/<profile>/deps/<test>
	let folder = test.parent().and_then(Path::parent).expect("tests run from target/<profile>/deps");
	let path = folder.join(name);
	assert!(
		path.is_file(),
		"{} is missing. Build it first: `cargo build --workspace --all-targets` (`cargo xtask test` does so)",
		path.display(),
	);
	path
}

/// A port of loopback that nobody listens on.
pub fn free_port() -> u16 {
	let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports");
	listener.local_addr().expect("a bound listener has an address").port()
}

/// How to start a node.
#[derive(Clone, Debug)]
pub struct NodeConfig {
	/// `--chain`.
	pub chain: String,
	/// Whose development keys it has: `alice`, `bob`, …; nobody's for a node that only follows.
	pub account: Option<String>,
	/// Addresses of nodes to connect to.
	pub bootnodes: Vec<String>,
	/// More flags.
	pub flags: Vec<String>,
}

impl NodeConfig {
	/// A node of `chain` with the keys of `account`.
	pub fn new(chain: &str, account: &str) -> Self {
		Self { chain: chain.into(), account: Some(account.into()), bootnodes: Vec::new(), flags: Vec::new() }
	}

	/// A node of `chain` that only follows.
	pub fn follower(chain: &str) -> Self {
		Self { chain: chain.into(), account: None, bootnodes: Vec::new(), flags: Vec::new() }
	}

	/// Connects it to `node`.
	#[must_use]
	pub fn connected_to(mut self, node: &Node) -> Self {
		self.bootnodes.push(node.address());
		self
	}
}

/// A process that is ended when dropped.
struct Running {
	name: String,
	child: Child,
	log: PathBuf,
}

impl Running {
	fn spawn(name: &str, mut command: Command, log: PathBuf) -> Self {
		let out = fs::OpenOptions::new().create(true).append(true).open(&log).expect("the log file opens");
		let err = out.try_clone().expect("a file handle can be cloned");
		let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
		let child = child.unwrap_or_else(|e| panic!("{name} does not start: {e}"));
		Self { name: name.into(), child, log }
	}

	fn log_tail(&self) -> String {
		let log = fs::read_to_string(&self.log).unwrap_or_default();
		let lines: Vec<&str> = log.lines().collect();
		lines[lines.len().saturating_sub(LOG_TAIL)..].join("\n")
	}

	/// Fails the test if the process has ended.
	fn assert_runs(&mut self) {
		if let Ok(Some(status)) = self.child.try_wait() {
			panic!("{} ended ({status}):\n{}", self.name, self.log_tail());
		}
	}

	fn kill(&mut self) {
		// It may have ended by itself; both calls then fail, which is fine.
		let _ = self.child.kill();
		let _ = self.child.wait();
	}

	/// Asks the process to end, waits, and gives its exit status.
	fn terminate(&mut self) -> std::process::ExitStatus {
		let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
		assert!(sent.is_ok_and(|status| status.success()), "{} cannot be signalled", self.name);
		wait_for(&format!("{} to end", self.name), STOP_LIMIT, || self.child.try_wait().ok().flatten())
	}
}

impl Drop for Running {
	fn drop(&mut self) {
		self.kill();
		if std::thread::panicking() {
			eprintln!("--- end of the log of {} ---\n{}", self.name, self.log_tail());
		}
	}
}

/// A running node.
pub struct Node {
	// Dropped first, while its log is still there.
	running: Option<Running>,
	config: NodeConfig,
	folder: TempDir,
	rpc_port: u16,
	p2p_port: u16,
	node_key: String,
	peer_id: String,
}

impl Node {
	/// Starts a node and waits until it answers.
	pub fn start(config: NodeConfig) -> Self {
		let folder = tempfile::Builder::new().prefix("praxis-node-").tempdir().expect("a temporary folder");
		let p2p_port = free_port();
		// Any 32 bytes are a node key; the port makes it this node's own.
		let node_key = format!("{p2p_port:064x}");
		let mut node =
			Self { config, folder, rpc_port: free_port(), p2p_port, node_key, peer_id: String::new(), running: None };
		node.launch();
		node.await_rpc();
		let peer_id = node.rpc().call("system_localPeerId", json!([])).expect("system_localPeerId answers");
		node.peer_id = peer_id.as_str().expect("a peer id is text").to_owned();
		node
	}

	fn launch(&mut self) {
		let mut command = Command::new(binary("praxis-node"));
		command
			.args(["--chain", &self.config.chain])
			.arg("--base-path")
			.arg(self.folder.path())
			.args(["--rpc-port", &self.rpc_port.to_string()])
			.args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{}", self.p2p_port)])
			.args(["--node-key", &self.node_key])
			.args(["--no-prometheus", "--no-telemetry", "--no-mdns", "--allow-private-ip", "--disable-log-color"]);
		if let Some(account) = &self.config.account {
			command.arg(format!("--{account}"));
		}
		if !self.config.bootnodes.is_empty() {
			command.arg("--bootnodes").args(&self.config.bootnodes);
		}
		command.args(&self.config.flags);
		self.running = Some(Running::spawn(&self.name(), command, self.folder.path().join("node.log")));
	}

	fn await_rpc(&mut self) {
		let rpc = self.rpc();
		let running = self.running.as_mut().expect("launched before");
		wait_for(&format!("the RPC of {}", running.name), START_LIMIT, || {
			running.assert_runs();
			rpc.call("system_health", json!([])).ok()
		});
	}

	fn name(&self) -> String {
		format!("the {} node on {}", self.config.account.as_deref().unwrap_or("following"), self.rpc_port)
	}

	/// Asks this node.
	pub fn rpc(&self) -> Rpc {
		Rpc::new(self.rpc_port)
	}

	/// `ws://…` of its RPC.
	pub fn url(&self) -> String {
		format!("ws://127.0.0.1:{}", self.rpc_port)
	}

	/// Where other nodes reach it.
	pub fn address(&self) -> String {
		format!("/ip4/127.0.0.1/tcp/{}/p2p/{}", self.p2p_port, self.peer_id)
	}

	/// Its process id, while it runs.
	pub fn pid(&self) -> Option<u32> {
		self.running.as_ref().map(|running| running.child.id())
	}

	/// Memory that it holds, in MiB.
	pub fn memory_mib(&self) -> Option<u64> {
		memory_mib(self.pid()?)
	}

	/// Its log so far.
	pub fn log(&self) -> String {
		fs::read_to_string(self.folder.path().join("node.log")).unwrap_or_default()
	}

	/// Kills it, as a power cut would.
	pub fn kill(&mut self) {
		self.running = None;
	}

	/// Ends it in order.
	pub fn stop(&mut self) {
		if let Some(mut running) = self.running.take() {
			let status = running.terminate();
			assert!(status.success(), "{} ended with {status}:\n{}", running.name, running.log_tail());
		}
	}

	/// Starts it again with what it had.
	pub fn restart(&mut self) {
		self.running = None;
		self.launch();
		self.await_rpc();
	}
}

/// How to start a worker.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
	/// Secret of the account, such as `//Alice`.
	pub key: String,
	/// More flags of `praxis-worker mine`.
	pub flags: Vec<String>,
}

impl WorkerConfig {
	/// Learns with the shipped settings.
	pub fn learning(key: &str) -> Self {
		Self { key: key.into(), flags: Vec::new() }
	}

	/// Uniformly random actions, no training: cheap, for tests of the chain.
	pub fn random(key: &str) -> Self {
		Self { key: key.into(), flags: vec!["--random".into()] }
	}
}

/// A worker that mines on a node.
pub struct Worker {
	metrics: PathBuf,
	running: Running,
	_folder: TempDir,
}

impl Worker {
	/// Starts a worker on `node`.
	pub fn start(node: &Node, config: WorkerConfig) -> Self {
		let folder = tempfile::Builder::new().prefix("praxis-worker-").tempdir().expect("a temporary folder");
		let metrics = folder.path().join("metrics.jsonl");
		File::create(&metrics).expect("the metrics file opens");
		let mut command = Command::new(binary("praxis-worker"));
		command
			.args(["mine", "--node", &node.url(), "--metrics"])
			.arg(&metrics)
			.args(&config.flags)
			.env("PRAXIS_KEY", &config.key)
			.current_dir(folder.path());
		let name = format!("the worker of {} on {}", config.key, node.url());
		let running = Running::spawn(&name, command, folder.path().join("worker.log"));
		Self { metrics, running, _folder: folder }
	}

	/// The events that it has written of one kind.
	pub fn events(&self, kind: &str) -> Vec<Value> {
		let text = fs::read_to_string(&self.metrics).unwrap_or_default();
		text.lines()
			.filter_map(|line| serde_json::from_str::<Value>(line).ok())
			.filter(|event| event["event"] == kind)
			.collect()
	}

	/// Fails the test if it has ended.
	pub fn assert_runs(&mut self) {
		self.running.assert_runs();
	}

	/// Its process id.
	pub fn pid(&self) -> u32 {
		self.running.child.id()
	}

	/// Ends it in order.
	pub fn stop(&mut self) {
		let status = self.running.terminate();
		assert!(status.success(), "{} ended with {status}:\n{}", self.running.name, self.running.log_tail());
	}

	/// Memory that it holds, in MiB.
	pub fn memory_mib(&self) -> Option<u64> {
		memory_mib(self.pid())
	}
}

/// Resident memory of a process, in MiB.
fn memory_mib(pid: u32) -> Option<u64> {
	let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
	let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
	line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}
