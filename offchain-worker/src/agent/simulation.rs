//! The agent's own experience: it plays its environment and remembers what happened.

use super::{evaluate::episode_steps, AgentError, Dqn};
use praxis_environment::{AnyState, EnvironmentId, Seed};

/// An episode that ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Episode {
	/// Which one, from 0.
	pub number: u64,
	/// The sum of the environment's rewards.
	pub score: f64,
	/// Its steps.
	pub steps: u32,
	/// Whether it ended in a terminal state, not by its time limit.
	pub terminated: bool,
}

/// One environment that an agent plays, episode after episode.
pub struct Simulation {
	id: EnvironmentId,
	seed: Seed,
	state: AnyState,
	episode: Episode,
	observation: Vec<i16>,
	next: Vec<i16>,
}

impl Simulation {
	/// Episodes whose starts follow from `seed`, beginning with number `first`.
	pub fn new(id: EnvironmentId, seed: u64, first: u64) -> Self {
		let seed = Seed::from_number(seed);
		let state = AnyState::reset(id, &seed.derive(first));
		let observation = state.observation();
		Self {
			id,
			seed,
			state,
			episode: Episode { number: first, score: 0.0, steps: 0, terminated: false },
			next: observation.clone(),
			observation,
		}
	}

	/// The agent takes a step, exploring, and remembers it. Gives the episode if it ended with it.
	pub fn step(&mut self, agent: &mut Dqn) -> Result<Option<Episode>, AgentError> {
		let refused = |error: praxis_environment::Error| AgentError::Environment(error.to_string());
		let action = agent.act(&self.observation);
		let outcome = self.state.step(u32::from(action)).map_err(refused)?;
		self.state.observe(&mut self.next).map_err(refused)?;
		let reward = outcome.reward.to_f64();
		agent.observe(&self.observation, action, reward, &self.next, outcome.terminated)?;
		std::mem::swap(&mut self.observation, &mut self.next);
		self.episode.score += reward;
		self.episode.steps += 1;
		if !outcome.is_over() && self.episode.steps < episode_steps(self.id) {
			return Ok(None);
		}
		agent.end_episode()?;
		let ended = Episode { terminated: outcome.terminated, ..self.episode };
		self.episode = Episode { number: ended.number + 1, score: 0.0, steps: 0, terminated: false };
		self.state = AnyState::reset(self.id, &self.seed.derive(self.episode.number));
		self.state.observe(&mut self.observation).map_err(refused)?;
		Ok(Some(ended))
	}
}
