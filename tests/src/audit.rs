//! What must hold of a network after each fault: one final chain, awards that add up, a state whose invariants hold.

use crate::{
	chain::{account_info, api, hash_of, score_of, total_issuance},
	network::{wait_for_finality, LIMIT},
	wait_for, Node, Rpc, State,
};
use codec::Encode;
use praxis_environment::{score, Real};
use praxis_primitives_consensus::api::{Record, RewardStatus};
use sp_core::crypto::{AccountId32, Ss58Codec};
use std::collections::BTreeSet;

/// What the blocks of a span hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
	/// Blocks.
	pub blocks: u32,
	/// Blocks with transitions.
	pub full: u32,
	/// Minted by their awards, in the token's smallest part.
	pub minted: u128,
}

/// Checks a chain piece by piece.
#[derive(Debug)]
pub struct Audit {
	height: u32,
	payers: Vec<AccountId32>,
	shared: Vec<AccountId32>,
}

impl Audit {
	/// Begins at the final block of a node.
	pub fn begin(node: &Node) -> Self {
		let height = node.rpc().finalized_number().expect("the node answers");
		Self { height, payers: Vec::new(), shared: Vec::new() }
	}

	/// These accounts pay fees, which are burnt, and have their deposits back whenever this checks; their balances change
	/// by nothing else. They author no blocks.
	#[must_use]
	pub fn with_payers(self, payers: impl IntoIterator<Item = AccountId32>) -> Self {
		Self { payers: payers.into_iter().collect(), ..self }
	}

	/// More than one node has the author keys of these accounts, so that they equivocate.
	#[must_use]
	pub fn with_shared_keys(self, shared: impl IntoIterator<Item = AccountId32>) -> Self {
		Self { shared: shared.into_iter().collect(), ..self }
	}

	/// Checks the blocks that became final since the last time. All of `nodes` must have, or get, the same ones.
	pub fn check(&mut self, nodes: &[Node]) -> Books {
		let start = self.height;
		let end = wait_for("blocks to become final", LIMIT, || {
			let heights = nodes.iter().filter_map(|node| node.rpc().finalized_number().ok());
			heights.max().filter(|height| *height > start)
		});
		wait_for_finality(nodes, end);
		for height in start..=end {
			assert_agreement(nodes, height);
		}
		let books = check_books(&nodes[0].rpc(), start, end, &self.payers);
		let hash = hash_of(&nodes[0].rpc(), end);
		for node in nodes {
			let state = State::fetch(&node.rpc(), &hash);
			state.check().unwrap_or_else(|e| panic!("the state of block {end} on {}: {e}", node.url()));
		}
		assert_no_equivocation_but(nodes, &self.shared);
		self.height = end;
		println!("blocks {} to {end}: {books:?}", start + 1);
		books
	}
}

/// All `nodes` have the same block at `height`.
pub fn assert_agreement(nodes: &[Node], height: u32) {
	let hashes: Vec<Option<String>> = nodes.iter().map(|node| node.rpc().block_hash(height)).collect();
	assert!(hashes.iter().all(|hash| hash.is_some() && *hash == hashes[0]), "block {height}: {hashes:?}");
}

/// No node saw two blocks by one author in a slot, and none has sealed two, whether or not anybody saw them.
pub fn assert_no_equivocation(nodes: &[Node]) {
	assert_no_equivocation_but(nodes, &[]);
}

/// The same, but that authors whose keys are `shared` by nodes may have been seen to make two blocks in a slot.
fn assert_no_equivocation_but(nodes: &[Node], shared: &[AccountId32]) {
	for node in nodes {
		let log = node.log();
		for line in log.lines() {
			let Some((_, told)) = line.split_once("Equivocation: ") else { continue };
			let author = told.split(' ').next().unwrap_or_default();
			let is_shared = AccountId32::from_ss58check(author).is_ok_and(|author| shared.contains(&author));
			assert!(is_shared, "{}: {line}", node.url());
		}
		let mut slots = BTreeSet::new();
		for (slot, _) in node.sealed() {
			assert!(slots.insert(slot), "{} sealed twice in slot {slot}:\n{log}", node.url());
		}
	}
}

/// The blocks after `start` up to `end`: scores fit the records, and awards add up. Nobody but `payers` pays fees.
pub fn check_books(rpc: &Rpc, start: u32, end: u32, payers: &[AccountId32]) -> Books {
	let (first, last) = (hash_of(rpc, start), hash_of(rpc, end));
	let mut books = Books { blocks: end - start, ..Books::default() };
	let mut cumulative = if start == 0 { Real::ZERO } else { score_of(rpc, &first).cumulative };
	for number in start + 1..=end {
		let hash = hash_of(rpc, number);
		let record: Option<Record<AccountId32>> = api(rpc, "OracleApi_record", &number.encode(), &last);
		books.full += u32::from(record.as_ref().is_some_and(|record| !record.actions.is_empty()));
		let claimed = score_of(rpc, &hash);
		let exact = record.map_or(Real::ZERO, |record| record.reward);
		assert_eq!(claimed.reward, score(exact), "the score of block {number}");
		cumulative += claimed.reward;
		assert_eq!(claimed.cumulative, cumulative, "the cumulative score of block {number}");
		let parent = hash_of(rpc, number - 1);
		books.minted += api::<u128>(rpc, "RewardsApi_award_of", &claimed.reward.encode(), &parent);
	}
	let counted = |at: &str| api::<RewardStatus<u128>>(rpc, "RewardsApi_reward_status", &[], at).minted;
	assert_eq!(counted(&last) - counted(&first), books.minted, "minted, as the runtime counts it");
	// Fees are burnt: beside the awards they are all that changes the issuance.
	let held = |height| payers.iter().map(|payer| account_info(rpc, payer, height).free).sum::<u128>();
	let burnt = held(start) - held(end);
	let grown = total_issuance(rpc, &last) + burnt - total_issuance(rpc, &first);
	assert_eq!(grown, books.minted, "the growth of the issuance, and fees of {burnt}");
	books
}
