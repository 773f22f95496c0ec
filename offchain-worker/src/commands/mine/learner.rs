//! The thread that plays and learns. libtorch's calls block, so they never run where the connection is served.
//!
//! It answers commands first: between two of them it does one gradient step (about a millisecond), or one episode of an
//! evaluation, and looks again. Gradient steps are rationed per slot, so that several workers on one machine learn at
//! the same pace whatever its speed, and so that people can watch it.
//!
//! Deep Q-learning forgets now and then. So after the steps of a slot the policy is tried on episodes that nobody else
//! uses, and on the chain plays the best one so far ([`Champion`]); learning goes on from the newest.

use super::practice::Practice;
use crate::{
	agent::{
		evaluate::{episode, evaluation_seeds, mean},
		network::Policy,
		AgentError, Dqn,
	},
	chain::{
		experience::Experience,
		submitter::{Answer, Player},
		turn,
		types::Work,
	},
	checkpoint::Checkpoint,
	monitor::Progress,
};
use praxis_environment::{EnvironmentId, Seed, Transition};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sp_core::H256;
use std::{
	collections::VecDeque,
	path::PathBuf,
	sync::{atomic::Ordering, mpsc, Arc},
	time::Instant,
};
use tokio::sync::oneshot;

/// Greedy episodes of an evaluation.
pub const EVALUATION_EPISODES: usize = 20;

/// Episodes that decide whether the newest policy plays. Many, because the best of many policies on few episodes is often
/// one that fits just those.
const TRIAL_EPISODES: usize = 100;

/// Who chooses actions.
pub enum Mind {
	/// Chance, uniformly.
	Random(Box<ChaCha8Rng>),
	/// A policy, and the agent that it came from.
	Agent(Box<Dqn>, Box<Champion>),
}

impl Mind {
	/// Plays by an agent's policy.
	pub fn of(agent: Dqn) -> Result<Self, AgentError> {
		let champion = Champion::of(&agent, None)?;
		Ok(Self::Agent(Box::new(agent), Box::new(champion)))
	}
}

/// The policy that plays.
pub struct Champion {
	policy: Policy,
	hash: H256,
	/// Mean return in the trials; unknown before the first.
	score: Option<f64>,
	/// The agent as it was then.
	checkpoint: Box<Checkpoint>,
}

impl Champion {
	fn of(agent: &Dqn, score: Option<f64>) -> Result<Self, AgentError> {
		let checkpoint = Box::new(agent.checkpoint()?);
		Ok(Self { policy: agent.policy(), hash: H256(agent.policy_hash()), score, checkpoint })
	}
}

/// Where an agent learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sources {
	/// Its own simulation.
	pub simulation: bool,
	/// The transitions of imported blocks.
	pub chain: bool,
}

/// How the thread works.
#[derive(Clone, Debug)]
pub struct LearnerConfig {
	/// The oracle's environment.
	pub id: EnvironmentId,
	/// Where it learns from; nothing means a fixed policy.
	pub sources: Option<Sources>,
	/// Gradient steps per slot.
	pub updates_per_block: u64,
	/// Steps of an episode of its simulation.
	pub episode_steps: u32,
	/// Seed of its simulation.
	pub seed: u64,
	/// Where it counts.
	pub progress: Arc<Progress>,
}

/// What an evaluation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
	/// Mean return over the fixed seeds.
	pub mean: f64,
	/// Gradient steps so far.
	pub updates: u64,
	/// Steps in the simulation so far.
	pub steps: u64,
	/// Transitions in the replay buffer.
	pub remembered: usize,
	/// Exploration rate in the simulation.
	pub epsilon: f64,
	/// Transitions of the chain that were remembered so far.
	pub from_chain: u64,
	/// Hash of the policy.
	pub policy_hash: H256,
}

enum Command {
	Play { work: Arc<Work>, reply: oneshot::Sender<Result<Answer, String>> },
	Learn(Experience),
	Evaluate { reply: oneshot::Sender<Evaluation> },
	Save { path: PathBuf, reply: oneshot::Sender<Result<(), AgentError>> },
	Halt,
}

/// A handle on the thread.
#[derive(Clone)]
pub struct Learner {
	commands: mpsc::Sender<Command>,
}

const ENDED: &str = "the learning thread has ended";

impl Learner {
	/// Starts the thread. The receiver tells how it ended: with an error, or after the last handle was dropped.
	pub fn start(
		mind: Mind,
		config: LearnerConfig,
	) -> std::io::Result<(Self, oneshot::Receiver<Result<(), AgentError>>)> {
		let (commands, receiver) = mpsc::channel();
		let (end, ended) = oneshot::channel();
		let mut worker = Worker::new(mind, config);
		std::thread::Builder::new().name("learner".into()).spawn(move || {
			// Nobody asks any more only when the process ends.
			let _ = end.send(worker.run(&receiver));
		})?;
		Ok((Self { commands }, ended))
	}

	fn send(&self, command: Command) -> Result<(), String> {
		self.commands.send(command).map_err(|_| ENDED.to_string())
	}

	/// Feeds the transitions of a block.
	pub fn learn(&self, experience: Experience) -> Result<(), String> {
		self.send(Command::Learn(experience))
	}

	/// Evaluates the policy on the fixed seeds. It does not change meanwhile.
	pub async fn evaluate(&self) -> Result<Evaluation, String> {
		let (reply, answer) = oneshot::channel();
		self.send(Command::Evaluate { reply })?;
		answer.await.map_err(|_| ENDED.to_string())
	}

	/// Writes a checkpoint, all of it or nothing. A random player has none.
	pub async fn save(&self, path: PathBuf) -> Result<(), String> {
		let (reply, answer) = oneshot::channel();
		self.send(Command::Save { path, reply })?;
		answer.await.map_err(|_| ENDED.to_string())?.map_err(|error| error.to_string())
	}

	/// Ends the learning; playing and evaluating go on.
	pub fn halt(&self) -> Result<(), String> {
		self.send(Command::Halt)
	}
}

impl Player for Learner {
	async fn play(&self, work: Arc<Work>) -> Result<Answer, String> {
		let (reply, answer) = oneshot::channel();
		self.send(Command::Play { work, reply })?;
		answer.await.map_err(|_| ENDED.to_string())?
	}
}

/// An evaluation under way.
struct Pending {
	seeds: VecDeque<Seed>,
	returns: Vec<f64>,
	replies: Vec<oneshot::Sender<Evaluation>>,
}

/// A policy that may become the champion, on trial.
struct Trial {
	candidate: Champion,
	seeds: VecDeque<Seed>,
	returns: Vec<f64>,
}

struct Worker {
	mind: Mind,
	config: LearnerConfig,
	practice: Option<Practice>,
	/// Gradient steps that are left in this slot.
	ration: u64,
	slot: u64,
	/// The replay buffer holds too little, and nothing but the chain fills it.
	starved: bool,
	from_chain: u64,
	/// Steps that were played on the chain.
	played: u64,
	pending: Option<Pending>,
	trial: Option<Trial>,
	/// Gradient steps of the policy that was tried last.
	tried: Option<u64>,
	/// When the gradient steps of this slot began, for the log.
	started: Instant,
}

impl Worker {
	fn new(mind: Mind, config: LearnerConfig) -> Self {
		let practice = config
			.sources
			.filter(|sources| sources.simulation)
			.map(|_| Practice::new(config.id, config.episode_steps, config.seed));
		Self {
			mind,
			config,
			practice,
			ration: 0,
			slot: 0,
			starved: false,
			from_chain: 0,
			played: 0,
			pending: None,
			trial: None,
			tried: None,
			started: Instant::now(),
		}
	}

	fn run(&mut self, commands: &mpsc::Receiver<Command>) -> Result<(), AgentError> {
		self.start_trial()?;
		loop {
			let command = if self.pending.is_some() || self.trial.is_some() || self.may_learn() {
				match commands.try_recv() {
					Ok(command) => Some(command),
					Err(mpsc::TryRecvError::Empty) => None,
					Err(mpsc::TryRecvError::Disconnected) => return Ok(()),
				}
			} else {
				match commands.recv() {
					Ok(command) => Some(command),
					Err(mpsc::RecvError) => return Ok(()),
				}
			};
			self.count();
			match command {
				Some(command) => self.handle(command)?,
				None if self.pending.is_some() => self.evaluate()?,
				None if self.trial.is_some() => self.try_out()?,
				None => self.learn()?,
			}
		}
	}

	/// Tells how far it is.
	fn count(&self) {
		let progress = &self.config.progress;
		let (mut steps, mut updates, mut remembered) = (self.played, 0, 0);
		if let Mind::Agent(agent, _) = &self.mind {
			steps += agent.steps();
			updates = agent.updates();
			remembered = agent.remembered() as u64;
		}
		progress.steps.store(steps, Ordering::Relaxed);
		progress.updates.store(updates, Ordering::Relaxed);
		progress.remembered.store(remembered, Ordering::Relaxed);
		progress.from_chain.store(self.from_chain, Ordering::Relaxed);
	}

	fn may_learn(&self) -> bool {
		self.config.sources.is_some() && self.ration > 0 && !self.starved && matches!(self.mind, Mind::Agent(..))
	}

	fn handle(&mut self, command: Command) -> Result<(), AgentError> {
		match command {
			Command::Play { work, reply } => {
				let answer = self.play(&work);
				// Learning goes on only after the answer is out.
				let _ = reply.send(answer);
				if work.slot > self.slot {
					self.slot = work.slot;
					// On a slow machine the last ration may not have been used up.
					self.start_trial()?;
					self.ration = self.config.updates_per_block;
					self.started = Instant::now();
				}
			}
			Command::Learn(experience) => self.remember(&experience)?,
			Command::Evaluate { reply } => match &mut self.pending {
				Some(pending) => pending.replies.push(reply),
				None => {
					self.pending = Some(Pending {
						seeds: evaluation_seeds(EVALUATION_EPISODES).into(),
						returns: Vec::new(),
						replies: vec![reply],
					})
				}
			},
			Command::Save { path, reply } => {
				let saved = match &self.mind {
					Mind::Random(_) => Ok(()),
					Mind::Agent(_, champion) => champion.checkpoint.write(&path).map_err(AgentError::from),
				};
				let _ = reply.send(saved);
			}
			Command::Halt => {
				self.config.sources = None;
				self.ration = 0;
				self.trial = None;
			}
		}
		Ok(())
	}

	fn policy_hash(&self) -> H256 {
		match &self.mind {
			// There is no policy to hash.
			Mind::Random(_) => H256::zero(),
			Mind::Agent(_, champion) => champion.hash,
		}
	}

	fn play(&mut self, work: &Work) -> Result<Answer, String> {
		let (id, found) = (self.config.id, work.state.id());
		if found != id {
			return Err(format!("the work is of {found}, this worker plays {id}: restart it"));
		}
		if let Some(practice) = &mut self.practice {
			practice.start_from(work.state);
		}
		let policy_hash = self.policy_hash();
		let actions = id.spec().actions;
		let turn = match &mut self.mind {
			Mind::Random(rng) => turn::take(&work.state, &work.noise, work.steps, |_| rng.gen_range(0..actions) as u8),
			Mind::Agent(_, champion) => {
				turn::take(&work.state, &work.noise, work.steps, |observation| champion.policy.greedy(observation))
			}
		};
		self.played += u64::from(work.steps);
		Ok(Answer { turn: turn.map_err(|error| error.to_string())?, policy_hash })
	}

	fn remember(&mut self, experience: &Experience) -> Result<(), AgentError> {
		if experience.start.id() != self.config.id {
			return Ok(());
		}
		if let Some(practice) = &mut self.practice {
			practice.start_from(experience.start);
		}
		let (Mind::Agent(agent, _), Some(Sources { chain: true, .. })) = (&mut self.mind, self.config.sources) else {
			return Ok(());
		};
		remember(agent, &experience.transitions)?;
		self.from_chain += experience.transitions.len() as u64;
		self.starved = false;
		Ok(())
	}

	/// One round of learning: some steps of its own, some gradient steps.
	fn learn(&mut self) -> Result<(), AgentError> {
		let Mind::Agent(agent, _) = &mut self.mind else { return Ok(()) };
		let (every, times) = (agent.config().train_every, agent.config().gradient_steps.min(self.ration));
		if let Some(practice) = &mut self.practice {
			for _ in 0..every {
				practice.step(agent)?;
			}
		}
		match agent.update_times(times)? {
			Some(loss) => {
				self.ration -= times;
				if self.ration == 0 {
					let milliseconds = self.started.elapsed().as_millis() as u64;
					tracing::debug!(target: "mine", updates = agent.updates(), loss, milliseconds, "learnt for this slot");
					self.start_trial()?;
				}
			}
			None => self.starved = self.practice.is_none(),
		}
		Ok(())
	}

	/// Puts the newest policy on trial, unless it was or another is.
	fn start_trial(&mut self) -> Result<(), AgentError> {
		let Mind::Agent(agent, _) = &self.mind else { return Ok(()) };
		if self.config.sources.is_none() || self.trial.is_some() || self.tried == Some(agent.updates()) {
			return Ok(());
		}
		self.tried = Some(agent.updates());
		// Neither the seeds that are reported nor those that episodes are learnt from.
		let seeds =
			evaluation_seeds(2 * EVALUATION_EPISODES + TRIAL_EPISODES).split_off(2 * EVALUATION_EPISODES).into();
		self.trial = Some(Trial { candidate: Champion::of(agent, None)?, seeds, returns: Vec::new() });
		Ok(())
	}

	/// One episode of the trial; after the last the better policy plays on.
	fn try_out(&mut self) -> Result<(), AgentError> {
		let (Some(mut trial), Mind::Agent(_, champion)) = (self.trial.take(), &mut self.mind) else { return Ok(()) };
		if let Some(seed) = trial.seeds.pop_front() {
			let id = self.config.id;
			let policy = &mut trial.candidate.policy;
			let mut observation = vec![0; id.spec().observation];
			trial.returns.push(episode(id, &seed, &mut observation, |observation| policy.greedy(observation))?);
		}
		if !trial.seeds.is_empty() {
			self.trial = Some(trial);
			return Ok(());
		}
		let score = mean(&trial.returns);
		if champion.score.is_none_or(|best| score >= best) {
			**champion = Champion { score: Some(score), ..trial.candidate };
		}
		Ok(())
	}

	/// One episode of the evaluation.
	fn evaluate(&mut self) -> Result<(), AgentError> {
		let Some(mut pending) = self.pending.take() else { return Ok(()) };
		if let Some(seed) = pending.seeds.pop_front() {
			let id = self.config.id;
			let mut observation = vec![0; id.spec().observation];
			let score = match &mut self.mind {
				Mind::Random(_) => {
					// From the seed, so that evaluations of chance repeat too.
					let mut rng = ChaCha8Rng::from_seed(seed.derive(0).0);
					let actions = id.spec().actions;
					episode(id, &seed, &mut observation, |_| rng.gen_range(0..actions) as u8)?
				}
				Mind::Agent(_, champion) => {
					episode(id, &seed, &mut observation, |observation| champion.policy.greedy(observation))?
				}
			};
			pending.returns.push(score);
		}
		if !pending.seeds.is_empty() {
			self.pending = Some(pending);
			return Ok(());
		}
		let (updates, steps, remembered, epsilon) = match &self.mind {
			Mind::Random(_) => (0, 0, 0, 1.0),
			Mind::Agent(agent, _) => (agent.updates(), agent.steps(), agent.remembered(), agent.epsilon()),
		};
		let evaluation = Evaluation {
			mean: mean(&pending.returns),
			updates,
			steps,
			remembered,
			epsilon,
			from_chain: self.from_chain,
			policy_hash: self.policy_hash(),
		};
		for reply in pending.replies {
			let _ = reply.send(evaluation.clone());
		}
		Ok(())
	}
}

/// Stores a block's transitions. They follow neither what was stored before nor, where the oracle restarted in between
/// without a terminal state, each other; sums of several rewards must not reach across.
fn remember(agent: &mut Dqn, transitions: &[Transition]) -> Result<(), AgentError> {
	agent.end_episode()?;
	for (index, transition) in transitions.iter().enumerate() {
		agent.remember(transition)?;
		let next = transitions.get(index + 1);
		if next.is_none_or(|next| next.observation != transition.next_observation) {
			agent.end_episode()?;
		}
	}
	Ok(())
}

#[cfg(test)]
mod tests;
