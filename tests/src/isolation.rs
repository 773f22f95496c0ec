//! Cutting one node off from the others: by a network namespace of its own, or by its reserved peers.

use crate::Node;
use serde_json::json;
use std::{
	fmt,
	net::{IpAddr, Ipv4Addr},
	path::Path,
	process::Command,
};

/// Set to anything, nodes are cut off by reserved peers even where namespaces can be made.
pub const NO_NAMESPACE: &str = "PRAXIS_TESTS_NO_NAMESPACE";

/// Namespaces of these tests are called so, with the process that made them and a number.
const PREFIX: &str = "praxis-test-";

/// Where a node runs, and how it is reached.
#[derive(Clone, Debug)]
pub struct Place {
	/// The network namespace, if it has one of its own.
	pub namespace: Option<String>,
	/// Address of its RPC.
	pub rpc: IpAddr,
	/// Addresses on which it listens for other nodes.
	pub listen: Vec<IpAddr>,
}

impl Default for Place {
	fn default() -> Self {
		let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
		Self { namespace: None, rpc: loopback, listen: vec![loopback] }
	}
}

impl Place {
	/// Runs `program` there.
	pub fn command(&self, program: &Path) -> Command {
		let Some(namespace) = &self.namespace else { return Command::new(program) };
		// It becomes the program, so the process id is the program's.
		let mut command = Command::new("ip");
		command.args(["netns", "exec", namespace]).arg(program);
		command
	}
}

/// Runs `ip` and says whether it succeeded.
fn ip(arguments: &str) -> bool {
	let output = Command::new("ip").args(arguments.split(' ')).output();
	output.is_ok_and(|output| output.status.success())
}

/// A network namespace, gone when dropped. Two cables lead to it: one for the other nodes, that can be pulled, and one
/// for the RPC, so that the test still sees the node that is cut off.
#[derive(Debug)]
pub struct Namespace {
	name: String,
	number: u8,
}

impl Namespace {
	/// Makes one, where this process may.
	pub fn new() -> Option<Self> {
		remove_abandoned();
		let process = std::process::id();
		let begin = process as u8;
		// Another test may have the same number: the cables' names are then taken.
		(0..=u8::MAX).map(|offset| begin.wrapping_add(offset)).find_map(|number| {
			let namespace = Self { name: format!("{PREFIX}{process}-{number}"), number };
			ip(&format!("netns add {}", namespace.name)).then_some(())?;
			// Dropped, and removed with it, if something fails.
			namespace.wire().then_some(namespace)
		})
	}

	fn wire(&self) -> bool {
		let Self { name, number } = self;
		let cable = |kind: char, network: u8| {
			let (outer, inner) = (self.outer(kind), self.inner(kind));
			ip(&format!("link add {outer} type veth peer name {inner} netns {name}"))
				&& ip(&format!("addr add 10.{network}.{number}.1/30 dev {outer}"))
				&& ip(&format!("-n {name} addr add 10.{network}.{number}.2/30 dev {inner}"))
				&& ip(&format!("link set {outer} up"))
				&& ip(&format!("-n {name} link set {inner} up"))
		};
		ip(&format!("-n {name} link set lo up")) && cable('p', 213) && cable('r', 214)
	}

	fn outer(&self, kind: char) -> String {
		format!("praxis{}{kind}", self.number)
	}

	fn inner(&self, kind: char) -> String {
		format!("praxis{}{kind}i", self.number)
	}

	fn address(&self, network: u8, end: u8) -> IpAddr {
		Ipv4Addr::new(10, network, self.number, end).into()
	}

	/// Where nodes outside are reached from inside.
	pub fn gateway(&self) -> IpAddr {
		self.address(213, 1)
	}

	/// For a node in it.
	pub fn inside(&self) -> Place {
		Place { namespace: Some(self.name.clone()), rpc: self.address(214, 2), listen: vec![self.address(213, 2)] }
	}

	/// For a node that is reached both from this machine and from inside.
	pub fn outside(&self) -> Place {
		let mut place = Place::default();
		place.listen.push(self.gateway());
		place
	}

	/// Pulls the cable to the other nodes, or puts it back.
	fn set_link(&self, state: &str) {
		let done = ip(&format!("-n {} link set {} {state}", self.name, self.inner('p')));
		assert!(done, "the link of {} cannot be set {state}", self.name);
	}
}

impl Drop for Namespace {
	fn drop(&mut self) {
		ip(&format!("netns delete {}", self.name));
		// They go with the namespace, but not at once.
		for kind in ['p', 'r'] {
			ip(&format!("link delete {}", self.outer(kind)));
		}
	}
}

/// Removes namespaces of tests that were killed.
fn remove_abandoned() {
	let Ok(list) = Command::new("ip").args(["netns", "list"]).output() else { return };
	let list = String::from_utf8_lossy(&list.stdout).into_owned();
	for name in list.lines().filter_map(|line| line.split(' ').next()) {
		let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
		if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
			ip(&format!("netns delete {name}"));
		}
	}
}

/// How a node can be cut off here.
#[derive(Debug)]
pub enum Isolation {
	/// It runs in a namespace whose cable is pulled.
	Namespace(Namespace),
	/// It takes reserved peers only, and has none for a while.
	ReservedPeers,
}

impl Isolation {
	/// A namespace where one can be made.
	pub fn new() -> Self {
		let namespace = std::env::var_os(NO_NAMESPACE).is_none().then(Namespace::new).flatten();
		namespace.map_or(Self::ReservedPeers, Self::Namespace)
	}

	/// Where the others run.
	pub fn outside(&self) -> Place {
		match self {
			Self::Namespace(namespace) => namespace.outside(),
			Self::ReservedPeers => Place::default(),
		}
	}

	/// Where the node that will be cut off runs, and the flags that connect it to the others.
	pub fn inside(&self, others: &[Node]) -> (Place, Vec<String>) {
		let addresses = |of: &dyn Fn(&Node) -> String| others.iter().map(of).collect::<Vec<_>>();
		match self {
			Self::Namespace(namespace) => {
				let bootnodes = addresses(&|node| node.address_on(namespace.gateway()));
				(namespace.inside(), [vec!["--bootnodes".into()], bootnodes].concat())
			}
			Self::ReservedPeers => {
				// Without a place for other peers: one that is no longer reserved would be kept as such a one.
				let flags = ["--reserved-only", "--in-peers", "0", "--out-peers", "0", "--reserved-nodes"];
				let flags = flags.map(String::from).to_vec();
				(Place::default(), [flags, addresses(&|node| node.address())].concat())
			}
		}
	}

	/// Cuts `node` off from the `others`.
	pub fn cut(&self, node: &Node, others: &[Node]) {
		match self {
			Self::Namespace(namespace) => namespace.set_link("down"),
			Self::ReservedPeers => {
				for other in others {
					let done = node.rpc().call("system_removeReservedPeer", json!([other.peer_id()]));
					done.unwrap_or_else(|e| panic!("a reserved peer cannot be removed: {e}"));
				}
			}
		}
	}

	/// Joins it to them again.
	pub fn join(&self, node: &Node, others: &[Node]) {
		match self {
			Self::Namespace(namespace) => namespace.set_link("up"),
			Self::ReservedPeers => {
				for other in others {
					let done = node.rpc().call("system_addReservedPeer", json!([other.address()]));
					done.unwrap_or_else(|e| panic!("a reserved peer cannot be added: {e}"));
				}
			}
		}
	}
}

impl Default for Isolation {
	fn default() -> Self {
		Self::new()
	}
}

impl fmt::Display for Isolation {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		match self {
			Self::Namespace(namespace) => write!(f, "network namespace {}", namespace.name),
			Self::ReservedPeers => write!(f, "reserved peers"),
		}
	}
}
