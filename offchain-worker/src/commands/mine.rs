//! `mine`: takes work from a node, answers it by a policy, and learns between blocks.
//!
//! On the chain the worker plays greedily, because the fork choice pays for the best block and nothing else; it explores
//! in its own simulation, which costs nothing. See [`session`] for what happens while it is connected.

mod dry_run;
mod follower;
mod learner;
mod miner;
mod practice;
mod session;

use super::{metrics, Failure, Outcome};
use crate::{
	agent::Algorithm,
	chain::KeyError,
	logs::LogArgs,
	monitor::{
		server::{Control, ControlError, DEFAULT_ADDRESS},
		Limits,
	},
	settings::Settings,
	signals,
};
use codec::Encode;
use learner::{Learner, LearnerConfig, Mind, Sources};
use metrics::Metrics;
use miner::{Learning, Miner};
use sp_core::{crypto::AccountId32, H256};
use sp_crypto_hashing::blake2_256;
use std::{net::SocketAddr, path::PathBuf, time::Duration};

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Alice praxis-worker mine
  praxis-worker mine --node ws://127.0.0.1:9944 --key-file author.key --checkpoint author.safetensors
  praxis-worker mine --key-file author.key --policy runs/pendulum/policy.safetensors --learn false
  PRAXIS_KEY=//Bob praxis-worker mine --node ws://127.0.0.1:9945 --random --control 127.0.0.1:9956
  praxis-worker mine --config worker.toml --dry-run

The key is the secret phrase or seed of the author's account: a file that only you can read (mode 0600), or PRAXIS_KEY.
The node must be the author's own: it hands out work on loopback only and propagates no submissions.

Every option can also stand in the environment (PRAXIS_NODE for --node) or in the configuration file (node = \"...\");
`praxis-worker config print` shows what counts and why.

While it runs, `praxis-worker status` asks it how it does; its control API also answers GET /metrics and GET /healthz.

SIGTERM and Ctrl-C write the checkpoint, evaluate the policy once more and end with exit code 0; a second one ends it at
once.";

/// Gradient steps per block. In a network of four the shipped agents brought the noisy pendulum up in 1,300 to 2,500 of
/// them, depending on their seeds; this spreads them over 55 to 105 blocks, so that people can watch it.
const UPDATES_PER_BLOCK: u64 = 24;

/// Tells the hash that a seed is taken from apart from other hashes of an account.
const SEED_CONTEXT: &[u8; 18] = b"praxis/worker/seed";

/// Pauses before the second, third and so on try to reach the node. Below a slot: a node that is back is worked for in
/// its next one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// A connection that lasted this long was a good one: the next pause is the first again.
const GOOD_CONNECTION: Duration = Duration::from_secs(3);

/// How often the same reason for idling is told again.
const REMINDER: Duration = Duration::from_secs(30);

/// Where the agent's experience comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExperienceSource {
	/// The transitions of all imported blocks, losing forks included.
	Chain,
	/// The worker's own simulation of the oracle.
	Simulate,
	/// Both.
	Both,
}

/// The options of `mine`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct MineArgs {
	/// The author's own node.
	#[arg(long, default_value = "ws://127.0.0.1:9944")]
	pub node: String,
	/// The file with the key of the author's account, mode 0600; else the environment variable PRAXIS_KEY.
	#[arg(long)]
	pub key_file: Option<PathBuf>,
	/// Start from this policy.
	#[arg(long)]
	pub policy: Option<PathBuf>,
	/// Learn between blocks; `false` keeps the policy as it is.
	#[arg(long, num_args = 0..=1, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
	pub learn: bool,
	/// Uniformly random actions, no training.
	#[arg(long, conflicts_with_all = ["policy", "checkpoint", "learn"])]
	pub random: bool,
	/// Where experience comes from.
	#[arg(long, value_enum, default_value_t = ExperienceSource::Both)]
	pub experience: ExperienceSource,
	/// Seed of a new agent's weights, of its exploration and of its simulation. By default it comes from the account, so
	/// no two authors explore alike, and a worker that starts anew begins as before.
	#[arg(long)]
	pub seed: Option<u64>,
	/// Where a new agent's settings start: the shipped ones, or the paper's plain procedure.
	#[arg(long, value_enum, default_value_t = Algorithm::Dqn)]
	pub algorithm: Algorithm,
	/// Gradient steps per block at most.
	#[arg(long, default_value_t = UPDATES_PER_BLOCK)]
	pub max_updates_per_block: u64,
	/// Append events to this file as lines of JSON.
	#[arg(long)]
	pub metrics: Option<PathBuf>,
	/// Keep the agent in this file, as it was when it played best, and continue from it where it exists.
	#[arg(long)]
	pub checkpoint: Option<PathBuf>,
	/// auto, cpu, cuda or cuda:N. A device that was named and is missing is an error.
	#[arg(long, default_value = "auto")]
	pub device: String,
	/// Blocks between two evaluations of the policy.
	#[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
	pub evaluate_every: u32,
	/// Work for the chain with this genesis block only; otherwise for that of the first connection.
	#[arg(long, value_name = "HASH")]
	pub genesis: Option<H256>,
	/// Where the control API listens: an address and a port, or off. Where the default one is taken, it is off.
	#[arg(long, value_name = "ADDRESS", default_value = DEFAULT_ADDRESS)]
	pub control: Control,
	/// Let the control API listen where other machines reach it. It tells, and changes nothing.
	#[arg(long)]
	pub control_remote: bool,
	/// Serve the store of models at this address: GET /ipfs/CID, as `store serve` does.
	#[arg(long, value_name = "ADDRESS")]
	pub gateway: Option<SocketAddr>,
	/// Let other machines reach --gateway, if that is not an address of loopback.
	#[arg(long)]
	pub gateway_remote: bool,
	/// The store that --gateway serves; otherwise `praxis/store` where this user's data is kept.
	#[arg(long, value_name = "FOLDER")]
	pub store: Option<PathBuf>,
	/// Check everything, say what would be done, and start nothing.
	#[arg(long)]
	pub dry_run: bool,
	/// Print the events on the standard output as lines of JSON too.
	#[arg(long)]
	pub json: bool,
	/// When it counts as healthy.
	#[command(flatten)]
	pub limits: Limits,
	/// Its log.
	#[command(flatten)]
	pub log: LogArgs,
}

impl From<KeyError> for Failure {
	fn from(error: KeyError) -> Self {
		Self::input("key", error)
	}
}

impl From<ControlError> for Failure {
	fn from(error: ControlError) -> Self {
		Self::input("control", error)
	}
}

impl MineArgs {
	/// The seed that counts for the worker of `account`.
	fn seed(&self, account: &AccountId32) -> u64 {
		self.seed.unwrap_or_else(|| {
			let [a, b, c, d, e, f, g, h, ..] = blake2_256(&(SEED_CONTEXT, account).encode());
			u64::from_le_bytes([a, b, c, d, e, f, g, h])
		})
	}

	/// What cannot be, however everything else is.
	fn check(&self) -> Result<(), Failure> {
		if !self.learn && self.policy.is_none() {
			return Err(Failure::input("usage", "--learn false plays a fixed policy: name it with --policy FILE"));
		}
		Ok(())
	}
}

/// Runs the command.
pub fn run(args: MineArgs, settings: Option<&Settings>) -> Outcome {
	args.check()?;
	if args.dry_run {
		return dry_run::run(&args, settings);
	}
	args.log.start()?;
	let shutdown = signals::listen().map_err(|error| Failure::running("signal", error))?;
	let runtime = tokio::runtime::Builder::new_multi_thread()
		.worker_threads(2)
		.enable_all()
		.build()
		.map_err(|error| Failure::running("runtime", error))?;
	let listed = settings.is_some_and(|settings| settings.is_set("control"));
	let outcome = runtime.block_on(async { Miner::new(args, listed)?.run(shutdown).await });
	// Not for ever: a call that hangs must not keep the process.
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
		mine: MineArgs,
	}

	fn parse(arguments: &[&str]) -> Result<MineArgs, clap::Error> {
		Cli::try_parse_from(std::iter::once("mine").chain(arguments.iter().copied())).map(|cli| cli.mine)
	}

	#[test]
	fn options_should_have_the_defaults_of_a_learning_worker() {
		let args = parse(&[]).expect("no option is needed");
		assert!(args.learn && !args.random);
		assert_eq!(args.experience, ExperienceSource::Both);
		assert!(!parse(&["--learn", "false"]).expect("a fixed policy").learn);
		assert!(parse(&["--learn"]).expect("learning").learn);
	}

	#[test]
	fn seeds_should_differ_by_account_when_none_is_named() {
		let [alice, bob] = [1u8, 2].map(|byte| AccountId32::new([byte; 32]));
		let args = parse(&[]).expect("no option is needed");
		assert_ne!(args.seed(&alice), args.seed(&bob));
		assert_eq!(args.seed(&alice), parse(&[]).expect("again").seed(&alice), "a worker begins as it did before");
		let named = parse(&["--seed", "7"]).expect("a seed");
		assert_eq!((named.seed(&alice), named.seed(&bob)), (7, 7));
	}

	#[test]
	fn a_random_player_should_take_no_policy() {
		assert!(parse(&["--random"]).expect("chance").random);
		for other in [["--policy", "a"], ["--checkpoint", "a"], ["--learn", "false"]] {
			assert!(parse(&["--random", other[0], other[1]]).is_err(), "{other:?}");
		}
	}

	#[test]
	fn there_should_be_no_option_for_a_secret() {
		use clap::CommandFactory;
		let names: Vec<_> = Cli::command().get_arguments().filter_map(|a| a.get_long().map(str::to_string)).collect();
		assert!(!names.iter().any(|name| ["key", "suri", "phrase", "secret"].contains(&name.as_str())), "{names:?}");
	}

	#[test]
	fn a_fixed_policy_should_have_to_be_named() {
		let failure = parse(&["--learn", "false"]).expect("options").check().expect_err("no policy");
		assert_eq!((failure.kind, failure.code), ("usage", 2));
		assert!(failure.message.contains("--policy"));
	}
}
