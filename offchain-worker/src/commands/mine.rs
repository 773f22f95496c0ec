//! `mine`: takes work from a node, answers it by a policy, and learns between blocks.
//!
//! On the chain the worker plays greedily, because the fork choice pays for the best block and nothing else; it explores
//! in its own simulation, which costs nothing. See [`session`] for what happens while it is connected.

mod learner;
mod metrics;
mod practice;
mod session;

use super::{Failure, Outcome};
use crate::{
	agent::{Algorithm, Dqn, DqnConfig},
	chain::{
		keys::{AuthorKey, KeyError},
		submitter::Attempts,
		types::OracleEnvironment,
	},
	checkpoint::Checkpoint,
	device,
};
use learner::{Evaluation, Learner, LearnerConfig, Mind, Sources};
use metrics::Metrics;
use praxis_environment::EnvironmentId;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::{
	io::IsTerminal,
	path::PathBuf,
	process::ExitCode,
	sync::Arc,
	time::{Duration, Instant},
};
use tokio::sync::oneshot;

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Alice praxis-worker mine
  praxis-worker mine --node ws://127.0.0.1:9944 --key-file author.key --checkpoint author.safetensors
  praxis-worker mine --key-file author.key --policy runs/pendulum/policy.safetensors --learn false
  PRAXIS_KEY=//Bob praxis-worker mine --node ws://127.0.0.1:9945 --random

The key is the secret phrase or seed of the author's account: a file that only you can read (mode 0600), or PRAXIS_KEY.
The node must be the author's own: it hands out work on loopback only and propagates no submissions.

SIGTERM and Ctrl-C write the checkpoint, evaluate the policy once more and end with exit code 0.";

/// Gradient steps per block. In a network of four the shipped agents brought the noisy pendulum up in 1,300 to 2,500 of
/// them, depending on their seeds; this spreads them over 55 to 105 blocks, so that people can watch it.
const UPDATES_PER_BLOCK: u64 = 24;

/// Pauses before the second, third and so on try to reach the node. Below a slot: a node that is back is worked for in
/// its next one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// A connection that lasted this long was a good one: the next pause is the first again.
const GOOD_CONNECTION: Duration = Duration::from_secs(3);

/// How often the same reason for idling is told again.
const REMINDER: Duration = Duration::from_secs(30);

/// Where the agent's experience comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExperienceSource {
	/// The transitions of all imported blocks, losing forks included.
	Chain,
	/// The worker's own simulation of the oracle.
	Simulate,
	/// Both.
	Both,
}

/// The options of `mine`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct MineArgs {
	/// The author's own node.
	#[arg(long, default_value = "ws://127.0.0.1:9944")]
	pub node: String,
	/// The file with the key of the author's account, mode 0600; else the environment variable PRAXIS_KEY.
	#[arg(long)]
	pub key_file: Option<PathBuf>,
	/// Start from this policy.
	#[arg(long)]
	pub policy: Option<PathBuf>,
	/// Learn between blocks; `false` keeps the policy as it is.
	#[arg(long, num_args = 0..=1, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
	pub learn: bool,
	/// Uniformly random actions, no training.
	#[arg(long, conflicts_with_all = ["policy", "checkpoint", "learn"])]
	pub random: bool,
	/// Where experience comes from.
	#[arg(long, value_enum, default_value_t = ExperienceSource::Both)]
	pub experience: ExperienceSource,
	/// Seed of a new agent's weights, of its exploration and of its simulation.
	#[arg(long, default_value_t = 0)]
	pub seed: u64,
	/// Where a new agent's settings start: the shipped ones, or the paper's plain procedure.
	#[arg(long, value_enum, default_value_t = Algorithm::Dqn)]
	pub algorithm: Algorithm,
	/// Gradient steps per block at most.
	#[arg(long, default_value_t = UPDATES_PER_BLOCK)]
	pub max_updates_per_block: u64,
	/// Append events to this file as lines of JSON.
	#[arg(long)]
	pub metrics: Option<PathBuf>,
	/// Keep the agent in this file, as it was when it played best, and continue from it where it exists.
	#[arg(long)]
	pub checkpoint: Option<PathBuf>,
	/// auto, cpu, cuda or cuda:N. A device that was named and is missing is an error.
	#[arg(long, default_value = "auto")]
	pub device: String,
	/// Blocks between two evaluations of the policy.
	#[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
	pub evaluate_every: u32,
	/// Print the events on the standard output as lines of JSON too.
	#[arg(long)]
	pub json: bool,
}

impl From<KeyError> for Failure {
	fn from(error: KeyError) -> Self {
		Self::input("key", error)
	}
}

/// What lives as long as the command.
struct Miner {
	args: MineArgs,
	key: AuthorKey,
	metrics: Arc<Metrics>,
	/// The agent that was loaded, until the oracle's environment is known.
	loaded: Option<Checkpoint>,
	learning: Option<Learning>,
	attempts: Attempts,
	/// Height of the best block that was seen last.
	height: u32,
	evaluated_at: u32,
}

/// The learning thread and what it was started for.
struct Learning {
	learner: Learner,
	ended: oneshot::Receiver<Result<(), crate::agent::AgentError>>,
	environment: EnvironmentId,
}

/// Runs the command.
pub fn run(args: MineArgs) -> Outcome {
	let filter = tracing_subscriber::EnvFilter::try_from_default_env()
		.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,mine=info"));
	// A second one in the same process, as in tests, is not needed.
	let colours = std::io::stderr().is_terminal();
	let _ =
		tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).try_init();
	let runtime = tokio::runtime::Builder::new_multi_thread()
		.worker_threads(2)
		.enable_all()
		.build()
		.map_err(|error| Failure::running("runtime", error))?;
	runtime.block_on(async {
		let mut miner = Miner::new(args)?;
		miner.run().await
	})
}

/// Completes when the process is asked to end.
async fn shutdown() -> Result<&'static str, Failure> {
	let failed = |error: std::io::Error| Failure::running("signal", error);
	#[cfg(unix)]
	{
		use tokio::signal::unix::{signal, SignalKind};
		let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
		let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
		tokio::select! {
			_ = terminate.recv() => Ok("SIGTERM"),
			_ = interrupt.recv() => Ok("SIGINT"),
		}
	}
	#[cfg(not(unix))]
	{
		tokio::signal::ctrl_c().await.map_err(failed)?;
		Ok("interrupt")
	}
}

impl Miner {
	fn new(args: MineArgs) -> Result<Self, Failure> {
		if !args.learn && args.policy.is_none() {
			return Err(Failure::input("usage", "--learn false plays a fixed policy: name it with --policy FILE"));
		}
		let key = AuthorKey::load(args.key_file.as_deref())?;
		let metrics = Metrics::open(args.metrics.as_deref(), args.json)
			.map_err(|error| Failure::input("metrics", format!("--metrics: {error}")))?;
		// A checkpoint is what became of the policy, so it goes before it.
		let checkpoint = args.checkpoint.as_ref().filter(|path| args.learn && path.exists());
		let loaded = checkpoint.or(args.policy.as_ref()).map(|path| Checkpoint::read(path)).transpose()?;
		Ok(Self {
			args,
			key,
			metrics: Arc::new(metrics),
			loaded,
			learning: None,
			attempts: Attempts::default(),
			height: 0,
			evaluated_at: 0,
		})
	}

	async fn run(&mut self) -> Outcome {
		tracing::info!(target: "mine", node = %self.args.node, address = %self.key.address(), "mining");
		let signal = tokio::select! {
			signal = shutdown() => signal?,
			failure = self.keep_working() => return Err(failure),
		};
		tracing::info!(target: "mine", signal, "ending");
		self.finish(signal).await?;
		Ok(ExitCode::SUCCESS)
	}

	/// Works for the node over one connection after the other. Gives only what no new connection would heal.
	async fn keep_working(&mut self) -> Failure {
		let mut pause = FIRST_PAUSE;
		let mut told: Option<(String, Instant)> = None;
		loop {
			let started = Instant::now();
			let error = match session::run(self).await {
				session::End::Failure(failure) => return failure,
				session::End::Disconnected(error) => error.to_string(),
			};
			if started.elapsed() > GOOD_CONNECTION {
				pause = FIRST_PAUSE;
			}
			let known = |(known, time): &(String, Instant)| *known == error && time.elapsed() < REMINDER;
			if !told.as_ref().is_some_and(known) {
				tracing::warn!(target: "mine", "{error}; trying again until the node is there");
				let remedy = "start the node; the worker keeps trying";
				self.metrics.record("idle", json!({ "reason": "disconnected", "message": error, "remedy": remedy }));
				told = Some((error, Instant::now()));
			}
			tokio::time::sleep(pause).await;
			pause = (pause * 2).min(LONGEST_PAUSE);
		}
	}

	/// Starts the learning thread for the oracle's environment; on a later connection checks that it still fits.
	fn learner(&mut self, oracle: &OracleEnvironment) -> Result<Learner, Failure> {
		if let Some(Learning { learner, environment, .. }) = &self.learning {
			if *environment != oracle.id {
				let message =
					format!("the chain's oracle is {} now, the worker plays {environment}: restart it", oracle.id);
				return Err(Failure::running("environment", message));
			}
			return Ok(learner.clone());
		}
		let id = oracle.id;
		let mind = self.mind(id)?;
		let sources = (self.args.learn && !self.args.random).then_some(match self.args.experience {
			ExperienceSource::Chain => Sources { simulation: false, chain: true },
			ExperienceSource::Simulate => Sources { simulation: true, chain: false },
			ExperienceSource::Both => Sources { simulation: true, chain: true },
		});
		let config = LearnerConfig {
			id,
			sources,
			updates_per_block: self.args.max_updates_per_block,
			episode_steps: oracle.steps_per_block.saturating_mul(oracle.episode_blocks),
			seed: self.args.seed,
		};
		let (learner, ended) = Learner::start(mind, config).map_err(|error| Failure::running("thread", error))?;
		self.learning = Some(Learning { learner: learner.clone(), ended, environment: id });
		Ok(learner)
	}

	fn mind(&mut self, id: EnvironmentId) -> Result<Mind, Failure> {
		if self.args.random {
			return Ok(Mind::Random(Box::new(ChaCha8Rng::seed_from_u64(self.args.seed))));
		}
		let device = device::pick(&self.args.device)?;
		let agent = match self.loaded.take() {
			Some(checkpoint) if checkpoint.environment != id => {
				let message = format!("the policy is for {}, the chain's oracle is {id}", checkpoint.environment);
				return Err(Failure::input("policy-file", message));
			}
			Some(checkpoint) => Dqn::from_checkpoint(checkpoint, device)?,
			None => {
				let config = DqnConfig { seed: self.args.seed, ..DqnConfig::starting_from(self.args.algorithm, id) };
				Dqn::new(id, config, device)?
			}
		};
		Ok(Mind::of(agent)?)
	}

	/// The last evaluation and the checkpoint.
	async fn finish(&mut self, signal: &str) -> Result<(), Failure> {
		let failed = |error: String| Failure::running("learner", error);
		if let Some(Learning { learner, .. }) = &self.learning {
			learner.halt().map_err(failed)?;
			if let Some(path) = self.args.checkpoint.clone().filter(|_| self.args.learn) {
				learner.save(path).await.map_err(failed)?;
			}
			let evaluation = learner.evaluate().await.map_err(failed)?;
			record_evaluation(&self.metrics, self.height, &evaluation);
		}
		self.metrics.record("stop", json!({ "reason": signal, "height": self.height }));
		Ok(())
	}
}

/// Writes the event `evaluation`.
fn record_evaluation(metrics: &Metrics, height: u32, evaluation: &Evaluation) {
	tracing::info!(
		target: "mine",
		height,
		updates = evaluation.updates,
		"greedy return {:.1} over {} episodes",
		evaluation.mean,
		learner::EVALUATION_EPISODES
	);
	metrics.record(
		"evaluation",
		json!({
			"height": height,
			"return": evaluation.mean,
			"updates": evaluation.updates,
			"steps": evaluation.steps,
			"remembered": evaluation.remembered,
			"from_chain": evaluation.from_chain,
			"epsilon": evaluation.epsilon,
			"policy_hash": evaluation.policy_hash,
		}),
	);
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[derive(Parser)]
	struct Cli {
		#[command(flatten)]
		mine: MineArgs,
	}

	fn parse(arguments: &[&str]) -> Result<MineArgs, clap::Error> {
		Cli::try_parse_from(std::iter::once("mine").chain(arguments.iter().copied())).map(|cli| cli.mine)
	}

	#[test]
	fn options_should_have_the_defaults_of_a_learning_worker() {
		let args = parse(&[]).expect("no option is needed");
		assert!(args.learn && !args.random);
		assert_eq!(args.experience, ExperienceSource::Both);
		assert!(!parse(&["--learn", "false"]).expect("a fixed policy").learn);
		assert!(parse(&["--learn"]).expect("learning").learn);
	}

	#[test]
	fn a_random_player_should_take_no_policy() {
		assert!(parse(&["--random"]).expect("chance").random);
		for other in [["--policy", "a"], ["--checkpoint", "a"], ["--learn", "false"]] {
			assert!(parse(&["--random", other[0], other[1]]).is_err(), "{other:?}");
		}
	}

	#[test]
	fn there_should_be_no_option_for_a_secret() {
		use clap::CommandFactory;
		let names: Vec<_> = Cli::command().get_arguments().filter_map(|a| a.get_long().map(str::to_string)).collect();
		assert!(!names.iter().any(|name| ["key", "suri", "phrase", "secret"].contains(&name.as_str())), "{names:?}");
	}

	#[test]
	fn a_fixed_policy_should_have_to_be_named() {
		let failure = Miner::new(parse(&["--learn", "false"]).expect("options")).err().expect("no policy");
		assert_eq!((failure.kind, failure.code), ("usage", 2));
		assert!(failure.message.contains("--policy"));
	}
}
