//! Random numbers that depend on what they are for and on nothing else: so a worker has the same luck at a request
//! under every order in which applicants are taken, and the orders can be compared pair by pair.

use codec::Encode;

/// A stream of numbers.
pub struct Draw(u64);

impl Draw {
	/// The stream of one purpose, for up to two things that it concerns.
	pub fn new(seed: u64, purpose: &str, one: u64, other: u64) -> Self {
		Self(u64::from_le_bytes(sp_crypto_hashing::twox_64(&(seed, purpose, one, other).encode())))
	}

	/// SplitMix64.
	fn next(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut mixed = self.0;
		mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ (mixed >> 31)
	}

	/// In [0, 1).
	pub fn uniform(&mut self) -> f64 {
		(self.next() >> 11) as f64 / (1u64 << 53) as f64
	}

	/// In [low, high).
	pub fn between(&mut self, low: f64, high: f64) -> f64 {
		low + (high - low) * self.uniform()
	}

	/// Normal, by Box and Muller.
	pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
		let (radius, angle) = (1.0 - self.uniform(), self.uniform());
		mean + deviation * (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
	}

	/// True with this probability.
	pub fn chance(&mut self, probability: f64) -> bool {
		self.uniform() < probability
	}

	/// One of the numbers below `count`, which is not 0.
	pub fn below(&mut self, count: usize) -> usize {
		(self.uniform() * count as f64) as usize
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn draws_should_repeat_for_the_same_purpose_and_differ_for_another() {
		let first = |purpose, one| Draw::new(1, purpose, one, 2).uniform();
		assert_eq!(first("price", 1), first("price", 1));
		assert_ne!(first("price", 1), first("price", 2));
		assert_ne!(first("price", 1), first("skill", 1));
	}

	#[test]
	fn draws_should_have_the_moments_of_their_distribution() {
		let mut draw = Draw::new(7, "moments", 0, 0);
		let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
		let normal: Vec<f64> = (0..100_000).map(|_| draw.normal(2.0, 3.0)).collect();
		let square: Vec<f64> = normal.iter().map(|number| (number - 2.0).powi(2)).collect();
		assert!((mean(&normal) - 2.0).abs() < 0.05 && (mean(&square) - 9.0).abs() < 0.2);
		let below: Vec<f64> = (0..100_000).map(|_| draw.below(10) as f64).collect();
		assert!((mean(&below) - 4.5).abs() < 0.05);
	}
}
