//! One connection to the node, from its first call to its end.
//!
//! Five things go on at once, none waiting for another: work is taken in, answered by the one submitter of this key,
//! every imported block is read for its transitions, the best chain is followed, and a watch asks why when no work comes.

use super::{learner::Learner, metrics::Metrics, record_evaluation, Failure, Learning, Miner, REMINDER};
use crate::chain::{
	experience::{self, Reader},
	extrinsic::Encoder,
	idle,
	keys::AuthorKey,
	submitter::{now, Report, Submitter},
	types::{Header, Work},
	ChainError, Node,
};
use serde_json::json;
use sp_core::crypto::{AccountId32, Ss58Codec};
use std::{
	collections::HashMap,
	path::Path,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
	time::Duration,
};
use tokio::sync::{mpsc, watch};

/// How a connection ended.
pub enum End {
	/// It is gone; a new one may be better.
	Disconnected(ChainError),
	/// No connection would help.
	Failure(Failure),
}

impl From<ChainError> for End {
	fn from(error: ChainError) -> Self {
		match error {
			ChainError::Address { .. } => Self::Failure(Failure::input("node", error)),
			error => Self::Disconnected(error),
		}
	}
}

impl<E: Into<Failure>> From<E> for End {
	fn from(failure: E) -> Self {
		Self::Failure(failure.into())
	}
}

/// Connects and works until the connection ends.
pub async fn run(miner: &mut Miner) -> End {
	match work(miner).await {
		Ok(never) => match never {},
		Err(end) => end,
	}
}

async fn work(miner: &mut Miner) -> Result<std::convert::Infallible, End> {
	let node = Node::connect(&miner.args.node).await?;
	let chain_type = node.chain_type().await?;
	miner.key.check_chain(&chain_type)?;
	let genesis = node.genesis_hash().await?;
	let version = node.runtime_version().await?;
	let encoder = Encoder::new(&node.metadata().await?, genesis, version)?;
	let oracle = node.environment().await?;
	let slot_duration = node.slot_duration().await?;
	let first = miner.learning.is_none();
	let learner = miner.learner(&oracle)?;
	miner.height = node.best_header().await?.number();
	miner.metrics.record(
		"start",
		json!({
			"address": miner.key.address(),
			"node": miner.args.node,
			"chain": node.chain_name().await?,
			"chain_type": chain_type.to_string(),
			"genesis": genesis,
			"spec_version": version.spec_version,
			"environment": oracle.name,
			"steps_per_block": oracle.steps_per_block,
			"slot_ms": slot_duration.as_millis() as u64,
			"height": miner.height,
			"random": miner.args.random,
			"learn": miner.args.learn && !miner.args.random,
			"reconnected": !first,
		}),
	);
	tracing::info!(target: "mine", height = miner.height, environment = oracle.name, "connected");
	if first {
		let evaluation = learner.evaluate().await.map_err(|error| Failure::running("learner", error))?;
		record_evaluation(&miner.metrics, miner.height, &evaluation);
		miner.evaluated_at = miner.height;
	}

	let (works, taken) = watch::channel(None);
	let (reports, told) = mpsc::unbounded_channel();
	let last_work = AtomicU64::new(now());
	let Miner { args, key, metrics, learning, attempts, height, evaluated_at, .. } = miner;
	let (key, metrics): (&AuthorKey, &Arc<Metrics>) = (key, metrics);
	let Some(Learning { ended, .. }) = learning else {
		return Err(Failure::running("learner", "it was not started").into());
	};
	let submitter = Submitter { node: &node, key, encoder, genesis, player: &learner, reports };
	let best = Best {
		node: &node,
		metrics,
		learner: &learner,
		own: key.account(),
		checkpoint: args.checkpoint.as_deref().filter(|_| args.learn),
		every: args.evaluate_every,
		accounts: HashMap::new(),
	};
	let error = tokio::select! {
		error = take_work(&node, &works, &last_work, metrics) => error,
		error = submitter.run(taken, attempts) => error,
		error = tell(told, metrics) => error,
		error = read_blocks(&node, &learner) => error,
		error = best.follow(height, evaluated_at) => error,
		error = watch_idle(&node, key, slot_duration, &last_work, metrics) => error,
		error = node.disconnected() => error,
		end = ended => {
			let message = match end {
				Ok(Err(error)) => error.to_string(),
				_ => "the learning thread has ended".into(),
			};
			return Err(Failure::running("learner", message).into());
		},
	};
	Err(node.cause(error).into())
}

fn ended(subscription: &str) -> ChainError {
	ChainError::decode(subscription, "the node has ended the subscription")
}

/// Takes work in. The newest replaces what was not taken yet.
async fn take_work(
	node: &Node,
	works: &watch::Sender<Option<Arc<Work>>>,
	last_work: &AtomicU64,
	metrics: &Metrics,
) -> ChainError {
	let mut items = match node.subscribe_work().await {
		Ok(items) => items,
		Err(ChainError::Call { code: -32601, .. }) => {
			return ChainError::decode(
				"the node",
				"it offers no work (learning_subscribeWork): is it a praxis-node, reached by loopback or with --rpc-methods unsafe?",
			)
		},
		Err(error) => return error,
	};
	loop {
		let work = match items.next().await {
			Some(Ok(item)) => Work::try_from(item),
			Some(Err(error)) => Err(ChainError::decode("a work item", error)),
			None => return ended("work"),
		};
		match work {
			Ok(work) => {
				tracing::debug!(target: "mine", slot = work.slot, number = work.number, parent = %work.parent, "work");
				last_work.store(now(), Ordering::Relaxed);
				works.send_replace(Some(Arc::new(work)));
			}
			Err(error) => {
				tracing::warn!(target: "mine", "{error}");
				metrics.record("rejected", json!({ "reason": "work", "message": error.to_string() }));
			}
		}
	}
}

/// Tells what became of the work.
async fn tell(mut reports: mpsc::UnboundedReceiver<Report>, metrics: &Metrics) -> ChainError {
	while let Some(report) = reports.recv().await {
		match report {
			Report::Submitted { work, attempt, reward, transaction, took } => {
				tracing::info!(
					target: "mine",
					number = work.number, slot = work.slot, attempt, took, "submitted, reward {:.4}", reward.to_f64()
				);
				metrics.record(
					"submitted",
					json!({
						"height": work.number,
						"slot": work.slot,
						"step": work.step,
						"parent": work.parent,
						"attempt": attempt,
						"reward": reward.to_f64(),
						"transaction": transaction,
						"milliseconds": took,
					}),
				);
			}
			Report::Rejected { work, reason, message } => {
				tracing::warn!(target: "mine", number = work.number, slot = work.slot, reason, "not submitted: {message}");
				metrics.record(
					"rejected",
					json!({
						"height": work.number,
						"slot": work.slot,
						"parent": work.parent,
						"reason": reason,
						"message": message,
					}),
				);
			}
		}
	}
	ended("reports")
}

/// Feeds the transitions of every imported block to the learner.
async fn read_blocks(node: &Node, learner: &Learner) -> ChainError {
	let mut headers = match node.subscribe_all().await {
		Ok(headers) => headers,
		Err(error) => return error,
	};
	let mut reader = Reader::default();
	loop {
		let header = match headers.next().await {
			Some(Ok(header)) => header,
			Some(Err(error)) => return ChainError::decode("a header", error),
			None => return ended("all blocks"),
		};
		if !reader.is_new(header.hash()) {
			continue;
		}
		match experience::read(node, &header).await {
			Ok(Some(experience)) => {
				if let Err(error) = learner.learn(experience) {
					return ChainError::decode("experience", error);
				}
			}
			Ok(None) => (),
			Err(error) if error.is_disconnect() => return error,
			// A block whose state is gone already, for example while catching up.
			Err(error) => tracing::debug!(target: "mine", number = header.number(), "{error}"),
		}
	}
}

/// Follows the best chain.
struct Best<'a> {
	node: &'a Node,
	metrics: &'a Arc<Metrics>,
	learner: &'a Learner,
	own: AccountId32,
	checkpoint: Option<&'a Path>,
	every: u32,
	/// Accounts of authors' keys. A key never changes its account while it is bonded.
	accounts: HashMap<[u8; 32], AccountId32>,
}

impl Best<'_> {
	async fn follow(mut self, height: &mut u32, evaluated_at: &mut u32) -> ChainError {
		let mut headers = match self.node.subscribe_best().await {
			Ok(headers) => headers,
			Err(error) => return error,
		};
		loop {
			let header = match headers.next().await {
				Some(Ok(header)) => header,
				Some(Err(error)) => return ChainError::decode("a header", error),
				None => return ended("best blocks"),
			};
			*height = header.number();
			if header.number() > 0 {
				if let Err(error) = self.record(&header).await {
					return error;
				}
			}
			// After a chain was purged it is lower than before.
			if height.abs_diff(*evaluated_at) >= self.every {
				*evaluated_at = *height;
				self.evaluate(*height);
			}
		}
	}

	async fn record(&mut self, header: &Header) -> Result<(), ChainError> {
		let claim = header.claim();
		let author = match claim.author_key {
			Some(key) => self.account(key, header).await?,
			None => None,
		};
		self.metrics.record(
			"block",
			json!({
				"height": header.number(),
				"hash": header.hash(),
				"slot": claim.slot,
				"author": author.as_ref().map(|author| author.to_ss58check()),
				"reward": claim.reward.to_f64(),
				"cumulative": claim.cumulative.to_f64(),
				"mine": author.as_ref() == Some(&self.own),
			}),
		);
		Ok(())
	}

	async fn account(&mut self, key: [u8; 32], header: &Header) -> Result<Option<AccountId32>, ChainError> {
		if let Some(account) = self.accounts.get(&key) {
			return Ok(Some(account.clone()));
		}
		match self.node.author_account(key, header.hash()).await {
			Ok(Some(account)) => {
				self.accounts.insert(key, account.clone());
				Ok(Some(account))
			}
			Ok(None) => Ok(None),
			Err(error) if error.is_disconnect() => Err(error),
			Err(error) => {
				tracing::debug!(target: "mine", "{error}");
				Ok(None)
			}
		}
	}

	/// Evaluates and writes the checkpoint, beside everything else.
	fn evaluate(&self, height: u32) {
		let (learner, metrics) = (self.learner.clone(), self.metrics.clone());
		let checkpoint = self.checkpoint.map(Path::to_path_buf);
		tokio::spawn(async move {
			match learner.evaluate().await {
				Ok(evaluation) => record_evaluation(&metrics, height, &evaluation),
				Err(error) => tracing::warn!(target: "mine", "{error}"),
			}
			if let Some(path) = checkpoint {
				if let Err(error) = learner.save(path).await {
					tracing::warn!(target: "mine", "the checkpoint was not written: {error}");
				}
			}
		});
	}
}

/// Says why when no work comes.
async fn watch_idle(
	node: &Node,
	key: &AuthorKey,
	slot_duration: Duration,
	last_work: &AtomicU64,
	metrics: &Metrics,
) -> ChainError {
	let patience = slot_duration * idle::PATIENCE_SLOTS;
	let mut told: Option<(&'static str, u64)> = None;
	let mut ticks = tokio::time::interval(slot_duration.max(Duration::from_millis(100)));
	loop {
		ticks.tick().await;
		let idle = Duration::from_millis(now().saturating_sub(last_work.load(Ordering::Relaxed)));
		if idle <= patience {
			told = None;
			continue;
		}
		let finding = match idle::diagnose(node, key, slot_duration, idle).await {
			Ok(Some(finding)) => finding,
			Ok(None) => continue,
			Err(error) if error.is_disconnect() => return error,
			Err(error) => {
				tracing::debug!(target: "mine", "{error}");
				continue;
			}
		};
		let since = |time: u64| Duration::from_millis(now().saturating_sub(time));
		if told.is_some_and(|(reason, time)| reason == finding.reason && since(time) < REMINDER) {
			continue;
		}
		told = Some((finding.reason, now()));
		tracing::warn!(target: "mine", reason = finding.reason, "idle: {}; {}", finding.message, finding.remedy);
		metrics.record(
			"idle",
			json!({
				"reason": finding.reason,
				"message": finding.message,
				"remedy": finding.remedy,
				"seconds": idle.as_secs(),
			}),
		);
	}
}
