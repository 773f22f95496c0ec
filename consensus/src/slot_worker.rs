//! Authoring. A slot has three parts:
//!
//! 1. The parent settles: candidates of the slot before arrive and compete.
//! 2. The worker is asked for transitions, again whenever the parent changes. The author waits for the end of this
//!    part even when the answer is there: a block that is sent early moves the pools of the others to it, and their
//!    workers' submissions for the same parent would be refused. What is early nobody takes ([`crate::clock`]).
//! 3. The block is built, with or without transitions; if a better one is there already it is dropped, else it is
//!    sealed and sent.
//!
//! A node without peers does not author where others could ([`StartParams::force_authoring`]): it would only make a
//! fork that the others have to throw away. Nor does one that does not know its peers' heads ([`crate::peer_heads`]).

use crate::{
	aux_schema,
	clock::{SlotClock, BUILD_AFTER, SLOT_PARTS},
	peer_heads::{Heads, UnknownHeads},
	Error, LearningSelectChain, PeerHeads, Work, WorkHub, LOG_TARGET,
};
use futures::{future::FutureExt, select_biased, Future, StreamExt};
use futures_timer::Delay;
use praxis_environment::{score, Real};
use praxis_primitives_consensus::{
	api::{LearningApi, OracleApi},
	digests::{find_pre_digest, find_score, PreDigest},
	vrf::{self, Draws, Randomness},
	AuthorId, ForkRule, ForkScore, LearningDigest, KEY_TYPE,
};
use sc_client_api::{AuxStore, Backend, BlockchainEvents};
use sc_consensus::{BlockImport, BlockImportParams, StateAction, StorageChanges};
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

/// Longest wait for the peers' heads.
const HEADS_WAIT: Duration = Duration::from_millis(200);

/// What authoring needs.
pub struct StartParams<BE, Block: BlockT, C, E, I, P, SO> {
	/// The client.
	pub client: Arc<C>,
	/// Chooses the head, and knows the time.
	pub select_chain: LearningSelectChain<BE, Block>,
	/// The engine's block import.
	pub block_import: I,
	/// Makes proposers.
	pub proposer_factory: E,
	/// Where the worker's transitions arrive.
	pub pool: Arc<P>,
	/// Tells whether the node is far behind or alone.
	pub sync_oracle: SO,
	/// Tells what the peers build on.
	pub peer_heads: PeerHeads<Block>,
	/// Author also without peers, or without their heads, where there are other authors.
	pub force_authoring: bool,
	/// Holds the author's key.
	pub keystore: KeystorePtr,
	/// Takes work to the worker.
	pub hub: WorkHub,
}

/// Authors blocks until dropped.
pub async fn start_learning<BE, Block, C, E, I, P, SO>(params: StartParams<BE, Block, C, E, I, P, SO>)
where
	BE: Backend<Block> + 'static,
	Block: BlockT<Hash = H256>,
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + AuxStore + Send + Sync + 'static,
	C::Api: LearningApi<Block, AccountId32> + OracleApi<Block, AccountId32>,
	E: Environment<Block> + Send + Sync + 'static,
	E::Proposer: Proposer<Block>,
	I: BlockImport<Block, Error = ConsensusError> + Send + Sync + 'static,
	P: TransactionPool<Block = Block> + 'static,
	SO: SyncOracle + Send + Sync + 'static,
{
	let clock = params.select_chain.clock().clone();
	let mut worker = LearningWorker::new(params);
	let mut last = clock.slot();
	loop {
		let slot = clock.slot();
		if slot == last {
			// In steps: the clock may be set meanwhile, forwards and backwards.
			Delay::new(clock.until(clock.begins(slot + 1)).clamp(Duration::from_millis(1), Duration::from_secs(1)))
				.await;
			continue;
		}
		last = slot;
		if worker.params.sync_oracle.is_major_syncing() {
			log::debug!(target: LOG_TARGET, "Slot {slot}: no block, the node is catching up.");
			continue;
		}
		worker.on_slot(slot).await;
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

/// Authors one block a slot.
pub(crate) struct LearningWorker<BE, Block: BlockT, C, E, I, P, SO> {
	params: StartParams<BE, Block, C, E, I, P, SO>,
	clock: SlotClock,
	/// Whether it was said that the node waits for peers.
	waits: bool,
	unknown_heads: UnknownHeads<Block>,
	/// Whether it was said that the node waits for the peers' heads.
	is_blind: bool,
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
	SO: SyncOracle + Send + Sync,
{
	pub(crate) fn new(params: StartParams<BE, Block, C, E, I, P, SO>) -> Self {
		let clock = params.select_chain.clock().clone();
		Self { params, clock, waits: false, unknown_heads: UnknownHeads::default(), is_blind: false }
	}

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

	/// The reward that `extrinsic` claims, if it is the transitions of `claim`.
	fn answer(&self, claim: &Claim<Block::Header>, extrinsic: &Block::Extrinsic) -> Option<Real> {
		let at = claim.parent.hash();
		match self.params.client.runtime_api().submission(at, extrinsic.clone()) {
			Ok(Some(submission)) => {
				let fits =
					submission.signer == claim.account && submission.parent == at && submission.slot == claim.pre.slot;
				fits.then_some(submission.reward)
			}
			Ok(None) => None,
			Err(e) => {
				log::debug!(target: LOG_TARGET, "Could not read an extrinsic of the pool: {e}");
				None
			}
		}
	}

	/// The best reward among the answers to `claim` in the pool, if there is one. Waits for the pool's view.
	async fn answered(&self, claim: &Claim<Block::Header>, wait: Duration) -> Option<Real> {
		let ready = self.params.pool.ready_at_with_timeout(claim.parent.hash(), wait).await;
		ready.into_iter().filter_map(|tx| self.answer(claim, tx.data())).max()
	}

	/// Claims the slot and waits for the worker, afresh whenever the parent changes, until `build` is ready. The worker
	/// is told that this is at `deadline`, in milliseconds of Unix time.
	async fn prepare(
		&self,
		slot: Slot,
		deadline: u64,
		build: impl Future<Output = ()> + Send,
	) -> Result<Option<Claim<Block::Header>>, Error> {
		let mut imports = self.params.client.import_notification_stream().fuse();
		let mut build = Box::pin(build).fuse();
		let mut parent = self.settle(slot)?;
		let mut claims: Vec<Claim<Block::Header>> = Vec::new();
		'parent: loop {
			let at = parent.hash();
			claims.retain(|claim| claim.parent.hash() != at);
			let Some(claim) = self.claim(slot, parent)? else {
				// A block on a former parent has its time, too: earlier nobody would take it.
				if !claims.is_empty() {
					build.await;
				}
				return self.choose(claims).await;
			};
			// Once the pool has its view of the parent, submissions for it are valid.
			let wait = Duration::from_millis(deadline.saturating_sub(unix_millis())).min(VIEW_WAIT);
			if self.answered(&claim, wait).await.is_none() {
				self.offer(&claim, deadline)?;
			}
			claims.push(claim);
			loop {
				select_biased! {
					_ = build => return self.choose(claims).await,
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

	/// Of the claims of this slot the one that promises most, the latest among equals.
	///
	/// A richer sibling of the parent may come when the worker has no time for a second answer, perhaps because its
	/// author kept it back until then. A block on the former parent with its transitions can still be the better one.
	async fn choose(&self, mut claims: Vec<Claim<Block::Header>>) -> Result<Option<Claim<Block::Header>>, Error> {
		if claims.len() < 2 {
			return Ok(claims.pop());
		}
		let mut best = None;
		for claim in claims {
			let promise = self.promise(&claim).await?;
			if best.as_ref().is_none_or(|(greatest, _)| promise >= *greatest) {
				best = Some((promise, claim));
			}
		}
		Ok(best.map(|(_, claim)| claim))
	}

	/// Height of the parent of `claim`, and the reward that a block on it will be judged by.
	async fn promise(&self, claim: &Claim<Block::Header>) -> Result<(u64, Real), Error> {
		let reward = self.answered(claim, Duration::ZERO).await.map_or(Real::ZERO, score);
		let parent = self.params.select_chain.compare(&claim.parent)?.score;
		Ok(match self.params.select_chain.fork_choice().rule {
			ForkRule::Cumulative => (parent.number, parent.reward.saturating_add(reward)),
			ForkRule::LastReward => (parent.number, reward),
		})
	}

	/// Builds on `claim`, and seals unless the best head is better already.
	async fn author(&mut self, claim: Claim<Block::Header>, remaining: Duration) -> Result<Option<Block>, String> {
		let slot = claim.pre.slot;
		let mut inherent_data = InherentData::new();
		// The start of the slot: nobody can shade it.
		let timestamp = slot.timestamp(self.clock.slot_duration()).ok_or("the slot's timestamp overflows")?;
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

		let compared = self.params.select_chain.compare(&header).map_err(|e| e.to_string())?;
		if !is_worth_sealing(&compared.score, &compared.best_score) {
			log::info!(
				target: LOG_TARGET,
				"🥈 Slot {slot}: dropped a candidate #{} of reward {reward}; {} is better.",
				header.number(), compared.best.hash(),
			);
			return Ok(None);
		}

		// A restart must not seal a second block for this slot.
		let finalized = self.params.select_chain.finalized_slot().map_err(|e| e.to_string())?;
		if !aux_schema::claim_slot(&*self.params.client, &claim.key, slot, finalized).map_err(|e| e.to_string())? {
			return Err(format!("{} has already sealed slot {slot}", claim.key));
		}

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

	/// The full peers' heads. Who is too busy to tell gives none, which says nothing against authoring.
	async fn heads(&self) -> Option<Heads<Block>> {
		select_biased! {
			heads = (self.params.peer_heads)().fuse() => Some(heads),
			() = Delay::new(HEADS_WAIT).fuse() => None,
		}
	}

	/// Whether the node has to wait for peers: others may author, and none of them is heard. Light peers tell nothing.
	fn waits_for_peers(&mut self, heads: Option<&Heads<Block>>) -> Result<bool, Error> {
		let offline = self.params.sync_oracle.is_offline() || heads.is_some_and(Vec::is_empty);
		let alone = !self.params.force_authoring && offline;
		let head = self.params.select_chain.best_header()?.hash();
		let waits = alone && self.params.client.runtime_api().author_count(head)? > 1;
		if waits && !self.waits {
			log::warn!(
				target: LOG_TARGET,
				"No peers: no blocks are authored until there are some. With --force-authoring they are.",
			);
		}
		self.waits = waits;
		Ok(waits)
	}

	/// Whether the node has to wait for the blocks that its peers build on.
	fn waits_for_heads(&mut self, heads: Heads<Block>) -> bool {
		let waits = self.unknown_heads.waits(&*self.params.client, heads) && !self.params.force_authoring;
		if waits && !self.is_blind {
			log::warn!(
				target: LOG_TARGET,
				"Peers build on blocks that did not arrive: no blocks are authored until they do, for a few minutes at most.",
			);
		}
		self.is_blind = waits;
		waits
	}

	/// Authors a block of `slot`, which has begun.
	pub(crate) async fn on_slot(&mut self, slot: Slot) -> Option<Block> {
		if self.params.keystore.sr25519_public_keys(KEY_TYPE).is_empty() {
			return None;
		}
		let heads = self.heads().await;
		match self.waits_for_peers(heads.as_ref()) {
			Ok(false) => (),
			Ok(true) => return None,
			Err(e) => {
				log::warn!(target: LOG_TARGET, "Slot {slot}: no head to build on: {e}");
				return None;
			}
		}
		if self.waits_for_heads(heads.unwrap_or_default()) {
			return None;
		}
		let duration = self.clock.slot_duration().as_duration();
		let part = duration / SLOT_PARTS as u32;
		let passed = duration.saturating_sub(self.clock.until(self.clock.begins(slot + 1)));
		let begun = Instant::now().checked_sub(passed)?;
		Delay::new((begun + part).saturating_duration_since(Instant::now())).await;

		let until = (begun + part * BUILD_AFTER as u32).saturating_duration_since(Instant::now());
		let deadline = unix_millis() + until.as_millis() as u64;
		self.author_when(slot, deadline, Delay::new(until), begun + duration).await
	}

	/// Authors a block of `slot` when `build` is ready; the slot ends at `ends`.
	pub(crate) async fn author_when(
		&mut self,
		slot: Slot,
		deadline: u64,
		build: impl Future<Output = ()> + Send,
		ends: Instant,
	) -> Option<Block> {
		let claim = match self.prepare(slot, deadline, build).await {
			Ok(Some(claim)) => claim,
			Ok(None) => {
				log::debug!(target: LOG_TARGET, "Slot {slot}: no key of this node may author.");
				return None;
			}
			Err(e) => {
				log::warn!(target: LOG_TARGET, "Slot {slot}: no parent to build on: {e}");
				return None;
			}
		};
		let block = self.author(claim, ends.saturating_duration_since(Instant::now())).await;
		self.params.hub.withdraw();
		block.unwrap_or_else(|e| {
			log::warn!(target: LOG_TARGET, "Slot {slot}: no block: {e}");
			None
		})
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
