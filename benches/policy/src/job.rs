//! What one call into the Wasm does.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use praxis_policy::{
	layouts::{Layout, Network, Packed, Plain, Skipping, Wide},
	Policy, Scratch, UncheckedPolicy,
};

/// How the weights are held, or what else is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Way {
	/// As they are written down: the baseline.
	Plain,
	/// 16 bits, four rows at a time.
	Wide,
	/// Two rows in a 64-bit word.
	Packed,
	/// The same, without inputs of 0.
	Skipping,
	/// As the policy itself does on this platform.
	Policy,
	/// Reads and checks the policy in each round, and does nothing with it.
	Reading,
}

/// One call.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Job {
	/// How.
	pub way: Way,
	/// An encoded policy.
	pub policy: Vec<u8>,
	/// What it sees first; entries change from round to round.
	pub observation: Vec<i16>,
	/// How many inferences.
	pub rounds: u32,
}

/// Does the job and hashes every logit of every round.
pub fn run(job: Job) -> Option<u64> {
	match job.way {
		Way::Plain => network::<Plain>(job),
		Way::Wide => network::<Wide>(job),
		Way::Packed => network::<Packed>(job),
		Way::Skipping => network::<Skipping>(job),
		Way::Policy => {
			let policy = Policy::decode(&job.policy).ok()?;
			rounds(job, |seen, scratch, hash| {
				policy.logits(seen, scratch).ok().map(|logits| logits.iter().fold(hash, absorb))
			})
		}
		Way::Reading => {
			let mut hash = 0;
			for _ in 0..job.rounds {
				hash = absorb(hash, &(Policy::decode(&job.policy).ok()?.parameters() as i32));
			}
			Some(hash)
		}
	}
}

fn network<L: Layout>(job: Job) -> Option<u64> {
	let unchecked: UncheckedPolicy = Policy::decode(&job.policy).ok()?.into();
	let network = Network::<L>::try_from(unchecked).ok()?;
	rounds(job, |seen, scratch, hash| network.logits(seen, scratch).ok().map(|logits| logits.iter().fold(hash, absorb)))
}

fn rounds(job: Job, mut infer: impl FnMut(&[i16], &mut Scratch, u64) -> Option<u64>) -> Option<u64> {
	let (mut seen, mut scratch, mut hash) = (job.observation, Scratch::new(), 0u64);
	let length = seen.len();
	for round in 0..job.rounds as usize {
		hash = infer(&seen, &mut scratch, hash)?;
		// The low bits alone, and never to 0: what is 0 and what is not stays the policy's choice.
		let entry = seen.get_mut(round % length)?;
		*entry = (*entry ^ (hash as i16 & 0x7e)) | 1;
	}
	Some(hash)
}

fn absorb(hash: u64, value: &i32) -> u64 {
	(hash ^ *value as u32 as u64).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29)
}
