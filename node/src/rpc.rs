//! What the node serves beside the standard RPC: `system_*`, `payment_*`, `grandpa_*`, `learning_*`.

use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use praxis_consensus::{
	rpc::{LearningApiServer, LearningRpc},
	WorkHub,
};
use praxis_runtime::{opaque::Block, AccountId, Balance, BlockNumber, Hash, Nonce};
use sc_client_api::Backend;
use sc_consensus_grandpa::{FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sc_transaction_pool_api::TransactionPool;
use sp_api::ProvideRuntimeApi;
use sp_block_builder::BlockBuilder;
use sp_blockchain::{Error as BlockChainError, HeaderBackend, HeaderMetadata};
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// What the finality gadget shares with the RPC.
pub struct GrandpaDeps<B> {
	/// Rounds of this node's voter.
	pub voter_state: SharedVoterState,
	/// Who votes.
	pub authority_set: SharedAuthoritySet<Hash, BlockNumber>,
	/// Justifications as they come.
	pub justifications: GrandpaJustificationStream<Block>,
	/// Proves that blocks are final.
	pub proofs: Arc<FinalityProofProvider<B, Block>>,
}

/// What the RPC reads.
pub struct FullDeps<C, P, B> {
	/// The client.
	pub client: Arc<C>,
	/// The transaction pool.
	pub pool: Arc<P>,
	/// Takes work to the worker.
	pub hub: WorkHub,
	/// The finality gadget.
	pub grandpa: GrandpaDeps<B>,
	/// Runs subscriptions.
	pub executor: SubscriptionTaskExecutor,
}

/// The node's own RPC methods.
pub fn create_full<C, P, B>(
	FullDeps { client, pool, hub, grandpa, executor }: FullDeps<C, P, B>,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>>
where
	C: ProvideRuntimeApi<Block>
		+ HeaderBackend<Block>
		+ HeaderMetadata<Block, Error = BlockChainError>
		+ Send
		+ Sync
		+ 'static,
	C::Api: substrate_frame_rpc_system::AccountNonceApi<Block, AccountId, Nonce>
		+ pallet_transaction_payment_rpc::TransactionPaymentRuntimeApi<Block, Balance>
		+ BlockBuilder<Block>,
	P: TransactionPool + 'static,
	B: Backend<Block> + 'static,
{
	let mut module = RpcModule::new(());
	module.merge(System::new(client.clone(), pool).into_rpc())?;
	module.merge(TransactionPayment::new(client).into_rpc())?;
	let GrandpaDeps { voter_state, authority_set, justifications, proofs } = grandpa;
	module.merge(Grandpa::new(executor.clone(), authority_set, voter_state, justifications, proofs).into_rpc())?;
	module.merge(LearningRpc::new(hub, executor).into_rpc())?;
	Ok(module)
}
