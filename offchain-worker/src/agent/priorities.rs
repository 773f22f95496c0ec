//! Prioritised replay: which rows are drawn how often.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Proportional prioritisation (Schaul et al. 2016) over a binary tree of sums.
pub struct Priorities {
	tree: Vec<f64>,
	leaves: usize,
	exponent: f64,
	correction: f64,
	greatest: f64,
}

impl Priorities {
	/// Nothing has a priority yet.
	pub fn new(capacity: usize, exponent: f64, correction: f64) -> Self {
		let leaves = capacity.next_power_of_two();
		Self { tree: vec![0.0; 2 * leaves], leaves, exponent, correction, greatest: 1.0 }
	}

	/// A new row gets the greatest priority seen, so that it is learned from at least once.
	pub fn insert(&mut self, row: usize) {
		self.write(row, self.greatest);
	}

	/// Sets a row's priority by its error.
	pub fn set(&mut self, row: usize, error: f32) {
		// As precise as a checkpoint holds it.
		let priority = f64::from((f64::from(error.abs()) + 1e-3).powf(self.exponent) as f32);
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

	/// The greatest priority so far, then those of the first `rows` rows, for a checkpoint.
	pub fn save(&self, rows: usize) -> Vec<f32> {
		let leaves = &self.tree[self.leaves..self.leaves + rows];
		std::iter::once(&self.greatest).chain(leaves).map(|priority| *priority as f32).collect()
	}

	/// Continues with what was saved.
	pub fn restore(&mut self, saved: &[f32]) {
		if let Some((greatest, leaves)) = saved.split_first() {
			self.greatest = f64::from(*greatest);
			leaves.iter().enumerate().for_each(|(row, priority)| self.write(row, f64::from(*priority)));
		}
	}

	/// Draws one row from each of `batch` equal parts of the mass; gives the importance weights, the greatest 1.
	pub fn draw(&mut self, batch: usize, stored: usize, rng: &mut ChaCha8Rng, rows: &mut Vec<i64>) -> Vec<f32> {
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
