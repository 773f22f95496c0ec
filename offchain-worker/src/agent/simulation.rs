//! The agent's own experience: it plays its environment and remembers what happened.

use super::{evaluate::episode_steps, AgentError, Dqn};
use crate::checkpoint::{Checkpoint, CheckpointError};
use codec::{Decode, Encode};
use praxis_environment::{AnyState, EnvironmentId, Outcome, Seed};
use serde::{Deserialize, Serialize};

/// The entry of a simulation's [`Place`] in a checkpoint.
const ENTRY: &str = "simulation";

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

/// One environment that is played, episode after episode.
#[derive(Clone, Debug)]
pub struct Course {
	id: EnvironmentId,
	seed: Seed,
	state: AnyState,
	episode: Episode,
	/// What is observed now.
	pub observation: Vec<i16>,
	/// What was observed after the last step, also where an episode ended with it.
	pub next: Vec<i16>,
}

impl Course {
	/// Episodes whose starts follow from `seed`, beginning with number `first`.
	pub fn new(id: EnvironmentId, seed: Seed, first: u64) -> Self {
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

	/// Takes an action: what it gave, and whether the episode ended. [`Self::next`] is what was observed then;
	/// [`Self::proceed`] must follow.
	pub fn step(&mut self, action: u8) -> Result<(Outcome, bool), AgentError> {
		let outcome = self.state.step(u32::from(action)).map_err(refused)?;
		self.state.observe(&mut self.next).map_err(refused)?;
		self.episode.score += outcome.reward.to_f64();
		self.episode.steps += 1;
		self.episode.terminated = outcome.terminated;
		Ok((outcome, outcome.is_over() || self.episode.steps >= episode_steps(self.id)))
	}

	/// Goes on after a step; gives the episode if it ended.
	pub fn proceed(&mut self, ended: bool) -> Result<Option<Episode>, AgentError> {
		if !ended {
			std::mem::swap(&mut self.observation, &mut self.next);
			return Ok(None);
		}
		let episode = self.episode;
		self.episode = Episode { number: episode.number + 1, score: 0.0, steps: 0, terminated: false };
		self.state = AnyState::reset(self.id, &self.seed.derive(self.episode.number));
		self.state.observe(&mut self.observation).map_err(refused)?;
		Ok(Some(episode))
	}

	/// Where it stands, for a checkpoint.
	pub fn place(&self) -> Place {
		Place {
			state: hex::encode(self.state.encode()),
			number: self.episode.number,
			steps: self.episode.steps,
			score: self.episode.score.to_bits(),
		}
	}

	/// Goes to where it stood.
	pub fn restore(&mut self, place: &Place) -> Result<(), AgentError> {
		let wrong = |reason: &str| AgentError::Environment(format!("the checkpoint's state {reason}"));
		let bytes = hex::decode(&place.state).map_err(|_| wrong("is not hexadecimal"))?;
		let state = AnyState::decode(&mut bytes.as_slice()).map_err(|_| wrong("cannot be decoded"))?;
		if state.id() != self.id || state.is_over() {
			return Err(wrong("is of another environment, or its episode is over"));
		}
		state.validate().map_err(refused)?;
		self.state = state;
		self.state.observe(&mut self.observation).map_err(refused)?;
		let score = f64::from_bits(place.score);
		self.episode = Episode { number: place.number, score, steps: place.steps, terminated: false };
		Ok(())
	}
}

fn refused(error: praxis_environment::Error) -> AgentError {
	AgentError::Environment(error.to_string())
}

/// Where a [`Course`] stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
	/// The environment's state, SCALE encoded.
	state: String,
	number: u64,
	steps: u32,
	/// The bits of the sum so far: decimals would round it.
	score: u64,
}

/// One environment that an agent plays by itself.
pub struct Simulation {
	course: Course,
}

impl Simulation {
	/// Episodes whose starts follow from `seed`, beginning with number `first`.
	pub fn new(id: EnvironmentId, seed: u64, first: u64) -> Self {
		Self { course: Course::new(id, Seed::from_number(seed), first) }
	}

	/// Where a checkpoint's simulation stood, if it holds one.
	pub fn resume(checkpoint: &Checkpoint, id: EnvironmentId, seed: u64) -> Result<Option<Self>, AgentError> {
		let Some(place) = checkpoint.get::<Place>(ENTRY)? else { return Ok(None) };
		let mut simulation = Self::new(id, seed, 0);
		simulation.course.restore(&place)?;
		Ok(Some(simulation))
	}

	/// Puts where it stands into a checkpoint.
	pub fn save(&self, checkpoint: &mut Checkpoint) -> Result<(), CheckpointError> {
		checkpoint.put(ENTRY, &self.course.place())
	}

	/// The agent takes a step, exploring, and remembers it. Gives the episode if it ended with it.
	pub fn step(&mut self, agent: &mut Dqn) -> Result<Option<Episode>, AgentError> {
		let course = &mut self.course;
		let action = agent.act(&course.observation);
		let (outcome, ended) = course.step(action)?;
		agent.observe(&course.observation, action, outcome.reward.to_f64(), &course.next, outcome.terminated)?;
		if ended {
			agent.end_episode()?;
		}
		course.proceed(ended)
	}
}
