//! Refuses a third tip of one author at one height.
//!
//! The state database holds 32 siblings a level, so a single key must not be able to fill it. What is
//! refused is the announcement: a block on which a longer chain stands arrives all the same, as an
//! ancestor of that chain's head.

use crate::LOG_TARGET;
use futures::FutureExt;
use parking_lot::Mutex;
use praxis_primitives_consensus::{
	digests::{find_pre_digest, find_score},
	AuthorId, SlotDuration,
};
use sp_consensus::block_validation::{BlockAnnounceValidator, Validation};
use sp_consensus_slots::Slot;
use sp_runtime::traits::{Block as BlockT, Header as HeaderT, NumberFor};
use sp_timestamp::Timestamp;
use std::{
	collections::{BTreeMap, HashMap},
	error::Error,
	future::Future,
	pin::Pin,
	sync::Arc,
};

/// Tips of one author at one height that are imported on announcement alone.
pub const MAX_TIPS: usize = 2;

/// Blocks known at the heights above the finalised one, by author.
pub struct Tips<Block: BlockT> {
	#[allow(clippy::type_complexity)]
	known: Arc<Mutex<BTreeMap<NumberFor<Block>, HashMap<AuthorId, Vec<Block::Hash>>>>>,
}

impl<Block: BlockT> Clone for Tips<Block> {
	fn clone(&self) -> Self {
		Self { known: self.known.clone() }
	}
}

impl<Block: BlockT> Default for Tips<Block> {
	fn default() -> Self {
		Self { known: Default::default() }
	}
}

impl<Block: BlockT> Tips<Block> {
	/// Notes an imported block and forgets heights up to `finalized`.
	pub fn note(&self, header: &Block::Header, hash: Block::Hash, finalized: NumberFor<Block>) {
		let mut known = self.known.lock();
		while known.first_key_value().is_some_and(|(number, _)| *number <= finalized) {
			known.pop_first();
		}
		let Ok(pre) = find_pre_digest(header) else { return };
		if *header.number() > finalized {
			let hashes = known.entry(*header.number()).or_default().entry(pre.author).or_default();
			if !hashes.contains(&hash) {
				hashes.push(hash);
			}
		}
	}

	/// Whether `hash` would be a tip too many of `author` at `number`.
	pub fn is_one_too_many(&self, number: NumberFor<Block>, author: &AuthorId, hash: &Block::Hash) -> bool {
		self.known
			.lock()
			.get(&number)
			.and_then(|authors| authors.get(author))
			.is_some_and(|hashes| hashes.len() >= MAX_TIPS && !hashes.contains(hash))
	}
}

/// Looks at announced headers before their blocks are asked for.
pub struct LearningAnnounceValidator<Block: BlockT> {
	tips: Tips<Block>,
	slot_duration: SlotDuration,
}

impl<Block: BlockT> LearningAnnounceValidator<Block> {
	/// `tips` is the one that the block import keeps.
	pub fn new(tips: Tips<Block>, slot_duration: SlotDuration) -> Self {
		Self { tips, slot_duration }
	}

	fn check(&self, header: &Block::Header) -> Validation {
		let failure = Validation::Failure { disconnect: false };
		let (Ok(pre), Ok(_)) = (find_pre_digest(header), find_score(header)) else { return failure };
		// One slot of clock difference is tolerated here; the verifier decides.
		let now = Slot::from_timestamp(Timestamp::current(), self.slot_duration);
		if pre.slot > now + 1 {
			return failure;
		}
		if self.tips.is_one_too_many(*header.number(), &pre.author, &header.hash()) {
			log::debug!(
				target: LOG_TARGET,
				"Refused {}: {} already has {MAX_TIPS} tips at height {}.",
				header.hash(), pre.author, header.number(),
			);
			return failure;
		}
		Validation::Success { is_new_best: false }
	}
}

impl<Block: BlockT> BlockAnnounceValidator<Block> for LearningAnnounceValidator<Block> {
	fn validate(
		&mut self,
		header: &Block::Header,
		data: &[u8],
	) -> Pin<Box<dyn Future<Output = Result<Validation, Box<dyn Error + Send>>> + Send>> {
		let result = if data.is_empty() { self.check(header) } else { Validation::Failure { disconnect: true } };
		async move { Ok(result) }.boxed()
	}
}
