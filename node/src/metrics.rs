//! What operators watch: the node's Prometheus metrics `praxis_*`.
//!
//! They count from the start of the node on, and look at the head after each import: a head that gave way before it was
//! looked at is not seen. `docs/monitoring.md` says what each is good for.

use futures::{select, FutureExt, StreamExt};
use futures_timer::Delay;
use praxis_consensus::{equivocation::Equivocations, WorkHub};
use praxis_primitives_consensus::{api::LearningApi, digests::find_score};
use sc_client_api::BlockchainEvents;
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::{tree_route, HeaderBackend, HeaderMetadata};
use sp_consensus::BlockOrigin;
use sp_core::crypto::AccountId32;
use sp_runtime::traits::{Block as BlockT, Header as HeaderT, UniqueSaturatedInto};
use std::{
	collections::{BTreeMap, HashSet},
	sync::Arc,
	time::Duration,
};
use substrate_prometheus_endpoint::{
	linear_buckets, register, Counter, Gauge, Histogram, HistogramOpts, PrometheusError, Registry, F64, U64,
};

/// Time between two looks at what tells nobody when it changes.
const LOOK: Duration = Duration::from_secs(1);

/// The metrics. Each is described where it is made.
struct Metrics {
	block_reward: Gauge<F64>,
	block_rewards: Histogram,
	cumulative_reward: Gauge<F64>,
	head_blocks: Counter<U64>,
	empty_blocks: Counter<U64>,
	tip_flips: Counter<U64>,
	retracted_blocks: Counter<U64>,
	sibling_candidates: Gauge<U64>,
	authored_blocks: Counter<U64>,
	authored_finalized_blocks: Counter<U64>,
	equivocations: Gauge<U64>,
	submissions_accepted: Counter<U64>,
	connected_workers: Gauge<U64>,
}

impl Metrics {
	fn register(registry: &Registry) -> Result<Self, PrometheusError> {
		let counter = |name: &str, help: &str| register(Counter::<U64>::new(name, help)?, registry);
		let gauge = |name: &str, help: &str| register(Gauge::<U64>::new(name, help)?, registry);
		let real = |name: &str, help: &str| register(Gauge::<F64>::new(name, help)?, registry);
		let rewards = HistogramOpts::new("praxis_head_reward", "Rewards of the blocks that became the head, 0 to 1")
			// A reward is a multiple of 1/64, and nearly all is decided near the top.
			.buckets([vec![0.0], linear_buckets(0.125, 0.125, 6)?, linear_buckets(0.8125, 0.0625, 3)?, vec![1.0]].concat());
		Ok(Self {
			block_reward: real("praxis_block_reward", "Reward of the head, 0 to 1; 0 without transitions")?,
			block_rewards: register(Histogram::with_opts(rewards)?, registry)?,
			cumulative_reward: real("praxis_cumulative_reward", "Sum of the rewards of the chain up to the head")?,
			head_blocks: counter("praxis_head_blocks_total", "Blocks that became the head or part of its chain")?,
			empty_blocks: counter("praxis_empty_blocks_total", "Of these, blocks that earned nothing")?,
			tip_flips: counter("praxis_tip_flips_total", "Times that the head went to another branch")?,
			retracted_blocks: counter("praxis_retracted_blocks_total", "Blocks that left the head's chain by that")?,
			sibling_candidates: gauge("praxis_sibling_candidates", "Blocks seen at the height of the head")?,
			authored_blocks: counter("praxis_authored_blocks_total", "Blocks that this node sealed")?,
			authored_finalized_blocks: counter(
				"praxis_authored_finalized_blocks_total",
				"Of these, blocks that were finalised: their awards stay",
			)?,
			equivocations: gauge("praxis_equivocations", "Known slots in which an author made two blocks")?,
			submissions_accepted: counter(
				"praxis_submissions_accepted_total",
				"Submissions of this node's worker that the transaction pool took",
			)?,
			connected_workers: gauge("praxis_connected_workers", "Workers that listen for work")?,
		})
	}
}

/// Follows the chain for the metrics.
struct Watch<Block: BlockT, Client> {
	client: Arc<Client>,
	metrics: Metrics,
	head: Block::Hash,
	/// Blocks seen above the finalised one, by height.
	seen: BTreeMap<u64, HashSet<Block::Hash>>,
	/// Those of them that this node sealed.
	own: BTreeMap<u64, HashSet<Block::Hash>>,
}

impl<Block, Client> Watch<Block, Client>
where
	Block: BlockT,
	Client: HeaderBackend<Block> + HeaderMetadata<Block, Error = sp_blockchain::Error>,
{
	fn new(client: Arc<Client>, metrics: Metrics) -> Self {
		let head = client.info().best_hash;
		let mut watch = Self { client, metrics, head, seen: BTreeMap::new(), own: BTreeMap::new() };
		watch.show_head();
		watch
	}

	fn imported(&mut self, hash: Block::Hash, number: u64, own: bool) {
		let finalized: u64 = self.client.info().finalized_number.unique_saturated_into();
		if number > finalized {
			self.seen.entry(number).or_default().insert(hash);
		}
		if own {
			self.metrics.authored_blocks.inc();
			self.own.entry(number).or_default().insert(hash);
		}
		self.follow_head();
	}

	/// `chain` was finalised, up to height `number`.
	fn finalized(&mut self, chain: &[Block::Hash], number: u64) {
		let left = self.own.split_off(&(number + 1));
		let decided = std::mem::replace(&mut self.own, left);
		let stay = decided.into_values().flatten().filter(|hash| chain.contains(hash)).count();
		self.metrics.authored_finalized_blocks.inc_by(stay as u64);
		// The height of the head is needed even where it is final.
		let best: u64 = self.client.info().best_number.unique_saturated_into();
		self.seen = self.seen.split_off(&(number + 1).min(best));
		self.follow_head();
	}

	/// Counts what happened between the head that was known and the present one.
	fn follow_head(&mut self) {
		let best = self.client.info().best_hash;
		if best != self.head {
			// Heads whose ancestors are not here, after a jump by warp sync, have no way to them.
			if let Ok(route) = tree_route(&*self.client, self.head, best) {
				let retracted = route.retracted().len() as u64;
				self.metrics.tip_flips.inc_by((retracted > 0).into());
				self.metrics.retracted_blocks.inc_by(retracted);
				for block in route.enacted() {
					self.enacted(block.hash);
				}
			}
			self.head = best;
		}
		self.show_head();
	}

	fn enacted(&self, hash: Block::Hash) {
		let Ok(Some(header)) = self.client.header(hash) else { return };
		let Ok(score) = find_score(&header) else { return };
		let reward = score.reward.to_f64();
		self.metrics.head_blocks.inc();
		self.metrics.empty_blocks.inc_by((reward == 0.0).into());
		self.metrics.block_rewards.observe(reward);
	}

	/// Shows the head as it is.
	fn show_head(&mut self) {
		let Ok(Some(header)) = self.client.header(self.head) else { return };
		let number: u64 = (*header.number()).unique_saturated_into();
		self.metrics.sibling_candidates.set(self.seen.get(&number).map_or(1, HashSet::len) as u64);
		// The genesis has no score.
		let Ok(score) = find_score(&header) else { return };
		self.metrics.block_reward.set(score.reward.to_f64());
		self.metrics.cumulative_reward.set(score.cumulative.to_f64());
	}
}

/// Keeps the metrics until dropped. Without a registry there is nothing to do.
pub async fn watch<Block, Client, Pool>(
	client: Arc<Client>,
	pool: Arc<Pool>,
	equivocations: Equivocations,
	hub: WorkHub,
	registry: Option<Registry>,
) where
	Block: BlockT,
	Client: BlockchainEvents<Block>
		+ HeaderBackend<Block>
		+ HeaderMetadata<Block, Error = sp_blockchain::Error>
		+ ProvideRuntimeApi<Block>,
	Client::Api: LearningApi<Block, AccountId32>,
	Pool: TransactionPool<Block = Block>,
{
	let Some(registry) = registry else { return };
	let metrics = match Metrics::register(&registry) {
		Ok(metrics) => metrics,
		Err(error) => return log::warn!("The metrics praxis_* are not served: {error}"),
	};
	let mut imports = client.import_notification_stream().fuse();
	let mut finality = client.finality_notification_stream().fuse();
	let mut transactions = pool.import_notification_stream().fuse();
	let mut look = Delay::new(LOOK).fuse();
	let mut watch = Watch::new(client.clone(), metrics);
	loop {
		select! {
			import = imports.next() => {
				// It ends when the node does.
				let Some(import) = import else { return };
				let number = (*import.header.number()).unique_saturated_into();
				watch.imported(import.hash, number, import.origin == BlockOrigin::Own);
			},
			finalized = finality.next() => {
				let Some(finalized) = finalized else { return };
				let chain = [&finalized.tree_route[..], &[finalized.hash]].concat();
				watch.finalized(&chain, (*finalized.header.number()).unique_saturated_into());
			},
			transaction = transactions.next() => {
				let Some(transaction) = transaction else { return };
				let Some(transaction) = pool.ready_transaction(&transaction) else { continue };
				// Only submissions are not propagated, so others need not be decoded.
				if !transaction.is_propagable() && is_submission(&*client, transaction.data()) {
					watch.metrics.submissions_accepted.inc();
				}
			},
			() = look => look = Delay::new(LOOK).fuse(),
		}
		watch.metrics.equivocations.set(equivocations.len() as u64);
		watch.metrics.connected_workers.set(hub.workers() as u64);
	}
}

fn is_submission<Block, Client>(client: &Client, extrinsic: &Block::Extrinsic) -> bool
where
	Block: BlockT,
	Client: HeaderBackend<Block> + ProvideRuntimeApi<Block>,
	Client::Api: LearningApi<Block, AccountId32>,
{
	matches!(client.runtime_api().submission(client.info().best_hash, extrinsic.clone()), Ok(Some(_)))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn metrics_should_register_once() {
		let registry = Registry::new();
		let metrics = Metrics::register(&registry).unwrap();
		metrics.block_rewards.observe(0.5);
		let families = registry.gather();
		assert!(families
			.iter()
			.all(|family| family.get_name().starts_with("praxis_") && !family.get_help().is_empty()));
		assert_eq!(families.len(), 13);
		assert!(Metrics::register(&registry).is_err());
	}
}
