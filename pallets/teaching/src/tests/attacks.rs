//! What an attacker can try: `docs/security.md` lists these tests.

use crate::{mock::*, Error, HoldReason, SpecOf};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use praxis_primitives_teaching::{draw, payout, SessionState};
use sp_core::H256;

/// A teacher's loss.
fn loss(teacher: u64) -> i64 {
	i64::try_from(BALANCE).unwrap() - i64::try_from(Balances::total_balance(&teacher)).unwrap()
}

/// A session in which TINA and TOM taught, to be revealed; classifiers for these scores follow.
fn taught(scores: [u32; 2]) -> Course {
	let mut course = Course::offering(spec());
	course.teach(&[TINA, TOM]);
	for right in scores {
		course.train(right).unwrap();
	}
	course
}

#[test]
fn student_that_never_reveals_should_lose_its_reward_and_teachers_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let course = taught([30, 40]);
		run(21);
		assert!(matches!(session(course.id).state, SessionState::Forfeited { .. }));
		assert_eq!((loss(ALICE), loss(TINA), loss(TOM)), (48_000, 0, 0));
	});
}

#[test]
fn student_that_reveals_only_what_its_classifiers_do_not_recognise_should_lose_its_reward() {
	ExtBuilder::default().build_and_execute(|| {
		let course = taught([30, 40]);
		course.reveal_classifiers();
		// It leaves the first items out, which they recognise.
		for chunk in [2, 3] {
			assert_ok!(course.reveal_chunk(chunk));
		}
		assert_noop!(Teaching::settle(RuntimeOrigin::signed(ALICE), course.id), Error::<Test>::NotCounted);
		run(21);
		assert!(matches!(session(course.id).state, SessionState::Forfeited { .. }));
		assert_eq!((loss(ALICE), loss(TINA), loss(TOM)), (48_000, 0, 0));
	});
}

#[test]
fn mislabelled_holdout_should_be_seen_before_anybody_stakes() {
	ExtBuilder::default().build_and_execute(|| {
		// Every fourth label is wrong: of 16 drawn items about 4.
		let honest = Holdout::new(ITEMS, 4, 0);
		let mut items = honest.items.clone();
		items.iter_mut().step_by(4).for_each(|item| item.label = 0);
		let holdout = Holdout::of(items, 4);
		let id = open(ALICE, SpecOf::<Test> { root: holdout.root(), ..spec() }).unwrap();
		let course = Course { id, student: ALICE, holdout: holdout.clone(), classifiers: Default::default() };
		run(9);
		assert_noop!(course.join(TINA), Error::<Test>::WrongState);
		// Nothing but what is in the holdout can be shown.
		let drawn = Teaching::audit(id);
		let (item, _) = honest.item(drawn[0]);
		let wrong = drawn.iter().filter(|index| *index % 4 == 0).count();
		assert!(wrong > 0, "whoever reads the drawn items sees a wrong one");
		let at = drawn.iter().position(|index| index % 4 == 0).unwrap();
		if at > 0 {
			let before = drawn[..at].iter().map(|index| holdout.item(*index)).collect();
			assert_ok!(course.show(before));
		}
		let corrected = praxis_primitives_teaching::Item { label: 1, ..holdout.item(drawn[at]).0 };
		let proof = holdout.item(drawn[at]).1;
		assert_noop!(course.show(vec![(corrected, proof)]), Error::<Test>::BadProof);
		assert_eq!(item.label, 1);
		// It shows none of them: another draw costs a tenth of the reward.
		run(11);
		assert!(matches!(session(id).state, SessionState::Failed { .. }));
		assert_eq!(loss(ALICE), 4_800);
	});
}

#[test]
fn worse_classifiers_than_the_student_has_should_cost_teachers_no_more_than_their_fees() {
	ExtBuilder::default().build_and_execute(|| {
		// It keeps what it learnt to itself.
		let course = taught([5, 5]);
		course.reveal_all();
		next_block();
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
		assert_eq!((loss(ALICE), loss(TINA), loss(TOM)), (-200, 100, 100));
	});
}

#[test]
fn student_should_not_close_early() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(shaped(2, 2));
		course.teach(&[TINA, TOM]);
		assert_ok!(course.train(30));
		assert_noop!(course.reveal(1, classifier(30).encode()), Error::<Test>::WrongState);
		assert_noop!(course.reveal_chunk(0), Error::<Test>::WrongState);
		assert_noop!(Teaching::settle(RuntimeOrigin::signed(ALICE), course.id), Error::<Test>::WrongState);
		assert_noop!(poke(course.id), Error::<Test>::NotDue);
		assert_ok!(course.train(40));
		// Nor by leaving the second round out.
		assert!(matches!(session(course.id).state, SessionState::Offering { round: 1, .. }));
		assert_noop!(course.reveal(1, classifier(30).encode()), Error::<Test>::WrongState);
		assert_noop!(Teaching::settle(RuntimeOrigin::signed(ALICE), course.id), Error::<Test>::WrongState);
	});
}

#[test]
fn student_should_gain_nothing_by_teaching_itself_under_other_names() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let mut course = Course::offering(spec());
		assert_noop!(course.join(ALICE), Error::<Test>::OwnSession);
		// MALLORY is ALICE. All that was learnt from TINA's lesson is shown as that from MALLORY's.
		course.teach(&[TINA, MALLORY]);
		let scores = if course.order()[0] == MALLORY { [40, 40] } else { [5, 40] };
		for right in scores {
			assert_ok!(course.train(right));
		}
		course.reveal_all();
		next_block();
		assert_eq!(loss(ALICE) + loss(MALLORY), -100, "it has its own reward, and the fee of the lesson");
		assert_eq!(loss(TINA), 100, "the teacher has lost no more than that");
		assert_eq!(Balances::total_issuance(), issued, "nothing is minted");
	});
}

#[test]
fn rubbish_should_earn_nothing_and_cost_its_fee() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, order) = Course::settled(spec(), &[TINA, TOM, ULLA], &[30, 30, 12]);
		assert_eq!((loss(order[1]), loss(order[2])), (100, 100));
		let worth = |right| payout(48_000, &spec().scale, right, 48) as i64;
		assert_eq!(loss(order[0]), 100 - (worth(30) - worth(5)));
		assert_eq!(session(course.id).ledger.burnt, 0);
	});
}

#[test]
fn climbing_back_to_the_highest_score_should_earn_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, order) = Course::settled(spec(), &[TINA, TOM, ULLA], &[30, 10, 30]);
		let paid = |teacher| lessons(course.id).iter().find(|lesson| lesson.teacher == teacher).unwrap().paid;
		assert!(paid(order[0]) > 0);
		assert_eq!((paid(order[1]), paid(order[2])), (0, 0));
	});
}

#[test]
fn same_lesson_should_not_be_committed_twice() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(shaped(2, 2));
		course.teach(&[TINA]);
		let again = lessons(course.id)[0].offer.clone();
		assert_ok!(course.train(30));
		assert!(matches!(session(course.id).state, SessionState::Offering { round: 1, .. }));
		assert_noop!(course.commit(TINA, again), Error::<Test>::DuplicateLesson);
	});
}

#[test]
fn copy_of_anothers_lesson_should_cost_its_stake_and_not_stand_in_the_others_way() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		for teacher in [TINA, MALLORY] {
			assert_ok!(course.join(teacher));
		}
		// MALLORY sees TINA's offer in the pool and is faster.
		let offer = course.offer(TINA, 1);
		assert_ok!(course.commit(MALLORY, offer.clone()));
		assert_ok!(course.commit(TINA, offer));
		run(20);
		let secret = secret(1, 0, 1);
		assert_ok!(Teaching::dispute_lesson(RuntimeOrigin::signed(ALICE), course.id, 0, secret, None));
		assert_eq!(loss(MALLORY), 500);
		assert_ok!(course.train(30));
		course.reveal_all();
		next_block();
		assert!(loss(TINA) < 0);
	});
}

#[test]
fn oversized_lesson_should_be_refused() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		assert_ok!(course.join(TINA));
		let mut offer = course.offer(TINA, 1);
		offer.bytes = spec().lesson_bytes + 1;
		assert_noop!(course.commit(TINA, offer), Error::<Test>::BadOffer);
	});
}

#[test]
fn seats_should_lock_a_stake_each_until_the_end_when_nothing_is_taught() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		assert_ok!(course.join(MALLORY));
		assert_noop!(course.join(MALLORY), Error::<Test>::AlreadyJoined);
		for other in [VERA, WALT] {
			assert_ok!(course.join(other));
			assert_eq!(held(other, HoldReason::TeacherStake), 500);
		}
		assert_noop!(course.join(TINA), Error::<Test>::NoSeat);
		run(11);
		assert_eq!((loss(ALICE), loss(MALLORY)), (0, 0), "the student has its reward back");
	});
}

#[test]
fn place_should_be_the_beacons_and_not_that_of_the_commit() {
	let mut firsts = [0u32; 3];
	for after in 0..600 {
		let order = draw::order(&beacon(after), &[0, 1, 2]);
		firsts[usize::from(order[0])] += 1;
	}
	assert!(firsts.iter().all(|first| (150..250).contains(first)), "{firsts:?}");
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		for teacher in [TINA, TOM] {
			assert_ok!(course.join(teacher));
		}
		let late = course.offer(TOM, 2);
		assert_ok!(course.commit(TINA, course.offer(TINA, 1)));
		run_to(21);
		// Once a part of the beacon is known nobody comes in.
		assert!(matches!(session(course.id).state, SessionState::Ordering { .. }));
		assert_noop!(course.commit(TOM, late), Error::<Test>::WrongState);
	});
}

#[test]
fn student_should_not_choose_the_order() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		course.teach(&[TINA, TOM]);
		let order = course.order();
		assert_ok!(course.train(30));
		let lesson = lessons(course.id).into_iter().find(|lesson| lesson.classifier.is_some()).unwrap();
		assert_eq!(lesson.teacher, order[0]);
	});
}

#[test]
fn student_that_vanishes_while_it_trains_should_lose_its_reward_and_teachers_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(shaped(2, 2));
		course.teach(&[TINA, TOM]);
		assert_ok!(course.train(30));
		run(21);
		assert!(matches!(session(course.id).state, SessionState::Forfeited { .. }));
		assert_eq!((loss(ALICE), loss(TINA), loss(TOM)), (48_000, 0, 0));
	});
}

#[test]
fn holdout_should_not_be_used_twice_while_it_is_known() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, _) = Course::settled(spec(), &[TINA], &[30]);
		let again = SpecOf::<Test> { root: course.holdout.root(), ..spec() };
		assert_noop!(open(BOB, again.clone()), Error::<Test>::HoldoutUsed);
		run(RETENTION + 1);
		assert_ok!(open(BOB, again));
	});
}

#[test]
fn settlement_should_pay_out_when_all_free_money_is_spent() {
	ExtBuilder::default().build_and_execute(|| {
		let course = taught([30, 40]);
		course.reveal_all();
		for who in [ALICE, TINA, TOM] {
			let _ = Balances::transfer_all(RuntimeOrigin::signed(who), VERA, false);
			assert!(free(who) <= EXISTENTIAL_DEPOSIT);
		}
		next_block();
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
		let worth = |right| payout(48_000, &spec().scale, right, 48) as u64;
		let all = worth(40) - worth(5);
		assert!(free(TINA) + free(TOM) >= all + 2 * 500, "pay and stakes are free");
	});
}

#[test]
fn claim_of_a_hash_without_a_classifier_should_end_as_if_it_were_not_revealed() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		course.teach(&[TINA]);
		let hash = H256::repeat_byte(9);
		assert_ok!(Teaching::commit_classifier(RuntimeOrigin::signed(ALICE), course.id, hash, None));
		assert_ok!(course.reveal(0, classifier(5).encode()));
		assert_noop!(course.reveal_chunk(0), Error::<Test>::ClassifiersMissing);
		run(21);
		assert_eq!((loss(ALICE), loss(TINA)), (48_000, 0));
	});
}
