//! `trainer`: trains other people's classifiers as a neutral third, for a part of what the lessons earn.

mod desk;
mod learn;
mod pool;
mod run;
mod status;

use super::Outcome;

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Dave praxis-worker trainer run --peer http://192.0.2.7:9965
  praxis-worker trainer status
  praxis-worker trainer retire --key-file trainer.key

A trainer has a bond in the pool and one-time keys. A beacon draws two trainers for each lesson; who is drawn and shows no
classifier loses a part of the bond.";

/// The options of `trainer`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct TrainerArgs {
	#[command(subcommand)]
	command: TrainerCommand,
}

#[derive(Debug, clap::Subcommand)]
enum TrainerCommand {
	/// Be a trainer: enlist, keep keys in the pool, train what is drawn, commit, show.
	Run(run::RunArgs),
	/// Put the bond on hold and one-time keys into the pool.
	Enlist(pool::PoolArgs),
	/// Put more one-time keys into the pool.
	AddKeys(pool::AddKeysArgs),
	/// Leave the pool; the bond returns with the end of the last lesson.
	Retire(pool::PoolArgs),
	/// Show the pool, and what a trainer has to do.
	Status(status::StatusArgs),
}

/// Runs the command.
pub fn run(args: TrainerArgs) -> Outcome {
	match args.command {
		TrainerCommand::Run(args) => run::run(args),
		TrainerCommand::Enlist(args) => pool::enlist(&args),
		TrainerCommand::AddKeys(args) => pool::add_keys(&args),
		TrainerCommand::Retire(args) => pool::retire(&args),
		TrainerCommand::Status(args) => status::run(&args),
	}
}
