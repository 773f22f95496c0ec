//! Networks of real nodes in which something fails. After each fault: one final chain, awards that add up, a state whose
//! invariants hold, no equivocation ([`Audit`]).

use codec::Encode;
use praxis_primitives_consensus::api::Submission;
use praxis_tests::{
	chain::{account, account_info, api, extrinsics, hash_of, is_by, score_of},
	network::{
		start_network, start_workers, wait_for_block_by, wait_for_finality, wait_for_height, wait_for_peers, AUTHORS,
		LIMIT,
	},
	rpc::from_hex,
	wait_for, Audit, Isolation, Node, NodeConfig, Rpc, Worker,
};
use serde_json::{json, Value};
use sp_core::crypto::AccountId32;
use std::{
	collections::BTreeMap,
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Slot of the local chain, in milliseconds.
const SLOT: u128 = 3_000;

/// Blocks that are final while one voter of four is away.
const BLOCKS_WITHOUT_ONE: u32 = 3;

/// Blocks over which finality must not move while two voters of four are away: more than it lags when all is well.
const BLOCKS_WITHOUT_TWO: u32 = 8;

/// How long a node is suspended.
const SUSPENSION: Duration = Duration::from_secs(60);

/// Blocks that a node makes alone while it is cut off.
const BLOCKS_ALONE: u32 = 5;

/// Submissions that a thief takes.
const THEFTS: usize = 3;

/// When a node is killed, in milliseconds of a slot: while its parent settles, while it waits for the worker, while
/// it builds and seals, and after.
const MOMENTS: [u128; 4] = [600, 1_700, 2_030, 2_500];

fn finalized(nodes: &[Node]) -> u32 {
	nodes.iter().map(|node| node.rpc().finalized_number().expect("the node answers")).max().expect("there are nodes")
}

fn best(node: &Node) -> u32 {
	node.rpc().number(None).expect("the node answers")
}

#[test]
fn network_should_come_back_when_nodes_are_killed_and_suspended() {
	let mut nodes = start_network("local", &AUTHORS);
	let mut workers = start_workers(&nodes, &AUTHORS);
	let mut audit = Audit::begin(&nodes[0]);

	kill_one(&mut nodes);
	audit.check(&nodes);
	kill_two(&mut nodes);
	audit.check(&nodes);
	suspend_one(&nodes);
	let books = audit.check(&nodes);
	assert!(books.minted > 0, "nothing was minted: {books:?}");

	workers.iter_mut().for_each(Worker::stop);
	nodes.iter_mut().for_each(Node::stop);
}

/// Four voters survive one fault: without Dave finality goes on; Dave catches up, and authors again.
fn kill_one(nodes: &mut [Node]) {
	let before = finalized(nodes);
	nodes[3].kill();
	wait_for_finality(&nodes[..3], before + BLOCKS_WITHOUT_ONE);
	nodes[3].restart();
	let height = best(&nodes[0]);
	wait_for_finality(nodes, height);
	let height = wait_for_block_by(&nodes[0], "//Dave", height);
	println!("Dave was killed at {before} and authored block {height}");
}

/// They do not survive two: blocks go on, finality does not, until they are back.
fn kill_two(nodes: &mut [Node]) {
	let (alive, killed) = nodes.split_at_mut(2);
	killed.iter_mut().for_each(Node::kill);
	// What they had voted for may still become final.
	wait_for_height(&alive[0], best(&alive[0]) + 2);
	let (halted, height) = (finalized(alive), best(&alive[0]));
	wait_for_height(&alive[0], height + BLOCKS_WITHOUT_TWO);
	assert_eq!(finalized(alive), halted, "two voters of four made blocks final");
	let height = best(&alive[0]);
	Node::restart_all(killed);
	wait_for_finality(nodes, height);
	println!("without two voters finality stood at {halted} until height {height}");
}

/// A node whose time stood still for a minute catches up, and authors again.
fn suspend_one(nodes: &[Node]) {
	let (begun, before) = (Instant::now(), finalized(nodes));
	nodes[2].suspend();
	wait_for("a minute of blocks without Charlie", LIMIT, || {
		(begun.elapsed() >= SUSPENSION && finalized(&nodes[..2]) >= before + BLOCKS_WITHOUT_ONE).then_some(())
	});
	nodes[2].resume();
	let height = best(&nodes[0]);
	wait_for_finality(nodes, height);
	let authored = wait_for_block_by(&nodes[0], "//Charlie", height);
	println!("Charlie was suspended at {before}, resumed at {height}, and authored block {authored}");
}

#[test]
fn network_should_agree_when_a_node_was_cut_off_robs_or_dies_in_its_slot() {
	let isolation = Isolation::new();
	println!("Dave will be cut off by: {isolation}");
	// Bob and Dave have no workers: their blocks are poorer than those of the others.
	let mut nodes = Node::start_all(vec![NodeConfig::new("local", "alice").at(isolation.outside())]);
	let others =
		["bob", "charlie"].map(|name| NodeConfig::new("local", name).at(isolation.outside()).connected_to(&nodes[0]));
	nodes.extend(Node::start_all(others.into()));
	let (place, mut flags) = isolation.inside(&nodes);
	// Alone it would wait for peers, so that it makes no fork.
	flags.push("--force-authoring".into());
	let mut config = NodeConfig::new("local", "dave").at(place);
	config.flags = flags;
	nodes.push(Node::start(config));
	wait_for_peers(&nodes);
	let mut workers = start_workers(&nodes[..1], &AUTHORS[..1]);
	workers.extend(start_workers(&nodes[2..3], &AUTHORS[2..3]));
	let mut audit = Audit::begin(&nodes[0]);
	wait_for_finality(&nodes, best(&nodes[0]));

	cut_off(&isolation, &nodes);
	audit.check(&nodes);
	steal(&nodes);
	audit.check(&nodes);
	kill_in_its_slot(&mut nodes, 2);
	let books = audit.check(&nodes);
	assert!(books.minted > 0, "nothing was minted: {books:?}");

	workers.iter_mut().for_each(Worker::stop);
	nodes.iter_mut().for_each(Node::stop);
}

/// Dave, cut off, makes a branch of his own; joined again he leaves it for the richer one of the others.
fn cut_off(isolation: &Isolation, nodes: &[Node]) {
	let (others, alone) = (&nodes[..3], &nodes[3]);
	let before = best(alone);
	isolation.cut(alone, others);
	let (theirs, his) = (others[0].rpc(), alone.rpc());
	// The top of his chain is his alone.
	let branch: BTreeMap<u32, String> = wait_for("a branch of Dave's own", LIMIT, || {
		let top = his.number(None).ok()?;
		let own = |number: &u32| -> Option<(u32, String)> {
			let hash = his.block_hash(*number)?;
			let differs = theirs.block_hash(*number).is_some_and(|their| their != hash);
			(differs && is_by(&his, &hash, "//Dave")).then_some((*number, hash))
		};
		let branch: BTreeMap<_, _> = (before + 1..=top).rev().map_while(|number| own(&number)).collect();
		(branch.len() >= BLOCKS_ALONE as usize).then_some(branch)
	});
	let (first, top) = (*branch.keys().next().expect("it has blocks"), *branch.keys().last().expect("it has blocks"));
	// He has made nothing of it final.
	let final_there = his.finalized_number().expect("the node answers");
	assert!(final_there < first, "block {final_there} is final on Dave's branch, which begins at {first}");
	let (their, own) = (score_of(&theirs, &hash_of(&theirs, top)), score_of(&his, &branch[&top]));
	assert!(their.cumulative > own.cumulative, "the others' branch is not richer: {their:?}, {own:?}");

	isolation.join(alone, others);
	wait_for_finality(nodes, top);
	for (number, hash) in &branch {
		assert_ne!(hash_of(&his, *number), *hash, "block {number} of Dave's branch is final");
	}
	println!(
		"Dave, cut off by {isolation}, made blocks {first} to {top} of reward {}; theirs had {}; he left them",
		own.cumulative, their.cumulative
	);
	// His votes and blocks count again.
	wait_for_finality(nodes, best(alone));
}

/// Bob takes Alice's submissions out of her pool and puts them into his. It brings him nothing and costs her nothing.
fn steal(nodes: &[Node]) {
	let (victim, thief) = (nodes[0].rpc(), nodes[1].rpc());
	let alice = account("//Alice");
	let start = finalized(nodes);
	let bobs = nodes[1].log().len();

	let mut stolen: BTreeMap<Vec<u8>, bool> = BTreeMap::new();
	let begun = Instant::now();
	while stolen.len() < THEFTS {
		assert!(begun.elapsed() < LIMIT, "only {} submissions of Alice's were seen in her pool", stolen.len());
		// Pending for a second or so: asked for as often as the node answers.
		let pending = victim.call("author_pendingExtrinsics", json!([])).expect("the pool can be read");
		let pending: Vec<Vec<u8>> =
			pending.as_array().into_iter().flatten().filter_map(Value::as_str).filter_map(from_hex).collect();
		let head = hash_of(&victim, finalized(&nodes[..1]));
		for bytes in pending {
			if !stolen.contains_key(&bytes) && submission(&victim, &bytes, &head).is_some_and(|s| s.signer == alice) {
				let taken = submit(&thief, &bytes).is_ok();
				stolen.insert(bytes, taken);
			}
		}
	}
	let end = best(&nodes[0]) + 1;
	wait_for_finality(nodes, end);

	// Once its time is over nobody takes it: neither his node, nor another, nor hers.
	for bytes in stolen.keys() {
		for node in nodes {
			submit(&node.rpc(), bytes).expect_err("an old submission is refused");
		}
	}
	// In final blocks every submission is its author's, and nothing but her own blocks changed the victim's account.
	let (mut count, mut earned) = (0u32, 0u128);
	for number in start + 1..=end {
		let hash = hash_of(&victim, number);
		let mine = is_by(&victim, &hash, "//Alice");
		for bytes in extrinsics(&victim, &hash) {
			let Some(submission) = submission(&victim, &bytes, &hash) else { continue };
			assert!(is_by(&victim, &hash, &key_of(&submission.signer)), "block {number} has another's transitions");
			count += u32::from(mine);
		}
		if mine {
			let reward = score_of(&victim, &hash).reward;
			earned += api::<u128>(&victim, "RewardsApi_award_of", &reward.encode(), &hash_of(&victim, number - 1));
		}
	}
	let (before, after) = (account_info(&victim, &alice, start), account_info(&victim, &alice, end));
	// Submissions take no nonce of hers, in her own blocks or anybody's.
	assert_eq!(after.nonce, before.nonce, "Alice's nonce");
	assert_eq!(after.free - before.free, earned, "Alice's balance");
	// Bob has no worker. With her transitions a block of his would have had a reward.
	let log = nodes[1].log().split_off(bobs);
	let sealed: Vec<&str> = log.lines().filter(|line| line.contains(": sealed #")).collect();
	assert!(
		sealed.iter().all(|line| line.contains("with reward 0.000")),
		"Bob earned by theft:\n{}",
		sealed.join("\n")
	);
	let taken = stolen.values().filter(|taken| **taken).count();
	println!(
		"{} submissions stolen, {taken} of them into Bob's pool; he sealed {} blocks, none with a reward; Alice made {count}",
		stolen.len(),
		sealed.len()
	);
}

/// The submission that an extrinsic is, if it is one.
fn submission(rpc: &Rpc, extrinsic: &[u8], at: &str) -> Option<Submission<AccountId32>> {
	api(rpc, "LearningApi_submission", extrinsic, at)
}

fn submit(rpc: &Rpc, extrinsic: &[u8]) -> Result<Value, praxis_tests::RpcError> {
	rpc.call("author_submitExtrinsic", json!([praxis_tests::rpc::to_hex(extrinsic)]))
}

fn key_of(signer: &AccountId32) -> String {
	let (_, key) = AUTHORS.iter().find(|(_, key)| account(key) == *signer).expect("an author of the chain");
	(*key).to_owned()
}

/// A node that is killed at whatever moment of its slot and starts again seals no slot twice, and authors again.
fn kill_in_its_slot(nodes: &mut [Node], victim: usize) {
	let before = finalized(nodes);
	let (_, key) = AUTHORS[victim];
	// Just after it sealed.
	let sealed = nodes[victim].sealed().len();
	wait_for_moment(|| nodes[victim].sealed().len() > sealed);
	nodes[victim].kill();
	nodes[victim].restart();
	for moment in MOMENTS {
		wait_for_peers(&nodes[victim..=victim]);
		wait_for_moment(|| {
			let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() % SLOT;
			(moment..moment + 20).contains(&now)
		});
		nodes[victim].kill();
		nodes[victim].restart();
	}
	wait_for_finality(nodes, before + 1);
	let height = best(&nodes[0]);
	let authored = wait_for_block_by(&nodes[0], key, height);
	println!("killed {} times between {before} and {height}, it authored block {authored}", MOMENTS.len() + 1);
}

/// Like [`wait_for`], for what lasts a moment only.
fn wait_for_moment(mut reached: impl FnMut() -> bool) {
	let begun = Instant::now();
	while !reached() {
		assert!(begun.elapsed() < LIMIT, "the moment never came");
		std::thread::sleep(Duration::from_millis(5));
	}
}
