//! What a policy returns on fresh seeds, before and after rounding, and whether that meets a task's target.

use crate::agent::evaluate::mean;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A policy meets a target if at least this share of judgements finds that it does.
pub const SURE: f64 = 0.95;

/// Judgements that are drawn from the returns of a check.
const DRAWS: u32 = 1_000;

/// What a task asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
	/// Mean return that earns the whole price.
	pub target: f64,
	/// Episodes that the chain will play.
	pub episodes: u32,
}

/// What a policy returned in its self-check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
	/// Episodes.
	pub episodes: u32,
	/// Their mean return.
	pub mean: f64,
	/// Standard deviation of the returns.
	pub deviation: f64,
	/// Share of judgements that find the target met: of as many episodes as the chain will play, drawn from these.
	pub meets: f64,
}

impl Check {
	/// Of the returns of episodes with fresh seeds.
	pub fn of(returns: &[f64], goal: Goal) -> Self {
		let average = mean(returns);
		let squares: f64 = returns.iter().map(|value| (value - average).powi(2)).sum();
		let deviation = (squares / (returns.len().max(2) - 1) as f64).sqrt();
		Self { episodes: returns.len() as u32, mean: average, deviation, meets: share(returns, goal) }
	}

	/// The mean of so many episodes is above this in all but one of about forty trials.
	pub fn surely(&self, episodes: u32) -> f64 {
		self.mean - 2.0 * self.deviation / f64::from(episodes.max(1)).sqrt()
	}
}

/// Share of judgements that find a target met.
fn share(returns: &[f64], goal: Goal) -> f64 {
	if returns.is_empty() {
		return 0.0;
	}
	// The same returns are judged alike every time.
	let mut rng = ChaCha8Rng::seed_from_u64(0);
	let episodes = goal.episodes.max(1);
	let met = (0..DRAWS).filter(|_| {
		let sum: f64 = (0..episodes).map(|_| returns[rng.gen_range(0..returns.len())]).sum();
		sum / f64::from(episodes) >= goal.target
	});
	met.count() as f64 / f64::from(DRAWS)
}

/// The same episodes, played by a network and by the policy that rounding made of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checks {
	/// The network.
	pub float: Check,
	/// The policy.
	pub policy: Check,
}

impl Checks {
	/// Whether the policy is good enough to end the training.
	pub fn good(&self, goal: Goal) -> bool {
		self.policy.meets >= SURE && self.policy.surely(goal.episodes) >= goal.target
	}

	/// Whether the network meets the target and the policy does not: what is submitted would not be what was trained.
	pub fn lost_by_rounding(&self) -> bool {
		self.float.meets >= SURE && self.policy.meets < SURE
	}

	/// What the better of two is greater in.
	pub fn rank(&self, goal: Goal) -> (bool, f64) {
		(!self.lost_by_rounding(), self.policy.surely(goal.episodes))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const GOAL: Goal = Goal { target: 475.0, episodes: 20 };

	#[test]
	fn check_should_be_less_sure_when_fewer_episodes_are_played() {
		let check = Check::of(&[490.0, 510.0, 500.0], GOAL);
		assert_eq!((check.mean, check.deviation, check.episodes), (500.0, 10.0, 3));
		assert_eq!(check.surely(4), 490.0);
		assert_eq!(check.surely(100), 498.0);
		assert_eq!(Check::of(&[7.0], GOAL).surely(1), 7.0);
	}

	#[test]
	fn target_should_be_met_by_the_share_of_judgements_that_reach_it() {
		assert_eq!(Check::of(&[475.0; 100], GOAL).meets, 1.0);
		assert_eq!(Check::of(&[474.9; 100], GOAL).meets, 0.0);
		assert_eq!(Check::of(&[], GOAL).meets, 0.0);
		// One in ten episodes returns nothing: of 20 at most one may, which 0.9^20 + 20 * 0.1 * 0.9^19 = 39 % allow.
		let mut returns = [500.0; 100];
		returns[..10].fill(0.0);
		let check = Check::of(&returns, GOAL);
		assert!((check.meets - 0.39).abs() < 0.05, "{check:?}");
		assert_eq!(check, Check::of(&returns, GOAL), "it is judged alike every time");
	}

	#[test]
	fn policy_should_rank_below_any_other_when_rounding_took_the_target_from_it() {
		let check = |value: f64| Check::of(&[value; 100], GOAL);
		let lost = Checks { float: check(500.0), policy: check(470.0) };
		let honest = Checks { float: check(460.0), policy: check(460.0) };
		let good = Checks { float: check(500.0), policy: check(490.0) };
		assert!(lost.lost_by_rounding() && !honest.lost_by_rounding() && !good.lost_by_rounding());
		assert!(good.good(GOAL) && !honest.good(GOAL) && !lost.good(GOAL));
		assert!(good.rank(GOAL) > honest.rank(GOAL) && honest.rank(GOAL) > lost.rank(GOAL));
	}
}
