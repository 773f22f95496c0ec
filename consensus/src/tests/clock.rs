//! Early blocks, and clocks that differ.

use super::chain::{Actions::*, Chain};
use crate::{
	announce::{MAX_HELD, MAX_HELD_BY_AUTHOR},
	Error,
};
use futures::{poll, FutureExt};
use praxis_primitives_consensus::{digests::find_pre_digest, LearningDigest};
use praxis_runtime::{opaque::Block, Header};
use sc_client_api::HeaderBackend;
use sc_consensus::{BlockImportParams, Verifier};
use sp_consensus::{
	block_validation::{BlockAnnounceValidator, Validation},
	BlockOrigin,
};
use sp_core::{sr25519, Pair};
use sp_keyring::Sr25519Keyring::{Alice, Bob};
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT},
	DigestItem,
};
use std::time::Duration;

const WELCOME: Validation = Validation::Success { is_new_best: false };

/// Long enough to see that something does not happen; nothing is lost if it takes longer.
const A_WHILE: Duration = Duration::from_millis(100);

#[tokio::test]
async fn early_announcement_should_be_held_until_its_block_may_be_seen() {
	let chain = Chain::new();
	let slot = chain.slot(1);
	let early = chain.block(chain.genesis(), Alice, slot, None);
	let mut validator = chain.announcements();
	chain.set_clock(slot, chain.public_after() - 1);
	let mut held = validator.validate(&early.header, &[]);
	assert!(tokio::time::timeout(A_WHILE, &mut held).await.is_err(), "a millisecond too early is too early");
	// What is right is not held behind it.
	let before = chain.block(chain.genesis(), Bob, chain.slot(0), None);
	assert_eq!(poll!(validator.validate(&before.header, &[])).map(Result::unwrap), std::task::Poll::Ready(WELCOME));
	chain.set_clock(slot, chain.public_after());
	assert_eq!(held.await.unwrap(), WELCOME);
}

#[tokio::test]
async fn early_block_should_be_refused_when_it_comes_without_an_announcement() {
	let chain = Chain::new();
	let slot = chain.slot(1);
	let early = chain.block(chain.genesis(), Alice, slot, Good);
	let tolerance = chain.clock.tolerance().as_millis() as u64;
	for milliseconds in [0, chain.public_after() - tolerance - 1] {
		chain.set_clock(slot, milliseconds);
		let error = chain.import(early.clone()).await.unwrap_err();
		assert!(error.contains("must not be seen for another"), "{error}");
		assert_eq!(chain.client_best(), chain.genesis());
	}
	// Nothing is held against the block itself.
	chain.set_clock(slot, chain.public_after());
	assert!(chain.import(early).await.unwrap());
}

#[tokio::test]
async fn block_should_be_waited_for_when_clocks_differ_within_the_tolerance() {
	let chain = Chain::new();
	let slot = chain.slot(1);
	let block = chain.block(chain.genesis(), Alice, slot, None);
	let params = BlockImportParams::<Block>::new(BlockOrigin::NetworkBroadcast, block.header.clone());
	// An author builds at two thirds of its slot; this node's clock is late by the tolerance, and the block still new.
	let (tolerance, built) = (chain.clock.tolerance().as_millis() as u64, chain.slot_duration.as_millis() / 3 * 2);
	assert_eq!(chain.public_after(), built - tolerance);
	chain.set_clock(slot, built - tolerance);
	let verified = chain.verifier.verify(params).now_or_never().expect("nobody honest waits");
	assert!(verified.is_ok());
	// One that is a little later still is waited for, so that its neighbour is not taken for a liar.
	chain.set_clock(slot, built - tolerance - 1);
	let params = BlockImportParams::<Block>::new(BlockOrigin::NetworkInitialSync, block.header);
	let mut waits = chain.verifier.verify(params);
	assert!(tokio::time::timeout(A_WHILE, &mut waits).await.is_err());
	chain.set_clock(slot, built - tolerance);
	assert!(waits.await.is_ok());
}

#[tokio::test]
async fn announcement_should_be_refused_when_its_slot_has_not_begun() {
	let chain = Chain::new();
	let slot = chain.slot(1);
	let block = chain.block(chain.genesis(), Alice, slot + 1, None);
	let mut validator = chain.announcements();
	chain.set_clock(slot, 0);
	let answer = validator.validate(&block.header, &[]).now_or_never().expect("it is not held");
	assert_eq!(answer.unwrap(), Validation::Failure { disconnect: false });
}

/// A header with a right seal by `author`, whoever that is.
fn sealed_by(author: &sr25519::Pair, header: &Header, n: u64) -> Header {
	let mut header = header.clone();
	header.digest_mut().pop();
	header.set_extrinsics_root(sp_core::H256::from_low_u64_be(n));
	let mut pre = find_pre_digest(&header).unwrap();
	pre.author = author.public().into();
	header.digest_mut().logs[0] = DigestItem::learning_pre_digest(&pre);
	let signature = author.sign(header.hash().as_ref());
	header.digest_mut().push(DigestItem::learning_seal(&signature.into()));
	header
}

#[tokio::test]
async fn early_announcements_should_not_stall_the_honest_ones() {
	let chain = Chain::new();
	let slot = chain.slot(5);
	let template = chain.block(chain.genesis(), Alice, slot, None).header;
	let honest = chain.block(chain.genesis(), Bob, chain.slot(4), None).header;
	let mut validator = chain.announcements();
	chain.set_clock(slot, 0);
	let mut held = Vec::new();
	let mut ignored = 0;
	for author in 0..2 * MAX_HELD / MAX_HELD_BY_AUTHOR {
		let author = sr25519::Pair::from_seed(&[author as u8 + 1; 32]);
		for n in 0..2 * MAX_HELD_BY_AUTHOR {
			let mut validation = validator.validate(&sealed_by(&author, &template, n as u64), &[]);
			match poll!(&mut validation) {
				std::task::Poll::Pending => held.push(validation),
				std::task::Poll::Ready(answer) => {
					assert!(answer.unwrap_err().to_string().contains("too many early announcements"));
					ignored += 1;
				}
			}
		}
	}
	assert_eq!((held.len(), ignored), (MAX_HELD, 3 * MAX_HELD));
	assert_eq!(poll!(validator.validate(&honest, &[])).map(Result::unwrap), std::task::Poll::Ready(WELCOME));
	// A seal that is not the author's is not held at all.
	let mut forged = template.clone();
	forged.set_state_root(Default::default());
	let answer = validator.validate(&forged, &[]).now_or_never().expect("it is not held");
	assert_eq!(answer.unwrap(), Validation::Failure { disconnect: true });
	// What is over makes room again.
	held.clear();
	assert!(poll!(validator.validate(&template, &[])).is_pending());
}

#[tokio::test]
async fn own_blocks_should_not_count_when_the_clock_was_ahead() {
	let chain = Chain::new();
	let (slot, future) = (chain.slot(1), chain.slot(100_000));
	// Nobody else takes these, but the author's own node does.
	let mut ahead = chain.genesis();
	for n in 0..3 {
		let block = chain.block(ahead, Alice, future + n, Good);
		chain.set_clock(future + n, chain.public_after());
		ahead = block.hash();
		assert!(chain.import(block).await.unwrap());
	}
	assert_eq!((chain.best(), chain.client_best()), (ahead, ahead));
	// The clock is set right.
	chain.set_clock(slot, chain.public_after());
	assert_eq!(chain.best(), chain.genesis());
	let b1 = chain.extend(chain.genesis(), Bob, slot, None).await;
	assert_eq!((chain.best(), chain.client_best()), (b1, b1));
	assert_eq!(chain.client.info().best_number, 1);
}

#[tokio::test]
async fn clock_should_say_when_a_block_may_be_seen() {
	let chain = Chain::new();
	let slot = chain.slot(1);
	chain.set_clock(slot, 0);
	assert_eq!(chain.clock.slot(), slot);
	assert_eq!(chain.clock.until_public(slot), Duration::from_millis(chain.public_after()));
	assert!(chain.clock.has_begun(slot));
	assert!(!chain.clock.has_begun(slot + 1));
	// No slot is so far away that it could be computed into the past.
	assert!(!chain.clock.has_begun(u64::MAX.into()));
	assert!(chain.clock.until_public(u64::MAX.into()) > Duration::from_secs(1 << 40));
	let late = Error::TooEarly { slot, milliseconds: 7 };
	assert!(!late.is_the_headers() && Error::BadSeal.is_the_headers());
}
