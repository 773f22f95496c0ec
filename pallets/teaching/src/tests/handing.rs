use crate::{mock::*, Error, Event, Failure, HoldReason, Ready};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_teaching::{
	trainers::{HandedKeys, Void},
	LessonOffer, SessionState,
};

#[test]
fn trainers_should_be_drawn_with_the_order_and_be_different_and_neutral() {
	ExtBuilder::default().build_and_execute(|| {
		// The student and a teacher are in the pool, too.
		let course = Course::for_trainers(trained(2, 1), &[ALICE, TINA, TARA, THEO, TESS]);
		course.teach(&[TINA, TOM]);
		for lesson in 0..2 {
			let trainers = course.trainers(lesson);
			assert!(trainers.len() == 2 && trainers[0] != trainers[1], "{trainers:?}");
			assert!(trainers.iter().all(|trainer| [TARA, THEO, TESS].contains(trainer)), "{trainers:?}");
			assert!(events().contains(&Event::TrainersDrawn { session: course.id, lesson, trainers }));
		}
		let SessionState::Handing { round: 0, until } = session(course.id).state else {
			panic!("no keys are waited for")
		};
		assert_eq!(until, System::block_number() - 1 + HAND_BLOCKS);
		course.hand_all();
	});
}

#[test]
fn trainer_should_not_be_drawn_when_it_came_after_the_offers_were_closed() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(1, 1), &[TARA]);
		assert_ok!(course.join(TINA));
		assert_ok!(course.commit(TINA, course.offer(TINA, 1)));
		next_block();
		assert!(matches!(session(course.id).state, SessionState::Ordering { .. }));
		for late in [THEO, TESS, TOBY] {
			assert_ok!(enlist(late));
		}
		run(9);
		assert_eq!(course.trainers(0), [TARA]);
	});
}

#[test]
fn trainer_that_has_no_keys_should_not_be_drawn_when_it_adds_some_after_the_offers_were_closed() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Teaching::enlist_trainer(RuntimeOrigin::signed(TARA), prekeys(TARA, 0..1)));
		let first = Course::for_trainers(trained(1, 1), &[THEO]);
		first.teach(&[TINA]);
		let second = Course::offering(trained(1, 1));
		assert_ok!(second.reveal(0, classifier(5).encode()));
		assert_ok!(second.join(TOM));
		assert_ok!(second.commit(TOM, second.offer(TOM, 1)));
		next_block();
		assert_ok!(Teaching::add_keys(RuntimeOrigin::signed(TARA), prekeys(TARA, 1..3)));
		run(9);
		assert_eq!(second.trainers(0), [THEO]);
	});
}

#[test]
fn lesson_should_be_void_without_blame_when_nobody_can_be_drawn() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(2, 2), &[TINA]);
		course.teach(&[TINA]);
		let void = Event::LessonVoided { session: course.id, lesson: 0, cause: Void::NoTrainer, stake: 0 };
		assert!(events().contains(&void));
		assert_eq!((held(TINA, HoldReason::LessonFee), held(TINA, HoldReason::TeacherStake)), (0, 500));
		// The next round comes at once, and the teacher may go on.
		assert!(matches!(session(course.id).state, SessionState::Offering { round: 1, .. }));
		assert_ok!(enlist(TARA));
		course.teach(&[TINA]);
		course.hand_all();
		course.train_by_trainers(&[40]);
		course.settle_trained();
		assert_eq!((lessons(course.id)[0].paid, session(course.id).ledger.burnt), (0, 0));
		assert!(lessons(course.id)[1].paid > 0);
	});
}

#[test]
fn everything_should_return_when_the_pool_is_empty() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(1, 1), &[]);
		course.teach(&[TINA]);
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
		assert_eq!((free(ALICE), free(TINA)), (BALANCE - session(course.id).deposit, BALANCE));
	});
}

#[test]
fn handing_should_fail_when_it_is_anothers_the_keys_do_not_fit_or_it_is_not_the_time() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(3, 2), &[TARA, THEO]);
		let hand = |who, lesson, keys| Teaching::hand_lesson(RuntimeOrigin::signed(who), course.id, lesson, keys);
		assert_noop!(hand(TINA, 0, HandedKeys::default()), Error::<Test>::WrongState);
		course.teach(&[TINA, TOM]);
		let keys = course.keys(0);
		assert_noop!(Teaching::hand_lesson(RuntimeOrigin::signed(TINA), 9, 0, keys.clone()), Error::<Test>::NotFound);
		assert_noop!(hand(TINA, 2, keys.clone()), Error::<Test>::NoLesson);
		assert_noop!(hand(TOM, 0, keys.clone()), Error::<Test>::NotTeacher);
		assert_noop!(hand(TINA, 0, HandedKeys::truncate_from(vec![keys[0]])), Error::<Test>::WrongKeys);
		assert_ok!(hand(TINA, 0, keys.clone()));
		assert_eq!(events().last(), Some(&Event::LessonHanded { session: course.id, lesson: 0 }));
		assert_noop!(hand(TINA, 0, keys.clone()), Error::<Test>::AlreadyHanded);
		System::set_block_number(System::block_number() + HAND_BLOCKS);
		assert_noop!(hand(TOM, 1, course.keys(1)), Error::<Test>::TooLate);
		// Without the second lesson its only one is trained; in the next round the first is over.
		next_block();
		assert_eq!(lessons(course.id)[1].void, Some(Void::NotHanded));
		course.train_by_trainers(&[20, 20]);
		course.teach(&[TINA]);
		assert_noop!(hand(TINA, 0, keys.clone()), Error::<Test>::NotItsTurn);
		assert_noop!(hand(TOM, 1, keys), Error::<Test>::VoidLesson);
		course.hand_all();
	});
}

#[test]
fn teacher_should_lose_its_stake_when_it_does_not_hand_the_key() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let course = Course::for_trainers(trained(2, 1), &[TARA, THEO]);
		course.teach(&[TINA, TOM]);
		assert_ok!(course.hand(1, course.keys(1)));
		run(HAND_BLOCKS);
		let void = Event::LessonVoided { session: course.id, lesson: 0, cause: Void::NotHanded, stake: 500 };
		assert!(events().contains(&void));
		assert_eq!(free(TINA), BALANCE - 500);
		assert_eq!(Balances::total_issuance(), issued - 500);
		// Its trainers are free; the other lesson is trained.
		assert_eq!(Teaching::trainers(0, 9).iter().map(|view| view.engaged).collect::<Vec<_>>(), [1, 1]);
		assert_eq!(course.turn(), 1);
		course.train_by_trainers(&[30, 40]);
		course.settle_trained();
		assert_eq!((bond(TARA), bond(THEO)), (TRAINER_BOND, TRAINER_BOND));
		assert_eq!(free(TINA), BALANCE - 500);
	});
}

#[test]
fn session_should_be_settled_when_no_key_is_handed() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(1, 1), &[TARA, THEO]);
		course.teach(&[TINA]);
		run(HAND_BLOCKS + 1);
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
		assert_eq!(free(ALICE), BALANCE - session(course.id).deposit);
		assert!(Teaching::trainers(0, 9).iter().all(|view| view.engaged == 0));
	});
}

#[test]
fn part_of_the_reward_should_be_burnt_and_teachers_made_whole_when_the_base_is_not_shown() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(enlist(TARA));
		let course = Course::offering(trained(2, 1));
		assert_ok!(course.join(TINA));
		assert_ok!(course.commit(TINA, course.offer(TINA, 1)));
		run(11);
		assert!(matches!(session(course.id).state, SessionState::Failed { .. }));
		let ledger = session(course.id).ledger;
		let failed = Event::SessionFailed { session: course.id, cause: Failure::NoBase, ledger };
		assert_eq!(events().last(), Some(&failed));
		assert_eq!(free(ALICE), BALANCE - session(course.id).deposit - 4_800);
		assert_eq!(free(TINA), BALANCE);
	});
}

#[test]
fn offers_should_stay_open_for_the_base_when_every_seat_has_offered() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(enlist(TARA));
		let course = Course::offering(trained(1, 1));
		assert_ok!(course.join(TINA));
		assert_ok!(course.commit(TINA, course.offer(TINA, 1)));
		run(5);
		// The teacher's haste does not let the student fail.
		assert!(matches!(session(course.id).state, SessionState::Offering { .. }));
		assert_ok!(course.reveal(0, classifier(5).encode()));
		next_block();
		assert!(matches!(session(course.id).state, SessionState::Ordering { .. }));
	});
}

#[test]
fn offer_should_have_a_sealed_key_only_when_the_student_trains() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(1, 1), &[]);
		assert_ok!(course.join(TINA));
		let sealed = LessonOffer { sealed_key: Some([1; 80]), ..course.offer(TINA, 1) };
		assert_noop!(course.commit(TINA, sealed), Error::<Test>::BadSealedKey);
		let alone = Course::offering(spec());
		assert_ok!(alone.join(TINA));
		let unsealed = LessonOffer { sealed_key: None, ..alone.offer(TINA, 1) };
		assert_noop!(alone.commit(TINA, unsealed), Error::<Test>::BadSealedKey);
		assert!(Ready::<Test>::get().is_empty());
	});
}
