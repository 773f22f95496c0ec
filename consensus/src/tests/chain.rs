//! A chain of the `local` preset: the client's own database code over a table in memory, or over a ParityDB as nodes have it.

use crate::{
	equivocation::Equivocations, verifier::LearningVerifier, ForkChoice, LearningAnnounceValidator,
	LearningBlockImport, LearningSelectChain, SlotClock,
};
use codec::Decode;
use frame_system_rpc_runtime_api::AccountNonceApi;
use praxis_environment::{rollout, AnyState, Real, Seed};
use praxis_primitives_consensus::{
	api::{LearningApi, OracleApi},
	digests::PreDigest,
	vrf::{self, Draws},
	AuthorId, ForkRule, LearningDigest, SlotDuration,
};
use praxis_runtime::{opaque::Block, Hash, Header, RuntimeApi};
use sc_block_builder::BlockBuilderBuilder;
use sc_client_api::Finalizer;
use sc_client_db::{BlocksPruning, DatabaseSettings, DatabaseSource, PruningMode};
use sc_consensus::{BlockImport, BlockImportParams, ForkChoiceStrategy, ImportResult, Verifier};
use sc_executor::WasmExecutor;
use sc_service::client::{Client, LocalCallExecutor};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus::BlockOrigin;
use sp_consensus_slots::Slot;
use sp_core::{crypto::VrfSecret, storage::Storage, Pair};
use sp_inherents::InherentData;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT},
	AccountId32, BuildStorage, Digest, DigestItem, OpaqueExtrinsic,
};
use sp_timestamp::Timestamp;
use std::{
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, OnceLock,
	},
	time::{Duration, Instant},
};
use tempfile::TempDir;

pub type Backend = sc_client_db::Backend<Block>;
pub type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;
pub type FullClient = Client<Backend, LocalCallExecutor<Block, Backend, Executor>, Block, RuntimeApi>;
pub type Import = LearningBlockImport<Backend, Block, FullClient, Arc<FullClient>>;

/// How the author of a test block picks its actions.
#[derive(Clone, Copy)]
pub enum Actions {
	/// No submission.
	None,
	/// The best of many random sequences.
	Good,
	/// The worst of many random sequences.
	Bad,
}

/// A chain and the engine over it.
pub struct Chain {
	pub client: Arc<FullClient>,
	pub backend: Arc<Backend>,
	pub select_chain: LearningSelectChain<Backend, Block>,
	pub import: Import,
	pub verifier: LearningVerifier<Block, FullClient>,
	pub fork_choice: ForkChoice,
	pub slot_duration: SlotDuration,
	pub clock: SlotClock,
	/// What the clock shows instead of the time, in milliseconds of Unix time; 0 for the time itself.
	shown: Arc<AtomicU64>,
	/// Where the database is, if it is on the disk. Dropped last.
	folder: Option<Arc<TempDir>>,
}

fn storage_of(preset: Result<praxis_chain_spec::ChainSpec, String>) -> Storage {
	preset.expect("the preset builds").build_storage().expect("genesis builds")
}

/// The genesis is made once, as the preset's builder compiles the runtime for it.
fn local() -> Storage {
	static LOCAL: OnceLock<Storage> = OnceLock::new();
	LOCAL.get_or_init(|| storage_of(praxis_chain_spec::local())).clone()
}

fn open(source: DatabaseSource) -> sp_blockchain::Result<Arc<Backend>> {
	let settings = DatabaseSettings {
		trie_cache_maximum_size: None,
		state_pruning: Some(PruningMode::blocks_pruning(256)),
		source,
		blocks_pruning: BlocksPruning::KeepAll,
		pruning_filters: Default::default(),
		metrics_registry: None,
	};
	Backend::new(settings, 4096).map(Arc::new)
}

pub fn id(author: Sr25519Keyring) -> AuthorId {
	author.public().into()
}

impl Chain {
	pub fn new() -> Self {
		Self::with_rule(ForkRule::Cumulative)
	}

	pub fn with_rule(rule: ForkRule) -> Self {
		Self::with_genesis(rule, local(), true)
	}

	/// In a ParityDB on the disk.
	pub fn on_disk() -> Self {
		let folder = tempfile::Builder::new().prefix("praxis-consensus-").tempdir().expect("a temporary folder");
		Self::in_folder(Arc::new(folder), ForkRule::Cumulative)
	}

	fn in_folder(folder: Arc<TempDir>, rule: ForkRule) -> Self {
		let source = || DatabaseSource::ParityDb { path: folder.path().into() };
		// Who had it open before may not be through with closing it: a task of the client holds on to it for a moment.
		let begun = Instant::now();
		let backend = loop {
			match open(source()) {
				Ok(backend) => break backend,
				Err(e) => assert!(begun.elapsed() < Duration::from_secs(60), "the database does not open: {e}"),
			}
			std::thread::sleep(Duration::from_millis(1));
		};
		Self { folder: Some(folder), ..Self::over(backend, rule, local(), true) }
	}

	/// A database without the state at genesis, as a node begins that will fetch a later state.
	pub fn without_state() -> Self {
		Self::with_genesis(ForkRule::Cumulative, storage_of(praxis_chain_spec::local()), false)
	}

	/// The `dev` preset, which has one author: Alice.
	pub fn of_one_author() -> Self {
		Self::with_genesis(ForkRule::Cumulative, storage_of(praxis_chain_spec::development()), true)
	}

	fn with_genesis(rule: ForkRule, storage: Storage, with_state: bool) -> Self {
		let source = DatabaseSource::Custom { db: Arc::new(sp_database::MemDb::default()), require_create_flag: true };
		Self::over(open(source).expect("a database in memory opens"), rule, storage, with_state)
	}

	fn over(backend: Arc<Backend>, rule: ForkRule, storage: Storage, with_state: bool) -> Self {
		// One executor for all tests: it compiles the runtime once.
		static EXECUTOR: OnceLock<Executor> = OnceLock::new();
		let executor = EXECUTOR.get_or_init(|| Executor::builder().build()).clone();
		let genesis =
			sc_service::GenesisBlockBuilder::new_with_storage(storage, with_state, backend.clone(), executor.clone())
				.expect("genesis builds");
		let client: FullClient = sc_service::client::new_with_backend(
			backend.clone(),
			executor,
			genesis,
			Box::new(sp_core::testing::TaskExecutor::new()),
			None,
			None,
			Default::default(),
		)
		.expect("the client starts");
		Self::engine(Arc::new(client), backend, rule)
	}

	/// The engine over a database, as after a start.
	fn engine(client: Arc<FullClient>, backend: Arc<Backend>, rule: ForkRule) -> Self {
		let genesis_hash = client.info().genesis_hash;
		let slot_duration = client.runtime_api().slot_duration(genesis_hash).expect("runtime has the engine's API");
		let shown = Arc::new(AtomicU64::new(0));
		let face = shown.clone();
		let clock = SlotClock::with_time(slot_duration, move || match face.load(Ordering::Relaxed) {
			0 => Timestamp::current(),
			milliseconds => Timestamp::new(milliseconds),
		});
		let equivocations = Equivocations::load(&*client).expect("the database reads");
		let fork_choice = ForkChoice { rule, equivocations };
		let select_chain = LearningSelectChain::new(backend.clone(), fork_choice.clone(), clock.clone());
		let import =
			LearningBlockImport::new(client.clone(), client.clone(), select_chain.clone()).expect("the database reads");
		let verifier = LearningVerifier::new(client.clone(), clock.clone());
		Self { client, backend, select_chain, import, verifier, fork_choice, slot_duration, clock, shown, folder: None }
	}

	/// The same database after a restart: nothing that was in memory is left.
	pub fn restarted(&self) -> Self {
		let again = Self::engine(self.client.clone(), self.backend.clone(), self.fork_choice.rule);
		again.shown.store(self.shown.load(Ordering::Relaxed), Ordering::Relaxed);
		Self { folder: self.folder.clone(), ..again }
	}

	/// The same database on the disk, closed and opened again.
	pub fn reopened(self) -> Self {
		let (folder, rule) = (self.folder.clone().expect("it is on the disk"), self.fork_choice.rule);
		drop(self);
		Self::in_folder(folder, rule)
	}

	/// Stops the clock so many milliseconds after `slot` has begun.
	pub fn set_clock(&self, slot: Slot, milliseconds: u64) {
		self.shown.store(self.clock.begins(slot).as_millis() + milliseconds, Ordering::Relaxed);
	}

	/// Milliseconds after the beginning of a slot from which on its block may be seen.
	pub fn public_after(&self) -> u64 {
		(self.clock.public_from(Slot::from(1)).as_millis()) - self.clock.begins(Slot::from(1)).as_millis()
	}

	/// What looks at announcements.
	pub fn announcements(&self) -> LearningAnnounceValidator<Backend, Block, FullClient> {
		LearningAnnounceValidator::new(&self.import)
	}

	/// The client's own idea of the head.
	pub fn client_best(&self) -> Hash {
		self.client.info().best_hash
	}

	pub fn genesis(&self) -> Hash {
		self.client.info().genesis_hash
	}

	pub fn best(&self) -> Hash {
		self.select_chain.best_header().expect("there is a head").hash()
	}

	/// A slot in the past: `n` after a base that every call of one test shares.
	pub fn slot(&self, n: u64) -> Slot {
		// By the time, whatever the node's clock shows.
		let now = Slot::from_timestamp(Timestamp::current(), self.slot_duration);
		// Rounded so that a test that straddles a boundary still sees one base.
		Slot::from(*now / 128 * 128 - 256 + n)
	}

	pub fn pre_digest(&self, parent: Hash, author: Sr25519Keyring, slot: Slot) -> PreDigest {
		let randomness = self.client.runtime_api().randomness(parent).expect("randomness is there");
		let vrf = author.pair().vrf_sign(&vrf::sign_data(&randomness, slot));
		PreDigest { author: id(author), slot, vrf }
	}

	/// Actions and their exact reward for a block of `author` on `parent`.
	pub fn actions(&self, parent: Hash, author: Sr25519Keyring, slot: Slot, how: Actions) -> (Vec<u8>, Real) {
		let api = self.client.runtime_api();
		let environment = api.environment(parent).expect("oracle is there");
		let start = api.state(parent).expect("oracle is there");
		let state = AnyState::decode(&mut &start.state[..]).expect("state decodes");
		let randomness = api.randomness(parent).expect("randomness is there");
		let pre = self.pre_digest(parent, author, slot);
		let draws = Draws::new(&pre.author, &randomness, slot, &pre.vrf.pre_output).expect("own output decodes");
		let mut generator = 0x9e37_79b9_7f4a_7c15u64;
		let mut random = move || {
			generator = generator.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
			((generator >> 33) % u64::from(environment.actions)) as u8
		};
		let steps = environment.steps_per_block as usize;
		// Random sequences, and some that push one way for long, which is what gains and loses most.
		let mut tries: Vec<(Real, Vec<u8>)> = (0..256)
			.map(|n| {
				let held = 1 << (n % 6);
				let mut action = random();
				let actions: Vec<u8> = (0..steps)
					.map(|step| {
						if step % held == 0 {
							action = random();
						}
						action
					})
					.collect();
				let reward = rollout(&state, &Seed(draws.noise), &actions).expect("actions are in range").reward;
				(reward, actions)
			})
			.collect();
		tries.sort();
		let (reward, actions) = match how {
			Actions::Bad => tries.swap_remove(0),
			_ => tries.pop().expect("there are tries"),
		};
		(actions, reward)
	}

	/// The signed submission of `signer` for a block on `parent` in `slot`.
	pub fn submission(
		&self,
		parent: Hash,
		signer: Sr25519Keyring,
		slot: Slot,
		actions: Vec<u8>,
		reward: Real,
	) -> OpaqueExtrinsic {
		let step = self.client.runtime_api().state(parent).expect("oracle is there").step;
		self.signed(
			parent,
			signer,
			praxis_runtime::RuntimeCall::Oracle(pallet_oracle::Call::submit_transitions {
				parent,
				slot,
				attempt: 0,
				step,
				actions: actions.try_into().expect("K is within the bound"),
				reward,
				policy_hash: Default::default(),
			}),
		)
	}

	/// `call` signed by `signer` with its nonce at `parent`.
	pub fn signed(&self, parent: Hash, signer: Sr25519Keyring, call: praxis_runtime::RuntimeCall) -> OpaqueExtrinsic {
		let account: AccountId32 = signer.to_account_id();
		let nonce = self.client.runtime_api().account_nonce(parent, account).expect("nonce is there");
		praxis_runtime::sign_extrinsic(&signer.pair(), call, nonce, self.genesis()).into()
	}

	/// An unsealed block with `extrinsics`, and what it was built from.
	pub fn build(
		&self,
		parent: Hash,
		pre: &PreDigest,
		extrinsics: Vec<OpaqueExtrinsic>,
	) -> Result<(Header, Vec<OpaqueExtrinsic>), sp_blockchain::Error> {
		let number = self.client.number(parent)?.expect("parent is known");
		let mut builder = BlockBuilderBuilder::new(&*self.client)
			.on_parent_block(parent)
			.with_parent_block_number(number)
			.with_inherent_digests(Digest { logs: vec![DigestItem::learning_pre_digest(pre)] })
			.build()?;
		let mut data = InherentData::new();
		let timestamp = pre.slot.timestamp(self.slot_duration).expect("fits");
		data.put_data(sp_timestamp::INHERENT_IDENTIFIER, &timestamp).expect("encodes");
		for inherent in builder.create_inherents(data)? {
			builder.push(inherent)?;
		}
		for extrinsic in extrinsics {
			builder.push(extrinsic)?;
		}
		Ok(builder.build()?.block.deconstruct())
	}

	/// Seals `header` with the key of `author`.
	pub fn seal(&self, mut header: Header, author: Sr25519Keyring) -> Header {
		let signature = author.pair().sign(header.hash().as_ref());
		header.digest_mut().push(DigestItem::learning_seal(&signature.into()));
		header
	}

	/// A sealed block of `author` on `parent`.
	pub fn block(&self, parent: Hash, author: Sr25519Keyring, slot: Slot, how: Actions) -> Block {
		let extrinsics = match how {
			Actions::None => vec![],
			_ => {
				let (actions, reward) = self.actions(parent, author, slot, how);
				vec![self.submission(parent, author, slot, actions, reward)]
			}
		};
		let (header, body) =
			self.build(parent, &self.pre_digest(parent, author, slot), extrinsics).expect("the block builds");
		Block::new(self.seal(header, author), body)
	}

	/// Imports as from the network. Says whether it became the head.
	pub async fn import(&self, block: Block) -> Result<bool, String> {
		let params = self.verified(block).await?;
		match self.import.import_block(params).await.map_err(|e| e.to_string())? {
			ImportResult::Imported(aux) => Ok(aux.is_new_best),
			other => Err(format!("{other:?}")),
		}
	}

	/// Stores a block from the network; then the node dies, before the engine has had a look at what it stored.
	pub async fn store(&self, block: Block) -> Result<(), String> {
		let mut params = self.verified(block).await?;
		params.fork_choice = Some(ForkChoiceStrategy::LongestChain);
		self.client.import_block(params).await.map(drop).map_err(|e| e.to_string())
	}

	async fn verified(&self, block: Block) -> Result<BlockImportParams<Block>, String> {
		let (header, body) = block.deconstruct();
		let mut params = BlockImportParams::new(BlockOrigin::NetworkBroadcast, header);
		params.body = Some(body);
		self.verifier.verify(params).await
	}

	/// Makes and imports a block; returns its hash.
	pub async fn extend(&self, parent: Hash, author: Sr25519Keyring, slot: Slot, how: Actions) -> Hash {
		let block = self.block(parent, author, slot, how);
		let hash = block.hash();
		self.import(block).await.expect("an honest block imports");
		hash
	}

	pub fn finalize(&self, hash: Hash) {
		self.client.finalize_block(hash, None, true).expect("the block finalises");
	}

	/// The header as imported, with its seal.
	pub fn header(&self, hash: Hash) -> Header {
		self.client.header(hash).expect("the database reads").expect("known")
	}
}
