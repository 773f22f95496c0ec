//! The replay buffer: one preallocated tensor, a row per transition.
//!
//! A row is `observation | next observation | action | return | discount`, so that storing is one copy and drawing a
//! minibatch is one gather. New transitions wait in plain memory until the next draw and are stored together.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use tch::{Device, Kind, TchError, Tensor};

/// A transition as it is learned from. After n-step summing, `reward` is the discounted sum, `discount` what the next
/// observation's value is multiplied with: gamma to the number of steps, or 0 after a terminal state.
#[derive(Clone, Debug, PartialEq)]
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
}

/// Sums rewards over up to n steps.
///
/// A transition that does not continue the one before it (an episode was cut off, or another stream of experience
/// came in) closes what is waiting: shorter sums, whose rest is estimated from where they stopped.
#[derive(Debug)]
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
	pub fn push(&mut self, experience: Experience, out: &mut impl FnMut(&Experience, f32, &[i16], f32)) {
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
	pub fn cut(&mut self, out: &mut impl FnMut(&Experience, f32, &[i16], f32)) {
		while !self.waiting.is_empty() {
			self.emit(out);
		}
	}

	fn emit(&mut self, out: &mut impl FnMut(&Experience, f32, &[i16], f32)) {
		let mut sum = 0.0;
		let mut discount = 1.0;
		for experience in &self.waiting {
			sum += discount * f64::from(experience.reward);
			discount *= self.gamma;
		}
		if let (Some(last), Some(first)) = (self.waiting.back(), self.waiting.front()) {
			let discount = if last.terminated { 0.0 } else { discount };
			out(first, sum as f32, &last.next_observation, discount as f32);
		}
		self.waiting.pop_front();
	}
}

/// A drawn minibatch, on the device.
pub struct Minibatch {
	/// Observations, `[batch, observation]`.
	pub observations: Tensor,
	/// Next observations, `[batch, observation]`.
	pub next: Tensor,
	/// Actions, `[batch, 1]`, whole numbers.
	pub actions: Tensor,
	/// Returns, `[batch, 1]`.
	pub rewards: Tensor,
	/// Discounts, `[batch, 1]`.
	pub discounts: Tensor,
	/// Importance weights, `[batch, 1]`; none where the draw was uniform.
	pub weights: Option<Tensor>,
}

/// The buffer.
pub struct Replay {
	rows: Tensor,
	width: usize,
	observation: usize,
	capacity: usize,
	scales: Vec<f32>,
	/// Stored rows, and where the next goes.
	stored: usize,
	next: usize,
	/// Rows that wait to be stored.
	staged: Vec<f32>,
	indices: Vec<i64>,
	priorities: Option<Priorities>,
}

impl Replay {
	/// A buffer of `capacity` rows. Observations are multiplied with `scales`, entry by entry. A positive priority exponent makes it
	/// prioritised.
	pub fn new(
		capacity: usize,
		scales: Vec<f32>,
		(exponent, correction): (f64, f64),
		device: Device,
	) -> Result<Self, TchError> {
		let observation = scales.len();
		let width = 2 * observation + 3;
		Ok(Self {
			rows: Tensor::f_zeros([capacity as i64, width as i64].as_slice(), (Kind::Float, device))?,
			width,
			observation,
			capacity,
			scales,
			stored: 0,
			next: 0,
			staged: Vec::new(),
			indices: Vec::new(),
			priorities: (exponent > 0.0).then(|| Priorities::new(capacity, exponent, correction)),
		})
	}

	/// Transitions in the buffer.
	pub fn len(&self) -> usize {
		(self.stored + self.staged.len() / self.width).min(self.capacity)
	}

	/// Whether nothing was stored yet.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}

	/// Adds a transition with a summed return.
	pub fn push(&mut self, from: &Experience, reward: f32, next: &[i16], discount: f32) -> Result<(), TchError> {
		for observation in [&from.observation, next] {
			self.staged.extend(observation.iter().zip(&self.scales).map(|(x, scale)| f32::from(*x) * scale));
		}
		self.staged.extend_from_slice(&[f32::from(from.action), reward, discount]);
		// Without draws in between, a long stream must not pile up outside the buffer.
		if self.staged.len() >= 1_024.min(self.capacity) * self.width {
			self.store()?;
		}
		Ok(())
	}

	fn store(&mut self) -> Result<(), TchError> {
		let mut staged = std::mem::take(&mut self.staged);
		for chunk in staged.chunks(self.capacity * self.width) {
			let mut chunk = chunk;
			while !chunk.is_empty() {
				let count = (chunk.len() / self.width).min(self.capacity - self.next);
				let (now, rest) = chunk.split_at(count * self.width);
				let source = Tensor::f_from_slice(now)?.f_view([count as i64, self.width as i64].as_slice())?;
				self.rows.f_narrow(0, self.next as i64, count as i64)?.f_copy_(&source)?;
				if let Some(priorities) = &mut self.priorities {
					(self.next..self.next + count).for_each(|row| priorities.insert(row));
				}
				self.next = (self.next + count) % self.capacity;
				self.stored = (self.stored + count).min(self.capacity);
				chunk = rest;
			}
		}
		staged.clear();
		self.staged = staged;
		Ok(())
	}

	/// Draws a minibatch with replacement.
	pub fn draw(&mut self, batch: usize, rng: &mut ChaCha8Rng) -> Result<Minibatch, TchError> {
		tch::no_grad(|| {
			if !self.staged.is_empty() {
				self.store()?;
			}
			self.indices.clear();
			let stored = self.stored;
			let weights = match &mut self.priorities {
				None => {
					self.indices.extend((0..batch).map(|_| rng.gen_range(0..stored) as i64));
					None
				}
				Some(priorities) => Some(priorities.draw(batch, stored, rng, &mut self.indices)),
			};
			let device = self.rows.device();
			let indices = Tensor::f_from_slice(&self.indices)?.f_to_device(device)?;
			let rows = self.rows.f_index_select(0, &indices)?;
			let width = self.observation as i64;
			let column = |at: i64| rows.f_narrow(1, 2 * width + at, 1);
			Ok(Minibatch {
				observations: rows.f_narrow(1, 0, width)?,
				next: rows.f_narrow(1, width, width)?,
				actions: column(0)?.f_to_kind(Kind::Int64)?,
				rewards: column(1)?,
				discounts: column(2)?,
				weights: weights
					.map(|weights| Tensor::f_from_slice(&weights)?.f_view([-1i64, 1].as_slice())?.f_to_device(device))
					.transpose()?,
			})
		})
	}

	/// Whether draws are prioritised, so that [`Self::prioritise`] wants the errors.
	pub fn is_prioritised(&self) -> bool {
		self.priorities.is_some()
	}

	/// Tells the last draw's errors.
	pub fn prioritise(&mut self, errors: &[f32]) {
		if let Some(priorities) = &mut self.priorities {
			for (row, error) in self.indices.iter().zip(errors) {
				priorities.set(*row as usize, *error);
			}
		}
	}
}

/// Proportional prioritisation (Schaul et al. 2016) over a binary tree of sums.
struct Priorities {
	tree: Vec<f64>,
	leaves: usize,
	exponent: f64,
	correction: f64,
	greatest: f64,
}

impl Priorities {
	fn new(capacity: usize, exponent: f64, correction: f64) -> Self {
		let leaves = capacity.next_power_of_two();
		Self { tree: vec![0.0; 2 * leaves], leaves, exponent, correction, greatest: 1.0 }
	}

	/// A new row gets the greatest priority seen, so that it is learned from at least once.
	fn insert(&mut self, row: usize) {
		self.write(row, self.greatest);
	}

	fn set(&mut self, row: usize, error: f32) {
		let priority = (f64::from(error.abs()) + 1e-3).powf(self.exponent);
		self.greatest = self.greatest.max(priority);
		self.write(row, priority);
	}

	fn write(&mut self, row: usize, priority: f64) {
		let mut node = self.leaves + row;
		self.tree[node] = priority;
		while node > 1 {
			node /= 2;
			self.tree[node] = self.tree[2 * node] + self.tree[2 * node + 1];
		}
	}

	fn find(&self, mut mass: f64) -> usize {
		let mut node = 1;
		while node < self.leaves {
			node *= 2;
			// Rounding may leave a rest of mass on an empty branch.
			if mass >= self.tree[node] && self.tree[node + 1] > 0.0 {
				mass -= self.tree[node];
				node += 1;
			}
		}
		node - self.leaves
	}

	/// Draws one row from each of `batch` equal parts of the mass; gives the importance weights, the greatest 1.
	fn draw(&mut self, batch: usize, stored: usize, rng: &mut ChaCha8Rng, rows: &mut Vec<i64>) -> Vec<f32> {
		let part = self.tree[1] / batch as f64;
		let mut weights: Vec<f32> = (0..batch)
			.map(|index| {
				let row = self.find((index as f64 + rng.gen::<f64>()) * part).min(stored - 1);
				rows.push(row as i64);
				let chance = self.tree[self.leaves + row] / self.tree[1] * stored as f64;
				chance.powf(-self.correction) as f32
			})
			.collect();
		let greatest = weights.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
		weights.iter_mut().for_each(|weight| *weight /= greatest);
		weights
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use rand::SeedableRng;

	fn step(from: i16, reward: f32, terminated: bool) -> Experience {
		Experience { observation: vec![from], action: 1, reward, next_observation: vec![from + 1], terminated }
	}

	fn summed(n: usize, stream: &[Experience]) -> Vec<(i16, f32, i16, f32)> {
		let mut found = Vec::new();
		let mut n_step = NStep::new(n, 0.5);
		let mut out = |from: &Experience, reward: f32, next: &[i16], discount: f32| {
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

	#[test]
	fn buffer_should_keep_the_newest_and_give_back_what_was_stored() {
		for exponent in [0.0, 0.6] {
			let mut replay = Replay::new(8, vec![0.5], (exponent, 0.4), Device::Cpu).expect("a buffer");
			let mut rng = ChaCha8Rng::seed_from_u64(5);
			assert!(replay.is_empty());
			for i in 0..21i16 {
				replay.push(&step(2 * i, f32::from(i), false), f32::from(i), &[2 * i + 1], 0.5).expect("a row");
				if i == 2 {
					// A draw in between stores a part and must not lose its place.
					replay.draw(4, &mut rng).expect("a draw");
				}
			}
			assert_eq!(replay.len(), 8);
			let batch = replay.draw(256, &mut rng).expect("a draw");
			let observations = Vec::<f32>::try_from(batch.observations.contiguous().view(-1)).expect("numbers");
			let next = Vec::<f32>::try_from(batch.next.contiguous().view(-1)).expect("numbers");
			let rewards = Vec::<f32>::try_from(batch.rewards.contiguous().view(-1)).expect("numbers");
			assert_eq!(batch.weights.is_some(), exponent > 0.0);
			let mut seen = std::collections::BTreeSet::new();
			for ((observation, next), reward) in observations.iter().zip(&next).zip(&rewards) {
				assert_eq!(observation, reward, "scaled by a half");
				assert_eq!(*next, reward + 0.5);
				seen.insert(*reward as i32);
			}
			assert_eq!(seen.into_iter().collect::<Vec<_>>(), (13..21).collect::<Vec<_>>());
		}
	}

	#[test]
	fn prioritised_draws_should_follow_the_errors() {
		let mut priorities = Priorities::new(4, 1.0, 1.0);
		(0..4).for_each(|row| priorities.insert(row));
		for (row, error) in [(0, 1.0), (1, 3.0), (2, 0.0), (3, 4.0)] {
			priorities.set(row, error);
		}
		let mut rng = ChaCha8Rng::seed_from_u64(9);
		let mut rows = Vec::new();
		let weights = priorities.draw(8_000, 4, &mut rng, &mut rows);
		let share = |row: i64| rows.iter().filter(|r| **r == row).count() as f64 / 8_000.0;
		assert!((share(1) - 3.0 / 8.0).abs() < 0.02 && (share(3) - 0.5).abs() < 0.02 && share(2) < 0.01);
		let weight = |row: i64| rows.iter().position(|r| *r == row).map(|at| weights[at]);
		if let (Some(one), Some(three)) = (weight(0), weight(3)) {
			assert!((one / three - 4.0).abs() < 0.05, "a row drawn four times as often weighs a quarter");
		}
	}
}
