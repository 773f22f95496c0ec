//! The blocks above the finalised one, by height: how many siblings there are, and whose.
//!
//! The state database holds 32 siblings a level. A block that is not needed must not take a place that another one
//! needs: an author has [`MAX_TIPS`] places at a height, all together [`MAX_SIBLINGS`]. A place is reserved by the
//! very check that grants it, so that announcements that arrive together cannot pass together.

use parking_lot::Mutex;
use praxis_primitives_consensus::{digests::find_pre_digest, AuthorId};
use sc_client_api::Backend;
use sp_blockchain::{Backend as BlockchainBackend, HeaderBackend};
use sp_runtime::traits::{Block as BlockT, Header as HeaderT, NumberFor};
use std::{
	collections::{BTreeMap, HashMap, HashSet},
	sync::Arc,
};

/// Tips of one author at one height that are imported on announcement alone.
pub const MAX_TIPS: usize = 2;

/// Siblings at one height. The database would take 32.
pub const MAX_SIBLINGS: usize = 24;

/// What becomes of an announced block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
	/// It has its place, now or since before.
	Granted,
	/// Its author has [`MAX_TIPS`] blocks at this height.
	AuthorHasEnough,
	/// There are [`MAX_SIBLINGS`] blocks at this height.
	HeightIsFull,
	/// It was there and gave way to better ones.
	GaveWay,
}

/// What is known of one block.
struct Known {
	author: AuthorId,
	imported: bool,
}

struct Height<Hash> {
	blocks: HashMap<Hash, Known>,
	gone: HashSet<Hash>,
}

impl<Hash> Default for Height<Hash> {
	fn default() -> Self {
		Self { blocks: HashMap::new(), gone: HashSet::new() }
	}
}

/// Blocks known at the heights above the finalised one.
pub struct Tips<Block: BlockT> {
	#[allow(clippy::type_complexity)]
	heights: Arc<Mutex<BTreeMap<NumberFor<Block>, Height<Block::Hash>>>>,
}

impl<Block: BlockT> Clone for Tips<Block> {
	fn clone(&self) -> Self {
		Self { heights: self.heights.clone() }
	}
}

impl<Block: BlockT> Default for Tips<Block> {
	fn default() -> Self {
		Self { heights: Default::default() }
	}
}

impl<Block: BlockT> Tips<Block> {
	/// What stands above the finalised block in the database. `look` is shown every header of it.
	pub fn load<BE: Backend<Block>>(
		backend: &BE,
		mut look: impl FnMut(&Block::Header) -> sp_blockchain::Result<()>,
	) -> sp_blockchain::Result<Self> {
		let tips = Self::default();
		let blockchain = backend.blockchain();
		let finalized = blockchain.info().finalized_number;
		let mut seen = HashSet::new();
		for leaf in blockchain.leaves()? {
			let mut hash = leaf;
			while seen.insert(hash) {
				let Some(header) = blockchain.header(hash)? else { break };
				if *header.number() <= finalized {
					break;
				}
				tips.note(&header, hash, finalized);
				look(&header)?;
				hash = *header.parent_hash();
			}
		}
		Ok(tips)
	}

	/// Notes an imported block and forgets heights up to `finalized`.
	pub fn note(&self, header: &Block::Header, hash: Block::Hash, finalized: NumberFor<Block>) {
		let mut heights = self.heights.lock();
		while heights.first_key_value().is_some_and(|(number, _)| *number <= finalized) {
			heights.pop_first();
		}
		let Ok(pre) = find_pre_digest(header) else { return };
		if *header.number() > finalized {
			let height = heights.entry(*header.number()).or_default();
			height.gone.remove(&hash);
			height.blocks.insert(hash, Known { author: pre.author, imported: true });
		}
	}

	/// Whether `hash` has its place at `number`.
	pub fn contains(&self, number: NumberFor<Block>, hash: &Block::Hash) -> bool {
		self.heights.lock().get(&number).is_some_and(|height| height.blocks.contains_key(hash))
	}

	/// Asks for a place for an announced block. A `better` one, which would become the head, is not stopped by a full
	/// height: its import makes room.
	pub fn reserve(&self, number: NumberFor<Block>, author: &AuthorId, hash: Block::Hash, better: bool) -> Place {
		let mut heights = self.heights.lock();
		let height = heights.entry(number).or_default();
		if height.blocks.contains_key(&hash) {
			return Place::Granted;
		}
		if height.gone.contains(&hash) {
			return Place::GaveWay;
		}
		if height.blocks.values().filter(|known| known.author == *author).count() >= MAX_TIPS {
			return Place::AuthorHasEnough;
		}
		if height.blocks.len() >= MAX_SIBLINGS && !better {
			return Place::HeightIsFull;
		}
		height.blocks.insert(hash, Known { author: author.clone(), imported: false });
		Place::Granted
	}

	/// The imported blocks at `number`.
	pub fn imported(&self, number: NumberFor<Block>) -> Vec<Block::Hash> {
		self.heights.lock().get(&number).map_or_else(Vec::new, |height| {
			height.blocks.iter().filter(|(_, known)| known.imported).map(|(hash, _)| *hash).collect()
		})
	}

	/// Forgets a block that is no longer there.
	pub fn forget(&self, number: NumberFor<Block>, hash: &Block::Hash) {
		if let Some(height) = self.heights.lock().get_mut(&number) {
			height.blocks.remove(hash);
		}
	}

	/// Forgets blocks wherever they are.
	pub fn forget_all(&self, hashes: &HashSet<Block::Hash>) {
		if hashes.is_empty() {
			return;
		}
		for height in self.heights.lock().values_mut() {
			height.blocks.retain(|hash, _| !hashes.contains(hash));
		}
	}

	/// Notes that a block gave way to others.
	pub fn give_way(&self, number: NumberFor<Block>, hash: Block::Hash) {
		if let Some(height) = self.heights.lock().get_mut(&number) {
			height.blocks.remove(&hash);
			if height.gone.len() < 4 * MAX_SIBLINGS {
				height.gone.insert(hash);
			}
		}
	}
}
