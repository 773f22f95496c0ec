//! Four real nodes and their workers on the local chain.

use codec::{Decode, Encode};
use praxis_environment::{score, Real};
use praxis_primitives_consensus::{
	api::{OracleState, Record, RewardStatus},
	digests::Score,
};
use praxis_tests::{wait_for, Node, NodeConfig, Rpc, Worker, WorkerConfig};
use sp_core::crypto::AccountId32;
use sp_io::hashing::twox_128;
use std::{collections::BTreeMap, time::Duration};

const ACCOUNTS: [(&str, &str); 4] =
	[("alice", "//Alice"), ("bob", "//Bob"), ("charlie", "//Charlie"), ("dave", "//Dave")];

/// Blocks over which the network is judged.
const BLOCKS: u32 = 12;

/// Memory that a node may hold, in MiB.
const MAX_NODE_MIB: u64 = 300;

/// Four blocks a minute would do, even on a machine that is busy elsewhere.
const LIMIT: Duration = Duration::from_secs(300);

fn api<T: Decode>(rpc: &Rpc, name: &str, arguments: &[u8], at: &str) -> T {
	let answer = rpc.runtime(name, arguments, Some(at)).unwrap_or_else(|e| panic!("{name} at {at}: {e}"));
	T::decode(&mut &answer[..]).unwrap_or_else(|e| panic!("{name} at {at} does not decode: {e}"))
}

fn total_issuance(rpc: &Rpc, at: &str) -> u128 {
	let key = [twox_128(b"Balances"), twox_128(b"TotalIssuance")].concat();
	let value = rpc.storage(&key, Some(at)).expect("storage can be read").expect("there is an issuance");
	u128::decode(&mut &value[..]).expect("a balance is 16 bytes")
}

fn start_network() -> Vec<Node> {
	let mut nodes: Vec<Node> = Vec::new();
	for (account, _) in ACCOUNTS {
		let mut config = NodeConfig::new("local", account);
		if let Some(first) = nodes.first() {
			config = config.connected_to(first);
		}
		nodes.push(Node::start(config));
	}
	wait_for("every node to have peers", Duration::from_secs(60), || {
		nodes.iter().all(|node| node.rpc().peers().is_ok_and(|peers| peers >= 1)).then_some(())
	});
	nodes
}

fn wait_for_finality(nodes: &[Node], height: u32) {
	wait_for(&format!("height {height} to be final everywhere"), LIMIT, || {
		nodes.iter().all(|node| node.rpc().finalized_number().is_ok_and(|number| number >= height)).then_some(())
	});
}

#[test]
fn four_nodes_should_agree_and_survive_when_one_fails() {
	let mut nodes = start_network();
	let mut workers: Vec<Worker> =
		nodes.iter().zip(ACCOUNTS).map(|(node, (_, key))| Worker::start(node, WorkerConfig::random(key))).collect();
	wait_for("every worker's first submission", Duration::from_secs(120), || {
		workers.iter_mut().for_each(Worker::assert_runs);
		workers.iter().all(|worker| !worker.events("submitted").is_empty()).then_some(())
	});
	let start = nodes[0].rpc().number(None).expect("the node answers");
	let end = start + BLOCKS;
	wait_for_finality(&nodes, end);
	workers.iter_mut().for_each(Worker::assert_runs);

	// All nodes have the same final blocks.
	assert_agreement(&nodes, end);
	check_books(&nodes[0].rpc(), start, end);

	for node in &nodes {
		let memory = node.memory_mib().expect("a running node has memory");
		assert!(memory < MAX_NODE_MIB, "{} holds {memory} MiB", node.url());
	}

	check_late_comers(&nodes);

	// Four voters survive one fault: without Dave finality goes on, and Dave catches up.
	let before = nodes[0].rpc().finalized_number().expect("the node answers");
	workers.pop();
	nodes[3].kill();
	wait_for_finality(&nodes[..3], before + 4);
	nodes[3].restart();
	let target = nodes[0].rpc().finalized_number().expect("the node answers");
	wait_for_finality(&nodes, target + 1);
	assert_agreement(&nodes, target);

	// Dave may have sealed a block that nobody saw before he was killed: he must not seal another for its slot.
	for node in &nodes {
		assert!(!node.log().contains("Equivocation"), "{}", node.log());
	}

	// Everything ends in order when it is asked to.
	drop(workers);
	nodes.iter_mut().for_each(Node::stop);
}

/// A node that comes late follows, whether it executes every block or trusts GRANDPA's proof of the state.
fn check_late_comers(nodes: &[Node]) {
	let mut followers: Vec<Node> = ["full", "warp"]
		.into_iter()
		.map(|mode| {
			let mut config = nodes.iter().fold(NodeConfig::follower("local"), NodeConfig::connected_to);
			config.flags = ["--sync", mode].map(String::from).to_vec();
			Node::start(config)
		})
		.collect();
	let target = nodes[0].rpc().finalized_number().expect("the node answers") + 2;
	wait_for_finality(&followers, target);
	let hash = nodes[0].rpc().block_hash(target).expect("the block is final");
	for follower in &followers {
		assert_eq!(follower.rpc().block_hash(target).as_ref(), Some(&hash));
		let state: OracleState = api(&follower.rpc(), "OracleApi_state", &[], &hash);
		let expected: OracleState = api(&nodes[0].rpc(), "OracleApi_state", &[], &hash);
		assert_eq!(state, expected, "the oracle's state of {}", follower.url());
	}
	let warped = followers[1].log();
	assert!(warped.contains("Warp sync is complete"), "it did not use the proof:\n{warped}");
	followers.iter_mut().for_each(Node::stop);
}

fn assert_agreement(nodes: &[Node], height: u32) {
	let hashes: Vec<Option<String>> = nodes.iter().map(|node| node.rpc().block_hash(height)).collect();
	assert!(hashes.iter().all(|hash| hash.is_some() && *hash == hashes[0]), "block {height}: {hashes:?}");
}

/// The blocks after `start` up to `end` carry transitions, scores fit the records, and awards add up.
fn check_books(rpc: &Rpc, start: u32, end: u32) {
	let hash_of = |number| rpc.block_hash(number).unwrap_or_else(|| panic!("no block {number}"));
	let (first, last) = (hash_of(start), hash_of(end));
	let records: Vec<Record<AccountId32>> = api(rpc, "OracleApi_records", &(start + 1, end - start).encode(), &last);
	let records: BTreeMap<u32, _> = records.into_iter().map(|record| (record.number, record)).collect();
	let full = records.values().filter(|record| !record.actions.is_empty()).count();
	assert!(
		full * 4 >= BLOCKS as usize * 3,
		"only {full} of {BLOCKS} blocks carry transitions, though four workers mine"
	);

	let mut minted = 0;
	let mut cumulative = score_of(rpc, &first).cumulative;
	for number in start + 1..=end {
		let claimed = score_of(rpc, &hash_of(number));
		let exact = records.get(&number).map_or(Real::ZERO, |record| record.reward);
		assert_eq!(claimed.reward, score(exact), "the score of block {number}");
		cumulative += claimed.reward;
		assert_eq!(claimed.cumulative, cumulative, "the cumulative score of block {number}");
		minted += api::<u128>(rpc, "RewardsApi_award_of", &claimed.reward.encode(), &hash_of(number - 1));
	}
	assert!(minted > 0, "nothing was minted");
	let counted = |at: &str| api::<RewardStatus<u128>>(rpc, "RewardsApi_reward_status", &[], at).minted;
	assert_eq!(counted(&last) - counted(&first), minted, "minted, as the runtime counts it");
	// No transaction paid a fee, so the awards are all that changed the issuance.
	assert_eq!(total_issuance(rpc, &last) - total_issuance(rpc, &first), minted, "the growth of the issuance");
}

/// The score digest of a block, as its header carries it.
fn score_of(rpc: &Rpc, hash: &str) -> Score {
	use praxis_primitives_consensus::LearningDigest;
	let header = rpc.header(Some(hash)).expect("the block is known");
	let logs = header["digest"]["logs"].as_array().expect("a header has logs").clone();
	let scores: Vec<Score> = logs
		.iter()
		.filter_map(|log| praxis_tests::rpc::from_hex(log.as_str()?))
		.filter_map(|bytes| sp_runtime::DigestItem::decode(&mut &bytes[..]).ok())
		.filter_map(|item| item.as_learning_score())
		.collect();
	assert_eq!(scores.len(), 1, "block {hash} has exactly one score");
	scores[0]
}
