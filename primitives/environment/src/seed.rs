//! Seeds, and what is drawn from them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};
use scale_info::TypeInfo;

/// 32 bytes from which everything random in an environment follows.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Seed(pub [u8; 32]);

impl Seed {
	/// A seed for people: the number in the first eight bytes, little-endian.
	pub const fn from_number(number: u64) -> Self {
		let number = number.to_le_bytes();
		let mut bytes = [0; 32];
		let mut i = 0;
		while i < number.len() {
			bytes[i] = number[i];
			i += 1;
		}
		Self(bytes)
	}

	/// The seed with this index that follows from this one: the first 32 bytes of ChaCha8's stream `index + 1` under
	/// this key. Stream 0 is what an environment draws from itself.
	pub fn derive(&self, index: u64) -> Self {
		let mut generator = ChaCha8Rng::from_seed(self.0);
		generator.set_stream(index.wrapping_add(1));
		let mut bytes = [0; 32];
		generator.fill_bytes(&mut bytes);
		Self(bytes)
	}
}

impl From<[u8; 32]> for Seed {
	fn from(bytes: [u8; 32]) -> Self {
		Self(bytes)
	}
}

/// Draws from a seed: ChaCha8, stream 0.
pub struct Draws(ChaCha8Rng);

impl Draws {
	/// The draws of `seed`, from the first.
	pub fn new(seed: &Seed) -> Self {
		Self(ChaCha8Rng::from_seed(seed.0))
	}

	/// 64 uniform bits.
	pub fn bits(&mut self) -> u64 {
		self.0.next_u64()
	}

	/// Uniform in [low, high), as bits of a `Real`. The bias is below 2^-24: the range has at most 2^40 values.
	pub fn uniform(&mut self, low: i64, high: i64) -> i64 {
		let width = high.wrapping_sub(low) as u64;
		low.wrapping_add(((u128::from(self.bits()) * u128::from(width)) >> 64) as i64)
	}
}

impl Draws {
	/// Uniform in 0..count, 0 for a count of 0. The bias is below 2^-32.
	pub fn below(&mut self, count: u32) -> u32 {
		((u128::from(self.bits()) * u128::from(count)) >> 64) as u32
	}
}

/// One step of SplitMix64 (Steele, Lea, Flood 2014), a counter run through a mixing function. It makes the noise of
/// single steps, where an author knows the seed anyway and a whole ChaCha block would be the dearest part of a step.
#[inline(always)]
pub(crate) fn split_mix(counter: i64) -> (i64, u64) {
	let counter = (counter as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
	let mut mixed = counter;
	mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
	mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
	(counter as i64, mixed ^ (mixed >> 31))
}
