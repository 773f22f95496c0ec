//! A run of `train`: the agent, who plays, and the files that it leaves.

use super::{config, folder, resumed, TrainArgs};
use crate::{
	agent::{
		actors::{Actors, Crew},
		evaluate::{evaluate_policy, evaluation_seeds, mean},
		simulation::{Episode, Simulation},
		AgentError, Dqn, DqnConfig, World,
	},
	checkpoint::{Checkpoint, CheckpointError},
	commands::Failure,
	device,
	plot::{self, Curve},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use std::{
	fs::File,
	io::{BufWriter, IsTerminal, Write},
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

/// Greedy episodes of an evaluation.
const EVALUATION_EPISODES: usize = 20;
/// Greedy episodes from other seeds that confirm a return.
const CONFIRMATION_EPISODES: usize = 100;
/// The entry of [`Progress`] in a checkpoint.
const ENTRY: &str = "run";

/// Where a run writes.
pub(super) struct Files {
	metrics: PathBuf,
	curve: PathBuf,
	policy: PathBuf,
	pub(super) checkpoint: PathBuf,
}

impl Files {
	pub(super) fn new(folder: &Path) -> Self {
		Self {
			metrics: folder.join("metrics.jsonl"),
			curve: folder.join("curve.svg"),
			policy: folder.join("policy.safetensors"),
			checkpoint: folder.join("checkpoint.safetensors"),
		}
	}
}

/// What the last evaluation found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
	pub(super) mean: f64,
	/// The mean over other seeds, taken only where the first reached the goal.
	pub(super) confirmed: Option<f64>,
}

/// Who plays.
enum Player {
	/// The learner, a step at a time.
	Own(Box<Simulation>),
	/// Threads beside it.
	Crew(Actors),
}

impl Player {
	/// As it stood in a checkpoint, or a new one.
	fn new(args: &TrainArgs, agent: &Dqn, checkpoint: Option<&Checkpoint>) -> Result<Self, AgentError> {
		let (world, seed) = (agent.environment(), agent.config().seed);
		if args.actors == 0 {
			let resumed =
				checkpoint.map(|checkpoint| Simulation::resume(checkpoint, world, seed)).transpose()?.flatten();
			// A run that continues without its state begins elsewhere in the stream of episodes, each of which takes a
			// step at least.
			let fresh = || Simulation::new(world, seed, agent.steps());
			return Ok(Self::Own(Box::new(resumed.map_or_else(fresh, Ok)?)));
		}
		let crew = Crew { actors: args.actors, environments: args.environments as usize, round: args.round };
		let resumed = checkpoint.map(|checkpoint| Actors::resume(checkpoint, agent, crew)).transpose()?.flatten();
		Ok(Self::Crew(resumed.map_or_else(|| Actors::new(agent, crew), Ok)?))
	}

	fn save(&self, checkpoint: &mut Checkpoint) -> Result<(), CheckpointError> {
		match self {
			Self::Own(simulation) => simulation.save(checkpoint),
			Self::Crew(actors) => actors.save(checkpoint),
		}
	}
}

/// How far a run is, for its checkpoint.
#[derive(Debug, Serialize, Deserialize)]
struct Progress {
	episodes: u64,
	/// The bits of the best and of the last mean return: decimals would round them.
	best: u64,
	last: u64,
}

pub(super) struct Run {
	world: World,
	pub(super) agent: Dqn,
	player: Player,
	files: Files,
	metrics: BufWriter<File>,
	curve: Curve,
	best: f64,
	pub(super) found: Option<Found>,
	episodes: u64,
	learned: bool,
	started: Instant,
	/// Time that went into evaluations and files, not into learning.
	aside: Duration,
	saved: Option<Instant>,
	bar: Option<ProgressBar>,
}

fn write_failed(error: std::io::Error) -> Failure {
	Failure::running("file", format!("metrics.jsonl: {error}"))
}
impl Run {
	pub(super) fn new(args: &TrainArgs) -> Result<Self, Failure> {
		let world = args.environment;
		let folder = folder(args);
		let files = Files::new(&folder);
		let mut resumed = resumed(args, &files)?;
		let config = config(args, resumed.as_ref())?;
		let device = device::pick(&args.device)?;
		let agent = match resumed {
			None => Dqn::new(world, config, device)?,
			Some(checkpoint) if checkpoint.environment != world => {
				let of = checkpoint.environment;
				return Err(Failure::input("policy-file", format!("the checkpoint is of {of}, not of {world}")));
			}
			Some(ref mut checkpoint) => {
				checkpoint.config = config;
				Dqn::from_checkpoint(checkpoint.clone(), device)?
			}
		};
		let player = Player::new(args, &agent, resumed.as_ref())?;
		if args.save_replay && !agent.replay_fits() {
			eprintln!(
				"note: a buffer of {} does not fit into checkpoints: a resumed run will fill it again",
				agent.config().buffer
			);
		}
		std::fs::create_dir_all(&folder).map_err(|e| Failure::running("file", format!("{}: {e}", folder.display())))?;
		let mut curve = Curve {
			title: format!("{world}, seed {}", agent.config().seed),
			goal: args.until_return,
			..Curve::default()
		};
		let kept = if agent.steps() > 0 { history(&files.metrics, agent.steps(), &mut curve) } else { String::new() };
		std::fs::write(&files.metrics, kept).map_err(write_failed)?;
		let metrics = File::options().append(true).open(&files.metrics).map_err(write_failed)?;
		let bar = (!args.plain && std::io::stderr().is_terminal()).then(|| progress(args.steps));
		let progress = match &resumed {
			Some(checkpoint) => checkpoint.get::<Progress>(ENTRY)?,
			None => None,
		};
		let found = progress.as_ref().map(|progress| Found { mean: f64::from_bits(progress.last), confirmed: None });
		let mut run = Self {
			world,
			player,
			files,
			metrics: BufWriter::new(metrics),
			curve,
			best: progress.as_ref().map_or(f64::NEG_INFINITY, |progress| f64::from_bits(progress.best)),
			found,
			episodes: progress.map_or(0, |progress| progress.episodes),
			learned: false,
			started: Instant::now(),
			aside: Duration::ZERO,
			saved: None,
			bar,
			agent,
		};
		let config: &DqnConfig = run.agent.config();
		let start = json!({
			"event": "start",
			"environment": world.to_string(),
			"device": device::describe(device),
			"step": run.agent.steps(),
			"config": config,
		});
		run.record(&start)?;
		Ok(run)
	}

	fn record(&mut self, value: &Value) -> Result<(), Failure> {
		writeln!(self.metrics, "{value}").map_err(write_failed)
	}

	/// A step in the environment, or a round of the actors, and the learning that belongs to it.
	pub(super) fn advance(&mut self) -> Result<(), Failure> {
		match &mut self.player {
			Player::Own(simulation) => {
				let ended = simulation.step(&mut self.agent)?;
				let config = self.agent.config();
				let (every, times) = (config.train_every, config.gradient_steps);
				if self.agent.steps().is_multiple_of(every) && self.agent.learn(times)? {
					self.agent.refresh()?;
					self.learned = true;
				}
				if let Some(episode) = ended {
					self.record_episode(self.agent.steps(), episode)?;
				}
			}
			Player::Crew(actors) => {
				let (episodes, learned) = actors.round(&mut self.agent)?;
				self.learned |= learned;
				for (step, episode) in episodes {
					self.record_episode(step, episode)?;
				}
			}
		}
		if let Some(bar) = &self.bar {
			// A redraw costs more than a step.
			if self.agent.steps().is_multiple_of(64) {
				bar.set_position(self.agent.steps());
			}
		}
		Ok(())
	}

	fn record_episode(&mut self, step: u64, episode: Episode) -> Result<(), Failure> {
		self.episodes += 1;
		self.curve.episodes.push((step as f64, episode.score));
		self.record(&json!({
			"event": "episode",
			"step": step,
			"episode": self.episodes,
			"return": episode.score,
			"length": episode.steps,
			"terminated": episode.terminated,
			"epsilon": self.agent.epsilon(),
		}))
	}

	/// Seconds of learning: without evaluations and files.
	fn learning_seconds(&self) -> f64 {
		self.started.elapsed().saturating_sub(self.aside).as_secs_f64()
	}

	pub(super) fn evaluate(&mut self, args: &TrainArgs) -> Result<(), Failure> {
		let seconds = self.learning_seconds();
		let begun = Instant::now();
		self.agent.refresh()?;
		let seeds = evaluation_seeds(EVALUATION_EPISODES + CONFIRMATION_EPISODES);
		let (first, second) = seeds.split_at(EVALUATION_EPISODES);
		let mut policy = self.agent.policy();
		let returns = evaluate_policy(&mut policy, self.world, first)?;
		let found = mean(&returns);
		let confirmed = match args.until_return {
			Some(goal) if found >= goal => Some(mean(&evaluate_policy(&mut policy, self.world, second)?)),
			_ => None,
		};
		let step = self.agent.steps();
		self.curve.evaluations.push((step as f64, found));
		let loss = if self.learned { Some(self.agent.loss()?) } else { None };
		self.record(&json!({
			"event": "evaluation",
			"step": step,
			"updates": self.agent.updates(),
			"return": found,
			"returns": returns,
			"confirmed": confirmed,
			"loss": loss,
			"epsilon": self.agent.epsilon(),
			"seconds": self.started.elapsed().as_secs_f64(),
			"learning_seconds": seconds,
		}))?;
		if found > self.best || confirmed.is_some() {
			self.best = self.best.max(found);
			self.agent.save(&self.files.policy)?;
		}
		self.found = Some(Found { mean: found, confirmed });
		if self.saved.is_none_or(|saved| saved.elapsed().as_secs_f64() >= args.checkpoint_seconds) {
			self.save(args)?;
		}
		self.tell(found, loss);
		self.aside += begun.elapsed();
		Ok(())
	}

	/// Writes the checkpoint, and what people look at.
	fn save(&mut self, args: &TrainArgs) -> Result<(), Failure> {
		let mut checkpoint = if args.save_replay && self.agent.replay_fits() {
			let mut checkpoint = self.agent.snapshot()?;
			self.player.save(&mut checkpoint)?;
			checkpoint
		} else {
			self.agent.refresh()?;
			self.agent.checkpoint()?
		};
		if let Some(found) = self.found {
			let (best, last) = (self.best.to_bits(), found.mean.to_bits());
			checkpoint.put(ENTRY, &Progress { episodes: self.episodes, best, last })?;
		}
		// First, so that what is resumed from has no steps that the metrics lack.
		self.metrics.flush().map_err(write_failed)?;
		checkpoint.write(&self.files.checkpoint)?;
		plot::write_svg(&self.files.curve, &self.curve).map_err(|e| Failure::running("file", e))?;
		self.saved = Some(Instant::now());
		Ok(())
	}

	/// Says how it stands.
	fn tell(&self, found: f64, loss: Option<f32>) {
		let curve = self.sparkline(24);
		let loss = loss.map(|loss| format!(" loss {loss:.4}")).unwrap_or_default();
		let line =
			format!("return {found:.1} (best {:.1}) epsilon {:.2}{loss} {curve}", self.best, self.agent.epsilon());
		match &self.bar {
			Some(bar) => {
				bar.set_position(self.agent.steps());
				bar.set_message(line);
			}
			None => eprintln!("step {} {line}", self.agent.steps()),
		}
	}

	fn sparkline(&self, width: usize) -> String {
		let means: Vec<f64> = self.curve.evaluations.iter().map(|(_, mean)| *mean).collect();
		plot::sparkline(&means, width)
	}

	pub(super) fn finish(&mut self, args: &TrainArgs, reached: bool, interrupted: bool) -> Result<(), Failure> {
		if let Some(bar) = &self.bar {
			bar.finish_and_clear();
		}
		let (seconds, learning_seconds) = (self.started.elapsed().as_secs_f64(), self.learning_seconds());
		// An interruption may come between two evaluations.
		self.save(args)?;
		let found = self.found.unwrap_or(Found { mean: f64::NAN, confirmed: None });
		let result = json!({
			"environment": self.world.to_string(),
			"algorithm": args.algorithm,
			"seed": self.agent.config().seed,
			"reached": args.until_return.map(|_| reached),
			"interrupted": interrupted,
			"until_return": args.until_return,
			"return": found.mean,
			"confirmed": found.confirmed,
			"best": self.best,
			"steps": self.agent.steps(),
			"updates": self.agent.updates(),
			"episodes": self.episodes,
			"seconds": seconds,
			"learning_seconds": learning_seconds,
			"policy_hash": format!("0x{}", hex::encode(self.agent.policy_hash())),
			"metrics": self.files.metrics,
			"curve": self.files.curve,
			"policy": self.files.policy,
			"checkpoint": self.files.checkpoint,
		});
		let mut end = result.clone();
		end["event"] = json!("end");
		self.record(&end)?;
		self.metrics.flush().map_err(write_failed)?;
		if args.json {
			println!("{result}");
			return Ok(());
		}
		let verdict = match args.until_return {
			_ if interrupted => "interrupted".into(),
			Some(goal) if reached => format!("reached {goal}"),
			Some(goal) => format!("did not reach {goal}"),
			None => "done".into(),
		};
		println!("{} {verdict}: greedy return {:.2} over {EVALUATION_EPISODES} episodes", self.world, found.mean);
		println!(
			"{} steps, {} updates, {} episodes, {seconds:.1} s",
			self.agent.steps(),
			self.agent.updates(),
			self.episodes
		);
		println!("curve   {}", self.sparkline(60));
		for (name, path) in [
			("picture", &self.files.curve),
			("metrics", &self.files.metrics),
			("policy", &self.files.policy),
			("resume", &self.files.checkpoint),
		] {
			println!("{name:<7} {}", path.display());
		}
		Ok(())
	}
}

/// The metrics of a run up to a step, and their curve: what came after the checkpoint happens again.
fn history(path: &Path, step: u64, curve: &mut Curve) -> String {
	let text = std::fs::read_to_string(path).unwrap_or_default();
	let mut kept = String::new();
	for line in text.lines() {
		let Ok(value) = serde_json::from_str::<Value>(line) else { continue };
		if value["step"].as_u64().is_none_or(|at| at > step) {
			continue;
		}
		let point = (value["step"].as_f64().unwrap_or_default(), value["return"].as_f64().unwrap_or_default());
		match value["event"].as_str() {
			Some("episode") => curve.episodes.push(point),
			Some("evaluation") => curve.evaluations.push(point),
			_ => {}
		}
		kept += line;
		kept.push('\n');
	}
	kept
}

fn progress(steps: u64) -> ProgressBar {
	let bar = ProgressBar::new(steps);
	let template = "{elapsed_precise} {bar:20} {pos}/{len} steps, {per_sec} {msg}";
	bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
	bar
}
