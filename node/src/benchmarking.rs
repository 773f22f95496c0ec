//! Measures the weights of the pallets.

use frame_benchmarking_cli::{BenchmarkCmd, SUBSTRATE_REFERENCE_HARDWARE};
use praxis_runtime::opaque::Block;
use sc_cli::Result;
use sc_service::Configuration;
use sp_runtime::traits::HashingFor;

/// Runs a benchmark command. Only those that need no running node are offered.
pub fn run(cmd: &BenchmarkCmd, config: Configuration) -> Result<()> {
	match cmd {
		BenchmarkCmd::Pallet(cmd) => cmd.run_with_spec::<HashingFor<Block>, ()>(Some(config.chain_spec)),
		BenchmarkCmd::Machine(cmd) => cmd.run(&config, SUBSTRATE_REFERENCE_HARDWARE.clone()),
		_ => Err("this node offers `benchmark pallet` and `benchmark machine`".into()),
	}
}
