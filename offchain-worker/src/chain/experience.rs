//! Experience from the chain: the transitions of imported blocks, those of losing forks included. That is the
//! proof-of-learning paper's "many paths at one time point": every author's candidate for a slot starts from the same
//! state under other noise.

use super::{
	rpc::Node,
	types::{state, Header, Record},
	ChainError,
};
use praxis_environment::{transitions, AnyState, Seed, Transition};
use sp_core::{crypto::AccountId32, H256};
use std::collections::{HashSet, VecDeque};

/// The transitions of one block.
#[derive(Clone, Debug, PartialEq)]
pub struct Experience {
	/// The block's author.
	pub author: AccountId32,
	/// The state before the first transition.
	pub start: AnyState,
	/// The transitions, with normalised rewards.
	pub transitions: Vec<Transition>,
}

/// Re-executes a record. One whose reward is not what its actions earn is an error: the node has checked it, so then
/// worker and node are of different releases.
pub fn replay(record: &Record) -> Result<Experience, ChainError> {
	let start = state(&record.state)?;
	let (rollout, transitions) = transitions(&start, &Seed(record.noise), &record.actions)
		.map_err(|error| ChainError::decode(format!("the record of block {}", record.number), error))?;
	if rollout.reward != record.reward {
		let reason = format!("its actions earn {} here and {} there", rollout.reward, record.reward);
		return Err(ChainError::decode(format!("the record of block {}", record.number), reason));
	}
	Ok(Experience { author: record.author.clone(), start, transitions })
}

/// Fetches the experience of every imported block once.
#[derive(Debug, Default)]
pub struct Reader {
	seen: HashSet<H256>,
	order: VecDeque<H256>,
}

impl Reader {
	/// Blocks that are remembered as read. Imports of one block are announced within moments of each other.
	const REMEMBERED: usize = 1024;

	/// Whether a block is new; it is not any more afterwards.
	pub fn is_new(&mut self, hash: H256) -> bool {
		if !self.seen.insert(hash) {
			return false;
		}
		self.order.push_back(hash);
		if self.order.len() > Self::REMEMBERED {
			if let Some(oldest) = self.order.pop_front() {
				self.seen.remove(&oldest);
			}
		}
		true
	}
}

/// The experience in a block; nothing where it recorded no transitions.
pub async fn read(node: &Node, header: &Header) -> Result<Option<Experience>, ChainError> {
	match node.record(header.number(), header.hash()).await? {
		Some(record) if !record.actions.is_empty() => replay(&record).map(Some),
		_ => Ok(None),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;
	use praxis_environment::{rollout, EnvironmentId, Real};

	fn record() -> Record {
		let state = AnyState::reset(EnvironmentId::NoisyPendulum, &Seed([1; 32]));
		let actions = vec![0, 8, 4, 2];
		let reward = rollout(&state, &Seed([2; 32]), &actions).expect("a rollout").reward;
		Record {
			number: 3,
			slot: 9,
			author: AccountId32::new([5; 32]),
			step: 64,
			state: state.encode(),
			noise: [2; 32],
			actions,
			reward,
			policy_hash: H256::zero(),
		}
	}

	#[test]
	fn a_record_should_become_the_transitions_that_earned_its_reward() {
		let record = record();
		let experience = replay(&record).expect("experience");
		let actions: Vec<_> = experience.transitions.iter().map(|transition| transition.action).collect();
		assert_eq!(actions, record.actions);
		let sum: i64 = experience.transitions.iter().map(|transition| transition.reward.to_bits()).sum();
		assert_eq!(sum / 4, record.reward.to_bits());
		assert_eq!(experience.author, record.author);
	}

	#[test]
	fn a_record_that_does_not_fit_should_be_refused() {
		let wrong = Record { reward: Real::ONE, ..record() };
		assert!(replay(&wrong).is_err());
		let wrong = Record { actions: vec![9], ..record() };
		assert!(replay(&wrong).is_err());
		let wrong = Record { state: vec![255], ..record() };
		assert!(replay(&wrong).is_err());
	}

	#[test]
	fn a_block_should_be_read_once() {
		let mut reader = Reader::default();
		let block = |number: u64| H256::from_low_u64_be(number);
		assert!(reader.is_new(block(1)));
		assert!(!reader.is_new(block(1)));
		for number in 2..2 + Reader::REMEMBERED as u64 {
			assert!(reader.is_new(block(number)));
		}
		assert_eq!(reader.seen.len(), Reader::REMEMBERED);
		assert!(reader.is_new(block(1)), "the oldest is forgotten");
	}
}
