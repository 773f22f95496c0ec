//! The command line: flags, defaults, help.

use sc_cli::{clap, SubstrateCli};
use sc_service::ChainSpec;

/// Default of `--trie-cache-size`, in bytes. The SDK's default of 1 GiB is meant for states of millions of accounts.
/// It fills with the nodes of past blocks whatever its size, so this is also by how much a young node's memory grows.
const TRIE_CACHE_SIZE: &str = "8388608";

/// Default of `--max-runtime-instances`: each instance that ran once keeps its memory.
const RUNTIME_INSTANCES: &str = "4";

const EXAMPLES: &str = "\
Examples:
  A chain of one's own, new at every start; the worker mines on it:
    praxis-node --dev
    PRAXIS_KEY=//Alice praxis-worker mine --node ws://127.0.0.1:9944

  Alice and Bob of the local chain, on one machine:
    praxis-node --chain local --alice --base-path /tmp/alice \\
      --node-key 0000000000000000000000000000000000000000000000000000000000000001
    praxis-node --chain local --bob --base-path /tmp/bob --port 30334 --rpc-port 9945 --prometheus-port 9616 \\
      --bootnodes /ip4/127.0.0.1/tcp/30333/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp

  A node that follows a chain without authoring:
    praxis-node --chain spec.json --base-path /var/lib/praxis

  A specification of one's own:
    praxis-node export-chain-spec --chain staging --output spec.json

RPC (9944) and metrics (9615) listen on loopback unless told otherwise. Expose RPC only with
--rpc-methods safe: the worker's subscription and the keys are unsafe methods.";

/// The command line of the node.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	/// What to do instead of running a node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// How to run the node.
	#[clap(flatten)]
	pub run: sc_cli::RunCmd,
}

/// What to do instead of running a node.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)]
pub enum Subcommand {
	/// Make, show and store keys.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Print a chain specification (as older tools expect it; see export-chain-spec).
	BuildSpec(sc_cli::BuildSpecCmd),

	/// Write a chain specification, plain or raw, to a file or standard output.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Validate blocks again.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Write blocks to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Write the state at a block into a chain specification.
	ExportState(sc_cli::ExportStateCmd),

	/// Read blocks from a file.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Remove the whole chain from this machine.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Take back blocks that are not final.
	Revert(sc_cli::RevertCmd),

	/// Show what the database holds.
	ChainInfo(sc_cli::ChainInfoCmd),

	/// Measure the weights of the pallets.
	#[cfg(feature = "runtime-benchmarks")]
	#[command(subcommand)]
	Benchmark(frame_benchmarking_cli::BenchmarkCmd),
}

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Praxis Node".into()
	}

	fn impl_version() -> String {
		env!("SUBSTRATE_CLI_IMPL_VERSION").into()
	}

	fn description() -> String {
		"A node of Praxis, the chain whose proof of work is reinforcement learning.".into()
	}

	fn author() -> String {
		env!("CARGO_PKG_AUTHORS").into()
	}

	fn support_url() -> String {
		concat!(env!("CARGO_PKG_REPOSITORY"), "/issues").into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
		Ok(Box::new(match id {
			"dev" => praxis_chain_spec::development()?,
			"" | "local" => praxis_chain_spec::local()?,
			"staging" => praxis_chain_spec::staging()?,
			path => praxis_chain_spec::ChainSpec::from_json_file(path.into()).map_err(|e| {
				format!("{path} is neither dev, local or staging nor a readable chain specification: {e}")
			})?,
		}))
	}

	fn setup_command(command: clap::Command) -> clap::Command {
		let command = command
			.name(Self::executable_name())
			.version(format!("{}\n", Self::impl_version()))
			.author(Self::author())
			.about(Self::description())
			.long_about(Self::description())
			.after_help(EXAMPLES)
			.propagate_version(true)
			.args_conflicts_with_subcommands(true)
			.subcommand_negates_reqs(true);
		with_small_defaults(command)
	}
}

/// Lowers the SDK's defaults of memory, wherever a command has them.
fn with_small_defaults(mut command: clap::Command) -> clap::Command {
	for (argument, value) in [("trie_cache_size", TRIE_CACHE_SIZE), ("max_runtime_instances", RUNTIME_INSTANCES)] {
		if command.get_arguments().any(|a| a.get_id() == argument) {
			command = command.mut_arg(argument, |a| a.default_value(value));
		}
	}
	let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
	names.iter().fold(command, |command, name| command.mut_subcommand(name, with_small_defaults))
}

#[cfg(test)]
mod tests {
	use super::*;
	use sc_cli::CliConfiguration;

	fn parse(arguments: &[&str]) -> Cli {
		Cli::try_from_iter(std::iter::once("praxis-node").chain(arguments.iter().copied())).unwrap()
	}

	#[test]
	fn memory_defaults_should_be_small_when_no_flag_is_given() {
		let run = parse(&["--dev"]).run;
		assert_eq!(run.trie_cache_maximum_size().unwrap(), Some(8 * 1024 * 1024));
		assert_eq!(run.max_runtime_instances().unwrap(), Some(4));
		let run = parse(&["--dev", "--trie-cache-size", "1048576"]).run;
		assert_eq!(run.trie_cache_maximum_size().unwrap(), Some(1024 * 1024));
		let Some(Subcommand::CheckBlock(check)) = parse(&["check-block", "1"]).subcommand else {
			panic!("check-block is a subcommand")
		};
		assert_eq!(check.trie_cache_maximum_size().unwrap(), Some(8 * 1024 * 1024));
	}

	#[test]
	fn rpc_should_listen_on_loopback_when_no_flag_is_given() {
		let run = parse(&["--chain", "local", "--validator"]).run;
		let addresses = run.rpc_addr(9944).unwrap().unwrap();
		assert!(!addresses.is_empty());
		assert!(addresses.iter().all(|endpoint| endpoint.listen_addr.ip().is_loopback()));
		assert!(!run.prometheus_params.prometheus_external);
	}

	#[test]
	fn database_should_be_parity_db_when_named_auto_or_not_at_all() {
		for arguments in [&["--dev"][..], &["--dev", "--database", "auto"], &["--dev", "--database", "paritydb"]] {
			let database = parse(arguments).run.import_params.database_params.database();
			assert!(matches!(database, None | Some(sc_cli::Database::Auto) | Some(sc_cli::Database::ParityDb)));
		}
		assert!(Cli::try_from_iter(["praxis-node", "--database", "rocksdb"]).is_err());
	}

	#[test]
	fn specification_should_load_when_it_is_named() {
		let cli = parse(&[]);
		assert_eq!(cli.load_spec("dev").unwrap().chain_type(), sc_service::ChainType::Development);
		assert_eq!(cli.load_spec("local").unwrap().chain_type(), sc_service::ChainType::Local);
		assert_eq!(cli.load_spec("staging").unwrap().chain_type(), sc_service::ChainType::Live);
		let error = cli.load_spec("/nowhere.json").err().unwrap();
		assert!(error.contains("/nowhere.json"), "{error}");
	}

	#[test]
	fn help_should_show_examples() {
		let help = Cli::setup_command(<Cli as clap::CommandFactory>::command()).render_help().to_string();
		assert!(help.contains("praxis-worker mine"), "{help}");
	}
}
