//! Which of two forks becomes the head.

use super::chain::{Actions::*, Chain};
use futures::StreamExt;
use praxis_primitives_consensus::{
	digests::{find_pre_digest, find_score},
	ForkRule, LearningDigest, Slot,
};
use sc_client_api::{Backend as _, BlockImportOperation, BlockchainEvents, HeaderBackend, NewBlockState};
use sp_blockchain::BlockStatus;
use sp_consensus::SelectChain;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};
use sp_runtime::{
	traits::{Block as _, Header as _},
	DigestItem,
};
use std::sync::{
	atomic::{AtomicBool, Ordering},
	Arc,
};

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

/// Its author has not heard of that finality: nobody may be punished for sending it, as for a block that fails verification.
#[tokio::test]
async fn block_should_miss_its_state_and_not_fail_when_finality_left_its_branch() {
	let chain = Chain::new();
	let a1 = chain.extend(chain.genesis(), Alice, chain.slot(1), None).await;
	let a2 = chain.extend(a1, Alice, chain.slot(2), None).await;
	let b1 = chain.extend(chain.genesis(), Bob, chain.slot(1), None).await;
	let b2 = chain.extend(b1, Bob, chain.slot(2), None).await;
	let b3 = chain.block(b2, Bob, chain.slot(3), Good);
	let mut forged = b3.clone();
	forged.header.set_state_root(Default::default());
	chain.finalize(a2);

	assert_eq!(chain.import(b3.clone()).await, Err("MissingState".into()));
	assert_eq!(chain.client.status(b3.hash()).unwrap(), BlockStatus::Unknown);
	assert_eq!(chain.best(), a2);
	// A seal that is not the author's still fails.
	assert!(chain.import(forged).await.is_err_and(|e| e.contains("refused")));
}

/// Finality may stand still for a day. Only the first choice of a head walks down to it.
#[tokio::test]
async fn way_to_finality_should_be_walked_once_when_it_is_far_below() {
	/// More than the database's cache of headers holds.
	const BLOCKS: u32 = 6_000;
	let chain = Chain::new();
	let template = chain.block(chain.genesis(), Alice, chain.slot(0), None).header;
	// Blocks that change nothing, so that their states need not be made.
	let state_root = *chain.header(chain.genesis()).state_root();
	let mut hashes = vec![chain.genesis()];
	for number in 1..=BLOCKS {
		let parent = hashes[number as usize - 1];
		let mut header = template.clone();
		let mut pre = find_pre_digest(&header).unwrap();
		pre.slot = Slot::from(*pre.slot - u64::from(BLOCKS - number));
		header.digest_mut().logs[0] = DigestItem::learning_pre_digest(&pre);
		header.set_number(number);
		header.set_parent_hash(parent);
		header.set_state_root(state_root);
		hashes.push(header.hash());
		let mut operation = chain.backend.begin_operation().unwrap();
		chain.backend.begin_state_operation(&mut operation, parent).unwrap();
		operation
			.set_block_data(header, Option::None, Option::None, Option::None, NewBlockState::Normal, true)
			.unwrap();
		chain.backend.commit_operation(operation).unwrap();
	}
	let stands = |number: u32, finalized| chain.select_chain.is_known_to_stand(hashes[number as usize], finalized);
	assert!(!stands(BLOCKS, chain.genesis()));
	assert_eq!(chain.best(), hashes[BLOCKS as usize]);
	assert!((1..=BLOCKS).all(|number| stands(number, chain.genesis())), "every block on the way is remembered");
	assert!(!stands(BLOCKS, hashes[1]), "but for this finalised block alone");
}

/// A voter asks for the head at any moment. Without an answer it casts no vote.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_should_be_found_and_never_fall_when_blocks_come_and_go_meanwhile() {
	const BLOCKS: u64 = 60;
	let chain = Chain::new();
	let (select_chain, over) = (chain.select_chain.clone(), Arc::new(AtomicBool::new(false)));
	let reader = std::thread::spawn({
		let over = over.clone();
		move || {
			let (mut reads, mut height) = (0, 0);
			while !over.load(Ordering::Relaxed) {
				let head = *select_chain.best_header().expect("there is a head").number();
				assert!(head >= height, "the head fell from {height} to {head}");
				(reads, height) = (reads + 1, head);
			}
			reads
		}
	});
	let mut head = chain.genesis();
	for number in 1..=BLOCKS {
		let sibling = chain.block(head, Bob, chain.slot(number), Bad);
		head = chain.extend(head, Alice, chain.slot(number), Good).await;
		if !chain.import(sibling.clone()).await.unwrap() {
			chain.backend.remove_leaf_block(sibling.hash()).unwrap();
		} else {
			head = sibling.hash();
		}
	}
	over.store(true, Ordering::Relaxed);
	assert!(reader.join().unwrap() > BLOCKS);
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
		assert!(sum(a2) > sum(b2), "the best of many sequences earns more than the worst");
		assert_eq!(chain.best(), if rule == ForkRule::Cumulative { a2 } else { b2 });
	}
}

#[tokio::test]
async fn retroactive_fork_of_equal_length_should_win_only_by_reward() {
	// One key fills every past slot at once, above the finalised block and below it.
	for (richer, below) in [(false, false), (true, false), (true, true)] {
		let chain = Chain::new();
		let mut honest = vec![chain.genesis()];
		for n in 1..=4 {
			let author = [Alice, Bob, Charlie][n as usize % 3];
			let how = if richer { Bad } else { Good };
			honest.push(chain.extend(honest[honest.len() - 1], author, chain.slot(10 * n), how).await);
		}
		chain.finalize(honest[1]);
		let mut fork = if below { chain.genesis() } else { honest[1] };
		let first = if below { 1 } else { 2 };
		for n in first..=4 {
			let block = chain.block(fork, Dave, chain.slot(10 * n + 1), if richer { Good } else { Bad });
			fork = block.hash();
			if let Err(reason) = chain.import(block).await {
				assert!(below, "{reason}");
				break;
			}
		}
		let wins = richer && !below;
		assert_eq!(chain.best() == fork, wins, "richer: {richer}, below finality: {below}");
		assert_eq!((chain.best(), chain.client_best()), if wins { (fork, fork) } else { (honest[4], honest[4]) });
		// Nothing of it is left once the honest chain is one block longer.
		let next = chain.extend(honest[4], Alice, chain.slot(60), None).await;
		assert_eq!((chain.best(), chain.client_best()), (next, next));
	}
}

#[tokio::test]
async fn clients_head_should_follow_when_finality_moved_to_another_branch() {
	let chain = Chain::new();
	let a1 = chain.extend(chain.genesis(), Alice, chain.slot(1), Good).await;
	chain.extend(a1, Alice, chain.slot(2), Good).await;
	let b1 = chain.extend(chain.genesis(), Bob, chain.slot(1), None).await;
	let b2 = chain.extend(b1, Bob, chain.slot(2), None).await;
	let mut imports = chain.client.import_notification_stream();
	let task = tokio::spawn(crate::follow_finality(chain.import.clone()));
	// The task must have subscribed before finality moves.
	tokio::task::yield_now().await;
	chain.finalize(b1);
	// Left alone, the client takes the finalised block itself for its head. The pool and others hear of the better one.
	let told = imports.next().await.unwrap();
	assert_eq!((told.hash, told.is_new_best), (b2, true));
	let route = told.tree_route.unwrap();
	assert_eq!(route.last().unwrap().hash, b1, "the route ends at the new head's parent");
	assert_eq!((chain.client_best(), chain.best()), (b2, b2));
	assert!(!chain.import.choose_head().await.unwrap(), "there is nothing left to choose");
	task.abort();
}

#[tokio::test]
async fn finality_target_should_stand_on_its_base_when_that_left_the_best_chain() {
	let chain = Chain::new();
	let b1 = chain.extend(chain.genesis(), Bob, chain.slot(1), None).await;
	let b2 = chain.extend(b1, Bob, chain.slot(2), Bad).await;
	let c2 = chain.extend(b1, Charlie, chain.slot(2), None).await;
	let mut a = chain.genesis();
	for n in 1..=3 {
		a = chain.extend(a, Alice, chain.slot(n), Good).await;
	}
	assert_eq!(chain.best(), a);
	let target = |base, max| chain.select_chain.finality_target(base, max);
	assert_eq!(target(b1, Option::None).await.unwrap(), b2, "the best that stands on the base");
	assert_eq!(target(b1, Some(1)).await.unwrap(), b1);
	assert_eq!(target(c2, Option::None).await.unwrap(), c2, "nothing stands on it");
	assert_eq!(target(chain.genesis(), Option::None).await.unwrap(), a);
	assert!(target(b2, Some(1)).await.is_err(), "the target lies below its base");
}

#[tokio::test]
async fn concurrent_imports_should_end_where_sequential_ones_do() {
	let first = Chain::new();
	let mut blocks = Vec::new();
	for author in [Alice, Bob, Charlie, Dave] {
		for (slot, how) in [(1, None), (2, Bad)] {
			let block = first.block(first.genesis(), author, first.slot(slot), how);
			first.import(block.clone()).await.unwrap();
			blocks.push(block);
		}
	}
	// Twins, so that a proof is found on the way.
	let twin = first.block(first.genesis(), Alice, first.slot(2), Good);
	first.import(twin.clone()).await.unwrap();
	blocks.push(twin);

	let second = Chain::new();
	std::thread::scope(|scope| {
		// Each block by two threads at once.
		for block in blocks.iter().chain(&blocks) {
			let second = &second;
			scope.spawn(move || match futures::executor::block_on(second.import(block.clone())) {
				Ok(_) => (),
				Err(reason) => assert!(reason.contains("AlreadyInChain"), "{reason}"),
			});
		}
	});
	assert_eq!((second.best(), second.client_best()), (first.best(), first.client_best()));
	assert_eq!(second.best(), second.client_best());
	assert_eq!(second.import.equivocations().len(), 1);
	assert_eq!(second.import.tips().imported(1).len(), blocks.len());
}
