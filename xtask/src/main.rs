//! The project's own commands: `cargo xtask setup`, `demo`, `test`, `bench`, `weights`.
//!
//! This crate depends on none of the others and on no SDK crate, so that it builds in seconds on a
//! bare machine. What it needs from elsewhere it runs as a process.

mod bench;
mod demo;
mod process;
mod setup;
mod test;
mod weights;
mod workspace;

use clap::{Parser, Subcommand};
use process::Error;
use std::process::ExitCode;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand)]
enum Command {
	/// Find and install what is missing: compiler, protoc, linker, Wasm target, libtorch, Node packages.
	Setup(setup::Options),
	/// Set up, build and run every test.
	Test(test::Options),
	/// Start a network of real nodes and workers on this machine and watch it learn.
	Demo(demo::Options),
	/// Measure speed beside the peers': environments, learning, scaling, the chain.
	Bench(bench::Options),
	/// Benchmark the pallets and write their weights (builds the node again, in the release profile).
	Weights(weights::Options),
}

fn main() -> ExitCode {
	let cli = Cli::parse();
	let done = process::handle_signals().and_then(|()| match cli.command {
		Command::Setup(options) => setup::run(&options).map(|_| ()),
		Command::Test(options) => test::run(&options),
		Command::Demo(options) => demo::run(&options),
		Command::Bench(options) => bench::run(&options),
		Command::Weights(options) => weights::run(&options),
	});
	match done {
		Ok(()) => ExitCode::SUCCESS,
		Err(Error::Interrupted) => {
			eprintln!("Interrupted.");
			ExitCode::from(130)
		}
		Err(Error::Failed(message)) => {
			eprintln!("error: {message}");
			ExitCode::FAILURE
		}
	}
}
