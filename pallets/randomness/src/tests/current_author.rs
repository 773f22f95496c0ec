use crate::mock::*;
use codec::Encode;
use frame_support::traits::FindAuthor;
use praxis_primitives_consensus::{vrf::Draws, CurrentAuthor, Slot, LEARNING_ENGINE_ID};

#[test]
fn current_author_should_be_known_in_its_block_and_after_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Randomness::author(), None);
		let claim = claim(2, 100);
		let draws = Draws::new(&claim.author, &GENESIS, claim.slot, &claim.vrf.pre_output).unwrap();
		author(2, 100);
		assert_eq!(Randomness::author(), Some((key(2), account(2))));
		assert_eq!(<Randomness as CurrentAuthor>::slot(), Some(Slot::from(100)));
		assert_eq!(Randomness::noise(), Some(draws.noise));
		assert_ne!(draws.noise, draws.randomness);
	});
}

#[test]
fn current_author_should_be_nobody_when_a_transaction_is_validated() {
	ExtBuilder::default().build_and_execute(|| {
		author(2, 100);
		// A pool begins a child without a digest and runs no hook.
		begin(vec![]);
		assert_eq!(Randomness::author(), None);
		assert_eq!(<Randomness as CurrentAuthor>::slot(), None);
		assert_eq!(Randomness::noise(), None);
	});
}

#[test]
fn find_author_should_name_the_account_of_the_pre_digest() {
	ExtBuilder::default().build_and_execute(|| {
		let find = |id, data: &[u8]| Randomness::find_author([(id, data)]);
		assert_eq!(find(LEARNING_ENGINE_ID, &claim(2, 100).encode()), Some(account(2)));
		assert_eq!(find(LEARNING_ENGINE_ID, &claim(3, 100).encode()), None);
		assert_eq!(find(LEARNING_ENGINE_ID, &[1, 2]), None);
		assert_eq!(find(*b"aura", &claim(2, 100).encode()), None);
	});
}
