//! What lives as long as the command: the key, the agent, the state that is served, and one connection after another.

use super::{
	follower::{Follower, Recorder},
	session, ExperienceSource, Failure, Learner, LearnerConfig, Metrics, Mind, MineArgs, Outcome, Sources, FIRST_PAUSE,
	GOOD_CONNECTION, LONGEST_PAUSE, REMINDER,
};
use crate::{
	agent::{AgentError, Dqn, DqnConfig},
	chain::{experience::Reader, keys::AuthorKey, submitter::Attempts, types::OracleEnvironment},
	checkpoint::Checkpoint,
	commands::store::{serve_beside, usual_folder},
	device,
	monitor::{self, server, Monitor, Reason, State},
	service,
	signals::{Shutdown, Signal},
	store::Store,
};
use jsonrpsee::server::ServerHandle;
use praxis_environment::EnvironmentId;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use sp_core::H256;
use std::{
	net::SocketAddr,
	process::ExitCode,
	sync::Arc,
	time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// How long the last evaluation may take. The checkpoint is written before it.
const LAST_EVALUATION: Duration = Duration::from_secs(3);

/// What lives as long as the command.
pub struct Miner {
	pub(super) args: MineArgs,
	pub(super) key: AuthorKey,
	pub(super) metrics: Arc<Metrics>,
	pub(super) monitor: Arc<Monitor>,
	pub(super) recorder: Recorder,
	/// Where the control API listens.
	pub(super) control: Option<SocketAddr>,
	/// The control API and the gateway.
	servers: Vec<ServerHandle>,
	/// The agent that was loaded, until the oracle's environment is known.
	loaded: Option<Checkpoint>,
	pub(super) learning: Option<Learning>,
	pub(super) attempts: Attempts,
	pub(super) reader: Reader,
	pub(super) follower: Follower,
	/// The chain that it works for, once that is known.
	pub(super) genesis: Option<H256>,
	/// Height of the best block that was seen last.
	pub(super) height: u32,
	pub(super) evaluated_at: u32,
}

/// The learning thread and what it was started for.
pub struct Learning {
	learner: Learner,
	pub(super) ended: oneshot::Receiver<Result<(), AgentError>>,
	environment: EnvironmentId,
}

/// Reads the agent to start from: the checkpoint where there is one, since it is what became of the policy.
pub(super) fn load(args: &MineArgs) -> Result<(Option<Checkpoint>, Option<String>), Failure> {
	if let Some(path) = args.checkpoint.as_ref().filter(|path| args.learn && path.exists()) {
		let (checkpoint, warning) = Checkpoint::read_or_previous(path)?;
		return Ok((Some(checkpoint), warning));
	}
	Ok((args.policy.as_ref().map(|path| Checkpoint::read(path)).transpose()?, None))
}

impl Miner {
	/// Prepares everything that needs no node. `listed`: somebody asked for this very control address.
	pub fn new(args: MineArgs, listed: bool) -> Result<Self, Failure> {
		let key = AuthorKey::load(args.key_file.as_deref())?;
		let metrics = Metrics::open(args.metrics.as_deref(), args.json)
			.map_err(|error| Failure::input("metrics", format!("--metrics: {error}")))?;
		let (loaded, warning) = load(&args)?;
		if let Some(warning) = warning {
			tracing::warn!(target: "mine", "{warning}");
			metrics.record("warning", json!({ "reason": "checkpoint", "message": warning }));
		}
		let metrics = Arc::new(metrics);
		let monitor = Arc::new(Monitor::new(&args.node, &key.address(), args.limits));
		let checkpoint = args.checkpoint.clone().filter(|_| args.learn && !args.random);
		monitor.update(|status| {
			status.learning.enabled = args.learn && !args.random;
			status.checkpoint = checkpoint.clone().map(|path| {
				let written = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
				let time = written.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
				monitor::Checkpoint { path, time: time.map(|time| time.as_millis() as u64), age: None }
			});
		});
		let (control, server) = server::open(args.control, args.control_remote, listed, &monitor)?.unzip();
		let mut servers: Vec<ServerHandle> = server.into_iter().collect();
		if let Some(address) = args.gateway {
			let store = Store::open(&args.store.clone().map_or_else(usual_folder, Ok)?)?;
			let (address, server) = serve_beside(address, args.gateway_remote, store)?;
			tracing::info!(target: "mine", "serving the models at http://{address}/ipfs/");
			servers.push(server);
		}
		let recorder = Recorder { metrics: metrics.clone(), monitor: monitor.clone() };
		let follower = Follower::new(recorder.clone(), key.account(), checkpoint.as_deref(), args.evaluate_every);
		Ok(Self {
			genesis: args.genesis,
			args,
			key,
			metrics,
			monitor,
			recorder,
			control,
			servers,
			loaded,
			learning: None,
			attempts: Attempts::default(),
			reader: Reader::default(),
			follower,
			height: 0,
			evaluated_at: 0,
		})
	}

	/// Works until it is asked to end.
	pub async fn run(mut self, mut shutdown: Shutdown) -> Outcome {
		tracing::info!(target: "mine", node = %self.args.node, address = %self.key.address(), "mining");
		service::ready();
		let sampler = self.monitor.clone();
		let sampling = tokio::spawn(async move {
			let mut ticks = tokio::time::interval(Duration::from_secs(1));
			loop {
				ticks.tick().await;
				sampler.sample();
			}
		});
		let signal = tokio::select! {
			signal = shutdown.wait() => signal,
			failure = self.keep_working() => return Err(failure),
		};
		tracing::info!(target: "mine", signal = signal.name(), "ending");
		self.monitor.enter(State::Stopping, None);
		self.finish(signal).await?;
		sampling.abort();
		for server in &self.servers {
			// It has been stopped already only where it failed.
			let _ = server.stop();
		}
		Ok(ExitCode::SUCCESS)
	}

	/// Works for the node over one connection after the other. Gives only what no new connection would heal.
	async fn keep_working(&mut self) -> Failure {
		let mut pause = FIRST_PAUSE;
		let mut told: Option<(String, Instant)> = None;
		let connecting = Reason {
			code: "connecting".into(),
			message: format!("connecting to {}", self.args.node),
			remedy: "wait".into(),
		};
		self.monitor.enter(State::Connecting, Some(connecting));
		loop {
			let started = Instant::now();
			let error = match session::run(self).await {
				session::End::Failure(failure) => return failure,
				session::End::Disconnected(error) => error,
			};
			if started.elapsed() > GOOD_CONNECTION {
				pause = FIRST_PAUSE;
			}
			let ((code, remedy), error) = (error.advice(), error.to_string());
			let reason = Reason { code: code.into(), message: error.clone(), remedy: remedy.into() };
			self.monitor.enter(State::Connecting, Some(reason));
			let known = |(known, time): &(String, Instant)| *known == error && time.elapsed() < REMINDER;
			if !told.as_ref().is_some_and(known) {
				tracing::warn!(target: "mine", reason = code, "{error}; trying again until the node is there");
				self.metrics.record("idle", json!({ "reason": code, "message": error, "remedy": remedy }));
				told = Some((error, Instant::now()));
			}
			tokio::time::sleep(pause).await;
			pause = (pause * 2).min(LONGEST_PAUSE);
		}
	}

	/// Starts the learning thread for the oracle's environment; on a later connection checks that it still fits.
	pub(super) fn learner(&mut self, oracle: &OracleEnvironment) -> Result<Learner, Failure> {
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
			seed: self.args.seed(&self.key.account()),
			progress: self.monitor.progress.clone(),
		};
		let (learner, ended) = Learner::start(mind, config).map_err(|error| Failure::running("thread", error))?;
		self.learning = Some(Learning { learner: learner.clone(), ended, environment: id });
		Ok(learner)
	}

	fn mind(&mut self, id: EnvironmentId) -> Result<Mind, Failure> {
		let seed = self.args.seed(&self.key.account());
		if self.args.random {
			return Ok(Mind::Random(Box::new(ChaCha8Rng::seed_from_u64(seed))));
		}
		let device = device::pick(&self.args.device)?;
		self.monitor.update(|status| status.learning.device = Some(device::describe(device)));
		let agent = match self.loaded.take() {
			Some(checkpoint) if checkpoint.environment != id => {
				let message = format!("the policy is for {}, the chain's oracle is {id}", checkpoint.environment);
				return Err(Failure::input("policy-file", message));
			}
			Some(checkpoint) => Dqn::from_checkpoint(checkpoint, device)?,
			None => {
				let config = DqnConfig { seed, ..DqnConfig::starting_from(self.args.algorithm, id) };
				Dqn::new(id, config, device)?
			}
		};
		self.monitor.begin(agent.steps(), agent.updates());
		Ok(Mind::of(agent)?)
	}

	/// The checkpoint and the last evaluation.
	async fn finish(&mut self, signal: Signal) -> Result<(), Failure> {
		let failed = |error: String| Failure::running("learner", error);
		if let Some(Learning { learner, .. }) = &self.learning {
			learner.halt().map_err(failed)?;
			if let Some(path) = self.args.checkpoint.clone().filter(|_| self.args.learn) {
				self.recorder.save(learner, path).await.map_err(failed)?;
			}
			// A slow machine gives it up; the policy is safe.
			if let Ok(evaluation) = tokio::time::timeout(LAST_EVALUATION, learner.evaluate()).await {
				self.recorder.evaluation(self.height, &evaluation.map_err(failed)?);
			}
		}
		self.metrics.record("stop", json!({ "reason": signal.name(), "height": self.height }));
		Ok(())
	}
}
