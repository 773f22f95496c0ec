use crate::{mock::*, SpecOf};
use frame_support::assert_ok;
use praxis_primitives_teaching::{payout::payout_of, session::StakeView, SessionState};
use sp_core::H256;
use sp_runtime::Perbill;

#[test]
fn open_sessions_should_be_listed_by_number_from_where_is_asked() {
	ExtBuilder::default().build_and_execute(|| {
		for number in 0..4 {
			let student = if number < 2 { ALICE } else { BOB };
			open(student, SpecOf::<Test> { root: H256::repeat_byte(number), ..spec() }).unwrap();
		}
		let ids = |from, count| Teaching::open_sessions(from, count).iter().map(|one| one.session).collect::<Vec<_>>();
		assert_eq!(ids(0, 10), [0, 1, 2, 3]);
		assert_eq!(ids(1, 1), [1]);
		assert_eq!(ids(2, u32::MAX), [2, 3]);
		run(30);
		assert_eq!(ids(0, 10), [0u32; 0], "they failed");
	});
}

#[test]
fn session_should_show_its_curve() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Teaching::session(0), None);
		let (course, order) = Course::settled(spec(), &[TINA, TOM], &[20, 10]);
		let view = Teaching::session(course.id).unwrap();
		assert_eq!((view.student, view.base_correct, view.counted), (ALICE, 5, 48));
		let mut lessons = view.lessons.clone();
		lessons.sort_by_key(|lesson| lesson.place);
		let curve: Vec<_> = lessons.iter().map(|lesson| (lesson.teacher, lesson.correct)).collect();
		assert_eq!(curve, [(order[0], 20), (order[1], 10)]);
		assert_eq!(lessons[1].paid, 0, "a lesson that makes it worse earns nothing");
		assert_eq!(view.paid, lessons[0].paid + 200);
		assert_eq!(view.paid + view.returned, session(course.id).ledger.escrowed);
	});
}

#[test]
fn payout_should_tell_what_raising_the_score_earns() {
	ExtBuilder::default().build_and_execute(|| {
		let part = Perbill::from_percent;
		assert_eq!(Teaching::payout(0, part(10), part(20)), None);
		let course = Course::open(spec());
		let worth = |percent| payout_of(48_000, &spec().scale, part(percent)) as u64;
		assert_eq!(Teaching::payout(course.id, part(10), part(20)), Some(worth(20) - worth(10)));
		assert_eq!(Teaching::payout(course.id, part(20), part(10)), Some(0));
		assert_eq!(Teaching::payout(course.id, part(0), part(100)), Some(48_000));
	});
}

#[test]
fn stakes_should_show_what_is_on_hold_and_until_when_at_the_latest() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(shaped(2, 2));
		assert_eq!(Teaching::stakes(&TINA), []);
		assert_ok!(course.join(TINA));
		// 20, and its order and training; a second round; the reveal.
		let until = 20 + (8 + 20) + (10 + 8 + 20) + 20;
		assert_eq!(Teaching::stakes(&TINA), [StakeView { session: course.id, stake: 500, fees: 0, until }]);
		assert_ok!(course.commit(TINA, course.offer(TINA, 1)));
		assert_eq!(Teaching::stakes(&TINA), [StakeView { session: course.id, stake: 500, fees: 100, until }]);
		let mut last = until;
		let mut check = || {
			for view in Teaching::stakes(&TINA) {
				assert!(view.until <= last, "it never becomes later");
				last = view.until;
			}
		};
		while !matches!(session(course.id).state, SessionState::Training { .. }) {
			next_block();
			check();
		}
		assert_ok!(course.train(10));
		while session(course.id).state.finished().is_none() {
			check();
			next_block();
		}
		assert!(System::block_number() <= until + 1);
		assert_eq!(Teaching::stakes(&TINA), []);
	});
}

#[test]
fn payout_should_leave_out_the_trainers_part() {
	ExtBuilder::default().build_and_execute(|| {
		let part = Perbill::from_percent;
		let course = Course::open(trained(3, 1));
		let gain = payout_of(48_000, &spec().scale, part(20)) - payout_of(48_000, &spec().scale, part(10));
		let told = Teaching::payout(course.id, part(10), part(20));
		assert_eq!(told, Some(gain as u64 - SHARE.mul_floor(gain as u64)));
	});
}

#[test]
fn stakes_should_never_be_locked_longer_than_was_told_when_there_are_trainers() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(2, 2), &[TARA, THEO]);
		assert_ok!(course.join(TINA));
		// 20, the order, handing and training of two lessons; a second round; the reveal.
		let round = 8 + HAND_BLOCKS + 2 * (10 + REVEAL_TRAINING_BLOCKS);
		let first = 20 + round + (10 + round) + 20;
		assert_eq!(Teaching::stakes(&TINA)[0].until, first);
		course.teach(&[TINA, TOM]);
		let mut last = first;
		let mut check = || {
			for view in Teaching::stakes(&TINA) {
				assert!(view.until <= last, "it never becomes later");
				last = view.until;
			}
		};
		check();
		// All take as long as they may: the last key, commitment and classifier come in the last block.
		run(HAND_BLOCKS - 1);
		course.hand_all();
		check();
		for _ in 0..2 {
			run(10);
			check();
			let trainers = course.trainers(course.turn());
			trainers.iter().for_each(|trainer| course.commit_to(*trainer, 20).unwrap());
			check();
			run(REVEAL_TRAINING_BLOCKS);
			trainers.iter().for_each(|trainer| course.show_training(*trainer, 20).unwrap());
			check();
		}
		while session(course.id).state.finished().is_none() {
			check();
			next_block();
		}
		assert!(System::block_number() <= first + 1);
	});
}

#[test]
fn classifier_should_be_none_when_it_was_not_shown() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::open(spec());
		let base = spec().base;
		assert_eq!(Teaching::classifier(course.id, base), None);
		assert_ok!(course.reveal(0, classifier(5).encode()));
		assert_eq!(Teaching::classifier(course.id, base), Some(classifier(5).encode()));
		assert_eq!(Teaching::classifier(course.id, H256::zero()), None);
		assert_eq!(Teaching::classifier(7, base), None);
	});
}
