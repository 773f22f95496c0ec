//! Exploration: a linearly falling rate of random actions, which may be held for several steps.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A linear schedule of the exploration rate.
#[derive(Clone, Copy, Debug)]
pub struct Epsilon {
	start: f64,
	end: f64,
	decay: u64,
}

impl Epsilon {
	/// Falls from `start` to `end` over `decay` steps and stays there.
	pub fn new(start: f64, end: f64, decay: u64) -> Self {
		Self { start, end, decay }
	}

	/// The rate at a step.
	pub fn at(&self, step: u64) -> f64 {
		if step >= self.decay {
			return self.end;
		}
		self.start + (self.end - self.start) * step as f64 / self.decay as f64
	}
}

/// Decides at each step whether to explore and with which action.
///
/// A random action is held for up to `repeat` steps. The chance to begin one is lowered so that the share of random
/// steps stays epsilon.
#[derive(Clone, Debug)]
pub struct Explorer {
	epsilon: Epsilon,
	repeat: u32,
	actions: u32,
	held: Option<(u8, u32)>,
}

impl Explorer {
	/// An explorer among `actions` actions.
	pub fn new(epsilon: Epsilon, repeat: u32, actions: u32) -> Self {
		Self { epsilon, repeat, actions, held: None }
	}

	/// The random action to take at `step` among those of a mask, or none to follow the policy.
	pub fn explore(&mut self, step: u64, mask: u32, rng: &mut ChaCha8Rng) -> Option<u8> {
		if let Some((action, left)) = self.held.filter(|(action, _)| mask >> action & 1 == 1) {
			self.held = (left > 1).then_some((action, left - 1));
			return Some(action);
		}
		let epsilon = self.epsilon.at(step);
		let length = (1.0 + self.repeat as f64) / 2.0;
		// Of begin/(begin + (1 - begin)/length) = epsilon.
		let begin = epsilon / (epsilon + (1.0 - epsilon) * length);
		if !rng.gen_bool(begin.clamp(0.0, 1.0)) {
			return None;
		}
		let allowed = |action: &u32| mask.checked_shr(*action).unwrap_or(0) & 1 == 1;
		let count = (0..self.actions).filter(allowed).count().max(1);
		let action = (0..self.actions).filter(allowed).nth(rng.gen_range(0..count as u32) as usize).unwrap_or(0) as u8;
		let length = rng.gen_range(1..=self.repeat);
		self.held = (length > 1).then_some((action, length - 1));
		Some(action)
	}

	/// Lets go of a held action, at an episode's end.
	pub fn release(&mut self) {
		self.held = None;
	}

	/// The held action and for how many more steps, for a checkpoint.
	pub fn held(&self) -> Option<(u8, u32)> {
		self.held
	}

	/// Continues to hold an action.
	pub fn hold(&mut self, held: Option<(u8, u32)>) {
		self.held = held;
	}

	/// The exploration rate at a step.
	pub fn rate(&self, step: u64) -> f64 {
		self.epsilon.at(step)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use rand::SeedableRng;

	#[test]
	fn epsilon_should_fall_linearly_and_stay() {
		let epsilon = Epsilon::new(1.0, 0.1, 100);
		assert_eq!(epsilon.at(0), 1.0);
		assert!((epsilon.at(50) - 0.55).abs() < 1e-12);
		assert_eq!(epsilon.at(100), 0.1);
		assert_eq!(epsilon.at(u64::MAX), 0.1);
		assert_eq!(Epsilon::new(1.0, 0.1, 0).at(0), 0.1);
	}

	#[test]
	fn share_of_random_steps_should_be_epsilon_when_actions_are_held() {
		for repeat in [1, 8, 30] {
			let mut explorer = Explorer::new(Epsilon::new(0.2, 0.2, 0), repeat, 3);
			let mut rng = ChaCha8Rng::seed_from_u64(7);
			let random = (0..400_000).filter(|step| explorer.explore(*step, 0b111, &mut rng).is_some()).count();
			let share = random as f64 / 400_000.0;
			assert!((share - 0.2).abs() < 0.01, "repeat {repeat}: {share}");
		}
	}

	#[test]
	fn explorer_should_never_explore_at_zero_and_always_at_one() {
		let mut rng = ChaCha8Rng::seed_from_u64(1);
		let mut never = Explorer::new(Epsilon::new(0.0, 0.0, 0), 4, 2);
		let mut always = Explorer::new(Epsilon::new(1.0, 1.0, 0), 4, 2);
		for step in 0..1_000 {
			assert_eq!(never.explore(step, 0b11, &mut rng), None);
			assert!(always.explore(step, 0b11, &mut rng).is_some_and(|action| action < 2));
		}
	}

	#[test]
	fn explorer_should_take_and_hold_only_allowed_actions() {
		let mut explorer = Explorer::new(Epsilon::new(1.0, 1.0, 0), 5, 9);
		let mut rng = ChaCha8Rng::seed_from_u64(2);
		let mut taken = [0; 9];
		for step in 0..3_000_u32 {
			let mask = [0b1_0100_0110, 0b0_1000_0011][step as usize % 2];
			let action = explorer.explore(step.into(), mask, &mut rng).expect("it always explores");
			assert_eq!(mask >> action & 1, 1);
			taken[usize::from(action)] += 1;
		}
		assert!([0, 1, 2, 6, 7, 8].iter().all(|action| taken[*action] > 100), "{taken:?}");
	}
}
