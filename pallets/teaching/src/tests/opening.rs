use crate::{mock::*, Error, Event, HoldReason, Pallet, SpecOf};
use codec::Encode;
use frame_support::{assert_noop, assert_ok, weights::Weight};
use praxis_policy::Limits;
use praxis_primitives_teaching::{payout::MAX_REWARD, Scale};
use sp_core::H256;
use sp_runtime::{BoundedVec, DispatchError, Perbill, TokenError};

#[test]
fn open_session_should_hold_reward_and_deposit() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::open(spec());
		let deposit = Pallet::<Test>::deposit(&spec());
		assert_eq!(
			(held(ALICE, HoldReason::SessionReward), held(ALICE, HoldReason::SessionDeposit)),
			(48_000, deposit)
		);
		let event = Event::SessionOpened {
			session: 0,
			student: ALICE,
			reward: 48_000,
			deposit,
			root: course.holdout.root(),
			base: spec().base,
		};
		assert_eq!(events(), [event]);
	});
}

#[test]
fn open_session_should_fail_when_such_a_session_cannot_be() {
	ExtBuilder::default().build_and_execute(|| {
		let scale = |min, mid, max| Scale {
			min: Perbill::from_percent(min),
			mid: Perbill::from_percent(mid),
			max: Perbill::from_percent(max),
		};
		let same_keys = BoundedVec::truncate_from(vec![[1; 32]; 3]);
		let few_keys = BoundedVec::truncate_from(spec().keys[..2].to_vec());
		let wrong: Vec<(SpecOf<Test>, Error<Test>)> = vec![
			(SpecOf::<Test> { features: 0, ..spec() }, Error::BadShape),
			(SpecOf::<Test> { features: 1_025, ..spec() }, Error::BadShape),
			(SpecOf::<Test> { classes: 1, ..spec() }, Error::BadShape),
			(SpecOf::<Test> { classes: 65, ..spec() }, Error::BadShape),
			(SpecOf::<Test> { limits: Limits { max_work: u64::MAX, ..spec().limits }, ..spec() }, Error::BadShape),
			(SpecOf::<Test> { limits: Limits { max_parameters: 0, ..spec().limits }, ..spec() }, Error::BadShape),
			(SpecOf::<Test> { items: 63, ..spec() }, Error::BadHoldout),
			(SpecOf::<Test> { items: 65_537, ..spec() }, Error::BadHoldout),
			(SpecOf::<Test> { chunk_log2: 3, ..spec() }, Error::BadHoldout),
			(SpecOf::<Test> { chunk_log2: 9, ..spec() }, Error::BadHoldout),
			(SpecOf::<Test> { scale: scale(0, 100, 100), ..spec() }, Error::BadScale),
			(SpecOf::<Test> { scale: scale(50, 50, 100), ..spec() }, Error::BadScale),
			(SpecOf::<Test> { reward: MIN_REWARD - 1, ..spec() }, Error::BadReward),
			(SpecOf::<Test> { stake: MIN_STAKE - 1, ..spec() }, Error::BadStake),
			(SpecOf::<Test> { stake: 500, fee: 501, ..spec() }, Error::BadStake),
			(SpecOf::<Test> { rounds: 0, ..spec() }, Error::BadRounds),
			(SpecOf::<Test> { rounds: 5, ..spec() }, Error::BadRounds),
			(SpecOf::<Test> { teachers: 0, ..spec() }, Error::BadRounds),
			(SpecOf::<Test> { teachers: 9, ..spec() }, Error::BadRounds),
			(SpecOf::<Test> { audit_blocks: MIN_PHASE - 1, ..spec() }, Error::BadDeadlines),
			(SpecOf::<Test> { offer_blocks: 0, ..spec() }, Error::BadDeadlines),
			(SpecOf::<Test> { train_blocks: MAX_PHASE + 1, ..spec() }, Error::BadDeadlines),
			(SpecOf::<Test> { reveal_blocks: u64::MAX, ..spec() }, Error::BadDeadlines),
			(SpecOf::<Test> { keys: same_keys, ..spec() }, Error::BadKeys),
			(SpecOf::<Test> { keys: few_keys, ..spec() }, Error::BadKeys),
			(SpecOf::<Test> { lesson_bytes: 0, ..spec() }, Error::BadOffer),
		];
		for (spec, error) in wrong {
			assert_noop!(open(ALICE, spec), error);
		}
		assert!(u128::from(u64::MAX) <= MAX_REWARD, "the balance of this runtime cannot be too large");
		assert_noop!(open(ALICE, SpecOf::<Test> { reward: u64::MAX, ..spec() }), TokenError::FundsUnavailable);
		assert_noop!(Teaching::open_session(RuntimeOrigin::root(), spec()), DispatchError::BadOrigin);
	});
}

#[test]
fn open_session_should_fail_when_a_chunk_could_not_be_counted_in_a_block() {
	ExtBuilder::default().build_and_execute(|| {
		let mut large = shaped(8, 4);
		large.features = 784;
		large.limits = Limits::FORMAT;
		large.chunk_log2 = 4;
		let default = MaxChunkWeight::get();
		MaxChunkWeight::set(Pallet::<Test>::largest_chunk(&large));
		large.chunk_log2 = 5;
		assert_noop!(open(ALICE, large.clone()), Error::<Test>::TooExpensive);
		large.chunk_log2 = 4;
		// With a deposit for 33 classifiers of 134 KB.
		assert_noop!(open(ALICE, large.clone()), TokenError::FundsUnavailable);
		MaxChunkWeight::set(Weight::from_parts(1_000_000, u64::MAX));
		assert_noop!(open(ALICE, large), Error::<Test>::TooExpensive);
		MaxChunkWeight::set(default);
	});
}

#[test]
fn open_session_should_fail_when_there_is_no_room() {
	ExtBuilder::default().build_and_execute(|| {
		let numbered = |number: u8| SpecOf::<Test> { root: H256::repeat_byte(number), ..spec() };
		for number in 0..4 {
			assert_ok!(open(ALICE, numbered(number)));
		}
		assert_noop!(open(ALICE, numbered(4)), Error::<Test>::TooManySessionsOfAccount);
		MaxBeacons::set(1);
		next_block();
		assert_noop!(open(BOB, numbered(4)), Error::<Test>::NoBeacon);
		MaxBeacons::set(100);
		assert_ok!(open(BOB, numbered(4)));
		assert_ok!(open(BOB, numbered(5)));
		assert_noop!(open(BOB, numbered(6)), Error::<Test>::TooManySessions);
	});
}

#[test]
fn deposit_should_cover_what_a_session_with_trainers_stores() {
	ExtBuilder::default().build_and_execute(|| {
		let mut spec = trained(3, 1);
		// No larger than the classifiers here.
		spec.limits.max_parameters = 6;
		let course = Course::for_trainers(spec.clone(), &[TARA, THEO]);
		course.teach(&[TINA, TOM, ULLA]);
		course.hand_all();
		for lesson in 0..3 {
			course.train_by_trainers(&[10 + lesson * 3, 11 + lesson * 3]);
		}
		let stored = session(course.id).encoded_size()
			+ crate::Lessons::<Test>::get(course.id).encoded_size()
			+ crate::Scorings::<Test>::get(course.id).encoded_size()
			+ crate::AuditItems::<Test>::get(course.id).encoded_size()
			+ crate::Classifiers::<Test>::iter_prefix_values(course.id).map(|one| one.encoded_size()).sum::<usize>()
			+ crate::UsedKeys::<Test>::iter().map(|one| one.encoded_size() + 32).sum::<usize>();
		assert_eq!(crate::Classifiers::<Test>::iter_prefix_values(course.id).count(), 7);
		assert!(Pallet::<Test>::deposit(&spec) > stored as u64 + DISPUTE_FEE);
		let alone = Pallet::<Test>::deposit(&shaped(3, 1));
		assert!(alone < Pallet::<Test>::deposit(&spec), "who trains alone pays for less");
	});
}

#[test]
fn session_with_trainers_should_be_refused_when_twice_as_many_classifiers_do_not_fit() {
	ExtBuilder::default().build_and_execute(|| {
		MaxChunkWeight::set(Pallet::<Test>::largest_chunk(&shaped(3, 1)));
		assert_noop!(open(ALICE, trained(3, 1)), Error::<Test>::TooExpensive);
		assert_ok!(open(ALICE, spec()));
		MaxChunkWeight::set(Weight::from_parts(200_000_000_000, u64::MAX / 2));
	});
}
