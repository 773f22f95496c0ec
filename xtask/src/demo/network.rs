//! The processes of the demo: real nodes and workers on loopback, each with its own folder and ports.

use super::{metrics::Metrics, rpc::Rpc};
use crate::{
	process::{self, io_error, Error, Result, Service},
	workspace,
};
use serde_json::{json, Value};
use std::{
	fs,
	net::{Ipv4Addr, TcpListener},
	path::{Path, PathBuf},
	process::Command,
	time::{Duration, Instant},
};

/// Development accounts for which the node has a flag. The local chain's genesis names the first four.
pub const ACCOUNTS: [&str; 8] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie", "One", "Two"];

const LOCAL_AUTHORS: usize = 4;

/// An unoptimised node compiles its runtime first, and all start at once on what may be two cores.
const START_LIMIT: Duration = Duration::from_secs(240);

/// The two programs.
pub struct Programs {
	/// `praxis-node`.
	pub node: PathBuf,
	/// `praxis-worker`.
	pub worker: PathBuf,
}

impl Programs {
	/// Those that the development profile put into `target`.
	pub fn in_target(target: &Path) -> Result<Self> {
		let find = |name: &str| {
			let path = target.join("debug").join(name);
			if path.is_file() {
				Ok(path)
			} else {
				Err(Error::Failed(format!("{} is missing: run this without --no-build", path.display())))
			}
		};
		Ok(Self { node: find("praxis-node")?, worker: find("praxis-worker")? })
	}

	fn node(&self) -> Command {
		workspace::command(&self.node)
	}
}

/// How a worker plays.
#[derive(Clone)]
pub enum Play {
	/// It starts from nothing and learns, with at most so many updates of its network a block.
	Learn(u32),
	/// It starts from this policy and goes on learning.
	Pretrained(PathBuf),
	/// It plays at random and never learns.
	Random,
}

/// A running node.
pub struct Node {
	/// Its RPC server.
	pub rpc: Rpc,
	/// Its author's name.
	pub name: &'static str,
	/// Its author's key.
	pub key: [u8; 32],
	/// Where it answers.
	pub url: String,
}

/// The running network.
pub struct Network {
	/// The nodes, the first of which the demo watches.
	pub nodes: Vec<Node>,
	/// What each worker says about itself.
	pub metrics: Vec<Metrics>,
	/// Their processes.
	pub node_services: Vec<Service>,
	/// The workers' processes.
	pub worker_services: Vec<Service>,
}

/// A development account: name, address and author key.
struct Account {
	name: &'static str,
	address: String,
	key: [u8; 32],
}

fn inspect(programs: &Programs, name: &str, scheme: &str) -> Result<Value> {
	let seed = format!("//{name}");
	let text = process::output(programs.node().args([
		"key",
		"inspect",
		"--scheme",
		scheme,
		"--output-type",
		"json",
		seed.as_str(),
	]))?;
	serde_json::from_str(&text)
		.map_err(|error| Error::Failed(format!("`key inspect {seed}` printed {text:?}: {error}")))
}

/// Address of the account of a development key such as `//Alice`.
pub fn address(programs: &Programs, key: &str) -> Result<String> {
	let shown = inspect(programs, key.trim_start_matches('/'), "sr25519")?;
	let address = shown["ss58Address"].as_str().map(String::from);
	address.ok_or_else(|| Error::Failed(format!("`key inspect {key}` shows no address: {shown}")))
}

fn account(programs: &Programs, name: &'static str) -> Result<Account> {
	let shown = inspect(programs, name, "sr25519")?;
	let key = super::rpc::bytes(&shown["publicKey"]).and_then(|key| key.try_into().ok());
	match (shown["ss58Address"].as_str(), key) {
		(Some(address), Some(key)) => Ok(Account { name, address: address.into(), key }),
		_ => Err(Error::Failed(format!("`key inspect //{name}` shows no key: {shown}"))),
	}
}

/// Writes the raw specification of a local chain whose authors and voters are `accounts`.
fn write_spec(programs: &Programs, accounts: &[Account], folder: &Path) -> Result<PathBuf> {
	let raw = folder.join("chain.json");
	let export = |chain: &str, raw: bool| {
		let mut command = programs.node();
		command.args(["export-chain-spec", "--chain", chain]);
		if raw {
			command.arg("--raw");
		}
		process::output(&mut command)
	};
	let text = if accounts.len() == LOCAL_AUTHORS {
		export("local", true)?
	} else {
		// Fewer authors would leave the chain without its majority of voters; more must be bonded at genesis.
		let mut spec: Value = serde_json::from_str(&export("local", false)?)
			.map_err(|error| Error::Failed(format!("the local chain's specification cannot be read: {error}")))?;
		set_authors(programs, &mut spec, accounts)?;
		let plain = folder.join("chain-plain.json");
		fs::write(&plain, spec.to_string()).map_err(io_error("write", &plain))?;
		export(&plain.to_string_lossy(), true)?
	};
	fs::write(&raw, text).map_err(io_error("write", &raw))?;
	Ok(raw)
}

fn set_authors(programs: &Programs, spec: &mut Value, accounts: &[Account]) -> Result {
	let genesis = &mut spec["genesis"]["runtimeGenesis"];
	let genesis = if genesis["config"].is_object() { &mut genesis["config"] } else { &mut genesis["patch"] };
	if !(genesis["workers"]["authors"].is_array() && genesis["grandpa"]["authorities"].is_array()) {
		return Err(Error::Failed(format!(
			"only {LOCAL_AUTHORS} nodes are possible: the chain's genesis lists no authors"
		)));
	}
	let mut voters = Vec::new();
	for account in accounts {
		let voter = inspect(programs, account.name, "ed25519")?;
		voters.push(json!([voter["ss58PublicKey"], 1]));
	}
	genesis["workers"]["authors"] = accounts.iter().map(|account| json!([account.address, account.address])).collect();
	genesis["grandpa"]["authorities"] = voters.into();
	// Everybody needs a balance to bond.
	if let Some(balances) = genesis["balances"]["balances"].as_array_mut() {
		let amount = balances.first().map(|entry| entry[1].clone()).unwrap_or(Value::Null);
		for account in accounts {
			if !balances.iter().any(|entry| entry[0] == json!(account.address)) {
				balances.push(json!([account.address, amount]));
			}
		}
	}
	Ok(())
}

/// Ports that nobody listens on. All are held until the last is found, so that they differ.
pub fn free_ports(count: usize) -> Result<Vec<u16>> {
	let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
	let listeners: std::io::Result<Vec<_>> = (0..count).map(|_| bind()).collect();
	listeners
		.and_then(|listeners| {
			listeners.iter().map(|listener| listener.local_addr().map(|address| address.port())).collect()
		})
		.map_err(|error| Error::Failed(format!("loopback has no free port: {error}")))
}

impl Network {
	/// Starts `plays.len()` nodes and waits until they answer, then a worker for each.
	pub fn start(programs: &Programs, plays: &[Play], folder: &Path) -> Result<Self> {
		let accounts =
			ACCOUNTS[..plays.len()].iter().map(|name| account(programs, name)).collect::<Result<Vec<_>>>()?;
		println!("Making the chain's specification");
		let spec = write_spec(programs, &accounts, folder)?;
		println!("Starting {} nodes and {} workers; logs are in {}", plays.len(), plays.len(), folder.display());
		let mut network =
			Self { nodes: Vec::new(), metrics: Vec::new(), node_services: Vec::new(), worker_services: Vec::new() };
		network.start_nodes(programs, &accounts, &spec, folder)?;
		network.start_workers(programs, plays, folder)?;
		Ok(network)
	}

	fn start_nodes(&mut self, programs: &Programs, accounts: &[Account], spec: &Path, folder: &Path) -> Result {
		let ports = free_ports(2 * accounts.len())?;
		let ports: Vec<_> = ports.chunks(2).map(|pair| (pair[0], pair[1])).collect();
		let mut addresses = Vec::new();
		for (account, (p2p, _)) in accounts.iter().zip(&ports) {
			let base = folder.join(account.name);
			fs::create_dir_all(&base).map_err(io_error("create", &base))?;
			let key = base.join("node-key");
			// Any 32 bytes are a node key; the port makes it this node's own.
			fs::write(&key, format!("{p2p:064x}")).map_err(io_error("write", &key))?;
			let id = process::output(programs.node().args(["key", "inspect-node-key", "--file"]).arg(&key))?;
			addresses.push(format!("/ip4/127.0.0.1/tcp/{p2p}/p2p/{}", id.trim()));
		}
		for (at, (account, (p2p, rpc))) in accounts.iter().zip(&ports).enumerate() {
			let base = folder.join(account.name);
			let mut command = programs.node();
			command.arg("--chain").arg(spec).arg("--base-path").arg(&base);
			command.arg("--node-key-file").arg(base.join("node-key"));
			command.args([format!("--{}", account.name.to_lowercase()), "--rpc-port".into(), rpc.to_string()]);
			command.args(["--listen-addr".into(), format!("/ip4/127.0.0.1/tcp/{p2p}")]);
			command.args([
				"--no-telemetry",
				"--no-prometheus",
				"--no-mdns",
				"--allow-private-ip",
				"--disable-log-color",
			]);
			for address in addresses.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, address)| address) {
				command.args(["--reserved-nodes", address]);
			}
			let log = folder.join(format!("node-{}.log", account.name.to_lowercase()));
			self.node_services.push(Service::start(format!("node {}", account.name), &mut command, log)?);
			let url = format!("ws://127.0.0.1:{rpc}");
			self.nodes.push(Node { rpc: Rpc::new(*rpc), name: account.name, key: account.key, url });
		}
		let until = Instant::now() + START_LIMIT;
		for at in 0..self.nodes.len() {
			while self.nodes[at].rpc.call("system_health", json!([])).is_err() {
				self.check_alive()?;
				if Instant::now() > until {
					let service = &self.node_services[at];
					return Err(Error::Failed(format!("{} does not answer. {}", service.name, service.log_end())));
				}
				process::pause(Duration::from_millis(200))?;
			}
		}
		Ok(())
	}

	fn start_workers(&mut self, programs: &Programs, plays: &[Play], folder: &Path) -> Result {
		// Each has its own, so that `status` can be asked about any of them while the demo runs.
		let ports = free_ports(plays.len())?;
		println!("To ask a worker how it does while this runs:");
		for (at, ((node, play), port)) in self.nodes.iter().zip(plays).zip(ports).enumerate() {
			let name = node.name.to_lowercase();
			let metrics = folder.join(format!("worker-{name}.jsonl"));
			let mut command = workspace::command(&programs.worker);
			command.args(["mine", "--node", &node.url]).arg("--metrics").arg(&metrics);
			let control = format!("127.0.0.1:{port}");
			command.args(["--seed", &at.to_string(), "--control", &control]);
			match play {
				Play::Learn(updates) => {
					command.args(["--max-updates-per-block", &updates.to_string()]);
				}
				Play::Pretrained(policy) => {
					command.arg("--policy").arg(policy);
				}
				Play::Random => {
					command.arg("--random");
				}
			}
			// A key never goes on a command line, which everybody on the machine can read.
			command.env("PRAXIS_KEY", format!("//{}", node.name));
			println!("  {:<8} {} status --control {control}", node.name, programs.worker.display());
			let log = folder.join(format!("worker-{name}.log"));
			self.worker_services.push(Service::start(format!("worker {}", node.name), &mut command, log)?);
			self.metrics.push(Metrics::new(metrics));
		}
		Ok(())
	}

	/// An error if a process has ended.
	pub fn check_alive(&mut self) -> Result {
		self.node_services.iter_mut().chain(&mut self.worker_services).try_for_each(Service::check_alive)
	}

	/// Name of the author with `key`.
	pub fn author(&self, key: &[u8; 32]) -> String {
		match self.nodes.iter().find(|node| node.key == *key) {
			Some(node) => node.name.into(),
			None => key[..4].iter().map(|byte| format!("{byte:02x}")).collect(),
		}
	}
}
