//! Sets the fork choice of each imported block.
//!
//! The lock spans reading the best head and importing, so of two blocks that are imported at once the second is
//! compared with the first. A block that does not stand on the finalised one never becomes the head.

use crate::{
	announce::Tips, equivocation::Equivocations, select_chain::stands_on_finalized, ForkChoice, LearningSelectChain,
	LOG_TARGET,
};
use futures::lock::Mutex;
use sc_client_api::{AuxStore, Backend};
use sc_consensus::{
	BlockCheckParams, BlockImport, BlockImportParams, ForkChoiceStrategy, ImportResult, JustificationImport,
};
use sp_blockchain::{HeaderBackend, HeaderMetadata};
use sp_consensus::{BlockOrigin, Error as ConsensusError};
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT, NumberFor},
	Justification,
};
use std::sync::Arc;

/// Block import of the engine, around `Inner` (GRANDPA's).
pub struct LearningBlockImport<BE, Block: BlockT, Client, Inner> {
	inner: Inner,
	client: Arc<Client>,
	select_chain: LearningSelectChain<BE, Block>,
	fork_choice: ForkChoice,
	tips: Tips<Block>,
	lock: Arc<Mutex<()>>,
}

impl<BE, Block: BlockT, Client, Inner: Clone> Clone for LearningBlockImport<BE, Block, Client, Inner> {
	fn clone(&self) -> Self {
		Self {
			inner: self.inner.clone(),
			client: self.client.clone(),
			select_chain: self.select_chain.clone(),
			fork_choice: self.fork_choice.clone(),
			tips: self.tips.clone(),
			lock: self.lock.clone(),
		}
	}
}

impl<BE, Block, Client, Inner> LearningBlockImport<BE, Block, Client, Inner>
where
	BE: Backend<Block>,
	Block: BlockT,
	Client: HeaderBackend<Block> + HeaderMetadata<Block, Error = sp_blockchain::Error> + AuxStore,
{
	/// Wraps `inner`.
	pub fn new(
		inner: Inner,
		client: Arc<Client>,
		select_chain: LearningSelectChain<BE, Block>,
		fork_choice: ForkChoice,
	) -> Self {
		Self { inner, client, select_chain, fork_choice, tips: Tips::default(), lock: Default::default() }
	}

	/// What the announce validator reads.
	pub fn tips(&self) -> Tips<Block> {
		self.tips.clone()
	}

	/// What the verifier writes.
	pub fn equivocations(&self) -> Equivocations {
		self.fork_choice.equivocations.clone()
	}

	/// Whether the sealed `header` is to be the new head.
	fn is_new_best(&self, header: &Block::Header) -> Result<bool, crate::Error> {
		if !stands_on_finalized::<Block, _>(&*self.client, *header.parent_hash())? {
			return Ok(false);
		}
		let best = self.select_chain.best_header()?;
		let best_score = self.fork_choice.score::<Block, _>(&*self.client, &best)?;
		let score = self.fork_choice.score::<Block, _>(&*self.client, header)?;
		let is_best = score > best_score;
		if is_best && best.hash() != *header.parent_hash() {
			log::info!(
				target: LOG_TARGET,
				"🔀 Tip flips to #{} {} (reward {}) from #{} {} (reward {})",
				header.number(), header.hash(), score.reward, best.number(), best.hash(), best_score.reward,
			);
		}
		Ok(is_best)
	}
}

#[async_trait::async_trait]
impl<BE, Block, Client, Inner> BlockImport<Block> for LearningBlockImport<BE, Block, Client, Inner>
where
	BE: Backend<Block>,
	Block: BlockT,
	Client: HeaderBackend<Block> + HeaderMetadata<Block, Error = sp_blockchain::Error> + AuxStore + Send + Sync,
	Inner: BlockImport<Block, Error = ConsensusError> + Send + Sync,
{
	type Error = ConsensusError;

	async fn check_block(&self, block: BlockCheckParams<Block>) -> Result<ImportResult, Self::Error> {
		self.inner.check_block(block).await
	}

	async fn import_block(&self, mut block: BlockImportParams<Block>) -> Result<ImportResult, Self::Error> {
		if block.with_state() || block.state_action.skip_execution_checks() {
			block.fork_choice.get_or_insert(ForkChoiceStrategy::Custom(block.with_state()));
			return self.inner.import_block(block).await;
		}

		let _guard = self.lock.lock().await;
		let hash = block.post_hash();
		let header = block.post_header();
		let lookup = |e: sp_blockchain::Error| ConsensusError::ChainLookup(e.to_string());
		if self.client.status(hash).map_err(lookup)? == sp_blockchain::BlockStatus::InChain {
			// Known already: importing it again must not move the head.
			block.fork_choice = Some(ForkChoiceStrategy::Custom(self.client.info().best_hash == hash));
			return self.inner.import_block(block).await;
		}
		if block.origin == BlockOrigin::Own {
			let slot = praxis_primitives_consensus::digests::find_pre_digest(&header)
				.map_err(|e| ConsensusError::ClientImport(e.to_string()))?
				.slot;
			self.fork_choice
				.equivocations
				.note(&*self.client, slot, &header)
				.map_err(|e| ConsensusError::ClientImport(e.to_string()))?;
		}
		let is_best = self.is_new_best(&header).map_err(|e| ConsensusError::ClientImport(e.to_string()))?;
		block.fork_choice = Some(ForkChoiceStrategy::Custom(is_best));
		let result = self.inner.import_block(block).await?;
		if matches!(result, ImportResult::Imported(_)) {
			self.tips.note(&header, hash, self.client.info().finalized_number);
		}
		Ok(result)
	}
}

#[async_trait::async_trait]
impl<BE, Block, Client, Inner> JustificationImport<Block> for LearningBlockImport<BE, Block, Client, Inner>
where
	BE: Backend<Block>,
	Block: BlockT,
	Client: Send + Sync,
	Inner: JustificationImport<Block, Error = ConsensusError> + Send + Sync,
{
	type Error = ConsensusError;

	async fn on_start(&mut self) -> Vec<(Block::Hash, NumberFor<Block>)> {
		self.inner.on_start().await
	}

	async fn import_justification(
		&mut self,
		hash: Block::Hash,
		number: NumberFor<Block>,
		justification: Justification,
	) -> Result<(), Self::Error> {
		self.inner.import_justification(hash, number, justification).await
	}
}
