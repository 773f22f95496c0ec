//! Why no work comes, and what to do about it.

use super::{
	keys::AuthorKey,
	rpc::Node,
	types::{AuthorStatus, Health},
	ChainError,
};
use std::time::Duration;

/// Slots without work after which the worker asks why.
pub const PATIENCE_SLOTS: u32 = 3;

/// Authors that may author in every slot; beyond, a sortition picks about this many a slot.
const EXPECTED_CANDIDATES: u32 = 8;

/// Slots that the best block may be old before the chain is said to stand still.
const STALL_SLOTS: u64 = 5;

/// What the node and the chain say about this worker's author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
	/// Peers and whether the node is catching up.
	pub health: Health,
	/// Whether the node takes part in authoring. Unknown where the node does not tell.
	pub authority: Option<bool>,
	/// The account as an author.
	pub status: Option<AuthorStatus>,
	/// Whether the node's keystore holds that author's key. Unknown where the node does not tell.
	pub has_key: Option<bool>,
	/// Height of the best block.
	pub best: u32,
	/// Slots since the best block's slot.
	pub best_age: Option<u64>,
	/// Number of authors.
	pub authors: u32,
	/// Slots since the last work.
	pub idle_slots: u64,
}

/// A finding: a stable word for programs, the cause and the remedy for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
	/// A stable word.
	pub reason: &'static str,
	/// The cause.
	pub message: String,
	/// What to do.
	pub remedy: String,
}

fn finding(reason: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Finding {
	Finding { reason, message: message.into(), remedy: remedy.into() }
}

/// The first thing that keeps work away, in the order in which things have to be right. Nothing where a pause this
/// long is ordinary.
pub fn explain(facts: &Facts, address: &str) -> Option<Finding> {
	if facts.health.is_syncing {
		let message =
			format!("the node is catching up with the chain (at block {}, {} peers)", facts.best, facts.health.peers);
		return Some(finding("syncing", message, "wait; work comes when it has caught up"));
	}
	if facts.authority == Some(false) {
		return Some(finding(
			"not-an-authority",
			"the node does not author blocks",
			"start it with --validator, or name another node with --node",
		));
	}
	let Some(status) = &facts.status else {
		return Some(finding(
			"no-bond",
			format!("{address} is not a bonded author"),
			"make the node's key and proof with `author_rotateKeysWithOwner`, then submit `workers.register_author` from this account",
		));
	};
	if let Some(height) = status.unbonds_at {
		return Some(finding(
			"leaving",
			format!("{address} has deregistered; its bond is free at block {height} (now {})", facts.best),
			"withdraw the bond then and register again to author",
		));
	}
	if status.active_from > facts.best.saturating_add(1) {
		return Some(finding(
			"not-yet-active",
			format!("{address} may author from block {} on (now {})", status.active_from, facts.best),
			"wait",
		));
	}
	if facts.has_key == Some(false) {
		return Some(finding(
			"no-author-key",
			format!("the node's keystore does not hold the author key 0x{} of {address}", hex::encode(status.key)),
			"insert it (`praxis-node key insert --key-type lern`), or use the node that this account registered with",
		));
	}
	if let Some(age) = facts.best_age.filter(|age| *age > STALL_SLOTS) {
		let lonely = facts.health.should_have_peers && facts.health.peers == 0;
		return Some(finding(
			"chain-stalled",
			format!(
				"the best block {} is {age} slots old{}",
				facts.best,
				if lonely { ", and the node has no peers" } else { "" }
			),
			if lonely {
				"check the node's --bootnodes and its network"
			} else {
				"look into the node's log; is its clock right?"
			},
		));
	}
	// With a chance of 8 in n for a slot, 20 slots per expected slot without one are a case of less than e^-20.
	let ordinary = u64::from(facts.authors.div_ceil(EXPECTED_CANDIDATES)) * 20;
	if facts.authors > EXPECTED_CANDIDATES && facts.idle_slots < ordinary {
		return None;
	}
	Some(finding(
		"unknown",
		format!(
			"the node is an author's and in step with the chain, but has offered no work for {} slots",
			facts.idle_slots
		),
		"look into the node's log for lines of `learning`; restart the node if it is silent",
	))
}

/// Asks the node and explains.
pub async fn diagnose(
	node: &Node,
	key: &AuthorKey,
	slot_duration: Duration,
	idle: Duration,
) -> Result<Option<Finding>, ChainError> {
	let slot = (slot_duration.as_millis() as u64).max(1);
	let header = node.best_header().await?;
	let status = node.author_status(&key.account()).await?;
	// Both are left out of a node's RPC where it is locked down.
	let authority = node.roles().await.ok().map(|roles| roles.iter().any(|role| role == "Authority"));
	let has_key = match &status {
		Some(status) => node.has_author_key(status.key).await.ok(),
		None => None,
	};
	let facts = Facts {
		health: node.health().await?,
		authority,
		status,
		has_key,
		best: header.number(),
		best_age: header.claim().slot.map(|of_best| (super::submitter::now() / slot).saturating_sub(of_best)),
		authors: node.author_count().await?,
		idle_slots: idle.as_millis() as u64 / slot,
	};
	Ok(explain(&facts, &key.address()))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn fine() -> Facts {
		Facts {
			health: Health { peers: 3, is_syncing: false, should_have_peers: true },
			authority: Some(true),
			status: Some(AuthorStatus { key: [1; 32], bond: 1, active_from: 0, unbonds_at: None }),
			has_key: Some(true),
			best: 100,
			best_age: Some(1),
			authors: 4,
			idle_slots: 3,
		}
	}

	fn reason(facts: Facts) -> Option<&'static str> {
		explain(&facts, "5Grw").map(|finding| {
			assert!(!finding.message.is_empty() && !finding.remedy.is_empty());
			finding.reason
		})
	}

	#[test]
	fn every_cause_should_be_named() {
		let status = |status: AuthorStatus| Facts { status: Some(status), ..fine() };
		let author = AuthorStatus { key: [1; 32], bond: 1, active_from: 0, unbonds_at: None };
		let syncing = Health { is_syncing: true, ..fine().health };
		assert_eq!(reason(Facts { health: syncing, ..fine() }), Some("syncing"));
		assert_eq!(reason(Facts { authority: Some(false), ..fine() }), Some("not-an-authority"));
		assert_eq!(reason(Facts { status: None, ..fine() }), Some("no-bond"));
		assert_eq!(reason(status(AuthorStatus { unbonds_at: Some(120), ..author.clone() })), Some("leaving"));
		assert_eq!(reason(status(AuthorStatus { active_from: 110, ..author.clone() })), Some("not-yet-active"));
		assert_eq!(reason(status(AuthorStatus { active_from: 101, ..author })), Some("unknown"));
		assert_eq!(reason(Facts { has_key: Some(false), ..fine() }), Some("no-author-key"));
		assert_eq!(reason(Facts { best_age: Some(9), ..fine() }), Some("chain-stalled"));
		assert_eq!(reason(fine()), Some("unknown"));
	}

	#[test]
	fn a_pause_should_be_ordinary_where_a_sortition_picks() {
		assert_eq!(reason(Facts { authors: 100, idle_slots: 30, ..fine() }), None);
		assert_eq!(reason(Facts { authors: 100, idle_slots: 300, ..fine() }), Some("unknown"));
	}

	#[test]
	fn what_the_node_does_not_tell_should_not_be_held_against_it() {
		assert_eq!(reason(Facts { authority: None, has_key: None, best_age: None, ..fine() }), Some("unknown"));
	}
}
