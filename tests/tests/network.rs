//! Four real nodes and their workers on the local chain.

use codec::{Decode, Encode};
use praxis_environment::{score, Real};
use praxis_primitives_consensus::{
	api::{Record, RewardStatus},
	digests::Score,
};
use praxis_tests::{wait_for, Node, NodeConfig, Rpc, Worker, WorkerConfig};
use sp_core::crypto::AccountId32;
use sp_io::hashing::twox_128;
use std::{collections::BTreeMap, time::Duration};

const ACCOUNTS: [(&str, &str); 4] =
	[("alice", "//Alice"), ("bob", "//Bob"), ("charlie", "//Charlie"), ("dave", "//Dave")];

/// Finalised height at which the network is judged.
const HEIGHT: u32 = 12;

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
		nodes.iter().all(|node| node.rpc().peers().map_or(false, |peers| peers >= 1)).then_some(())
	});
	nodes
}

fn wait_for_finality(nodes: &[Node], height: u32) {
	wait_for(&format!("height {height} to be final everywhere"), LIMIT, || {
		nodes.iter().all(|node| node.rpc().finalized_number().map_or(false, |number| number >= height)).then_some(())
	});
}

#[test]
fn four_nodes_should_agree_and_survive_when_one_fails() {
	let mut nodes = start_network();
	let mut workers: Vec<Worker> =
		nodes.iter().zip(ACCOUNTS).map(|(node, (_, key))| Worker::start(node, WorkerConfig::random(key))).collect();
	wait_for_finality(&nodes, HEIGHT);
	workers.iter_mut().for_each(Worker::assert_runs);

	// All nodes have the same final blocks.
	let hashes: Vec<Option<String>> = nodes.iter().map(|node| node.rpc().block_hash(HEIGHT)).collect();
	assert!(hashes.iter().all(|hash| hash.is_some() && *hash == hashes[0]), "{hashes:?}");

	check_books(&nodes[0].rpc(), HEIGHT);

	for node in &nodes {
		let memory = node.memory_mib().expect("a running node has memory");
		assert!(memory < MAX_NODE_MIB, "{} holds {memory} MiB", node.url());
	}

	// Four voters survive one fault: without Dave finality goes on, and Dave catches up.
	let before = nodes[0].rpc().finalized_number().expect("the node answers");
	workers.pop();
	nodes[3].kill();
	wait_for_finality(&nodes[..3], before + 4);
	nodes[3].restart();
	let target = nodes[0].rpc().finalized_number().expect("the node answers");
	wait_for_finality(&nodes, target + 1);
	let hashes: Vec<Option<String>> = nodes.iter().map(|node| node.rpc().block_hash(target)).collect();
	assert!(hashes.iter().all(|hash| hash.is_some() && *hash == hashes[0]), "{hashes:?}");

	// Everything ends in order when it is asked to.
	drop(workers);
	nodes.iter_mut().for_each(Node::stop);
}

/// Blocks up to `height` carry transitions, scores fit the records, and awards add up.
fn check_books(rpc: &Rpc, height: u32) {
	let genesis = rpc.block_hash(0).expect("there is a genesis block");
	let head = rpc.block_hash(height).expect("the block is final");
	let records: Vec<Record<AccountId32>> = api(rpc, "OracleApi_records", &(1u32, height).encode(), &head);
	let records: BTreeMap<u32, Record<AccountId32>> =
		records.into_iter().map(|record| (record.number, record)).collect();
	assert!(
		records.len() as u32 * 2 >= height,
		"only {} of {height} blocks carry transitions, though four workers mine",
		records.len(),
	);

	let (mut minted, mut cumulative) = (0u128, Real::ZERO);
	for number in 1..=height {
		let hash = rpc.block_hash(number).expect("below the head");
		let parent = rpc.block_hash(number - 1).expect("below the head");
		let claimed = score_of(rpc, &hash);
		let exact = records.get(&number).map(|record| record.reward).unwrap_or(Real::ZERO);
		assert_eq!(claimed.reward, score(exact), "the score of block {number}");
		cumulative = cumulative + claimed.reward;
		assert_eq!(claimed.cumulative, cumulative, "the cumulative score of block {number}");
		if let Some(record) = records.get(&number) {
			assert_eq!(record.actions.len(), 32);
			let award: u128 = api(rpc, "RewardsApi_award_of", &claimed.reward.encode(), &parent);
			minted += award;
		}
	}
	assert!(minted > 0, "nothing was minted");
	let status: RewardStatus<u128> = api(rpc, "RewardsApi_reward_status", &[], &head);
	assert_eq!(status.minted, minted, "minted, as the runtime counts it");
	// No transaction paid a fee, so the awards are all that changed the issuance.
	assert_eq!(total_issuance(rpc, &head) - total_issuance(rpc, &genesis), minted, "the growth of the issuance");
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
