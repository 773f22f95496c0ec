//! Many blocks at one height.

use super::chain::{Actions::*, Chain};
use crate::tips::{Tips, MAX_SIBLINGS, MAX_TIPS};
use praxis_primitives_consensus::digests::find_score;
use praxis_runtime::{opaque::Block, Hash};
use sp_blockchain::Backend as _;
use sp_consensus::block_validation::{BlockAnnounceValidator, Validation};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};
use sp_runtime::traits::{Block as BlockT, Header as HeaderT};
use std::time::Duration;

const WELCOME: Validation = Validation::Success { is_new_best: false };
const REFUSED: Validation = Validation::Failure { disconnect: false };

/// Blocks on `parent` in the database.
fn stored(chain: &Chain, parent: Hash) -> usize {
	sc_client_api::Backend::blockchain(&*chain.backend).children(parent).unwrap().len()
}

#[tokio::test]
async fn forty_siblings_at_one_height_should_not_stop_the_chain() {
	// A pruning state database, which takes 32 siblings; in memory, and on the disk as nodes have it.
	for chain in [Chain::new(), Chain::on_disk()] {
		check_forty_siblings(&chain).await;
	}
}

async fn check_forty_siblings(chain: &Chain) {
	for n in 1..=40 {
		let author = [Alice, Bob, Charlie, Dave][n as usize % 4];
		let hash = chain.extend(chain.genesis(), author, chain.slot(n), None).await;
		assert!(chain.client.header(hash).unwrap().is_some());
	}
	assert_eq!(stored(chain, chain.genesis()), MAX_SIBLINGS);
	assert_eq!(chain.import.tips().imported(1).len(), MAX_SIBLINGS);
	// The next honest block at this height is imported and is the head; so is one on it, and one on the last sibling.
	let honest = chain.extend(chain.genesis(), Bob, chain.slot(41), Good).await;
	assert_eq!((chain.best(), chain.client_best()), (honest, honest));
	let poor = chain.import.tips().imported(1).into_iter().find(|hash| *hash != honest).unwrap();
	let longer = chain.extend(poor, Dave, chain.slot(42), None).await;
	assert_eq!(chain.client_best(), longer);
	let b2 = chain.extend(honest, Charlie, chain.slot(42), Good).await;
	assert_eq!((chain.best(), chain.client_best()), (b2, b2));
	chain.finalize(honest);
	assert_eq!(chain.best(), b2);
}

/// What is in the database's journals after a restart counts as before it.
#[tokio::test]
async fn siblings_should_not_stop_the_chain_when_the_database_is_opened_again() {
	let mut chain = Chain::on_disk();
	let first = chain.extend(chain.genesis(), Alice, chain.slot(1), Good).await;
	for n in 1..=90 {
		if n % 30 == 0 {
			chain = chain.reopened();
			assert_eq!((chain.best(), chain.client_best()), (first, first));
			assert_eq!(chain.import.tips().imported(1).len(), stored(&chain, chain.genesis()));
		}
		chain.extend(chain.genesis(), [Bob, Charlie, Dave][n as usize % 3], chain.slot(1 + n), None).await;
	}
	assert_eq!(stored(&chain, chain.genesis()), MAX_SIBLINGS);
	let second = chain.extend(first, Bob, chain.slot(100), Good).await;
	chain.finalize(first);
	let chain = chain.reopened();
	assert_eq!((chain.best(), chain.client_best()), (second, second));
	let third = chain.extend(second, Charlie, chain.slot(101), Good).await;
	assert_eq!((chain.best(), chain.client_best()), (third, third));
}

#[tokio::test]
async fn worst_branch_should_give_way_when_a_height_is_full() {
	for chain in [Chain::new(), Chain::on_disk()] {
		check_worst_branch(&chain).await;
	}
}

async fn check_worst_branch(chain: &Chain) {
	// The longest chain begins with a block that earned nothing; the head of a shorter one earned most.
	let a1 = chain.extend(chain.genesis(), Alice, chain.slot(1), None).await;
	let a2 = chain.extend(a1, Alice, chain.slot(2), None).await;
	let a3 = chain.extend(a2, Alice, chain.slot(3), None).await;
	let b1 = chain.extend(chain.genesis(), Bob, chain.slot(1), None).await;
	let b2 = chain.extend(b1, Bob, chain.slot(2), None).await;
	let rich = chain.extend(chain.genesis(), Charlie, chain.slot(1), Good).await;
	for n in 4..=40 {
		chain.extend(chain.genesis(), Dave, chain.slot(n), None).await;
	}
	for hash in [a1, a2, a3, b1, b2, rich] {
		assert!(chain.client.header(hash).unwrap().is_some(), "{hash} had to give way to poorer blocks");
	}
	assert_eq!((chain.best(), chain.client_best()), (a3, a3));
	// Once there are only branches, the poorest goes as a whole.
	let siblings = chain.import.tips().imported(1);
	let mut heads = Vec::new();
	for (n, sibling) in siblings.into_iter().filter(|hash| ![a1, b1].contains(hash)).enumerate() {
		heads.push(chain.extend(sibling, Dave, chain.slot(50 + n as u64), Bad).await);
	}
	chain.extend(chain.genesis(), Bob, chain.slot(60), None).await;
	assert!(chain.client.header(b2).unwrap().is_none() && chain.client.header(b1).unwrap().is_none());
	assert!(heads.iter().all(|hash| chain.client.header(*hash).unwrap().is_some()));
	assert_eq!(chain.best(), a3);
	assert_eq!(stored(chain, chain.genesis()), MAX_SIBLINGS);
}

/// Finality, like an import, reads all leaves under this lock. One that is gone halfway would be an error there, which ends
/// GRANDPA's voter and the node with it.
#[tokio::test]
async fn branch_should_not_give_way_when_the_database_is_busy_with_another_import_or_finality() {
	let chain = Chain::new();
	chain.extend(chain.genesis(), Alice, chain.slot(1), Good).await;
	for n in 2..=MAX_SIBLINGS as u64 {
		chain.extend(chain.genesis(), [Bob, Charlie][n as usize % 2], chain.slot(n), None).await;
	}
	let block = chain.block(chain.genesis(), Dave, chain.slot(40), None);
	let hash = block.hash();
	let leaves = || sc_client_api::Backend::blockchain(&*chain.backend).leaves().unwrap();
	let before = leaves();
	std::thread::scope(|scope| {
		let busy = sc_client_api::Backend::get_import_lock(&*chain.backend).write();
		let import = scope.spawn(|| futures::executor::block_on(chain.import(block)));
		// Long enough to come there; nothing is lost if it takes longer.
		std::thread::sleep(Duration::from_millis(500));
		assert_eq!(leaves(), before);
		drop(busy);
		import.join().expect("it does not panic").expect("it is imported");
	});
	assert!(chain.client.header(hash).unwrap().is_some());
	assert_eq!(leaves().len(), MAX_SIBLINGS);
}

#[tokio::test]
async fn places_should_be_free_again_when_finality_left_their_branch() {
	let chain = Chain::new();
	let a1 = chain.extend(chain.genesis(), Alice, chain.slot(1), None).await;
	let b1 = chain.extend(chain.genesis(), Bob, chain.slot(1), None).await;
	for n in 2..2 + MAX_TIPS as u64 {
		chain.extend(a1, Charlie, chain.slot(n), None).await;
	}
	let block = chain.block(b1, Charlie, chain.slot(9), None);
	let mut validator = chain.announcements();
	assert_eq!(validator.validate(&block.header, &[]).await.unwrap(), REFUSED);
	let task = tokio::spawn(crate::follow_finality(chain.import.clone()));
	// The task must have subscribed before finality moves.
	tokio::task::yield_now().await;
	chain.finalize(b1);
	let forgotten = async {
		while !chain.import.tips().imported(2).is_empty() {
			tokio::task::yield_now().await;
		}
	};
	tokio::time::timeout(Duration::from_secs(60), forgotten).await.expect("the task follows");
	assert_eq!(validator.validate(&block.header, &[]).await.unwrap(), WELCOME);
	task.abort();
}

#[tokio::test]
async fn third_tip_of_one_author_should_not_be_asked_for() {
	let chain = Chain::new();
	let mut validator = chain.announcements();
	for n in 1..=MAX_TIPS as u64 {
		let block = chain.block(chain.genesis(), Alice, chain.slot(n), None);
		assert_eq!(validator.validate(&block.header, &[]).await.unwrap(), WELCOME);
		chain.import(block).await.unwrap();
	}
	let third = chain.block(chain.genesis(), Alice, chain.slot(9), None);
	assert_eq!(validator.validate(&third.header, &[]).await.unwrap(), REFUSED);
	// Another author's is welcome, and a longer chain brings the third along.
	let bobs = chain.block(chain.genesis(), Bob, chain.slot(9), None);
	assert_eq!(validator.validate(&bobs.header, &[]).await.unwrap(), WELCOME);
	chain.import(third).await.expect("as an ancestor it is imported");
}

#[tokio::test]
async fn announcements_that_arrive_together_should_not_pass_together() {
	let chain = Chain::new();
	let mut validator = chain.announcements();
	let blocks: Vec<_> = (1..=8).map(|n| chain.block(chain.genesis(), Alice, chain.slot(n), None)).collect();
	// None is imported before all are judged.
	let validations: Vec<_> = blocks.iter().map(|block| validator.validate(&block.header, &[])).collect();
	let answers = futures::future::join_all(validations).await;
	let welcome = answers.into_iter().filter(|answer| *answer.as_ref().unwrap() == WELCOME).count();
	assert_eq!(welcome, MAX_TIPS);
}

#[tokio::test]
async fn places_should_be_known_again_after_a_restart() {
	let chain = Chain::new();
	for n in 1..=MAX_TIPS as u64 {
		chain.extend(chain.genesis(), Alice, chain.slot(n), None).await;
	}
	let b1 = chain.extend(chain.genesis(), Bob, chain.slot(1), None).await;
	let b2 = chain.extend(b1, Bob, chain.slot(2), None).await;
	let third = chain.block(chain.genesis(), Alice, chain.slot(9), None).header;
	let chain = chain.restarted();
	assert_eq!(chain.announcements().validate(&third, &[]).await.unwrap(), REFUSED);
	assert_eq!((chain.import.tips().imported(1).len(), chain.import.tips().imported(2)), (MAX_TIPS + 1, vec![b2]));
	// Of what is finalised nothing is kept.
	chain.finalize(b1);
	assert_eq!(Tips::<Block>::load(&*chain.backend, |_| Ok(())).unwrap().imported(1), vec![]);
}

#[tokio::test]
async fn forged_announcement_should_take_nobodys_place() {
	let chain = Chain::new();
	let mut validator = chain.announcements();
	for n in 1..=2 * MAX_TIPS as u64 {
		let mut forged = chain.block(chain.genesis(), Alice, chain.slot(n), None).header;
		forged.digest_mut().pop();
		// In Alice's name, under Bob's seal.
		let forged = chain.seal(forged, Bob);
		assert_eq!(validator.validate(&forged, &[]).await.unwrap(), Validation::Failure { disconnect: true });
	}
	let block = chain.block(chain.genesis(), Alice, chain.slot(9), None);
	assert_eq!(validator.validate(&block.header, &[]).await.unwrap(), WELCOME);
	// An announcement carries nothing beside its header.
	let more = validator.validate(&block.header, &[1]).await.unwrap();
	assert_eq!(more, Validation::Failure { disconnect: true });
}

#[tokio::test]
async fn full_height_should_take_announcements_of_better_blocks_only() {
	let chain = Chain::new();
	chain.extend(chain.genesis(), Alice, chain.slot(1), Bad).await;
	for n in 2..=MAX_SIBLINGS as u64 {
		chain.extend(chain.genesis(), [Alice, Bob, Charlie][n as usize % 3], chain.slot(n), None).await;
	}
	let mut validator = chain.announcements();
	let poor = chain.block(chain.genesis(), Dave, chain.slot(30), None);
	let rich = chain.block(chain.genesis(), Dave, chain.slot(31), Good);
	let best = find_score(&chain.header(chain.best())).unwrap().reward;
	assert!(find_score(&rich.header).unwrap().reward > best && best > praxis_environment::Real::ZERO);
	assert_eq!(validator.validate(&poor.header, &[]).await.unwrap(), REFUSED);
	assert_eq!(validator.validate(&rich.header, &[]).await.unwrap(), WELCOME);
	chain.import(rich.clone()).await.unwrap();
	assert_eq!(chain.client_best(), rich.hash());
	assert_eq!(stored(&chain, chain.genesis()), MAX_SIBLINGS);
}

#[tokio::test]
async fn block_that_gave_way_should_not_be_asked_for_again() {
	let chain = Chain::new();
	let rich = chain.extend(chain.genesis(), Alice, chain.slot(1), Good).await;
	let mut others = Vec::new();
	for n in 2..=MAX_SIBLINGS as u64 + 1 {
		let block = chain.block(chain.genesis(), [Bob, Charlie][n as usize % 2], chain.slot(n), None);
		others.push(block.header.clone());
		chain.import(block).await.unwrap();
	}
	let gone: Vec<_> = others.iter().filter(|header| chain.client.header(header.hash()).unwrap().is_none()).collect();
	assert_eq!(gone.len(), 1);
	assert_eq!(chain.announcements().validate(gone[0], &[]).await.unwrap(), REFUSED);
	assert_eq!(chain.client_best(), rich);
}

#[tokio::test]
async fn blocks_that_finality_put_aside_should_not_count() {
	let chain = Chain::new();
	let a1 = chain.extend(chain.genesis(), Alice, chain.slot(1), None).await;
	let b1 = chain.extend(chain.genesis(), Bob, chain.slot(1), None).await;
	for n in 2..=MAX_SIBLINGS as u64 + 1 {
		chain.extend(a1, [Alice, Bob, Charlie][n as usize % 3], chain.slot(n), None).await;
	}
	chain.finalize(b1);
	// The siblings stood on a block that is not final: their height is free again, whatever was counted.
	for n in 2..=40 {
		let hash = chain.extend(b1, [Alice, Bob, Charlie, Dave][n as usize % 4], chain.slot(50 + n), None).await;
		assert!(chain.client.header(hash).unwrap().is_some());
	}
	assert_eq!(stored(&chain, b1), MAX_SIBLINGS);
	assert_eq!(chain.import.tips().imported(2).len(), MAX_SIBLINGS);
}
