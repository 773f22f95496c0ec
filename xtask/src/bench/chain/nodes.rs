//! Starts and watches nodes of both chains.

use crate::{
	bench::Release,
	demo::rpc::Rpc,
	process::{self, io_error, Error, Result, Service},
};
use serde_json::json;
use std::{
	fs,
	net::{Ipv4Addr, TcpListener},
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

/// A node and the settings that it is measured with.
pub struct Peer {
	/// What the tables call it.
	pub name: &'static str,
	/// Its program.
	pub program: &'static str,
	/// Its flags.
	pub flags: &'static [&'static str],
	/// Length of its slots, in seconds.
	pub slot: u64,
	/// Execution time that transfers may take in a block, in milliseconds.
	pub budget: u64,
	/// Transfers that a window of so many seconds may need.
	pub transfers: fn(u64) -> u64,
}

/// What is compared, ours first.
pub const PEERS: [Peer; 3] = [
	Peer {
		name: "Praxis",
		program: "praxis-node",
		flags: &["--dev"],
		slot: 3,
		budget: 112,
		transfers: |seconds| 14_000 + 200 * seconds,
	},
	Peer {
		name: "solochain, settings of Praxis",
		program: "solochain-node",
		flags: &["--dev", "--chain", "short", "--trie-cache-size", "33554432", "--max-runtime-instances", "4"],
		slot: 3,
		budget: 112,
		transfers: |seconds| 14_000 + 200 * seconds,
	},
	Peer {
		name: "solochain, template",
		program: "solochain-node",
		flags: &["--dev"],
		slot: 6,
		budget: 1_500,
		transfers: |seconds| 20_000 + 1_200 * seconds,
	},
];

/// Time in which a node must answer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Time in which a node must end.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A running node.
pub struct Node {
	/// Its RPC server.
	pub rpc: Rpc,
	/// `ws://…` of it.
	pub url: String,
	/// From the start of the process to its first answer, in seconds.
	pub started_in: f64,
	service: Service,
}

/// A port of loopback that nobody listens on.
fn free_port() -> Result<u16> {
	TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
		.and_then(|listener| listener.local_addr())
		.map(|address| address.port())
		.map_err(|error| Error::Failed(format!("loopback has no free port: {error}")))
}

impl Node {
	/// Starts a node with its database in `folder`, and waits until it answers.
	pub fn start<S: AsRef<str>>(release: &Release, program: &str, flags: &[S], folder: &Path) -> Result<Self> {
		let (rpc_port, p2p_port) = (free_port()?, free_port()?);
		let mut command = release.command(program);
		command.args(flags.iter().map(AsRef::as_ref)).arg("--base-path").arg(folder);
		command.args(["--rpc-port", &rpc_port.to_string()]);
		command.args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{p2p_port}")]);
		// Any 32 bytes are a node key; the port makes it this node's own.
		command.args(["--node-key", &format!("{p2p_port:064x}")]);
		command.args(["--no-telemetry", "--no-prometheus", "--no-mdns", "--disable-log-color"]);
		// The pool keeps what blocks took until they are final: the default of 8,192 is too small for the template's blocks,
		// and a full pool drops transactions whose successors then wait for ever.
		command.args(["--pool-limit", "32768", "--pool-kbytes", "65536"]);
		let rpc = Rpc::new(rpc_port);
		let begun = Instant::now();
		let mut service = Service::start(program, &mut command, folder.with_extension("log"))?;
		while rpc.call("system_health", json!([])).is_err() {
			service.check_alive()?;
			if begun.elapsed() > START_LIMIT {
				return Err(Error::Failed(format!("{program} does not answer. {}", service.log_end())));
			}
			process::pause(Duration::from_millis(5))?;
		}
		let started_in = begun.elapsed().as_secs_f64();
		Ok(Self { rpc, url: format!("ws://127.0.0.1:{rpc_port}"), started_in, service })
	}

	/// Its process id.
	pub fn id(&self) -> u32 {
		self.service.id()
	}

	/// Height of its head.
	pub fn height(&self) -> Result<u64> {
		let header = self.rpc.call("chain_getHeader", json!([]))?;
		let text = header["number"].as_str().and_then(|text| text.strip_prefix("0x"));
		text.and_then(|text| u64::from_str_radix(text, 16).ok())
			.ok_or_else(|| Error::Failed(format!("no height in {header}")))
	}

	/// Waits until its head is at `height`, at most `limit`.
	pub fn await_height(&mut self, height: u64, limit: Duration) -> Result {
		let begun = Instant::now();
		while self.height()? < height {
			self.service.check_alive()?;
			if begun.elapsed() > limit {
				return Err(Error::Failed(format!("no block {height}. {}", self.service.log_end())));
			}
			process::pause(Duration::from_millis(200))?;
		}
		Ok(())
	}

	/// Resident memory, in MiB.
	pub fn resident(&self) -> Result<f64> {
		let path = PathBuf::from(format!("/proc/{}/status", self.id()));
		let status = fs::read_to_string(&path).map_err(io_error("read", &path))?;
		resident(&status).ok_or_else(|| Error::Failed(format!("{} names no VmRSS", path.display())))
	}

	/// Ends it in order.
	pub fn stop(mut self) -> Result {
		match process::stop(std::slice::from_mut(&mut self.service), STOP_LIMIT).is_empty() {
			true => Ok(()),
			false => Err(Error::Failed(format!("a node did not end. {}", self.service.log_end()))),
		}
	}
}

/// Resident memory in a `/proc/…/status`, in MiB.
fn resident(status: &str) -> Option<f64> {
	let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
	let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
	Some(kilobytes / 1024.0)
}

/// A folder that is removed when dropped.
pub struct Folder(pub PathBuf);

impl Folder {
	/// A new folder among the temporary ones.
	pub fn new(name: &str) -> Result<Self> {
		let path = std::env::temp_dir().join(format!("praxis-bench-{}-{name}", std::process::id()));
		fs::create_dir_all(&path).map_err(io_error("create", &path))?;
		Ok(Self(path))
	}
}

impl Drop for Folder {
	fn drop(&mut self) {
		// What cannot be removed lies among temporary files.
		let _ = fs::remove_dir_all(&self.0);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn resident_memory_should_be_read_from_a_status() {
		assert_eq!(resident("Name:\tnode\nVmHWM:\t  4096 kB\nVmRSS:\t  2560 kB\n"), Some(2.5));
		assert_eq!(resident("Name:\tnode\n"), None);
	}

	#[test]
	fn a_folder_should_go_with_its_value() {
		let folder = Folder::new("test").expect("temporary folders can be made");
		let path = folder.0.clone();
		assert!(path.is_dir());
		drop(folder);
		assert!(!path.exists());
	}
}
