//! The commands, and what they share: how they fail and how they say so.

mod client;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod evaluate;
mod help;
mod metrics;
pub mod mine;
pub mod model;
pub mod quantise;
pub mod rollout;
pub mod status;
pub mod store;
pub mod student;
pub mod switches;
pub mod task;
pub mod teach;
pub mod train;
pub mod trainer;
pub mod work;
pub mod worker;

pub use client::remedy;

use crate::{
	agent::AgentError,
	checkpoint::CheckpointError,
	device::DeviceError,
	settings::{Process, Settings},
};
use clap::{error::ErrorKind, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::{ffi::OsString, path::PathBuf, process::ExitCode};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed while running; `doctor`: something failed; `status`: unhealthy
  2  wrong input; `train`: its steps were spent below --until-return; `status`: no worker answers

Every command takes --json: results on the standard output as JSON, errors too.
Progress goes to the standard error.";

/// The off-chain worker of Praxis.
#[derive(Debug, Parser)]
#[command(name = "praxis-worker", version, about, after_help = EXIT_CODES)]
struct Cli {
	/// Read this configuration file; otherwise PRAXIS_CONFIG or the usual places, see `config print --help`.
	#[arg(long, global = true, value_name = "FILE")]
	config: Option<PathBuf>,
	#[command(subcommand)]
	command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Train an agent in an environment, without any chain.
	Train(Box<train::TrainArgs>),
	/// Take given actions from a given state and print what follows.
	Rollout(rollout::RolloutArgs),
	/// Judge a policy exactly as the chain does.
	Evaluate(evaluate::EvaluateArgs),
	/// Make of a checkpoint the policy that the chain can judge.
	Quantise(quantise::QuantiseArgs),
	/// Mine: take work from a node, submit signed transitions, learn between blocks.
	Mine(Box<mine::MineArgs>),
	/// Work for the task market: apply, train, commit, reveal, be paid.
	Work(Box<work::WorkArgs>),
	/// Have a classifier taught by others, for pay.
	Student(student::StudentArgs),
	/// Teach other people's classifiers, for pay.
	Teach(teach::TeachArgs),
	/// Train other people's classifiers as a neutral third, for pay.
	Trainer(trainer::TrainerArgs),
	/// Post tasks, follow them, take them back.
	Task(task::TaskArgs),
	/// Register a worker of the task market, and see how it stands.
	Worker(worker::WorkerArgs),
	/// Models: find, fetch, share, sell and buy them.
	Model(model::ModelArgs),
	/// Ask a running worker how it does.
	Status(status::StatusArgs),
	/// Say what keeps the worker from mining, and what to do about it.
	Doctor(doctor::DoctorArgs),
	/// Keep, serve and exchange models as content-addressed files.
	Store(store::StoreArgs),
	/// Show the configuration.
	Config(config::ConfigArgs),
	/// Print completions for a shell.
	Completions(completions::CompletionsArgs),
}

/// The command line, for those who look into it.
pub fn command_line() -> clap::Command {
	let mut command = help::flowing(Cli::command());
	command.build();
	command
}

/// Why a command ended early, and with which exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
	/// A stable word for programs.
	pub kind: &'static str,
	/// What went wrong, for people.
	pub message: String,
	/// The exit code.
	pub code: u8,
	/// What to do about it, where that is known.
	pub remedy: Option<String>,
}

impl Failure {
	/// The input was wrong: exit code 2.
	pub fn input(kind: &'static str, message: impl ToString) -> Self {
		Self { kind, message: message.to_string(), code: 2, remedy: None }
	}

	/// Something failed on the way: exit code 1.
	pub fn running(kind: &'static str, message: impl ToString) -> Self {
		Self { kind, message: message.to_string(), code: 1, remedy: None }
	}
}

impl Failure {
	/// The same with what to do about it.
	#[must_use]
	pub fn remedy(mut self, remedy: impl ToString) -> Self {
		self.remedy = Some(remedy.to_string());
		self
	}
}

impl From<AgentError> for Failure {
	fn from(error: AgentError) -> Self {
		match error {
			AgentError::Config { .. } => Self::input("settings", error),
			AgentError::Device(error) => error.into(),
			AgentError::Checkpoint(error) => error.into(),
			AgentError::Torch(_) => Self::running("libtorch", error),
			AgentError::Observation { .. } | AgentError::Environment(_) => Self::running("environment", error),
		}
	}
}

impl From<DeviceError> for Failure {
	fn from(error: DeviceError) -> Self {
		match error {
			DeviceError::Broken { .. } => Self::running("device", error),
			_ => Self::input("device", error),
		}
	}
}

impl From<CheckpointError> for Failure {
	fn from(error: CheckpointError) -> Self {
		match error {
			CheckpointError::Io { .. } => Self::running("file", error),
			_ => Self::input("policy-file", error),
		}
	}
}

/// What a command comes to.
pub type Outcome = Result<ExitCode, Failure>;

/// Reads the command line and runs it.
pub fn main() -> ExitCode {
	let argv: Vec<OsString> = std::env::args_os().collect();
	// Known before the line is parsed, since parsing may be what fails.
	let json = argv.iter().any(|argument| argument == "--json");
	run(&argv, json).unwrap_or_else(|failure| {
		if json {
			let mut error = serde_json::json!({ "kind": failure.kind, "message": failure.message.trim() });
			if let Some(remedy) = &failure.remedy {
				error["remedy"] = remedy.as_str().into();
			}
			println!("{}", serde_json::json!({ "error": error }));
		} else {
			eprintln!("error: {failure}");
			if let Some(remedy) = &failure.remedy {
				eprintln!("       {remedy}");
			}
		}
		ExitCode::from(failure.code)
	})
}

fn run(argv: &[OsString], json: bool) -> Outcome {
	let settings = Settings::of_line(&command_line(), argv, &Process)?;
	let completed = settings.as_ref().map(|settings| settings.complete(argv));
	let parsed = help::flowing(Cli::command())
		.try_get_matches_from(completed.as_deref().unwrap_or(argv))
		.and_then(|matches| Cli::from_arg_matches(&matches));
	let cli = match parsed {
		Ok(cli) => cli,
		Err(error) => {
			let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
			let origin = settings.as_ref().and_then(|settings| settings.explain(&error.to_string()));
			match origin {
				Some(origin) => return Err(Failure::input("config", format!("{error}\n{origin}"))),
				None if json && !asked => return Err(Failure::input("usage", error)),
				None => error.exit(),
			}
		}
	};
	let settings = settings.as_ref();
	match cli.command {
		Command::Train(args) => train::run(*args, settings),
		Command::Rollout(args) => rollout::run(args),
		Command::Evaluate(args) => evaluate::run(args),
		Command::Quantise(args) => quantise::run(args),
		Command::Mine(args) => mine::run(*args, settings),
		Command::Work(args) => work::run(*args, settings),
		Command::Student(args) => student::run(args),
		Command::Teach(args) => teach::run(args),
		Command::Trainer(args) => trainer::run(args),
		Command::Task(args) => task::run(args),
		Command::Worker(args) => worker::run(args),
		Command::Model(args) => model::run(args),
		Command::Status(args) => status::run(args),
		Command::Doctor(args) => doctor::run(args),
		Command::Store(args) => store::run(args),
		Command::Config(args) => config::run(args, cli.config.map(Into::into)),
		Command::Completions(args) => completions::run(args),
	}
}
