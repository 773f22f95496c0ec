//! A deterministic hash over a long random walk: the evidence that native code and Wasm compute the same bits.

use crate::{
	seed::{split_mix, Draws},
	AnyState, EnvironmentId, Seed,
};
use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A random walk that hashes every state, observation, reward and end of an episode on its way. It can be encoded and resumed, so
/// that a long walk fits into several calls.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Walk {
	state: AnyState,
	seed: Seed,
	episode: u64,
	actions: u64,
	hash: u64,
}

impl Walk {
	/// A walk through episodes derived from this seed, under actions drawn from it.
	pub fn new(id: EnvironmentId, seed: &Seed) -> Self {
		// No episode has this number, so actions and starts are independent.
		let actions = Draws::new(&seed.derive(u64::MAX - 1)).bits();
		Self {
			state: AnyState::reset(id, &seed.derive(0)),
			seed: *seed,
			episode: 0,
			actions,
			hash: 0xcbf2_9ce4_8422_2325,
		}
	}

	/// Goes on for so many steps.
	pub fn advance(&mut self, steps: u32) {
		let id = self.state.id();
		let count = u64::from(id.spec().actions);
		for _ in 0..steps {
			let (next, drawn) = split_mix(self.actions as i64);
			self.actions = next as u64;
			// The walk starts in a valid state, restarts where an episode ends and draws only actions that exist, so
			// no step fails; if one did, that would be part of the hash.
			match self.state.step((drawn % count) as u32) {
				Ok(outcome) => {
					for value in self.state.values() {
						self.absorb(value.to_bits() as u64);
					}
					for seen in self.state.observation() {
						self.absorb(seen as u64);
					}
					self.absorb(outcome.reward.to_bits() as u64);
					self.absorb(u64::from(outcome.terminated) | u64::from(outcome.truncated) << 1);
					if outcome.is_over() {
						self.restart(id);
					}
				}
				Err(_) => {
					self.absorb(u64::MAX);
					self.restart(id);
				}
			}
		}
	}

	/// The hash so far, little-endian.
	pub fn finish(&self) -> [u8; 8] {
		self.hash.to_le_bytes()
	}

	/// Episodes that have ended so far.
	pub fn episodes(&self) -> u64 {
		self.episode
	}

	fn restart(&mut self, id: EnvironmentId) {
		self.episode = self.episode.wrapping_add(1);
		self.state = AnyState::reset(id, &self.seed.derive(self.episode));
	}

	/// FNV-1a's step on whole words, with a rotation so that upper bits reach lower ones.
	fn absorb(&mut self, word: u64) {
		self.hash = (self.hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
	}
}

/// The hash of a random walk of so many steps.
pub fn fingerprint(id: EnvironmentId, seed: &Seed, steps: u32) -> [u8; 8] {
	let mut walk = Walk::new(id, seed);
	walk.advance(steps);
	walk.finish()
}
