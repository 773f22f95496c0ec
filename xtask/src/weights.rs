//! `cargo xtask weights`: benchmarks the pallets and writes their weights.
//!
//! The only command that does not share the development profile: unoptimised code has no useful weight.

use crate::{
	process::{self, Error, Result},
	setup, workspace,
};
use clap::Args;

/// The project's own pallets.
const PALLETS: [&str; 8] =
	["evaluation", "models", "oracle", "randomness", "rewards", "task-market", "teaching", "workers"];

/// Options of `cargo xtask weights`.
#[derive(Args)]
pub struct Options {
	/// Only this pallet.
	#[arg(long, value_parser = clap::builder::PossibleValuesParser::new(PALLETS))]
	pallet: Option<String>,
	/// Points that are measured along every component.
	#[arg(long, default_value_t = 50)]
	steps: u32,
	/// Repetitions of each.
	#[arg(long, default_value_t = 20)]
	repeat: u32,
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	let tools = setup::run(&setup::Options::for_building())?;
	println!("\nBuilding the node for benchmarks, in the release profile");
	process::run(workspace::cargo(&tools).args([
		"build",
		"--release",
		"-p",
		"praxis-node",
		"--features",
		"runtime-benchmarks",
	]))?;
	let node = workspace::target()?.join("release/praxis-node");
	for pallet in PALLETS.iter().filter(|pallet| options.pallet.as_ref().is_none_or(|only| only == *pallet)) {
		let output = format!("pallets/{pallet}/src/weights.rs");
		println!("\nMeasuring {pallet}");
		process::run(
			workspace::command(&node)
				.args(["benchmark", "pallet", "--chain", "dev", "--extrinsic", "*", "--wasm-execution", "compiled"])
				.args([
					"--pallet",
					&format!("pallet_{}", pallet.replace('-', "_")),
					"--template",
					"xtask/weights.hbs",
					"--output",
					&output,
				])
				.args(["--steps", &options.steps.to_string(), "--repeat", &options.repeat.to_string()]),
		)?;
		if !workspace::root().join(&output).is_file() {
			return Err(Error::Failed(format!("the node wrote no {output}")));
		}
	}
	println!("\n{} is the node of the benchmarks now. Build it again before it runs a chain.", node.display());
	process::run(workspace::cargo(&tools).args(["fmt", "--all"]))
}
