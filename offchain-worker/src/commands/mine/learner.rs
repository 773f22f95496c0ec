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
};
use praxis_environment::{EnvironmentId, Seed, Transition};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sp_core::H256;
use std::{
	collections::VecDeque,
	path::PathBuf,
	sync::{mpsc, Arc},
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
			match command {
				Some(command) => self.handle(command)?,
				None if self.pending.is_some() => self.evaluate()?,
				None if self.trial.is_some() => self.try_out()?,
				None => self.learn()?,
			}
		}
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
mod tests {
	use super::*;
	use crate::agent::DqnConfig;
	use praxis_environment::{rollout, transitions, AnyState};
	use sp_core::crypto::AccountId32;
	use std::time::Duration;
	use tch::Device;

	const ID: EnvironmentId = EnvironmentId::NoisyPendulum;

	fn work(slot: u64) -> Arc<Work> {
		Arc::new(Work {
			parent: H256::zero(),
			number: 1,
			slot,
			step: 0,
			state: AnyState::reset(ID, &Seed::from_number(slot)),
			noise: Seed::from_number(1_000 + slot),
			steps: 32,
			author: AccountId32::new([0; 32]),
			deadline: u64::MAX,
		})
	}

	fn agent() -> Mind {
		let config = DqnConfig { hidden: vec![8], learning_starts: 64, batch: 16, ..DqnConfig::for_environment(ID) };
		Mind::of(Dqn::new(ID, config, Device::Cpu).expect("an agent")).expect("a mind")
	}

	fn config(sources: Option<Sources>) -> LearnerConfig {
		LearnerConfig { id: ID, sources, updates_per_block: 10, episode_steps: 320, seed: 1 }
	}

	const BOTH: Option<Sources> = Some(Sources { simulation: true, chain: true });

	/// Evaluates until so many gradient steps are done, for a second at most.
	async fn wait_for(learner: &Learner, updates: u64) -> Evaluation {
		let started = Instant::now();
		loop {
			let evaluation = learner.evaluate().await.expect("an evaluation");
			if evaluation.updates >= updates || started.elapsed() > Duration::from_secs(20) {
				return evaluation;
			}
		}
	}

	#[tokio::test]
	async fn answers_should_be_what_the_oracle_accepts() {
		for mind in [agent(), Mind::Random(Box::new(ChaCha8Rng::seed_from_u64(1)))] {
			let random = matches!(mind, Mind::Random(_));
			let (learner, _ended) = Learner::start(mind, config(None)).expect("a thread");
			let work = work(1);
			let answer = learner.play(work.clone()).await.expect("an answer");
			let oracle = rollout(&work.state, &work.noise, &answer.turn.actions).expect("a rollout");
			assert_eq!(answer.turn.reward, oracle.reward);
			assert_eq!(answer.turn.actions.len(), 32);
			assert_eq!(answer.policy_hash == H256::zero(), random);
		}
	}

	#[tokio::test]
	async fn gradient_steps_should_be_rationed_per_slot() {
		let (learner, _ended) = Learner::start(agent(), config(BOTH)).expect("a thread");
		let before = learner.evaluate().await.expect("an evaluation");
		assert_eq!(before.updates, 0, "no work, no ration");
		learner.play(work(1)).await.expect("an answer");
		assert_eq!(wait_for(&learner, 10).await.updates, 10);
		// The same slot upon another parent gives no more.
		learner.play(work(1)).await.expect("an answer");
		assert_eq!(learner.evaluate().await.expect("an evaluation").updates, 10);
		learner.play(work(2)).await.expect("an answer");
		let after = wait_for(&learner, 20).await;
		assert_eq!(after.updates, 20);
		learner.halt().expect("a command");
		learner.play(work(3)).await.expect("an answer");
		assert_eq!(learner.evaluate().await.expect("an evaluation"), after, "halted");
	}

	#[test]
	fn the_best_policy_so_far_should_play() {
		let mut worker = Worker::new(agent(), config(BOTH));
		let play_to_end = |worker: &mut Worker| {
			while worker.trial.is_some() {
				worker.try_out().expect("an episode");
			}
			let Mind::Agent(agent, champion) = &worker.mind else { panic!("an agent") };
			(agent.policy_hash(), champion.hash.0, champion.score)
		};
		worker.start_trial().expect("a trial");
		let (newest, playing, first) = play_to_end(&mut worker);
		assert_eq!(newest, playing);
		let mut best = first.expect("a score");
		for slot in 1..=20 {
			worker.ration = 20;
			while worker.may_learn() {
				worker.learn().expect("a gradient step");
			}
			assert!(worker.trial.is_some(), "slot {slot}");
			let (newest, now_playing, score) = play_to_end(&mut worker);
			let score = score.expect("a score");
			assert!(score >= best, "the champion got worse");
			assert!(score > best || now_playing == playing || now_playing == newest || score == best);
			best = score;
		}
		// Not tried twice.
		worker.start_trial().expect("nothing");
		assert!(worker.trial.is_none());
		// What is saved is what plays.
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("policy.safetensors");
		let (reply, _answer) = oneshot::channel();
		worker.handle(Command::Save { path: path.clone(), reply }).expect("a file");
		let saved = Dqn::load(&path, Device::Cpu).expect("an agent");
		assert_eq!(H256(saved.policy_hash()), worker.policy_hash());
	}

	#[tokio::test]
	async fn learning_from_the_chain_should_wait_for_its_transitions() {
		let chain = Some(Sources { simulation: false, chain: true });
		let (learner, _ended) = Learner::start(agent(), config(chain)).expect("a thread");
		learner.play(work(1)).await.expect("an answer");
		assert_eq!(learner.evaluate().await.expect("an evaluation").updates, 0);
		for slot in 1..=2 {
			let work = work(slot);
			let (_, transitions) = transitions(&work.state, &work.noise, &[4; 32]).expect("transitions");
			let author = AccountId32::new([9; 32]);
			learner.learn(Experience { author, start: work.state, transitions }).expect("a command");
		}
		let after = wait_for(&learner, 10).await;
		assert_eq!((after.updates, after.remembered, after.steps, after.from_chain), (10, 64, 0, 64));
	}

	#[tokio::test]
	async fn work_of_another_environment_should_be_refused() {
		let (learner, _ended) = Learner::start(agent(), config(None)).expect("a thread");
		let state = AnyState::reset(EnvironmentId::CartPole, &Seed([1; 32]));
		let other = Arc::new(Work { state, ..(*work(1)).clone() });
		let error = learner.play(other).await.expect_err("another environment");
		assert!(error.contains("CartPole-v1"), "{error}");
	}

	#[tokio::test]
	async fn a_checkpoint_should_be_written_and_the_thread_should_end_with_its_handle() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("policy.safetensors");
		let (learner, ended) = Learner::start(agent(), config(None)).expect("a thread");
		let hash = learner.evaluate().await.expect("an evaluation").policy_hash;
		learner.save(path.clone()).await.expect("a file");
		let agent = Dqn::load(&path, Device::Cpu).expect("an agent");
		assert_eq!(H256(agent.policy_hash()), hash);
		drop(learner);
		assert!(matches!(ended.await, Ok(Ok(()))));
	}

	#[test]
	fn sums_of_rewards_should_not_reach_across_restarts() {
		let id = EnvironmentId::CartPole;
		let config = DqnConfig { n_step: 3, ..DqnConfig::for_environment(id) };
		let mut agent = Dqn::new(id, config, Device::Cpu).expect("an agent");
		let state = AnyState::reset(id, &Seed([1; 32]));
		let (_, transitions) = transitions(&state, &Seed([2; 32]), &[0; 32]).expect("transitions");
		assert!(transitions.iter().any(|transition| transition.terminated));
		remember(&mut agent, &transitions).expect("a block");
		assert_eq!(agent.remembered(), 32, "nothing is left over for the next block");
	}
}
