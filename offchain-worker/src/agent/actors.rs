//! Actors: threads that play while the learner learns.
//!
//! A round: every actor takes some steps in each of its environments with the weights that it was given, while the
//! learner takes the gradient steps that are due for what came in before. Then all meet, the rows go into the replay
//! buffer in the actors' order, and the next round begins. So the policy that acts lags by one round, and a run repeats
//! to the bit whatever the number of actors and however the threads are scheduled.

use super::{
	dqn::stream,
	n_step::{End, Experience, NStep},
	network::Policy,
	replay::Rows,
	resume::{Generator, Unfinished},
	schedule::{Epsilon, Explorer},
	simulation::{Course, Earned, Episode, Place},
	AgentError, Dqn,
};
use crate::checkpoint::{Checkpoint, CheckpointError};
use praxis_environment::Seed;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::{
	sync::{mpsc, Arc},
	thread::JoinHandle,
};

/// The entry of [`State`].
const ENTRY: &str = "actors";

/// How many act, in how many environments each, for how many steps of each in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crew {
	/// Threads.
	pub actors: usize,
	/// Environments of each.
	pub environments: usize,
	/// Steps of each environment in a round.
	pub round: u32,
}

impl Crew {
	/// Environment steps of a round.
	pub fn steps(&self) -> u64 {
		self.actors as u64 * self.environments as u64 * u64::from(self.round)
	}
}

/// One environment of an actor, and what each agent has begun there.
struct Lane {
	course: Course,
	seats: Vec<(Explorer, NStep)>,
	actions: Vec<u8>,
}

/// What a thread works with. It goes to the thread and comes back, so that between rounds it can be looked at.
struct Actor {
	lanes: Vec<Lane>,
	policy: Policy,
	rng: ChaCha8Rng,
	layout: Rows,
	earned: Earned,
	/// This actor's place among all environments, and how many there are: numbers the steps.
	first: u64,
	all: u64,
	/// What the last round gave.
	rows: Vec<f32>,
	episodes: Vec<(u64, Episode)>,
}

impl Actor {
	fn new(agent: &Dqn, crew: Crew, number: usize, first_episode: u64) -> Result<Self, AgentError> {
		let config = agent.config();
		let world = agent.environment();
		let first = (number * crew.environments) as u64;
		let all = (crew.actors * crew.environments) as u64;
		let epsilon = Epsilon::new(config.epsilon_start, config.epsilon_end, config.epsilon_decay);
		let seat = |_| {
			let explorer = Explorer::new(epsilon, config.exploration_repeat, world.actions());
			(explorer, NStep::new(config.n_step, config.gamma))
		};
		let lane = |at: u64| {
			// Apart from the single simulation's episodes, and from each other.
			let seed = Seed::from_number(config.seed).derive(u64::MAX - 1 - first - at);
			let course = Course::new(world, seed, first_episode)?;
			Ok(Lane { course, seats: (0..world.agents()).map(seat).collect(), actions: Vec::new() })
		};
		Ok(Self {
			lanes: (0..crew.environments as u64).map(lane).collect::<Result<_, AgentError>>()?,
			policy: agent.policy(),
			// Streams 0 to 2 are the agent's own.
			rng: stream(config.seed ^ first_episode.wrapping_mul(0x9e37_79b9_7f4a_7c15), 3 + number as u64),
			layout: agent.rows().clone(),
			earned: Earned::of(config),
			first,
			all,
			rows: Vec::new(),
			episodes: Vec::new(),
		})
	}

	/// Takes `round` steps in each environment; `step` is the first one's number.
	fn play(&mut self, round: u32, step: u64) -> Result<(), AgentError> {
		let Self { lanes, policy, rng, layout, rows, episodes, .. } = self;
		rows.clear();
		episodes.clear();
		let mut write = |from: &Experience, reward: f32, next: End, discount: f32| {
			layout.write(rows, from, reward, next, discount);
		};
		for turn in 0..u64::from(round) {
			for (at, Lane { course, seats, actions }) in lanes.iter_mut().enumerate() {
				let step = step + turn * self.all + self.first + at as u64;
				actions.clear();
				for ((explorer, _), view) in seats.iter_mut().zip(&course.views) {
					actions.push(match explorer.explore(step, view.mask, rng) {
						Some(action) => action,
						None => policy.greedy_masked(&view.observation, view.mask),
					});
				}
				let (outcome, ended) = course.step(actions)?;
				for (seat, ((explorer, n_step), action)) in seats.iter_mut().zip(actions.iter()).enumerate() {
					n_step.push(course.experience(seat, *action, outcome, self.earned), &mut write);
					if ended {
						explorer.release();
						n_step.cut(&mut write);
					}
				}
				if let Some(episode) = course.proceed(ended)? {
					episodes.push((step + 1, episode));
				}
			}
		}
		Ok(())
	}
}

/// An order for a thread: an actor, the weights it acts with, the first step's number.
struct Order {
	actor: Actor,
	weights: Arc<Vec<f32>>,
	round: u32,
	step: u64,
}

/// A thread that plays.
struct Thread {
	orders: Option<mpsc::Sender<Order>>,
	done: mpsc::Receiver<(Actor, Result<(), AgentError>)>,
	handle: Option<JoinHandle<()>>,
}

impl Thread {
	fn start(number: usize) -> std::io::Result<Self> {
		let (orders, inbox) = mpsc::channel::<Order>();
		let (outbox, done) = mpsc::channel();
		let handle = std::thread::Builder::new().name(format!("actor {number}")).spawn(move || {
			while let Ok(Order { mut actor, weights, round, step }) = inbox.recv() {
				actor.policy.load(&weights);
				let result = actor.play(round, step);
				if outbox.send((actor, result)).is_err() {
					return;
				}
			}
		})?;
		Ok(Self { orders: Some(orders), done, handle: Some(handle) })
	}
}

impl Drop for Thread {
	fn drop(&mut self) {
		// Closes the channel, on which the thread ends.
		self.orders = None;
		if let Some(handle) = self.handle.take() {
			let _ = handle.join();
		}
	}
}

/// An actor for a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
struct ActorState {
	rng: Generator,
	lanes: Vec<(Place, Vec<Unfinished>)>,
}

/// All actors for a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
struct State {
	crew: Crew,
	/// Environment steps that are in the buffer and were not learned from yet.
	due: u64,
	actors: Vec<ActorState>,
}

/// The actors of a run.
pub struct Actors {
	crew: Crew,
	threads: Vec<Thread>,
	actors: Vec<Actor>,
	due: u64,
}

impl Actors {
	/// Actors that act for `agent`.
	pub fn new(agent: &Dqn, crew: Crew) -> Result<Self, AgentError> {
		for (name, value) in
			[("actors", crew.actors), ("environments", crew.environments), ("round", crew.round as usize)]
		{
			if !(1..=4096).contains(&value) {
				return Err(AgentError::Config { name, value: value.to_string(), must: "between 1 and 4096" });
			}
		}
		let start =
			|number| Thread::start(number).map_err(|error| AgentError::Environment(format!("a thread: {error}")));
		Ok(Self {
			crew,
			threads: (0..crew.actors).map(start).collect::<Result<_, _>>()?,
			// A run that continues without its state begins elsewhere in the streams of episodes.
			actors: (0..crew.actors)
				.map(|number| Actor::new(agent, crew, number, agent.steps()))
				.collect::<Result<_, _>>()?,
			due: 0,
		})
	}

	/// The actors of a checkpoint, if it holds as many.
	pub fn resume(checkpoint: &Checkpoint, agent: &Dqn, crew: Crew) -> Result<Option<Self>, AgentError> {
		let Some(state) = checkpoint.get::<State>(ENTRY)? else { return Ok(None) };
		let lanes = || state.actors.iter().all(|actor| actor.lanes.len() == crew.environments);
		if state.crew != crew || state.actors.len() != crew.actors || !lanes() {
			return Ok(None);
		}
		let mut actors = Self::new(agent, crew)?;
		actors.due = state.due;
		for (actor, state) in actors.actors.iter_mut().zip(state.actors) {
			actor.rng = state.rng.restore();
			for (lane, (place, unfinished)) in actor.lanes.iter_mut().zip(state.lanes) {
				lane.course.restore(&place)?;
				for ((explorer, n_step), unfinished) in lane.seats.iter_mut().zip(unfinished) {
					unfinished.restore(explorer, n_step);
				}
			}
		}
		Ok(Some(actors))
	}

	/// Puts where they stand into a checkpoint.
	pub fn save(&self, checkpoint: &mut Checkpoint) -> Result<(), CheckpointError> {
		let lane = |lane: &Lane| {
			let unfinished = |(explorer, n_step): &(Explorer, NStep)| Unfinished::of(explorer, n_step);
			(lane.course.place(), lane.seats.iter().map(unfinished).collect())
		};
		let actor = |actor: &Actor| ActorState {
			rng: Generator::of(&actor.rng),
			lanes: actor.lanes.iter().map(lane).collect(),
		};
		let actors = self.actors.iter().map(actor).collect();
		checkpoint.put(ENTRY, &State { crew: self.crew, due: self.due, actors })
	}

	/// How many act, and how.
	pub fn crew(&self) -> Crew {
		self.crew
	}

	/// One round: the actors play while `agent` learns. Gives the episodes that ended, each with its step, and whether
	/// anything was learned.
	pub fn round(&mut self, agent: &mut Dqn) -> Result<(Vec<(u64, Episode)>, bool), AgentError> {
		let stopped = || AgentError::Environment("an actor's thread has ended".into());
		agent.refresh()?;
		let weights = Arc::new(agent.policy().weights().to_vec());
		let step = agent.steps();
		for (thread, actor) in self.threads.iter().zip(self.actors.drain(..)) {
			let order = Order { actor, weights: weights.clone(), round: self.crew.round, step };
			thread.orders.as_ref().ok_or_else(stopped)?.send(order).map_err(|_| stopped())?;
		}
		let (every, times) = (agent.config().train_every, agent.config().gradient_steps);
		// Owed or, before the buffer holds enough, forgiven.
		let learned = agent.learn(self.due / every * times);
		self.due %= every;
		let mut episodes = Vec::new();
		let mut played = Ok(());
		for thread in &self.threads {
			let (actor, result) = thread.done.recv().map_err(|_| stopped())?;
			played = played.and(result);
			agent.observe_rows(&actor.rows)?;
			episodes.extend_from_slice(&actor.episodes);
			self.actors.push(actor);
		}
		played?;
		let learned = learned?;
		agent.count_steps(self.crew.steps());
		self.due += self.crew.steps();
		Ok((episodes, learned))
	}
}

/// Environment steps a second of actors alone, without a learner: acting by the policy, stepping, writing rows.
pub fn acting_speed(agent: &Dqn, crew: Crew, rounds: u32) -> Result<f64, AgentError> {
	let mut actors = Actors::new(agent, crew)?;
	let begun = std::time::Instant::now();
	let weights = Arc::new(agent.policy().weights().to_vec());
	let stopped = || AgentError::Environment("an actor's thread has ended".into());
	for round in 0..u64::from(rounds) {
		for (thread, actor) in actors.threads.iter().zip(actors.actors.drain(..)) {
			let order = Order {
				actor,
				weights: weights.clone(),
				round: crew.round,
				step: agent.steps() + round * crew.steps(),
			};
			thread.orders.as_ref().ok_or_else(stopped)?.send(order).map_err(|_| stopped())?;
		}
		for thread in &actors.threads {
			let (actor, result) = thread.done.recv().map_err(|_| stopped())?;
			result?;
			actors.actors.push(actor);
		}
	}
	Ok((u64::from(rounds) * crew.steps()) as f64 / begun.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::agent::DqnConfig;
	use praxis_environment::EnvironmentId;
	use tch::Device;

	const ID: EnvironmentId = EnvironmentId::CartPole;

	fn agent() -> Dqn {
		let shipped = DqnConfig::for_environment(ID);
		let config = DqnConfig { learning_starts: 64, batch: 16, hidden: vec![16], buffer: 500, ..shipped };
		Dqn::new(ID, DqnConfig { exploration_repeat: 3, epsilon_decay: 500, ..config }, Device::Cpu).expect("an agent")
	}

	fn play(agent: &mut Dqn, actors: &mut Actors, rounds: usize) -> Vec<(u64, Episode)> {
		(0..rounds).flat_map(|_| actors.round(agent).expect("a round").0).collect()
	}

	#[test]
	fn runs_should_be_equal_whatever_the_threads_do() {
		for actors in [1, 3] {
			let crew = Crew { actors, environments: 2, round: 8 };
			let run = || {
				let mut agent = agent();
				let mut actors = Actors::new(&agent, crew).expect("actors");
				let episodes = play(&mut agent, &mut actors, 30);
				agent.refresh().expect("a refresh");
				(episodes, agent.policy_hash(), agent.updates(), agent.steps(), agent.remembered())
			};
			let (episodes, hash, updates, steps, remembered) = run();
			assert_eq!(steps, 30 * crew.steps());
			// Some still wait for their sums.
			assert!(remembered > 400 && remembered <= 500, "{remembered}");
			assert!(updates > 0 && updates <= steps && episodes.len() > 5);
			assert!(episodes.iter().all(|(step, episode)| *step <= steps && episode.score == f64::from(episode.steps)));
			assert_eq!(run(), (episodes, hash, updates, steps, remembered));
		}
	}

	#[test]
	fn resumed_actors_should_go_on_as_those_that_never_stopped() {
		let crew = Crew { actors: 2, environments: 3, round: 5 };
		let mut agent = agent();
		let mut actors = Actors::new(&agent, crew).expect("actors");
		play(&mut agent, &mut actors, 7);
		let mut file = agent.snapshot().expect("a snapshot");
		actors.save(&mut file).expect("a state");
		let mut again = Dqn::from_checkpoint(file.clone(), Device::Cpu).expect("an agent");
		let mut resumed = Actors::resume(&file, &again, crew).expect("it is whole").expect("it is there");
		assert_eq!(play(&mut agent, &mut actors, 20), play(&mut again, &mut resumed, 20));
		for agent in [&mut agent, &mut again] {
			agent.refresh().expect("a refresh");
		}
		assert_eq!((agent.policy_hash(), agent.updates()), (again.policy_hash(), again.updates()));
		assert!(agent.updates() > 0);
		let other = Crew { actors: 1, ..crew };
		assert!(Actors::resume(&file, &again, other).expect("it is whole").is_none(), "another crew begins anew");
	}

	#[test]
	fn actors_should_learn_a_game() {
		let shipped = DqnConfig::for_environment(ID);
		let mut agent = Dqn::new(ID, shipped, Device::Cpu).expect("an agent");
		let mut actors = Actors::new(&agent, Crew { actors: 1, environments: 4, round: 4 }).expect("actors");
		let episodes = play(&mut agent, &mut actors, 400);
		let mean = |part: &[(u64, Episode)]| part.iter().map(|(_, e)| e.score).sum::<f64>() / part.len() as f64;
		let (first, last) = (mean(&episodes[..20]), mean(&episodes[episodes.len() - 10..]));
		assert!(last > 2.0 * first, "{first} to {last}");
	}
}
