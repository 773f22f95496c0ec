//! One connection to the node, from its first call to its end.
//!
//! Several things go on at once, none waiting for another: work is taken in, answered by the one submitter of this key,
//! every imported block is read for its transitions, the best and the final chain are followed, the node is watched, and
//! somebody asks why when no work comes.

use super::{learner::Learner, metrics::Metrics, Failure, Learning, Miner, REMINDER};
use crate::{
	chain::{
		experience::{self, Reader},
		extrinsic::Encoder,
		idle,
		keys::{AuthorKey, KeyError},
		submitter::{now, Report, Submitter},
		types::Work,
		ChainError, Node,
	},
	monitor::{self, Monitor, Reason, State},
};
use serde_json::json;
use std::{
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
	time::Duration,
};
use tokio::sync::{mpsc, watch};

/// Pause between two looks at the node's peers.
const LOOK: Duration = Duration::from_secs(5);

/// Blocks that were imported while there was no connection and are read after it is back.
const CATCH_UP: u32 = 64;

/// How a connection ended.
pub enum End {
	/// It is gone, or of no use; a new one may be better.
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

impl From<Failure> for End {
	fn from(failure: Failure) -> Self {
		Self::Failure(failure)
	}
}

impl From<KeyError> for End {
	fn from(error: KeyError) -> Self {
		Self::Failure(error.into())
	}
}

/// Connects and works until the connection ends.
pub async fn run(miner: &mut Miner) -> End {
	let end = match work(miner).await {
		Ok(never) => match never {},
		Err(end) => end,
	};
	miner.monitor.update(|status| status.node.connected = false);
	end
}

async fn work(miner: &mut Miner) -> Result<std::convert::Infallible, End> {
	let node = Node::connect(&miner.args.node).await?;
	let genesis = node.genesis_hash().await?;
	if let Some(expected) = miner.genesis.filter(|expected| *expected != genesis) {
		return Err(ChainError::AnotherChain { url: miner.args.node.clone(), found: genesis, expected }.into());
	}
	let chain_type = node.chain_type().await?;
	miner.key.check_chain(&chain_type)?;
	miner.genesis = Some(genesis);
	let version = node.runtime_version().await?;
	let encoder = Encoder::new(&node.metadata().await?, genesis, version)?;
	let oracle = node.environment().await?;
	let slot_duration = node.slot_duration().await?;
	let chain = node.chain_name().await?;
	let token = node.token().await?;
	let first = miner.learning.is_none();
	let learner = miner.learner(&oracle)?;
	let before = miner.height;
	miner.height = node.best_header().await?.number();
	miner.metrics.record(
		"start",
		json!({
			"address": miner.key.address(),
			"node": miner.args.node,
			"chain": chain,
			"chain_type": chain_type.to_string(),
			"genesis": genesis,
			"spec_version": version.spec_version,
			"environment": oracle.name,
			"steps_per_block": oracle.steps_per_block,
			"slot_ms": slot_duration.as_millis() as u64,
			"height": miner.height,
			"random": miner.args.random,
			"learn": miner.args.learn && !miner.args.random,
			"control": miner.control.map(|address| address.to_string()),
			"reconnected": !first,
		}),
	);
	tracing::info!(target: "mine", height = miner.height, environment = oracle.name, "connected");
	miner.monitor.update(|status| {
		status.node.connected = true;
		status.node.connections += 1;
		status.node.chain = Some(chain);
		status.node.genesis = Some(genesis);
		status.node.spec_version = Some(version.spec_version);
		status.node.token = Some(token);
		status.learning.environment = Some(oracle.name.clone());
	});
	let waiting = Reason {
		code: "no-work-yet".into(),
		message: "connected, and no work has come yet".into(),
		remedy: "wait; if it lasts, the reason follows".into(),
	};
	miner.monitor.enter(State::Idle, Some(waiting));
	if first {
		let evaluation = learner.evaluate().await.map_err(|error| Failure::running("learner", error))?;
		miner.recorder.evaluation(miner.height, &evaluation);
		miner.evaluated_at = miner.height;
	}

	let (works, taken) = watch::channel(None);
	let (reports, told) = mpsc::unbounded_channel();
	let last_work = AtomicU64::new(now());
	let Miner { key, metrics, monitor, learning, attempts, reader, follower, height, evaluated_at, .. } = miner;
	let (key, metrics, monitor): (&AuthorKey, &Arc<Metrics>, &Arc<Monitor>) = (key, metrics, monitor);
	let Some(Learning { ended, .. }) = learning else {
		return Err(Failure::running("learner", "it was not started").into());
	};
	let submitter = Submitter { node: &node, key, encoder, genesis, player: &learner, reports };
	let taking = Taking { node: &node, works: &works, last_work: &last_work, metrics, monitor };
	let missed = (!first).then_some(before);
	let error = tokio::select! {
		error = taking.run() => error,
		error = submitter.run(taken, attempts) => error,
		error = tell(told, metrics, monitor) => error,
		error = read_blocks(&node, &learner, reader, missed) => error,
		error = follower.follow(&node, &learner, height, evaluated_at) => error,
		error = watch_idle(&node, key, slot_duration, &last_work, metrics, monitor) => error,
		error = watch_health(&node, monitor) => error,
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

pub(super) fn ended(subscription: &str) -> ChainError {
	ChainError::decode(subscription, "the node has ended the subscription")
}

/// Takes work in. The newest replaces what was not taken yet.
struct Taking<'a> {
	node: &'a Node,
	works: &'a watch::Sender<Option<Arc<Work>>>,
	last_work: &'a AtomicU64,
	metrics: &'a Metrics,
	monitor: &'a Monitor,
}

impl Taking<'_> {
	async fn run(&self) -> ChainError {
		let mut items = match self.node.subscribe_work().await {
			Ok(items) => items,
			Err(ChainError::Call { code: -32601, .. }) => {
				return ChainError::decode(
					"the node",
					"it offers no work (learning_subscribeWork): is it a praxis-node, reached by loopback or with --rpc-methods unsafe?",
				)
			}
			Err(error) => return error,
		};
		loop {
			let work = match items.next().await {
				Some(Ok(item)) => Work::try_from(item),
				Some(Err(error)) => Err(ChainError::decode("a work item", error)),
				None => return ended("work"),
			};
			match work {
				Ok(work) => self.take(work),
				Err(error) => {
					tracing::warn!(target: "mine", "{error}");
					self.metrics.record("rejected", json!({ "reason": "work", "message": error.to_string() }));
				}
			}
		}
	}

	fn take(&self, work: Work) {
		tracing::debug!(target: "mine", slot = work.slot, number = work.number, parent = %work.parent, "work");
		self.last_work.store(now(), Ordering::Relaxed);
		self.monitor.update(|status| {
			status.work = Some(monitor::Work { height: work.number, slot: work.slot, time: now() });
			status.counts.work += 1;
		});
		self.monitor.enter(State::Mining, None);
		self.works.send_replace(Some(Arc::new(work)));
	}
}

/// Tells what became of the work.
async fn tell(mut reports: mpsc::UnboundedReceiver<Report>, metrics: &Metrics, monitor: &Monitor) -> ChainError {
	while let Some(report) = reports.recv().await {
		match report {
			Report::Submitted { work, attempt, reward, transaction, took } => {
				tracing::info!(
					target: "mine",
					number = work.number, slot = work.slot, attempt, took, "submitted, reward {:.4}", reward.to_f64()
				);
				monitor.update(|status| {
					status.counts.accepted += 1;
					status.submission = Some(monitor::Submission {
						height: work.number,
						slot: work.slot,
						reward: reward.to_f64(),
						transaction,
						time: now(),
						milliseconds: took,
						age: 0,
					});
				});
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
			Report::Replaced { work } => {
				tracing::debug!(target: "mine", number = work.number, slot = work.slot, "newer work came first");
				monitor.update(|status| status.counts.replaced += 1);
			}
			Report::Rejected { work, reason, message } => {
				tracing::warn!(target: "mine", number = work.number, slot = work.slot, reason, "not submitted: {message}");
				monitor.update(|status| {
					status.counts.rejected += 1;
					status.rejection = Some(monitor::Rejection {
						height: work.number,
						slot: work.slot,
						time: now(),
						code: reason.into(),
						message: message.clone(),
					});
				});
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

/// Feeds the transitions of every imported block to the learner. `missed` is the height at which the last connection
/// was lost.
async fn read_blocks(node: &Node, learner: &Learner, reader: &mut Reader, missed: Option<u32>) -> ChainError {
	let mut headers = match node.subscribe_all().await {
		Ok(headers) => headers,
		Err(error) => return error,
	};
	if let Some(height) = missed {
		match announce_missed(node, reader, height).await {
			Ok(()) => (),
			Err(error) if error.is_disconnect() => return error,
			Err(error) => tracing::debug!(target: "mine", "{error}"),
		}
	}
	loop {
		for (header, tries) in reader.due() {
			match experience::read(node, &header).await {
				Ok(experience) => {
					reader.read(&header);
					if let Some(Err(error)) = experience.map(|experience| learner.learn(experience)) {
						return ChainError::decode("experience", error);
					}
				}
				Err(error) => {
					let (number, gone) = (header.number(), error.is_disconnect());
					let again = reader.failed(header, tries);
					if gone {
						return error;
					}
					tracing::debug!(target: "mine", number, again, "{error}");
				}
			}
		}
		match headers.next().await {
			Some(Ok(header)) => reader.announce(header),
			Some(Err(error)) => return ChainError::decode("a header", error),
			None => return ended("all blocks"),
		}
	}
}

/// Puts the best chain's blocks from a height on into the reader, at most the newest [`CATCH_UP`].
async fn announce_missed(node: &Node, reader: &mut Reader, height: u32) -> Result<(), ChainError> {
	let mut header = node.best_header().await?;
	let lowest = height.max(header.number().saturating_sub(CATCH_UP));
	let mut missed = Vec::new();
	while header.number() > lowest {
		let parent = node.header(header.parent_hash).await?;
		missed.push(header);
		match parent {
			Some(parent) => header = parent,
			None => break,
		}
	}
	missed.into_iter().rev().for_each(|header| reader.announce(header));
	Ok(())
}

/// Says why when no work comes.
async fn watch_idle(
	node: &Node,
	key: &AuthorKey,
	slot_duration: Duration,
	last_work: &AtomicU64,
	metrics: &Metrics,
	monitor: &Monitor,
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
		// Work may have come while the node was asked.
		if now().saturating_sub(last_work.load(Ordering::Relaxed)) <= patience.as_millis() as u64 {
			continue;
		}
		let state = if finding.reason == "syncing" { State::Syncing } else { State::Idle };
		let (code, message, remedy) = (finding.reason.into(), finding.message.clone(), finding.remedy.clone());
		monitor.enter(state, Some(Reason { code, message, remedy }));
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

/// Looks at the node's peers now and then.
async fn watch_health(node: &Node, monitor: &Monitor) -> ChainError {
	let mut ticks = tokio::time::interval(LOOK);
	loop {
		ticks.tick().await;
		match node.health().await {
			Ok(health) => monitor.update(|status| {
				status.node.peers = Some(health.peers);
				status.node.syncing = Some(health.is_syncing);
			}),
			Err(error) if error.is_disconnect() => return error,
			Err(error) => tracing::debug!(target: "mine", "{error}"),
		}
	}
}
