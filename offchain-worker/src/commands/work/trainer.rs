//! Trains for one task, on a thread of its own, until a policy is good enough or the deadline is near.
//!
//! A policy is good enough when its mean return in the self-check is above the target by twice the standard error of as
//! many episodes as the chain will play: so about one in forty such policies misses the target by bad luck.

use super::super::Failure;
use crate::{
	agent::{
		evaluate::{evaluate_policy, evaluation_seeds, mean},
		network::Policy as FloatPolicy,
		simulation::Simulation,
		Dqn, DqnConfig, World,
	},
	checkpoint::Checkpoint,
	device, monitor,
	quantise::{self, Quantised},
};
use codec::Encode;
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::{Limits, Policy};
use praxis_primitives_market::{Course, Seeds, TaskId};
use sp_core::crypto::AccountId32;
use std::{
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicBool, Ordering},
		mpsc, Arc, Mutex,
	},
	thread,
	time::{Duration, Instant},
};

/// Environment steps between two evaluations.
const EVALUATE_EVERY: u64 = 1_000;
/// Greedy episodes of an evaluation.
const EVALUATION_EPISODES: usize = 20;
/// Episodes of a self-check, with seeds that nothing else has seen.
const SELF_CHECK_EPISODES: u32 = 100;
/// Time between two checkpoints.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(10);

/// What to train for.
#[derive(Clone, Debug)]
pub struct Plan {
	/// The environment.
	pub environment: TaskEnvironment,
	/// Mean return that earns the whole price.
	pub target: f64,
	/// Episodes that the chain will play.
	pub episodes: u32,
	/// Largest policy.
	pub limits: Limits,
	/// Seed of the agent.
	pub seed: u64,
	/// The device, by name.
	pub device: String,
	/// Folder of the task.
	pub folder: PathBuf,
	/// Counts steps for whoever watches the worker.
	pub counters: Arc<monitor::Progress>,
}

/// A seed for an owner's work at a task: no two workers explore alike.
pub fn seed(owner: &AccountId32, task: TaskId) -> u64 {
	let [a, b, c, d, e, f, g, h, ..] = sp_crypto_hashing::blake2_256(&(b"praxis/work/seed", owner, task).encode());
	u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// What a policy returned in its self-check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
	/// Episodes.
	pub episodes: u32,
	/// Their mean return.
	pub mean: f64,
	/// Standard deviation of the returns.
	pub deviation: f64,
}

impl Check {
	fn of(returns: &[f64]) -> Self {
		let average = mean(returns);
		let squares: f64 = returns.iter().map(|value| (value - average).powi(2)).sum();
		let deviation = (squares / (returns.len().max(2) - 1) as f64).sqrt();
		Self { episodes: returns.len() as u32, mean: average, deviation }
	}

	/// The mean of so many episodes is above this in all but one of about forty trials.
	pub fn surely(&self, episodes: u32) -> f64 {
		self.mean - 2.0 * self.deviation / f64::from(episodes.max(1)).sqrt()
	}
}

/// A policy that could be committed.
#[derive(Clone, Debug)]
pub struct Candidate {
	/// The policy.
	pub policy: Policy,
	/// The agent that it comes from.
	pub agent: Checkpoint,
	/// What it returned.
	pub check: Check,
}

/// How far training is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
	/// Environment steps.
	pub steps: u64,
	/// Mean return of the last evaluation.
	pub last: Option<f64>,
	/// The best one.
	pub best: Option<f64>,
}

/// A thread that trains.
#[derive(Debug)]
pub struct Trainer {
	finish: Arc<AtomicBool>,
	progress: Arc<Mutex<Progress>>,
	done: mpsc::Receiver<Result<Candidate, Failure>>,
}

impl Trainer {
	/// Begins to train, or goes on where the task's folder says that training stands.
	pub fn start(plan: Plan) -> Result<Self, Failure> {
		let finish = Arc::new(AtomicBool::new(false));
		let progress = Arc::new(Mutex::new(Progress::default()));
		let (sender, done) = mpsc::channel();
		let (asked, told) = (finish.clone(), progress.clone());
		thread::Builder::new()
			.name("training".into())
			.spawn(move || {
				let result = train(&plan, &asked, &told);
				// Nobody listens any more only while the worker ends.
				let _ = sender.send(result);
			})
			.map_err(|error| Failure::running("thread", error))?;
		Ok(Self { finish, progress, done })
	}

	/// Asks it to end with the best that it has.
	pub fn finish(&self) {
		self.finish.store(true, Ordering::Relaxed);
	}

	/// How far it is.
	pub fn progress(&self) -> Progress {
		*self.progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	/// Its result, once it has ended.
	pub fn result(&self) -> Option<Result<Candidate, Failure>> {
		match self.done.try_recv() {
			Ok(result) => Some(result),
			Err(mpsc::TryRecvError::Empty) => None,
			Err(mpsc::TryRecvError::Disconnected) => {
				Some(Err(Failure::running("training", "the training thread has ended without a result")))
			}
		}
	}
}

/// Nobody waits for a policy of a task that is over.
impl Drop for Trainer {
	fn drop(&mut self) {
		self.finish();
	}
}

/// The best network so far, by its evaluation.
struct Best {
	greedy: f64,
	policy: FloatPolicy,
	agent: Checkpoint,
}

fn train(plan: &Plan, finish: &AtomicBool, progress: &Mutex<Progress>) -> Result<Candidate, Failure> {
	let world = World::from(plan.environment);
	let device = device::pick(&plan.device)?;
	let seeds = evaluation_seeds(EVALUATION_EPISODES);
	let (file, best_file) = (plan.folder.join("training.safetensors"), plan.folder.join("best.safetensors"));
	let resumed = found(&file, world);
	let mut agent = match &resumed {
		Some(checkpoint) => Dqn::from_checkpoint(checkpoint.clone(), device)?,
		None => Dqn::new(world, DqnConfig { seed: plan.seed, ..DqnConfig::for_environment(world) }, device)?,
	};
	let place = resumed.as_ref().map(|checkpoint| Simulation::resume(checkpoint, world, plan.seed)).transpose()?;
	let mut simulation = match place.flatten() {
		Some(simulation) => simulation,
		None => Simulation::new(world, plan.seed, agent.steps())?,
	};
	let mut best = match found(&best_file, world) {
		Some(checkpoint) => {
			let mut policy = Dqn::from_checkpoint(checkpoint.clone(), device)?.policy();
			let greedy = mean(&evaluate_policy(&mut policy, world, &seeds)?);
			Some(Best { greedy, policy, agent: checkpoint })
		}
		None => None,
	};
	let mut candidate: Option<Candidate> = None;
	let mut saved = Instant::now();
	loop {
		let ending = finish.load(Ordering::Relaxed);
		if agent.steps().is_multiple_of(EVALUATE_EVERY) || (ending && best.is_none()) {
			agent.refresh()?;
			let mut policy = agent.policy();
			let greedy = mean(&evaluate_policy(&mut policy, world, &seeds)?);
			if best.as_ref().is_none_or(|best| greedy > best.greedy) {
				agent.save(&best_file)?;
				best = Some(Best { greedy, policy: policy.clone(), agent: agent.checkpoint()? });
			}
			tell(progress, agent.steps(), greedy);
			if greedy >= plan.target {
				let found = examine(plan, policy, agent.checkpoint()?)?;
				let surely = |candidate: &Candidate| candidate.check.surely(plan.episodes);
				if candidate.as_ref().is_none_or(|known| surely(&found) > surely(known)) {
					candidate = Some(found);
				}
			}
		}
		let good = candidate.as_ref().is_some_and(|known| known.check.surely(plan.episodes) >= plan.target);
		if good || ending {
			break;
		}
		if saved.elapsed() >= CHECKPOINT_EVERY && agent.replay_fits() {
			let mut checkpoint = agent.snapshot()?;
			simulation.save(&mut checkpoint)?;
			checkpoint.write(&file)?;
			saved = Instant::now();
		}
		simulation.step(&mut agent)?;
		plan.counters.steps.fetch_add(1, Ordering::Relaxed);
		let config = agent.config();
		let (every, times) = (config.train_every, config.gradient_steps);
		if agent.steps().is_multiple_of(every) && agent.learn(times)? {
			agent.refresh()?;
			plan.counters.updates.fetch_add(times, Ordering::Relaxed);
		}
	}
	match (candidate, best) {
		(Some(candidate), _) => Ok(candidate),
		(None, Some(best)) => examine(plan, best.policy, best.agent),
		(None, None) => Err(Failure::running("training", "there is no policy")),
	}
}

/// A checkpoint of this environment. One that is missing or cannot be read means that training begins anew: that costs
/// time and nothing else.
fn found(path: &Path, world: World) -> Option<Checkpoint> {
	let (checkpoint, _) = Checkpoint::read_or_previous(path).ok()?;
	(checkpoint.environment == world).then_some(checkpoint)
}

fn tell(progress: &Mutex<Progress>, steps: u64, greedy: f64) {
	let mut progress = progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
	let best = progress.best.map_or(greedy, |best| best.max(greedy));
	*progress = Progress { steps, last: Some(greedy), best: Some(best) };
}

/// Quantises a network and lets the result play as the chain will, on fresh seeds.
fn examine(plan: &Plan, policy: FloatPolicy, agent: Checkpoint) -> Result<Candidate, Failure> {
	let Quantised { policy, .. } = quantise::of_policy(policy, plan.environment)?;
	plan.limits.check(&policy).map_err(|error| Failure::running("policy", error))?;
	let first: u64 = rand::random();
	let returns: Option<Vec<f64>> = (0..SELF_CHECK_EPISODES)
		.map(|episode| {
			let seeds = Seeds::Numbers { first: first.wrapping_add(episode.into()) };
			let course = Course { environment: plan.environment, episodes: 1, seeds };
			course.judge(&policy).map(|judgement| Real::to_f64(judgement.mean))
		})
		.collect();
	let returns = returns.ok_or_else(|| Failure::running("policy", "the self-check has no result"))?;
	Ok(Candidate { policy, agent, check: Check::of(&returns) })
}

#[cfg(test)]
mod tests {
	use super::{super::fixtures::account, *};

	fn plan(folder: &Path) -> Plan {
		Plan {
			environment: TaskEnvironment::CartPole,
			target: 400.0,
			episodes: 20,
			limits: Limits { max_parameters: 10_000, max_work: 20_000 },
			seed: 1,
			device: "cpu".into(),
			folder: folder.into(),
			counters: Arc::default(),
		}
	}

	#[test]
	fn check_should_be_less_sure_when_fewer_episodes_are_played() {
		let check = Check::of(&[490.0, 510.0, 500.0]);
		assert_eq!((check.mean, check.deviation, check.episodes), (500.0, 10.0, 3));
		assert_eq!(check.surely(4), 490.0);
		assert_eq!(check.surely(100), 498.0);
		assert_eq!(Check::of(&[7.0]).surely(1), 7.0);
	}

	#[test]
	fn seeds_should_differ_by_owner_and_task() {
		assert_ne!(seed(&account(1), 7), seed(&account(2), 7));
		assert_ne!(seed(&account(1), 7), seed(&account(1), 8));
		assert_eq!(seed(&account(1), 7), seed(&account(1), 7));
	}

	#[test]
	fn training_should_give_its_best_and_go_on_from_it_when_the_deadline_is_near() {
		let folder = tempfile::tempdir().expect("a folder");
		let wait = |trainer: &Trainer| loop {
			if let Some(result) = trainer.result() {
				break result.expect("a candidate");
			}
			thread::sleep(Duration::from_millis(5));
		};
		// Asked to end before it has begun: it still has a policy of the right form.
		let (asked, progress) = (AtomicBool::new(true), Mutex::new(Progress::default()));
		let first = train(&plan(folder.path()), &asked, &progress).expect("a candidate");
		assert!(Course::fits(&TaskEnvironment::CartPole, &first.policy));
		assert_eq!(first.check.episodes, SELF_CHECK_EPISODES);
		let greedy = progress.lock().expect("no panic").best.expect("it was evaluated");

		// A worker that starts again has at least as good a one.
		let trainer = Trainer::start(plan(folder.path())).expect("a thread");
		trainer.finish();
		wait(&trainer);
		let best = Checkpoint::read(&folder.path().join("best.safetensors")).expect("the best");
		let mut policy = Dqn::from_checkpoint(best, tch::Device::Cpu).expect("an agent").policy();
		let seeds = evaluation_seeds(EVALUATION_EPISODES);
		let again =
			mean(&evaluate_policy(&mut policy, World::from(TaskEnvironment::CartPole), &seeds).expect("returns"));
		assert!(again >= greedy, "{again} {greedy}");
	}
}
