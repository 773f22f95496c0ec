use crate::{mock::*, Event, Forfeit, HoldReason, OpenSessions};
use frame_support::assert_ok;
use praxis_primitives_market::Ledger;
use praxis_primitives_teaching::{payout, SessionState};

#[test]
fn session_should_go_from_opening_to_payment_when_two_teachers_teach() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let mut course = Course::open(spec());
		let (id, deposit) = (course.id, session(course.id).deposit);
		assert_eq!(session(id).state, SessionState::Drawing { after: 1 });
		assert_eq!(
			(held(ALICE, HoldReason::SessionReward), held(ALICE, HoldReason::SessionDeposit)),
			(48_000, deposit)
		);
		run_to(10);
		assert_eq!(session(id).state, SessionState::Auditing { until: 9 + 10, shown: 0 });
		assert_eq!(Teaching::audit(id).len(), 16);
		assert_ok!(course.show_audit());
		assert_eq!(session(id).state, SessionState::Offering { round: 0, until: 10 + 10 });
		for teacher in [TINA, TOM] {
			assert_ok!(course.join(teacher));
			assert_ok!(course.commit(teacher, course.offer(teacher, teacher as u8)));
			assert_eq!((held(teacher, HoldReason::TeacherStake), held(teacher, HoldReason::LessonFee)), (500, 100));
		}
		run_to(21);
		assert_eq!(session(id).state, SessionState::Ordering { round: 0, after: 20 });
		run_to(29);
		assert_eq!(session(id).state, SessionState::Training { round: 0, until: 28 + 2 * 10 });
		let order = course.order();
		assert_ok!(course.train(20));
		assert_ok!(course.train(40));
		assert_eq!(session(id).state, SessionState::Revealing { until: 29 + 20 });
		course.reveal_all();
		next_block();
		assert_eq!(session(id).state, SessionState::Settled { at: 29 });

		// The base recognises 5 of the 48 items.
		let scale = spec().scale;
		let worth = |right| payout(48_000, &scale, right, 48) as u64;
		let paid = [worth(20) - worth(5), worth(40) - worth(20)];
		assert_eq!(free(order[0]), BALANCE + paid[0] - 100);
		assert_eq!(free(order[1]), BALANCE + paid[1] - 100);
		assert_eq!(free(ALICE), BALANCE - deposit - paid[0] - paid[1] + 200);
		assert_eq!(Balances::total_issuance(), issued);
		let escrowed = 48_000 + 2 * 600;
		let paid_out = paid[0] + paid[1] + 200;
		let ledger = Ledger { escrowed, paid: paid_out, burnt: 0, returned: escrowed - paid_out };
		assert_eq!(session(id).ledger, ledger);
		assert!(events().contains(&Event::SessionSettled { session: id, items: 48, best: 40, ledger }));

		run_to(29 + RETENTION + 1);
		assert_eq!(events().last(), Some(&Event::SessionPruned { session: id, deposit }));
		assert_eq!(free(ALICE), BALANCE - paid[0] - paid[1] + 200);
		assert_eq!(OpenSessions::<Test>::get(), 0);
	});
}

#[test]
fn session_should_take_lessons_in_every_round_when_it_has_several() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(shaped(2, 3));
		course.teach(&[TINA, TOM]);
		assert_ok!(course.train(10));
		assert_ok!(course.train(20));
		let SessionState::Offering { round: 1, until } = session(course.id).state else { panic!("no second round") };
		// Nobody teaches in the second.
		run_to(until + 1);
		assert!(matches!(session(course.id).state, SessionState::Offering { round: 2, .. }));
		course.teach(&[TOM]);
		assert_ok!(course.train(48));
		course.reveal_all();
		next_block();
		let places: Vec<_> = lessons(course.id).iter().map(|lesson| lesson.place.unwrap()).collect();
		assert_eq!(places[2], 2);
		let paid: u64 = lessons(course.id).iter().map(|lesson| lesson.paid).sum();
		assert_eq!(paid, 48_000 - payout(48_000, &spec().scale, 5, 48) as u64);
	});
}

#[test]
fn round_should_end_early_when_every_seat_has_offered() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		for teacher in [TINA, TOM, ULLA] {
			assert_ok!(course.join(teacher));
			assert_ok!(course.commit(teacher, course.offer(teacher, teacher as u8)));
		}
		assert_eq!(session(course.id).state, SessionState::Offering { round: 0, until: 20 });
		next_block();
		assert_eq!(session(course.id).state, SessionState::Ordering { round: 0, after: 10 });
	});
}

#[test]
fn everything_should_return_when_nobody_teaches() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		assert_ok!(course.join(TINA));
		run(11);
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
		assert_eq!((free(ALICE), free(TINA)), (BALANCE - session(course.id).deposit, BALANCE));
	});
}

#[test]
fn part_of_the_reward_should_be_burnt_when_the_drawn_items_are_not_shown() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::open(spec());
		run(30);
		assert!(matches!(session(course.id).state, SessionState::Failed { .. }));
		assert_eq!(free(ALICE), BALANCE - session(course.id).deposit - 4_800);
	});
}

#[test]
fn reward_should_be_burnt_and_teachers_made_whole_when_the_student_does_not_train() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		course.teach(&[TINA, TOM]);
		assert_ok!(course.train(40));
		run(21);
		assert!(matches!(session(course.id).state, SessionState::Forfeited { .. }));
		assert_eq!((free(TINA), free(TOM)), (BALANCE, BALANCE));
		assert_eq!(free(ALICE), BALANCE - session(course.id).deposit - 48_000);
		let ledger = session(course.id).ledger;
		let event = Event::SessionForfeited { session: course.id, cause: Forfeit::NotTrained, ledger };
		assert_eq!(events().last(), Some(&event));
	});
}

#[test]
fn reward_should_be_burnt_and_teachers_made_whole_when_the_student_does_not_reveal() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		course.teach(&[TINA]);
		assert_ok!(course.train(40));
		course.reveal_classifiers();
		for chunk in 0..3 {
			assert_ok!(course.reveal_chunk(chunk));
		}
		run(21);
		assert!(matches!(session(course.id).state, SessionState::Forfeited { .. }));
		assert_eq!(free(TINA), BALANCE);
		assert_eq!(free(ALICE), BALANCE - session(course.id).deposit - 48_000);
		run(RETENTION);
		assert_eq!(free(ALICE), BALANCE - 48_000);
	});
}
