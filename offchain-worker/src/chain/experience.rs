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

/// Which imported blocks are still to be read. A block counts as read only when it was: what a busy node failed to
/// answer is asked again with the next block.
#[derive(Debug, Default)]
pub struct Reader {
	read: HashSet<H256>,
	order: VecDeque<H256>,
	due: VecDeque<(Header, u32)>,
}

impl Reader {
	/// Blocks that are remembered as read. Imports of one block are announced within moments of each other.
	const REMEMBERED: usize = 1024;
	/// Blocks that wait to be read.
	const DUE: usize = 256;
	/// Times that a block is asked for. One whose state is gone will not come back.
	const TRIES: u32 = 4;

	/// Takes in a block that was announced, unless it was read or waits already.
	pub fn announce(&mut self, header: Header) {
		let hash = header.hash();
		if self.read.contains(&hash) || self.due.iter().any(|(waiting, _)| waiting.hash() == hash) {
			return;
		}
		if self.due.len() == Self::DUE {
			self.due.pop_front();
		}
		self.due.push_back((header, 0));
	}

	/// The blocks to read now, oldest first. Each goes back by [`Self::read`] or [`Self::failed`].
	pub fn due(&mut self) -> Vec<(Header, u32)> {
		self.due.drain(..).collect()
	}

	/// The block was read.
	pub fn read(&mut self, header: &Header) {
		let hash = header.hash();
		if self.read.insert(hash) {
			self.order.push_back(hash);
			if self.order.len() > Self::REMEMBERED {
				if let Some(oldest) = self.order.pop_front() {
					self.read.remove(&oldest);
				}
			}
		}
	}

	/// The block could not be read; says whether it will be asked for again.
	pub fn failed(&mut self, header: Header, tries: u32) -> bool {
		if tries + 1 >= Self::TRIES {
			self.read(&header);
			return false;
		}
		self.due.push_back((header, tries + 1));
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

	fn header(number: u64) -> Header {
		serde_json::from_value(serde_json::json!({
			"parentHash": H256::zero(), "number": format!("{number:#x}"), "stateRoot": H256::zero(),
			"extrinsicsRoot": H256::zero(), "digest": { "logs": [] },
		}))
		.expect("a header")
	}

	#[test]
	fn a_block_should_be_read_once() {
		let mut reader = Reader::default();
		reader.announce(header(1));
		reader.announce(header(1));
		let due = reader.due();
		assert_eq!(due.len(), 1);
		reader.read(&due[0].0);
		reader.announce(header(1));
		assert!(reader.due().is_empty());
		for number in 2..2 + Reader::REMEMBERED as u64 {
			reader.read(&header(number));
		}
		assert_eq!(reader.read.len(), Reader::REMEMBERED);
		reader.announce(header(1));
		assert_eq!(reader.due().len(), 1, "the oldest is forgotten");
	}

	#[test]
	fn a_block_that_could_not_be_read_should_be_asked_for_again_but_not_for_ever() {
		let mut reader = Reader::default();
		reader.announce(header(1));
		let mut asked = 0;
		while let Some((header, tries)) = reader.due().pop() {
			asked += 1;
			assert_eq!(reader.failed(header, tries), asked < Reader::TRIES);
		}
		assert_eq!(asked, Reader::TRIES);
		for number in 0..2 * Reader::DUE as u64 {
			reader.announce(header(number + 10));
		}
		assert_eq!(reader.due().len(), Reader::DUE);
	}
}
