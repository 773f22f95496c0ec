//! `teach`: teaches other people's classifiers for pay.

mod audit;
mod hand;
mod join;
mod offer;
pub mod status;
pub mod tell;
pub mod view;

use super::Outcome;

/// The options of `teach`.
#[derive(Debug, clap::Args)]
pub struct TeachArgs {
	#[command(subcommand)]
	command: TeachCommand,
}

#[derive(Debug, clap::Subcommand)]
enum TeachCommand {
	/// Show the items that a student has shown of its holdout: read them before you stake.
	Audit(audit::AuditArgs),
	/// Take a seat in a session: puts the stake on hold.
	Join(join::JoinArgs),
	/// Give a seat back that was not used.
	Leave(join::JoinArgs),
	/// Pack labelled data as a lesson, seal it, store it, offer it; and serve and follow it until it is paid.
	Offer(Box<offer::OfferArgs>),
	/// Give the key of a lesson to the trainers that were drawn for it.
	Hand(hand::HandArgs),
	/// Show open sessions, or one: its lessons, scores and payouts.
	Status(status::StatusArgs),
}

/// Runs the command.
pub fn run(args: TeachArgs) -> Outcome {
	match args.command {
		TeachCommand::Audit(args) => audit::run(&args),
		TeachCommand::Join(args) => join::run(&args, true),
		TeachCommand::Leave(args) => join::run(&args, false),
		TeachCommand::Offer(args) => offer::run(&args),
		TeachCommand::Hand(args) => hand::run(&args),
		TeachCommand::Status(args) => status::run(args),
	}
}
