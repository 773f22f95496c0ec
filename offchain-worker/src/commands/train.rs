//! `train`: learns an environment without any chain.

mod run;

use super::{rollout::parse_world, switches::Switches, Failure, Outcome};
use crate::{
	agent::{Algorithm, DqnConfig, World},
	checkpoint::Checkpoint,
	doctor,
	settings::Settings,
	signals::{self, Signal},
};
use run::{Files, Found, Run};
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};

const EXAMPLES: &str = "\
Examples:
  praxis-worker train --environment CartPole-v1 --until-return 475
  praxis-worker train --environment Pendulum-v1 --seed 3 --until-return -200 --out runs/pendulum --json
  praxis-worker train --environment CartPole-v1 --algorithm you --until-return 475
  praxis-worker train --environment CartPole-v1 --out runs/cart --steps 50000 --resume
  praxis-worker train --environment CartPole-v1 --actors 1 --environments 8 --until-return 475

In the folder:
  metrics.jsonl           a line per episode and evaluation
  curve.svg               the learning curve
  policy.safetensors      the best policy so far
  checkpoint.safetensors  what --resume continues from: a run that was stopped goes on as one that never was, to the bit

SIGTERM and Ctrl-C write the checkpoint and end; a second one ends at once.

Exit codes:
  0    done, or the return was reached; or SIGTERM came
  1    --dry-run: something failed
  2    the steps were spent before it was
  130  interrupted by Ctrl-C";

/// The options of `train`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct TrainArgs {
	/// The environment: CartPole-v1, MountainCar-v0, Acrobot-v1, Pendulum-v1, NoisyPendulum-v0, TargetLocalization-v0,
	/// MazeCleaning-v0 or FleetCoordination-v0, the last three also with parameters: MazeCleaning-v0(5x5,1).
	#[arg(long, value_parser = parse_world)]
	environment: World,
	/// Makes a run on the CPU repeat exactly.
	#[arg(long, default_value_t = 0)]
	seed: u64,
	/// Stop when 20 greedy episodes average this return, and 100 from other seeds confirm it.
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
	/// Threads that play while the learner learns; 0 lets the learner play, a step at a time. A run repeats exactly
	/// with any number, but different numbers are different runs.
	#[arg(long, default_value_t = 0)]
	actors: usize,
	/// Environments of each actor.
	#[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=4096))]
	environments: u64,
	/// Steps of each environment between two meetings of actors and learner.
	#[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=4096))]
	round: u32,
	/// Seconds between two checkpoints at least; there is always one at the end.
	#[arg(long, default_value_t = 10.0)]
	checkpoint_seconds: f64,
	/// Keep the replay buffer in checkpoints. Without it a resumed run fills it again and is another run.
	#[arg(long, num_args = 0..=1, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
	save_replay: bool,
	/// Where the settings start: the shipped ones, or the paper's plain procedure.
	#[arg(long, value_enum, default_value_t = Algorithm::Dqn)]
	algorithm: Algorithm,
	/// auto, cpu, cuda or cuda:N. A device that was named and is missing is an error.
	#[arg(long, default_value = "auto")]
	device: String,
	/// Plain lines instead of a progress bar, as without a terminal.
	#[arg(long)]
	plain: bool,
	/// Check the settings, the device and the folder, say what would be done, and start nothing.
	#[arg(long)]
	dry_run: bool,
	/// Print the result as JSON.
	#[arg(long)]
	json: bool,
	#[command(flatten)]
	switches: Switches,
}
/// Runs the command.
pub fn run(args: TrainArgs, settings: Option<&Settings>) -> Outcome {
	if args.until_return.is_some_and(|goal| !goal.is_finite()) {
		return Err(Failure::input("usage", "--until-return must be a finite number"));
	}
	if args.dry_run {
		return dry_run(&args, settings);
	}
	let shutdown = signals::listen().map_err(|error| Failure::running("signal", error))?;
	let mut run = Run::new(&args)?;
	if run.found.is_none() {
		run.evaluate(&args)?;
	}
	let reached = |run: &Run| run.found.is_some_and(|found| reaches(found, args.until_return));
	while !reached(&run) && run.agent.steps() < args.steps && shutdown.requested().is_none() {
		let before = run.agent.steps() / args.evaluate_every;
		run.advance()?;
		if run.agent.steps() / args.evaluate_every > before || run.agent.steps() >= args.steps {
			run.evaluate(&args)?;
		}
	}
	let signal = shutdown.requested();
	let reached = reached(&run);
	run.finish(&args, reached, signal.is_some())?;
	Ok(match (args.until_return, reached) {
		_ if signal == Some(Signal::Terminate) => ExitCode::SUCCESS,
		_ if signal.is_some() => ExitCode::from(130),
		(Some(_), false) => ExitCode::from(2),
		_ => ExitCode::SUCCESS,
	})
}

/// Where a run writes unless told otherwise.
fn folder(args: &TrainArgs) -> PathBuf {
	args.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(format!("{}-{}", args.environment, args.seed)))
}

/// The checkpoint to continue from, if one was asked for.
fn resumed(args: &TrainArgs, files: &Files) -> Result<Option<Checkpoint>, Failure> {
	let Some(file) = &args.resume else { return Ok(None) };
	let (checkpoint, warning) = Checkpoint::read_or_previous(file.as_deref().unwrap_or(&files.checkpoint))?;
	warning.inspect(|warning| eprintln!("warning: {warning}"));
	Ok(Some(checkpoint))
}

/// The settings of the agent.
fn config(args: &TrainArgs, resumed: Option<&Checkpoint>) -> Result<DqnConfig, Failure> {
	let config = match resumed {
		None => args.switches.config(args.algorithm, args.environment, args.seed),
		Some(checkpoint) => {
			let mut config = checkpoint.config.clone();
			args.switches.apply(&mut config);
			config
		}
	};
	config.validate()?;
	Ok(config)
}

/// Looks at everything and starts nothing.
fn dry_run(args: &TrainArgs, settings: Option<&Settings>) -> Outcome {
	let folder = folder(args);
	let files = Files::new(&folder);
	let resumed = resumed(args, &files)?;
	let config = config(args, resumed.as_ref())?;
	let checks = doctor::examine_host(&args.device, &files.checkpoint);
	let from = resumed.as_ref().map_or(0, |checkpoint| checkpoint.steps);
	let plan = format!(
		"train {} from step {from} to {}{} into {}",
		args.environment,
		args.steps,
		args.until_return.map(|goal| format!(" or a return of {goal}")).unwrap_or_default(),
		folder.display()
	);
	if args.json {
		let configuration = settings.map(Settings::json);
		let answer = json!({
			"dry_run": true, "would": [plan], "configuration": configuration, "agent": config, "checks": checks,
		});
		println!("{answer}");
	} else {
		settings.inspect(|settings| settings.print());
		println!("\nIt would {plan}\n");
		doctor::print(&checks);
	}
	Ok(doctor::exit_code(&checks))
}

fn reaches(found: Found, goal: Option<f64>) -> bool {
	goal.is_some_and(|goal| found.mean >= goal && found.confirmed.is_some_and(|confirmed| confirmed >= goal))
}
