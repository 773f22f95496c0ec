//! Transitions as they are learned from, and the sums of their rewards over several steps.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A transition as it is learned from. After n-step summing, `reward` is the discounted sum, `discount` what the next
/// observation's value is multiplied with: gamma to the number of steps, or 0 after a terminal state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experience {
	/// What was observed.
	pub observation: Vec<i16>,
	/// What was done.
	pub action: u8,
	/// What was earned.
	pub reward: f32,
	/// What was observed then.
	pub next_observation: Vec<i16>,
	/// Whether the episode ended there for good.
	pub terminated: bool,
	/// The actions that were allowed, bit by bit.
	#[serde(default = "every_action")]
	pub mask: u32,
	/// The actions that are allowed then, bit by bit.
	#[serde(default = "every_action")]
	pub next_mask: u32,
}

fn every_action() -> u32 {
	u32::MAX
}

/// Where a sum of rewards ends: what is observed there, and the actions that are allowed.
pub type End<'a> = (&'a [i16], u32);

/// Sums rewards over up to n steps.
///
/// A transition that does not continue the one before it (an episode was cut off, or another stream of experience
/// came in) closes what is waiting: shorter sums, whose rest is estimated from where they stopped.
#[derive(Clone, Debug)]
pub struct NStep {
	n: usize,
	gamma: f64,
	waiting: VecDeque<Experience>,
}

impl NStep {
	/// Sums over `n` steps with discount `gamma`.
	pub fn new(n: usize, gamma: f64) -> Self {
		Self { n, gamma, waiting: VecDeque::with_capacity(n) }
	}

	/// Takes a transition, gives what became complete to `out` as (observation, action, return, next, discount).
	pub fn push(&mut self, experience: Experience, out: &mut impl FnMut(&Experience, f32, End, f32)) {
		if self.waiting.back().is_some_and(|last| last.next_observation != experience.observation) {
			self.cut(out);
		}
		let terminated = experience.terminated;
		self.waiting.push_back(experience);
		if terminated {
			self.cut(out);
		} else if self.waiting.len() >= self.n {
			self.emit(out);
		}
	}

	/// Closes what is waiting: the episode was cut off here.
	pub fn cut(&mut self, out: &mut impl FnMut(&Experience, f32, End, f32)) {
		while !self.waiting.is_empty() {
			self.emit(out);
		}
	}

	/// What is waiting, for a checkpoint.
	pub fn waiting(&self) -> impl Iterator<Item = &Experience> {
		self.waiting.iter()
	}

	/// Continues with what waited.
	pub fn restore(&mut self, waiting: Vec<Experience>) {
		self.waiting = waiting.into();
	}

	fn emit(&mut self, out: &mut impl FnMut(&Experience, f32, End, f32)) {
		let mut sum = 0.0;
		let mut discount = 1.0;
		for experience in &self.waiting {
			sum += discount * f64::from(experience.reward);
			discount *= self.gamma;
		}
		if let (Some(last), Some(first)) = (self.waiting.back(), self.waiting.front()) {
			let discount = if last.terminated { 0.0 } else { discount };
			out(first, sum as f32, (&last.next_observation, last.next_mask), discount as f32);
		}
		self.waiting.pop_front();
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn step(from: i16, reward: f32, terminated: bool) -> Experience {
		Experience {
			observation: vec![from],
			action: 1,
			reward,
			next_observation: vec![from + 1],
			terminated,
			mask: 3,
			next_mask: 3,
		}
	}

	fn summed(n: usize, stream: &[Experience]) -> Vec<(i16, f32, i16, f32)> {
		let mut found = Vec::new();
		let mut n_step = NStep::new(n, 0.5);
		let mut out = |from: &Experience, reward: f32, (next, mask): End, discount: f32| {
			assert_eq!(mask, 3);
			found.push((from.observation[0], reward, next[0], discount));
		};
		for experience in stream {
			n_step.push(experience.clone(), &mut out);
		}
		found
	}

	#[test]
	fn n_step_should_sum_discounted_rewards_until_a_terminal_state() {
		let stream = [step(0, 1.0, false), step(1, 1.0, false), step(2, 1.0, false), step(3, 1.0, true)];
		assert_eq!(summed(3, &stream), [(0, 1.75, 3, 0.125), (1, 1.75, 4, 0.0), (2, 1.5, 4, 0.0), (3, 1.0, 4, 0.0)]);
		assert_eq!(summed(1, &stream[..2]), [(0, 1.0, 1, 0.5), (1, 1.0, 2, 0.5)]);
	}

	#[test]
	fn n_step_should_close_shorter_sums_when_the_stream_breaks() {
		let stream = [step(0, 1.0, false), step(1, 2.0, false), step(10, 4.0, false)];
		assert_eq!(summed(3, &stream), [(0, 2.0, 2, 0.25), (1, 2.0, 2, 0.5)]);
	}
}
