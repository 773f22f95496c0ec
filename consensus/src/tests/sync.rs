//! Blocks that are imported without being executed: what warp, fast and gap sync do.

use super::chain::{Actions::*, Chain};
use codec::Encode;
use praxis_primitives_consensus::api::OracleApi;
use praxis_runtime::{opaque::Block, Hash, Header};
use sc_client_api::{BlockBackend, ProofProvider};
use sc_consensus::{
	BlockCheckParams, BlockImport, BlockImportParams, ImportResult, ImportedState, StateAction, StorageChanges,
	Verifier,
};
use sp_api::ProvideRuntimeApi;
use sp_consensus::{BlockOrigin, SelectChain};
use sp_consensus_grandpa::{ConsensusLog, ScheduledChange, GRANDPA_ENGINE_ID};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT},
	DigestItem,
};

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
	let (header, body) = block_of(from, hash).deconstruct();
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

/// A block of `chain` as peers send it.
fn block_of(chain: &Chain, hash: Hash) -> Block {
	chain.client.block(hash).unwrap().unwrap().block
}

/// Lets `chain` grow to `length` blocks. Returns them, with the genesis.
async fn grow(chain: &Chain, length: u64) -> Vec<Hash> {
	let mut blocks = vec![chain.genesis()];
	for n in 1..=length {
		let author = [Alice, Bob, Charlie][n as usize % 3];
		blocks.push(chain.extend(blocks[n as usize - 1], author, chain.slot(n), Good).await);
	}
	blocks
}

/// `block` as it goes through the import queue.
async fn enqueue(chain: &Chain, block: Block, action: StateAction<Block>) -> Result<ImportResult, String> {
	let hash = block.hash();
	let with_state = matches!(action, StateAction::ApplyChanges(_));
	let (header, body) = block.deconstruct();
	let check = BlockCheckParams {
		hash,
		number: *header.number(),
		parent_hash: *header.parent_hash(),
		allow_missing_state: true,
		import_existing: with_state,
		allow_missing_parent: with_state,
	};
	match chain.import.check_block(check).await.map_err(|e| e.to_string())? {
		ImportResult::Imported(_) => (),
		other => return Ok(other),
	}
	let mut params = BlockImportParams::new(BlockOrigin::NetworkInitialSync, header);
	params.body = Some(body);
	params.import_existing = with_state;
	params.state_action = action;
	let params = chain.verifier.verify(params).await?;
	chain.import.import_block(params).await.map_err(|e| e.to_string())
}

/// The first step of fast sync: `blocks` come without being executed.
async fn bring_headers(from: &Chain, to: &Chain, blocks: &[Hash]) {
	for hash in blocks {
		let result = enqueue(to, block_of(from, *hash), StateAction::Skip).await;
		assert!(matches!(result, Ok(ImportResult::Imported(_))), "{result:?}");
	}
}

/// The second step: the state of a block whose header is there.
async fn bring_state(from: &Chain, to: &Chain, hash: Hash) {
	let action = StateAction::ApplyChanges(StorageChanges::Import(state_of(from, hash)));
	let result = enqueue(to, block_of(from, hash), action).await;
	assert!(matches!(result, Ok(ImportResult::Imported(_))), "{result:?}");
}

/// The third step: the block comes again, to be executed if it can be.
async fn bring_again(from: &Chain, to: &Chain, hash: Hash) -> ImportResult {
	enqueue(to, block_of(from, hash), StateAction::ExecuteIfPossible).await.unwrap()
}

#[tokio::test]
async fn headers_should_be_executed_when_the_state_below_them_has_come() {
	// Finality may move on while the state is fetched.
	for last_final in [3, 4] {
		let (old, new) = (Chain::new(), Chain::without_state());
		let blocks = grow(&old, 6).await;
		bring_headers(&old, &new, &blocks[1..]).await;
		new.finalize(blocks[3]);
		assert_eq!((new.best(), new.client_best()), (blocks[3], blocks[6]), "what was not executed is no head");
		new.finalize(blocks[last_final]);
		bring_state(&old, &new, blocks[3]).await;
		assert_eq!(bring_again(&old, &new, blocks[6]).await, ImportResult::AlreadyInChain, "its parent has no state");

		for hash in &blocks[4..] {
			let result = bring_again(&old, &new, *hash).await;
			assert!(matches!(result, ImportResult::Imported(_)), "{result:?}");
			assert_eq!((new.best(), new.client_best()), (*hash, *hash));
			let oracle = |chain: &Chain| chain.client.runtime_api().state(*hash).unwrap();
			assert_eq!(oracle(&new), oracle(&old));
		}
		assert_eq!(bring_again(&old, &new, blocks[5]).await, ImportResult::AlreadyInChain, "once is enough");
		new.finalize(blocks[5]);
		let b7 = new.extend(blocks[6], Bob, new.slot(7), Good).await;
		assert_eq!((new.best(), new.client_best()), (b7, b7));
	}
}

#[tokio::test]
async fn forged_headers_should_not_be_the_head_when_the_state_has_come() {
	let (old, new) = (Chain::new(), Chain::without_state());
	let blocks = grow(&old, 6).await;
	bring_headers(&old, &new, &blocks[1..=4]).await;
	// A longer chain that nobody can execute.
	let mut parent = blocks[4];
	let mut forged = Vec::new();
	for number in 5..=9 {
		let mut header: Header = old.header(blocks[5]);
		header.digest_mut().pop();
		header.set_parent_hash(parent);
		header.set_number(number);
		header.set_state_root(Default::default());
		let block = Block::new(old.seal(header, Charlie), vec![]);
		parent = block.hash();
		let result = enqueue(&new, block.clone(), StateAction::Skip).await;
		assert!(matches!(result, Ok(ImportResult::Imported(_))), "{result:?}");
		forged.push(block);
	}
	bring_headers(&old, &new, &blocks[5..]).await;
	assert_eq!(new.client_best(), parent, "sync follows the longest chain of headers");
	new.finalize(blocks[3]);
	bring_state(&old, &new, blocks[3]).await;
	assert_eq!(new.best(), blocks[3]);

	for hash in &blocks[4..] {
		assert!(matches!(bring_again(&old, &new, *hash).await, ImportResult::Imported(_)));
		assert_eq!((new.best(), new.client_best()), (*hash, *hash));
	}
	enqueue(&new, forged.remove(0), StateAction::ExecuteIfPossible).await.expect_err("it can not be executed");
	let vote = new.select_chain.finality_target(blocks[3], Option::None).await.unwrap();
	assert_eq!((vote, new.best(), new.client_best()), (blocks[6], blocks[6], blocks[6]));
}

#[tokio::test]
async fn sibling_should_not_be_executed_when_finality_is_ahead_of_execution() {
	let (old, new) = (Chain::new(), Chain::without_state());
	let blocks = grow(&old, 6).await;
	let sibling = old.extend(blocks[3], Alice, old.slot(20), Bad).await;
	bring_headers(&old, &new, &blocks[1..]).await;
	bring_headers(&old, &new, &[sibling]).await;
	new.finalize(blocks[3]);
	bring_state(&old, &new, blocks[3]).await;
	new.finalize(blocks[5]);
	assert_eq!(bring_again(&old, &new, sibling).await, ImportResult::AlreadyInChain);
	for hash in &blocks[4..] {
		assert!(matches!(bring_again(&old, &new, *hash).await, ImportResult::Imported(_)));
	}
	assert_eq!((new.best(), new.client_best()), (blocks[6], blocks[6]));
}

#[tokio::test]
async fn header_should_be_refused_when_it_is_not_executed_and_forces_other_voters() {
	let (old, new) = (Chain::new(), Chain::without_state());
	let (header, body) = old.block(old.genesis(), Alice, old.slot(1), Good).deconstruct();
	let skip = |header| enqueue(&new, Block::new(header, body.clone()), StateAction::Skip);
	let mut forced = header.clone();
	forced.digest_mut().pop();
	let change = ScheduledChange { next_authorities: vec![], delay: 0 };
	let item = ConsensusLog::<u32>::ForcedChange(0, change).encode();
	forced.digest_mut().push(DigestItem::Consensus(GRANDPA_ENGINE_ID, item));
	let error = skip(old.seal(forced, Alice)).await.unwrap_err();
	assert!(error.contains("voters"), "{error}");

	let mut unsealed = header.clone();
	unsealed.digest_mut().pop();
	let error = skip(old.seal(unsealed, Bob)).await.unwrap_err();
	assert!(error.contains("seal"), "{error}");
	assert!(matches!(skip(header).await, Ok(ImportResult::Imported(_))));
}

#[tokio::test]
async fn late_joiner_should_follow_from_a_state_it_did_not_compute() {
	let (old, new) = (Chain::new(), Chain::without_state());
	let blocks = grow(&old, 4).await;
	old.finalize(blocks[3]);
	import_with_state(&old, &new, blocks[3], state_of(&old, blocks[3])).await.unwrap();
	assert_eq!((new.best(), new.client_best()), (blocks[3], blocks[3]));
	let oracle = |chain: &Chain| chain.client.runtime_api().state(blocks[3]).unwrap();
	assert_eq!(oracle(&new), oracle(&old));

	// From here on it executes and judges for itself.
	let next = block_of(&old, blocks[4]);
	let (mut header, body) = next.clone().deconstruct();
	header.digest_mut().pop();
	header.set_state_root(Default::default());
	new.import(Block::new(old.seal(header, Bob), body)).await.expect_err("the state root is wrong");
	assert!(new.import(next).await.unwrap());
	let b5 = new.extend(blocks[4], Charlie, new.slot(5), Good).await;
	assert_eq!((new.best(), new.client_best()), (b5, b5));

	// The gap behind it is filled without moving the head, and without execution.
	for hash in [blocks[1], blocks[2]] {
		let (header, body) = block_of(&old, hash).deconstruct();
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
