use crate::{mock::*, Error, Event, HoldReason, Pallet};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use praxis_primitives_teaching::{lesson, trainers::Void, LessonOffer, SessionState};

type Chunk = Option<(u32, Vec<u8>, Vec<sp_core::H256>)>;

fn dispute(course: &Course, lesson: u8, secret: [u8; 32], chunk: Chunk) -> DispatchResult {
	Teaching::dispute_lesson(RuntimeOrigin::signed(ALICE), course.id, lesson, secret, chunk)
}

/// A session in which TINA's lesson, changed like this, and a good one of TOM are trained on.
fn training(change: impl FnOnce(&mut LessonOffer)) -> Course {
	let course = Course::offering(spec());
	assert_ok!(course.join(TINA));
	assert_ok!(course.join(TOM));
	let mut offer = course.offer(TINA, 1);
	change(&mut offer);
	assert_ok!(course.commit(TINA, offer));
	assert_ok!(course.commit(TOM, course.offer(TOM, 2)));
	run(20);
	assert!(matches!(session(course.id).state, SessionState::Training { .. }));
	course
}

/// The secrets of the two.
fn secrets() -> [[u8; 32]; 2] {
	[secret(0, 0, 1), secret(1, 0, 1)]
}

fn assert_void(course: &Course) {
	assert_eq!(
		events().last(),
		Some(&Event::LessonVoided { session: course.id, lesson: 0, cause: Void::CannotBeOpened, stake: 500 })
	);
	assert_eq!(free(TINA), BALANCE - 500);
	assert_eq!((held(TINA, HoldReason::TeacherStake), held(TINA, HoldReason::LessonFee)), (0, 0));
	assert_eq!(session(course.id).ledger.burnt, 500);
}

#[test]
fn lesson_should_be_void_when_its_key_does_not_open() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = training(|offer| offer.sealed_key.as_mut().unwrap()[50] ^= 1);
		let issued = Balances::total_issuance();
		assert_ok!(dispute(&course, 0, secrets()[0], None));
		assert_void(&course);
		assert_eq!(Balances::total_issuance(), issued - 500);
		assert_noop!(dispute(&course, 0, secrets()[0], None), Error::<Test>::VoidLesson);
		// It needs no classifier and earns nothing; the other one goes on.
		assert_ok!(course.train(40));
		assert_noop!(course.train(41), Error::<Test>::WrongState);
		course.reveal_all();
		next_block();
		assert_eq!(lessons(course.id)[0].paid, 0);
		assert!(lessons(course.id)[1].paid > 0);
		assert_eq!(free(TINA), BALANCE - 500);
	});
}

#[test]
fn lesson_should_be_void_when_its_key_is_not_what_it_says() {
	ExtBuilder::default().build_and_execute(|| {
		let course = training(|offer| offer.key_hash.0[0] ^= 1);
		assert_ok!(dispute(&course, 0, secrets()[0], None));
		assert_void(&course);
	});
}

#[test]
fn lesson_should_be_void_when_a_chunk_does_not_open() {
	ExtBuilder::default().build_and_execute(|| {
		let mut file = lesson::seal(&[1; 32], &vec![1; 100_000]).unwrap();
		// In the second of two chunks.
		file[80_000] ^= 1;
		let bytes = file.clone();
		let course = training(move |offer| offer.ciphertext = lesson::root(&bytes));
		let chunk = |index: u32| {
			let piece = file.chunks(lesson::SEALED_CHUNK).nth(index as usize).unwrap().to_vec();
			Some((index, piece, lesson::prove(&file, index)))
		};
		let deposit = session(course.id).deposit;
		assert_ok!(dispute(&course, 0, secrets()[0], chunk(0)));
		assert_eq!(session(course.id).deposit, deposit - DISPUTE_FEE, "the first chunk is good");
		assert_ok!(dispute(&course, 0, secrets()[0], chunk(1)));
		assert_void(&course);
	});
}

#[test]
fn dispute_of_a_good_lesson_should_cost_the_student_its_fee_and_the_teacher_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let course = training(|_| {});
		let (issued, deposit) = (Balances::total_issuance(), session(course.id).deposit);
		let file = sealed_lesson(1, &[9; 32]).1;
		let piece = file.chunks(lesson::SEALED_CHUNK).next().unwrap().to_vec();
		assert_ok!(dispute(&course, 0, secrets()[0], None));
		assert_ok!(dispute(&course, 0, secrets()[0], Some((0, piece.clone(), lesson::prove(&file, 0)))));
		let event = Event::DisputeLost { session: course.id, lesson: 0, who: ALICE, fee: DISPUTE_FEE };
		assert_eq!(events().last(), Some(&event));
		assert_eq!(Balances::total_issuance(), issued - 2 * DISPUTE_FEE);
		assert_eq!(session(course.id).deposit, deposit - 2 * DISPUTE_FEE);
		assert_eq!(held(TINA, HoldReason::TeacherStake), 500);

		// What is no chunk of the ciphertext proves nothing.
		let mut other = piece.clone();
		other[0] ^= 1;
		let proof = || lesson::prove(&file, 0);
		assert_noop!(dispute(&course, 0, secrets()[0], Some((0, other, proof()))), Error::<Test>::BadProof);
		assert_noop!(dispute(&course, 0, secrets()[0], Some((1, piece.clone(), proof()))), Error::<Test>::BadProof);
		assert_noop!(dispute(&course, 0, secrets()[0], Some((2, piece, proof()))), Error::<Test>::BadProof);
	});
}

#[test]
fn dispute_should_fail_when_the_secret_is_anothers_or_it_is_not_the_time() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = training(|offer| offer.sealed_key.as_mut().unwrap()[50] ^= 1);
		assert_noop!(dispute(&course, 0, secrets()[1], None), Error::<Test>::WrongSecret);
		assert_noop!(dispute(&course, 2, secrets()[0], None), Error::<Test>::NoLesson);
		let by_tom = Teaching::dispute_lesson(RuntimeOrigin::signed(TOM), course.id, 0, secrets()[0], None);
		assert_noop!(by_tom, Error::<Test>::NotStudent);
		assert_ok!(course.train(10));
		let first = usize::from(lessons(course.id)[0].place == Some(1));
		assert_noop!(dispute(&course, first as u8, secrets()[first], None), Error::<Test>::NothingToTrain);
		assert_ok!(course.train(20));
		assert_noop!(dispute(&course, 0, secrets()[0], None), Error::<Test>::WrongState);
		course.reveal_all();
	});
}

#[test]
fn dispute_should_fail_when_the_deposit_is_spent() {
	ExtBuilder::default().build_and_execute(|| {
		let course = training(|_| {});
		let mut left = Pallet::<Test>::deposit(&spec());
		while left >= DISPUTE_FEE {
			assert_ok!(dispute(&course, 0, secrets()[0], None));
			left -= DISPUTE_FEE;
		}
		assert_noop!(dispute(&course, 0, secrets()[0], None), Error::<Test>::DepositSpent);
		assert_eq!(held(ALICE, HoldReason::SessionDeposit), left);
	});
}

#[test]
fn session_should_be_settled_at_once_when_every_lesson_is_void() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(spec());
		assert_ok!(course.join(TINA));
		let mut offer = course.offer(TINA, 1);
		offer.sealed_key.as_mut().unwrap()[0] ^= 1;
		assert_ok!(course.commit(TINA, offer));
		run(20);
		assert_ok!(dispute(&course, 0, secrets()[0], None));
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
		assert_eq!(free(ALICE), BALANCE - session(course.id).deposit);
		assert_eq!(free(TINA), BALANCE - 500);
	});
}

#[test]
fn teacher_of_a_void_lesson_should_teach_no_more() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::offering(shaped(2, 2));
		assert_ok!(course.join(TINA));
		let mut offer = course.offer(TINA, 1);
		offer.sealed_key.as_mut().unwrap()[0] ^= 1;
		assert_ok!(course.commit(TINA, offer));
		run(20);
		assert_ok!(dispute(&course, 0, secret(0, 0, 2), None));
		assert!(matches!(session(course.id).state, SessionState::Offering { round: 1, .. }));
		assert_noop!(course.commit(TINA, course.offer(TINA, 2)), Error::<Test>::StakeLost);
		assert_noop!(course.join(TINA), Error::<Test>::AlreadyJoined);
	});
}
