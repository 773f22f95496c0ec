use crate::{mock::*, Candidate, Error, Scorings};
use frame_support::{assert_noop, assert_ok};
use praxis_policy::{Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_teaching::SessionState;
use sp_core::H256;
use sp_runtime::{BoundedVec, Perbill};

#[test]
fn classifiers_should_be_committed_in_the_drawn_order() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		assert_noop!(course.clone().train(10), Error::<Test>::WrongState);
		course.teach(&[TINA, TOM, ULLA]);
		let hash = H256::repeat_byte(1);
		let by_tom = Teaching::commit_classifier(RuntimeOrigin::signed(TOM), course.id, hash, None);
		assert_noop!(by_tom, Error::<Test>::NotStudent);
		for right in [10, 20, 30] {
			assert_ok!(course.train(right));
		}
		let mut lessons = lessons(course.id);
		lessons.sort_by_key(|lesson| lesson.place);
		for (lesson, right) in lessons.iter().zip([10, 20, 30]) {
			assert_eq!(lesson.classifier, Some(classifier(right).hash().into()));
		}
		assert_noop!(course.train(40), Error::<Test>::WrongState);
	});
}

#[test]
fn classifier_should_be_counted_once_when_it_was_committed_several_times() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		course.teach(&[TINA, TOM, ULLA]);
		// Of no use; good; of no use.
		for right in [5, 30, 30] {
			assert_ok!(course.train(right));
		}
		let hashes: Vec<_> = Scorings::<Test>::get(course.id).candidates.iter().map(|one| one.hash).collect();
		assert_eq!(hashes, [5, 30].map(|right| H256::from(classifier(right).hash())));
		let order: Vec<_> = {
			let mut lessons = lessons(course.id);
			lessons.sort_by_key(|lesson| lesson.place);
			lessons.iter().map(|lesson| lesson.teacher).collect()
		};
		course.reveal_all();
		next_block();
		let paid = |teacher: u64| lessons(course.id).iter().find(|lesson| lesson.teacher == teacher).unwrap().paid;
		assert_eq!((paid(order[0]), paid(order[2])), (0, 0));
		assert!(paid(order[1]) > 0);
	});
}

#[test]
fn claim_should_be_shown_and_pay_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		course.teach(&[TINA]);
		let hash = spec().base;
		let claim = Some(Perbill::from_percent(99));
		assert_ok!(Teaching::commit_classifier(RuntimeOrigin::signed(ALICE), course.id, hash, claim));
		assert_eq!(Teaching::session(course.id).unwrap().lessons[0].claim, claim);
		assert!(course.train(1).is_err());
		course.reveal_all();
		next_block();
		assert_eq!(lessons(course.id)[0].paid, 0);
	});
}

#[test]
fn classifiers_should_be_committed_until_the_end_of_the_last_block() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		course.teach(&[TINA]);
		let SessionState::Training { until, .. } = session(course.id).state else { panic!("it is trained") };
		System::set_block_number(until + 1);
		assert_noop!(course.clone().train(10), Error::<Test>::TooLate);
		System::set_block_number(until);
		assert_ok!(course.train(10));
		assert!(matches!(session(course.id).state, SessionState::Revealing { .. }));
	});
}

#[test]
fn reveal_classifier_should_fail_when_the_bytes_are_not_the_committed_ones() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		course.teach(&[TINA]);
		assert_noop!(course.reveal(1, classifier(10).encode()), Error::<Test>::WrongState);
		assert_ok!(course.train(10));
		assert_noop!(course.reveal(1, classifier(11).encode()), Error::<Test>::WrongClassifier);
		assert_noop!(course.reveal(0, classifier(10).encode()), Error::<Test>::WrongClassifier);
		assert_noop!(course.reveal(2, classifier(10).encode()), Error::<Test>::NoClassifier);
		let bytes = BoundedVec::truncate_from(classifier(10).encode());
		let by_tina = Teaching::reveal_classifier(RuntimeOrigin::signed(TINA), course.id, 1, bytes);
		assert_noop!(by_tina, Error::<Test>::NotStudent);
		assert_ok!(course.reveal(1, classifier(10).encode()));
		assert_noop!(course.reveal(1, classifier(10).encode()), Error::<Test>::AlreadyRevealed);
		let expected = Candidate { hash: classifier(10).hash().into(), work: Some(28), correct: 0 };
		assert_eq!(Scorings::<Test>::get(course.id).candidates[1], expected);
	});
}

#[test]
fn base_should_be_shown_at_any_time_before_the_end() {
	for blocks in [0, 9, 20] {
		ExtBuilder::default().build_and_execute(|| {
			let course = Course::open(spec());
			run(blocks);
			if blocks > 0 {
				// Where the drawn items are not shown in time the session is finished.
				let expected = if blocks == 9 { Ok(()) } else { Err(Error::<Test>::WrongState.into()) };
				assert_eq!(course.reveal(0, classifier(5).encode()), expected);
			} else {
				assert_noop!(course.reveal(0, classifier(6).encode()), Error::<Test>::WrongClassifier);
				assert_ok!(course.reveal(0, classifier(5).encode()));
			}
		});
	}
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		assert_ok!(course.reveal(0, classifier(5).encode()));
		course.teach(&[TINA]);
		assert_ok!(course.train(30));
		assert_noop!(course.reveal(0, classifier(5).encode()), Error::<Test>::AlreadyRevealed);
		assert_ok!(course.reveal(1, classifier(30).encode()));
		for chunk in 0..4 {
			assert_ok!(course.reveal_chunk(chunk));
		}
		next_block();
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
	});
}

#[test]
fn reveal_classifier_should_fail_when_it_is_no_policy_or_does_not_fit() {
	let layer = |inputs: u16, outputs: u16| UncheckedLayer {
		inputs,
		outputs,
		shift: 0,
		biases: vec![0; outputs.into()],
		weights: vec![1; usize::from(inputs * outputs)],
	};
	let encode = |layers| {
		let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers };
		Policy::try_from(unchecked).unwrap().encode()
	};
	let wrong = [
		(vec![], Error::<Test>::BadPolicy),
		([classifier(10).encode(), vec![0]].concat(), Error::BadPolicy),
		(encode(vec![layer(3, 2)]), Error::WrongShape),
		(encode(vec![layer(2, 3)]), Error::WrongShape),
		(encode(vec![layer(2, 2), layer(2, 2)]), Error::TooLarge),
	];
	for (bytes, error) in wrong {
		ExtBuilder::default().build_and_execute(|| {
			let course = Course::offering(spec());
			course.teach(&[TINA]);
			let hash = sp_io::hashing::blake2_256(&bytes).into();
			assert_ok!(Teaching::commit_classifier(RuntimeOrigin::signed(ALICE), course.id, hash, None));
			assert_noop!(course.reveal(1, bytes), error);
			// It cannot be revealed at all: the student forfeits.
			run(21);
			assert!(matches!(session(course.id).state, SessionState::Forfeited { .. }));
			assert_eq!(free(TINA), BALANCE);
		});
	}
}
