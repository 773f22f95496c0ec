//! `work`: the worker of the task market. It applies for tasks, trains, and commits and reveals what it trained.
//!
//! | file | role |
//! |---|---|
//! | [`decide`] | what to do next: a pure function of the chain, the disk and the height |
//! | [`strategy`] | which tasks, at which price, and whether a policy is worth a commit: pure, too |
//! | [`home`] | what is on the disk |
//! | [`trainer`] | training and self-check, on a thread |
//! | [`warm`] | begins training with a model |
//! | [`check`] | what a policy returns, before and after rounding |
//! | [`job`] | does what was decided |
//! | [`session`] | the connection, and finding tasks |
//! | [`report`] | the state that is served |
//! | [`dry_run`] | looks at everything and starts nothing |

mod check;
mod decide;
mod dry_run;
#[cfg(test)]
pub(crate) mod fixtures;
mod home;
mod job;
mod report;
mod session;
mod strategy;
pub(crate) mod tell;
mod trainer;
mod warm;

use super::{evaluate::parse_task, metrics::Metrics, store::usual_folder, Failure, Outcome};
use crate::{
	chain::{keys::AuthorKey, ChainError},
	logs::LogArgs,
	monitor::server::{Control, DEFAULT_ADDRESS},
	settings::Settings,
	signals,
	store::{gateway, Store},
};
use praxis_environment::TaskEnvironment;
use session::Work;
use sp_core::H256;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use strategy::Wishes;
pub(super) use tell::Token;
use tell::Voice;
use warm::WarmStart;

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob//operator praxis-worker work --environments CartPole-v1
  praxis-worker work --node ws://127.0.0.1:9944 --key-file operator.key --minimum-price 5 --price 8
  praxis-worker work --key-file operator.key --environments 'CartPole-v1,MazeCleaning-v0(6x6,1)' --max-tasks 2 --json
  praxis-worker work --key-file operator.key --gateway 0.0.0.0:9965 --gateway-remote
  praxis-worker work --key-file operator.key --warm-start best
  praxis-worker work --config worker.toml --dry-run
  praxis-worker work --key-file operator.key --once

The key is that of the worker's operator: it signs and pays fees, and can move no other money. Bonds and payouts are the
owner's, who registers with workers.registerWorker; the operator agrees with workers.acceptOperator.

Training ends when the policy meets the target on fresh seeds with a margin of two standard errors, or shortly before the
deadline. A policy that would earn nothing is committed only where that costs less than to commit nothing.

Policy and salt of a commitment are in the state folder before it is sent. Without them it cannot be opened and the whole bond
is burnt: keep the folder. A worker that starts again goes on from it, in whatever phase.

The model is put into the store when its policy is revealed, not before. --gateway serves the store, as `store serve` does:
others then find the model at the endpoint with which the worker is registered.

Every option can also stand in the environment (PRAXIS_WORK_PRICE for --price) or in the table [work] of the configuration
file; `praxis-worker config print work` shows what counts and why.

While it runs, `praxis-worker status` asks it how it does; its control API also answers GET /metrics and GET /healthz.

Exit codes:
  0  --once: a task was settled; or SIGTERM or Ctrl-C came; --dry-run: nothing failed
  1  failed while running; --dry-run: something failed
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
	#[arg(long, default_value = "ws://127.0.0.1:9944")]
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
	/// Begin training with a model: `best` (the best free one of the task's environment), the hash of its judged policy
	/// (0x…), its CID, or a folder. It is declared in the commit. Without it, or where it cannot be had: a fresh network.
	#[arg(long, value_name = "MODEL")]
	warm_start: Option<WarmStart>,
	/// The folder for tasks under way; otherwise `praxis/work` where this user's data is kept.
	#[arg(long, value_name = "FOLDER")]
	state: Option<PathBuf>,
	/// The store for models; otherwise `praxis/store` where this user's data is kept.
	#[arg(long, value_name = "FOLDER")]
	store: Option<PathBuf>,
	/// Serve the store at this address: GET /ipfs/CID, as `store serve` does.
	#[arg(long, value_name = "ADDRESS")]
	gateway: Option<SocketAddr>,
	/// Let other machines reach --gateway, if that is not an address of loopback.
	#[arg(long)]
	gateway_remote: bool,
	/// Work on the chain with this genesis block only; otherwise on that of the first connection.
	#[arg(long, value_name = "HASH")]
	genesis: Option<H256>,
	/// Append the events to this file as lines of JSON.
	#[arg(long, value_name = "FILE")]
	metrics: Option<PathBuf>,
	/// Where the control API listens: an address and a port, or off. Where the default one is taken, it is off.
	#[arg(long, value_name = "ADDRESS", default_value = DEFAULT_ADDRESS)]
	control: Control,
	/// Let the control API listen where other machines reach it. It tells, and changes nothing.
	#[arg(long)]
	control_remote: bool,
	/// Unhealthy when the best block is older than this many seconds; 0: never.
	#[arg(long, value_name = "SECONDS", default_value_t = 120)]
	max_block_age: u64,
	/// Check everything, say what would be done, and start nothing.
	#[arg(long)]
	dry_run: bool,
	/// End after one task is settled.
	#[arg(long)]
	once: bool,
	/// Print the events as lines of JSON.
	#[arg(long)]
	json: bool,
	/// Its log.
	#[command(flatten)]
	log: LogArgs,
}

impl WorkArgs {
	/// What cannot be, whatever the chain says. How many decimals its token has is known later.
	fn check(&self) -> Result<(), Failure> {
		const MOST_DECIMALS: u32 = 24;
		self.wishes(&Token { symbol: "tokens".into(), decimals: MOST_DECIMALS })?;
		self.log.filter().map(drop)
	}

	/// The folders of the tasks and of the store.
	fn folders(&self) -> Result<(PathBuf, PathBuf), Failure> {
		let store = self.store.clone().map_or_else(usual_folder, Ok)?;
		let state = match &self.state {
			Some(state) => state.clone(),
			None => usual_folder()?.with_file_name("work"),
		};
		Ok((state, store))
	}

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
pub fn run(args: WorkArgs, settings: Option<&Settings>) -> Outcome {
	args.check()?;
	if args.dry_run {
		return dry_run::run(&args, settings);
	}
	args.log.start()?;
	let key = AuthorKey::load(args.key_file.as_deref())?;
	let (state, store) = args.folders()?;
	let store = Store::open(&store)?;
	let metrics = Metrics::open(args.metrics.as_deref(), args.json)
		.map_err(|error| Failure::input("metrics", format!("--metrics: {error}")))?;
	let voice = Voice::new(metrics, args.json);
	let shutdown = signals::listen().map_err(|error| Failure::running("signal", error))?;
	let runtime = tokio::runtime::Builder::new_multi_thread()
		.worker_threads(1)
		.enable_all()
		.build()
		.map_err(|error| Failure::running("runtime", error))?;
	let listed = settings.is_some_and(|settings| settings.is_set("control"));
	let outcome = runtime.block_on(async { Work::new(args, key, store, state, voice, listed)?.run(shutdown).await });
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
		assert_eq!(args.check().expect_err("no amount").kind, "usage");
		let args = parse(&["--log", "work=loud=er"]).expect("options");
		assert_eq!(args.check().expect_err("no filter").kind, "log");
		assert!(parse(&["--price", "0.000000000001"]).expect("options").check().is_ok());
		for wrong in [["--control", "9955"], ["--gateway", "localhost"], ["--log-rotate", "often"]] {
			assert!(parse(&wrong).is_err(), "{wrong:?}");
		}
	}

	#[test]
	fn there_should_be_no_option_for_a_secret() {
		use clap::CommandFactory;
		let names: Vec<_> = Cli::command().get_arguments().filter_map(|a| a.get_long().map(str::to_string)).collect();
		assert!(!names.iter().any(|name| ["key", "suri", "phrase", "secret"].contains(&name.as_str())), "{names:?}");
	}
}
