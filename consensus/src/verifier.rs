//! What a header must fulfil before its block is executed.
//!
//! The runtime checks slot, author, VRF and sortition again, and `frame_executive` that the score digest is
//! the computed one. The verifier is there to refuse early, with a reason, and for the seal, which the
//! runtime does not see.

use crate::{equivocation::Equivocations, Error};
use praxis_primitives_consensus::{
	api::LearningApi,
	digests::{find_pre_digest, find_score, PreDigest},
	vrf::{self, Draws},
	AuthorId, AuthorSignature, LearningDigest, SlotDuration,
};
use sc_client_api::AuxStore;
use sc_consensus::{BlockImportParams, ForkChoiceStrategy, Verifier};
use sp_api::ProvideRuntimeApi;
use sp_application_crypto::RuntimeAppPublic;
use sp_blockchain::HeaderBackend;
use sp_consensus_slots::Slot;
use sp_core::crypto::AccountId32;
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT},
	DigestItem,
};
use sp_timestamp::Timestamp;
use std::{marker::PhantomData, sync::Arc};

/// Slots that a header may be ahead of this node's clock.
pub const CLOCK_TOLERANCE: u64 = 1;

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
	slot_duration: SlotDuration,
	equivocations: Equivocations,
	_phantom: PhantomData<Block>,
}

impl<Block, Client> LearningVerifier<Block, Client>
where
	Block: BlockT,
	Client: ProvideRuntimeApi<Block> + HeaderBackend<Block> + AuxStore + Send + Sync,
	Client::Api: LearningApi<Block, AccountId32>,
{
	/// Checks against the state of `client`.
	pub fn new(client: Arc<Client>, slot_duration: SlotDuration, equivocations: Equivocations) -> Self {
		Self { client, slot_duration, equivocations, _phantom: PhantomData }
	}

	/// Slot by this node's clock.
	pub fn now(&self) -> Slot {
		Slot::from_timestamp(Timestamp::current(), self.slot_duration)
	}

	/// Checks a sealed header against its parent's state, when it is slot `now`.
	pub fn check_header(&self, mut header: Block::Header, now: Slot) -> Result<Checked<Block::Header>, Error> {
		let seal = header.digest_mut().pop().ok_or(Error::NoSeal)?;
		let signature: AuthorSignature = seal.as_learning_seal().ok_or(Error::NoSeal)?;
		let pre = find_pre_digest(&header)?;
		find_score(&header)?;

		if pre.slot > now + CLOCK_TOLERANCE {
			return Err(Error::FutureSlot { slot: pre.slot, now });
		}
		let parent = self.client.header(*header.parent_hash())?.ok_or(Error::UnknownParent)?;
		if *parent.number() != 0u32.into() {
			let parent_slot = find_pre_digest(&parent)?.slot;
			if pre.slot <= parent_slot {
				return Err(Error::SlotMustRise { slot: pre.slot, parent: parent_slot });
			}
		}
		if !pre.author.verify(&header.hash(), &signature) {
			return Err(Error::BadSeal);
		}
		self.check_author(&pre, *header.parent_hash())?;
		Ok(Checked { header, seal, pre })
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
}

fn display(author: &AuthorId) -> String {
	author.to_string()
}

#[async_trait::async_trait]
impl<Block, Client> Verifier<Block> for LearningVerifier<Block, Client>
where
	Block: BlockT,
	Client: ProvideRuntimeApi<Block> + HeaderBackend<Block> + AuxStore + Send + Sync,
	Client::Api: LearningApi<Block, AccountId32>,
{
	async fn verify(&self, mut block: BlockImportParams<Block>) -> Result<BlockImportParams<Block>, String> {
		// Warp, fast and gap imports bring no state of the parent to check against: they trust GRANDPA.
		if block.with_state() || block.state_action.skip_execution_checks() {
			block.fork_choice = Some(ForkChoiceStrategy::Custom(block.with_state()));
			return Ok(block);
		}
		let sealed = block.header.clone();
		let hash = sealed.hash();
		let checked = self
			.check_header(block.header, self.now())
			.map_err(|e| format!("block {hash} (#{}) refused: {e}", sealed.number()))?;
		self.equivocations.note(&*self.client, self.now(), &sealed).map_err(|e| format!("block {hash}: {e}"))?;
		block.header = checked.header;
		block.post_digests.push(checked.seal);
		block.post_hash = Some(hash);
		Ok(block)
	}
}
