//! Times the import of blocks, with and without transitions, part by part.
//!
//! Blocks are built on one chain (in memory) and imported into two fresh ones, each in a ParityDB on disk, by the path
//! that a block from the network takes behind the import queue: verifier, engine, GRANDPA, client. The first chain is
//! only timed as a whole. The second takes the execution of each block apart before it imports it, which would warm
//! the caches of the first.
#![forbid(unsafe_code)]

mod chain;
mod make;
mod measure;

use chain::Genesis;
use clap::Parser;
use measure::Series;
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};

const EXAMPLES: &str = "\
Examples:
  bench-import
  bench-import --blocks 200 --full-blocks 20
  praxis-node export-chain-spec --chain dev --raw --output spec.json
  bench-import --chain spec.json --export blocks

Prints one JSON object; times are in milliseconds.";

/// What can go wrong, in words.
pub type Result<T> = std::result::Result<T, String>;

/// Makes an error's text.
pub fn text(error: impl std::fmt::Display) -> String {
	error.to_string()
}

/// The command line.
#[derive(Debug, Parser)]
#[command(about = "Times the import of blocks with and without transitions, part by part.", after_help = EXAMPLES)]
struct Options {
	/// Blocks of each chain.
	#[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(20..))]
	blocks: u32,
	/// Blocks of the chain whose blocks are full of transfers.
	#[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(20..))]
	full_blocks: u32,
	/// A raw specification whose only author is Alice, in place of the development chain's.
	#[arg(long, value_name = "FILE")]
	chain: Option<PathBuf>,
	/// Write the blocks with transitions as `praxis-node import-blocks --binary` reads them.
	#[arg(long, value_name = "FILE")]
	export: Option<PathBuf>,
}

fn run(options: &Options) -> Result<serde_json::Value> {
	let genesis = Genesis::new(options.chain.as_deref())?;
	let (empty, _) = measure::run(&genesis, make::Content::Empty, options.blocks)?;
	let (steps, blocks) = measure::run(&genesis, make::Content::Steps, options.blocks)?;
	let (full, _) = measure::run(&genesis, make::Content::StepsAndTransfers, options.full_blocks)?;
	if let Some(path) = &options.export {
		make::export(&blocks, path)?;
	}
	Ok(json!({
		"empty": empty.json(),
		"steps": steps.json(),
		"full": full.json(),
		"wasm_step_ms": measure::wasm_step(&genesis)?,
	}))
}

fn main() -> ExitCode {
	match run(&Options::parse()) {
		Ok(result) => {
			println!("{result}");
			ExitCode::SUCCESS
		}
		Err(error) => {
			eprintln!("error: {error}");
			ExitCode::FAILURE
		}
	}
}

impl Series {
	/// The figures as JSON.
	fn json(&self) -> serde_json::Value {
		let times = |name: &str| {
			let mut sorted: Vec<f64> = self.times.iter().filter(|(part, _)| *part == name).map(|(_, t)| *t).collect();
			sorted.sort_by(f64::total_cmp);
			json!({ "median": quantile(&sorted, 0.5), "p99": quantile(&sorted, 0.99), "count": sorted.len() })
		};
		let mut names: Vec<&str> = self.times.iter().map(|(part, _)| *part).collect();
		names.sort_unstable();
		names.dedup();
		let parts: serde_json::Map<_, _> = names.into_iter().map(|name| (name.to_owned(), times(name))).collect();
		json!({
			"blocks": self.blocks,
			"extrinsics_per_block": self.extrinsics,
			"bytes_per_block": self.bytes,
			"parts": parts,
			"growth": self.growth.iter().map(|at| json!({
				"block": at.block, "state_keys": at.keys, "state_bytes": at.bytes, "database_bytes": at.database,
				"value_bytes": at.values,
			})).collect::<Vec<_>>(),
		})
	}
}

/// The value below which a share of some sorted values lies: the nearest rank.
fn quantile(sorted: &[f64], share: f64) -> f64 {
	let rank = (share * sorted.len() as f64).ceil() as usize;
	sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn quantile_should_be_the_nearest_rank() {
		let values: Vec<f64> = (1..=200).map(f64::from).collect();
		assert_eq!((quantile(&values, 0.5), quantile(&values, 0.99)), (100.0, 198.0));
		assert_eq!(quantile(&[3.0], 0.99), 3.0);
		assert!(quantile(&[], 0.5).is_nan());
	}
}
