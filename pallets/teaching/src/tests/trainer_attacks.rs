//! What trainers can try, and others against them: `docs/security.md` lists these tests.

use crate::{mock::*, Error, Event, HoldReason, SpecOf};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult, traits::fungible::Inspect};
use praxis_primitives_market::sealed;
use praxis_primitives_teaching::{
	draw, lesson, payout,
	trainers::{commitment, HandedKeys, Void},
	SessionState,
};
use rand::{rngs::StdRng, SeedableRng};
use sp_core::H256;
use sp_runtime::Perbill;

fn loss(who: u64) -> i64 {
	i64::try_from(BALANCE).unwrap() - i64::try_from(Balances::total_balance(&who)).unwrap()
}

fn gain(from: u32, to: u32) -> i64 {
	let worth = |right| payout(48_000, &spec().scale, right, 48) as i64;
	worth(to) - worth(from)
}

/// One lesson of TINA, whose turn it is; its trainers in the order of the draw.
fn one_lesson() -> (Course, [u64; 2]) {
	let course = Course::handed(trained(1, 1), &[TARA, THEO], &[TINA]);
	let trainers = course.trainers(0);
	(course, [trainers[0], trainers[1]])
}

type Chunk = Option<(u32, Vec<u8>, Vec<H256>)>;

fn dispute(course: &Course, who: u64, chunk: Chunk) -> DispatchResult {
	let lesson = course.turn();
	let secret = course.secret(who, lesson).unwrap_or([7; 32]);
	Teaching::dispute_lesson(RuntimeOrigin::signed(who), course.id, lesson, secret, chunk)
}

#[test]
fn one_honest_trainer_should_be_enough_when_the_other_suppresses_what_it_learnt() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, [honest, other]) = one_lesson();
		// The other shows the base again.
		course.train_by_trainers(&[40, 5]);
		course.settle_trained();
		let part = i64::try_from(SHARE.mul_floor(gain(5, 40) as u64)).unwrap();
		assert_eq!((loss(honest), loss(other)), (-part, 0));
		assert_eq!(loss(TINA), 100 - gain(5, 40) + part);
	});
}

#[test]
fn teacher_should_lose_no_more_than_its_fee_when_both_trainers_suppress() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, _) = one_lesson();
		course.train_by_trainers(&[5, 5]);
		course.settle_trained();
		assert_eq!(loss(TINA), 100);
	});
}

#[test]
fn vanished_trainers_should_cost_the_teacher_nothing_and_the_student_no_more_than_a_lesson() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::handed(trained(2, 1), &[TARA, THEO], &[TINA, TOM]);
		run(11);
		assert_eq!((loss(TARA), loss(THEO)), (slash() as i64, slash() as i64));
		run(11);
		// And once more for the second lesson.
		assert_eq!((loss(TARA), loss(THEO)), (2 * slash() as i64, 2 * slash() as i64));
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
		assert_eq!((loss(TINA), loss(TOM), loss(ALICE)), (0, 0, 0));
		assert!(Teaching::trainers(0, 9).is_empty());
	});
}

#[test]
fn copy_of_anothers_commitment_or_classifier_should_earn_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, [one, other]) = one_lesson();
		assert_ok!(course.commit_to(one, 40));
		let copied = lessons(course.id)[0].trainers[0].commitment.unwrap();
		assert_ok!(Teaching::commit_training(RuntimeOrigin::signed(other), course.id, 0, copied));
		assert_ok!(course.show_training(one, 40));
		// Its account is not that of the commitment.
		let shown = course.show_bytes(other, classifier(40).encode(), [one as u8; 32]);
		assert_eq!(shown, Err(Error::<Test>::WrongClassifier.into()));
		run(REVEAL_TRAINING_BLOCKS + 1);
		assert_eq!(loss(other), slash() as i64);
	});
	ExtBuilder::default().build_and_execute(|| {
		// Nor can it wait for the other's classifier: that is shown when nobody can commit any more.
		let (course, [one, other]) = one_lesson();
		assert_ok!(course.commit_to(one, 40));
		assert_noop!(course.show_training(one, 40), Error::<Test>::WrongState);
		run(11);
		assert_ok!(course.show_training(one, 40));
		let late = commitment(&other, &classifier(40).hash().into(), &[0; 32]);
		let late = Teaching::commit_training(RuntimeOrigin::signed(other), course.id, 0, late);
		assert_eq!(late, Err(Error::<Test>::WrongState.into()));
	});
}

#[test]
fn student_and_teachers_should_not_be_drawn_and_trainers_not_teach() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(2, 2), &[ALICE, TINA, TARA]);
		course.teach(&[TINA]);
		assert_eq!(course.trainers(0), [TARA]);
		course.hand_all();
		course.train_by_trainers(&[30]);
		// What it read of TINA it cannot sell as its own.
		assert!(matches!(session(course.id).state, SessionState::Offering { round: 1, .. }));
		assert_noop!(course.join(TARA), Error::<Test>::IsTrainer);
		assert_ok!(course.join(MALLORY));
	});
}

#[test]
fn many_names_should_be_drawn_no_more_often_than_their_part_of_the_pool_and_cost_a_bond_each() {
	// Three of six names are one's.
	let pool = [TARA, THEO, TESS, 25, 26, 27];
	let mut both = 0;
	for after in 0..2_000 {
		let drawn = draw::trainers(&beacon(after), 0, 0, &pool, 2);
		both += u32::from(drawn.iter().all(|place| *place >= 3));
	}
	// 3/6 · 2/5 = 0.2; the standard error is 18.
	assert!((330..=470).contains(&both), "{both}");
	ExtBuilder::default().build_and_execute(|| {
		for name in pool {
			assert_ok!(enlist(name));
		}
		assert_noop!(enlist(MALLORY), Error::<Test>::PoolFull);
		let bonds: u64 = pool.into_iter().map(|name| held(name, HoldReason::TrainerBond)).sum();
		assert_eq!(bonds, 6 * TRAINER_BOND);
		// Everybody sees them before a teacher stakes anything.
		assert_eq!(Teaching::trainers(0, 100).len(), 6);
	});
}

#[test]
fn trainers_that_were_drawn_should_stay_the_same_when_others_leave_or_come_once_the_beacon_is_known() {
	let drawn_when = |change: &dyn Fn()| {
		let mut drawn = vec![];
		ExtBuilder::default().build_and_execute(|| {
			let course = Course::for_trainers(trained(1, 1), &[TARA, THEO, TESS, TOBY]);
			assert_ok!(course.join(TINA));
			assert_ok!(course.commit(TINA, course.offer(TINA, 1)));
			run(8);
			assert!(matches!(session(course.id).state, SessionState::Ordering { .. }));
			change();
			next_block();
			drawn = course.trainers(0);
		});
		drawn
	};
	let drawn = drawn_when(&|| {});
	assert_eq!(drawn.len(), 2);
	let comes = || {
		assert_ok!(enlist(MALLORY));
	};
	assert_eq!(drawn, drawn_when(&comes));
	for who in [TARA, THEO, TESS, TOBY].into_iter().filter(|who| !drawn.contains(who)) {
		// Who was not drawn anyhow changes nothing by leaving.
		let leaves = || {
			assert_ok!(Teaching::retire_trainer(RuntimeOrigin::signed(who)));
		};
		assert_eq!(drawn, drawn_when(&leaves));
	}
}

#[test]
fn retired_trainer_should_still_be_slashed_for_what_it_was_drawn_for() {
	ExtBuilder::default().build_and_execute(|| {
		let (_course, [one, _]) = one_lesson();
		assert_ok!(Teaching::retire_trainer(RuntimeOrigin::signed(one)));
		assert_eq!(bond(one), TRAINER_BOND, "it cannot run away with its bond");
		run(11);
		assert_eq!((bond(one), loss(one)), (0, slash() as i64));
	});
}

#[test]
fn lesson_should_be_void_when_what_was_handed_does_not_open() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let course = Course::for_trainers(trained(2, 1), &[TARA, THEO]);
		course.teach(&[TINA, TOM]);
		// TINA's accomplice is the first that was drawn: it alone gets a key that opens.
		let mut keys = course.keys(0).into_inner();
		keys[1][60] ^= 1;
		assert_ok!(course.hand(0, HandedKeys::truncate_from(keys)));
		assert_ok!(course.hand(1, course.keys(1)));
		if course.turn() == 1 {
			course.train_by_trainers(&[20, 20]);
		}
		let [accomplice, honest] = course.trainers(0).try_into().unwrap();
		assert_ok!(course.commit_to(accomplice, 40));
		assert_ok!(dispute(&course, honest, None));
		let void = Event::LessonVoided { session: course.id, lesson: 0, cause: Void::CannotBeOpened, stake: 500 };
		assert!(events().contains(&void));
		assert_eq!((loss(TINA), loss(accomplice), loss(honest)), (500, 0, 0));
		assert_eq!(Balances::total_issuance(), issued - 500);
		if matches!(session(course.id).state, SessionState::TrainingCommit { .. }) {
			course.train_by_trainers(&[20, 20]);
		}
		course.settle_trained();
		assert_eq!(lessons(course.id)[0].paid, 0);
		assert!(Teaching::trainers(0, 9).iter().all(|view| view.engaged == 0 && !view.retired));
	});
}

#[test]
fn lesson_should_be_void_when_a_chunk_does_not_open_for_a_trainer() {
	ExtBuilder::default().build_and_execute(|| {
		let mut file = lesson::seal(&[1; 32], &vec![1; 100_000]).unwrap();
		file[80_000] ^= 1;
		let course = Course::for_trainers(trained(1, 1), &[TARA, THEO]);
		assert_ok!(course.join(TINA));
		let mut offer = course.offer(TINA, 1);
		offer.ciphertext = lesson::root(&file);
		assert_ok!(course.commit(TINA, offer));
		run(10);
		course.hand_all();
		let piece = file.chunks(lesson::SEALED_CHUNK).nth(1).unwrap().to_vec();
		let chunk = Some((1, piece, lesson::prove(&file, 1)));
		assert_ok!(dispute(&course, TARA, chunk));
		assert_eq!((loss(TINA), loss(TARA), loss(THEO)), (500, 0, 0));
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
	});
}

#[test]
fn dispute_of_a_good_lesson_should_cost_the_trainer_its_fee_and_the_teacher_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let (course, [one, other]) = one_lesson();
		assert_ok!(dispute(&course, one, None));
		let lost = Event::DisputeLost { session: course.id, lesson: 0, who: one, fee: DISPUTE_FEE };
		assert_eq!(events().last(), Some(&lost));
		assert_eq!((loss(one), bond(one)), (DISPUTE_FEE as i64, TRAINER_BOND - DISPUTE_FEE));
		assert_eq!(Balances::total_issuance(), issued - DISPUTE_FEE);
		// A chunk that opens proves nothing, either.
		let file = sealed_lesson(TINA as u8, &[9; 32]).1;
		let piece = file.chunks(lesson::SEALED_CHUNK).next().unwrap().to_vec();
		assert_ok!(dispute(&course, one, Some((0, piece.clone(), lesson::prove(&file, 0)))));
		assert_noop!(dispute(&course, one, Some((1, piece, lesson::prove(&file, 0)))), Error::<Test>::BadProof);
		// The lesson is trained all the same.
		assert_ok!(course.commit_to(one, 30));
		assert_noop!(dispute(&course, one, None), Error::<Test>::AlreadyCommitted);
		assert_ok!(course.commit_to(other, 30));
		assert_noop!(dispute(&course, other, None), Error::<Test>::WrongState);
		assert_ok!(course.show_training(one, 30));
		assert_ok!(course.show_training(other, 30));
		course.settle_trained();
		assert!(loss(TINA) < 0);
	});
}

#[test]
fn dispute_should_be_refused_when_it_is_not_a_trainers_of_the_lesson_or_the_bond_is_spent() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, [one, other]) = one_lesson();
		assert_noop!(dispute(&course, ALICE, None), Error::<Test>::NotTrainerOfLesson);
		assert_noop!(dispute(&course, TINA, None), Error::<Test>::NotTrainerOfLesson);
		let with = |secret| Teaching::dispute_lesson(RuntimeOrigin::signed(one), course.id, 0, secret, None);
		assert_noop!(with(course.secret(other, 0).unwrap()), Error::<Test>::WrongSecret);
		let absent = Teaching::dispute_lesson(RuntimeOrigin::signed(one), course.id, 1, [0; 32], None);
		assert_eq!(absent, Err(Error::<Test>::NoLesson.into()));
		let mut left = TRAINER_BOND;
		while left >= DISPUTE_FEE {
			assert_ok!(dispute(&course, one, None));
			left -= DISPUTE_FEE;
			let retired = Teaching::trainers(0, 9).iter().find(|view| view.account == one).unwrap().retired;
			assert_eq!(retired, left < slash(), "who has nothing to lose is drawn no more");
		}
		assert_noop!(dispute(&course, one, None), Error::<Test>::BondSpent);
		// It loses what is left when it goes.
		assert_ok!(course.commit_to(other, 30));
		run(11);
		assert_eq!(loss(one), TRAINER_BOND as i64);
	});
}

#[test]
fn student_should_not_gain_by_a_share_that_is_no_share() {
	ExtBuilder::default().build_and_execute(|| {
		for (share, is_one) in [(0, false), (1, true), (50, true), (51, false)] {
			let spec = SpecOf::<Test> { trainers: Some(Perbill::from_percent(share)), ..trained(1, 1) };
			let root = H256::repeat_byte(share as u8 + 1);
			let opened = open(BOB, SpecOf::<Test> { root, ..spec });
			assert_eq!(opened.is_ok(), is_one, "{share} %");
			assert!(is_one || opened == Err(Error::<Test>::BadShare.into()));
		}
		let keys = spec().keys;
		assert_noop!(open(ALICE, SpecOf::<Test> { keys, ..trained(3, 1) }), Error::<Test>::BadKeys);
		assert_noop!(open(ALICE, SpecOf::<Test> { trainers: None, ..trained(3, 1) }), Error::<Test>::BadKeys);
	});
}

#[test]
fn teacher_should_not_choose_the_lesson_for_an_accomplice_that_is_drawn() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(1, 1), &[TARA, THEO]);
		course.teach(&[TINA]);
		// Another key than the committed one is seen by whoever gets it.
		let prekey = lessons(course.id)[0].trainers[0].prekey;
		let key = sealed::seal(&[99; 32], &prekey, &mut StdRng::seed_from_u64(3)).unwrap();
		assert_ok!(course.hand(0, HandedKeys::truncate_from(vec![key, course.keys(0)[1]])));
		let first = course.trainers(0)[0];
		assert_ok!(dispute(&course, first, None));
		assert_eq!(loss(TINA), 500);
	});
}

#[test]
fn classifier_of_another_shape_should_not_be_shown() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, [one, _]) = one_lesson();
		let large = praxis_policy::UncheckedPolicy {
			version: praxis_policy::FORMAT_VERSION,
			input_limit: 32_767,
			layers: vec![praxis_policy::UncheckedLayer {
				inputs: 2,
				outputs: 3,
				shift: 0,
				biases: vec![0; 3],
				weights: vec![0; 6],
			}],
		};
		let bytes = praxis_policy::Policy::try_from(large).unwrap().encode();
		let hash = sp_io::hashing::blake2_256(&bytes).into();
		let commitment = commitment(&one, &hash, &[0; 32]);
		assert_ok!(Teaching::commit_training(RuntimeOrigin::signed(one), course.id, 0, commitment));
		run(11);
		let shown = course.show_bytes(one, bytes, [0; 32]);
		assert_eq!(shown, Err(Error::<Test>::WrongShape.into()));
	});
}

#[test]
fn copy_of_anothers_offer_should_cost_its_stake_when_the_key_is_to_be_handed() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(2, 1), &[TARA, THEO]);
		assert_ok!(course.join(TINA));
		assert_ok!(course.join(MALLORY));
		let offer = course.offer(TINA, 1);
		assert_ok!(course.commit(MALLORY, offer.clone()));
		assert_ok!(course.commit(TINA, offer));
		run(10);
		assert_ok!(course.hand(1, course.keys(1)));
		// The keys that were handed for TINA's lesson open nothing of MALLORY's, whose trainers have others for it.
		assert_ok!(course.hand(0, HandedKeys::truncate_from(course.keys(1).into_inner())));
		if course.turn() == 1 {
			course.train_by_trainers(&[30, 30]);
		}
		assert_ok!(dispute(&course, course.trainers(0)[0], None));
		if matches!(session(course.id).state, SessionState::TrainingCommit { .. }) {
			course.train_by_trainers(&[30, 30]);
		}
		course.settle_trained();
		assert_eq!(loss(MALLORY), 500);
		assert!(loss(TINA) < 0);
	});
}
