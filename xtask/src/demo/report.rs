//! What a run showed, computed from the chain itself after the run.

use super::{
	header::{is_signed, names, to_f64, Header},
	network::Network,
	rpc::{bytes, Rpc},
	tasks::Outcome,
	watch::{number, Watch},
};
use crate::process::{Error, Result, Service};
use serde_json::{json, Map, Value};
use std::{collections::BTreeMap, fs};

/// Storage key of the token's total issuance: `twox128("Balances") ‖ twox128("TotalIssuance")`.
const TOTAL_ISSUANCE: &str = "0xc2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80";

/// A block of the canonical chain.
pub struct Block {
	/// Its header.
	pub header: Header,
	/// Name of its author.
	pub author: String,
	/// Whether it carries no transitions.
	pub empty: bool,
}

/// What a run showed.
pub struct Report {
	/// The canonical chain from the first block.
	pub blocks: Vec<Block>,
	/// Everything, as the JSON file holds it.
	pub json: Value,
	/// What became of the tasks, if there were any.
	tasks: Option<Outcome>,
}

/// Memory of the processes in MiB: at present, and at most since they started.
pub struct Memory {
	now: BTreeMap<String, u64>,
	most: BTreeMap<String, u64>,
}

impl Memory {
	/// Measures `services`.
	pub fn of(services: &[Service]) -> Self {
		let read = |field: &str| {
			let megabytes = |service: &Service| {
				let status = fs::read_to_string(format!("/proc/{}/status", service.id())).ok()?;
				let line = status.lines().find_map(|line| line.strip_prefix(field))?;
				Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
			};
			services.iter().filter_map(|service| Some((service.name.clone(), megabytes(service)?))).collect()
		};
		Self { now: read("VmRSS:"), most: read("VmHWM:") }
	}

	fn largest(of: &BTreeMap<String, u64>) -> Option<u64> {
		of.values().max().copied()
	}
}

/// Terms of the award, as the chain gives them.
struct Terms {
	base: u128,
	minted: u128,
	cap: u128,
	next_halving: u32,
}

fn terms(rpc: Rpc, block: &str) -> Result<Terms> {
	let status = rpc.runtime("RewardsApi_reward_status", &[], block)?;
	let field = |at: usize| Some(u128::from_le_bytes(status.get(at..at + 16)?.try_into().ok()?));
	let read = || {
		let next_halving = u32::from_le_bytes(status.get(48..52)?.try_into().ok()?);
		Some(Terms { base: field(0)?, minted: field(16)?, cap: field(32)?, next_halving })
	};
	read().ok_or_else(|| Error::Failed("the runtime's reward status has another form".into()))
}

/// What must have been minted by these blocks, from their headers alone: a second computation of the award.
fn expected(terms: &Terms, issuance: u128, rewards: impl IntoIterator<Item = (u32, i64)>) -> u128 {
	let mut minted = 0u128;
	for (number, reward) in rewards {
		// Before the first block the next halving is the first one, so it tells the interval; "never" is the greatest number.
		let base = terms.base.checked_shr(number / terms.next_halving.max(1)).unwrap_or(0);
		let share = reward.clamp(0, super::header::ONE) as u128;
		// base · share / 2^32, without the product's overflow.
		let award = (base >> 32) * share + (((base & u128::from(u32::MAX)) * share) >> 32);
		minted += award.min(terms.cap.saturating_sub(issuance + minted));
	}
	minted
}

fn canonical(network: &Network, height: u32) -> Result<(Vec<Block>, String)> {
	let rpc = network.nodes[0].rpc;
	let hash = |number: u32| -> Result<String> {
		let hash = rpc.call("chain_getBlockHash", json!([number]))?;
		hash.as_str().map(Into::into).ok_or_else(|| Error::Failed(format!("the node has no block {number}")))
	};
	let mut blocks = Vec::new();
	let mut parent = hash(0)?;
	for number in 1..=height {
		let own = hash(number)?;
		let block = rpc.call("chain_getBlock", json!([own]))?;
		let header = Header::read(&block["block"]["header"])?;
		if header.parent != parent {
			return Err(Error::Failed(format!("block {number} does not follow on block {}", number - 1)));
		}
		// Other transactions, such as those of the task market, are not signed by the author.
		let submits = |extrinsic: &Value| is_signed(extrinsic) && names(extrinsic, &header.author);
		let empty = !block["block"]["extrinsics"].as_array().is_some_and(|body| body.iter().any(submits));
		blocks.push(Block { author: network.author(&header.author), header, empty });
		parent = own;
	}
	Ok((blocks, parent))
}

/// Whether all nodes have the same block at the greatest height that all have finalised, and that height.
fn agreement(network: &Network) -> Result<(bool, u32)> {
	let mut height = u32::MAX;
	for node in &network.nodes {
		let head = node.rpc.call("chain_getFinalizedHead", json!([]))?;
		let header = node.rpc.call("chain_getHeader", json!([head]))?;
		height = height.min(number(&header["number"]).ok_or("a finalised header has no number")?);
	}
	let hashes: Vec<_> =
		network.nodes.iter().map(|node| node.rpc.call("chain_getBlockHash", json!([height]))).collect::<Result<_>>()?;
	Ok((height > 0 && hashes.windows(2).all(|pair| pair[0] == pair[1]), height))
}

/// Mean reward of the blocks that carry transitions.
fn mean(blocks: &[Block]) -> Option<f64> {
	let rewards: Vec<_> = blocks.iter().filter(|block| !block.empty).map(|block| to_f64(block.header.reward)).collect();
	(!rewards.is_empty()).then(|| rewards.iter().sum::<f64>() / rewards.len() as f64)
}

/// Looks at the chain up to `height`. The workers have ended, the nodes still run.
pub fn make(network: &Network, watch: &Watch, height: u32, nodes: &Memory, workers: &Memory) -> Result<Report> {
	let rpc = network.nodes[0].rpc;
	let (blocks, last) = canonical(network, height)?;
	let (agree, finalized) = agreement(network)?;

	let genesis = rpc.call("chain_getBlockHash", json!([0]))?;
	let genesis = genesis.as_str().ok_or("the node has no genesis block")?;
	let issuance = bytes(&rpc.call("state_getStorage", json!([TOTAL_ISSUANCE, genesis]))?)
		.and_then(|bytes| bytes.try_into().ok().map(u128::from_le_bytes))
		.ok_or("the node has no total issuance")?;
	let rewards = blocks.iter().map(|block| (block.header.number, block.header.reward));
	let minted_expected = expected(&terms(rpc, genesis)?, issuance, rewards);
	let minted = terms(rpc, &last)?.minted;

	let quarter = (blocks.len() / 4).max(1).min(blocks.len());
	let carrying = blocks.iter().filter(|block| !block.empty).count();
	let mut shares = Map::new();
	let mut authored = Map::new();
	let mut returns = Map::new();
	for (node, metrics) in network.nodes.iter().zip(&network.metrics) {
		let own = blocks.iter().filter(|block| !block.empty && block.author == node.name).count();
		shares.insert(node.name.into(), json!(own as f64 / carrying.max(1) as f64));
		authored.insert(node.name.into(), json!(blocks.iter().filter(|block| block.author == node.name).count()));
		returns.insert(
			node.name.into(),
			json!({
				"first": metrics.returns.first(), "last": metrics.returns.last(), "all": metrics.returns,
				"updates": metrics.updates, "submitted": metrics.submitted, "rejected": metrics.rejected,
			}),
		);
	}
	let slots = blocks.last().map_or(0, |last| last.header.slot - blocks[0].header.slot + 1);
	let json = json!({
		"blocks": blocks.len(),
		"nodes": network.nodes.len(),
		"finalized": finalized,
		"agree": agree,
		"mean_reward_first_quarter": mean(&blocks[..quarter]),
		"mean_reward_last_quarter": mean(&blocks[blocks.len() - quarter..]),
		"mean_reward": mean(&blocks),
		"share_by_author": shares,
		"blocks_by_author": authored,
		"tip_flips": watch.tip_flips,
		"empty_blocks": blocks.len() - carrying,
		"slots": slots,
		"minted": amount(minted),
		"minted_expected": amount(minted_expected),
		"node_rss_mb": Memory::largest(&nodes.now),
		"worker_rss_mb": Memory::largest(&workers.now),
		"node_rss_mb_most": Memory::largest(&nodes.most),
		"worker_rss_mb_most": Memory::largest(&workers.most),
		"rss_mb": { "now": nodes.now.iter().chain(&workers.now).collect::<BTreeMap<_, _>>(), "most": nodes.most.iter().chain(&workers.most).collect::<BTreeMap<_, _>>() },
		"worker_returns": returns,
		"rewards": blocks.iter().map(|block| to_f64(block.header.reward)).collect::<Vec<_>>(),
		"authors": blocks.iter().map(|block| block.author.as_str()).collect::<Vec<_>>(),
	});
	Ok(Report { blocks, json, tasks: None })
}

impl Report {
	/// Adds what became of the tasks.
	pub fn add(&mut self, tasks: Outcome) {
		if let Some(json) = self.json.as_object_mut() {
			json.extend(tasks.json());
		}
		self.tasks = Some(tasks);
	}

	/// Prints the summary.
	pub fn print(&self) {
		let json = &self.json;
		let real = |value: &Value| value.as_f64().map_or("–".into(), |value| format!("{value:.3}"));
		let whole = |value: &Value| value.as_u64().map_or("–".into(), |value| value.to_string());
		let rewards: Vec<_> = self.blocks.iter().map(|block| to_f64(block.header.reward)).collect();
		println!("\nSummary of {} blocks", json["blocks"]);
		println!("  reward per block     {}", super::view::curve(&super::view::means(&rewards), Some((0.0, 1.0))));
		println!(
			"  mean reward          {} in the first quarter, {} in the last",
			real(&json["mean_reward_first_quarter"]),
			real(&json["mean_reward_last_quarter"])
		);
		println!(
			"  blocks by author     {}",
			listed(&json["share_by_author"], |share| format!("{:.0} %", 100.0 * share.as_f64().unwrap_or(0.0)))
		);
		println!(
			"  workers' returns     {}",
			listed(&json["worker_returns"], |worker| format!("{} → {}", real(&worker["first"]), real(&worker["last"])))
		);
		println!("  tip flips            {}; blocks without transitions: {}", json["tip_flips"], json["empty_blocks"]);
		println!(
			"  finalised            {}; all nodes agree there: {}",
			json["finalized"],
			if json["agree"] == json!(true) { "yes" } else { "NO" }
		);
		let equal = json["minted"] == json["minted_expected"];
		println!(
			"  minted               {} PRX, {}",
			tokens(&json["minted"]),
			if equal {
				"as the headers say".into()
			} else {
				format!("but the headers say {}", tokens(&json["minted_expected"]))
			}
		);
		println!(
			"  memory               node {} MiB, worker {} MiB",
			whole(&json["node_rss_mb"]),
			whole(&json["worker_rss_mb"])
		);
		if let Some(tasks) = &self.tasks {
			tasks.print();
		}
	}

	/// What the chain itself guarantees and did not keep.
	pub fn broken(&self) -> Option<String> {
		if self.json["agree"] != json!(true) {
			Some("the nodes do not agree at the finalised height".into())
		} else if self.json["minted"] != self.json["minted_expected"] {
			Some("what was minted is not what the headers say".into())
		} else {
			self.tasks.as_ref().and_then(Outcome::broken)
		}
	}
}

fn listed(object: &Value, show: impl Fn(&Value) -> String) -> String {
	let entries = object.as_object().into_iter().flatten();
	entries.map(|(name, value)| format!("{name} {}", show(value))).collect::<Vec<_>>().join(", ")
}

/// An amount as JSON holds it: a text only where a number would not be exact.
pub fn amount(amount: u128) -> Value {
	u64::try_from(amount).map_or_else(|_| json!(amount.to_string()), |amount| json!(amount))
}

/// An amount in the token's smallest part, as tokens of 12 decimals.
pub fn tokens(amount: &Value) -> String {
	let parsed = || amount.as_u64().map(u128::from).or_else(|| amount.as_str()?.parse().ok());
	let amount: u128 = parsed().unwrap_or(0);
	format!("{}.{:03}", amount / 10u128.pow(12), amount % 10u128.pow(12) / 10u128.pow(9))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::demo::header::ONE;

	#[test]
	fn expected_should_floor_halve_and_stop_at_the_cap() {
		let terms = Terms { base: 1001, minted: 0, cap: 10_000, next_halving: 10 };
		assert_eq!(expected(&terms, 0, [(1, ONE), (2, ONE / 2), (3, 0)]), 1001 + 500);
		assert_eq!(expected(&terms, 0, [(9, ONE), (10, ONE), (20, ONE)]), 1001 + 500 + 250);
		assert_eq!(expected(&terms, 9_500, [(1, ONE), (2, ONE)]), 500);
		let never = Terms { next_halving: u32::MAX, ..terms };
		assert_eq!(expected(&never, 0, [(1_000_000, ONE)]), 1001);
	}

	#[test]
	fn expected_should_be_exact_when_the_base_is_large() {
		let terms = Terms { base: 5_000_000_000_001, minted: 0, cap: u128::MAX, next_halving: u32::MAX };
		assert_eq!(expected(&terms, 0, [(1, ONE / 64 * 63)]), 5_000_000_000_001 * 63 / 64);
	}

	#[test]
	fn tokens_should_have_three_decimals() {
		assert_eq!(tokens(&amount(1_234_500_000_000)), "1.234");
		assert_eq!(tokens(&amount(10u128.pow(24))), "1000000000000.000");
		assert_eq!(tokens(&amount(0)), "0.000");
	}
}
