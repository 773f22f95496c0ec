//! `task`: the requester's side of the task market.
//!
//! | file | role |
//! |---|---|
//! | [`post`] | what is asked for, from the options |
//! | [`view`] | a task as people and programs see it |
//! | [`show`] | lists tasks, shows one, follows it |

mod post;
mod show;
mod view;

pub(super) use view::cid;

use super::{
	client::{block_on, Chain, NodeArgs, Signing, SigningArgs},
	Failure, Outcome,
};
use crate::chain::calls;
use praxis_primitives_market::TaskId;
use serde_json::json;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  praxis-worker task list
  PRAXIS_KEY=//Alice praxis-worker task post --environment CartPole-v1 --target 475 --budget 8.5
  praxis-worker task show 0 --watch
  PRAXIS_KEY=//Alice praxis-worker task cancel 0

`praxis-worker task post --help` shows the options of a task; docs/market-cli.md goes through all of it.";

/// The options of `task`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct TaskArgs {
	#[command(subcommand)]
	command: TaskCommand,
	#[command(flatten)]
	node: NodeArgs,
}

#[derive(Debug, clap::Subcommand)]
enum TaskCommand {
	/// Post a task: its budget, the cost of judging and a deposit go on hold.
	Post(Box<post::PostArgs>),
	/// List tasks: the open ones, or those of an account.
	List(show::ListArgs),
	/// Show a task: applicants, assignments, deadlines, how far its judgement is, where the money went.
	Show(show::ShowArgs),
	/// Take a task back while workers may still apply; the money returns.
	Cancel(CallArgs),
	/// Advance a task whose deadline has passed, should the chain not have done so.
	Poke(CallArgs),
	/// Forget a task that was finished a day of blocks ago, should the chain not have done so; its deposit returns to the
	/// requester.
	Prune(CallArgs),
}

const CALL_EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Alice praxis-worker task cancel 0
  praxis-worker task cancel 0 --key-file alice.key --dry-run
  praxis-worker task poke 0 --key-file alice.key --json
  praxis-worker task prune 0 --key-file alice.key";

#[derive(Debug, clap::Args)]
#[command(after_help = CALL_EXAMPLES)]
struct CallArgs {
	/// The task's number.
	task: TaskId,
	#[command(flatten)]
	signing: SigningArgs,
}

/// Runs the command.
pub fn run(args: TaskArgs) -> Outcome {
	block_on(async move {
		let chain = Chain::connect(&args.node).await?;
		match args.command {
			TaskCommand::Post(args) => post::run(&chain, &args).await,
			TaskCommand::List(args) => show::list(&chain, &args).await,
			TaskCommand::Show(args) => show::run(&chain, &args).await,
			TaskCommand::Cancel(args) => {
				let text = format!("task {} is cancelled; budget and evaluation are returned", args.task);
				call(&chain, &args, calls::market::cancel(args.task), &text).await
			}
			TaskCommand::Poke(args) => {
				let text = format!("task {} was advanced", args.task);
				call(&chain, &args, calls::market::poke(args.task), &text).await
			}
			TaskCommand::Prune(args) => {
				let text = format!("task {} is forgotten; its deposit is returned to the requester", args.task);
				call(&chain, &args, calls::market::prune(args.task), &text).await
			}
		}
	})
}

/// A call about a task.
async fn call(chain: &Chain, args: &CallArgs, call: calls::PalletCall, text: &str) -> Outcome {
	let signing = Signing::new(chain, &args.signing).await?;
	let sent = signing.send(call, &format!("task {}", args.task)).await?;
	let text = sent.told(text);
	chain.print(&sent.with(json!({ "task": args.task })), text);
	Ok(ExitCode::SUCCESS)
}

/// What to say of a task that is not there.
fn missing(task: TaskId) -> Failure {
	Failure::input("not-found", format!("there is no task {task}, or it was forgotten"))
		.remedy("`praxis-worker task list` shows the open ones; finished ones are kept for a day")
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[derive(Parser)]
	struct Cli {
		#[command(flatten)]
		task: TaskArgs,
	}

	#[test]
	fn options_of_the_node_should_be_read_behind_the_subcommand() {
		let line = ["task", "show", "7", "--watch", "--node", "ws://192.0.2.7:1", "--json"];
		let args = Cli::try_parse_from(line).unwrap_or_else(|error| panic!("{error}")).task;
		assert_eq!((args.node.node.as_str(), args.node.json), ("ws://192.0.2.7:1", true));
		assert!(Cli::try_parse_from(["task", "prune", "7", "--key-file", "alice.key", "--dry-run"]).is_ok());
		assert!(Cli::try_parse_from(["task", "cancel"]).is_err());
		assert!(Cli::try_parse_from(["task", "cancel", "seven"]).is_err());
	}

	#[test]
	fn there_should_be_no_option_for_a_secret() {
		use clap::CommandFactory;
		for command in Cli::command().get_subcommands() {
			let names: Vec<_> = command.get_arguments().filter_map(|a| a.get_long().map(str::to_string)).collect();
			assert!(
				!names.iter().any(|name| ["key", "suri", "phrase", "secret"].contains(&name.as_str())),
				"{names:?}"
			);
		}
	}
}
