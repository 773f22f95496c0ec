//! Makes blocks of Alice, the author of the development chain.

use crate::{chain::Chain, text, Result};
use codec::{Decode, Encode};
use frame_system_rpc_runtime_api::AccountNonceApi;
use praxis_environment::{rollout, AnyState, Seed};
use praxis_primitives_consensus::{
	api::{LearningApi, OracleApi},
	digests::PreDigest,
	vrf::{self, Draws},
	LearningDigest,
};
use praxis_runtime::{opaque::Block, Hash, RuntimeCall};
use rand::{rngs::StdRng, Rng, SeedableRng};
use sc_block_builder::{BlockBuilder, BlockBuilderBuilder};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::{ApplyExtrinsicFailed, Error as BlockChainError, HeaderBackend};
use sp_consensus_slots::Slot;
use sp_core::{crypto::VrfSecret, Pair};
use sp_inherents::InherentData;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	generic::SignedBlock,
	traits::{Block as BlockT, Header as HeaderT},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	Digest, DigestItem, MultiAddress, OpaqueExtrinsic,
};
use std::{fs, path::Path};

/// What the blocks hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
	/// The timestamp alone.
	Empty,
	/// K transitions: 32 of the noisy pendulum.
	Steps,
	/// The transitions, and transfers until the block is full.
	StepsAndTransfers,
}

/// A chain whose blocks are made here.
pub struct Maker {
	chain: Chain,
	content: Content,
	slot: Slot,
	random: StdRng,
}

const AUTHOR: Sr25519Keyring = Sr25519Keyring::Alice;

impl Maker {
	/// Makes `blocks` blocks, each in a slot of its own, the last of which is in the past.
	pub fn new(chain: Chain, content: Content, blocks: u32) -> Self {
		let now = Slot::from_timestamp(sp_timestamp::Timestamp::current(), chain.slot_duration);
		let slot = Slot::from(*now - u64::from(blocks) - 2);
		Self { chain, content, slot, random: StdRng::seed_from_u64(1) }
	}

	/// The next block, imported here already.
	pub fn next(&mut self) -> Result<Block> {
		self.slot = Slot::from(*self.slot + 1);
		let info = self.chain.client.info();
		let parent = info.best_hash;
		let api = self.chain.client.runtime_api();
		let randomness = api.randomness(parent).map_err(text)?;
		let vrf = AUTHOR.pair().vrf_sign(&vrf::sign_data(&randomness, self.slot));
		let pre = PreDigest { author: AUTHOR.public().into(), slot: self.slot, vrf };
		let draws = Draws::new(&pre.author, &randomness, self.slot, &pre.vrf.pre_output).ok_or("a bad VRF output")?;
		let submission = match self.content {
			Content::Empty => None,
			Content::Steps | Content::StepsAndTransfers => Some(self.submission(parent, Seed(draws.noise))?),
		};

		let mut builder = BlockBuilderBuilder::new(&*self.chain.client)
			.on_parent_block(parent)
			.with_parent_block_number(info.best_number)
			.with_inherent_digests(Digest { logs: vec![DigestItem::learning_pre_digest(&pre)] })
			.build()
			.map_err(text)?;
		let mut data = InherentData::new();
		let timestamp = self.slot.timestamp(self.chain.slot_duration).ok_or("the timestamp overflows")?;
		data.put_data(sp_timestamp::INHERENT_IDENTIFIER, &timestamp).map_err(text)?;
		for inherent in builder.create_inherents(data).map_err(text)? {
			builder.push(inherent).map_err(text)?;
		}
		if let Some(submission) = submission {
			builder.push(submission).map_err(text)?;
		}
		if self.content == Content::StepsAndTransfers {
			self.fill(parent, &mut builder)?;
		}
		let (mut header, body) = builder.build().map_err(text)?.block.deconstruct();
		let seal = AUTHOR.pair().sign(header.hash().as_ref());
		header.digest_mut().push(DigestItem::learning_seal(&seal.into()));
		let block = Block::new(header, body);
		self.chain.import(block.clone())?;
		// The state database holds as many blocks as one may be behind the head.
		if let Some(number) = block.header().number().checked_sub(4).filter(|number| *number > 0) {
			let hash = self.chain.client.hash(number).map_err(text)?.ok_or("a block is missing")?;
			self.chain.finalize(hash)?;
		}
		Ok(block)
	}

	fn signed(&self, parent: Hash, by: Sr25519Keyring, call: RuntimeCall, ahead: u32) -> Result<OpaqueExtrinsic> {
		let nonce = self.chain.client.runtime_api().account_nonce(parent, by.to_account_id()).map_err(text)?;
		Ok(praxis_runtime::sign_extrinsic(&by.pair(), call, nonce + ahead, self.chain.client.info().genesis_hash)
			.into())
	}

	/// Random actions from the oracle's state.
	fn submission(&mut self, parent: Hash, noise: Seed) -> Result<OpaqueExtrinsic> {
		let api = self.chain.client.runtime_api();
		let environment = api.environment(parent).map_err(text)?;
		let start = api.state(parent).map_err(text)?;
		let state = AnyState::decode(&mut &start.state[..]).map_err(text)?;
		let actions: Vec<u8> =
			(0..environment.steps_per_block).map(|_| self.random.gen_range(0..environment.actions) as u8).collect();
		let reward = rollout(&state, &noise, &actions).map_err(|e| format!("{e:?}"))?.reward;
		let call = RuntimeCall::Oracle(pallet_oracle::Call::submit_transitions {
			parent,
			slot: self.slot,
			attempt: 0,
			step: start.step,
			actions: actions.try_into().map_err(|_| "too many actions")?,
			reward,
			policy_hash: Default::default(),
		});
		self.signed(parent, AUTHOR, call, 0)
	}

	/// Pushes transfers between the development accounts until the block takes no more.
	fn fill(&self, parent: Hash, builder: &mut BlockBuilder<Block, crate::chain::FullClient>) -> Result<()> {
		let keys: Vec<Sr25519Keyring> = Sr25519Keyring::well_known().filter(|key| *key != AUTHOR).collect();
		for round in 0.. {
			for (at, key) in keys.iter().enumerate() {
				let to = keys[(at + 1) % keys.len()].to_account_id();
				let call = RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
					dest: MultiAddress::Id(to),
					value: 10_000_000_000,
				});
				match builder.push(self.signed(parent, *key, call, round)?) {
					Ok(()) => {}
					Err(BlockChainError::ApplyExtrinsicFailed(ApplyExtrinsicFailed::Validity(
						TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources),
					))) => return Ok(()),
					Err(error) => return Err(text(error)),
				}
			}
		}
		Ok(())
	}
}

/// Writes blocks as the SDK's `export-blocks --binary` does.
pub fn export(blocks: &[Block], path: &Path) -> Result<()> {
	let mut bytes = (blocks.len() as u64).encode();
	for block in blocks {
		SignedBlock { block: block.clone(), justifications: None }.encode_to(&mut bytes);
	}
	fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// Bytes of a block.
pub fn size(block: &Block) -> usize {
	block.encoded_size()
}
