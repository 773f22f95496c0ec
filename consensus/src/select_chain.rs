//! The greatest score among the leaves above the finalised block.

use crate::{clock::SlotClock, Error, ForkChoice, LOG_TARGET};
use parking_lot::Mutex;
use praxis_primitives_consensus::{digests::find_pre_digest, ForkScore, Slot};
use sc_client_api::Backend;
use sp_blockchain::{Backend as BlockchainBackend, HeaderBackend, HeaderMetadata, Info};
use sp_consensus::{Error as ConsensusError, SelectChain};
use sp_runtime::traits::{Block as BlockT, Header as HeaderT, NumberFor, Zero};
use std::{collections::HashSet, sync::Arc, time::Duration};

/// How often the leaves are read again while one of them can not be read.
const READS: u32 = 40;

/// Time between.
const BETWEEN_READS: Duration = Duration::from_millis(2);

/// Chooses the head by [`ForkChoice`]. It is asked afresh each time, so it is right after finality moved
/// to another branch, when the client's own best block may lag.
///
/// Blocks of slots that have not begun do not count. Others' are not imported; one's own are there when the clock of
/// this machine was once ahead. Nor do blocks above the finalised one that have no state: fast sync brought their
/// headers, which anybody could have made, and they were not executed yet.
pub struct LearningSelectChain<BE, Block: BlockT> {
	backend: Arc<BE>,
	fork_choice: ForkChoice,
	clock: SlotClock,
	standing: Arc<Mutex<Standing<Block>>>,
}

/// Blocks that were found to stand on a finalised one, so that nobody walks there again. While finality stands still the
/// way gets longer with every block, and past the database's cache of 5,000 every step of it reads.
struct Standing<Block: BlockT> {
	finalized: Block::Hash,
	blocks: HashSet<Block::Hash>,
}

/// A block beside the head.
pub struct Comparison<Block: BlockT> {
	/// The head.
	pub best: Block::Header,
	/// Its score.
	pub best_score: ForkScore,
	/// Score of the block that is compared with it.
	pub score: ForkScore,
}

impl<BE, Block: BlockT> Clone for LearningSelectChain<BE, Block> {
	fn clone(&self) -> Self {
		Self {
			backend: self.backend.clone(),
			fork_choice: self.fork_choice.clone(),
			clock: self.clock.clone(),
			standing: self.standing.clone(),
		}
	}
}

impl<BE: Backend<Block>, Block: BlockT> LearningSelectChain<BE, Block> {
	/// Chooses among the leaves of `backend`.
	pub fn new(backend: Arc<BE>, fork_choice: ForkChoice, clock: SlotClock) -> Self {
		let standing = Standing { finalized: Default::default(), blocks: HashSet::new() };
		Self { backend, fork_choice, clock, standing: Arc::new(Mutex::new(standing)) }
	}

	/// The database.
	pub fn backend(&self) -> &Arc<BE> {
		&self.backend
	}

	/// The rule.
	pub fn fork_choice(&self) -> &ForkChoice {
		&self.fork_choice
	}

	/// The clock.
	pub fn clock(&self) -> &SlotClock {
		&self.clock
	}

	/// The header of the best leaf.
	pub fn best_header(&self) -> Result<Block::Header, Error> {
		self.head(&self.backend.blockchain().info())
	}

	fn head(&self, info: &Info<Block>) -> Result<Block::Header, Error> {
		match self.best_above(info, None)? {
			Some(header) => Ok(header),
			// No leaf stands on the finalised block: it is itself the head.
			None => self.header(info.finalized_hash),
		}
	}

	/// The best leaf with its score, and the score of `header` made at the same finalised height.
	pub fn compare(&self, header: &Block::Header) -> Result<Comparison<Block>, Error> {
		let info = self.backend.blockchain().info();
		let best = self.head(&info)?;
		let score =
			|header| self.fork_choice.score::<Block, _>(self.backend.blockchain(), header, info.finalized_number);
		Ok(Comparison { best_score: score(&best)?, score: score(header)?, best })
	}

	/// Slot of the finalised block, 0 at genesis. Every block that stands on it has a higher one.
	pub fn finalized_slot(&self) -> Result<Slot, Error> {
		let header = self.header(self.backend.blockchain().info().finalized_hash)?;
		if header.number().is_zero() {
			return Ok(Slot::from(0));
		}
		Ok(find_pre_digest(&header)?.slot)
	}

	/// The best leaf that stands on the finalised block and, if it is given, on `base`.
	///
	/// The database lists a new leaf a moment before its header can be read, and an old one a moment longer. An answer that
	/// leaves such a leaf out may be a block too low, and no answer costs a voter its vote, on which finality may wait for minutes. So the
	/// leaves are read again until all of them can be read, for as long as storing a block may take.
	fn best_above(
		&self,
		info: &Info<Block>,
		base: Option<(NumberFor<Block>, Block::Hash)>,
	) -> Result<Option<Block::Header>, Error> {
		for _ in 0..READS {
			if let (best, None) = self.best_readable(info, base)? {
				return Ok(best);
			}
			std::thread::sleep(BETWEEN_READS);
		}
		match self.best_readable(info, base)? {
			(None, Some(e)) => Err(e),
			(best, _) => Ok(best),
		}
	}

	/// The same among the leaves that can be read, and why another can not.
	fn best_readable(
		&self,
		info: &Info<Block>,
		base: Option<(NumberFor<Block>, Block::Hash)>,
	) -> Result<(Option<Block::Header>, Option<Error>), Error> {
		let blockchain = self.backend.blockchain();
		let mut unreadable = None;
		// The height comes first in the score, so only the highest leaves that stand on the finalised block are looked at:
		// losing siblings stay leaves until finality, and there are tens of thousands when it stalls for a day. The database
		// gives the highest first.
		let mut best: Option<(ForkScore, Block::Header)> = None;
		for leaf in blockchain.leaves()? {
			let Some(number) = blockchain.number(leaf)? else {
				unreadable = Some(Error::UnknownParent);
				continue;
			};
			if best.as_ref().is_some_and(|(_, header)| *header.number() > number) {
				break;
			}
			let (score, header) = match self.candidate(leaf, info, base) {
				Ok(Some(candidate)) => candidate,
				Ok(None) => continue,
				Err(e) => {
					log::debug!(target: LOG_TARGET, "Leaf {leaf} (#{number}) can not be read: {e}");
					unreadable = Some(e);
					continue;
				}
			};
			if best.as_ref().is_none_or(|(greatest, _)| score > *greatest) {
				best = Some((score, header));
			}
		}
		Ok((best.map(|(_, header)| header), unreadable))
	}

	/// Score and header of the head that `leaf` is, if it stands on the finalised block and on `base`.
	fn candidate(
		&self,
		leaf: Block::Hash,
		info: &Info<Block>,
		base: Option<(NumberFor<Block>, Block::Hash)>,
	) -> Result<Option<(ForkScore, Block::Header)>, Error> {
		let blockchain = self.backend.blockchain();
		let header = self.last_fit(leaf, info)?;
		let hash = header.hash();
		if !self.stands_on_finalized(hash, info)? {
			return Ok(None);
		}
		if let Some((number, base)) = base {
			if !stands_on::<Block, _>(blockchain, hash, number, base)? {
				return Ok(None);
			}
		}
		let score = self.fork_choice.score::<Block, _>(blockchain, &header, info.finalized_number)?;
		Ok(Some((score, header)))
	}

	/// Whether `hash` is the finalised block or stands on it.
	pub(crate) fn stands_on_finalized(&self, hash: Block::Hash, info: &Info<Block>) -> Result<bool, Error> {
		let mut path = Vec::new();
		let mut at = hash;
		while at != info.finalized_hash && !self.is_known_to_stand(at, info.finalized_hash) {
			let metadata = self.backend.blockchain().header_metadata(at)?;
			if metadata.number <= info.finalized_number {
				return Ok(false);
			}
			path.push(at);
			at = metadata.parent;
		}
		let mut standing = self.standing.lock();
		if standing.finalized != info.finalized_hash {
			*standing = Standing { finalized: info.finalized_hash, blocks: HashSet::new() };
		}
		standing.blocks.extend(path);
		Ok(true)
	}

	pub(crate) fn is_known_to_stand(&self, hash: Block::Hash, finalized: Block::Hash) -> bool {
		let standing = self.standing.lock();
		standing.finalized == finalized && standing.blocks.contains(&hash)
	}

	/// `leaf`, or its last ancestor that was executed and whose slot has begun; the finalised block where there is no state
	/// at all yet, without a walk down all the headers that fast sync has brought.
	fn last_fit(&self, leaf: Block::Hash, info: &Info<Block>) -> Result<Block::Header, Error> {
		if info.finalized_state.is_none() {
			return self.header(info.finalized_hash);
		}
		let (mut hash, mut header) = (leaf, self.header(leaf)?);
		while !header.number().is_zero() {
			let number = *header.number();
			let is_executed = number <= info.finalized_number || self.backend.have_state_at(hash, number);
			if is_executed && self.clock.has_begun(find_pre_digest(&header)?.slot) {
				break;
			}
			hash = *header.parent_hash();
			header = self.header(hash)?;
		}
		Ok(header)
	}

	fn header(&self, hash: Block::Hash) -> Result<Block::Header, Error> {
		self.backend.blockchain().header(hash)?.ok_or(Error::UnknownParent)
	}

	/// The best block that stands on `base` and is not above `max`; `base` if nothing stands on it.
	fn target(&self, base: Block::Hash, max: Option<NumberFor<Block>>) -> Result<Block::Hash, ConsensusError> {
		let lookup = |e: Error| ConsensusError::ChainLookup(e.to_string());
		let base_number = *self.header(base).map_err(lookup)?.number();
		if max.is_some_and(|max| max < base_number) {
			return Err(ConsensusError::ChainLookup(format!("the target {max:?} lies below its base {base_number}")));
		}
		let info = self.backend.blockchain().info();
		// The base may have left the best chain: the best leaf that stands on it is the answer, as voters have begun there.
		let Some(mut header) = self.best_above(&info, Some((base_number, base))).map_err(lookup)? else {
			return Ok(base);
		};
		while max.is_some_and(|max| *header.number() > max) {
			header = self.header(*header.parent_hash()).map_err(lookup)?;
		}
		Ok(header.hash())
	}
}

/// Whether the block `ancestor` at `number` is `hash` or an ancestor of it. The walk ends at `number`.
pub(crate) fn stands_on<Block: BlockT, C: HeaderMetadata<Block, Error = sp_blockchain::Error>>(
	client: &C,
	mut hash: Block::Hash,
	number: NumberFor<Block>,
	ancestor: Block::Hash,
) -> Result<bool, Error> {
	while hash != ancestor {
		let metadata = client.header_metadata(hash)?;
		if metadata.number <= number {
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
		self.target(base, max)
	}
}
