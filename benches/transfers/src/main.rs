//! Fills a node's pool with signed transfers and counts those that blocks take.
//!
//! All transfers are signed before the first is sent: from the twelve development accounts, each to a sink of its own,
//! with explicit nonces. Then so many are kept in flight that every block finds the pool full. The window starts with a
//! block that was built from a full pool; it ends after so many seconds. The blocks of the window must become final,
//! and the sinks must hold what the included transfers say.
#![forbid(unsafe_code)]

mod chain;
mod load;
mod process;

use clap::Parser;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  bench-transfers --url ws://127.0.0.1:9944
  bench-transfers --url ws://127.0.0.1:9944 --seconds 60 --transfers 60000 --pid 1234

The chain must be fresh: the development accounts' nonces start at 0. Prints one JSON object. Ends with exit code 1 if
a transfer was refused or failed, if a block of the window did not become final, or if the pool ran dry.";

/// The command line.
#[derive(Debug, Parser)]
#[command(about = "Fills a node's pool with signed transfers and counts those that blocks take.", after_help = EXAMPLES)]
pub struct Options {
	/// The node.
	#[arg(long, default_value = "ws://127.0.0.1:9944")]
	url: String,
	/// Length of the window.
	#[arg(long, default_value_t = 30)]
	seconds: u64,
	/// Transfers signed beforehand. Too few end the run with an error.
	#[arg(long, default_value_t = 20_000)]
	transfers: u32,
	/// Transfers kept in flight. A node's pool holds 8,192 by default.
	#[arg(long, default_value_t = 6_000)]
	in_flight: u32,
	/// The node's process, whose processor time and memory are read from /proc.
	#[arg(long)]
	pid: Option<u32>,
}

#[tokio::main]
async fn main() -> ExitCode {
	match load::run(&Options::parse()).await {
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
