//! Which of two forks becomes the head.

use super::chain::{Actions::*, Chain};
use praxis_primitives_consensus::{digests::find_score, ForkRule};
use sc_client_api::HeaderBackend;
use sp_consensus::SelectChain;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};
use sp_runtime::traits::Block as _;

#[tokio::test]
async fn head_should_flip_to_the_richer_block_at_equal_length() {
	let chain = Chain::new();
	let poor = chain.block(chain.genesis(), Alice, chain.slot(1), Bad);
	let rich = chain.block(chain.genesis(), Bob, chain.slot(1), Good);
	assert!(find_score(&rich.header).unwrap().reward > find_score(&poor.header).unwrap().reward);

	assert!(chain.import(poor.clone()).await.unwrap());
	assert!(chain.import(rich.clone()).await.unwrap());
	assert_eq!(chain.best(), rich.hash());
	assert_eq!(chain.client.info().best_hash, rich.hash());
}

#[tokio::test]
async fn head_should_stay_when_a_poorer_block_arrives_later() {
	let chain = Chain::new();
	let poor = chain.block(chain.genesis(), Alice, chain.slot(1), Bad);
	let rich = chain.block(chain.genesis(), Bob, chain.slot(1), Good);
	assert!(chain.import(rich.clone()).await.unwrap());
	assert!(!chain.import(poor).await.unwrap());
	assert_eq!(chain.best(), rich.hash());
}

#[tokio::test]
async fn head_should_never_be_a_shorter_chain() {
	let chain = Chain::new();
	let a1 = chain.extend(chain.genesis(), Alice, chain.slot(1), None).await;
	let a2 = chain.extend(a1, Bob, chain.slot(2), None).await;
	// One block that earned more than both.
	let rich = chain.block(chain.genesis(), Charlie, chain.slot(3), Good);
	assert!(!chain.import(rich).await.unwrap());
	assert_eq!(chain.best(), a2);
}

#[tokio::test]
async fn head_should_not_depend_on_the_order_of_arrival() {
	let first = Chain::new();
	let blocks: Vec<_> = [Alice, Bob, Charlie, Dave]
		.into_iter()
		.map(|author| first.block(first.genesis(), author, first.slot(1), if author == Alice { Bad } else { None }))
		.collect();
	for block in &blocks {
		first.import(block.clone()).await.unwrap();
	}
	let second = Chain::new();
	for block in blocks.iter().rev() {
		second.import(block.clone()).await.unwrap();
	}
	assert_eq!(first.best(), second.best());
}

#[tokio::test]
async fn head_should_never_cross_finality() {
	let chain = Chain::new();
	let a1 = chain.extend(chain.genesis(), Alice, chain.slot(1), None).await;
	let b1 = chain.extend(chain.genesis(), Bob, chain.slot(1), None).await;
	// A longer chain that does not stand on the block that is finalised before it arrives.
	let b2 = chain.block(b1, Charlie, chain.slot(2), Good);
	chain.finalize(a1);
	assert!(!chain.import(b2).await.unwrap_or(false));
	assert_eq!(chain.best(), a1);
	assert_eq!(chain.client.info().best_hash, a1);
}

#[tokio::test]
async fn head_should_be_right_after_finality_moved_to_another_branch() {
	let chain = Chain::new();
	let a1 = chain.extend(chain.genesis(), Alice, chain.slot(1), Good).await;
	let a2 = chain.extend(a1, Alice, chain.slot(2), Good).await;
	let b1 = chain.extend(chain.genesis(), Bob, chain.slot(1), None).await;
	let b2 = chain.extend(b1, Bob, chain.slot(2), None).await;
	assert_eq!(chain.best(), a2);
	chain.finalize(b1);
	assert_eq!(chain.best(), b2);
	assert_eq!(chain.select_chain.finality_target(b1, Option::None).await.unwrap(), b2);
	// The next block on it becomes the client's best as well.
	let b3 = chain.extend(b2, Charlie, chain.slot(3), None).await;
	assert_eq!(chain.client.info().best_hash, b3);
}

#[tokio::test]
async fn last_reward_should_decide_under_its_rule() {
	// a: rich then poor; b: poor then rich. The sum is a's or b's; the last block is b's.
	for rule in [ForkRule::Cumulative, ForkRule::LastReward] {
		let chain = Chain::with_rule(rule);
		let a1 = chain.extend(chain.genesis(), Alice, chain.slot(1), Good).await;
		let a2 = chain.extend(a1, Alice, chain.slot(2), None).await;
		let b1 = chain.extend(chain.genesis(), Bob, chain.slot(1), None).await;
		let b2 = chain.extend(b1, Bob, chain.slot(2), Bad).await;
		let sum = |hash| find_score(&chain.header(hash)).unwrap().cumulative;
		assert!(sum(a2) > sum(b2), "the best of 64 sequences earns more than the worst");
		assert_eq!(chain.best(), if rule == ForkRule::Cumulative { a2 } else { b2 });
	}
}

#[tokio::test]
async fn retroactive_fork_of_equal_length_should_win_only_by_reward() {
	// One key fills every past slot; it takes the head only if it earned more, and never below finality.
	let chain = Chain::new();
	let mut honest = vec![chain.genesis()];
	for n in 1..=4 {
		let author = [Alice, Bob, Charlie, Dave][n as usize % 4];
		honest.push(chain.extend(honest[honest.len() - 1], author, chain.slot(n), Good).await);
	}
	chain.finalize(honest[1]);
	let mut fork = chain.genesis();
	for n in 1..=4 {
		let block = chain.block(fork, Dave, chain.slot(n + 10), None);
		fork = block.hash();
		if chain.import(block).await.is_err() {
			break;
		}
	}
	assert_eq!(chain.best(), honest[4]);
}
