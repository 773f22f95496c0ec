//! Networks of several authors.

use crate::{chain::is_by, wait_for, wait_until, Node, NodeConfig, Worker, WorkerConfig};
use serde_json::json;
use std::time::Duration;

/// The authors of the local chain: the node's flag, and the key of the author's account.
pub const AUTHORS: [(&str, &str); 4] =
	[("alice", "//Alice"), ("bob", "//Bob"), ("charlie", "//Charlie"), ("dave", "//Dave")];

/// Time in which a network must do something that takes it a minute, on a machine that may be busy elsewhere.
pub const LIMIT: Duration = Duration::from_secs(300);

/// Starts nodes with the keys of `authors`, connected to the first.
pub fn start_network(chain: &str, authors: &[(&str, &str)]) -> Vec<Node> {
	let config = |(account, _): &(&str, &str)| NodeConfig::new(chain, account);
	let (first, others) = authors.split_first().expect("a network has authors");
	let first = Node::start(config(first));
	let configs = others.iter().map(|author| config(author).connected_to(&first)).collect();
	let mut nodes = vec![first];
	nodes.extend(Node::start_all(configs));
	wait_for_peers(&nodes);
	nodes
}

/// Waits until every node has a peer.
pub fn wait_for_peers(nodes: &[Node]) {
	wait_for("every node to have peers", LIMIT, || {
		nodes.iter().all(|node| node.rpc().peers().is_ok_and(|peers| peers >= 1)).then_some(())
	});
}

/// A random worker for each of `nodes`, whose authors are `authors`; waits for the first submission of each.
pub fn start_workers(nodes: &[Node], authors: &[(&str, &str)]) -> Vec<Worker> {
	let start = |(node, (_, key)): (&Node, &(&str, &str))| Worker::start(node, WorkerConfig::random(key));
	let mut workers: Vec<Worker> = nodes.iter().zip(authors).map(start).collect();
	wait_for("every worker's first submission", LIMIT, || {
		workers.iter_mut().for_each(Worker::assert_runs);
		workers.iter().all(|worker| !worker.events("submitted").is_empty()).then_some(())
	});
	workers
}

/// Waits until `height` is final on all of `nodes`.
pub fn wait_for_finality(nodes: &[Node], height: u32) {
	wait_until(&format!("height {height} to be final everywhere"), LIMIT, || {
		let stands: Vec<_> =
			nodes.iter().map(|node| (node.rpc().finalized_number().ok(), node.rpc().number(None).ok())).collect();
		let reached = stands.iter().all(|(finalized, _)| finalized.is_some_and(|number| number >= height));
		reached.then_some(()).ok_or_else(|| {
			let round = nodes.first().and_then(|node| node.rpc().call("grandpa_roundState", json!([])).ok());
			format!("(finalised, best): {stands:?}; the first node's round: {}", round.unwrap_or_default())
		})
	});
}

/// Waits until `node`'s best block is at `height`.
pub fn wait_for_height(node: &Node, height: u32) {
	wait_for(&format!("height {height}"), LIMIT, || {
		node.rpc().number(None).is_ok_and(|number| number >= height).then_some(())
	});
}

/// Waits until a block by `key` above `height` is final on `node`, and gives its height.
pub fn wait_for_block_by(node: &Node, key: &str, height: u32) -> u32 {
	let rpc = node.rpc();
	let mut next = height + 1;
	wait_for(&format!("a final block by {key} above {height}"), LIMIT, || {
		let end = rpc.finalized_number().ok()?;
		let found = (next..=end).find(|number| rpc.block_hash(*number).is_some_and(|hash| is_by(&rpc, &hash, key)));
		next = next.max(end + 1);
		found
	})
}
