//! What became of this worker's blocks. A block that was announced as best may lose to another, and only what is final
//! stays; so the ledger is reconciled with the node's canonical chain, and never trusts that a block was seen once.

use super::{rpc::Node, types::Header, ChainError};
use sp_core::H256;
use std::collections::BTreeMap;

/// Blocks above finality that are kept; far more than finality ever lags.
const LARGEST: usize = 4096;

/// A block of this worker's account that earned an award.
#[derive(Clone, Debug, PartialEq)]
pub struct Earned {
	/// Height.
	pub height: u32,
	/// Hash.
	pub hash: H256,
	/// Normalised reward, in [0, 1].
	pub reward: f64,
	/// Award, in the token's smallest part.
	pub award: u128,
	/// When it was seen, in Unix milliseconds.
	pub time: u64,
}

/// Blocks that earned an award, since the worker started.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
	/// Above finality, by height, and whether they are in the best chain.
	open: BTreeMap<(u32, H256), (Earned, bool)>,
	/// Final ones.
	pub finalised: u64,
	/// Sum of their awards.
	pub awards_finalised: u128,
	/// Blocks that finality passed over.
	buried: u64,
	last_final: Option<Earned>,
	/// The best block that was seen last.
	best: Option<H256>,
}

impl Ledger {
	/// Takes in a block of the best chain.
	pub fn add(&mut self, earned: Earned) {
		self.open.entry((earned.height, earned.hash)).or_insert((earned, true)).1 = true;
		while self.open.len() > LARGEST {
			self.open.pop_first();
		}
	}

	/// Whether a new best block continues the one before, so that nothing can have left the best chain.
	pub fn continues(&mut self, header: &Header) -> bool {
		self.best.replace(header.hash()).is_none_or(|best| best == header.parent_hash)
	}

	/// Heights that have blocks in question.
	pub fn heights(&self) -> Vec<u32> {
		let mut heights: Vec<u32> = self.open.keys().map(|(height, _)| *height).collect();
		heights.dedup();
		heights
	}

	/// Compares with the canonical chain at the given heights.
	pub fn reconcile(&mut self, canonical: &BTreeMap<u32, H256>) {
		for ((height, hash), (_, in_best)) in &mut self.open {
			if let Some(found) = canonical.get(height) {
				*in_best = found == hash;
			}
		}
	}

	/// Closes what lies at or below the final height; reconcile before.
	pub fn finalise(&mut self, height: u32) {
		while let Some(entry) = self.open.first_entry().filter(|entry| entry.key().0 <= height) {
			let (earned, in_best) = entry.remove();
			if in_best {
				self.finalised += 1;
				self.awards_finalised += earned.award;
				self.last_final = Some(earned);
			} else {
				self.buried += 1;
			}
		}
	}

	fn in_best(&self) -> impl DoubleEndedIterator<Item = &Earned> {
		self.open.values().filter(|(_, in_best)| *in_best).map(|(earned, _)| earned)
	}

	/// Number of blocks in the best chain and the sum of their awards, the final ones included.
	pub fn best(&self) -> (u64, u128) {
		let (count, sum) = self.in_best().fold((0, 0), |(count, sum), earned| (count + 1, sum + earned.award));
		(self.finalised + count, self.awards_finalised + sum)
	}

	/// Blocks that left the best chain.
	pub fn lost(&self) -> u64 {
		self.buried + self.open.values().filter(|(_, in_best)| !in_best).count() as u64
	}

	/// The highest block in the best chain, and whether it is final.
	pub fn last(&self) -> Option<(&Earned, bool)> {
		self.in_best().next_back().map(|earned| (earned, false)).or(self.last_final.as_ref().map(|last| (last, true)))
	}

	/// Asks the node for its canonical chain at the heights in question, up to `highest`.
	pub async fn ask(node: &Node, heights: Vec<u32>, highest: u32) -> Result<BTreeMap<u32, H256>, ChainError> {
		let mut canonical = BTreeMap::new();
		for height in heights.into_iter().filter(|height| *height <= highest) {
			// Above a shorter best chain there is no block: then none of ours is canonical either.
			canonical.insert(height, node.block_hash(height).await?.unwrap_or_default());
		}
		Ok(canonical)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn earned(height: u32, fork: u64) -> Earned {
		let hash = H256::from_low_u64_be(u64::from(height) * 10 + fork);
		Earned { height, hash, reward: 0.5, award: 100, time: 1 }
	}

	fn canonical(forks: &[(u32, u64)]) -> BTreeMap<u32, H256> {
		forks.iter().map(|(height, fork)| (*height, earned(*height, *fork).hash)).collect()
	}

	#[test]
	fn what_is_final_should_count_once_and_what_lost_should_not() {
		let mut ledger = Ledger::default();
		for height in 1..=4 {
			ledger.add(earned(height, 0));
		}
		ledger.add(earned(4, 0));
		assert_eq!((ledger.best(), ledger.lost()), ((4, 400), 0));
		// Another chain took over at height 3.
		ledger.reconcile(&canonical(&[(3, 1), (4, 1)]));
		assert_eq!((ledger.best(), ledger.lost()), ((2, 200), 2));
		assert_eq!(ledger.last().map(|(earned, last)| (earned.height, last)), Some((2, false)));
		// And the first one came back.
		ledger.reconcile(&canonical(&[(3, 0), (4, 1)]));
		assert_eq!((ledger.best(), ledger.lost()), ((3, 300), 1));
		ledger.finalise(4);
		assert_eq!((ledger.finalised, ledger.awards_finalised, ledger.lost()), (3, 300, 1));
		assert_eq!(ledger.best(), (3, 300));
		assert_eq!(ledger.last().map(|(earned, last)| (earned.height, last)), Some((3, true)));
		ledger.add(earned(5, 0));
		assert_eq!((ledger.best(), ledger.heights()), ((4, 400), vec![5]));
	}

	#[test]
	fn a_block_that_was_lost_should_count_again_when_it_is_best_again() {
		let mut ledger = Ledger::default();
		ledger.add(earned(1, 0));
		ledger.reconcile(&canonical(&[(1, 1)]));
		ledger.add(earned(1, 0));
		assert_eq!((ledger.best(), ledger.lost()), ((1, 100), 0));
	}

	#[test]
	fn it_should_stay_small_without_finality() {
		let mut ledger = Ledger::default();
		for height in 0..2 * LARGEST as u32 {
			ledger.add(earned(height, 0));
		}
		assert_eq!(ledger.open.len(), LARGEST);
	}
}
