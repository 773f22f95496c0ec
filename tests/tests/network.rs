//! Four real nodes and their workers on the local chain.

use codec::Encode;
use praxis_primitives_consensus::{
	api::{OracleState, Record},
	ForkRule,
};
use praxis_tests::{
	audit::{assert_agreement, assert_no_equivocation},
	chain::{api, hash_of, storage_key},
	network::{start_network, start_workers, wait_for_finality, AUTHORS},
	Audit, Node, NodeConfig, Specification, State, Worker,
};
use serde_json::json;
use sp_core::crypto::AccountId32;

/// Blocks over which the network is judged.
const BLOCKS: u32 = 12;

/// Blocks over which the network of two is judged.
const SHORT: u32 = 8;

/// Memory that a node may hold, in MiB.
const MAX_NODE_MIB: u64 = 300;

#[test]
fn four_nodes_should_agree_and_take_in_late_comers() {
	let mut nodes = start_network("local", &AUTHORS);
	let mut workers = start_workers(&nodes, &AUTHORS);
	let start = nodes[0].rpc().number(None).expect("the node answers");
	wait_for_finality(&nodes, start);
	let mut audit = Audit::begin(&nodes[0]);
	wait_for_finality(&nodes, start + BLOCKS);
	workers.iter_mut().for_each(Worker::assert_runs);

	check_the_finality_rpc(&nodes[0]);

	let books = audit.check(&nodes);
	assert!(books.full * 4 >= books.blocks * 3, "few blocks carry transitions, though four workers mine: {books:?}");
	assert!(books.minted > 0, "nothing was minted");
	check_that_a_spoilt_state_is_found(&nodes[0]);

	for node in &nodes {
		let memory = node.memory_mib().expect("a running node has memory");
		assert!(memory < MAX_NODE_MIB, "{} holds {memory} MiB", node.url());
	}

	check_late_comers(&nodes);
	audit.check(&nodes);

	// Everything ends in order when it is asked to.
	workers.iter_mut().for_each(Worker::stop);
	nodes.iter_mut().for_each(Node::stop);
	assert_no_equivocation(&nodes);
}

/// The letter of the paper: one step a block, and the last block's reward decides between chains of equal length.
#[test]
fn two_nodes_should_agree_when_blocks_hold_one_step_and_the_last_reward_decides() {
	let specification = Specification::new("local", "praxis_one_step", |genesis| {
		genesis["oracle"]["stepsPerBlock"] = 1.into();
		genesis["oracle"]["forkRule"] = "LastReward".into();
		for list in [("workers", "authors"), ("grandpa", "authorities")] {
			genesis[list.0][list.1].as_array_mut().expect("a list").truncate(2);
		}
	});
	let mut nodes = start_network(&specification.path(), &AUTHORS[..2]);
	let mut audit = Audit::begin(&nodes[0]);
	let mut workers = start_workers(&nodes, &AUTHORS[..2]);
	let start = nodes[0].rpc().number(None).expect("the node answers");
	wait_for_finality(&nodes, start + SHORT);
	let books = audit.check(&nodes);
	assert!(books.full * 2 >= books.blocks && books.minted > 0, "two workers mine: {books:?}");

	let rpc = nodes[0].rpc();
	let hash = hash_of(&rpc, start + SHORT);
	assert_eq!(api::<ForkRule>(&rpc, "LearningApi_fork_rule", &[], &hash), ForkRule::LastReward);
	let records: Vec<Record<AccountId32>> = api(&rpc, "OracleApi_records", &(start + 1, SHORT).encode(), &hash);
	assert!(!records.is_empty() && records.iter().all(|record| record.actions.len() == 1), "{records:?}");
	workers.iter_mut().for_each(Worker::stop);
	nodes.iter_mut().for_each(Node::stop);
}

/// The check of states finds what does not hold.
fn check_that_a_spoilt_state_is_found(node: &Node) {
	let hash = node.rpc().finalized_hash().expect("the node answers");
	let mut state = State::fetch(&node.rpc(), &hash);
	assert_eq!(state.check_content(), Ok(()));
	let issuance = storage_key("Balances", "TotalIssuance");
	state.storage.top.get_mut(&issuance).expect("there is an issuance")[0] ^= 1;
	let found = state.check().expect_err("the root is another");
	assert!(found.contains("root"), "{found}");
	let found = state.check_content().expect_err("the issuance is wrong");
	assert!(found.contains("issuance"), "{found}");
}

/// A node that comes late follows, whether it executes every block, trusts GRANDPA's proof of the state, or all headers
/// and the state of one that GRANDPA made final meanwhile.
fn check_late_comers(nodes: &[Node]) {
	let configs = ["full", "warp", "fast"].map(|mode| {
		let config = nodes.iter().fold(NodeConfig::follower("local"), NodeConfig::connected_to);
		config.with(&["--sync", mode])
	});
	let mut followers = Node::start_all(configs.into());
	let target = nodes[0].rpc().finalized_number().expect("the node answers") + 2;
	wait_for_finality(&followers, target);
	let hash = nodes[0].rpc().block_hash(target).expect("the block is final");
	for follower in &followers {
		assert_agreement(std::slice::from_ref(follower), target);
		assert_eq!(follower.rpc().block_hash(target).as_ref(), Some(&hash));
		let state: OracleState = api(&follower.rpc(), "OracleApi_state", &[], &hash);
		let expected: OracleState = api(&nodes[0].rpc(), "OracleApi_state", &[], &hash);
		assert_eq!(state, expected, "the oracle's state of {}", follower.url());
		let state = State::fetch(&follower.rpc(), &hash).check();
		state.unwrap_or_else(|e| panic!("the state of block {target} on {}: {e}", follower.url()));
	}
	for (follower, text) in followers.iter().zip(["", "Warp sync is complete", "State sync is complete"]) {
		let log = follower.log();
		assert!(log.contains(text), "{text:?} is missing:\n{log}");
	}
	followers.iter_mut().for_each(Node::stop);
}

/// What operators read of finality: who votes in the present round, and who has not yet.
fn check_the_finality_rpc(node: &Node) {
	let round = node.rpc().call("grandpa_roundState", json!([])).expect("the voter runs");
	assert_eq!(round["best"]["totalWeight"], json!(AUTHORS.len()), "{round}");
	assert_eq!(round["best"]["thresholdWeight"], json!(3), "{round}");
}
