//! Expertise and speed: what a worker was seen to do.
//!
//! Both rise only by so much of the way as the mark weighs ([`crate::reputation::weight`]), so that what was not paid
//! for by burning raises nothing; speed falls at once.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::{ConstU32, Get};
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_market::similarity;
use scale_info::TypeInfo;
use sp_runtime::{BoundedVec, Perbill};

/// Environments in which a worker's skill is kept.
pub const MAX_SKILLS: u32 = 16;

/// How good a worker was seen to be in an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Skill {
	/// The environment.
	pub environment: TaskEnvironment,
	/// From 0, what random agents reach, to 1, the greatest return there is.
	pub level: Perbill,
}

/// A worker's skills, one an environment.
pub type Skills = BoundedVec<Skill, ConstU32<MAX_SKILLS>>;

/// A verified score as a level, rounded down.
pub fn level(environment: &TaskEnvironment, score: Real) -> Perbill {
	let bits = environment.normalised(score).clamp(Real::ZERO, Real::ONE).to_bits();
	// At most 2^32 · 10^9.
	Perbill::from_parts(((i128::from(bits) * i128::from(Perbill::one().deconstruct())) >> 32) as u32)
}

/// Expertise in an environment: the best of similarity · level, rounded down.
pub fn expertise(skills: &Skills, environment: &TaskEnvironment) -> Perbill {
	skills.iter().map(|skill| part(similarity(environment, &skill.environment), skill.level)).max().unwrap_or_default()
}

/// Brings a skill up by `weight` of the way to what was reached. Where there is no room, the least skill makes it, if it
/// is less than the new one.
pub fn learn(skills: &mut Skills, environment: TaskEnvironment, reached: Perbill, weight: Perbill) {
	if let Some(skill) = skills.iter_mut().find(|skill| skill.environment == environment) {
		skill.level = raise(skill.level, reached, weight);
		return;
	}
	let skill = Skill { environment, level: raise(Perbill::zero(), reached, weight) };
	if skill.level.is_zero() {
		return;
	}
	if let Err(skill) = skills.try_push(skill).map_err(|_| skill) {
		if let Some(least) = skills.iter_mut().min_by_key(|skill| skill.level).filter(|least| least.level < skill.level)
		{
			*least = skill;
		}
	}
}

/// Speed of one task: `share · reference / (reference + blocks)`, rounded down.
pub fn speed(share: Perbill, blocks: u64, reference: u32) -> Perbill {
	let reference = u128::from(reference.max(1));
	let all = reference + u128::from(blocks);
	Perbill::from_parts((u128::from(share.deconstruct()) * reference / all) as u32)
}

/// The exponential mean of speeds with another one, which is a quarter of it: of a higher one only as far as it weighs.
pub fn compute(before: Perbill, speed: Perbill, weight: Perbill) -> Perbill {
	if speed > before {
		return raise(before, speed, Perbill::from_parts(weight.deconstruct() / 4));
	}
	Perbill::from_parts(before.deconstruct() - (before.deconstruct() - speed.deconstruct()).div_ceil(4))
}

/// `weight` of the way up from `from` to `to`, rounded down; nothing where that is no rise.
fn raise(from: Perbill, to: Perbill, weight: Perbill) -> Perbill {
	let way = Perbill::from_parts(to.deconstruct().saturating_sub(from.deconstruct()));
	Perbill::from_parts(from.deconstruct() + part(way, weight).deconstruct())
}

/// The product, rounded down.
fn part(a: Perbill, b: Perbill) -> Perbill {
	let one = u64::from(Perbill::one().deconstruct());
	Perbill::from_parts((u64::from(a.deconstruct()) * u64::from(b.deconstruct()) / one) as u32)
}

/// Whether there is at most one skill an environment.
pub fn are_distinct(skills: &Skills) -> bool {
	skills.len() <= <ConstU32<MAX_SKILLS> as Get<u32>>::get() as usize
		&& skills
			.iter()
			.enumerate()
			.all(|(place, skill)| skills.iter().take(place).all(|before| before.environment != skill.environment))
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use TaskEnvironment::{CartPole, MazeCleaning, MountainCar};

	fn percent(percent: u32) -> Perbill {
		Perbill::from_percent(percent)
	}

	fn maze(width: u8) -> TaskEnvironment {
		MazeCleaning { width, height: 8, agents: 2 }
	}

	#[test]
	fn level_should_be_within_bounds_whatever_the_score() {
		for environment in TaskEnvironment::ALL {
			assert_eq!(level(&environment, Real::MIN), Perbill::zero());
			assert_eq!(level(&environment, environment.random_score()), Perbill::zero());
			assert!(level(&environment, Real::MAX) >= level(&environment, environment.max_return()));
			assert!(level(&environment, environment.max_return()) > percent(99), "{environment:?}");
		}
	}

	#[test]
	fn expertise_should_be_the_best_of_similarity_and_level() {
		let mut skills = Skills::default();
		assert_eq!(expertise(&skills, &CartPole), Perbill::zero());
		learn(&mut skills, CartPole, percent(80), Perbill::one());
		learn(&mut skills, maze(8), percent(90), Perbill::one());
		learn(&mut skills, maze(16), percent(10), Perbill::one());
		assert_eq!(expertise(&skills, &CartPole), percent(80));
		assert_eq!(expertise(&skills, &MountainCar), Perbill::zero());
		assert_eq!(expertise(&skills, &maze(8)), percent(90));
		let similar = expertise(&skills, &maze(9));
		assert!(similar < percent(90) && similar > percent(60), "{similar:?}");
	}

	#[test]
	fn least_skill_should_make_room_when_a_better_one_comes() {
		let mut skills = Skills::default();
		for width in 0..MAX_SKILLS as u8 {
			learn(&mut skills, maze(width), percent(20 + u32::from(width)), Perbill::one());
		}
		learn(&mut skills, maze(100), percent(20), Perbill::one());
		assert!(skills.iter().all(|skill| skill.environment != maze(100)), "no better than the least");
		learn(&mut skills, maze(100), percent(21), Perbill::one());
		assert!(skills.iter().all(|skill| skill.environment != maze(0)));
		assert!(skills.iter().any(|skill| skill.environment == maze(100)));
		assert!(are_distinct(&skills) && skills.len() == MAX_SKILLS as usize);
	}

	#[test]
	fn compute_should_take_a_quarter_of_the_new_when_slower_and_less_when_it_weighs_less() {
		assert_eq!(compute(percent(80), percent(40), Perbill::zero()), percent(70));
		assert_eq!(compute(percent(40), percent(80), Perbill::one()), percent(50));
		assert_eq!(compute(percent(40), percent(80), percent(50)), percent(45));
		assert_eq!(speed(Perbill::one(), 20, 20), percent(50));
		assert_eq!(speed(percent(50), 0, 20), percent(50));
	}

	proptest! {
		#[test]
		fn quality_should_not_rise_when_nothing_was_burnt(
			levels in prop::collection::vec(0u32..=1_000_000_000, 0..20),
			before in 0u32..=1_000_000_000, reached in 0u32..=1_000_000_000, width in 0u8..20,
		) {
			let mut skills = Skills::default();
			for (width, level) in levels.into_iter().enumerate() {
				learn(&mut skills, maze(width as u8), Perbill::from_parts(level), Perbill::one());
			}
			let (old, before, reached) = (skills.clone(), Perbill::from_parts(before), Perbill::from_parts(reached));
			learn(&mut skills, maze(width), reached, Perbill::zero());
			prop_assert_eq!(skills, old);
			prop_assert!(compute(before, reached, Perbill::zero()) <= before);
		}
	}
}
