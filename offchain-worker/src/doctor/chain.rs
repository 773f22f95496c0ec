//! What the node and the chain say: reachable, in step, offering work; clock, key, balance and bond.

use super::Check;
use crate::chain::{
	keys::AuthorKey,
	submitter::now,
	types::{AuthorStatus, Header},
	ChainError, Node,
};
use sp_core::H256;

/// Checks that need a node.
const CHAIN_CHECKS: [&str; 9] =
	["chain", "sync", "authority", "work", "clock", "key-on-chain", "balance", "bond", "author-key"];

/// Slots that the best block may be old.
const STALL_SLOTS: u64 = 5;

/// Examines the node and, where there is a key, its account.
pub async fn examine(url: &str, genesis: Option<H256>, key: Option<&AuthorKey>) -> Vec<Check> {
	let node = match connect(url, &CHAIN_CHECKS).await {
		Ok(node) => node,
		Err(checks) => return checks,
	};
	let mut checks = vec![version(&node, url).await];
	checks.push(told("chain", chain(&node, genesis).await));
	checks.push(told("sync", sync(&node).await));
	checks.push(told("authority", authority(&node).await));
	checks.push(work(&node).await);
	checks.push(told("clock", clock(&node).await));
	match key {
		Some(key) => checks.extend(account(&node, key).await),
		None => checks.extend(CHAIN_CHECKS[5..].iter().map(|check| Check::not_checked(check, "there is no key"))),
	}
	checks
}

/// A connection; otherwise the checks that say why not, and that these others need one.
pub(super) async fn connect(url: &str, others: &[&'static str]) -> Result<Node, Vec<Check>> {
	Node::connect(url).await.map_err(|error| {
		let remedy = match error {
			ChainError::Address { .. } => "name the node with --node",
			_ => "start the node (praxis-node), or name another with --node",
		};
		let unknown = others.iter().map(|check| Check::not_checked(check, "the node cannot be reached"));
		[Check::failure("node", error.to_string(), remedy)].into_iter().chain(unknown).collect()
	})
}

/// The node's version.
pub(super) async fn version(node: &Node, url: &str) -> Check {
	match node.version().await {
		Ok(version) => Check::ok("node", format!("{url}, version {version}")),
		Err(error) => Check::failure("node", error.to_string(), "is it a praxis-node?"),
	}
}

/// Whether the key may be used there.
pub(super) async fn key_on_chain(node: &Node, key: &AuthorKey) -> Check {
	match node.chain_type().await {
		Ok(chain_type) => match key.check_chain(&chain_type) {
			Ok(()) => Check::ok("key-on-chain", format!("the key may be used on a chain of type {chain_type}")),
			Err(error) => Check::failure(
				"key-on-chain",
				error.to_string(),
				"make a key of your own: `praxis-node key generate`, and bond its account",
			),
		},
		Err(error) => Check::failure("key-on-chain", error.to_string(), "is it a praxis-node?"),
	}
}

/// A check whose calls may fail.
pub(super) fn told(check: &'static str, result: Result<Check, ChainError>) -> Check {
	result.unwrap_or_else(|error| Check::failure(check, error.to_string(), "is the node of the worker's release?"))
}

pub(super) async fn chain(node: &Node, expected: Option<H256>) -> Result<Check, ChainError> {
	let genesis = node.genesis_hash().await?;
	let message = format!(
		"{} ({}), genesis {genesis:?}, runtime {}",
		node.chain_name().await?,
		node.chain_type().await?,
		node.runtime_version().await?.spec_version
	);
	Ok(match expected {
		Some(expected) if expected != genesis => Check::failure(
			"chain",
			format!("{message}, and the worker is for {expected:?}"),
			"name a node of that chain",
		),
		_ => Check::ok("chain", message),
	})
}

pub(super) async fn sync(node: &Node) -> Result<Check, ChainError> {
	let health = node.health().await?;
	let best = node.best_header().await?.number();
	let message = format!("block {best}, {} peers", health.peers);
	Ok(if health.is_syncing {
		Check::warning("sync", format!("the node is catching up: {message}"), "wait; work comes when it has caught up")
	} else if health.should_have_peers && health.peers == 0 {
		Check::warning("sync", format!("the node has no peers: {message}"), "check the node's --bootnodes and network")
	} else {
		Check::ok("sync", message)
	})
}

async fn authority(node: &Node) -> Result<Check, ChainError> {
	let roles = node.roles().await?;
	Ok(if roles.iter().any(|role| role == "Authority") {
		Check::ok("authority", "the node authors blocks")
	} else {
		Check::failure(
			"authority",
			format!("the node does not author blocks ({})", roles.join(", ")),
			"start it with --validator, or name another node with --node",
		)
	})
}

/// Whether the node hands out work. It tells only whom it trusts.
async fn work(node: &Node) -> Check {
	match node.subscribe_work().await {
		Ok(_) => Check::ok("work", "the node hands out work (learning_subscribeWork)"),
		Err(error) => Check::failure(
			"work",
			format!("the node hands out no work: {error}"),
			"reach an author's praxis-node by loopback, or start it with --rpc-methods unsafe and keep its port closed",
		),
	}
}

pub(super) async fn clock(node: &Node) -> Result<Check, ChainError> {
	let slot = (node.slot_duration().await?.as_millis() as u64).max(1);
	Ok(judge_clock(&node.best_header().await?, now(), slot))
}

/// Compares this machine's clock with the slot of the best block.
fn judge_clock(best: &Header, now: u64, slot: u64) -> Check {
	let Some(of_best) = best.claim().slot else {
		return Check::not_checked("clock", "the chain has no block yet");
	};
	let (own, number) = (now / slot, best.number());
	let ntp = "set the clocks of this machine and the node's by NTP (timedatectl)";
	match own.checked_sub(of_best) {
		None => {
			let ahead = (of_best - own) as f64 * slot as f64 / 1_000.0;
			Check::failure("clock", format!("the best block {number} is {ahead:.1} s in this clock's future"), ntp)
		}
		Some(age) if age > STALL_SLOTS => Check::warning(
			"clock",
			format!("the best block {number} is {age} slots old: the chain stands still, or this clock is ahead"),
			ntp,
		),
		Some(age) => Check::ok("clock", format!("the best block {number} is {age} slots old")),
	}
}

/// An amount in the chain's token.
pub(super) fn amount(value: u128, (symbol, decimals): &(String, u32)) -> String {
	match 10u128.checked_pow(*decimals) {
		Some(unit) if unit > 1 => {
			format!("{}.{:04} {symbol}", value / unit, value % unit / unit.div_ceil(10_000).max(1))
		}
		_ => format!("{value} {symbol}"),
	}
}

async fn account(node: &Node, key: &AuthorKey) -> Vec<Check> {
	let token = node.token().await.unwrap_or_else(|_| ("units".into(), 0));
	let mut checks = vec![key_on_chain(node, key).await];
	let status = node.author_status(&key.account()).await;
	checks.push(told("balance", balance(node, key, matches!(status, Ok(Some(_))), &token).await));
	match status {
		Ok(status) => {
			let best = node.best_header().await.map(|header| header.number()).unwrap_or_default();
			checks.push(bond(&key.address(), status.as_ref(), best, &token));
			checks.push(match status {
				Some(status) => author_key(node, status.key).await,
				None => Check::not_checked("author-key", "there is no bond"),
			});
		}
		Err(error) => {
			checks.push(told("bond", Err(error)));
			checks.push(Check::not_checked("author-key", "the bond is unknown"));
		}
	}
	checks
}

async fn balance(node: &Node, key: &AuthorKey, bonded: bool, token: &(String, u32)) -> Result<Check, ChainError> {
	let minimum = node.minimum_bond().await?;
	Ok(match node.balance(&key.account()).await? {
		None => Check::failure(
			"balance",
			format!("{} does not exist on this chain", key.address()),
			format!("send it at least {}, the least bond, and something for fees", amount(minimum, token)),
		),
		Some((free, reserved)) => {
			let message = format!("{} free, {} on hold", amount(free, token), amount(reserved, token));
			if !bonded && free < minimum {
				let remedy = format!("the least bond is {}: send the account more", amount(minimum, token));
				Check::failure("balance", message, remedy)
			} else {
				Check::ok("balance", message)
			}
		}
	})
}

/// Judges the bond.
fn bond(address: &str, status: Option<&AuthorStatus>, best: u32, token: &(String, u32)) -> Check {
	let Some(status) = status else {
		return Check::failure(
			"bond",
			format!("{address} is not a bonded author"),
			"make the node's key and proof with `author_rotateKeysWithOwner`, then submit `workers.register_author`",
		);
	};
	let held = format!("{} for author key 0x{}", amount(status.bond, token), hex::encode(status.key));
	match status.unbonds_at {
		Some(height) => Check::failure(
			"bond",
			format!("{address} has deregistered; its bond is free at block {height} (now {best})"),
			"withdraw the bond then and register again",
		),
		None if status.active_from > best.saturating_add(1) => {
			Check::warning("bond", format!("{held}; active from block {} on (now {best})", status.active_from), "wait")
		}
		None => Check::ok("bond", held),
	}
}

/// Whether the node can seal for the author.
async fn author_key(node: &Node, key: [u8; 32]) -> Check {
	let shown = hex::encode(key);
	match node.has_author_key(key).await {
		Ok(true) => Check::ok("author-key", format!("the node's keystore holds 0x{shown}")),
		Ok(false) => Check::failure(
			"author-key",
			format!("the node's keystore does not hold 0x{shown}"),
			"insert it (`praxis-node key insert --key-type lern`), or use the node that this account registered with",
		),
		Err(error) => Check::warning("author-key", error.to_string(), "ask on the node's own machine"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::doctor::Verdict;
	use codec::Encode;
	use serde_json::json;

	fn header(slot: u64) -> Header {
		let log = (6u8, *b"PoLe", ([7u8; 32], slot).encode()).encode();
		serde_json::from_value(json!({
			"parentHash": H256::zero(), "number": "0x7", "stateRoot": H256::zero(), "extrinsicsRoot": H256::zero(),
			"digest": { "logs": [format!("0x{}", hex::encode(log))] },
		}))
		.expect("a header")
	}

	#[test]
	fn a_wrong_clock_should_be_told_from_a_right_one() {
		let judge = |now: u64| judge_clock(&header(1_000), now, 3_000).result;
		assert_eq!(judge(3_001_000), Verdict::Ok);
		assert_eq!(judge(2_990_000), Verdict::Failure);
		assert_eq!(judge(3_100_000), Verdict::Warning);
	}

	#[test]
	fn a_bond_should_be_judged_by_what_it_allows_now() {
		let token = ("PRX".to_string(), 12);
		let status = AuthorStatus { key: [1; 32], bond: 1_500_000_000_000, active_from: 5, unbonds_at: None };
		let judge = |status: Option<&AuthorStatus>| bond("5G", status, 10, &token);
		assert_eq!(judge(None).result, Verdict::Failure);
		let fine = judge(Some(&status));
		assert!(fine.result == Verdict::Ok && fine.message.starts_with("1.5000 PRX"), "{fine:?}");
		assert_eq!(judge(Some(&AuthorStatus { active_from: 12, ..status.clone() })).result, Verdict::Warning);
		assert_eq!(judge(Some(&AuthorStatus { unbonds_at: Some(99), ..status })).result, Verdict::Failure);
	}

	#[tokio::test]
	async fn without_a_node_the_rest_should_say_so() {
		let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
		let checks = examine(&format!("ws://127.0.0.1:{port}"), None, None).await;
		assert_eq!(checks[0].result, Verdict::Failure);
		assert!(checks[1..].iter().all(|check| check.result == Verdict::NotChecked) && checks.len() == 10);
	}
}
