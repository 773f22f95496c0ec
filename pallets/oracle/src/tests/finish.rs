//! The end of a block: score, award, episode.

use crate::{mock::*, *};
use frame_support::assert_ok;
use praxis_environment::{score, AnyState, Real};
use praxis_primitives_consensus::Score;

#[test]
fn block_should_deposit_exactly_one_score() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		assert_eq!(end(), vec![Score::default()]);
		begin(ALICE);
		let claim = Claim::honest();
		assert_ok!(claim.dispatch(ALICE));
		assert_eq!(end(), vec![Score { reward: score(claim.reward), cumulative: score(claim.reward) }]);
	});
}

#[test]
fn score_should_be_floored_to_a_64th() {
	ExtBuilder::default().build_and_execute(|| {
		for author in [ALICE, BOB] {
			begin(author);
			let claim = Claim::honest();
			assert_ok!(claim.dispatch(author));
			let reward = end()[0].reward;
			assert!(reward <= claim.reward);
			assert!(claim.reward - reward < Real::from_ratio(1, 64));
			assert_eq!(reward.to_bits() % (1 << 26), 0);
		}
	});
}

#[test]
fn sum_should_grow_by_each_score_and_stay_without_transitions() {
	ExtBuilder::default().build_and_execute(|| {
		let first = block(ALICE);
		let second = block(BOB);
		assert_eq!(second.cumulative, first.reward + second.reward);
		let third = empty_block(BOB);
		assert_eq!(third, Score { reward: Real::ZERO, cumulative: second.cumulative });
		assert_eq!(Scores::get(), vec![(ALICE, first), (BOB, second), (BOB, third)]);
		assert_eq!(LastScore::<Test>::get(), third);
	});
}

#[test]
fn sum_should_saturate() {
	ExtBuilder::default().build_and_execute(|| {
		let highest = Real::from_bits(i64::MAX);
		LastScore::<Test>::put(Score { reward: Real::ZERO, cumulative: highest });
		let score = block(ALICE);
		assert!(score.reward > Real::ZERO);
		assert_eq!(score.cumulative, highest);
	});
}

#[test]
fn failed_submission_should_score_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let before = State::<Test>::get();
		begin(ALICE);
		let claim = Claim { reward: Real::ONE, ..Claim::honest() };
		assert!(claim.dispatch(ALICE).is_err());
		assert_eq!(end(), vec![Score::default()]);
		assert_eq!(State::<Test>::get(), before);
		assert_eq!(NextStep::<Test>::get(), 0);
	});
}

#[test]
fn empty_block_should_leave_state_and_step() {
	ExtBuilder::default().build_and_execute(|| {
		let before = State::<Test>::get();
		for _ in 1..10 {
			empty_block(ALICE);
		}
		assert_eq!(State::<Test>::get(), before);
		// The tenth ends the episode.
		empty_block(ALICE);
		assert_ne!(State::<Test>::get(), before);
	});
}

#[test]
fn episode_should_restart_from_the_authors_randomness() {
	let after_episode = |last: AccountId| {
		let mut state = None;
		ExtBuilder::default().with_episode(3).build_and_execute(|| {
			block(ALICE);
			block(ALICE);
			begin(last);
			assert_ok!(Claim::honest().dispatch(last));
			let played = State::<Test>::get();
			end();
			state = State::<Test>::get();
			assert_ne!(state, played);
			assert_eq!(NextStep::<Test>::get(), 24, "steps go on");
			// What the API says at this block is where the child starts.
			assert_eq!(Oracle::state().state, codec::Encode::encode(&state.unwrap()));
			block(ALICE);
			assert_eq!(Records::<Test>::get(4).unwrap().state, state.unwrap());
		});
		state
	};
	assert_eq!(after_episode(ALICE), after_episode(ALICE));
	assert_ne!(after_episode(ALICE), after_episode(BOB));
}

#[test]
fn episode_should_go_on_when_nobody_authors() {
	ExtBuilder::default().with_episode(1).build_and_execute(|| {
		let before: Option<AnyState> = State::<Test>::get();
		begin_for_pool();
		assert_eq!(end().len(), 1);
		assert_eq!(State::<Test>::get(), before);
		assert!(Scores::get().is_empty());
	});
}

#[test]
fn records_should_be_forgotten_after_256_blocks() {
	ExtBuilder::default().with_steps(1).build_and_execute(|| {
		for _ in 0..KEPT_BLOCKS {
			block(ALICE);
		}
		assert!(Oracle::record(1).is_some());
		block(ALICE);
		assert!(Oracle::record(1).is_none());
		assert!(Oracle::record(2).is_some());
		empty_block(ALICE);
		assert_eq!(Records::<Test>::iter().count() as u32, KEPT_BLOCKS - 1);
	});
}
