//! Looks at announced headers before their blocks are asked for.
//!
//! 1. An announcement that comes before its block may be seen ([`crate::clock`]) is held until then, so that nobody's
//!    pool moves to an early block while workers still submit for its parent.
//! 2. A header that no honest node would pass on (seal, author, slot, VRF) is refused and its sender disconnected.
//! 3. A tip must find a place at its height ([`crate::tips`]). What is refused is the announcement: a block on which
//!    a longer chain stands arrives all the same, as an ancestor of that chain's head.
//!
//! The network runs at most 256 validations at once and 4 of one peer, and drops announcements beyond. Early ones are
//! the only ones that take long, so those are bounded here as well ([`MAX_HELD`], [`MAX_HELD_BY_AUTHOR`]), and only
//! headers with a right seal are held. Honest blocks come when nothing is held for them, so they find a place.

use crate::{
	block_import::LearningBlockImport,
	clock::SlotClock,
	tips::{Place, Tips},
	verifier::{check_seal, LearningVerifier},
	Error, LearningSelectChain, LOG_TARGET,
};
use futures::FutureExt;
use futures_timer::Delay;
use parking_lot::Mutex;
use praxis_primitives_consensus::{api::LearningApi, AuthorId};
use sc_client_api::Backend;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus::block_validation::{BlockAnnounceValidator, Validation};
use sp_consensus_slots::Slot;
use sp_core::crypto::AccountId32;
use sp_runtime::traits::{Block as BlockT, Header as HeaderT};
use std::{collections::HashMap, error::Error as StdError, future::Future, pin::Pin, sync::Arc, time::Duration};

/// Early announcements that are held at once; more are ignored. A quarter of what the network validates at once.
pub const MAX_HELD: usize = 64;

/// Of them, those of blocks of one author.
pub const MAX_HELD_BY_AUTHOR: usize = 8;

/// Why an announcement is ignored, without harm to its sender.
#[derive(Debug, thiserror::Error)]
enum Ignored {
	#[error("too many early announcements are held")]
	TooManyHeld,
	#[error("the block is not above the finalised one")]
	NotAboveFinalized,
	#[error(transparent)]
	Other(#[from] Error),
}

type Outcome = Result<Validation, Box<dyn StdError + Send>>;

/// The early announcements that are held.
#[derive(Clone, Default)]
struct Held(Arc<Mutex<HashMap<AuthorId, usize>>>);

/// One of them, until it is dropped.
struct Hold {
	held: Held,
	author: AuthorId,
}

impl Held {
	fn hold(&self, author: &AuthorId) -> Option<Hold> {
		let mut held = self.0.lock();
		let all: usize = held.values().sum();
		let of_author = held.get(author).copied().unwrap_or_default();
		if all >= MAX_HELD || of_author >= MAX_HELD_BY_AUTHOR {
			return None;
		}
		held.insert(author.clone(), of_author + 1);
		Some(Hold { held: self.clone(), author: author.clone() })
	}
}

impl Drop for Hold {
	fn drop(&mut self) {
		let mut held = self.held.0.lock();
		match held.get_mut(&self.author) {
			Some(count) if *count > 1 => *count -= 1,
			_ => {
				held.remove(&self.author);
			}
		}
	}
}

struct Shared<BE, Block: BlockT, Client> {
	client: Arc<Client>,
	verifier: LearningVerifier<Block, Client>,
	select_chain: LearningSelectChain<BE, Block>,
	tips: Tips<Block>,
	held: Held,
}

/// Looks at announced headers before their blocks are asked for.
pub struct LearningAnnounceValidator<BE, Block: BlockT, Client> {
	shared: Arc<Shared<BE, Block, Client>>,
}

const REFUSED: Validation = Validation::Failure { disconnect: false };
const FORGED: Validation = Validation::Failure { disconnect: true };

impl<BE, Block, Client> LearningAnnounceValidator<BE, Block, Client>
where
	BE: Backend<Block>,
	Block: BlockT,
	Client: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync,
	Client::Api: LearningApi<Block, AccountId32>,
{
	/// Works with what `import` knows.
	pub fn new<Inner>(import: &LearningBlockImport<BE, Block, Client, Inner>) -> Self {
		let (client, select_chain) = (import.client().clone(), import.select_chain().clone());
		let verifier = LearningVerifier::new(client.clone(), select_chain.clock().clone());
		let shared = Shared { client, verifier, select_chain, tips: import.tips().clone(), held: Held::default() };
		Self { shared: Arc::new(shared) }
	}
}

impl<BE, Block, Client> Shared<BE, Block, Client>
where
	BE: Backend<Block>,
	Block: BlockT,
	Client: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync,
	Client::Api: LearningApi<Block, AccountId32>,
{
	async fn validate(&self, header: Block::Header) -> Result<Validation, Ignored> {
		let (hash, number) = (header.hash(), *header.number());
		if self.client.header(hash).map_err(Error::from)?.is_some() || self.tips.contains(number, &hash) {
			return Ok(Validation::Success { is_new_best: false });
		}
		if number <= self.client.info().finalized_number {
			return Err(Ignored::NotAboveFinalized);
		}
		let pre = match check_seal(header.clone()) {
			Ok(checked) => checked.pre,
			Err(e) => return Ok(self.forged(hash, &e)),
		};
		if !self.hold(pre.slot, &pre.author).await? {
			log::debug!(target: LOG_TARGET, "Refused {hash}: slot {} is in the future.", pre.slot);
			return Ok(REFUSED);
		}
		match self.verifier.check_header(header.clone()) {
			Ok(_) => self.place(&header, hash, &pre.author),
			Err(e) if e.is_the_headers() => Ok(self.forged(hash, &e)),
			// Without its parent's state it cannot be judged yet; the verifier will.
			Err(_) => Ok(Validation::Success { is_new_best: false }),
		}
	}

	fn forged(&self, hash: Block::Hash, error: &Error) -> Validation {
		log::debug!(target: LOG_TARGET, "Refused {hash}: {error}.");
		FORGED
	}

	/// Waits until a block of `slot` may be seen. Not if that is longer than from the beginning of its slot.
	async fn hold(&self, slot: Slot, author: &AuthorId) -> Result<bool, Ignored> {
		let clock = self.verifier.clock();
		if clock.until_public(slot).is_zero() {
			return Ok(true);
		}
		if !clock.has_begun(slot) {
			return Ok(false);
		}
		let _hold = self.held.hold(author).ok_or(Ignored::TooManyHeld)?;
		wait_until_public(clock, slot).await;
		Ok(true)
	}

	/// Asks for a place for a header that is right.
	fn place(&self, header: &Block::Header, hash: Block::Hash, author: &AuthorId) -> Result<Validation, Ignored> {
		let mut place = self.tips.reserve(*header.number(), author, hash, false);
		if place == Place::HeightIsFull {
			let compared = self.select_chain.compare(header)?;
			if compared.score > compared.best_score {
				place = self.tips.reserve(*header.number(), author, hash, true);
			}
		}
		if place == Place::Granted {
			return Ok(Validation::Success { is_new_best: false });
		}
		log::debug!(target: LOG_TARGET, "Refused {hash} of {author} at height {}: {place:?}.", header.number());
		Ok(REFUSED)
	}
}

async fn wait_until_public(clock: &SlotClock, slot: Slot) {
	loop {
		let wait = clock.until_public(slot);
		if wait.is_zero() {
			return;
		}
		// In steps: the clock may be set meanwhile.
		Delay::new(wait.min(Duration::from_secs(1))).await;
	}
}

impl<BE, Block, Client> BlockAnnounceValidator<Block> for LearningAnnounceValidator<BE, Block, Client>
where
	BE: Backend<Block> + 'static,
	Block: BlockT,
	Client: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	Client::Api: LearningApi<Block, AccountId32>,
{
	fn validate(&mut self, header: &Block::Header, data: &[u8]) -> Pin<Box<dyn Future<Output = Outcome> + Send>> {
		if !data.is_empty() {
			return async { Ok(FORGED) }.boxed();
		}
		let (shared, header) = (self.shared.clone(), header.clone());
		async move { shared.validate(header).await.map_err(|e| Box::new(e) as Box<dyn StdError + Send>) }.boxed()
	}
}
