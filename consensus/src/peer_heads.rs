//! Whether the node sees what its peers build on.
//!
//! A node that was suspended, or whose connections broke while it asked for blocks, hears of its peers' heads, but asks them
//! for nothing for a minute or more (`sc-network-sync` leaves alone whoever left during a request). Blocks that it authored
//! meanwhile would stand on a head that the others left, and be refused or fetched in vain when finality has passed them: its
//! peers would drop it, and it would be where it was. So it waits, but not for ever: peers may announce heads that are none.

use futures::future::BoxFuture;
use sp_blockchain::{BlockStatus, HeaderBackend};
use sp_runtime::traits::{Block as BlockT, NumberFor};
use std::sync::Arc;

/// Tells the best blocks that the peers announced.
pub type PeerHeads<Block> =
	Arc<dyn Fn() -> BoxFuture<'static, Vec<(<Block as BlockT>::Hash, NumberFor<Block>)>> + Send + Sync>;

/// Slots in a row in which heads may be unknown: a block takes its time to arrive.
const PATIENCE: u32 = 1;

/// Most slots that the node waits in a row. Each in which it does not wait gives back one.
const MOST: u32 = 60;

/// Remembers for how long the peers' heads were unknown.
#[derive(Default)]
pub(crate) struct UnknownHeads {
	unknown: u32,
	waited: u32,
}

impl UnknownHeads {
	/// Whether no block is to be authored in this slot.
	pub(crate) fn waits(&mut self, unknown: bool) -> bool {
		self.unknown = if unknown { self.unknown.saturating_add(1) } else { 0 };
		let waits = self.unknown > PATIENCE && self.waited < MOST;
		self.waited = if waits { self.waited + 1 } else { self.waited.saturating_sub(1) };
		waits
	}
}

/// Whether more than half of the peers build on blocks as high as this node's best one that it does not know.
pub(crate) fn are_unknown<Block: BlockT>(
	client: &impl HeaderBackend<Block>,
	heads: &[(Block::Hash, NumberFor<Block>)],
) -> bool {
	let best = client.info().best_number;
	let is_unknown = |(hash, number): &&(Block::Hash, NumberFor<Block>)| {
		*number >= best && matches!(client.status(*hash), Ok(BlockStatus::Unknown))
	};
	heads.iter().filter(is_unknown).count() * 2 > heads.len()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn author_should_wait_from_the_second_slot_on_and_not_for_ever() {
		let mut heads = UnknownHeads::default();
		assert!(!heads.waits(true), "a block takes its time");
		assert!((0..MOST).all(|_| heads.waits(true)));
		// From here on every second slot at most is lost, whatever peers announce.
		let waited = (0..100).filter(|_| heads.waits(true)).count();
		assert_eq!(waited, 50);
		assert!(!heads.waits(false));
	}

	#[test]
	fn author_should_not_wait_when_heads_are_known_in_between() {
		let mut heads = UnknownHeads::default();
		assert!((0..100).all(|slot| !heads.waits(slot % 2 == 0)));
	}
}
