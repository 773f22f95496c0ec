//! Authoring. A slot has three parts:
//!
//! 1. The parent settles: candidates of the slot before arrive and compete.
//! 2. The worker is asked for transitions, again whenever the parent changes. An author that is not alone waits for
//!    the end of this part, so that the others' workers can submit as well.
//! 3. The block is built; if a better one is there already it is dropped, else it is sealed and sent.

use crate::{aux_schema, Error, ForkChoice, LearningSelectChain, Work, WorkHub, LOG_TARGET};
use futures::{future::FutureExt, select_biased, Future, StreamExt};
use futures_timer::Delay;
use praxis_environment::Real;
use praxis_primitives_consensus::{
	api::{LearningApi, OracleApi},
	digests::{find_pre_digest, find_score, PreDigest},
	vrf::{self, Draws, Randomness},
	AuthorId, ForkScore, LearningDigest, SlotDuration, KEY_TYPE,
};
use sc_client_api::{AuxStore, Backend, BlockchainEvents};
use sc_consensus::{BlockImport, BlockImportParams, StateAction, StorageChanges};
use sc_consensus_slots::{start_slot_worker, SlotInfo, SlotWorker};
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool};
use sp_api::ProvideRuntimeApi;
use sp_application_crypto::ByteArray;
use sp_blockchain::HeaderBackend;
use sp_consensus::{BlockOrigin, Environment, Error as ConsensusError, ProposeArgs, Proposer, SyncOracle};
use sp_consensus_slots::Slot;
use sp_core::{crypto::AccountId32, sr25519, H256};
use sp_inherents::InherentData;
use sp_keystore::KeystorePtr;
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT, UniqueSaturatedInto},
	Digest, DigestItem,
};
use std::{
	sync::Arc,
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Longest wait for the pool's view of a parent: where it makes none, the worker is asked all the same.
const VIEW_WAIT: Duration = Duration::from_millis(200);

/// What authoring needs.
pub struct StartParams<BE, Block: BlockT, C, E, I, P, SO> {
	/// The client.
	pub client: Arc<C>,
	/// Chooses the head.
	pub select_chain: LearningSelectChain<BE, Block>,
	/// Compares a candidate with the head.
	pub fork_choice: ForkChoice,
	/// The engine's block import.
	pub block_import: I,
	/// Makes proposers.
	pub proposer_factory: E,
	/// Where the worker's transitions arrive.
	pub pool: Arc<P>,
	/// Tells whether the node is far behind.
	pub sync_oracle: SO,
	/// Holds the author's key.
	pub keystore: KeystorePtr,
	/// Length of a slot.
	pub slot_duration: SlotDuration,
	/// Takes work to the worker.
	pub hub: WorkHub,
}

/// Authors blocks until dropped.
pub fn start_learning<BE, Block, C, E, I, P, SO>(
	params: StartParams<BE, Block, C, E, I, P, SO>,
) -> impl Future<Output = ()>
where
	BE: Backend<Block> + 'static,
	Block: BlockT<Hash = H256>,
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + AuxStore + Send + Sync + 'static,
	C::Api: LearningApi<Block, AccountId32> + OracleApi<Block, AccountId32>,
	E: Environment<Block> + Send + Sync + 'static,
	E::Proposer: Proposer<Block>,
	I: BlockImport<Block, Error = ConsensusError> + Send + Sync + 'static,
	P: TransactionPool<Block = Block> + 'static,
	SO: SyncOracle + Send + Sync + Clone + 'static,
{
	let slot_duration = params.slot_duration;
	let providers = move |_parent, ()| async move {
		let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
		Ok((SlotProvider(Slot::from_timestamp(*timestamp, slot_duration)), timestamp))
	};
	let select_chain = params.select_chain.clone();
	let sync_oracle = params.sync_oracle.clone();
	start_slot_worker(slot_duration, select_chain, LearningWorker { params }, sync_oracle, providers)
}

/// Tells `sc-consensus-slots` the slot of a timestamp.
struct SlotProvider(Slot);

#[async_trait::async_trait]
impl sp_inherents::InherentDataProvider for SlotProvider {
	async fn provide_inherent_data(&self, data: &mut InherentData) -> Result<(), sp_inherents::Error> {
		data.put_data(praxis_primitives_consensus::inherents::INHERENT_IDENTIFIER, &self.0)
	}

	async fn try_handle_error(
		&self,
		_: &sp_inherents::InherentIdentifier,
		_: &[u8],
	) -> Option<Result<(), sp_inherents::Error>> {
		None
	}
}

impl std::ops::Deref for SlotProvider {
	type Target = Slot;

	fn deref(&self) -> &Slot {
		&self.0
	}
}

/// One slot of one author on one parent.
struct Claim<Header> {
	parent: Header,
	key: AuthorId,
	account: AccountId32,
	pre: PreDigest,
	noise: Randomness,
}

struct LearningWorker<BE, Block: BlockT, C, E, I, P, SO> {
	params: StartParams<BE, Block, C, E, I, P, SO>,
}

impl<BE, Block, C, E, I, P, SO> LearningWorker<BE, Block, C, E, I, P, SO>
where
	BE: Backend<Block> + 'static,
	Block: BlockT<Hash = H256>,
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + AuxStore + Send + Sync + 'static,
	C::Api: LearningApi<Block, AccountId32> + OracleApi<Block, AccountId32>,
	E: Environment<Block> + Send + Sync,
	E::Proposer: Proposer<Block>,
	I: BlockImport<Block, Error = ConsensusError> + Send + Sync,
	P: TransactionPool<Block = Block>,
	SO: Send + Sync,
{
	/// The best head that a block of `slot` can stand on.
	fn settle(&self, slot: Slot) -> Result<Block::Header, Error> {
		let mut head = self.params.select_chain.best_header()?;
		while *head.number() != 0u32.into() && find_pre_digest(&head)?.slot >= slot {
			head = self.params.client.header(*head.parent_hash())?.ok_or(Error::UnknownParent)?;
		}
		Ok(head)
	}

	/// Claims `slot` on `parent` with the first key of the keystore that may.
	fn claim(&self, slot: Slot, parent: Block::Header) -> Result<Option<Claim<Block::Header>>, Error> {
		let at = parent.hash();
		let api = self.params.client.runtime_api();
		let randomness = api.randomness(at)?;
		let authors = api.author_count(at)?;
		for public in self.params.keystore.sr25519_public_keys(KEY_TYPE) {
			let key = AuthorId::from(public);
			let Some(account) = api.author_account(at, key.clone())? else { continue };
			let signed = self.params.keystore.sr25519_vrf_sign(KEY_TYPE, &public, &vrf::sign_data(&randomness, slot));
			let Ok(Some(vrf)) = signed else { continue };
			let Some(draws) = Draws::new(&key, &randomness, slot, &vrf.pre_output) else { continue };
			if draws.is_eligible(authors) {
				let pre = PreDigest { author: key.clone(), slot, vrf };
				return Ok(Some(Claim { parent, key, account, pre, noise: draws.noise }));
			}
			log::debug!(target: LOG_TARGET, "🎲 {key} was not drawn in slot {slot}.");
		}
		Ok(None)
	}

	/// Offers the work of `claim` to the worker.
	fn offer(&self, claim: &Claim<Block::Header>, deadline: u64) -> Result<(), Error> {
		let at = claim.parent.hash();
		let api = self.params.client.runtime_api();
		let state = api.state(at)?;
		let number: u32 = (*claim.parent.number()).unique_saturated_into();
		self.params.hub.offer(Work {
			parent: at,
			number: number + 1,
			slot: *claim.pre.slot,
			step: state.step,
			state: state.state.into(),
			noise: H256(claim.noise),
			steps_per_block: api.environment(at)?.steps_per_block,
			author: claim.account.clone(),
			author_key: H256::from_slice(claim.key.as_slice()),
			deadline,
		});
		Ok(())
	}

	/// Whether `extrinsic` is the transitions of `claim`.
	fn answers(&self, claim: &Claim<Block::Header>, extrinsic: &Block::Extrinsic) -> bool {
		let at = claim.parent.hash();
		match self.params.client.runtime_api().submission(at, extrinsic.clone()) {
			Ok(Some(submission)) => {
				submission.signer == claim.account && submission.parent == at && submission.slot == claim.pre.slot
			}
			Ok(None) => false,
			Err(e) => {
				log::debug!(target: LOG_TARGET, "Could not read an extrinsic of the pool: {e}");
				false
			}
		}
	}

	/// Claims the slot and waits for the worker, afresh whenever the parent changes, until `until`.
	///
	/// An early answer does not end the wait while others may author: a block that is sent early moves the pools of the
	/// others to it, and their workers' submissions for the same parent would be refused.
	async fn prepare(&self, slot: Slot, until: Instant) -> Result<Option<Claim<Block::Header>>, Error> {
		let mut imports = self.params.client.import_notification_stream().fuse();
		let mut arrivals = self.params.pool.import_notification_stream().fuse();
		let deadline = unix_millis() + until.saturating_duration_since(Instant::now()).as_millis() as u64;
		let mut timeout = Delay::new(until.saturating_duration_since(Instant::now())).fuse();
		let mut parent = self.settle(slot)?;
		'parent: loop {
			let at = parent.hash();
			let Some(claim) = self.claim(slot, parent.clone())? else { return Ok(None) };
			// Once the pool has its view of the parent, submissions for it are valid.
			let wait = until.saturating_duration_since(Instant::now()).min(VIEW_WAIT);
			let ready = self.params.pool.ready_at_with_timeout(at, wait).await;
			let answered = ready.into_iter().any(|tx| self.answers(&claim, tx.data()));
			let alone = self.params.client.runtime_api().author_count(at)? == 1;
			if alone && (answered || self.params.hub.workers() == 0) {
				return Ok(Some(claim));
			}
			if !answered {
				self.offer(&claim, deadline)?;
			}
			loop {
				select_biased! {
					_ = timeout => return Ok(Some(claim)),
					hash = arrivals.next() => {
						let arrived = hash.and_then(|hash| self.params.pool.ready_transaction(&hash));
						if alone && arrived.is_some_and(|tx| self.answers(&claim, tx.data())) {
							return Ok(Some(claim))
						}
					},
					_ = imports.next() => {
						let settled = self.settle(slot)?;
						if settled.hash() != at {
							parent = settled;
							continue 'parent
						}
					},
				}
			}
		}
	}

	/// Builds on `claim`, and seals unless the best head is better already.
	async fn author(&mut self, claim: Claim<Block::Header>, remaining: Duration) -> Result<Option<Block>, String> {
		let slot = claim.pre.slot;
		let mut inherent_data = InherentData::new();
		// The start of the slot: nobody can shade it.
		let timestamp = slot.timestamp(self.params.slot_duration).ok_or("the slot's timestamp overflows")?;
		inherent_data.put_data(sp_timestamp::INHERENT_IDENTIFIER, &timestamp).map_err(|e| e.to_string())?;

		let proposer = self.params.proposer_factory.init(&claim.parent).await.map_err(|e| e.to_string())?;
		let proposal = proposer
			.propose(ProposeArgs {
				inherent_data,
				inherent_digests: Digest { logs: vec![DigestItem::learning_pre_digest(&claim.pre)] },
				max_duration: remaining.mul_f32(0.6),
				..Default::default()
			})
			.await
			.map_err(|e| e.to_string())?;
		let (header, body) = proposal.block.deconstruct();
		let reward = find_score(&header).map_err(|e| e.to_string())?.reward;

		let best = self.params.select_chain.best_header().map_err(|e| e.to_string())?;
		let score =
			self.params.fork_choice.score::<Block, _>(&*self.params.client, &header).map_err(|e| e.to_string())?;
		let best_score =
			self.params.fork_choice.score::<Block, _>(&*self.params.client, &best).map_err(|e| e.to_string())?;
		if !is_worth_sealing(&score, &best_score) {
			log::info!(
				target: LOG_TARGET,
				"🥈 Slot {slot}: dropped a candidate #{} of reward {reward}; {} is better.",
				header.number(), best.hash(),
			);
			return Ok(None);
		}

		// A restart must not seal a second block for this slot.
		let last = aux_schema::last_sealed(&*self.params.client, &claim.key).map_err(|e| e.to_string())?;
		if last.is_some_and(|last| last >= slot) {
			return Err(format!("{} has already sealed slot {slot}", claim.key));
		}
		aux_schema::write_last_sealed(&*self.params.client, &claim.key, slot).map_err(|e| e.to_string())?;

		let public = sr25519::Public::from_slice(claim.key.as_slice()).map_err(|()| "not a key")?;
		let signature = self
			.params
			.keystore
			.sr25519_sign(KEY_TYPE, &public, header.hash().as_ref())
			.map_err(|e| e.to_string())?
			.ok_or("the author's key left the keystore")?;
		let mut import = BlockImportParams::<Block>::new(BlockOrigin::Own, header.clone());
		import.post_digests.push(DigestItem::learning_seal(&signature.into()));
		import.body = Some(body.clone());
		import.state_action = StateAction::ApplyChanges(StorageChanges::Changes(proposal.storage_changes));
		let sealed: Block::Header = import.post_header();
		import.post_hash = Some(sealed.hash());
		log::info!(
			target: LOG_TARGET,
			"🎁 Slot {slot}: sealed #{} {} with reward {} ({} extrinsics).",
			sealed.number(), sealed.hash(), display(reward), body.len(),
		);
		self.params.block_import.import_block(import).await.map_err(|e| e.to_string())?;
		Ok(Some(Block::new(sealed, body)))
	}
}

/// Whether a candidate beats the head. Its hash is not known before it is sealed, so a tie in all else loses.
fn is_worth_sealing(candidate: &ForkScore, best: &ForkScore) -> bool {
	(candidate.number, candidate.reward, candidate.vrf) > (best.number, best.reward, best.vrf)
}

fn display(reward: Real) -> String {
	format!("{reward:.3}")
}

fn unix_millis() -> u64 {
	SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64)
}

#[async_trait::async_trait]
impl<BE, Block, C, E, I, P, SO> SlotWorker<Block> for LearningWorker<BE, Block, C, E, I, P, SO>
where
	BE: Backend<Block> + 'static,
	Block: BlockT<Hash = H256>,
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + AuxStore + Send + Sync + 'static,
	C::Api: LearningApi<Block, AccountId32> + OracleApi<Block, AccountId32>,
	E: Environment<Block> + Send + Sync,
	E::Proposer: Proposer<Block>,
	I: BlockImport<Block, Error = ConsensusError> + Send + Sync,
	P: TransactionPool<Block = Block>,
	SO: Send + Sync,
{
	async fn on_slot(&mut self, info: SlotInfo<Block>) -> Option<Block> {
		if self.params.keystore.sr25519_public_keys(KEY_TYPE).is_empty() {
			return None;
		}
		let third = info.duration / 3;
		let begun = info.ends_at.checked_sub(info.duration)?;
		Delay::new((begun + third).saturating_duration_since(Instant::now())).await;

		let claim = match self.prepare(info.slot, begun + 2 * third).await {
			Ok(Some(claim)) => claim,
			Ok(None) => {
				log::debug!(target: LOG_TARGET, "Slot {}: no key of this node may author.", info.slot);
				return None;
			}
			Err(e) => {
				log::warn!(target: LOG_TARGET, "Slot {}: no parent to build on: {e}", info.slot);
				return None;
			}
		};
		let block = self.author(claim, info.ends_at.saturating_duration_since(Instant::now())).await;
		self.params.hub.withdraw();
		block.unwrap_or_else(|e| {
			log::warn!(target: LOG_TARGET, "Slot {}: no block: {e}", info.slot);
			None
		})
	}
}
