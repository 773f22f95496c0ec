//! Whether the node sees what its peers build on.
//!
//! A node that was suspended, or whose connections broke while it asked for blocks, hears of its peers' heads, but asks them
//! for nothing for a minute or more (`sc-network-sync` leaves alone whoever left during a request). Blocks that it authored
//! meanwhile would stand on a head that the others left, and be refused or fetched in vain when finality has passed them: its
//! peers would drop it, and it would be where it was. So it waits, but not for ever: peers may announce heads that are none.
//!
//! A block takes its time to arrive, and where that is longer than from its announcement to the next slot, there is always
//! one on its way. So only heads count that did not arrive within a whole slot.

use futures::future::BoxFuture;
use sp_blockchain::{BlockStatus, HeaderBackend};
use sp_runtime::traits::{Block as BlockT, NumberFor};
use std::sync::Arc;

/// The best blocks that peers announced, one a peer.
pub type Heads<Block> = Vec<(<Block as BlockT>::Hash, NumberFor<Block>)>;

/// Tells the best blocks that the full peers announced. Those of light peers must be left out: they are what such a peer
/// said when it connected, and nobody ever asks it for the block.
pub type PeerHeads<Block> = Arc<dyn Fn() -> BoxFuture<'static, Heads<Block>> + Send + Sync>;

/// Most slots that the node waits in a row. Each in which it does not wait gives back one.
pub(crate) const MOST: u32 = 60;

/// Remembers what the peers' heads were a slot before, and for how long the node waited.
pub(crate) struct UnknownHeads<Block: BlockT> {
	last: Heads<Block>,
	waited: u32,
}

impl<Block: BlockT> Default for UnknownHeads<Block> {
	fn default() -> Self {
		Self { last: Vec::new(), waited: 0 }
	}
}

impl<Block: BlockT> UnknownHeads<Block> {
	/// Whether no block is to be authored in this slot, at whose beginning the peers' heads are `heads`.
	pub(crate) fn waits(&mut self, client: &impl HeaderBackend<Block>, heads: Heads<Block>) -> bool {
		let blind = are_unknown(client, &heads) && are_unknown(client, &self.last);
		self.last = heads;
		let waits = blind && self.waited < MOST;
		self.waited = if waits { self.waited + 1 } else { self.waited.saturating_sub(1) };
		waits
	}
}

/// Whether more than half of the peers build on blocks as high as this node's best one that it does not know.
fn are_unknown<Block: BlockT>(client: &impl HeaderBackend<Block>, heads: &Heads<Block>) -> bool {
	let best = client.info().best_number;
	let is_unknown = |(hash, number): &&(Block::Hash, NumberFor<Block>)| {
		*number >= best && matches!(client.status(*hash), Ok(BlockStatus::Unknown))
	};
	heads.iter().filter(is_unknown).count() * 2 > heads.len()
}
