//! What a dishonest author or a forger tries.

use super::chain::{Actions::*, Chain};
use codec::Encode;
use praxis_environment::Real;
use praxis_primitives_consensus::{
	api::LearningApi, digests::find_pre_digest, vrf::Draws, ConsensusLog, LearningDigest, Score, LEARNING_ENGINE_ID,
};
use praxis_runtime::{opaque::Block, Header};
use sp_api::ProvideRuntimeApi;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Eve};
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT},
	DigestItem,
};

async fn refused(chain: &Chain, block: Block, reason: &str) {
	let before = chain.best();
	let error = chain.import(block).await.expect_err("the block must be refused");
	assert!(error.contains(reason), "refused for another reason: {error}");
	assert_eq!(chain.best(), before);
}

/// Takes the seal off, changes the header, seals again.
fn resealed(chain: &Chain, block: Block, author: Sr25519Keyring, change: impl FnOnce(&mut Header)) -> Block {
	let (mut header, body) = block.deconstruct();
	header.digest_mut().pop();
	change(&mut header);
	Block::new(chain.seal(header, author), body)
}

fn score_item(reward: Real, cumulative: Real) -> DigestItem {
	DigestItem::Consensus(LEARNING_ENGINE_ID, ConsensusLog::Score(Score { reward, cumulative }).encode())
}

fn is_score(item: &DigestItem) -> bool {
	item.as_learning_score().is_some()
}

#[tokio::test]
async fn block_should_be_refused_when_its_score_is_forged() {
	let chain = Chain::new();
	let block = chain.block(chain.genesis(), Alice, chain.slot(1), Bad);
	let forged = resealed(&chain, block, Alice, |header| {
		for item in header.digest_mut().logs.iter_mut().filter(|item| is_score(item)) {
			*item = score_item(Real::ONE, Real::ONE);
		}
	});
	let before = chain.best();
	chain.import(forged).await.expect_err("the runtime computes another score");
	assert_eq!(chain.best(), before);
}

#[tokio::test]
async fn block_should_be_refused_when_it_has_two_or_no_scores() {
	let chain = Chain::new();
	let block = chain.block(chain.genesis(), Alice, chain.slot(1), None);
	let two = resealed(&chain, block.clone(), Alice, |h| h.digest_mut().push(score_item(Real::ONE, Real::ONE)));
	refused(&chain, two, "more than one score").await;
	let none = resealed(&chain, block, Alice, |h| h.digest_mut().logs.retain(|item| !is_score(item)));
	refused(&chain, none, "no readable score").await;
}

/// The runtime takes pre-digests as they come, so they could be of any size.
#[tokio::test]
async fn block_should_be_refused_when_it_carries_another_engines_pre_digest() {
	let chain = Chain::new();
	let block = chain.block(chain.genesis(), Alice, chain.slot(1), None);
	let other = DigestItem::PreRuntime(*b"aura", vec![0; 2 << 20]);
	let large = resealed(&chain, block.clone(), Alice, |h| h.digest_mut().logs.insert(1, other));
	refused(&chain, large, "more than one pre-digest").await;
	let mut behind = block.header.digest().logs[0].clone();
	let DigestItem::PreRuntime(_, bytes) = &mut behind else { panic!("it opens with its pre-digest") };
	bytes.extend([0; 100]);
	let longer = resealed(&chain, block, Alice, |h| h.digest_mut().logs[0] = behind);
	refused(&chain, longer, "no readable pre-digest").await;
}

/// Whoever passes a block on could else make others of it, which would prove that its author equivocates.
#[tokio::test]
async fn block_should_be_refused_when_its_seal_is_longer() {
	let chain = Chain::new();
	let mut block = chain.block(chain.genesis(), Alice, chain.slot(1), None);
	let Some(DigestItem::Seal(_, bytes)) = block.header.digest_mut().logs.last_mut() else { panic!("it is sealed") };
	bytes.push(0);
	refused(&chain, block, "no readable seal").await;
}

#[tokio::test]
async fn block_should_be_refused_when_its_seal_is_not_the_authors() {
	let chain = Chain::new();
	let block = chain.block(chain.genesis(), Alice, chain.slot(1), None);
	refused(&chain, resealed(&chain, block.clone(), Bob, |_| ()), "seal is not a signature").await;
	let (mut header, body) = block.deconstruct();
	header.digest_mut().pop();
	refused(&chain, Block::new(header, body), "no readable seal").await;
}

#[tokio::test]
async fn block_should_be_refused_when_its_author_is_not_bonded() {
	let chain = Chain::new();
	// Eve holds money in the preset but is no author: take an honest block over.
	let pre = chain.pre_digest(chain.genesis(), Eve, chain.slot(1));
	let block = chain.block(chain.genesis(), Alice, chain.slot(1), None);
	let eves = resealed(&chain, block, Eve, |header| {
		header.digest_mut().logs[0] = DigestItem::learning_pre_digest(&pre);
	});
	refused(&chain, eves, "is not bonded").await;
}

#[tokio::test]
async fn block_should_be_refused_when_its_vrf_is_of_another_slot_or_author() {
	let chain = Chain::new();
	for other in
		[chain.pre_digest(chain.genesis(), Alice, chain.slot(2)), chain.pre_digest(chain.genesis(), Bob, chain.slot(1))]
	{
		let block = chain.block(chain.genesis(), Alice, chain.slot(1), None);
		let forged = resealed(&chain, block, Alice, |header| {
			let mut pre = find_pre_digest(header).unwrap();
			pre.vrf = other.vrf;
			header.digest_mut().logs[0] = DigestItem::learning_pre_digest(&pre);
		});
		refused(&chain, forged, "VRF proof is wrong").await;
	}
}

#[tokio::test]
async fn block_should_be_refused_when_it_comes_from_the_future() {
	let chain = Chain::new();
	let slot = chain.clock.slot() + 2;
	refused(&chain, chain.block(chain.genesis(), Alice, slot, None), "must not be seen for another").await;
}

#[tokio::test]
async fn block_should_be_refused_when_its_slot_does_not_rise() {
	let chain = Chain::new();
	let a1 = chain.extend(chain.genesis(), Alice, chain.slot(5), None).await;
	for n in [4, 5] {
		// Build on the genesis, where the slot is fine, then move the header.
		let block = chain.block(chain.genesis(), Bob, chain.slot(n), None);
		let moved = resealed(&chain, block, Bob, |header| {
			header.set_parent_hash(a1);
			header.set_number(2);
		});
		refused(&chain, moved, "does not come after slot").await;
	}
}

#[tokio::test]
async fn block_should_be_refused_when_its_slot_does_not_fit_the_timestamp() {
	let chain = Chain::new();
	// The body's timestamp is that of slot 1; the pre-digest says slot 2.
	let block = chain.block(chain.genesis(), Alice, chain.slot(1), None);
	let pre = chain.pre_digest(chain.genesis(), Alice, chain.slot(2));
	let moved = resealed(&chain, block, Alice, |header| {
		header.digest_mut().logs[0] = DigestItem::learning_pre_digest(&pre);
	});
	chain.import(moved).await.expect_err("the runtime compares slot and timestamp");
}

#[tokio::test]
async fn transitions_of_another_author_should_not_enter_a_block() {
	let chain = Chain::new();
	let slot = chain.slot(1);
	let (actions, reward) = chain.actions(chain.genesis(), Alice, slot, Good);
	let stolen = chain.submission(chain.genesis(), Alice, slot, actions, reward);
	let pre = chain.pre_digest(chain.genesis(), Bob, slot);
	assert!(chain.build(chain.genesis(), &pre, vec![stolen]).is_err());
}

#[tokio::test]
async fn transitions_should_not_be_replayed_in_a_later_block() {
	let chain = Chain::new();
	let (actions, reward) = chain.actions(chain.genesis(), Alice, chain.slot(1), Good);
	let submission = chain.submission(chain.genesis(), Alice, chain.slot(1), actions, reward);
	let a1 = chain.extend(chain.genesis(), Alice, chain.slot(1), None).await;
	let pre = chain.pre_digest(a1, Alice, chain.slot(2));
	assert!(chain.build(a1, &pre, vec![submission]).is_err());
}

#[tokio::test]
async fn second_submission_should_not_enter_the_same_block() {
	let chain = Chain::new();
	let slot = chain.slot(1);
	let (actions, reward) = chain.actions(chain.genesis(), Alice, slot, Good);
	let one = chain.submission(chain.genesis(), Alice, slot, actions, reward);
	let pre = chain.pre_digest(chain.genesis(), Alice, slot);
	assert!(chain.build(chain.genesis(), &pre, vec![one.clone()]).is_ok());
	assert!(chain.build(chain.genesis(), &pre, vec![one.clone(), one]).is_err());
}

#[tokio::test]
async fn resigned_block_should_change_neither_noise_nor_tie() {
	let chain = Chain::new();
	let slot = chain.slot(1);
	let (first, second) =
		(chain.pre_digest(chain.genesis(), Alice, slot), chain.pre_digest(chain.genesis(), Alice, slot));
	assert_ne!(first.vrf.proof, second.vrf.proof, "the proof is randomised");
	let randomness = chain.client.runtime_api().randomness(chain.genesis()).unwrap();
	let draw = |pre: &praxis_primitives_consensus::PreDigest| {
		Draws::new(&pre.author, &randomness, slot, &pre.vrf.pre_output).unwrap()
	};
	assert_eq!(draw(&first), draw(&second));

	let block = chain.block(chain.genesis(), Alice, slot, None);
	let again = resealed(&chain, block.clone(), Alice, |_| ());
	assert_ne!(block.hash(), again.hash(), "a seal is randomised");
	let score = |block: &Block| chain.fork_choice.score::<Block, _>(&*chain.client, &block.header, 0).unwrap();
	assert_eq!((score(&block).vrf, score(&block).reward), (score(&again).vrf, score(&again).reward));
}
