//! What clients read.

use crate::{mock::*, *};
use codec::{Decode, Encode};
use frame_support::assert_ok;
use praxis_environment::{rollout, AnyState, Seed};

#[test]
fn record_should_suffice_to_replay_the_block() {
	ExtBuilder::default().build_and_execute(|| {
		block(BOB);
		begin(ALICE);
		let claim = Claim { slot: 4, ..Claim::honest() };
		assert_ok!(claim.dispatch(ALICE));
		end();

		let record = Oracle::record(2).unwrap();
		assert_eq!((record.number, record.author, record.step, *record.slot), (2, ALICE, 8, 4));
		let state = AnyState::decode(&mut &record.state[..]).unwrap();
		let played = rollout(&state, &Seed(record.noise), &record.actions).unwrap();
		assert_eq!(played.reward, record.reward);
		assert_eq!(Oracle::state().state, played.state.encode());
		assert_eq!(Oracle::state().observation, played.state.observation());
		assert_eq!(Oracle::state().step, 16);
	});
}

#[test]
fn blocks_without_transitions_should_have_no_record() {
	ExtBuilder::default().build_and_execute(|| {
		block(ALICE);
		empty_block(ALICE);
		block(ALICE);
		assert!(Oracle::record(0).is_none());
		assert!(Oracle::record(2).is_none());
		assert!(Oracle::record(4).is_none());
		let numbers = |from, count| Oracle::records(from, count).iter().map(|r| r.number).collect::<Vec<_>>();
		assert_eq!(numbers(0, 10), [1, 3]);
		assert_eq!(numbers(2, 1), Vec::<u32>::new());
		assert_eq!(numbers(3, 1), [3]);
		assert_eq!(numbers(u64::MAX, u32::MAX), Vec::<u32>::new());
	});
}

#[test]
fn one_answer_should_hold_at_most_64_records() {
	ExtBuilder::default().with_steps(1).build_and_execute(|| {
		for _ in 0..70 {
			block(ALICE);
		}
		assert_eq!(Oracle::records(1, u32::MAX).len() as u32, RECORDS_PER_ANSWER);
	});
}
