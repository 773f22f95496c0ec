use crate::{mock::*, Error, Event, Trainers};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use praxis_primitives_teaching::{
	payout,
	trainers::{commitment, AssignmentState, Void},
	SessionState,
};
use sp_core::H256;
use sp_runtime::Perbill;

/// What raising the number of recognised items is worth.
fn gain(from: u32, to: u32) -> u64 {
	let worth = |right| payout(48_000, &spec().scale, right, 48) as u64;
	worth(to) - worth(from)
}

fn of_trainers(amount: u64) -> u64 {
	SHARE.mul_floor(amount)
}

/// One lesson of TINA, whose turn it is; its trainers in the order of the draw.
fn one_lesson() -> (Course, [u64; 2]) {
	let course = Course::handed(trained(1, 1), &[TARA, THEO], &[TINA]);
	let trainers = course.trainers(0);
	(course, [trainers[0], trainers[1]])
}

fn states(trainer: u64) -> Vec<AssignmentState> {
	Teaching::assignments(&trainer).iter().map(|assignment| assignment.state).collect()
}

#[test]
fn session_should_go_from_opening_to_payment_when_neutral_trainers_train() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let course = Course::for_trainers(trained(2, 1), &[TARA, THEO]);
		course.teach(&[TINA, TOM]);
		assert_eq!(states(TARA), [AssignmentState::Drawn; 2]);
		course.hand_all();
		let first = course.turn();
		let teachers: Vec<u64> = lessons(course.id).iter().map(|lesson| lesson.teacher).collect();
		let SessionState::TrainingCommit { until, .. } = session(course.id).state else { panic!("no turn") };
		assert_eq!(until, System::block_number() + 10);
		let assignment = &Teaching::assignments(&TARA)[usize::from(first)];
		assert_eq!((assignment.lesson, assignment.until, assignment.state), (first, until, AssignmentState::Training));
		let own = lessons(course.id)[usize::from(first)].trainers.iter().find(|one| one.trainer == TARA).cloned();
		assert_eq!(assignment.prekey, own.clone().unwrap().prekey);
		assert_eq!(assignment.sealed_key, own.unwrap().sealed_key);

		let [one, other] = course.trainers(first).try_into().unwrap();
		assert_ok!(course.commit_to(one, 20));
		assert!(states(one).contains(&AssignmentState::Committed));
		assert_ok!(course.commit_to(other, 30));
		let SessionState::TrainingReveal { until, .. } = session(course.id).state else { panic!("nothing is shown") };
		assert_eq!(until, System::block_number() + REVEAL_TRAINING_BLOCKS);
		assert!(states(one).contains(&AssignmentState::Revealing));
		assert_ok!(course.show_training(one, 20));
		assert_eq!(states(one), [AssignmentState::Handed], "only the other lesson is left");
		assert_ok!(course.show_training(other, 30));
		let hash = H256::from(classifier(30).hash());
		let event = Event::TrainingRevealed { session: course.id, lesson: first, trainer: other, hash };
		assert!(events().contains(&event));
		assert_eq!(Teaching::classifier(course.id, hash), Some(classifier(30).encode()));

		let second = course.train_by_trainers(&[40, 35]);
		assert_ne!(first, second);
		let better = course.trainers(second)[0];
		assert!(matches!(session(course.id).state, SessionState::Revealing { .. }));
		assert!(states(TARA).is_empty() && states(THEO).is_empty());
		course.settle_trained();

		let gains = [gain(5, 30), gain(30, 40)];
		let parts = gains.map(of_trainers);
		assert!(events().contains(&Event::TrainerPaid {
			session: course.id,
			lesson: first,
			trainer: other,
			paid: parts[0]
		}));
		let mut expected = std::collections::BTreeMap::from([(TARA, 0), (THEO, 0)]);
		*expected.get_mut(&other).unwrap() += parts[0];
		*expected.get_mut(&better).unwrap() += parts[1];
		for (trainer, paid) in expected {
			assert_eq!(free(trainer), BALANCE - TRAINER_BOND + paid);
		}
		for (place, lesson) in [first, second].into_iter().enumerate() {
			let teacher = teachers[usize::from(lesson)];
			assert_eq!(free(teacher), BALANCE - 100 + gains[place] - parts[place]);
		}
		let deposit = session(course.id).deposit;
		assert_eq!(free(ALICE), BALANCE - deposit + 200 - gains[0] - gains[1]);
		assert_eq!(Balances::total_issuance(), issued);
		let view = Teaching::session(course.id).unwrap();
		let best = &view.lessons[usize::from(first)];
		assert_eq!((best.correct, best.classifier, best.trainers.len()), (30, Some(hash), 2));
		assert_eq!(best.trainers.iter().map(|one| one.paid).sum::<u64>() + best.paid, gains[0]);
	});
}

#[test]
fn trainers_should_share_evenly_when_their_classifiers_are_as_good() {
	ExtBuilder::default().build_and_execute(|| {
		// The very same classifier, which is kept once.
		let (course, [one, other]) = one_lesson();
		course.train_by_trainers(&[30, 30]);
		assert_eq!(crate::Scorings::<Test>::get(course.id).candidates.len(), 2);
		course.settle_trained();
		let half = of_trainers(gain(5, 30)) / 2;
		assert_eq!((free(one), free(other)), (BALANCE - TRAINER_BOND + half, BALANCE - TRAINER_BOND + half));
		assert_eq!(lessons(course.id)[0].paid, gain(5, 30) - 2 * half);
	});
}

#[test]
fn trainers_should_earn_nothing_when_nothing_is_raised() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, [one, other]) = one_lesson();
		// One shows the base again, the other something worse.
		course.train_by_trainers(&[5, 3]);
		course.settle_trained();
		assert_eq!((bond(one), free(one)), (TRAINER_BOND, BALANCE - TRAINER_BOND));
		assert_eq!((bond(other), free(other)), (TRAINER_BOND, BALANCE - TRAINER_BOND));
		assert_eq!(free(TINA), BALANCE - 100);
	});
}

#[test]
fn teacher_should_get_the_part_of_a_trainer_whose_account_is_gone_when_it_could_not_exist_with_that() {
	ExtBuilder::default().build_and_execute(|| {
		let mut small = trained(1, 1);
		small.reward = MIN_REWARD;
		small.trainers = Some(Perbill::from_percent(10));
		let course = Course::handed(small.clone(), &[TARA], &[TINA]);
		course.train_by_trainers(&[30]);
		assert_ok!(Teaching::retire_trainer(RuntimeOrigin::signed(TARA)));
		assert_ok!(Balances::transfer_all(RuntimeOrigin::signed(TARA), BOB, false));
		assert_eq!(free(TARA), 0);
		course.settle_trained();
		let worth = |right| payout(MIN_REWARD.into(), &small.scale, right, 48) as u64;
		let whole = worth(30) - worth(5);
		assert!((20..100).contains(&whole), "a tenth is something, but less than an account must have: {whole}");
		assert_eq!((free(TARA), lessons(course.id)[0].paid), (0, whole));
	});
}

#[test]
fn trainer_should_lose_a_part_of_its_bond_and_leave_the_pool_when_it_commits_to_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let (course, [one, other]) = one_lesson();
		assert_ok!(course.commit_to(one, 30));
		run(11);
		let amount = slash();
		let event = Event::TrainerSlashed { session: course.id, lesson: 0, trainer: other, amount };
		assert!(events().contains(&event));
		assert_eq!(amount, TRAINER_BOND / 4);
		// It had nothing else to do: the rest is free, and it may come again with a whole bond.
		assert_eq!((bond(other), free(other)), (0, BALANCE - amount));
		assert!(!Trainers::<Test>::contains_key(other));
		assert_eq!(Balances::total_issuance(), issued - amount);
		assert_noop!(course.show_training(other, 30), Error::<Test>::NotCommitted);
		assert_ok!(course.show_training(one, 30));
		assert!(matches!(session(course.id).state, SessionState::Revealing { .. }));
		let again = Teaching::enlist_trainer(RuntimeOrigin::signed(other), prekeys(other, 10..12));
		assert_ok!(again);
		assert_eq!(bond(other), TRAINER_BOND);
		course.settle_trained();
		assert_eq!(free(one), BALANCE - TRAINER_BOND + of_trainers(gain(5, 30)));
	});
}

#[test]
fn trainer_should_lose_a_part_of_its_bond_when_it_shows_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, [one, other]) = one_lesson();
		assert_ok!(course.commit_to(one, 30));
		assert_ok!(course.commit_to(other, 40));
		assert_ok!(course.show_training(one, 30));
		run(REVEAL_TRAINING_BLOCKS + 1);
		assert_eq!((free(other), bond(other)), (BALANCE - slash(), 0));
		course.settle_trained();
		assert_eq!(lessons(course.id)[0].paid, gain(5, 30) - of_trainers(gain(5, 30)));
	});
}

#[test]
fn lesson_should_be_void_without_blame_when_none_of_its_trainers_shows_anything() {
	for commits in [false, true] {
		ExtBuilder::default().build_and_execute(|| {
			let issued = Balances::total_issuance();
			let (course, trainers) = one_lesson();
			if commits {
				for trainer in trainers {
					assert_ok!(course.commit_to(trainer, 30));
				}
			}
			run(17);
			let void = Event::LessonVoided { session: course.id, lesson: 0, cause: Void::NotTrained, stake: 0 };
			assert!(events().contains(&void));
			assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
			assert_eq!((free(TINA), free(ALICE)), (BALANCE, BALANCE - session(course.id).deposit));
			assert_eq!(trainers.map(free), [BALANCE - slash(); 2]);
			assert_eq!(Balances::total_issuance(), issued - 2 * slash());
		});
	}
}

#[test]
fn trainer_should_go_on_with_its_other_lessons_when_it_was_slashed() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::handed(trained(2, 1), &[TARA, THEO], &[TINA, TOM]);
		assert_ok!(course.commit_to(TARA, 20));
		run(11);
		assert_ok!(course.show_training(TARA, 20));
		assert_eq!(bond(THEO), TRAINER_BOND - slash());
		let view = Teaching::trainers(1, 1).remove(0);
		assert_eq!((view.account, view.engaged, view.retired, view.keys), (THEO, 1, true, 0));
		let second = course.turn();
		assert_ok!(course.commit_to(THEO, 40));
		assert_ok!(course.commit_to(TARA, 30));
		assert_ok!(course.show_training(THEO, 40));
		assert_eq!((bond(THEO), free(THEO)), (0, BALANCE - slash()));
		assert_ok!(course.show_training(TARA, 30));
		course.settle_trained();
		let theo = lessons(course.id)[usize::from(second)].trainers.iter().find(|one| one.trainer == THEO).cloned();
		assert_eq!(theo.unwrap().paid, of_trainers(gain(20, 40)));
	});
}

#[test]
fn commitment_should_be_refused_when_it_is_not_the_trainers_turn() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::handed(trained(2, 1), &[TARA, THEO], &[TINA, TOM]);
		let commit = |who, id, lesson| -> DispatchResult {
			Teaching::commit_training(RuntimeOrigin::signed(who), id, lesson, H256::zero())
		};
		let turn = course.turn();
		assert_noop!(commit(TARA, 7, turn), Error::<Test>::NotFound);
		assert_noop!(commit(TARA, course.id, 1 - turn), Error::<Test>::NotItsTurn);
		assert_noop!(commit(MALLORY, course.id, turn), Error::<Test>::NotTrainerOfLesson);
		assert_noop!(commit(ALICE, course.id, turn), Error::<Test>::NotTrainerOfLesson);
		assert_ok!(commit(TARA, course.id, turn));
		assert_noop!(commit(TARA, course.id, turn), Error::<Test>::AlreadyCommitted);
		System::set_block_number(System::block_number() + 11);
		assert_noop!(commit(THEO, course.id, turn), Error::<Test>::TooLate);
		next_block();
		assert_noop!(commit(THEO, course.id, turn), Error::<Test>::WrongState);
	});
}

#[test]
fn classifier_should_be_refused_when_it_is_not_what_was_committed_or_no_classifier_of_the_session() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, [one, other]) = one_lesson();
		assert_noop!(course.show_training(one, 30), Error::<Test>::WrongState);
		assert_ok!(course.commit_to(one, 30));
		let bytes = vec![1, 2, 3];
		let rubbish = commitment(&other, &sp_io::hashing::blake2_256(&bytes).into(), &[0; 32]);
		assert_ok!(Teaching::commit_training(RuntimeOrigin::signed(other), course.id, 0, rubbish));
		assert_noop!(course.show_training(one, 31), Error::<Test>::WrongClassifier);
		assert_noop!(course.show_bytes(one, classifier(30).encode(), [9; 32]), Error::<Test>::WrongClassifier);
		assert_noop!(course.show_training(MALLORY, 30), Error::<Test>::NotTrainerOfLesson);
		assert_noop!(course.show_bytes(other, bytes, [0; 32]), Error::<Test>::BadPolicy);
		assert_ok!(course.show_training(one, 30));
		assert_noop!(course.show_training(one, 30), Error::<Test>::AlreadyRevealed);
		System::set_block_number(System::block_number() + REVEAL_TRAINING_BLOCKS + 1);
		assert_noop!(course.show_training(other, 30), Error::<Test>::TooLate);
		next_block();
		assert_eq!(free(other), BALANCE - slash(), "what cannot be shown is as if nothing was");
	});
}

#[test]
fn student_should_have_nothing_to_train_when_there_are_trainers() {
	ExtBuilder::default().build_and_execute(|| {
		let (mut course, _) = one_lesson();
		assert_noop!(course.train(30), Error::<Test>::WrongState);
		course.train_by_trainers(&[30, 20]);
		assert_noop!(course.reveal(1, classifier(30).encode()), Error::<Test>::AlreadyRevealed);
		run(21);
		assert!(matches!(session(course.id).state, SessionState::Forfeited { .. }));
		assert_eq!((free(ALICE), free(TINA)), (BALANCE - session(course.id).deposit - 48_000, BALANCE));
	});
}
