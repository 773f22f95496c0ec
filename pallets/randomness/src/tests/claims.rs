use crate::{claims::accumulate, mock::*, vector, ClaimError, WeightInfo};
use frame_support::{assert_ok, traits::Hooks};
use praxis_primitives_consensus::{
	digests::DigestError, vrf::Draws, AuthorSet, LearningDigest, PreDigest, Slot, EXPECTED_CANDIDATES,
	LEARNING_ENGINE_ID, RANDOMNESS_DELAY,
};
use sp_runtime::DigestItem;

#[test]
fn block_should_be_entered_when_its_claim_is_good() {
	ExtBuilder::default().build_and_execute(|| {
		author(1, 100);
		author(2, 101);
		author(2, 500);
		assert_eq!(Randomness::last_slot(), Some(Slot::from(500)));
	});
}

#[test]
fn on_initialize_should_return_the_weight_of_what_it_did() {
	use praxis_primitives_consensus::{Beacon, BEACON_BLOCKS};
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Randomness::request(0));
		for height in 1..=u64::from(BEACON_BLOCKS) {
			let number = begin(vec![DigestItem::learning_pre_digest(&claim(1, 100 + height))]);
			let expected = if height == u64::from(BEACON_BLOCKS) {
				<()>::on_initialize_with_beacon()
			} else {
				<()>::on_initialize()
			};
			assert_eq!(Randomness::on_initialize(number), expected);
		}
	});
}

#[test]
#[should_panic(expected = "block refused: header has no readable pre-digest of the engine")]
fn block_should_be_refused_when_there_is_no_pre_digest() {
	ExtBuilder::default().build_and_execute(|| execute(vec![]));
}

#[test]
#[should_panic(expected = "block refused: header has no readable pre-digest of the engine")]
fn block_should_be_refused_when_the_pre_digest_does_not_decode() {
	ExtBuilder::default()
		.build_and_execute(|| execute(vec![DigestItem::PreRuntime(LEARNING_ENGINE_ID, vec![1, 2, 3])]));
}

#[test]
#[should_panic(expected = "block refused: header has more than one pre-digest of the engine")]
fn block_should_be_refused_when_there_are_two_pre_digests() {
	ExtBuilder::default().build_and_execute(|| {
		let item = DigestItem::learning_pre_digest(&claim(1, 100));
		execute(vec![item.clone(), item]);
	});
}

#[test]
fn claim_should_not_count_when_it_is_that_of_another_engine() {
	ExtBuilder::default().build_and_execute(|| {
		let DigestItem::PreRuntime(_, data) = DigestItem::learning_pre_digest(&claim(1, 100)) else {
			panic!("pre-digest is a pre-runtime item")
		};
		assert_eq!(
			Randomness::enter(1, &[DigestItem::PreRuntime(*b"aura", data)]),
			Err(ClaimError::Digest(DigestError::NoPreDigest))
		);
	});
}

#[test]
fn claim_should_be_refused_when_the_slot_does_not_rise() {
	ExtBuilder::default().build_and_execute(|| {
		author(1, 100);
		for slot in [100, 99, 0] {
			assert_eq!(
				refused(&claim(2, slot)),
				Some(ClaimError::SlotNotRising { parent: Slot::from(100), slot: Slot::from(slot) })
			);
		}
		assert_eq!(refused(&claim(2, 101)), None);
	});
}

#[test]
#[should_panic(expected = "block refused: slot 100 is not higher than slot 100 of the parent")]
fn block_should_be_refused_with_both_slots_when_the_slot_does_not_rise() {
	ExtBuilder::default().build_and_execute(|| {
		author(1, 100);
		author(2, 100);
	});
}

#[test]
fn claim_should_be_refused_when_the_author_has_no_active_bond() {
	ExtBuilder::default().build_and_execute(|| {
		author(1, 100);
		assert_eq!(refused(&claim(3, 101)), Some(ClaimError::NotAnAuthor));

		assert_eq!(refused(&claim(2, 101)), None);
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(2))));
		assert_eq!(refused(&claim(2, 101)), Some(ClaimError::NotAnAuthor));
	});
}

#[test]
fn claim_should_be_refused_when_the_vrf_is_not_that_of_author_slot_and_randomness() {
	ExtBuilder::default().build_and_execute(|| {
		let good = claim(1, 100);
		assert_eq!(refused(&good), None);

		let mut other_slot = good.clone();
		other_slot.slot = Slot::from(101);
		let mut other_author = good.clone();
		other_author.author = key(2);
		let mut other_output = good.clone();
		other_output.vrf.pre_output = claim(1, 101).vrf.pre_output;
		let mut other_proof = good.clone();
		other_proof.vrf.proof = claim(1, 101).vrf.proof;
		let other_randomness = claim_over(1, 100, &[8; 32]);
		for bad in [other_slot, other_author, other_output, other_proof, other_randomness] {
			assert_eq!(refused(&bad), Some(ClaimError::BadVrf));
		}
	});
}

#[test]
fn claim_should_be_refused_when_the_sortition_leaves_the_author_out() {
	let authors = 4 * EXPECTED_CANDIDATES as u8;
	ExtBuilder::default().with_authors(1..=authors).build_and_execute(|| {
		let (mut eligible, mut left_out) = (0, 0);
		for slot in 0..8 {
			for index in 1..=authors {
				let claim = claim(index, slot);
				let draws = Draws::new(&claim.author, &GENESIS, claim.slot, &claim.vrf.pre_output).unwrap();
				if draws.is_eligible(authors.into()) {
					assert_eq!(refused(&claim), None);
					eligible += 1;
				} else {
					assert_eq!(refused(&claim), Some(ClaimError::NotEligible));
					left_out += 1;
				}
			}
		}
		// 8 of 32 are expected in each of the 8 slots: 64 of 256, with a deviation of 7.
		assert!((36..=92).contains(&eligible), "{eligible} eligible, {left_out} left out");
	});
}

#[test]
fn everybody_should_be_eligible_when_there_are_few_authors() {
	ExtBuilder::default().with_authors(1..=EXPECTED_CANDIDATES as u8).build_and_execute(|| {
		for slot in 0..8 {
			for index in 1..=EXPECTED_CANDIDATES as u8 {
				assert_eq!(refused(&claim(index, slot)), None);
			}
		}
	});
}

#[test]
fn randomness_of_a_block_should_be_what_was_accumulated_a_delay_earlier() {
	ExtBuilder::default().build_and_execute(|| {
		let mut accumulated = vec![GENESIS];
		for height in 1..=3 * RANDOMNESS_DELAY as usize {
			let randomness = match height.checked_sub(RANDOMNESS_DELAY as usize) {
				Some(earlier) => accumulated[earlier],
				None => GENESIS,
			};
			assert_eq!(Randomness::child_randomness(), randomness, "block {height}");

			let claim = claim(1 + (height % 2) as u8, 100 + height as u64);
			let draws = Draws::new(&claim.author, &randomness, claim.slot, &claim.vrf.pre_output).unwrap();
			accumulated.push(accumulate(accumulated.last().unwrap(), &draws.randomness));
			execute(vec![DigestItem::learning_pre_digest(&claim)]);
		}
		let mut distinct = accumulated.clone();
		distinct.sort();
		distinct.dedup();
		assert_eq!(distinct.len(), accumulated.len());
	});
}

#[test]
fn child_randomness_should_be_the_same_at_the_parent_and_in_the_child_when_it_has_just_begun() {
	ExtBuilder::default().build_and_execute(|| {
		for slot in 100..140 {
			let at_parent = Randomness::child_randomness();
			let claim = claim(1, slot);
			let number = begin(vec![DigestItem::learning_pre_digest(&claim)]);
			assert_eq!(Randomness::child_randomness(), at_parent);
			Randomness::on_initialize(number);
		}
	});
}

#[test]
fn block_made_again_should_change_neither_noise_nor_randomness() {
	// The proof is randomised, so two claims of one author for one slot differ; the outputs do not.
	let outcome = || {
		let mut result = None;
		ExtBuilder::default().build_and_execute(|| {
			let claim = claim(1, 100);
			execute(vec![DigestItem::learning_pre_digest(&claim)]);
			result = Some((claim.vrf.proof, crate::Current::<Test>::get(), crate::Accumulated::<Test>::get(1)));
		});
		result.unwrap()
	};
	let (first, second) = (outcome(), outcome());
	assert_ne!(first.0, second.0);
	assert_eq!((first.1, first.2), (second.1, second.2));
}

#[test]
fn author_who_registers_should_not_know_the_randomness_of_its_first_block() {
	ExtBuilder::default().build_and_execute(|| {
		author_many(3);
		let proof = {
			use codec::Encode;
			use sp_core::proof_of_possession::ProofOfPossessionGenerator;
			pair(3).into_inner().generate_proof_of_possession(&account(3).encode()).into()
		};
		assert_ok!(Workers::register_author(RuntimeOrigin::signed(account(3)), key(3), proof));
		// All that is accumulated when the key is chosen.
		let known: Vec<_> = crate::Accumulated::<Test>::iter_values().collect();
		while Workers::account_of(&key(3), System::block_number() + 1).is_none() {
			author_many(1);
		}
		assert!(!known.contains(&Randomness::child_randomness()));
		author(3, 1_000);
	});
}

#[test]
fn draws_of_a_known_claim_should_stay_what_they_are() {
	// Whoever changes the transcript, a context or the codec changes what every author draws: a fork.
	use codec::DecodeAll;
	let claim = PreDigest::decode_all(&mut &vector::CLAIM[..]).unwrap();
	assert_eq!((claim.author.clone(), claim.slot), (key(1), Slot::from(vector::SLOT)));
	let draws = Draws::new(&claim.author, &vector::RANDOMNESS, claim.slot, &claim.vrf.pre_output).unwrap();
	assert_eq!(draws.randomness[..4], [178, 64, 240, 225]);
	assert_eq!(draws.noise[..4], [247, 104, 126, 133]);
	assert_eq!(draws.ticket, 14_197_395_468_376_869_806);
	ExtBuilder::default().build_and_execute(|| assert_eq!(refused(&claim), None));
}
