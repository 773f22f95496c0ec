//! Two blocks by one author in one slot.

use super::chain::{id, Actions::*, Chain};
use crate::{
	aux_schema::{self, MAX_EQUIVOCATIONS},
	equivocation::Equivocations,
};
use praxis_primitives_consensus::{
	digests::{find_pre_digest, find_score},
	LearningDigest,
};
use praxis_runtime::{opaque::Block, Header};
use sp_consensus_slots::EquivocationProof;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT},
	DigestItem,
};

#[tokio::test]
async fn equivocation_should_be_imported_proved_and_not_counted() {
	for reversed in [false, true] {
		let chain = Chain::new();
		let slot = chain.slot(1);
		let mut twins =
			[chain.block(chain.genesis(), Alice, slot, Good), chain.block(chain.genesis(), Alice, slot, Bad)];
		let modest = chain.block(chain.genesis(), Bob, slot, Bad);
		if reversed {
			twins.reverse();
		}
		for twin in &twins {
			chain.import(twin.clone()).await.unwrap();
		}
		let proof: EquivocationProof<Header, _> =
			aux_schema::equivocation_proof(&*chain.client, slot, &id(Alice)).unwrap().expect("the proof is recorded");
		assert_eq!(proof.first_header.hash(), twins[0].hash());
		assert_eq!(proof.second_header.hash(), twins[1].hash());
		assert!(find_score(&modest.header).unwrap().reward > praxis_environment::Real::ZERO);
		// Any honest reward beats both twins now, in whatever order they came.
		chain.import(modest.clone()).await.unwrap();
		assert_eq!(chain.best(), modest.hash());
		// But a longer chain on a twin wins all the same.
		let longer = chain.extend(twins[0].hash(), Charlie, chain.slot(2), None).await;
		assert_eq!(chain.best(), longer);
	}
}

#[tokio::test]
async fn halves_should_end_on_one_head_when_equivocating_blocks_come_in_opposite_orders() {
	let (left, right) = (Chain::new(), Chain::new());
	let slot = left.slot(1);
	let rich = left.block(left.genesis(), Alice, slot, Good);
	let other = left.block(left.genesis(), Alice, slot, Bad);
	let modest = left.block(left.genesis(), Bob, slot, Bad);
	left.import(rich.clone()).await.unwrap();
	left.import(modest.clone()).await.unwrap();
	right.import(other.clone()).await.unwrap();
	right.import(modest.clone()).await.unwrap();
	assert_eq!(left.client_best(), rich.hash(), "as long as nothing is proved, more reward wins");
	// Then each half hears of the other's twin, and nothing else.
	left.import(other).await.unwrap();
	right.import(rich).await.unwrap();
	for half in [&left, &right] {
		assert_eq!((half.best(), half.client_best()), (modest.hash(), modest.hash()));
	}
}

#[tokio::test]
async fn halves_should_end_on_one_head_when_the_proof_comes_after_children() {
	let (left, right) = (Chain::new(), Chain::new());
	let slot = left.slot(1);
	let rich = left.block(left.genesis(), Alice, slot, Good);
	let other = left.block(left.genesis(), Alice, slot, None);
	let modest = left.block(left.genesis(), Bob, slot, Bad);
	left.import(rich.clone()).await.unwrap();
	left.import(modest.clone()).await.unwrap();
	let on_rich = left.block(rich.hash(), Charlie, left.slot(2), None);
	let on_modest = left.block(modest.hash(), Dave, left.slot(2), None);
	left.import(on_modest.clone()).await.unwrap();
	left.import(on_rich.clone()).await.unwrap();
	assert_eq!(left.client_best(), on_rich.hash());

	right.import(other.clone()).await.unwrap();
	right.import(modest.clone()).await.unwrap();
	right.import(on_modest.clone()).await.unwrap();
	assert_eq!(right.client_best(), on_modest.hash());

	left.import(other).await.unwrap();
	right.import(rich).await.unwrap();
	right.import(on_rich).await.unwrap();
	for half in [&left, &right] {
		assert_eq!((half.best(), half.client_best()), (on_modest.hash(), on_modest.hash()));
	}
	// Also after a restart: the proof is in the database.
	assert_eq!(left.restarted().best(), on_modest.hash());
}

#[tokio::test]
async fn equivocation_should_be_proved_when_the_node_died_before_it_looked_at_the_first_block() {
	let chain = Chain::on_disk();
	let slot = chain.slot(1);
	let (rich, other) =
		(chain.block(chain.genesis(), Alice, slot, Good), chain.block(chain.genesis(), Alice, slot, None));
	let modest = chain.block(chain.genesis(), Bob, slot, Bad);
	chain.import(modest.clone()).await.unwrap();
	chain.store(rich).await.unwrap();
	let chain = chain.reopened();
	assert!(chain.import.equivocations().is_empty());
	chain.import(other).await.unwrap();
	assert!(chain.import.equivocations().contains(slot, &id(Alice)));
	assert_eq!((chain.best(), chain.client_best()), (modest.hash(), modest.hash()));
}

#[tokio::test]
async fn block_that_does_not_execute_should_prove_nothing() {
	let chain = Chain::new();
	let slot = chain.slot(1);
	let honest = chain.block(chain.genesis(), Alice, slot, Good);
	chain.import(honest.clone()).await.unwrap();
	// Rightly sealed by the author, who sent it to nobody as a block: its state is none.
	let (mut header, body) = chain.block(chain.genesis(), Alice, slot, Good).deconstruct();
	header.digest_mut().pop();
	header.set_state_root(Default::default());
	let bad = Block::new(chain.seal(header, Alice), body);
	chain.import(bad).await.unwrap_err();
	assert!(chain.import.equivocations().is_empty());
	assert_eq!(chain.best(), honest.hash());
}

#[tokio::test]
async fn remembered_equivocations_should_be_bounded_in_memory_and_in_the_database() {
	let chain = Chain::new();
	let finalized = 0.into();
	let template = chain.block(chain.genesis(), Alice, chain.slot(1), None).header;
	let equivocations = Equivocations::default();
	let header = |author, slot, number| {
		let mut header = template.clone();
		header.set_number(number);
		let mut pre = find_pre_digest(&header).unwrap();
		(pre.author, pre.slot) = (id(author), slot);
		header.digest_mut().logs[0] = DigestItem::learning_pre_digest(&pre);
		header
	};
	let more = 6;
	let count = (MAX_EQUIVOCATIONS + more) / 2;
	for n in 1..=count as u64 {
		for author in [Alice, Bob] {
			let slot = chain.slot(n);
			assert!(!equivocations.note(&*chain.client, finalized, &header(author, slot, 1)).unwrap());
			assert!(equivocations.note(&*chain.client, finalized, &header(author, slot, 2)).unwrap());
			assert!(!equivocations.note(&*chain.client, finalized, &header(author, slot, 3)).unwrap(), "it is known");
		}
	}
	assert_eq!(equivocations.len(), MAX_EQUIVOCATIONS);
	let stored = aux_schema::equivocations(&*chain.client).unwrap();
	assert_eq!(stored.len(), MAX_EQUIVOCATIONS);
	assert!(stored.iter().all(|(slot, author)| equivocations.contains(*slot, author)));
	// Where finality has passed, nothing is looked at.
	let slot = chain.slot(2_000);
	assert!(!equivocations.note(&*chain.client, slot, &header(Alice, slot, 1)).unwrap());
	assert!(!equivocations.note(&*chain.client, slot, &header(Alice, slot, 2)).unwrap());
	assert!(!equivocations.note(&*chain.client, finalized, &header(Alice, slot, 3)).unwrap());
	// Above what is final somebody may still have to be discounted, or nobody.
	let lowest = stored.iter().map(|(slot, _)| *slot).min().unwrap();
	assert_eq!(equivocations.first_above(finalized), Some(lowest));
	assert_eq!(equivocations.first_above(lowest), Some(lowest + 1));
	assert_eq!(equivocations.first_above(chain.slot(count as u64)), Option::None);
	// The lowest slots went, with their proofs.
	let oldest = chain.slot(1);
	assert!(!equivocations.contains(oldest, &id(Alice)));
	assert!(aux_schema::equivocation_proof::<_, Header>(&*chain.client, oldest, &id(Alice)).unwrap().is_none());
}

#[tokio::test]
async fn equivocations_should_be_found_when_the_clock_was_once_far_ahead() {
	let chain = Chain::new();
	let (slot, future) = (chain.slot(1), chain.slot(u64::from(u32::MAX)));
	let own = chain.block(chain.genesis(), Bob, future, None);
	chain.set_clock(future, chain.public_after());
	chain.import(own).await.unwrap();
	chain.set_clock(slot, chain.public_after());
	for how in [Good, Bad] {
		chain.import(chain.block(chain.genesis(), Alice, slot, how)).await.unwrap();
	}
	assert!(chain.import.equivocations().contains(slot, &id(Alice)));
}
