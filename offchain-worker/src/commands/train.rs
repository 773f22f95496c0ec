//! `train`: learns an environment without any chain.

use super::{rollout::parse_environment, switches::Switches, Failure, Outcome};
use crate::{
	agent::{
		evaluate::{evaluate_policy, evaluation_seeds, mean},
		simulation::Simulation,
		Algorithm, Dqn, DqnConfig,
	},
	checkpoint::Checkpoint,
	device,
	plot::{self, Curve},
};
use indicatif::{ProgressBar, ProgressStyle};
use praxis_environment::EnvironmentId;
use serde_json::{json, Value};
use std::{
	fs::File,
	io::{BufWriter, IsTerminal, Write},
	path::{Path, PathBuf},
	process::ExitCode,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::Instant,
};

const EXAMPLES: &str = "\
Examples:
  praxis-worker train --environment CartPole-v1 --until-return 475
  praxis-worker train --environment Pendulum-v1 --seed 3 --until-return -200 --out runs/pendulum --json
  praxis-worker train --environment CartPole-v1 --algorithm you --until-return 475
  praxis-worker train --environment CartPole-v1 --out runs/cart --steps 50000 --resume

In the folder:
  metrics.jsonl           a line per episode and evaluation
  curve.svg               the learning curve
  policy.safetensors      the best policy so far
  checkpoint.safetensors  what --resume continues from; the replay buffer fills again

Exit codes:
  0    done, or the return was reached
  2    the steps were spent before it was
  130  interrupted; the checkpoint is written";

/// Greedy episodes of an evaluation.
const EVALUATION_EPISODES: usize = 20;

/// The options of `train`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct TrainArgs {
	/// The environment: CartPole-v1, MountainCar-v0, Acrobot-v1, Pendulum-v1 or NoisyPendulum-v0.
	#[arg(long, value_parser = parse_environment)]
	environment: EnvironmentId,
	/// Makes a run on the CPU repeat exactly.
	#[arg(long, default_value_t = 0)]
	seed: u64,
	/// Stop when 20 greedy episodes average this return, and another 20 from other seeds confirm it.
	#[arg(long, allow_hyphen_values = true)]
	until_return: Option<f64>,
	/// Environment steps at most.
	#[arg(long, default_value_t = 200_000)]
	steps: u64,
	/// The folder for what the run leaves; runs/ENVIRONMENT-SEED if not given.
	#[arg(long)]
	out: Option<PathBuf>,
	/// Continue from a checkpoint: this file, or the folder's own.
	#[arg(long, num_args = 0..=1)]
	resume: Option<Option<PathBuf>>,
	/// Environment steps between two evaluations.
	#[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
	evaluate_every: u64,
	/// Where the settings start: the shipped ones, or the paper's plain procedure.
	#[arg(long, value_enum, default_value_t = Algorithm::Dqn)]
	algorithm: Algorithm,
	/// auto, cpu, cuda or cuda:N. A device that was named and is missing is an error.
	#[arg(long, default_value = "auto")]
	device: String,
	/// Plain lines instead of a progress bar, as without a terminal.
	#[arg(long)]
	plain: bool,
	/// Print the result as JSON.
	#[arg(long)]
	json: bool,
	#[command(flatten)]
	switches: Switches,
}

/// Where a run writes.
struct Files {
	metrics: PathBuf,
	curve: PathBuf,
	policy: PathBuf,
	checkpoint: PathBuf,
}

impl Files {
	fn new(folder: &Path) -> Self {
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
struct Found {
	mean: f64,
	/// The mean over other seeds, taken only where the first reached the goal.
	confirmed: Option<f64>,
}

struct Run {
	id: EnvironmentId,
	agent: Dqn,
	simulation: Simulation,
	files: Files,
	metrics: BufWriter<File>,
	curve: Curve,
	best: f64,
	episodes: u64,
	loss: Option<f32>,
	started: Instant,
	bar: Option<ProgressBar>,
}

/// Runs the command.
pub fn run(args: TrainArgs) -> Outcome {
	if args.until_return.is_some_and(|goal| !goal.is_finite()) {
		return Err(Failure::input("usage", "--until-return must be a finite number"));
	}
	let mut run = Run::new(&args)?;
	let stop = Arc::new(AtomicBool::new(false));
	let flag = stop.clone();
	ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).map_err(|e| Failure::running("signal", e))?;
	let mut found = run.evaluate(args.until_return)?;
	let mut reached = reaches(found, args.until_return);
	while !reached && run.agent.steps() < args.steps && !stop.load(Ordering::Relaxed) {
		run.step()?;
		if run.agent.steps().is_multiple_of(args.evaluate_every) || run.agent.steps() == args.steps {
			found = run.evaluate(args.until_return)?;
			reached = reaches(found, args.until_return);
		}
	}
	let interrupted = stop.load(Ordering::Relaxed);
	run.finish(&args, found, reached, interrupted)?;
	Ok(match (args.until_return, reached) {
		_ if interrupted => ExitCode::from(130),
		(Some(_), false) => ExitCode::from(2),
		_ => ExitCode::SUCCESS,
	})
}

fn reaches(found: Found, goal: Option<f64>) -> bool {
	goal.is_some_and(|goal| found.mean >= goal && found.confirmed.is_some_and(|confirmed| confirmed >= goal))
}

fn write_failed(error: std::io::Error) -> Failure {
	Failure::running("file", format!("metrics.jsonl: {error}"))
}

impl Run {
	fn new(args: &TrainArgs) -> Result<Self, Failure> {
		let id = args.environment;
		let default = || PathBuf::from("runs").join(format!("{id}-{}", args.seed));
		let folder = args.out.clone().unwrap_or_else(default);
		let files = Files::new(&folder);
		let resumed = match &args.resume {
			None => None,
			Some(file) => Some(Checkpoint::read(file.as_deref().unwrap_or(&files.checkpoint))?),
		};
		let config = match &resumed {
			None => args.switches.config(args.algorithm, id, args.seed),
			Some(checkpoint) => {
				let mut config = checkpoint.config.clone();
				args.switches.apply(&mut config);
				config
			}
		};
		config.validate()?;
		let device = device::pick(&args.device)?;
		let agent = match resumed {
			None => Dqn::new(id, config, device)?,
			Some(checkpoint) if checkpoint.environment != id => {
				let of = checkpoint.environment;
				return Err(Failure::input("policy-file", format!("the checkpoint is of {of}, not of {id}")));
			}
			Some(mut checkpoint) => {
				checkpoint.config = config;
				Dqn::from_checkpoint(checkpoint, device)?
			}
		};
		std::fs::create_dir_all(&folder).map_err(|e| Failure::running("file", format!("{}: {e}", folder.display())))?;
		let append = agent.steps() > 0;
		let metrics = File::options()
			.create(true)
			.write(true)
			.append(append)
			.truncate(!append)
			.open(&files.metrics)
			.map_err(write_failed)?;
		let bar = (!args.plain && std::io::stderr().is_terminal()).then(|| progress(args.steps));
		let title = format!("{id}, seed {}", agent.config().seed);
		// A resumed run begins elsewhere in the stream of episodes, each of which takes a step at least.
		let simulation = Simulation::new(id, agent.config().seed, agent.steps());
		let mut run = Self {
			id,
			simulation,
			files,
			metrics: BufWriter::new(metrics),
			curve: Curve { title, goal: args.until_return, ..Curve::default() },
			best: f64::NEG_INFINITY,
			episodes: 0,
			loss: None,
			started: Instant::now(),
			bar,
			agent,
		};
		let config: &DqnConfig = run.agent.config();
		let start = json!({
			"event": "start",
			"environment": id.name(),
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

	/// One step in the environment, and the learning that belongs to it.
	fn step(&mut self) -> Result<(), Failure> {
		let ended = self.simulation.step(&mut self.agent)?;
		let config = self.agent.config();
		let (every, times) = (config.train_every, config.gradient_steps);
		if self.agent.steps().is_multiple_of(every) {
			self.loss = self.agent.update_times(times)?.or(self.loss);
		}
		if let Some(episode) = ended {
			self.episodes += 1;
			let step = self.agent.steps();
			self.curve.episodes.push((step as f64, episode.score));
			self.record(&json!({
				"event": "episode",
				"step": step,
				"episode": self.episodes,
				"return": episode.score,
				"length": episode.steps,
				"terminated": episode.terminated,
				"epsilon": self.agent.epsilon(),
			}))?;
		}
		if let Some(bar) = &self.bar {
			// A redraw costs more than a step.
			if self.agent.steps().is_multiple_of(64) {
				bar.set_position(self.agent.steps());
			}
		}
		Ok(())
	}

	fn evaluate(&mut self, goal: Option<f64>) -> Result<Found, Failure> {
		let seeds = evaluation_seeds(2 * EVALUATION_EPISODES);
		let (first, second) = seeds.split_at(EVALUATION_EPISODES);
		let mut policy = self.agent.policy();
		let returns = evaluate_policy(&mut policy, self.id, first)?;
		let found = mean(&returns);
		let confirmed = match goal {
			Some(goal) if found >= goal => Some(mean(&evaluate_policy(&mut policy, self.id, second)?)),
			_ => None,
		};
		let step = self.agent.steps();
		self.curve.evaluations.push((step as f64, found));
		self.record(&json!({
			"event": "evaluation",
			"step": step,
			"updates": self.agent.updates(),
			"return": found,
			"returns": returns,
			"confirmed": confirmed,
			"loss": self.loss,
			"epsilon": self.agent.epsilon(),
			"seconds": self.started.elapsed().as_secs_f64(),
		}))?;
		self.metrics.flush().map_err(write_failed)?;
		if found > self.best || confirmed.is_some() {
			self.best = self.best.max(found);
			self.agent.save(&self.files.policy)?;
		}
		self.agent.save(&self.files.checkpoint)?;
		plot::write_svg(&self.files.curve, &self.curve).map_err(|e| Failure::running("file", e))?;
		self.tell(found);
		Ok(Found { mean: found, confirmed })
	}

	/// Says how it stands.
	fn tell(&self, found: f64) {
		let curve = self.sparkline(24);
		let loss = self.loss.map(|loss| format!(" loss {loss:.4}")).unwrap_or_default();
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

	fn finish(&mut self, args: &TrainArgs, found: Found, reached: bool, interrupted: bool) -> Result<(), Failure> {
		if let Some(bar) = &self.bar {
			bar.finish_and_clear();
		}
		// An interruption may come between two evaluations.
		self.agent.save(&self.files.checkpoint)?;
		let seconds = self.started.elapsed().as_secs_f64();
		let result = json!({
			"environment": self.id.name(),
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
		println!("{} {verdict}: greedy return {:.2} over {EVALUATION_EPISODES} episodes", self.id, found.mean);
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

fn progress(steps: u64) -> ProgressBar {
	let bar = ProgressBar::new(steps);
	let template = "{elapsed_precise} {bar:20} {pos}/{len} steps, {per_sec} {msg}";
	bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
	bar
}
