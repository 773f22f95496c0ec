//! `submit_transitions`.

use crate::{mock::*, *};
use frame_support::{
	assert_noop, assert_ok,
	dispatch::{DispatchClass, GetDispatchInfo, Pays},
};
use praxis_environment::{rollout, Real, Seed};
use sp_runtime::DispatchError;

#[test]
fn transitions_should_be_recorded_when_every_word_is_true() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		let before = State::<Test>::get().unwrap();
		let claim = Claim::honest();
		assert_ok!(claim.dispatch(ALICE));

		let record = Records::<Test>::get(1).unwrap();
		assert_eq!((record.author, record.step, record.state, record.reward), (ALICE, 0, before, claim.reward));
		let played = rollout(&before, &Seed(record.noise), &claim.actions).unwrap();
		assert_eq!(State::<Test>::get(), Some(played.state));
		assert_eq!(NextStep::<Test>::get(), 8);
		System::assert_last_event(Event::TransitionsAccepted { author: ALICE, step: 0, reward: claim.reward }.into());
	});
}

#[test]
fn next_block_should_go_on_where_the_last_one_ended() {
	ExtBuilder::default().build_and_execute(|| {
		block(ALICE);
		begin(BOB);
		let claim = Claim::honest();
		assert_eq!(claim.step, 8);
		assert_ok!(claim.dispatch(BOB));
		assert_eq!(NextStep::<Test>::get(), 16);
	});
}

#[test]
fn call_should_be_operational_and_free() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		let claim = Claim::honest();
		let info = claim.call().get_dispatch_info();
		assert_eq!((info.class, info.pays_fee), (DispatchClass::Operational, Pays::No));
		let shorter = Claim { actions: vec![0], ..claim };
		assert!(shorter.call().get_dispatch_info().call_weight.all_lte(info.call_weight));
		assert_ne!(shorter.call().get_dispatch_info().call_weight, info.call_weight);
	});
}

#[test]
fn submission_should_fail_when_the_signer_is_not_the_author() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		let claim = Claim::honest();
		assert_noop!(claim.dispatch(BOB), Error::<Test>::NotAuthor);
		assert_noop!(claim.dispatch(EVE), Error::<Test>::NotAuthor);
		let Call::submit_transitions { parent, slot, attempt, step, actions, reward, policy_hash } = claim.call();
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				Oracle::submit_transitions(origin, parent, slot, attempt, step, actions.clone(), reward, policy_hash),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn submission_should_fail_when_nobody_authors() {
	ExtBuilder::default().build_and_execute(|| {
		begin_for_pool();
		assert_noop!(Claim::honest().dispatch(ALICE), Error::<Test>::NotAuthor);
	});
}

#[test]
fn submission_should_fail_when_the_block_has_one() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		assert_ok!(Claim::honest().dispatch(ALICE));
		assert_noop!(Claim::honest().dispatch(ALICE), Error::<Test>::AlreadySubmitted);
	});
}

#[test]
fn submission_should_fail_when_it_is_for_another_block() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		let claim = Claim::honest();
		let other = Claim { parent: Default::default(), ..claim.clone() };
		assert_noop!(other.dispatch(ALICE), Error::<Test>::WrongParent);
		for slot in [1, 3] {
			assert_noop!(Claim { slot, ..claim.clone() }.dispatch(ALICE), Error::<Test>::WrongSlot);
		}
	});
}

#[test]
fn submission_should_fail_when_the_step_is_wrong() {
	ExtBuilder::default().build_and_execute(|| {
		block(ALICE);
		begin(ALICE);
		for step in [0, 7, 9, 16, u64::MAX] {
			assert_noop!(Claim { step, ..Claim::honest() }.dispatch(ALICE), Error::<Test>::WrongStep);
		}
	});
}

#[test]
fn submission_should_fail_when_the_count_is_wrong() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		for count in [0, 7, 9, 64] {
			let claim = Claim { actions: vec![0; count], ..Claim::honest() };
			assert_noop!(claim.dispatch(ALICE), Error::<Test>::WrongCount);
		}
	});
}

#[test]
fn submission_should_fail_when_an_action_does_not_exist() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		for (at, action) in [(0, 9), (7, 9), (3, 255)] {
			let mut claim = Claim::honest();
			claim.actions[at] = action;
			assert_noop!(claim.dispatch(ALICE), Error::<Test>::ActionOutOfRange);
		}
	});
}

#[test]
fn submission_should_fail_when_the_reward_is_off_by_one_bit() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		let claim = Claim::honest();
		for bits in [claim.reward.to_bits() - 1, claim.reward.to_bits() + 1, 0, Real::ONE.to_bits(), -1, i64::MAX] {
			let lie = Claim { reward: Real::from_bits(bits), ..claim.clone() };
			assert_noop!(lie.dispatch(ALICE), Error::<Test>::WrongReward);
		}
	});
}

#[test]
fn submission_should_fail_when_it_was_played_under_another_noise() {
	ExtBuilder::default().build_and_execute(|| {
		begin(BOB);
		let bobs = Claim::honest();
		end();
		// The same height, seen by Alice: all that differs is the noise.
		System::set_block_number(0);
		begin(ALICE);
		assert_eq!(Claim::honest().parent, bobs.parent);
		assert_ne!(Claim::honest().reward, bobs.reward);
		assert_noop!(bobs.dispatch(ALICE), Error::<Test>::WrongReward);
	});
}

#[test]
fn attempt_and_policy_should_not_matter_to_the_dispatch() {
	ExtBuilder::default().build_and_execute(|| {
		begin(ALICE);
		assert_ok!(Claim { attempt: u32::MAX, ..Claim::honest() }.dispatch(ALICE));
		assert_eq!(Records::<Test>::get(1).unwrap().policy_hash, sp_core::H256::repeat_byte(7));
	});
}
