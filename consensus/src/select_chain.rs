//! The greatest score among the leaves above the finalised block.

use crate::{Error, ForkChoice};
use praxis_primitives_consensus::ForkScore;
use sc_client_api::Backend;
use sp_blockchain::{Backend as BlockchainBackend, HeaderBackend, HeaderMetadata};
use sp_consensus::{Error as ConsensusError, SelectChain};
use sp_runtime::traits::{Block as BlockT, Header as HeaderT, NumberFor};
use std::{cmp::Reverse, marker::PhantomData, sync::Arc};

/// Chooses the head by [`ForkChoice`]. It is asked afresh each time, so it is right after finality moved
/// to another branch, when the client's own best block may lag.
pub struct LearningSelectChain<BE, Block> {
	backend: Arc<BE>,
	fork_choice: ForkChoice,
	_phantom: PhantomData<Block>,
}

impl<BE, Block> Clone for LearningSelectChain<BE, Block> {
	fn clone(&self) -> Self {
		Self { backend: self.backend.clone(), fork_choice: self.fork_choice.clone(), _phantom: PhantomData }
	}
}

impl<BE: Backend<Block>, Block: BlockT> LearningSelectChain<BE, Block> {
	/// Chooses among the leaves of `backend`.
	pub fn new(backend: Arc<BE>, fork_choice: ForkChoice) -> Self {
		Self { backend, fork_choice, _phantom: PhantomData }
	}

	/// The header of the best leaf.
	pub fn best_header(&self) -> Result<Block::Header, Error> {
		let blockchain = self.backend.blockchain();
		// The height comes first in the score, so only the highest leaves that stand on the finalised block are compared:
		// losing siblings stay leaves until finality, and walking down from each would cost too much when it stalls.
		let mut leaves = blockchain
			.leaves()?
			.into_iter()
			.map(|leaf| Ok((blockchain.header_metadata(leaf)?.number, leaf)))
			.collect::<Result<Vec<_>, Error>>()?;
		leaves.sort_unstable_by_key(|(number, _)| Reverse(*number));
		let mut best: Option<(ForkScore, Block::Header)> = None;
		for (number, leaf) in leaves {
			if best.as_ref().is_some_and(|(_, header)| *header.number() > number) {
				break;
			}
			if !self.stands_on_finalized(leaf)? {
				continue;
			}
			let Some(header) = blockchain.header(leaf)? else { continue };
			let score = self.fork_choice.score::<Block, _>(blockchain, &header)?;
			if best.as_ref().is_none_or(|(greatest, _)| score > *greatest) {
				best = Some((score, header));
			}
		}
		match best {
			Some((_, header)) => Ok(header),
			// No leaf stands on the finalised block: it is itself the head.
			None => {
				let finalized = blockchain.info().finalized_hash;
				blockchain.header(finalized)?.ok_or(Error::UnknownParent)
			}
		}
	}

	/// Whether the finalised block is `hash` or an ancestor of it.
	pub fn stands_on_finalized(&self, hash: Block::Hash) -> Result<bool, Error> {
		stands_on_finalized::<Block, _>(self.backend.blockchain(), hash)
	}

	fn finality_target_sync(
		&self,
		base: Block::Hash,
		max: Option<NumberFor<Block>>,
	) -> Result<Block::Hash, ConsensusError> {
		let lookup = |hash: Block::Hash| {
			self.backend
				.blockchain()
				.header(hash)
				.map_err(|e| ConsensusError::ChainLookup(e.to_string()))?
				.ok_or_else(|| ConsensusError::ChainLookup(format!("no header of {hash:?}")))
		};
		let base_number = *lookup(base)?.number();
		if max.is_some_and(|max| max < base_number) {
			return Err(ConsensusError::ChainLookup(format!("the target {max:?} lies below its base {base_number}")));
		}
		let mut header = self.best_header().map_err(|e| ConsensusError::ChainLookup(e.to_string()))?;
		while max.is_some_and(|max| *header.number() > max) {
			header = lookup(*header.parent_hash())?;
		}
		let target = header.hash();
		while *header.number() > base_number {
			header = lookup(*header.parent_hash())?;
		}
		if header.hash() != base {
			return Err(ConsensusError::ChainLookup(format!("the base {base:?} is not in the best chain {target:?}")));
		}
		Ok(target)
	}
}

/// Whether the finalised block is `hash` or an ancestor of it. The walk ends at the finalised height.
pub(crate) fn stands_on_finalized<
	Block: BlockT,
	C: HeaderBackend<Block> + HeaderMetadata<Block, Error = sp_blockchain::Error>,
>(
	client: &C,
	hash: Block::Hash,
) -> Result<bool, Error> {
	let info = client.info();
	let mut hash = hash;
	while hash != info.finalized_hash {
		let metadata = client.header_metadata(hash)?;
		if metadata.number <= info.finalized_number {
			return Ok(false);
		}
		hash = metadata.parent;
	}
	Ok(true)
}

#[async_trait::async_trait]
impl<BE: Backend<Block>, Block: BlockT> SelectChain<Block> for LearningSelectChain<BE, Block> {
	async fn leaves(&self) -> Result<Vec<Block::Hash>, ConsensusError> {
		self.backend.blockchain().leaves().map_err(|e| ConsensusError::ChainLookup(e.to_string()))
	}

	async fn best_chain(&self) -> Result<Block::Header, ConsensusError> {
		self.best_header().map_err(|e| ConsensusError::ChainLookup(e.to_string()))
	}

	async fn finality_target(
		&self,
		base: Block::Hash,
		max: Option<NumberFor<Block>>,
	) -> Result<Block::Hash, ConsensusError> {
		self.finality_target_sync(base, max)
	}
}
