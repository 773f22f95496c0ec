//! Blocks that are imported without being executed: what warp, fast and gap sync do.

use super::chain::{Actions::*, Chain};
use praxis_primitives_consensus::api::OracleApi;
use praxis_runtime::{opaque::Block, Hash};
use sc_client_api::{BlockBackend, ProofProvider};
use sc_consensus::{
	BlockImport, BlockImportParams, ImportResult, ImportedState, StateAction, StorageChanges, Verifier,
};
use sp_api::ProvideRuntimeApi;
use sp_consensus::BlockOrigin;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use sp_runtime::traits::{Block as BlockT, Header as HeaderT};

/// The whole state of `hash`, as peers send it.
fn state_of(chain: &Chain, hash: Hash) -> ImportedState<Block> {
	let levels = chain.client.storage_collection(hash, &[vec![]], usize::MAX).unwrap();
	let levels = levels
		.into_iter()
		.map(|(level, _)| (level.state_root, (level.key_values, level.parent_storage_keys)))
		.collect::<Vec<_>>();
	ImportedState { block: hash, state: levels.into() }
}

/// The block `hash` of `from`, as a state sync of the node `to` hands it to the engine.
async fn import_with_state(from: &Chain, to: &Chain, hash: Hash, state: ImportedState<Block>) -> Result<(), String> {
	let (header, body) = from.client.block(hash).unwrap().unwrap().block.deconstruct();
	let mut params = BlockImportParams::new(BlockOrigin::NetworkInitialSync, header);
	params.body = Some(body);
	params.state_action = StateAction::ApplyChanges(StorageChanges::Import(state));
	let mut params = to.verifier.verify(params).await?;
	// As GRANDPA's block import, which has seen the proof.
	params.finalized = true;
	match to.import.import_block(params).await.map_err(|e| e.to_string())? {
		ImportResult::Imported(_) => Ok(()),
		other => Err(format!("{other:?}")),
	}
}

#[tokio::test]
async fn late_joiner_should_follow_from_a_state_it_did_not_compute() {
	let (old, new) = (Chain::new(), Chain::without_state());
	let mut blocks = vec![old.genesis()];
	for n in 1..=4 {
		let author = [Alice, Bob, Charlie][n as usize % 3];
		blocks.push(old.extend(blocks[n as usize - 1], author, old.slot(n), Good).await);
	}
	old.finalize(blocks[3]);
	import_with_state(&old, &new, blocks[3], state_of(&old, blocks[3])).await.unwrap();
	assert_eq!((new.best(), new.client_best()), (blocks[3], blocks[3]));
	let oracle = |chain: &Chain| chain.client.runtime_api().state(blocks[3]).unwrap();
	assert_eq!(oracle(&new), oracle(&old));

	// From here on it executes and judges for itself.
	let next = old.client.block(blocks[4]).unwrap().unwrap().block;
	let (mut header, body) = next.clone().deconstruct();
	header.digest_mut().pop();
	header.set_state_root(Default::default());
	new.import(Block::new(old.seal(header, Bob), body)).await.expect_err("the state root is wrong");
	assert!(new.import(next).await.unwrap());
	let b5 = new.extend(blocks[4], Charlie, new.slot(5), Good).await;
	assert_eq!((new.best(), new.client_best()), (b5, b5));

	// The gap behind it is filled without moving the head, and without execution.
	for hash in [blocks[1], blocks[2]] {
		let (header, body) = old.client.block(hash).unwrap().unwrap().block.deconstruct();
		let mut params = BlockImportParams::new(BlockOrigin::GapSync, header);
		params.body = Some(body);
		params.state_action = StateAction::Skip;
		let params = new.verifier.verify(params).await.unwrap();
		assert!(matches!(new.import.import_block(params).await.unwrap(), ImportResult::Imported(_)));
		assert!(new.client.header(hash).unwrap().is_some());
		assert_eq!((new.best(), new.client_best()), (b5, b5));
	}
}

#[tokio::test]
async fn state_should_be_refused_when_it_is_not_that_of_its_block() {
	let (old, new) = (Chain::new(), Chain::without_state());
	let a1 = old.extend(old.genesis(), Alice, old.slot(1), Good).await;
	let mut state = state_of(&old, a1);
	let (_, value) = state.state.0[0].key_values.iter_mut().find(|(_, value)| value.len() == 16).expect("a balance");
	value[0] ^= 1;
	let error = import_with_state(&old, &new, a1, state).await.unwrap_err();
	assert!(error.to_lowercase().contains("state root"), "{error}");
	assert_eq!(new.client_best(), new.genesis());
}
