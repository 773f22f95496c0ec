//! One author's keys on two nodes: the mistake of operators who copy a keystore, and what an author does who equivocates.

use praxis_tests::{
	chain::{account, hash_of, is_by},
	free_port,
	network::{start_workers, wait_for_finality, wait_for_peers, AUTHORS, LIMIT},
	prometheus::scrape,
	wait_for, wait_until, Audit, Node, NodeConfig, Worker,
};
use serde_json::json;
use std::collections::BTreeSet;

/// Whose keys the nodes have. The twins never see each other: each half of the network knows one of them.
const KEYS: [&str; 5] = ["alice", "bob", "alice", "charlie", "dave"];

/// The nodes with Alice's keys, one in each half.
const TWINS: [usize; 2] = [0, 2];

/// Dave's node, which joins the halves.
const BRIDGE: usize = 4;

/// Connections within the halves.
const LINKS: [(usize, usize); 2] = [(0, 1), (2, 3)];

/// Connections between them.
const BRIDGES: [(usize, usize); 2] = [(1, BRIDGE), (3, BRIDGE)];

/// Slots with two blocks of Alice's that every node must have seen before the halves are parted.
const SEEN: usize = 4;

/// Blocks that the halves make apart, at least.
const BLOCKS_APART: u32 = 2;

#[test]
fn network_should_stay_one_when_two_nodes_have_one_key() {
	let ports = KEYS.map(|_| free_port());
	let config = |(key, port): (&&str, &u16)| {
		NodeConfig::new("local", key).with(&["--reserved-only", "--prometheus-port", &port.to_string()])
	};
	let mut nodes = Node::start_all(KEYS.iter().zip(&ports).map(config).collect());
	connect(&nodes, &[LINKS, BRIDGES].concat());
	wait_for_peers(&nodes);
	// The other twin has no worker: in the same slot it makes a block that earns nothing.
	let mut workers = start_workers(&nodes[..1], &AUTHORS[..1]);
	workers.extend(start_workers(&nodes[3..4], &AUTHORS[2..3]));
	let start = finalized(&nodes[0]);
	let mut audit = Audit::begin(&nodes[0]).with_shared_keys([account("//Alice")]);

	// Both blocks of a slot come to everybody, and the chain goes on.
	wait_until("equivocations to be seen by all", LIMIT, || {
		let seen = equivocations(&ports);
		seen.iter().all(|count| *count >= SEEN).then_some(()).ok_or_else(|| format!("{seen:?}"))
	});
	audit.check(&nodes);
	part(&mut nodes);
	let books = audit.check(&nodes);
	assert!(books.minted > 0, "nothing was minted: {books:?}");

	// Nobody is said to have equivocated who did not.
	let (seen, twice) = (equivocations(&ports), sealed_by_both(&nodes).len());
	assert!(seen.iter().all(|count| *count <= twice), "both sealed in {twice} slots, and seen were {seen:?}");
	let (rpc, end) = (nodes[0].rpc(), finalized(&nodes[0]));
	let by = |key| (start + 1..=end).filter(|number| is_by(&rpc, &hash_of(&rpc, *number), key)).count();
	let shares: Vec<_> = AUTHORS.iter().map(|(name, key)| format!("{name} {}", by(key))).collect();
	println!("both sealed in {twice} slots, seen were {seen:?}; final blocks {start} to {end}: {}", shares.join(", "));

	workers.iter_mut().for_each(Worker::stop);
	nodes.iter_mut().for_each(Node::stop);
}

/// Without the bridge the halves go on by themselves, each with two voters of four, of which one is a twin: nothing becomes
/// final. Joined again they have one chain.
fn part(nodes: &mut [Node]) {
	nodes[BRIDGE].kill();
	let [left, right] = TWINS.map(|twin| &nodes[twin]);
	let before = best(left).min(best(right));
	let parted = wait_for("the halves to have chains of their own", LIMIT, || {
		let top = best(left).min(best(right));
		let differ = |number: &u32| left.rpc().block_hash(*number) != right.rpc().block_hash(*number);
		let parted = (before + 1..=top).find(differ)?;
		(top >= parted + BLOCKS_APART).then_some(parted)
	});
	let hashes = [left, right].map(|half| hash_of(&half.rpc(), parted));
	nodes[BRIDGE].restart();
	let [left, right] = TWINS.map(|twin| &nodes[twin]);
	let top = best(left).max(best(right));
	for half in [left, right] {
		let last = finalized(half);
		assert!(last < parted, "half of the voters, with a key that both halves have, made block {last} final");
	}
	connect(nodes, &BRIDGES);
	wait_for_finality(nodes, top);
	let stayed = hash_of(&nodes[BRIDGE].rpc(), parted);
	let half = hashes.iter().position(|hash| *hash == stayed).expect("the chain of one half stays");
	println!("parted from block {parted} to {top} at least; the chain of half {half} stayed");
}

/// Makes nodes take each other as peers.
fn connect(nodes: &[Node], pairs: &[(usize, usize)]) {
	for (a, b) in pairs.iter().flat_map(|(a, b)| [(a, b), (b, a)]) {
		let done = nodes[*a].rpc().call("system_addReservedPeer", json!([nodes[*b].address()]));
		done.unwrap_or_else(|e| panic!("a reserved peer cannot be added: {e}"));
	}
}

/// Equivocations that each node knows of, by its metrics.
fn equivocations(ports: &[u16]) -> Vec<usize> {
	ports.iter().map(|port| scrape(*port)["praxis_equivocations"] as usize).collect()
}

/// Slots in which both twins have sealed.
fn sealed_by_both(nodes: &[Node]) -> BTreeSet<u64> {
	let [one, other] =
		TWINS.map(|twin| nodes[twin].sealed().into_iter().map(|(slot, _)| slot).collect::<BTreeSet<_>>());
	&one & &other
}

fn finalized(node: &Node) -> u32 {
	node.rpc().finalized_number().expect("the node answers")
}

fn best(node: &Node) -> u32 {
	node.rpc().number(None).expect("the node answers")
}
