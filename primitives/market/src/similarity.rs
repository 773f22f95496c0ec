//! How much alike two environments are: what was learnt in one says so much about the other.
//!
//! ```text
//! similarity(a, b) = 0                          where a policy of the one does not fit the other
//!                  = Σ weight · alike / Σ weight   over the features below, rounded down
//! ```
//!
//! | feature | weight | alike |
//! |---|---|---|
//! | kind of environment | 2 | 1 if equal, else 0 |
//! | agents, steps of an episode | 1 each | 1 − \|a − b\| / max(a, b) |
//! | numeric parameters, within one kind | 2 each | the same |
//! | yes-or-no parameters, within one kind | 2 each | 1 if equal, else 0 |
//!
//! It is symmetric, and 1 for an environment and itself. Weights and features are this project's choice.

use praxis_environment::TaskEnvironment;
use sp_runtime::Perbill;

/// Sum of weighted features.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
	weight: u64,
	alike: u64,
}

impl Sum {
	/// A number: 1 − |a − b| / max(a, b), rounded down.
	fn number(self, weight: u64, a: u32, b: u32) -> Self {
		let one = u64::from(Perbill::one().deconstruct());
		let most = u64::from(a.max(b));
		// Two zeros are equal. At most 2^32 · 10^9.
		let alike = (u64::from(a.min(b)) * one).checked_div(most).unwrap_or(one);
		Self { weight: self.weight + weight, alike: self.alike + weight * alike }
	}

	/// A category: equal or not.
	fn category(self, weight: u64, equal: bool) -> Self {
		self.number(weight, equal.into(), 1)
	}

	/// The weighted mean.
	fn mean(self) -> Perbill {
		Perbill::from_parts(self.alike.checked_div(self.weight).unwrap_or(0) as u32)
	}
}

/// How much alike the environments are, in [0, 1].
pub fn similarity(a: &TaskEnvironment, b: &TaskEnvironment) -> Perbill {
	let (left, right) = (a.shape(), b.shape());
	if left.observation != right.observation || left.actions != right.actions {
		return Perbill::zero();
	}
	let common = Sum::default().category(2, a.kind() == b.kind()).number(1, left.agents, right.agents).number(
		1,
		left.max_steps,
		right.max_steps,
	);
	parameters(common, a, b).mean()
}

/// Adds the parameters of two environments of one kind.
fn parameters(sum: Sum, a: &TaskEnvironment, b: &TaskEnvironment) -> Sum {
	use TaskEnvironment::{FleetCoordination, MazeCleaning, TargetLocalization};
	match (*a, *b) {
		(
			TargetLocalization { walls, shaped, .. },
			TargetLocalization { walls: other_walls, shaped: other_shaped, .. },
		) => sum.number(2, walls.into(), other_walls.into()).category(2, shaped == other_shaped),
		(MazeCleaning { width, height, .. }, MazeCleaning { width: other_width, height: other_height, .. })
		| (
			FleetCoordination { width, height, .. },
			FleetCoordination { width: other_width, height: other_height, .. },
		) => sum.number(2, width.into(), other_width.into()).number(2, height.into(), other_height.into()),
		_ => sum,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use TaskEnvironment::{CartPole, FleetCoordination, MazeCleaning, MountainCar, TargetLocalization};

	fn maze(width: u8, height: u8, agents: u8) -> TaskEnvironment {
		MazeCleaning { width, height, agents }
	}

	/// Environments of all kinds with many parameters.
	fn many() -> Vec<TaskEnvironment> {
		let teams = (1..=4u8).flat_map(|agents| {
			[5u8, 8, 16]
				.into_iter()
				.flat_map(move |side| [maze(side, 16, agents), FleetCoordination { width: side, height: 5, agents }])
		});
		let localization = [0u8, 1, 3]
			.into_iter()
			.flat_map(|walls| [true, false].map(|shaped| TargetLocalization { agents: 2, walls, shaped }));
		TaskEnvironment::ALL.into_iter().chain(teams).chain(localization).collect()
	}

	#[test]
	fn similarity_should_be_symmetric_and_one_only_for_the_same() {
		for a in many() {
			for b in many() {
				let alike = similarity(&a, &b);
				assert_eq!(alike, similarity(&b, &a));
				assert_eq!(alike == Perbill::one(), a == b, "{a:?} and {b:?}");
			}
		}
	}

	#[test]
	fn similarity_should_be_nothing_when_a_policy_does_not_fit_both() {
		for a in many() {
			for b in many() {
				if a.observation() != b.observation() || a.actions() != b.actions() {
					assert!(similarity(&a, &b).is_zero(), "{a:?} and {b:?}");
				}
			}
		}
		assert!(similarity(&CartPole, &MountainCar).is_zero());
	}

	#[test]
	fn similarity_should_fall_when_a_parameter_moves_away() {
		let sides: Vec<_> = (8..=16).map(|side| similarity(&maze(8, 8, 2), &maze(side, side, 2))).collect();
		assert!(sides.windows(2).all(|pair| pair[0] > pair[1]), "{sides:?}");
		let agents: Vec<_> = (1..=4).map(|agents| similarity(&maze(8, 8, 1), &maze(8, 8, agents))).collect();
		assert!(agents.windows(2).all(|pair| pair[0] > pair[1]), "{agents:?}");
	}

	#[test]
	fn similarity_should_be_the_weighted_mean_when_parameters_differ() {
		// Kind 2 · 1, agents 1/2, steps 1, walls 2 · 1/3, shaped 2 · 0, of 8.
		let a = TargetLocalization { agents: 1, walls: 1, shaped: false };
		let b = TargetLocalization { agents: 2, walls: 3, shaped: true };
		assert_eq!(similarity(&a, &b), Perbill::from_rational(25u32, 48u32));
		// No walls at all are alike.
		let none = TargetLocalization { agents: 1, walls: 0, shaped: false };
		assert_eq!(
			similarity(&none, &TargetLocalization { agents: 1, walls: 1, shaped: false }),
			Perbill::from_percent(75)
		);
	}
}
