//! Follows the best and the final chain: records its blocks, keeps the account of this worker's own, and has the policy
//! evaluated and the checkpoint written every so many blocks.

use super::{
	learner::{self, Evaluation, Learner},
	metrics::Metrics,
	session::ended,
};
use crate::{
	chain::{
		ledger::{Earned, Ledger},
		submitter::now,
		types::Header,
		ChainError, Node,
	},
	monitor::{Blocks, Head, Monitor, Rewarded},
};
use praxis_environment::Real;
use serde_json::json;
use sp_core::crypto::{AccountId32, Ss58Codec};
use std::{
	collections::HashMap,
	path::{Path, PathBuf},
	sync::Arc,
};

/// Writes down evaluations and checkpoints.
#[derive(Clone)]
pub struct Recorder {
	/// Events.
	pub metrics: Arc<Metrics>,
	/// The state.
	pub monitor: Arc<Monitor>,
}

impl Recorder {
	/// Writes the event `evaluation`.
	pub fn evaluation(&self, height: u32, evaluation: &Evaluation) {
		tracing::info!(
			target: "mine",
			height,
			updates = evaluation.updates,
			"greedy return {:.1} over {} episodes",
			evaluation.mean,
			learner::EVALUATION_EPISODES
		);
		self.monitor.update(|status| {
			status.learning.mean_return = Some(evaluation.mean);
			status.learning.policy_hash = Some(evaluation.policy_hash);
		});
		self.metrics.record(
			"evaluation",
			json!({
				"height": height,
				"return": evaluation.mean,
				"updates": evaluation.updates,
				"steps": evaluation.steps,
				"remembered": evaluation.remembered,
				"from_chain": evaluation.from_chain,
				"epsilon": evaluation.epsilon,
				"policy_hash": evaluation.policy_hash,
			}),
		);
	}

	/// Has the checkpoint written.
	pub async fn save(&self, learner: &Learner, path: PathBuf) -> Result<(), String> {
		learner.save(path).await?;
		self.monitor.update(|status| {
			if let Some(checkpoint) = &mut status.checkpoint {
				checkpoint.time = Some(now());
			}
		});
		Ok(())
	}
}

/// What outlives a connection.
pub struct Follower {
	recorder: Recorder,
	own: AccountId32,
	checkpoint: Option<PathBuf>,
	every: u32,
	/// Accounts of authors' keys. A key never changes its account while it is bonded.
	accounts: HashMap<[u8; 32], AccountId32>,
	ledger: Ledger,
}

impl Follower {
	/// Of an account. The checkpoint is written every so many blocks.
	pub fn new(recorder: Recorder, own: AccountId32, checkpoint: Option<&Path>, every: u32) -> Self {
		let checkpoint = checkpoint.map(Path::to_path_buf);
		Self { recorder, own, checkpoint, every, accounts: HashMap::new(), ledger: Ledger::default() }
	}

	/// Follows until the connection ends.
	pub async fn follow(
		&mut self,
		node: &Node,
		learner: &Learner,
		height: &mut u32,
		evaluated_at: &mut u32,
	) -> ChainError {
		match self.try_follow(node, learner, height, evaluated_at).await {
			Ok(never) => match never {},
			Err(error) => error,
		}
	}

	async fn try_follow(
		&mut self,
		node: &Node,
		learner: &Learner,
		height: &mut u32,
		evaluated_at: &mut u32,
	) -> Result<std::convert::Infallible, ChainError> {
		let mut best = node.subscribe_best().await?;
		let mut finalised = node.subscribe_finalised().await?;
		loop {
			tokio::select! {
				header = best.next() => {
					let header = header.ok_or_else(|| ended("best blocks"))?;
					let header = header.map_err(|error| ChainError::decode("a header", error))?;
					*height = header.number();
					self.best(node, &header).await?;
					// After a chain was purged it is lower than before.
					if height.abs_diff(*evaluated_at) >= self.every {
						*evaluated_at = *height;
						self.evaluate(learner, *height);
					}
				}
				header = finalised.next() => {
					let header = header.ok_or_else(|| ended("final blocks"))?;
					let header = header.map_err(|error| ChainError::decode("a header", error))?;
					self.finalised(node, &header).await?;
				}
			}
		}
	}

	async fn best(&mut self, node: &Node, header: &Header) -> Result<(), ChainError> {
		let head = Head { height: header.number(), hash: header.hash() };
		self.recorder.monitor.update(|status| status.best = Some(head));
		if header.number() > 0 {
			self.record(node, header).await?;
		}
		// Where the new best block is not a child of the last, some of ours may have left the chain.
		if !self.ledger.continues(header) {
			self.reconcile(node, u32::MAX).await?;
		}
		self.publish();
		Ok(())
	}

	async fn finalised(&mut self, node: &Node, header: &Header) -> Result<(), ChainError> {
		let head = Head { height: header.number(), hash: header.hash() };
		self.recorder.monitor.update(|status| status.finalised = Some(head));
		self.reconcile(node, header.number()).await?;
		self.ledger.finalise(header.number());
		self.publish();
		Ok(())
	}

	async fn reconcile(&mut self, node: &Node, highest: u32) -> Result<(), ChainError> {
		match Ledger::ask(node, self.ledger.heights(), highest).await {
			Ok(canonical) => self.ledger.reconcile(&canonical),
			Err(error) if error.is_disconnect() => return Err(error),
			Err(error) => tracing::debug!(target: "mine", "{error}"),
		}
		Ok(())
	}

	/// Puts the account of this worker's blocks into the state.
	fn publish(&self) {
		let ledger = &self.ledger;
		let (best, awards_best) = ledger.best();
		let rewarded = ledger.last().map(|(earned, finalised)| Rewarded {
			height: earned.height,
			hash: earned.hash,
			reward: earned.reward,
			award: earned.award.to_string(),
			time: earned.time,
			finalised,
			age: 0,
		});
		let blocks = Blocks {
			best,
			finalised: ledger.finalised,
			lost: ledger.lost(),
			awards_best: awards_best.to_string(),
			awards_finalised: ledger.awards_finalised.to_string(),
		};
		self.recorder.monitor.update(|status| {
			status.rewarded = rewarded;
			status.blocks = blocks;
		});
	}

	async fn record(&mut self, node: &Node, header: &Header) -> Result<(), ChainError> {
		let claim = header.claim();
		let author = match claim.author_key {
			Some(key) => self.account(node, key, header).await?,
			None => None,
		};
		let mine = author.as_ref() == Some(&self.own);
		self.recorder.metrics.record(
			"block",
			json!({
				"height": header.number(),
				"hash": header.hash(),
				"slot": claim.slot,
				"author": author.as_ref().map(|author| author.to_ss58check()),
				"reward": claim.reward.to_f64(),
				"cumulative": claim.cumulative.to_f64(),
				"mine": mine,
			}),
		);
		if mine && claim.reward > Real::ZERO {
			let award = match node.award_of(claim.reward, header.parent_hash).await {
				Ok(award) => award,
				Err(error) if error.is_disconnect() => return Err(error),
				Err(error) => {
					tracing::warn!(target: "mine", number = header.number(), "the award is unknown: {error}");
					0
				}
			};
			let (height, hash, reward) = (header.number(), header.hash(), claim.reward.to_f64());
			self.ledger.add(Earned { height, hash, reward, award, time: now() });
		}
		Ok(())
	}

	async fn account(
		&mut self,
		node: &Node,
		key: [u8; 32],
		header: &Header,
	) -> Result<Option<AccountId32>, ChainError> {
		if let Some(account) = self.accounts.get(&key) {
			return Ok(Some(account.clone()));
		}
		match node.author_account(key, header.hash()).await {
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
	fn evaluate(&self, learner: &Learner, height: u32) {
		let (learner, recorder, checkpoint) = (learner.clone(), self.recorder.clone(), self.checkpoint.clone());
		tokio::spawn(async move {
			match learner.evaluate().await {
				Ok(evaluation) => recorder.evaluation(height, &evaluation),
				Err(error) => tracing::warn!(target: "mine", "{error}"),
			}
			if let Some(path) = checkpoint {
				if let Err(error) = recorder.save(&learner, path).await {
					tracing::warn!(target: "mine", "the checkpoint was not written: {error}");
				}
			}
		});
	}
}
