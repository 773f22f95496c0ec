//! Does the chain's selection of workers help? A simulated population on the chain's own pallets.
//!
//! | file | role |
//! |---|---|
//! | `runtime` | the pallets, with the constants of the chain's runtime |
//! | `judge` | gives the scores that simulated workers reached |
//! | `order` | in which order applicants are taken |
//! | `lots` | the beacons that draw lots for unknown applicants |
//! | `population` | who works and who asks, by seed |
//! | `market` | a run |
//! | `outcome` | what came out of it |
//! | `statistics` | means over seeds |
//! | `report` | all of it as JSON |
#![forbid(unsafe_code)]

#[allow(dead_code)]
#[path = "../../../runtime/src/constants.rs"]
mod constants;
mod draw;
mod judge;
mod lots;
mod market;
mod order;
mod outcome;
mod population;
mod report;
mod runtime;
mod statistics;
#[cfg(test)]
mod tests;

use clap::Parser;

/// Amount of the token, as on the chain.
pub type Balance = u128;
/// Height, as on the chain.
pub type BlockNumber = u32;

const EXAMPLES: &str = "\
Examples:
  bench-selection
  bench-selection --seeds 4 --tasks 100
  bench-selection --workers 60 --first-seed 1000

Prints one JSON object: for every scenario and strategy each figure's mean over the seeds with the half of its 95 %
confidence interval, and the same of its difference to the chain's strategy, seed by seed. Money is in PRX.";

/// The command line.
#[derive(Debug, Parser)]
#[command(about = "Simulates the task market: does the chain's selection of workers help?", after_help = EXAMPLES)]
struct Options {
	/// Runs of every scenario and strategy.
	#[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(2..=10_000))]
	seeds: u64,
	/// The first seed; the others follow it.
	#[arg(long, default_value_t = 0)]
	first_seed: u64,
	/// Requests of a run.
	#[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u64).range(20..=100_000))]
	tasks: u64,
	/// Workers of a run.
	#[arg(long, default_value_t = 36, value_parser = clap::value_parser!(u64).range(3..=500))]
	workers: u64,
}

fn main() {
	let Options { seeds, first_seed, tasks, workers } = Options::parse();
	let seeds: Vec<u64> = (0..seeds).map(|at| first_seed.wrapping_add(at)).collect();
	println!("{}", report::all(&seeds, tasks as usize, workers as usize));
}
