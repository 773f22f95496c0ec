//! When an author waits for the blocks that its peers build on.

use super::chain::{Actions::*, Chain};
use crate::peer_heads::{UnknownHeads, MOST};
use praxis_runtime::{opaque::Block, Hash};
use sp_keyring::Sr25519Keyring::Bob;
use sp_runtime::traits::Block as BlockT;

#[test]
fn author_should_wait_from_the_second_slot_on_and_not_for_ever() {
	let chain = Chain::new();
	let mut heads = UnknownHeads::<Block>::default();
	// The peers go on: their head is another one in every slot.
	let mut waits = |slot: u32| heads.waits(&*chain.client, vec![(Hash::from_low_u64_be(slot.into()), 9 + slot)]);
	assert!(!waits(0), "a block takes its time");
	assert!((1..=MOST).all(&mut waits));
	// From here on every second slot at most is lost, whatever peers announce.
	let waited = (MOST + 1..MOST + 101).filter(|slot| waits(*slot)).count();
	assert_eq!(waited, 50);
	assert!(!heads.waits(&*chain.client, vec![]));
}

#[test]
fn author_should_not_wait_when_heads_are_known_in_between() {
	let chain = Chain::new();
	let mut heads = UnknownHeads::<Block>::default();
	let known = (chain.genesis(), 0);
	for slot in 0..100 {
		let head = if slot % 2 == 0 { (Hash::repeat_byte(7), 9) } else { known };
		assert!(!heads.waits(&*chain.client, vec![head]));
	}
}

/// On a slow machine or line the newest block is always still on its way when a slot begins.
#[tokio::test]
async fn author_should_not_wait_when_blocks_arrive_within_a_slot() {
	let chain = Chain::new();
	let mut heads = UnknownHeads::<Block>::default();
	let mut parent = chain.genesis();
	for number in 1..=5u32 {
		let block = chain.block(parent, Bob, chain.slot(number.into()), None);
		parent = block.hash();
		assert!(!heads.waits(&*chain.client, vec![(parent, number)]), "in slot {number}");
		chain.import(block).await.unwrap();
	}
}
