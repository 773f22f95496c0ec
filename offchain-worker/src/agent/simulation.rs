//! The agent's own experience: it plays its environment and remembers what happened.

use super::{
	n_step::Experience,
	world::{self, World},
	AgentError, Dqn, DqnConfig,
};
use crate::checkpoint::{Checkpoint, CheckpointError};
use praxis_environment::{Outcome, Seed};
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

/// What one agent sees.
#[derive(Clone, Debug)]
pub struct View {
	/// What is observed now.
	pub observation: Vec<i16>,
	/// The actions that are allowed now, bit by bit.
	pub mask: u32,
	/// What was observed after the last step, also where an episode ended with it.
	pub next: Vec<i16>,
	/// The actions that were allowed then.
	pub next_mask: u32,
}

/// How rewards become what is learned from.
#[derive(Clone, Copy, Debug)]
pub struct Earned {
	scale: f64,
	shaping: f64,
	gamma: f64,
}

impl Earned {
	/// As these settings say.
	pub fn of(config: &DqnConfig) -> Self {
		Self { scale: config.reward_scale, shaping: config.shaping, gamma: config.gamma }
	}

	fn reward(&self, world: World, outcome: Outcome, before: &[i16], after: &[i16]) -> f64 {
		let reward = outcome.reward.to_f64();
		if self.shaping == 0.0 {
			return reward;
		}
		// Nothing is worth anything after the end.
		let rest = if outcome.terminated { 0.0 } else { self.gamma * world.potential(after) };
		reward + self.shaping * (rest - world.potential(before))
	}
}

/// One environment that is played, episode after episode.
#[derive(Clone, Debug)]
pub struct Course {
	world: World,
	seed: Seed,
	running: world::Episode,
	episode: Episode,
	/// What each agent sees.
	pub views: Vec<View>,
}

impl Course {
	/// Episodes whose starts follow from `seed`, beginning with number `first`.
	pub fn new(world: World, seed: Seed, first: u64) -> Result<Self, AgentError> {
		let empty = || vec![0; world.observation()];
		let view = |_| View { observation: empty(), mask: 0, next: empty(), next_mask: 0 };
		let mut course = Self {
			world,
			seed,
			running: world::Episode::start(world, &seed.derive(first)),
			episode: Episode { number: first, score: 0.0, steps: 0, terminated: false },
			views: (0..world.agents()).map(view).collect(),
		};
		course.look()?;
		Ok(course)
	}

	fn look(&mut self) -> Result<(), AgentError> {
		for (agent, view) in self.views.iter_mut().enumerate() {
			view.mask = self.running.observe(agent, &mut view.observation)?;
		}
		Ok(())
	}

	/// Takes an action of each agent: what it gave, and whether the episode ended. [`View::next`] is what was observed
	/// then; [`Self::proceed`] must follow.
	pub fn step(&mut self, actions: &[u8]) -> Result<(Outcome, bool), AgentError> {
		let outcome = self.running.step(actions)?;
		for (agent, view) in self.views.iter_mut().enumerate() {
			view.next_mask = self.running.observe(agent, &mut view.next)?;
		}
		self.episode.score += outcome.reward.to_f64();
		self.episode.steps += 1;
		self.episode.terminated = outcome.terminated;
		Ok((outcome, outcome.is_over() || self.episode.steps >= self.world.episode_steps()))
	}

	/// What an agent learns from the step that it took with `action`.
	pub fn experience(&self, agent: usize, action: u8, outcome: Outcome, earned: Earned) -> Experience {
		let View { observation, next, next_mask, .. } = &self.views[agent];
		Experience {
			observation: observation.clone(),
			action,
			reward: (earned.reward(self.world, outcome, observation, next) * earned.scale) as f32,
			next_observation: next.clone(),
			terminated: outcome.terminated,
			next_mask: *next_mask,
		}
	}

	/// Goes on after a step; gives the episode if it ended.
	pub fn proceed(&mut self, ended: bool) -> Result<Option<Episode>, AgentError> {
		if !ended {
			for view in &mut self.views {
				std::mem::swap(&mut view.observation, &mut view.next);
				view.mask = view.next_mask;
			}
			return Ok(None);
		}
		let episode = self.episode;
		self.episode = Episode { number: episode.number + 1, score: 0.0, steps: 0, terminated: false };
		self.running = world::Episode::start(self.world, &self.seed.derive(self.episode.number));
		self.look()?;
		Ok(Some(episode))
	}

	/// Where it stands, for a checkpoint.
	pub fn place(&self) -> Place {
		Place {
			state: hex::encode(self.running.encode()),
			number: self.episode.number,
			steps: self.episode.steps,
			score: self.episode.score.to_bits(),
		}
	}

	/// Goes to where it stood.
	pub fn restore(&mut self, place: &Place) -> Result<(), AgentError> {
		let bytes = hex::decode(&place.state)
			.map_err(|_| AgentError::Environment("the checkpoint's state is not hexadecimal".into()))?;
		self.running = world::Episode::decode(self.world, &bytes)?;
		self.look()?;
		let score = f64::from_bits(place.score);
		self.episode = Episode { number: place.number, score, steps: place.steps, terminated: false };
		Ok(())
	}
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
	actions: Vec<u8>,
}

impl Simulation {
	/// Episodes whose starts follow from `seed`, beginning with number `first`.
	pub fn new(world: impl Into<World>, seed: u64, first: u64) -> Result<Self, AgentError> {
		Ok(Self { course: Course::new(world.into(), Seed::from_number(seed), first)?, actions: Vec::new() })
	}

	/// Where a checkpoint's simulation stood, if it holds one.
	pub fn resume(checkpoint: &Checkpoint, world: impl Into<World>, seed: u64) -> Result<Option<Self>, AgentError> {
		let Some(place) = checkpoint.get::<Place>(ENTRY)? else { return Ok(None) };
		let mut simulation = Self::new(world, seed, 0)?;
		simulation.course.restore(&place)?;
		Ok(Some(simulation))
	}

	/// Puts where it stands into a checkpoint.
	pub fn save(&self, checkpoint: &mut Checkpoint) -> Result<(), CheckpointError> {
		checkpoint.put(ENTRY, &self.course.place())
	}

	/// The agent takes a step, exploring, and remembers it: a step of the whole team, where there is one. Gives the episode
	/// if it ended with it.
	pub fn step(&mut self, agent: &mut Dqn) -> Result<Option<Episode>, AgentError> {
		let Self { course, actions } = self;
		actions.clear();
		actions.extend(
			course.views.iter().enumerate().map(|(seat, view)| agent.act_as(seat, &view.observation, view.mask)),
		);
		agent.count_steps(1);
		let (outcome, ended) = course.step(actions)?;
		let earned = Earned::of(agent.config());
		for (seat, action) in actions.iter().enumerate() {
			agent.observe_as(seat, course.experience(seat, *action, outcome, earned))?;
		}
		if ended {
			agent.end_episode()?;
		}
		course.proceed(ended)
	}
}
