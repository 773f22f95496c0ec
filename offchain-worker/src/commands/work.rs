//! `work`: the worker of the task market. It applies for tasks, trains, and commits and reveals what it trained.
//!
//! | file | role |
//! |---|---|
//! | [`decide`] | what to do next: a pure function of the chain, the disk and the height |
//! | [`strategy`] | which tasks, at which price, and whether a policy is worth a commit: pure, too |
//! | [`home`] | what is on the disk |
//! | [`trainer`] | training and self-check, on a thread |
//! | [`job`] | does what was decided |
//! | [`session`] | the connection, and finding tasks |

mod decide;
#[cfg(test)]
mod fixtures;
mod home;
mod job;
mod session;
mod strategy;
pub(crate) mod tell;
mod trainer;

use super::{evaluate::parse_task, store::usual_folder, Failure, Outcome};
use crate::{
	chain::{keys::AuthorKey, ChainError},
	signals,
	store::Store,
};
use praxis_environment::TaskEnvironment;
use session::Work;
use std::{path::PathBuf, time::Duration};
use strategy::Wishes;
use tell::Token;

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob//operator praxis-worker work --environments CartPole-v1
  praxis-worker work --node ws://127.0.0.1:9944 --key-file operator.key --minimum-price 5 --price 8
  praxis-worker work --key-file operator.key --environments 'CartPole-v1,MazeCleaning-v0(6x6,1)' --max-tasks 2 --json
  praxis-worker work --key-file operator.key --once

The key is that of the worker's operator: it signs and pays fees, and can move no other money. Bonds and payouts are the
owner's, who registers with workers.registerWorker; the operator agrees with workers.acceptOperator.

Training ends when the policy meets the target on fresh seeds with a margin of two standard errors, or shortly before the
deadline. A policy that would earn nothing is committed only where that costs less than to commit nothing.

Policy and salt of a commitment are in the state folder before it is sent. Without them it cannot be opened and the whole bond
is burnt: keep the folder. A worker that starts again goes on from it, in whatever phase.

The model is put into the store (`praxis-worker store serve`) when its policy is revealed, not before.

Exit codes:
  0  --once: a task was settled; or SIGTERM or Ctrl-C came
  1  failed while running
  2  wrong input: the key, a key that works for nobody, amounts";

/// Environments, as an option names them.
#[derive(Clone, Debug)]
struct Environments(Vec<TaskEnvironment>);

/// Reads names that commas separate. Those within brackets belong to a name.
fn parse_environments(names: &str) -> Result<Environments, String> {
	let mut depth = 0;
	let names = names.split(|letter| {
		depth += i32::from(letter == '(') - i32::from(letter == ')');
		letter == ',' && depth == 0
	});
	names.map(|name| parse_task(name.trim())).collect::<Result<_, _>>().map(Environments)
}

/// The options of `work`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct WorkArgs {
	/// A node of the chain.
	#[arg(long, env = "PRAXIS_NODE", default_value = "ws://127.0.0.1:9944")]
	node: String,
	/// The file with the key of the worker's operator, mode 0600; else the environment variable PRAXIS_KEY.
	#[arg(long)]
	key_file: Option<PathBuf>,
	/// Environments to work in, separated by commas; any, if none is named.
	#[arg(long, value_name = "NAMES", value_parser = parse_environments)]
	environments: Option<Environments>,
	/// Leave tasks that offer less, in tokens.
	#[arg(long, value_name = "AMOUNT", default_value = "0")]
	minimum_price: String,
	/// Ask this price, in tokens, or what the task offers if that is less; if not given, what the task offers.
	#[arg(long, value_name = "AMOUNT")]
	price: Option<String>,
	/// Leave tasks with fewer blocks for training.
	#[arg(long, value_name = "BLOCKS", default_value_t = 10)]
	minimum_train_blocks: u32,
	/// Tasks at a time.
	#[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
	max_tasks: u32,
	/// The device to train on: auto, cpu, cuda or cuda:N.
	#[arg(long, default_value = "auto")]
	device: String,
	/// The folder for tasks under way; otherwise `praxis/work` where this user's data is kept.
	#[arg(long, env = "PRAXIS_WORK_STATE", value_name = "FOLDER")]
	state: Option<PathBuf>,
	/// The store for models; otherwise `praxis/store` where this user's data is kept.
	#[arg(long, env = "PRAXIS_STORE", value_name = "FOLDER")]
	store: Option<PathBuf>,
	/// End after one task is settled.
	#[arg(long)]
	once: bool,
	/// Print the events as lines of JSON.
	#[arg(long)]
	json: bool,
}

impl WorkArgs {
	/// What the operator wants, in the token's smallest part.
	fn wishes(&self, token: &Token) -> Result<Wishes, Failure> {
		let read = |text: &String| token.parse(text).map_err(|error| Failure::input("usage", error));
		let (minimum_price, price) = (read(&self.minimum_price)?, self.price.as_ref().map(read).transpose()?);
		if price.is_some_and(|price| price < minimum_price) {
			return Err(Failure::input("usage", "--price is less than --minimum-price"));
		}
		let environments = self.environments.clone().map(|Environments(list)| list).unwrap_or_default();
		Ok(Wishes { environments, minimum_price, price, train_blocks: self.minimum_train_blocks })
	}
}

/// Why work over a connection ended.
enum End {
	/// A new connection may help.
	Chain(ChainError),
	/// Nothing does.
	Failure(Failure),
}

impl From<ChainError> for End {
	fn from(error: ChainError) -> Self {
		Self::Chain(error)
	}
}

impl From<Failure> for End {
	fn from(failure: Failure) -> Self {
		Self::Failure(failure)
	}
}

/// Runs the command.
pub fn run(args: WorkArgs) -> Outcome {
	let key = AuthorKey::load(args.key_file.as_deref())?;
	let store = args.store.clone().map_or_else(usual_folder, Ok)?;
	let state = match &args.state {
		Some(state) => state.clone(),
		None => usual_folder()?.with_file_name("work"),
	};
	let store = Store::open(&store)?;
	let shutdown = signals::listen().map_err(|error| Failure::running("signal", error))?;
	let runtime = tokio::runtime::Builder::new_multi_thread()
		.worker_threads(1)
		.enable_all()
		.build()
		.map_err(|error| Failure::running("runtime", error))?;
	let outcome = runtime.block_on(Work::new(args, key, store, state).run(shutdown));
	runtime.shutdown_timeout(Duration::from_secs(1));
	outcome
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[derive(Parser)]
	struct Cli {
		#[command(flatten)]
		work: WorkArgs,
	}

	fn parse(arguments: &[&str]) -> Result<WorkArgs, clap::Error> {
		Cli::try_parse_from(std::iter::once("work").chain(arguments.iter().copied())).map(|cli| cli.work)
	}

	fn token() -> Token {
		Token { symbol: "PRX".into(), decimals: 3 }
	}

	#[test]
	fn wishes_should_be_read_from_the_options() {
		let names = "CartPole-v1,MazeCleaning-v0(6x6,1)";
		let args = parse(&["--environments", names, "--minimum-price", "0.5", "--price", "2"]).expect("options");
		let wishes = args.wishes(&token()).expect("wishes");
		let maze = TaskEnvironment::MazeCleaning { width: 6, height: 6, agents: 1 };
		assert_eq!(wishes.environments, [TaskEnvironment::CartPole, maze]);
		assert_eq!((wishes.minimum_price, wishes.price, wishes.train_blocks), (500, Some(2_000), 10));
		assert!(parse(&["--environments", "Chess"]).is_err());
		assert!(parse(&["--max-tasks", "0"]).is_err());
	}

	#[test]
	fn price_should_be_refused_when_it_is_less_than_the_least() {
		let args = parse(&["--minimum-price", "3", "--price", "2"]).expect("options");
		assert_eq!(args.wishes(&token()).expect_err("a contradiction").kind, "usage");
		let args = parse(&["--price", "cheap"]).expect("options");
		assert_eq!(args.wishes(&token()).expect_err("no amount").code, 2);
	}

	#[test]
	fn there_should_be_no_option_for_a_secret() {
		use clap::CommandFactory;
		let names: Vec<_> = Cli::command().get_arguments().filter_map(|a| a.get_long().map(str::to_string)).collect();
		assert!(!names.iter().any(|name| ["key", "suri", "phrase", "secret"].contains(&name.as_str())), "{names:?}");
	}
}
