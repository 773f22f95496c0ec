//! Puts verifier and block import behind one queue.

use crate::{clock::SlotClock, verifier::LearningVerifier};
use praxis_primitives_consensus::api::LearningApi;
use sc_client_api::BlockBackend;
use sc_consensus::{
	import_queue::{BasicQueue, BoxJustificationImport},
	BlockImport,
};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus::Error as ConsensusError;
use sp_core::{crypto::AccountId32, traits::SpawnEssentialNamed};
use sp_runtime::traits::Block as BlockT;
use std::sync::Arc;
use substrate_prometheus_endpoint::Registry;

/// What an import queue needs.
pub struct ImportQueueParams<'a, Block: BlockT, I, C, S> {
	/// The engine's block import.
	pub block_import: I,
	/// GRANDPA's justification import.
	pub justification_import: Option<BoxJustificationImport<Block>>,
	/// The client.
	pub client: Arc<C>,
	/// Tells from when on a block may be seen.
	pub clock: SlotClock,
	/// Runs the queue.
	pub spawner: &'a S,
	/// Metrics.
	pub registry: Option<&'a Registry>,
}

/// The import queue of the engine.
pub fn import_queue<Block, I, C, S>(params: ImportQueueParams<Block, I, C, S>) -> BasicQueue<Block>
where
	Block: BlockT,
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockBackend<Block> + Send + Sync + 'static,
	C::Api: LearningApi<Block, AccountId32>,
	I: BlockImport<Block, Error = ConsensusError> + Send + Sync + 'static,
	S: SpawnEssentialNamed,
{
	BasicQueue::new(
		LearningVerifier::new(params.client, params.clock),
		Box::new(params.block_import),
		params.justification_import,
		params.spawner,
		params.registry,
	)
}
