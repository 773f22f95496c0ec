use crate::{mock::*, Error, Event, HoldReason};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_teaching::{draw, SessionState};
use sp_runtime::TokenError;

#[test]
fn join_should_fail_when_the_account_may_not_or_there_is_no_seat() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::open(spec());
		assert_noop!(course.join(TINA), Error::<Test>::WrongState);
		run(9);
		course.show_audit().unwrap();
		assert_noop!(course.join(ALICE), Error::<Test>::OwnSession);
		for teacher in [TINA, TOM, ULLA] {
			assert_ok!(course.join(teacher));
		}
		assert_noop!(course.join(TINA), Error::<Test>::AlreadyJoined);
		assert_noop!(course.join(VERA), Error::<Test>::NoSeat);
		assert_noop!(Teaching::join(RuntimeOrigin::signed(VERA), 7), Error::<Test>::NotFound);
		System::set_block_number(21);
		assert_noop!(course.join(VERA), Error::<Test>::TooLate);
	});
}

#[test]
fn join_should_fail_when_the_stake_is_not_there() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		Balances::transfer_allow_death(RuntimeOrigin::signed(TINA), MALLORY, BALANCE - 400).unwrap();
		assert_noop!(course.join(TINA), TokenError::FundsUnavailable);
	});
}

#[test]
fn leave_should_return_the_stake_and_free_the_seat_when_no_lesson_was_committed() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		for teacher in [TINA, TOM, ULLA] {
			assert_ok!(course.join(teacher));
		}
		let leave = |teacher| Teaching::leave(RuntimeOrigin::signed(teacher), course.id);
		assert_ok!(course.commit(TOM, course.offer(TOM, 1)));
		assert_noop!(leave(TOM), Error::<Test>::HasLessons);
		assert_noop!(leave(VERA), Error::<Test>::NotTeacher);
		assert_ok!(leave(TINA));
		assert_eq!(events().last(), Some(&Event::TeacherLeft { session: course.id, teacher: TINA }));
		assert_eq!(free(TINA), BALANCE);
		assert_ok!(course.join(VERA));
		let seats = Teaching::session(course.id).unwrap().teachers;
		assert_eq!(seats, [Some(VERA), Some(TOM), Some(ULLA)], "a seat stays where it is");
		run(11);
		assert_ok!(leave(VERA));
		run(50);
		assert!(session(course.id).state.finished().is_some());
		assert_noop!(leave(ULLA), Error::<Test>::WrongState);
		assert_eq!(free(ULLA), BALANCE);
	});
}

#[test]
fn commit_lesson_should_fail_when_the_offer_cannot_be() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(shaped(3, 2));
		assert_ok!(course.join(TINA));
		let offer = course.offer(TINA, 1);
		let with = |change: fn(&mut praxis_primitives_teaching::LessonOffer)| {
			let mut offer = offer.clone();
			change(&mut offer);
			course.commit(TINA, offer)
		};
		assert_noop!(with(|offer| offer.cid.clear()), Error::<Test>::BadOffer);
		assert_noop!(with(|offer| offer.samples = 0), Error::<Test>::BadOffer);
		assert_noop!(with(|offer| offer.bytes = 0), Error::<Test>::BadOffer);
		assert_noop!(with(|offer| offer.bytes = 200_001), Error::<Test>::BadOffer);
		assert_noop!(course.commit(TOM, offer.clone()), Error::<Test>::NotTeacher);
		assert_ok!(with(|_| {}));
		assert_noop!(course.commit(TINA, course.offer(TINA, 2)), Error::<Test>::AlreadyOffered);
		assert_eq!(held(TINA, HoldReason::LessonFee), 100);
		run(11);
		assert_noop!(course.commit(TINA, offer), Error::<Test>::WrongState);
	});
}

#[test]
fn order_should_be_the_beacons_of_the_block_in_which_offers_closed() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		for teacher in [TINA, TOM] {
			assert_ok!(course.join(teacher));
			assert_ok!(course.commit(teacher, course.offer(teacher, teacher as u8)));
		}
		run_to(21);
		assert_eq!(session(course.id).state, SessionState::Ordering { round: 0, after: 20 });
		run_to(29);
		let order = draw::order(&beacon(20), &[0, 1]);
		assert_eq!(course.order(), order.iter().map(|index| [TINA, TOM][usize::from(*index)]).collect::<Vec<_>>());
		assert_eq!(events().last(), Some(&Event::OrderDrawn { session: course.id, round: 0, order, until: 48 }));
		assert_eq!(Requests::get(20), None, "the beacon is given back");
	});
}

#[test]
fn offers_should_stay_closed_until_there_is_a_beacon_when_there_is_none() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		for teacher in [TINA, TOM] {
			assert_ok!(course.join(teacher));
		}
		assert_ok!(course.commit(TINA, course.offer(TINA, 1)));
		MaxBeacons::set(0);
		run_to(25);
		assert!(matches!(session(course.id).state, SessionState::Offering { round: 0, until: 20 }));
		assert_noop!(course.commit(TOM, course.offer(TOM, 2)), Error::<Test>::TooLate);
		next_block_without_idle();
		assert_noop!(poke(course.id), Error::<Test>::NoBeacon);
		MaxBeacons::set(100);
		assert_ok!(poke(course.id));
		assert_eq!(session(course.id).state, SessionState::Ordering { round: 0, after: 26 });
	});
}
