//! What a header must fulfil before its block is executed.
//!
//! The runtime checks slot, author, VRF and sortition again, and `frame_executive` that the score digest is
//! the computed one. The verifier is there to refuse early, with a reason, and for the two things that the runtime
//! does not see: the seal and the time.

use crate::{clock::SlotClock, Error};
use futures_timer::Delay;
use praxis_primitives_consensus::{
	api::LearningApi,
	digests::{find_pre_digest, find_score, PreDigest},
	vrf::{self, Draws},
	AuthorId, AuthorSignature, LearningDigest,
};
use sc_client_api::BlockBackend;
use sc_consensus::{BlockImportParams, Verifier};
use sp_api::ProvideRuntimeApi;
use sp_application_crypto::RuntimeAppPublic;
use sp_blockchain::HeaderBackend;
use sp_consensus::BlockStatus;
use sp_consensus_grandpa::{ConsensusLog, GRANDPA_ENGINE_ID};
use sp_consensus_slots::Slot;
use sp_core::crypto::AccountId32;
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT, One},
	DigestItem,
};
use std::{marker::PhantomData, sync::Arc};

/// A header whose seal was taken off and checked.
pub struct Checked<H> {
	/// The header as the runtime made it.
	pub header: H,
	/// The seal.
	pub seal: DigestItem,
	/// The pre-digest.
	pub pre: PreDigest,
}

/// Checks headers of the engine.
pub struct LearningVerifier<Block, Client> {
	client: Arc<Client>,
	clock: SlotClock,
	_phantom: PhantomData<Block>,
}

impl<Block, Client> LearningVerifier<Block, Client>
where
	Block: BlockT,
	Client: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync,
	Client::Api: LearningApi<Block, AccountId32>,
{
	/// Checks against the state of `client`.
	pub fn new(client: Arc<Client>, clock: SlotClock) -> Self {
		Self { client, clock, _phantom: PhantomData }
	}

	/// The clock that it goes by.
	pub fn clock(&self) -> &SlotClock {
		&self.clock
	}

	/// Checks a sealed header against its parent's state, but for the time.
	pub fn check_header(&self, header: Block::Header) -> Result<Checked<Block::Header>, Error> {
		let checked = check_seal(header)?;
		let header = &checked.header;
		let parent = self.client.header(*header.parent_hash())?.ok_or(Error::UnknownParent)?;
		if *header.number() != *parent.number() + One::one() {
			return Err(Error::BadNumber);
		}
		if *parent.number() != 0u32.into() {
			let parent_slot = find_pre_digest(&parent)?.slot;
			if checked.pre.slot <= parent_slot {
				return Err(Error::SlotMustRise { slot: checked.pre.slot, parent: parent_slot });
			}
		}
		self.check_author(&checked.pre, *header.parent_hash())?;
		Ok(checked)
	}

	fn check_author(&self, pre: &PreDigest, parent: Block::Hash) -> Result<(), Error> {
		let api = self.client.runtime_api();
		if api.author_account(parent, pre.author.clone())?.is_none() {
			return Err(Error::NotBonded(display(&pre.author)));
		}
		let randomness = api.randomness(parent)?;
		if !vrf::verify(&pre.author, &randomness, pre.slot, &pre.vrf) {
			return Err(Error::BadVrf);
		}
		let draws = Draws::new(&pre.author, &randomness, pre.slot, &pre.vrf.pre_output).ok_or(Error::BadVrf)?;
		if !draws.is_eligible(api.author_count(parent)?) {
			return Err(Error::NotEligible);
		}
		Ok(())
	}

	/// Whether a block of `slot` may be seen now. An announcement is held until it may, so one that comes too early came
	/// by another way, or over clocks that differ: what is left of the tolerance is waited out, anything more refused.
	/// The queue behind it is never held longer than that.
	async fn check_time(&self, slot: Slot) -> Result<(), Error> {
		loop {
			let wait = self.clock.until_public(slot);
			if wait.is_zero() {
				return Ok(());
			}
			if wait > self.clock.tolerance() {
				return Err(Error::TooEarly { slot, milliseconds: wait.as_millis() as u64 });
			}
			Delay::new(wait).await;
		}
	}

	async fn check(&self, header: Block::Header) -> Result<Checked<Block::Header>, Error> {
		let checked = self.check_header(header)?;
		self.check_time(checked.pre.slot).await?;
		Ok(checked)
	}
}

/// What of a header can be checked without its parent: the digests are there, once, with no other engine's among them, and
/// the seal is the author's.
pub fn check_seal<H: HeaderT>(mut header: H) -> Result<Checked<H>, Error> {
	let seal = header.digest_mut().pop().ok_or(Error::NoSeal)?;
	let signature: AuthorSignature = seal.as_learning_seal().ok_or(Error::NoSeal)?;
	let pre = find_pre_digest(&header)?;
	find_score(&header)?;
	// The runtime takes others' as they come, and no weight or length counts them. A header of more than 1 MiB cannot even
	// be announced: who tries loses its connections.
	if header.digest().logs().iter().filter(|item| item.as_pre_runtime().is_some()).count() > 1 {
		return Err(Error::ForeignPreDigest);
	}
	if !pre.author.verify(&header.hash(), &signature) {
		return Err(Error::BadSeal);
	}
	Ok(Checked { header, seal, pre })
}

/// What is checked of a header that comes long before its parent's state. GRANDPA takes a forced change of its voters
/// from the header alone, before anything of it is final: unexecuted, it may be anybody's.
fn check_unexecuted<H: HeaderT>(header: &H) -> Result<(), Error> {
	let is_forced = |item: &DigestItem| {
		matches!(item.consensus_try_to(&GRANDPA_ENGINE_ID), Some(ConsensusLog::<H::Number>::ForcedChange(..)))
	};
	if header.digest().logs().iter().any(is_forced) {
		return Err(Error::ForcedVoters);
	}
	check_seal(header.clone()).map(drop)
}

fn display(author: &AuthorId) -> String {
	author.to_string()
}

impl<Block: BlockT, Client: BlockBackend<Block>> LearningVerifier<Block, Client> {
	/// Whether a block is known whose state is not there any more.
	fn is_discarded(&self, hash: Block::Hash) -> bool {
		matches!(self.client.block_status(hash), Ok(BlockStatus::InChainPruned))
	}
}

#[async_trait::async_trait]
impl<Block, Client> Verifier<Block> for LearningVerifier<Block, Client>
where
	Block: BlockT,
	Client: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockBackend<Block> + Send + Sync,
	Client::Api: LearningApi<Block, AccountId32>,
{
	async fn verify(&self, mut block: BlockImportParams<Block>) -> Result<BlockImportParams<Block>, String> {
		let (hash, number) = (block.header.hash(), *block.header.number());
		let refused = |e: Error| format!("block {hash} (#{number}) refused: {e}");
		// Warp, fast and gap imports bring no state of the parent to check against: they trust GRANDPA.
		if block.with_state() {
			return Ok(block);
		}
		if block.state_action.skip_execution_checks() {
			if number > self.client.info().finalized_number {
				check_unexecuted(&block.header).map_err(refused)?;
			}
			return Ok(block);
		}
		let checked = match self.check(block.header.clone()).await {
			// Finality left this branch, and an author that has not heard of it builds on. The block goes on with its seal
			// checked; the import says that the state is missing, for which the network, unlike here, punishes nobody.
			Err(e) if !e.is_the_headers() && self.is_discarded(*block.header.parent_hash()) => check_seal(block.header),
			checked => checked,
		}
		.map_err(refused)?;
		block.header = checked.header;
		block.post_digests.push(checked.seal);
		block.post_hash = Some(hash);
		Ok(block)
	}
}
