//! Trains for one task, on a thread of its own, until a policy is good enough or the deadline is near.
//!
//! A policy is good enough when its mean return in the self-check is above the target by twice the standard error of as
//! many episodes as the chain will play: so about one in forty such policies misses the target by bad luck.
//!
//! The network plays the same episodes. Where it meets the target and its quantised policy does not, the worker says so,
//! trains on, and does not submit that policy: see [`check`](super::check).

use super::{
	super::Failure,
	check::{Check, Checks, Goal},
	warm::{self, Source, Start, Wanted},
};
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
	store::Store,
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
	/// What it asks for.
	pub goal: Goal,
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
	/// Models to begin with, or why there is none; nothing where a fresh network is wanted.
	pub warm: Option<Result<Vec<Source>, String>>,
	/// Where models are kept.
	pub store: Store,
}

/// A seed for an owner's work at a task: no two workers explore alike.
pub fn seed(owner: &AccountId32, task: TaskId) -> u64 {
	let [a, b, c, d, e, f, g, h, ..] = sp_crypto_hashing::blake2_256(&(b"praxis/work/seed", owner, task).encode());
	u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// A policy that could be committed.
#[derive(Clone, Debug)]
pub struct Candidate {
	/// The policy.
	pub policy: Policy,
	/// The agent that it comes from.
	pub agent: Checkpoint,
	/// What it and its network returned.
	pub checks: Checks,
	/// What training began with.
	pub start: Start,
}

/// How far training is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
	/// What it began with, once that is known.
	pub start: Option<Start>,
	/// What rounding took the target from last.
	pub lost: Option<Checks>,
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
		self.progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
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
	let (seedling, start) = begin(plan, resumed.is_some());
	note(progress, |progress| progress.start = Some(start.clone()));
	let mut agent = match (&resumed, seedling) {
		(Some(checkpoint), _) => Dqn::from_checkpoint(checkpoint.clone(), device)?,
		(None, Some(seedling)) => Dqn::from_checkpoint(seedling, device)?,
		(None, None) => Dqn::new(world, DqnConfig { seed: plan.seed, ..DqnConfig::for_environment(world) }, device)?,
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
		// What a model can do is known; a copy of it earns nothing.
		let copy = start.parent().is_some() && agent.updates() == 0;
		if (agent.steps().is_multiple_of(EVALUATE_EVERY) && !copy) || (ending && best.is_none()) {
			agent.refresh()?;
			let mut policy = agent.policy();
			let greedy = mean(&evaluate_policy(&mut policy, world, &seeds)?);
			if best.as_ref().is_none_or(|best| greedy > best.greedy) {
				agent.save(&best_file)?;
				best = Some(Best { greedy, policy: policy.clone(), agent: agent.checkpoint()? });
			}
			tell(progress, agent.steps(), greedy);
			if greedy >= plan.goal.target {
				let found = examine(plan, policy, agent.checkpoint()?, &start)?;
				if found.checks.lost_by_rounding() {
					note(progress, |progress| progress.lost = Some(found.checks));
				}
				let rank = |candidate: &Candidate| candidate.checks.rank(plan.goal);
				if candidate.as_ref().is_none_or(|known| rank(&found) > rank(known)) {
					candidate = Some(found);
				}
			}
		}
		let good = candidate.as_ref().is_some_and(|known| known.checks.good(plan.goal));
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
		(None, Some(best)) => examine(plan, best.policy, best.agent, &start),
		(None, None) => Err(Failure::running("training", "there is no policy")),
	}
}

/// A checkpoint of this environment. One that is missing or cannot be read means that training begins anew: that costs
/// time and nothing else.
fn found(path: &Path, world: World) -> Option<Checkpoint> {
	let (checkpoint, _) = Checkpoint::read_or_previous(path).ok()?;
	(checkpoint.environment == world).then_some(checkpoint)
}

/// The model to begin with, if one is wanted and there is one; a worker that was started again has it already.
fn begin(plan: &Plan, resumed: bool) -> (Option<Checkpoint>, Start) {
	let wanted = Wanted { environment: plan.environment, limits: &plan.limits, seed: plan.seed };
	if let Some((seedling, parent)) = warm::again(&plan.folder, wanted) {
		return (Some(seedling), Start::Parent(parent));
	}
	match &plan.warm {
		Some(sources) if !resumed => warm::begin(&plan.folder, sources, &plan.store, wanted),
		_ => (None, Start::Fresh),
	}
}

fn note(progress: &Mutex<Progress>, change: impl FnOnce(&mut Progress)) {
	change(&mut progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
}

fn tell(progress: &Mutex<Progress>, steps: u64, greedy: f64) {
	note(progress, |progress| {
		progress.steps = steps;
		progress.last = Some(greedy);
		progress.best = Some(progress.best.map_or(greedy, |best| best.max(greedy)));
	});
}

/// Quantises a network and lets the result play as the chain will, on fresh seeds, and the network on the same.
fn examine(plan: &Plan, policy: FloatPolicy, agent: Checkpoint, start: &Start) -> Result<Candidate, Failure> {
	let Quantised { policy, mut float } = quantise::of_policy(policy, plan.environment)?;
	plan.limits.check(&policy).map_err(|error| Failure::running("policy", error))?;
	let (mut before, mut after) = (Vec::new(), Vec::new());
	let first: u64 = rand::random();
	for episode in 0..SELF_CHECK_EPISODES {
		let seeds = Seeds::Numbers { first: first.wrapping_add(episode.into()) };
		let seed = seeds.get(0);
		before.push(quantise::play(plan.environment, &seed, |seen, mask| float.greedy_masked(seen, mask))?);
		let course = Course { environment: plan.environment, episodes: 1, seeds };
		let judgement =
			course.judge(&policy).ok_or_else(|| Failure::running("policy", "the self-check has no result"))?;
		after.push(Real::to_f64(judgement.mean));
	}
	let checks = Checks { float: Check::of(&before, plan.goal), policy: Check::of(&after, plan.goal) };
	Ok(Candidate { policy, agent, checks, start: start.clone() })
}

#[cfg(test)]
mod tests {
	use super::{
		super::{check::SURE, fixtures::account},
		*,
	};
	use crate::agent::network::{Layout, Shape};

	fn plan(folder: &Path) -> Plan {
		Plan {
			environment: TaskEnvironment::CartPole,
			goal: Goal { target: 400.0, episodes: 20 },
			limits: Limits { max_parameters: 10_000, max_work: 20_000 },
			seed: 1,
			device: "cpu".into(),
			folder: folder.into(),
			counters: Arc::default(),
			warm: None,
			store: Store::open(&folder.join("store")).expect("a store"),
		}
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
		assert_eq!(first.checks.policy.episodes, SELF_CHECK_EPISODES);
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

	/// A network that plays CartPole by a line through its observation, in two neurons of a hidden layer of four. The
	/// third neuron is used by nothing; its weights are of this size.
	fn balancer(useless: f32) -> FloatPolicy {
		let world = World::from(TaskEnvironment::CartPole);
		let layout = Layout::new(&Shape { observation: 4, actions: 2, hidden: vec![4], dueling: false });
		let mut flat = vec![0.0; layout.length()];
		let (hidden, output) = (layout.hidden()[0], *layout.output());
		let offset = |at: usize| layout.parameters()[at].offset;
		// Push towards where the pole falls, and a little against where the cart drifts.
		for (column, weight) in [0.1, 0.3, 3.0, 1.0].into_iter().enumerate() {
			flat[offset(hidden.weight) + column] = weight;
			flat[offset(hidden.weight) + 4 + column] = -weight;
			flat[offset(hidden.weight) + 8 + column] = useless;
		}
		flat[offset(output.weight)] = -1.0;
		flat[offset(output.weight) + 1] = 1.0;
		flat[offset(output.weight) + 4] = 1.0;
		flat[offset(output.weight) + 5] = -1.0;
		FloatPolicy::new(layout, &flat, world.input_scales())
	}

	#[test]
	fn policy_should_be_found_lost_when_rounding_takes_the_target_from_it() {
		let folder = tempfile::tempdir().expect("a folder");
		let config = DqnConfig { hidden: vec![4], ..DqnConfig::for_environment(TaskEnvironment::CartPole) };
		let agent = Checkpoint::new(TaskEnvironment::CartPole, config, 0, 0);
		let examine =
			|policy| examine(&plan(folder.path()), policy, agent.clone(), &Start::Fresh).expect("a candidate").checks;
		let sound = examine(balancer(0.0));
		assert!(sound.good(plan(folder.path()).goal) && !sound.lost_by_rounding(), "{sound:?}");
		// All weights share a scale, which is now that of the neuron that nothing uses.
		let lost = examine(balancer(1e8));
		assert!(lost.float.meets >= SURE && lost.policy.mean < 100.0 && lost.lost_by_rounding(), "{lost:?}");
	}
}
