//! `cargo xtask bench`: how fast it is, beside its peers, in one run.
//!
//! Every benchmark prints a table (markdown), and writes JSON (`--json`) and a picture (`--svg`) where asked. The
//! results that are kept stand in `docs/benchmarks.md`. What is measured are release builds.

mod chain;
mod dqn;
mod environment;
mod gpu;
mod learning;
mod peers;
mod picture;
mod report;
mod runs;
mod scaling;
mod selection;
mod teams;

use crate::{
	process::{self, Result},
	setup, workspace,
};
use clap::{Args, Subcommand};
use std::{path::PathBuf, process::Command};

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub struct Options {
	#[command(subcommand)]
	bench: Bench,
}

/// What is measured.
#[derive(Subcommand)]
enum Bench {
	/// Import of blocks, transfers a second, memory, start-up and growth, beside a plain solochain.
	Chain(chain::Options),
	/// DQN on CartPole: time until it is learned, and gradient steps a second, beside stable-baselines3.
	Dqn(dqn::Options),
	/// Environment steps a second on one core, beside Gymnasium.
	Environment(environment::Options),
	/// Gradient steps a second by network and batch, on the CPU and on a CUDA device where there is one.
	Gpu(gpu::Options),
	/// Learning curves of the shipped settings in every environment.
	Learning(learning::Options),
	/// One core and two: actors, learner, both.
	Scaling(scaling::Options),
	/// Does the choice of workers help? A simulated market on the chain's own pallets.
	Selection(selection::Options),
	/// What the shipped settings learn in the environments of teams, beside random agents and heuristics.
	Teams(teams::Options),
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	match &options.bench {
		Bench::Chain(options) => chain::run(options),
		Bench::Dqn(options) => dqn::run(options),
		Bench::Environment(options) => environment::run(options),
		Bench::Gpu(options) => gpu::run(options),
		Bench::Learning(options) => learning::run(options),
		Bench::Scaling(options) => scaling::run(options),
		Bench::Selection(options) => selection::run(options),
		Bench::Teams(options) => teams::run(options),
	}
}

/// What every benchmark takes.
#[derive(Args, Clone)]
pub struct Common {
	/// A short run: fewer repetitions, for a look; not what is kept.
	#[arg(long)]
	quick: bool,
	/// Measure what was built before.
	#[arg(long)]
	no_build: bool,
	/// Write the result as JSON to this file.
	#[arg(long, value_name = "FILE")]
	json: Option<PathBuf>,
	/// Write the picture as SVG to this file.
	#[arg(long, value_name = "FILE")]
	svg: Option<PathBuf>,
}

/// The folder of release builds.
struct Release(PathBuf);

impl Release {
	/// A program in it.
	fn command(&self, name: &str) -> Command {
		workspace::command(self.0.join(name))
	}
}

/// Builds something in the release profile.
fn build_release(common: &Common, arguments: &[&str]) -> Result<Release> {
	if common.no_build {
		return Ok(Release(workspace::target()?.join("release")));
	}
	let tools = setup::run(&setup::Options::for_building())?;
	println!("\nBuilding what is measured, in the release profile");
	process::run(workspace::cargo(&tools).args(["build", "--release"]).args(arguments))?;
	Ok(Release(workspace::target()?.join("release")))
}
