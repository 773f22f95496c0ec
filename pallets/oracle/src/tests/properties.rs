//! Random sequences of blocks, honest and not. The invariants are checked after every block.

use crate::{mock::*, *};
use praxis_environment::{EnvironmentId, Real};
use proptest::prelude::*;

/// What the author of a block does.
#[derive(Clone, Debug)]
enum Deed {
	Nothing,
	Honest(u8),
	WrongSigner,
	WrongStep(u64),
	WrongCount(u8),
	WrongAction(u8),
	WrongReward(i64),
	Twice,
}

fn deed() -> impl Strategy<Value = Deed> {
	prop_oneof![
		1 => Just(Deed::Nothing),
		4 => any::<u8>().prop_map(Deed::Honest),
		1 => Just(Deed::WrongSigner),
		1 => any::<u64>().prop_map(Deed::WrongStep),
		1 => any::<u8>().prop_map(Deed::WrongCount),
		1 => any::<u8>().prop_map(Deed::WrongAction),
		1 => any::<i64>().prop_map(Deed::WrongReward),
		1 => Just(Deed::Twice),
	]
}

/// Plays one block; returns how many submissions were accepted.
fn play(author: AccountId, deed: &Deed) -> u32 {
	let other = if author == ALICE { BOB } else { ALICE };
	let honest = Claim::honest();
	let accepted = |result: sp_runtime::DispatchResult| u32::from(result.is_ok());
	match deed {
		Deed::Nothing => 0,
		Deed::Honest(shift) => {
			accepted(Claim::of_actions(|i, actions| ((i + u32::from(*shift)) % actions) as u8).dispatch(author))
		}
		Deed::WrongSigner => accepted(honest.dispatch(other)),
		Deed::WrongStep(step) if *step != honest.step => accepted(Claim { step: *step, ..honest }.dispatch(author)),
		Deed::WrongCount(count) if usize::from(*count % 65) != honest.actions.len() => {
			accepted(Claim { actions: vec![0; usize::from(*count % 65)], ..honest }.dispatch(author))
		}
		Deed::WrongAction(action) => {
			let mut claim = honest;
			claim.actions[0] = action.saturating_add(9);
			accepted(claim.dispatch(author))
		}
		Deed::WrongReward(bits) if Real::from_bits(*bits) != honest.reward => {
			accepted(Claim { reward: Real::from_bits(*bits), ..honest }.dispatch(author))
		}
		Deed::Twice => accepted(honest.dispatch(author)) + accepted(honest.dispatch(author)),
		_ => 0,
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 64, ..Default::default() })]

	#[test]
	fn only_honest_submissions_should_move_the_oracle(
		deeds in prop::collection::vec((any::<bool>(), deed()), 1..40),
		environment in 0usize..5,
		steps in 1u32..=64,
		episode in 1u32..6,
	) {
		ExtBuilder::default()
			.with_environment(EnvironmentId::ALL[environment])
			.with_steps(steps)
			.with_episode(episode)
			.build_and_execute(|| {
				let mut sum = Real::ZERO;
				for (alice, deed) in &deeds {
					let author = if *alice { ALICE } else { BOB };
					begin(author);
					let (state, step) = (State::<Test>::get(), NextStep::<Test>::get());
					let expected = u32::from(matches!(deed, Deed::Honest(_) | Deed::Twice));
					assert_eq!(play(author, deed), expected, "{deed:?}");
					if expected == 0 {
						assert_eq!((State::<Test>::get(), NextStep::<Test>::get()), (state, step));
					} else {
						assert_eq!(NextStep::<Test>::get(), step + u64::from(steps));
					}
					let scores = end();
					assert_eq!(scores.len(), 1);
					sum = sum.saturating_add(scores[0].reward);
					assert_eq!(scores[0].cumulative, sum);
				}
			});
	}
}
