use crate::{mock::*, Due, Error, Event, Pallet, SpecOf, WeightInfo};
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};
use praxis_primitives_teaching::SessionState;
use sp_core::H256;
use sp_runtime::DispatchError;

#[test]
fn poke_should_advance_a_session_when_the_chain_had_no_room_to() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::open(spec());
		let id = course.id;
		assert_noop!(poke(id), Error::<Test>::NotDue);
		System::set_block_number(9);
		assert_noop!(poke(id), Error::<Test>::NotDue);
		System::set_block_number(10);
		assert_ok!(poke(id));
		assert_ok!(course.show_audit());
		assert_ok!(course.join(TINA));
		assert_ok!(course.commit(TINA, course.offer(TINA, 1)));
		assert_noop!(poke(id), Error::<Test>::NotDue);
		System::set_block_number(30);
		assert_ok!(poke(id));
		assert_eq!(session(id).state, SessionState::Ordering { round: 0, after: 30 }, "no beacon of the past");
		System::set_block_number(38);
		assert_noop!(poke(id), Error::<Test>::NotDue);
		System::set_block_number(45);
		assert_ok!(poke(id));
		assert_eq!(session(id).state, SessionState::Training { round: 0, until: 55 }, "the window is whole");
		assert_ok!(course.train(30));
		course.reveal_all();
		assert_noop!(poke(id), Error::<Test>::NotDue);
		System::set_block_number(46);
		assert_ok!(poke(id));
		assert!(matches!(session(id).state, SessionState::Settled { at: 46 }));
		assert_noop!(poke(id), Error::<Test>::NotDue);
	});
}

#[test]
fn poke_should_fail_when_there_is_no_such_session_or_it_is_unsigned() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(poke(0), Error::<Test>::NotFound);
		assert_noop!(Teaching::poke(RuntimeOrigin::root(), 0), DispatchError::BadOrigin);
	});
}

#[test]
fn on_idle_should_do_no_more_than_there_is_room_for() {
	ExtBuilder::default().build_and_execute(|| {
		let ids: Vec<_> = (0..4)
			.map(|number| open(ALICE, SpecOf::<Test> { root: H256::repeat_byte(number), ..spec() }).unwrap())
			.collect();
		let waiting = || ids.iter().filter(|id| matches!(session(**id).state, SessionState::Drawing { .. })).count();
		System::set_block_number(9);
		let base = <() as WeightInfo>::on_idle();
		let step = Pallet::<Test>::advance_weight();

		assert_eq!(Teaching::on_idle(9, Weight::zero()), Weight::zero());
		assert_eq!(Teaching::on_idle(9, base), base);
		assert_eq!(waiting(), 4);
		let room = base.saturating_add(step);
		assert_eq!(Teaching::on_idle(9, room), room);
		assert_eq!(waiting(), 3);
		let used = Teaching::on_idle(9, Weight::MAX);
		assert_eq!(waiting(), 3 - MAX_ADVANCES as usize, "however much room there is");
		assert!(used.all_gte(step.saturating_mul(MAX_ADVANCES.into())));
		Teaching::on_idle(9, Weight::MAX);
		assert_eq!(waiting(), 0);
	});
}

#[test]
fn session_that_waits_for_a_beacon_should_delay_no_other() {
	ExtBuilder::default().build_and_execute(|| {
		let waiting: Vec<_> = (0..MAX_ADVANCES)
			.map(|_| {
				let course = Course::offering(SpecOf::<Test> { offer_blocks: 40, ..spec() });
				course.join(TINA).unwrap();
				course.commit(TINA, course.offer(TINA, 1)).unwrap();
				course
			})
			.collect();
		let other = Course::offering(SpecOf::<Test> { offer_blocks: 40, ..spec() });
		MaxBeacons::set(0);
		run(42);
		assert!(matches!(session(other.id).state, SessionState::Settled { .. }), "nobody taught there");
		for course in &waiting {
			assert!(matches!(session(course.id).state, SessionState::Offering { .. }));
		}
		MaxBeacons::set(100);
		run(10);
		for course in &waiting {
			assert!(matches!(session(course.id).state, SessionState::Training { .. }));
		}
	});
}

#[test]
fn due_sessions_should_be_served_by_their_heights() {
	ExtBuilder::default().build_and_execute(|| {
		let numbered = |number: u8| SpecOf::<Test> { root: H256::repeat_byte(number), ..spec() };
		let first = open(ALICE, numbered(0)).unwrap();
		next_block();
		let second = open(BOB, numbered(1)).unwrap();
		let third = open(ALICE, numbered(2)).unwrap();
		assert_eq!(Due::<Test>::get().into_inner(), [(9, first), (10, second), (10, third)]);
	});
}

#[test]
fn prune_should_forget_a_session_and_return_its_deposit_when_it_was_kept_long_enough() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, _) = Course::settled(spec(), &[TINA, TOM], &[10, 20]);
		let SessionState::Settled { at } = session(course.id).state else { panic!("it is settled") };
		let prune = || Teaching::prune(RuntimeOrigin::signed(MALLORY), course.id);
		assert_noop!(prune(), Error::<Test>::StillRetained);
		System::set_block_number(at + RETENTION);
		let before = free(ALICE);
		assert_ok!(prune());
		let deposit = Pallet::<Test>::deposit(&spec());
		assert_eq!(free(ALICE), before + deposit);
		assert_eq!(events().last(), Some(&Event::SessionPruned { session: course.id, deposit }));
		assert_noop!(prune(), Error::<Test>::NotFound);
		assert_eq!(Teaching::session(course.id), None);
		assert!(crate::Classifiers::<Test>::iter().next().is_none());

		let open = Course::open(spec());
		assert_noop!(Teaching::prune(RuntimeOrigin::signed(MALLORY), open.id), Error::<Test>::NotFinished);
	});
}

#[test]
fn windows_of_trainers_should_be_whole_when_the_chain_had_no_room() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::for_trainers(trained(2, 1), &[TARA, THEO]);
		let id = course.id;
		let now = System::block_number;
		// Later than the deadline, as no block had room.
		let late = |blocks: u64| {
			assert_noop!(poke(id), Error::<Test>::NotDue);
			System::set_block_number(now() + blocks);
			assert_ok!(poke(id));
		};
		for teacher in [TINA, TOM] {
			assert_ok!(course.join(teacher));
			assert_ok!(course.commit(teacher, course.offer(teacher, teacher as u8)));
		}
		late(20);
		assert!(matches!(session(id).state, SessionState::Ordering { .. }));
		late(12);
		assert_eq!(session(id).state, SessionState::Handing { round: 0, until: now() + HAND_BLOCKS });
		assert_ok!(course.hand(0, course.keys(0)));
		late(HAND_BLOCKS + 4);
		// The other lesson is void.
		assert_eq!(session(id).state, SessionState::TrainingCommit { round: 0, lesson: 0, until: now() + 10 });
		assert_ok!(course.commit_to(TARA, 30));
		late(14);
		let until = now() + REVEAL_TRAINING_BLOCKS;
		assert_eq!(session(id).state, SessionState::TrainingReveal { round: 0, lesson: 0, until });
		assert_eq!((bond(TARA), bond(THEO)), (TRAINER_BOND, 0));
		late(REVEAL_TRAINING_BLOCKS + 3);
		assert_eq!((bond(TARA), bond(THEO)), (0, 0));
		assert!(matches!(session(id).state, SessionState::Settled { .. }));
	});
}
