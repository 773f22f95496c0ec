//! Sets the fork choice of each imported block.
//!
//! The lock spans reading the best head and importing, so of two blocks that are imported at once the second is
//! compared with the first. A block that does not stand on the finalised one never becomes the head.
//!
//! The head is chosen again, under the same lock, when what decides has changed without an import: after the proof of
//! an equivocation ([`crate::equivocation`]) and after finality moved ([`follow_finality`]).
//!
//! Fast sync brings the headers first, and later the state of one finalised block. What stands on that block is then
//! imported a second time, and only now executed and judged.
//!
//! Before a height grows beyond [`MAX_SIBLINGS`] the worst branch there gives way, for the state database takes 32
//! siblings and would then refuse the next block, whoever made it.

use crate::{
	equivocation::Equivocations,
	select_chain::stands_on,
	tips::{Tips, MAX_SIBLINGS},
	Error, LearningSelectChain, LOG_TARGET,
};
use futures::{lock::Mutex, StreamExt};
use praxis_primitives_consensus::{digests::find_score, ForkScore};
use sc_client_api::{
	AuxStore, Backend, BlockImportOperation, BlockchainEvents, ImportNotificationAction, ImportSummary, LockImportRun,
};
use sc_consensus::{
	BlockCheckParams, BlockImport, BlockImportParams, ForkChoiceStrategy, ImportResult, JustificationImport,
};
use sp_blockchain::{Backend as BlockchainBackend, BlockStatus, HeaderBackend, HeaderMetadata};
use sp_consensus::{BlockOrigin, Error as ConsensusError};
use sp_consensus_grandpa::GRANDPA_ENGINE_ID;
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT, NumberFor, One, Saturating, Zero},
	DigestItem, Justification,
};
use std::{
	collections::{HashMap, HashSet},
	sync::Arc,
};

/// Block import of the engine, around `Inner` (GRANDPA's).
pub struct LearningBlockImport<BE, Block: BlockT, Client, Inner> {
	inner: Inner,
	client: Arc<Client>,
	select_chain: LearningSelectChain<BE, Block>,
	tips: Tips<Block>,
	lock: Arc<Mutex<()>>,
}

/// What stands on a block.
struct Branch<Block: BlockT> {
	/// The best score among the leaves.
	best: Option<ForkScore>,
	leaves: Vec<Block::Hash>,
}

impl<Block: BlockT> Default for Branch<Block> {
	fn default() -> Self {
		Self { best: None, leaves: Vec::new() }
	}
}

impl<BE, Block: BlockT, Client, Inner: Clone> Clone for LearningBlockImport<BE, Block, Client, Inner> {
	fn clone(&self) -> Self {
		Self {
			inner: self.inner.clone(),
			client: self.client.clone(),
			select_chain: self.select_chain.clone(),
			tips: self.tips.clone(),
			lock: self.lock.clone(),
		}
	}
}

impl<BE, Block: BlockT, Client, Inner> LearningBlockImport<BE, Block, Client, Inner>
where
	BE: Backend<Block>,
	Client: AuxStore,
{
	/// Wraps `inner`. Reads what stands above the finalised block; among it may be a block that was stored when the node
	/// died, before anybody looked whether its author equivocates.
	pub fn new(
		inner: Inner,
		client: Arc<Client>,
		select_chain: LearningSelectChain<BE, Block>,
	) -> sp_blockchain::Result<Self> {
		let text = |e: Error| sp_blockchain::Error::Backend(e.to_string());
		let finalized = select_chain.finalized_slot().map_err(text)?;
		let equivocations = &select_chain.fork_choice().equivocations;
		let backend = select_chain.backend();
		let tips = Tips::load(&**backend, |header| {
			// Only what was executed proves anything: fast sync may have brought headers alone.
			match backend.have_state_at(header.hash(), *header.number()) {
				true => equivocations.note(&*client, finalized, header).map(drop).map_err(text),
				false => Ok(()),
			}
		})?;
		Ok(Self { inner, client, select_chain, tips, lock: Default::default() })
	}
}

impl<BE, Block: BlockT, Client, Inner> LearningBlockImport<BE, Block, Client, Inner>
where
	BE: Backend<Block>,
{
	/// The client.
	pub fn client(&self) -> &Arc<Client> {
		&self.client
	}

	/// What chooses the head.
	pub fn select_chain(&self) -> &LearningSelectChain<BE, Block> {
		&self.select_chain
	}

	/// The blocks above the finalised one.
	pub fn tips(&self) -> &Tips<Block> {
		&self.tips
	}

	/// The known equivocations.
	pub fn equivocations(&self) -> &Equivocations {
		&self.select_chain.fork_choice().equivocations
	}
}

impl<BE, Block, Client, Inner> LearningBlockImport<BE, Block, Client, Inner>
where
	BE: Backend<Block>,
	Block: BlockT,
	Client: HeaderBackend<Block>
		+ HeaderMetadata<Block, Error = sp_blockchain::Error>
		+ LockImportRun<Block, BE>
		+ AuxStore
		+ Send
		+ Sync,
{
	/// Makes the best leaf the client's head, if it is not. Says whether it was another.
	pub async fn choose_head(&self) -> Result<bool, Error> {
		let _guard = self.lock.lock().await;
		self.choose_head_locked()
	}

	fn choose_head_locked(&self) -> Result<bool, Error> {
		if self.select_chain.best_header()?.hash() == self.client.info().best_hash {
			return Ok(false);
		}
		// Under the client's lock finality does not move between the choice and its record.
		self.client.lock_import_and_run(|operation| -> Result<bool, Error> {
			let best = self.select_chain.best_header()?;
			let (hash, old) = (best.hash(), self.client.info().best_hash);
			// The finalised block has no state while fast sync has brought headers alone.
			if hash == old || !self.select_chain.backend().have_state_at(hash, *best.number()) {
				return Ok(false);
			}
			// As at an import, the route ends at the parent of the new head.
			let end = if best.number().is_zero() { hash } else { *best.parent_hash() };
			let route = sp_blockchain::tree_route(&*self.client, old, end)?;
			log::info!(target: LOG_TARGET, "🔀 Head chosen again: #{} {hash} instead of {old}", best.number());
			operation.op.mark_head(hash)?;
			operation.notify_imported = Some(ImportSummary {
				hash,
				origin: BlockOrigin::ConsensusBroadcast,
				header: best,
				is_new_best: true,
				storage_changes: None,
				tree_route: Some(route),
				import_notification_action: ImportNotificationAction::RecentBlock,
			});
			Ok(true)
		})
	}

	/// Whether the sealed `header` is to be the new head.
	fn is_new_best(&self, header: &Block::Header) -> Result<bool, Error> {
		let info = self.client.info();
		if !self.select_chain.stands_on_finalized(*header.parent_hash(), &info)? {
			return Ok(false);
		}
		let compared = self.select_chain.compare(header)?;
		let is_best = compared.score > compared.best_score;
		if is_best && compared.best.hash() != *header.parent_hash() {
			log::info!(
				target: LOG_TARGET,
				"🔀 Tip flips to #{} {} (reward {}) from #{} {} (reward {})",
				header.number(), header.hash(), compared.score.reward,
				compared.best.number(), compared.best.hash(), compared.best_score.reward,
			);
		}
		Ok(is_best)
	}

	/// Whether a block is known by its header alone and can now be executed, as its parent's state is here.
	fn awaits_execution(
		&self,
		hash: Block::Hash,
		number: NumberFor<Block>,
		parent: Block::Hash,
	) -> Result<bool, Error> {
		let (info, backend) = (self.client.info(), self.select_chain.backend());
		// Up to there states were here, and may have been pruned since.
		let executed = info.finalized_state.map_or(Zero::zero(), |(_, number)| number);
		Ok(number > executed
			&& self.client.status(hash)? == BlockStatus::InChain
			&& !backend.have_state_at(hash, number)
			&& backend.have_state_at(parent, number.saturating_sub(One::one()))
			// Finality may be ahead of execution. Then a sibling of what is final must not be taken for it.
			&& (number > info.finalized_number
				|| stands_on::<Block, _>(&*self.client, info.finalized_hash, number, hash)?))
	}

	/// Lets the worst branch at a full height give way to one more block.
	fn make_room(&self, number: NumberFor<Block>) -> Result<(), Error> {
		let siblings = self.tips.imported(number);
		if siblings.len() < MAX_SIBLINGS {
			return Ok(());
		}
		// Finality, another import or a choice of the head must not meet a leaf that is gone halfway: an error there ends
		// GRANDPA's voter, and the node with it.
		let _import = self.select_chain.backend().get_import_lock().write();
		let blockchain = self.select_chain.backend().blockchain();
		let finalized = self.client.info().finalized_number;
		let head = self.select_chain.best_header()?.hash();
		// The client's own best block cannot be removed either.
		let mut kept = vec![head, self.client.info().best_hash];
		let mut branches: HashMap<Block::Hash, Branch<Block>> =
			siblings.into_iter().map(|sibling| (sibling, Branch::default())).collect();
		// The highest come first.
		for leaf in blockchain.leaves()? {
			if blockchain.number(leaf)?.is_some_and(|leaf| leaf < number) {
				break;
			}
			let mut at = leaf;
			while let Some(header) = blockchain.header(at)? {
				// GRANDPA remembers the blocks that change its authorities.
				if header.digest().logs().iter().any(|item| matches!(item, DigestItem::Consensus(GRANDPA_ENGINE_ID, _)))
				{
					kept.push(leaf);
				}
				if *header.number() <= number {
					break;
				}
				at = *header.parent_hash();
			}
			let Some(branch) = branches.get_mut(&at) else { continue };
			let Some(header) = blockchain.header(leaf)? else { continue };
			let score = self.select_chain.fork_choice().score::<Block, _>(blockchain, &header, finalized)?;
			branch.best = branch.best.take().max(Some(score));
			branch.leaves.push(leaf);
		}
		// What finality has put aside is no longer in the database.
		branches.retain(|sibling, branch| {
			let stands = !branch.leaves.is_empty();
			if !stands {
				self.tips.forget(number, sibling);
			}
			stands
		});
		if branches.len() < MAX_SIBLINGS {
			return Ok(());
		}
		// The heads need not be leaves. Their branches stay.
		for hash in kept {
			let mut at = hash;
			while blockchain.number(at)?.is_some_and(|height| height > number) {
				at = self.client.header_metadata(at)?.parent;
			}
			branches.remove(&at);
		}
		let worst = branches.into_iter().min_by(|(_, a), (_, b)| a.best.cmp(&b.best));
		let Some((sibling, branch)) = worst else { return Ok(()) };
		log::debug!(target: LOG_TARGET, "{sibling} at the full height {number} gives way.");
		for leaf in branch.leaves {
			self.remove_branch(leaf, number)?;
		}
		Ok(())
	}

	/// Removes `leaf` and its ancestors down to `number`, as far as nothing else stands on them.
	fn remove_branch(&self, leaf: Block::Hash, number: NumberFor<Block>) -> Result<(), Error> {
		let backend = self.select_chain.backend();
		let mut hash = leaf;
		loop {
			let metadata = self.client.header_metadata(hash)?;
			if metadata.number < number || !backend.blockchain().children(hash)?.is_empty() {
				return Ok(());
			}
			backend.remove_leaf_block(hash)?;
			self.tips.give_way(metadata.number, hash);
			hash = metadata.parent;
		}
	}

	/// Looks for an equivocation in an imported block, and at the head again if there is one.
	fn note_imported(&self, header: &Block::Header, hash: Block::Hash) -> Result<(), Error> {
		self.tips.note(header, hash, self.client.info().finalized_number);
		if self.equivocations().note(&*self.client, self.select_chain.finalized_slot()?, header)? {
			self.choose_head_locked()?;
		}
		Ok(())
	}
}

fn failed(error: Error) -> ConsensusError {
	ConsensusError::ClientImport(error.to_string())
}

/// Chooses the head again whenever finality has moved: the client then takes the finalised block itself for its head
/// if the head does not stand on it, though something better may stand there. And gives the places of the blocks that
/// finality left to others.
pub async fn follow_finality<BE, Block, Client, Inner>(import: LearningBlockImport<BE, Block, Client, Inner>)
where
	BE: Backend<Block>,
	Block: BlockT,
	Client: HeaderBackend<Block>
		+ HeaderMetadata<Block, Error = sp_blockchain::Error>
		+ LockImportRun<Block, BE>
		+ BlockchainEvents<Block>
		+ AuxStore
		+ Send
		+ Sync,
{
	let mut notifications = import.client.finality_notification_stream();
	while let Some(notification) = notifications.next().await {
		let left: HashSet<_> = notification.stale_blocks.iter().map(|stale| stale.hash).collect();
		import.tips.forget_all(&left);
		if let Err(e) = import.choose_head().await {
			log::warn!(target: LOG_TARGET, "Could not choose a head after finality moved: {e}");
		}
	}
}

#[async_trait::async_trait]
impl<BE, Block, Client, Inner> BlockImport<Block> for LearningBlockImport<BE, Block, Client, Inner>
where
	BE: Backend<Block>,
	Block: BlockT,
	Client: HeaderBackend<Block>
		+ HeaderMetadata<Block, Error = sp_blockchain::Error>
		+ LockImportRun<Block, BE>
		+ AuxStore
		+ Send
		+ Sync,
	Inner: BlockImport<Block, Error = ConsensusError> + Send + Sync,
{
	type Error = ConsensusError;

	async fn check_block(&self, mut block: BlockCheckParams<Block>) -> Result<ImportResult, Self::Error> {
		// Sync asks for that itself only as long as the client's best block has no state.
		block.import_existing |= self.awaits_execution(block.hash, block.number, block.parent_hash).map_err(failed)?;
		self.inner.check_block(block).await
	}

	async fn import_block(&self, mut block: BlockImportParams<Block>) -> Result<ImportResult, Self::Error> {
		if block.with_state() || block.state_action.skip_execution_checks() {
			block.fork_choice = Some(match block.origin {
				BlockOrigin::WarpSync | BlockOrigin::GapSync => ForkChoiceStrategy::Custom(false),
				// Headers ahead of the state show sync how far it is. The state of a block that lies below them must not make it
				// the head again: for the database that would be to revert finality.
				_ => ForkChoiceStrategy::LongestChain,
			});
			return self.inner.import_block(block).await;
		}

		let _guard = self.lock.lock().await;
		let hash = block.post_hash();
		let header = block.post_header();
		let lookup = |e: sp_blockchain::Error| ConsensusError::ChainLookup(e.to_string());
		let parent = *header.parent_hash();
		if self.client.status(hash).map_err(lookup)? == BlockStatus::InChain {
			if !self.awaits_execution(hash, *header.number(), parent).map_err(failed)? {
				// Known already: importing it again must not move the head.
				block.fork_choice = Some(ForkChoiceStrategy::Custom(self.client.info().best_hash == hash));
				return self.inner.import_block(block).await;
			}
			block.import_existing = true;
		}
		if let Some(number) = self.client.number(parent).map_err(lookup)? {
			if !self.select_chain.backend().have_state_at(parent, number) {
				// Its branch was left by finality meanwhile. Without its parent's state a block is never taken.
				return Ok(ImportResult::MissingState);
			}
		}
		find_score(&header).map_err(|e| failed(e.into()))?;
		self.make_room(*header.number()).map_err(failed)?;
		let is_best = self.is_new_best(&header).map_err(failed)?;
		block.fork_choice = Some(ForkChoiceStrategy::Custom(is_best));
		let result = self.inner.import_block(block).await?;
		if matches!(result, ImportResult::Imported(_)) {
			if let Err(e) = self.note_imported(&header, hash) {
				// The block is in the chain, whatever else failed.
				log::warn!(target: LOG_TARGET, "Imported {hash}, but could not look for equivocations: {e}");
			}
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
