//! `student`: has a classifier taught for pay.

mod rehearse;

use super::Outcome;

/// The options of `student`.
#[derive(Debug, clap::Args)]
pub struct StudentArgs {
	#[command(subcommand)]
	command: StudentCommand,
}

#[derive(Debug, clap::Subcommand)]
enum StudentCommand {
	/// Learn from lessons without any chain: the score after each, and what each teacher would be paid.
	Rehearse(rehearse::RehearseArgs),
}

/// Runs the command.
pub fn run(args: StudentArgs) -> Outcome {
	match args.command {
		StudentCommand::Rehearse(args) => rehearse::run(args),
	}
}
