//! `model`: finds, fetches, shares, sells and buys models.
//!
//! | file | role |
//! |---|---|
//! | [`view`] | a model, an offer and a sale as people and programs see them |
//! | [`list`] | lists models and shows one |

mod list;
mod view;

use super::{
	client::{block_on, Chain, NodeArgs},
	Outcome,
};

const EXAMPLES: &str = "\
Examples:
  praxis-worker model list --environment CartPole-v1
  praxis-worker model show 0x5f…";

/// The options of `model`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ModelArgs {
	#[command(subcommand)]
	command: ModelCommand,
	#[command(flatten)]
	node: NodeArgs,
}

#[derive(Debug, clap::Subcommand)]
enum ModelCommand {
	/// List the models of an environment, or of all, best first.
	List(list::ListArgs),
	/// Show a model: what the chain found, where it can be had, and for how much.
	Show(list::ShowArgs),
}

/// Runs the command.
pub fn run(args: ModelArgs) -> Outcome {
	block_on(async move {
		let chain = Chain::connect(&args.node).await?;
		match args.command {
			ModelCommand::List(args) => list::run(&chain, &args).await,
			ModelCommand::Show(args) => list::show(&chain, &args).await,
		}
	})
}
