//! The worker's own simulation of the oracle: where it explores, since on the chain it plays as well as it can.

use crate::agent::{AgentError, Dqn};
use praxis_environment::{AnyState, EnvironmentId, Seed};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// States of the chain that are kept to start episodes from.
const STARTS: usize = 256;

/// Episodes of the oracle's environment, as long as the oracle's. Half of them start where blocks of the chain started,
/// once such are known; the others from a reset.
pub struct Practice {
	id: EnvironmentId,
	length: u32,
	left: u32,
	state: AnyState,
	rng: ChaCha8Rng,
	starts: VecDeque<AnyState>,
	observation: Vec<i16>,
	next: Vec<i16>,
}

impl Practice {
	/// Episodes of at most `length` steps.
	pub fn new(id: EnvironmentId, length: u32, seed: u64) -> Self {
		let mut rng = ChaCha8Rng::seed_from_u64(seed);
		// Apart from the agent's own streams of the same seed.
		rng.set_stream(0x7072_6163);
		let state = AnyState::reset(id, &draw(&mut rng));
		let observation = vec![0; id.spec().observation];
		let mut practice = Self {
			id,
			length: length.max(1),
			left: 0,
			state,
			rng,
			starts: VecDeque::new(),
			next: observation.clone(),
			observation,
		};
		practice.restart();
		practice
	}

	/// Keeps a state that a block started from.
	pub fn start_from(&mut self, state: AnyState) {
		if state.id() != self.id {
			return;
		}
		if self.starts.len() == STARTS {
			self.starts.pop_front();
		}
		self.starts.push_back(state);
	}

	fn restart(&mut self) {
		let noise = draw(&mut self.rng);
		self.state = if !self.starts.is_empty() && self.rng.gen_bool(0.5) {
			self.starts[self.rng.gen_range(0..self.starts.len())]
		} else {
			AnyState::reset(self.id, &noise)
		};
		self.state.reseed(&noise);
		self.left = self.length;
	}

	/// The agent takes a step, exploring, and remembers it.
	pub fn step(&mut self, agent: &mut Dqn) -> Result<(), AgentError> {
		let refused = |error: praxis_environment::Error| AgentError::Environment(error.to_string());
		self.state.observe(&mut self.observation).map_err(refused)?;
		let action = agent.act(&self.observation);
		let outcome = self.state.step(action.into()).map_err(refused)?;
		self.state.observe(&mut self.next).map_err(refused)?;
		agent.observe(&self.observation, action, outcome.reward.to_f64(), &self.next, outcome.terminated)?;
		self.left -= 1;
		if outcome.is_over() || self.left == 0 {
			agent.end_episode()?;
			self.restart();
		}
		Ok(())
	}
}

fn draw(rng: &mut ChaCha8Rng) -> Seed {
	let mut bytes = [0; 32];
	rng.fill_bytes(&mut bytes);
	Seed(bytes)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::agent::DqnConfig;
	use tch::Device;

	const ID: EnvironmentId = EnvironmentId::NoisyPendulum;

	fn agent() -> Dqn {
		let config = DqnConfig { hidden: vec![8], buffer: 4_096, ..DqnConfig::for_environment(ID) };
		Dqn::new(ID, config, Device::Cpu).expect("an agent")
	}

	#[test]
	fn every_step_should_be_remembered() {
		let mut agent = agent();
		let mut practice = Practice::new(ID, 10, 1);
		for _ in 0..100 {
			practice.step(&mut agent).expect("a step");
		}
		assert_eq!((agent.remembered(), agent.steps()), (100, 100));
	}

	#[test]
	fn episodes_should_also_start_from_the_chains_states() {
		let mut agent = agent();
		let mut practice = Practice::new(ID, 1, 1);
		let other = AnyState::reset(EnvironmentId::CartPole, &Seed([1; 32]));
		practice.start_from(other);
		assert!(practice.starts.is_empty(), "another environment's state");
		let known = AnyState::reset(ID, &Seed([1; 32]));
		practice.start_from(known);
		let mut from_chain = 0;
		for _ in 0..200 {
			practice.step(&mut agent).expect("a step");
			from_chain += usize::from(practice.state.values()[..2] == known.values()[..2]);
		}
		assert!((60..140).contains(&from_chain), "{from_chain} of 200");
		for number in 0..STARTS as u64 + 5 {
			practice.start_from(AnyState::reset(ID, &Seed::from_number(number)));
		}
		assert_eq!(practice.starts.len(), STARTS);
	}
}
