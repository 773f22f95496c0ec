//! A chain with the engine over it, as a node puts it together, without network and pool.

use crate::{text, Result};
use praxis_consensus::{
	equivocation::Equivocations, verifier::LearningVerifier, ForkChoice, LearningBlockImport, LearningSelectChain,
	SlotClock,
};
use praxis_primitives_consensus::{api::LearningApi, SlotDuration};
use praxis_runtime::{opaque::Block, Hash, RuntimeApi};
use sc_client_api::Finalizer;
use sc_client_db::{BlocksPruning, DatabaseSettings, DatabaseSource, PruningMode};
use sc_consensus::{BlockImport, BlockImportParams, ImportResult, Verifier};
use sc_consensus_grandpa::GrandpaBlockImport;
use sc_executor::WasmExecutor;
use sc_service::{
	client::{Client, LocalCallExecutor},
	config::ExecutorConfiguration,
};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus::BlockOrigin;
use sp_runtime::{traits::Block as BlockT, BuildStorage, Storage};
use std::{path::Path, sync::Arc, time::Instant};

type Backend = sc_client_db::Backend<Block>;
type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;
/// The client.
pub type FullClient = Client<Backend, LocalCallExecutor<Block, Backend, Executor>, Block, RuntimeApi>;
type SelectChain = LearningSelectChain<Backend, Block>;
type Grandpa = GrandpaBlockImport<Backend, Block, FullClient, SelectChain>;
type Import = LearningBlockImport<Backend, Block, FullClient, Grandpa>;

/// The node's default of `--trie-cache-size`.
const TRIE_CACHE: usize = 32 * 1024 * 1024;
/// The SDK's defaults of `--state-pruning`, of the delay until a branch counts as canonical, and of the period of
/// justifications in the node.
const STATE_PRUNING: u32 = 256;
const CANONICALIZATION_DELAY: u64 = 4_096;
const JUSTIFICATION_PERIOD: u32 = 512;

/// A chain.
pub struct Chain {
	/// The client.
	pub client: Arc<FullClient>,
	/// Length of a slot.
	pub slot_duration: SlotDuration,
	import: Import,
	verifier: LearningVerifier<Block, FullClient>,
}

/// How long the parts of an import took, in milliseconds.
pub struct Took {
	/// The verifier: seal, VRF, author.
	pub verify: f64,
	/// The block import: execution, fork choice, GRANDPA's bookkeeping, the database.
	pub import: f64,
}

/// Milliseconds since `begun`.
pub fn since(begun: Instant) -> f64 {
	begun.elapsed().as_secs_f64() * 1e3
}

impl Chain {
	/// A chain at its genesis: in a ParityDB in `folder`, or in memory.
	pub fn new(genesis: &Genesis, folder: Option<&Path>) -> Result<Self> {
		let Genesis { storage, executor } = genesis;
		let source = match folder {
			Some(path) => DatabaseSource::ParityDb { path: path.into() },
			None => DatabaseSource::Custom { db: Arc::new(sp_database::MemDb::default()), require_create_flag: true },
		};
		let settings = DatabaseSettings {
			trie_cache_maximum_size: Some(TRIE_CACHE),
			state_pruning: Some(PruningMode::blocks_pruning(STATE_PRUNING)),
			source,
			blocks_pruning: BlocksPruning::KeepFinalized,
			pruning_filters: Default::default(),
			metrics_registry: None,
		};
		let backend = Arc::new(Backend::new(settings, CANONICALIZATION_DELAY).map_err(text)?);
		let genesis =
			sc_service::GenesisBlockBuilder::new_with_storage(storage.clone(), true, backend.clone(), executor.clone())
				.map_err(text)?;
		let client: FullClient = sc_service::client::new_with_backend(
			backend.clone(),
			executor.clone(),
			genesis,
			Box::new(sp_core::testing::TaskExecutor::new()),
			None,
			None,
			Default::default(),
		)
		.map_err(text)?;
		let client = Arc::new(client);
		let genesis = client.info().genesis_hash;
		let slot_duration = client.runtime_api().slot_duration(genesis).map_err(text)?;
		let rule = client.runtime_api().fork_rule(genesis).map_err(text)?;
		let equivocations = Equivocations::load(&*client).map_err(text)?;
		let clock = SlotClock::system(slot_duration);
		let select_chain = LearningSelectChain::new(backend, ForkChoice { rule, equivocations }, clock.clone());
		let (grandpa, _link) = sc_consensus_grandpa::block_import(
			client.clone(),
			JUSTIFICATION_PERIOD,
			&client,
			select_chain.clone(),
			None,
		)
		.map_err(text)?;
		let import = LearningBlockImport::new(grandpa, client.clone(), select_chain).map_err(text)?;
		let verifier = LearningVerifier::new(client.clone(), clock);
		Ok(Self { client, slot_duration, import, verifier })
	}

	/// Imports a block as one from the network.
	pub fn import(&self, block: Block) -> Result<Took> {
		let (header, body) = block.deconstruct();
		let mut params = BlockImportParams::new(BlockOrigin::NetworkBroadcast, header);
		params.body = Some(body);
		let begun = Instant::now();
		let params = futures::executor::block_on(self.verifier.verify(params))?;
		let verify = since(begun);
		let begun = Instant::now();
		let result = futures::executor::block_on(self.import.import_block(params)).map_err(text)?;
		let import = since(begun);
		match result {
			ImportResult::Imported(imported) if imported.is_new_best => Ok(Took { verify, import }),
			other => Err(format!("a block did not become the head: {other:?}")),
		}
	}

	/// Finalises a block, as GRANDPA would.
	pub fn finalize(&self, hash: Hash) -> Result<()> {
		self.client.finalize_block(hash, None, true).map_err(text)
	}
}

/// What a chain starts from.
pub struct Genesis {
	storage: Storage,
	executor: Executor,
}

impl Genesis {
	/// That of a specification in a file, or of the development chain. The executor is a node's with default settings.
	pub fn new(path: Option<&Path>) -> Result<Self> {
		let spec = match path {
			Some(path) => praxis_chain_spec::ChainSpec::from_json_file(path.into())?,
			None => praxis_chain_spec::development()?,
		};
		let executor =
			sc_service::new_wasm_executor(&ExecutorConfiguration { max_runtime_instances: 4, ..Default::default() });
		Ok(Self { storage: spec.build_storage()?, executor })
	}
}
