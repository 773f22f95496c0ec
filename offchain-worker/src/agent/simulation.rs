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
	gathered: Option<f64>,
	gamma: f64,
}

impl Earned {
	/// As these settings say.
	pub fn of(config: &DqnConfig) -> Self {
		Self { scale: config.reward_scale, gathered: config.gathered, gamma: config.gamma }
	}

	fn reward(&self, world: World, outcome: Outcome, before: &[i16], after: &[i16]) -> f64 {
		let reward = outcome.reward.to_f64();
		let Some(weight) = self.gathered else { return reward };
		let outstanding = |observation| world.outstanding(observation);
		let rest = if outcome.terminated { 0.0 } else { outstanding(after) };
		// What was gathered leaves the reward, and comes back as the difference of a potential.
		reward - (outstanding(before) - rest) + weight * (outstanding(before) - self.gamma * rest)
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
		let View { observation, mask, next, next_mask } = &self.views[agent];
		Experience {
			observation: observation.clone(),
			action,
			reward: (earned.reward(self.world, outcome, observation, next) * earned.scale) as f32,
			next_observation: next.clone(),
			terminated: outcome.terminated,
			mask: *mask,
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

#[cfg(test)]
mod tests {
	use super::*;
	use crate::agent::evaluate::{evaluate, evaluation_seeds, mean};
	use praxis_environment::TaskEnvironment;
	use tch::Device;

	#[test]
	fn gathered_rewards_should_be_a_potential_that_sums_to_the_same_at_any_pace() {
		let world: World = "MazeCleaning-v0(3x3,1)".parse().expect("a world");
		let discounted = |weight: Option<f64>, seed: u64| {
			let gamma = 0.9;
			let earned = Earned { scale: 1.0, gathered: weight, gamma };
			let mut course = Course::new(world, Seed::from_number(3), 0).expect("a course");
			let start = world.outstanding(&course.views[0].observation);
			let (mut sum, mut steps, mut draws) = (0.0, 0, seed);
			loop {
				let mask = course.views[0].mask;
				draws = draws.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
				let nth = (draws >> 33) as u32 % mask.count_ones();
				let action = (0..4_u8).filter(|action| mask >> action & 1 == 1).nth(nth as usize).expect("an action");
				let (outcome, ended) = course.step(&[action]).expect("a step");
				sum += f64::from(course.experience(0, action, outcome, earned).reward) * f64::powi(gamma, steps);
				steps += 1;
				if outcome.terminated {
					// What is left of the rewards: the costs of the steps, and the bonus at the end.
					let costs = -0.25 * (1.0 - gamma.powi(steps)) / (1.0 - gamma) + 5.0 * gamma.powi(steps - 1);
					return Some(sum - costs - weight.unwrap_or(1.0) * start);
				}
				if ended {
					return None;
				}
				course.proceed(ended).expect("it goes on");
			}
		};
		let finished = |weight: Option<f64>| (0..300).filter_map(move |seed| discounted(weight, seed));
		for weight in [0.0, 0.5, 1.0] {
			assert!(finished(Some(weight)).count() > 3);
			assert!(finished(Some(weight)).all(|rest| rest.abs() < 1e-3), "{weight}");
		}
		assert!(finished(None).all(|rest| rest < -1.0), "the discount counts the cells");
	}

	#[test]
	fn shipped_settings_should_learn_every_teams_environment_when_it_is_small() {
		tch::set_num_threads(1);
		for (name, steps) in [
			("MazeCleaning-v0(4x4,1)", 8_000),
			("TargetLocalization-v0(1,0)", 12_000),
			("FleetCoordination-v0(5x5,2)", 8_000),
		] {
			let task: TaskEnvironment = name.parse().expect("a task");
			let config = DqnConfig { epsilon_decay: steps / 2, ..DqnConfig::for_environment(task) };
			let mut agent = Dqn::new(task, config, Device::Cpu).expect("an agent");
			let mut simulation = Simulation::new(task, 1, 0).expect("a simulation");
			while agent.steps() < steps {
				simulation.step(&mut agent).expect("a step");
				let (every, times) = (agent.config().train_every, agent.config().gradient_steps);
				if agent.steps().is_multiple_of(every) && agent.learn(times).expect("it learns") {
					agent.refresh().expect("a refresh");
				}
			}
			let found = mean(&evaluate(&agent, task, &evaluation_seeds(40)).expect("returns"));
			let (random, best) = (task.random_score().to_f64(), task.max_return().to_f64());
			assert!(found > random + 0.3 * (best - random), "{name}: {found}, at random {random}, at most {best}");
		}
	}
}
