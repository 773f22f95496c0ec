//! The commands, and what they share: how they fail and how they say so.

pub mod mine;
pub mod rollout;
pub mod switches;
pub mod train;

use crate::{agent::AgentError, checkpoint::CheckpointError, device::DeviceError};
use clap::{error::ErrorKind, Parser, Subcommand};
use std::process::ExitCode;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed while running
  2  wrong input, or `train` spent its steps below --until-return

Every command takes --json: results on the standard output as JSON, errors too.
Progress goes to the standard error.";

/// The off-chain worker of Praxis.
#[derive(Debug, Parser)]
#[command(name = "praxis-worker", version, about, after_help = EXIT_CODES)]
struct Cli {
	#[command(subcommand)]
	command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Train an agent in an environment, without any chain.
	Train(Box<train::TrainArgs>),
	/// Take given actions from a given state and print what follows.
	Rollout(rollout::RolloutArgs),
	/// Mine: take work from a node, submit signed transitions, learn between blocks.
	Mine(mine::MineArgs),
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
}

impl Failure {
	/// The input was wrong: exit code 2.
	pub fn input(kind: &'static str, message: impl ToString) -> Self {
		Self { kind, message: message.to_string(), code: 2 }
	}

	/// Something failed on the way: exit code 1.
	pub fn running(kind: &'static str, message: impl ToString) -> Self {
		Self { kind, message: message.to_string(), code: 1 }
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
	// Known before the line is parsed, since parsing may be what fails.
	let json = std::env::args_os().any(|argument| argument == "--json");
	let outcome = match Cli::try_parse() {
		Ok(cli) => match cli.command {
			Command::Train(args) => train::run(*args),
			Command::Rollout(args) => rollout::run(args),
			Command::Mine(args) => mine::run(args),
		},
		Err(error) if json && !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
			Err(Failure::input("usage", error))
		}
		Err(error) => error.exit(),
	};
	outcome.unwrap_or_else(|failure| {
		if json {
			let error = serde_json::json!({ "error": { "kind": failure.kind, "message": failure.message.trim() } });
			println!("{error}");
		} else {
			eprintln!("error: {failure}");
		}
		ExitCode::from(failure.code)
	})
}
