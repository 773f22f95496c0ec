//! Nodes and workers as processes.

use crate::{wait_for, Place, Rpc};
use serde_json::{json, Value};
use std::{
	fs::{self, File},
	net::{IpAddr, TcpListener},
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	sync::atomic::{AtomicU16, Ordering},
	time::Duration,
};
use tempfile::TempDir;

/// Time in which a node must answer: an unoptimised one compiles its runtime first, on a machine that may be busy.
const START_LIMIT: Duration = Duration::from_secs(180);

/// Time in which a process must end after SIGTERM.
const STOP_LIMIT: Duration = Duration::from_secs(70);

/// Lines of a log that are shown when something fails: few, as there are up to eight processes.
const LOG_TAIL: usize = 12;

/// Names a folder for the whole logs; `RUST_LOG` says what nodes put into them.
pub const KEEP_LOGS: &str = "PRAXIS_TESTS_KEEP_LOGS";

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

/// A port that nobody listens on, and that no other call in this process has given.
///
/// It is below those that Linux gives to outgoing connections, so that a node can have it again after a restart.
pub fn free_port() -> u16 {
	const FIRST: u16 = 12_000;
	const COUNT: u16 = 20_000;
	static CALLS: AtomicU16 = AtomicU16::new(0);
	let begin = std::process::id().wrapping_mul(7_919);
	(0..COUNT)
		.map(|_| begin.wrapping_add(CALLS.fetch_add(1, Ordering::Relaxed).into()) % u32::from(COUNT))
		.filter_map(|offset| u16::try_from(offset).ok().map(|offset| FIRST + offset))
		.find(|port| TcpListener::bind(("0.0.0.0", *port)).is_ok())
		.expect("there are free ports")
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
	/// Where it runs: on loopback unless told otherwise.
	pub place: Place,
}

impl NodeConfig {
	/// A node of `chain` with the keys of `account`.
	pub fn new(chain: &str, account: &str) -> Self {
		Self { account: Some(account.into()), ..Self::follower(chain) }
	}

	/// A node of `chain` that only follows.
	pub fn follower(chain: &str) -> Self {
		Self { chain: chain.into(), account: None, bootnodes: Vec::new(), flags: Vec::new(), place: Place::default() }
	}

	/// More flags.
	#[must_use]
	pub fn with(mut self, flags: &[&str]) -> Self {
		self.flags.extend(flags.iter().copied().map(String::from));
		self
	}

	/// Runs it there.
	#[must_use]
	pub fn at(mut self, place: Place) -> Self {
		self.place = place;
		self
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

	fn signal(&self, signal: &str) {
		let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
		assert!(sent.is_ok_and(|status| status.success()), "{} cannot be signalled", self.name);
	}

	/// Asks the process to end, waits, and gives its exit status.
	fn terminate(&mut self) -> std::process::ExitStatus {
		self.signal("-TERM");
		wait_for(&format!("{} to end", self.name), STOP_LIMIT, || self.child.try_wait().ok().flatten())
	}
}

impl Drop for Running {
	fn drop(&mut self) {
		self.kill();
		if std::thread::panicking() {
			eprintln!("--- end of the log of {} ---\n{}", self.name, self.log_tail());
		}
		if let Some(folder) = std::env::var_os(KEEP_LOGS) {
			let kept = Path::new(&folder).join(self.name.replace(['/', ':', ' '], "-") + ".log");
			if let Err(e) = fs::copy(&self.log, &kept) {
				eprintln!("the log cannot be kept as {}: {e}", kept.display());
			}
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
		node.learn_peer_id();
		node
	}

	/// Starts several at once, in the order of `configs`.
	pub fn start_all(configs: Vec<NodeConfig>) -> Vec<Self> {
		std::thread::scope(|scope| {
			let starts: Vec<_> = configs.into_iter().map(|config| scope.spawn(|| Self::start(config))).collect();
			starts.into_iter().map(|start| start.join().expect("the node starts")).collect()
		})
	}

	fn learn_peer_id(&mut self) {
		let peer_id = self.rpc().call("system_localPeerId", json!([])).expect("system_localPeerId answers");
		self.peer_id = peer_id.as_str().expect("a peer id is text").to_owned();
	}

	fn launch(&mut self) {
		let place = &self.config.place;
		let mut command = place.command(&binary("praxis-node"));
		for address in &place.listen {
			command.args(["--listen-addr", &format!("/ip4/{address}/tcp/{}", self.p2p_port)]);
		}
		if !place.rpc.is_loopback() {
			// Only this machine reaches the address, and the tests call unsafe methods.
			command.args(["--unsafe-rpc-external", "--rpc-methods", "unsafe", "--rpc-cors", "all"]);
		}
		command
			.args(["--chain", &self.config.chain])
			.arg("--base-path")
			.arg(self.folder.path())
			.args(["--rpc-port", &self.rpc_port.to_string()])
			.args(["--node-key", &self.node_key])
			.args(["--no-telemetry", "--no-mdns", "--allow-private-ip", "--disable-log-color"]);
		if !self.config.flags.iter().any(|flag| flag == "--prometheus-port") {
			command.arg("--no-prometheus");
		}
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
		Rpc::at((self.config.place.rpc, self.rpc_port).into())
	}

	/// `ws://…` of its RPC.
	pub fn url(&self) -> String {
		format!("ws://{}:{}", self.config.place.rpc, self.rpc_port)
	}

	/// Where other nodes reach it.
	pub fn address(&self) -> String {
		self.address_on(self.config.place.listen[0])
	}

	/// Where nodes that see it as `host` reach it.
	pub fn address_on(&self, host: IpAddr) -> String {
		format!("/ip4/{host}/tcp/{}/p2p/{}", self.p2p_port, self.peer_id)
	}

	/// Its identity in the network.
	pub fn peer_id(&self) -> &str {
		&self.peer_id
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

	/// Slot and height of every block that it has sealed so far, as it logged them.
	pub fn sealed(&self) -> Vec<(u64, u32)> {
		let read = |line: &str| {
			let (slot, rest) = line.split_once("Slot ")?.1.split_once(": sealed #")?;
			Some((slot.parse().ok()?, rest.split(' ').next()?.parse().ok()?))
		};
		self.log().lines().filter_map(read).collect()
	}

	/// Kills it, as a power cut would.
	pub fn kill(&mut self) {
		self.running = None;
	}

	/// Stops its time, as a machine that is suspended would.
	pub fn suspend(&self) {
		self.running.as_ref().expect("it runs").signal("-STOP");
	}

	/// Lets its time go on.
	pub fn resume(&self) {
		self.running.as_ref().expect("it runs").signal("-CONT");
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

	/// Starts several again at once.
	pub fn restart_all(nodes: &mut [Self]) {
		std::thread::scope(|scope| {
			nodes.iter_mut().for_each(|node| {
				scope.spawn(|| node.restart());
			});
		});
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
	// Dropped first, while its log is still there.
	running: Option<Running>,
	config: WorkerConfig,
	node: String,
	folder: TempDir,
}

impl Worker {
	/// Starts a worker on `node`. Relative paths in its flags are in its own folder.
	pub fn start(node: &Node, config: WorkerConfig) -> Self {
		let folder = tempfile::Builder::new().prefix("praxis-worker-").tempdir().expect("a temporary folder");
		let mut worker = Self { running: None, config, node: node.url(), folder };
		File::create(worker.path("metrics.jsonl")).expect("the metrics file opens");
		worker.launch();
		worker
	}

	fn launch(&mut self) {
		let mut command = Command::new(binary("praxis-worker"));
		command
			.args(["mine", "--node", &self.node, "--metrics"])
			.arg(self.path("metrics.jsonl"))
			.args(&self.config.flags)
			.env("PRAXIS_KEY", &self.config.key)
			.current_dir(self.folder.path());
		let name = format!("the worker of {} on {}", self.config.key, self.node);
		self.running = Some(Running::spawn(&name, command, self.path("worker.log")));
	}

	/// A file in its folder.
	pub fn path(&self, name: &str) -> PathBuf {
		self.folder.path().join(name)
	}

	/// Kills it, as a power cut would.
	pub fn kill(&mut self) {
		self.running = None;
	}

	/// Starts it again with what it had.
	pub fn restart(&mut self) {
		self.running = None;
		self.launch();
	}

	/// The events that it has written of one kind.
	pub fn events(&self, kind: &str) -> Vec<Value> {
		let text = fs::read_to_string(self.path("metrics.jsonl")).unwrap_or_default();
		text.lines()
			.filter_map(|line| serde_json::from_str::<Value>(line).ok())
			.filter(|event| event["event"] == kind)
			.collect()
	}

	/// Fails the test if it has ended.
	pub fn assert_runs(&mut self) {
		self.running.as_mut().expect("it was not ended").assert_runs();
	}

	/// Its process id, while it runs.
	pub fn pid(&self) -> Option<u32> {
		self.running.as_ref().map(|running| running.child.id())
	}

	/// Ends it in order.
	pub fn stop(&mut self) {
		if let Some(mut running) = self.running.take() {
			let status = running.terminate();
			assert!(status.success(), "{} ended with {status}:\n{}", running.name, running.log_tail());
		}
	}

	/// Memory that it holds, in MiB.
	pub fn memory_mib(&self) -> Option<u64> {
		memory_mib(self.pid()?)
	}
}

/// Resident memory of a process, in MiB.
fn memory_mib(pid: u32) -> Option<u64> {
	let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
	let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
	line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}
