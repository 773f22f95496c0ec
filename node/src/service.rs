//! Puts client, pool, network, consensus and finality together.

use crate::{dev_keys, finality, metrics, rpc};
use futures::FutureExt;
use praxis_consensus::{
	equivocation::Equivocations, ForkChoice, ImportQueueParams, LearningAnnounceValidator, LearningBlockImport,
	LearningSelectChain, PeerHeads, SlotClock, StartParams, WorkHub,
};
use praxis_primitives_consensus::{api::LearningApi, ForkRule, SlotDuration};
use praxis_runtime::{opaque::Block, BlockNumber, Hash, RuntimeApi};
use sc_client_api::{BlockBackend, UsageProvider};
use sc_consensus::DefaultImportQueue;
use sc_consensus_grandpa::{
	BeforeBestBlockBy, FinalityProofProvider, GrandpaBlockImport, GrandpaPruningFilter, LinkHalf, SharedVoterState,
	VotingRulesBuilder,
};
use sc_executor::WasmExecutor;
use sc_network_sync::{types::ExtendedPeerInfo, SyncingService};
use sc_service::{
	error::Error as ServiceError, BuildGenesisBlock, ChainType, Configuration, GenesisBlockBuilder, TaskManager,
	WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_api::ProvideRuntimeApi;
use sp_keystore::Keystore;
use sp_runtime::traits::Block as _;
use std::{sync::Arc, time::Duration};

/// The client.
pub type FullClient = sc_service::TFullClient<Block, RuntimeApi, Executor>;
type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;
type FullBackend = sc_service::TFullBackend<Block>;
type FullSelectChain = LearningSelectChain<FullBackend, Block>;
type FullGrandpaBlockImport = GrandpaBlockImport<FullBackend, Block, FullClient, FullSelectChain>;
type FullBlockImport = LearningBlockImport<FullBackend, Block, FullClient, FullGrandpaBlockImport>;
type FullPool = sc_transaction_pool::TransactionPoolHandle<Block, FullClient>;

/// GRANDPA tries to make a justification at least every so many blocks.
const JUSTIFICATION_PERIOD: u32 = 512;

/// Expected time of a message through the network.
const GOSSIP_DURATION: Duration = Duration::from_millis(333);

/// Voters stay so many blocks behind the head, because the head is meant to flip inside a slot.
const VOTE_BEHIND: u32 = 4;

/// What the engine's parts share.
pub struct LearningParts {
	block_import: FullBlockImport,
	grandpa_link: LinkHalf<Block, FullClient, FullSelectChain>,
	telemetry: Option<Telemetry>,
}

/// The parts of a node without network.
pub type Service = sc_service::PartialComponents<
	FullClient,
	FullBackend,
	FullSelectChain,
	DefaultImportQueue<Block>,
	FullPool,
	LearningParts,
>;

/// The genesis constants of the engine. Without a state in the database, as before a warp sync, they are
/// read from the genesis state, which is then in memory.
fn learning_constants(client: &FullClient) -> Result<(SlotDuration, ForkRule), ServiceError> {
	let chain = client.usage_info().chain;
	let at = if chain.finalized_state.is_some() { chain.best_hash } else { chain.genesis_hash };
	let api = client.runtime_api();
	let read =
		|e: sp_api::ApiError| ServiceError::Other(format!("the runtime at {at} does not serve LearningApi: {e}"));
	Ok((api.slot_duration(at).map_err(read)?, api.fork_rule(at).map_err(read)?))
}

/// The client goes on with the chain that its database holds, whatever the specification says. Where the two are not the same,
/// an operator has begun a network anew, or has another one's file, and must know it. A development chain's genesis changes
/// with the program; its database may live on.
fn check_genesis(
	config: &Configuration,
	client: &FullClient,
	backend: Arc<FullBackend>,
	executor: Executor,
) -> Result<(), ServiceError> {
	if config.chain_spec.chain_type() != ChainType::Live {
		return Ok(());
	}
	let storage = config.chain_spec.as_storage_builder();
	let (specified, _) =
		GenesisBlockBuilder::<Block, _, _>::new(storage, false, backend, executor)?.build_genesis_block()?;
	let (specified, held) = (specified.hash(), client.usage_info().chain.genesis_hash);
	if specified == held {
		return Ok(());
	}
	let folder = config.database.path().map(|path| path.display().to_string()).unwrap_or_default();
	Err(ServiceError::Other(format!(
		"the database in {folder} holds another chain than --chain says: its genesis block is {held}, that of the \
		specification {specified}. Compare the specification with others'; if it is the right one, remove that folder"
	)))
}

/// Makes the parts of a node without network.
pub fn new_partial(config: &Configuration) -> Result<Service, ServiceError> {
	let telemetry = config
		.telemetry_endpoints
		.clone()
		.filter(|endpoints| !endpoints.is_empty())
		.map(|endpoints| -> Result<_, sc_telemetry::Error> {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()?;

	let executor = sc_service::new_wasm_executor::<sp_io::SubstrateHostFunctions>(&config.executor);
	let (client, backend, keystore_container, task_manager) = sc_service::new_full_parts::<Block, RuntimeApi, _>(
		config,
		telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
		executor.clone(),
		vec![Arc::new(GrandpaPruningFilter)],
	)?;
	check_genesis(config, &client, backend.clone(), executor)?;
	let client = Arc::new(client);

	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});

	let transaction_pool = Arc::from(
		sc_transaction_pool::Builder::new(
			task_manager.spawn_essential_handle(),
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);

	let (slot_duration, rule) = learning_constants(&client)?;
	let fork_choice = ForkChoice { rule, equivocations: Equivocations::load(&*client)? };
	let clock = SlotClock::system(slot_duration);
	let select_chain = LearningSelectChain::new(backend.clone(), fork_choice, clock.clone());
	let (grandpa_block_import, grandpa_link) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		telemetry.as_ref().map(|telemetry| telemetry.handle()),
	)?;
	let block_import = LearningBlockImport::new(grandpa_block_import.clone(), client.clone(), select_chain.clone())?;
	let import_queue = praxis_consensus::import_queue(ImportQueueParams {
		block_import: block_import.clone(),
		justification_import: Some(Box::new(grandpa_block_import)),
		client: client.clone(),
		clock,
		spawner: &task_manager.spawn_essential_handle(),
		registry: config.prometheus_registry(),
	});

	Ok(sc_service::PartialComponents {
		client,
		backend,
		task_manager,
		keystore_container,
		select_chain,
		import_queue,
		transaction_pool,
		other: LearningParts { block_import, grandpa_link, telemetry },
	})
}

/// An authority without keys is idle: says so, and what to do.
fn tell_missing_keys(keystore: &dyn Keystore) {
	if keystore.sr25519_public_keys(praxis_primitives_consensus::KEY_TYPE).is_empty() {
		log::warn!(
			"🔑 This node authors no blocks: its keystore has no author's key. Make one with the RPC \
			 author_rotateKeysWithOwner(account) and send workers.registerAuthor(keys, proof) from that account."
		);
	}
	if keystore.ed25519_public_keys(sp_core::crypto::key_types::GRANDPA).is_empty() {
		log::info!("🔑 This node does not vote on finality: its keystore has no GRANDPA key.");
	}
}

/// Starts a node.
pub fn new_full<N: sc_network::NetworkBackend<Block, <Block as sp_runtime::traits::Block>::Hash>>(
	config: Configuration,
) -> Result<TaskManager, ServiceError> {
	dev_keys::check(&config)?;
	let sc_service::PartialComponents {
		client,
		backend,
		mut task_manager,
		keystore_container,
		select_chain,
		import_queue,
		transaction_pool,
		other: LearningParts { block_import, grandpa_link, mut telemetry },
	} = new_partial(&config)?;
	dev_keys::insert(&config, &*keystore_container.keystore())?;

	let registry = config.prometheus_registry().cloned();
	let network_metrics = N::register_notification_metrics(registry.as_ref());
	let mut net_config =
		sc_network::config::FullNetworkConfiguration::<_, _, N>::new(&config.network, registry.clone());
	let genesis_hash = client.block_hash(0)?.ok_or_else(|| ServiceError::Other("no genesis block".into()))?;
	let grandpa_protocol_name = sc_consensus_grandpa::protocol_standard_name(&genesis_hash, &config.chain_spec);
	let (grandpa_protocol_config, grandpa_notification_service) = sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(
		grandpa_protocol_name.clone(),
		network_metrics.clone(),
		net_config.peer_store_handle(),
	);
	net_config.add_notification_protocol(grandpa_protocol_config);

	let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		backend.clone(),
		grandpa_link.shared_authority_set().clone(),
		Vec::default(),
	));
	let announce_validator = LearningAnnounceValidator::new(&block_import);
	let (network, system_rpc_tx, tx_handler_controller, sync_service, _bitswap) =
		sc_service::build_network(sc_service::BuildNetworkParams {
			config: &config,
			net_config,
			client: client.clone(),
			transaction_pool: transaction_pool.clone(),
			spawn_handle: task_manager.spawn_handle(),
			spawn_essential_handle: task_manager.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: Some(Box::new(move |_| Box::new(announce_validator))),
			warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
			block_relay: None,
			metrics: network_metrics,
			gap_sync_body_policy: None,
		})?;

	let role = config.role;
	let name = config.network.node_name.clone();
	let enable_grandpa = !config.disable_grandpa;
	let force_authoring = config.force_authoring;
	let hub = WorkHub::default();
	let voter_state = SharedVoterState::empty();

	let rpc_builder = {
		let client = client.clone();
		let pool = transaction_pool.clone();
		let hub = hub.clone();
		let authority_set = grandpa_link.shared_authority_set().clone();
		let justifications = grandpa_link.justification_stream();
		let proofs = FinalityProofProvider::new_for_service(backend.clone(), Some(authority_set.clone()));
		let voter_state = voter_state.clone();
		Box::new(move |executor| {
			let grandpa = rpc::GrandpaDeps {
				voter_state: voter_state.clone(),
				authority_set: authority_set.clone(),
				justifications: justifications.clone(),
				proofs: proofs.clone(),
			};
			let (client, pool, hub) = (client.clone(), pool.clone(), hub.clone());
			rpc::create_full(rpc::FullDeps { client, pool, hub, grandpa, executor }).map_err(Into::into)
		})
	};
	sc_service::spawn_tasks(sc_service::SpawnTasksParams {
		config,
		client: client.clone(),
		backend,
		task_manager: &mut task_manager,
		keystore: keystore_container.keystore(),
		transaction_pool: transaction_pool.clone(),
		rpc_builder,
		network: network.clone(),
		system_rpc_tx,
		tx_handler_controller,
		sync_service: sync_service.clone(),
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	task_manager.spawn_handle().spawn(
		"finality-lag",
		None,
		finality::watch::<Block, _>(client.clone(), registry.clone()).boxed(),
	);

	task_manager.spawn_handle().spawn(
		"praxis-metrics",
		None,
		metrics::watch(
			client.clone(),
			transaction_pool.clone(),
			block_import.equivocations().clone(),
			hub.clone(),
			registry.clone(),
		)
		.boxed(),
	);

	task_manager.spawn_handle().spawn("head", None, praxis_consensus::follow_finality(block_import.clone()).boxed());

	if role.is_authority() {
		tell_missing_keys(&*keystore_container.keystore());
		let proposer_factory = sc_basic_authorship::ProposerFactory::new(
			task_manager.spawn_handle(),
			client.clone(),
			transaction_pool.clone(),
			registry.as_ref(),
			telemetry.as_ref().map(|telemetry| telemetry.handle()),
		);
		let authoring = praxis_consensus::start_learning(StartParams {
			client: client.clone(),
			select_chain,
			block_import,
			proposer_factory,
			pool: transaction_pool.clone(),
			sync_oracle: sync_service.clone(),
			peer_heads: peer_heads(sync_service.clone()),
			force_authoring,
			keystore: keystore_container.keystore(),
			hub,
		});
		// A node that can no longer author is better shut down than kept running.
		task_manager.spawn_essential_handle().spawn_blocking("learning", Some("block-authoring"), authoring);
	}

	if enable_grandpa {
		let grandpa_config = sc_consensus_grandpa::Config {
			gossip_duration: GOSSIP_DURATION,
			justification_generation_period: JUSTIFICATION_PERIOD,
			name: Some(name),
			observer_enabled: false,
			keystore: role.is_authority().then(|| keystore_container.keystore()),
			local_role: role,
			telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
			protocol_name: grandpa_protocol_name,
		};
		// Also without a key: the voter is what follows finality.
		let voter = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
			config: grandpa_config,
			link: grandpa_link,
			network,
			sync: Arc::new(sync_service),
			notification_service: grandpa_notification_service,
			voting_rule: VotingRulesBuilder::default().add(BeforeBestBlockBy(VOTE_BEHIND)).build(),
			prometheus_registry: registry,
			shared_voter_state: voter_state,
			telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(transaction_pool),
		})?;
		task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
	}

	Ok(task_manager)
}

/// What the full peers announced as their best blocks.
fn peer_heads(sync: Arc<SyncingService<Block>>) -> PeerHeads<Block> {
	Arc::new(move || {
		let sync = sync.clone();
		async move { heads_of(sync.peers_info().await.unwrap_or_default()) }.boxed()
	})
}

/// The heads of the full peers among `peers`. Of a light one the node knows what it said when it connected, whoever it is:
/// its announcements are not looked at, nobody asks it for a block, and there is room for a hundred.
fn heads_of<Id>(peers: Vec<(Id, ExtendedPeerInfo<Block>)>) -> Vec<(Hash, BlockNumber)> {
	let full = peers.into_iter().filter(|(_, peer)| peer.roles.is_full());
	full.map(|(_, peer)| (peer.best_hash, peer.best_number)).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use sc_network::Roles;

	#[test]
	fn heads_of_light_peers_should_not_count() {
		let peer =
			|roles, number| ((), ExtendedPeerInfo { roles, best_hash: Hash::repeat_byte(7), best_number: number });
		let peers = vec![peer(Roles::LIGHT, 1), peer(Roles::FULL, 2), peer(Roles::NONE, 3), peer(Roles::AUTHORITY, 4)];
		let numbers: Vec<BlockNumber> = heads_of(peers).into_iter().map(|(_, number)| number).collect();
		assert_eq!(numbers, [2, 4]);
	}
}
