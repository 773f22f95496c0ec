//! `quantise`: makes of a checkpoint the policy that the chain can judge, and says what was lost.

use super::{evaluate::parse_task, Failure, Outcome};
use crate::{
	checkpoint::{write_atomically, Checkpoint},
	quantise::{self, Quantised},
};
use praxis_environment::TaskEnvironment;
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};

const EXAMPLES: &str = "\
Examples:
  praxis-worker quantise runs/cart/policy.safetensors --output cart.policy
  praxis-worker quantise runs/maze/policy.safetensors --environment 'MazeCleaning-v0(6x6,2)' --output maze.policy --json

The output is the policy's SCALE encoding: `evaluate` reads it, and `taskMarket.reveal` takes it.";

/// The options of `quantise`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct QuantiseArgs {
	/// The checkpoint of `train`.
	checkpoint: PathBuf,
	/// Where the policy is written.
	#[arg(long, value_name = "FILE")]
	output: PathBuf,
	/// The environment whose observations the scales are chosen by. That of the checkpoint, if it is not given.
	#[arg(long, value_parser = parse_task)]
	environment: Option<TaskEnvironment>,
	/// Episodes on which what was lost is measured, with seeds of their own.
	#[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
	episodes: u32,
	/// Print JSON.
	#[arg(long)]
	json: bool,
}

/// Runs the command.
pub fn run(args: QuantiseArgs) -> Outcome {
	let checkpoint = Checkpoint::read(&args.checkpoint)?;
	let environment = match args.environment {
		Some(environment) => environment,
		None => {
			parse_task(&checkpoint.environment.to_string()).map_err(|error| Failure::input("environment", error))?
		}
	};
	let mut quantised = quantise::of_checkpoint(checkpoint, environment)?;
	let loss = quantised.measure(environment, args.episodes)?;
	let Quantised { policy, .. } = &quantised;
	write_atomically(&args.output, &policy.encode())?;
	let hash = format!("0x{}", hex::encode(policy.hash()));
	if args.json {
		let bytes = policy.encode().len();
		println!("{}", json!({ "policy": hash, "bytes": bytes, "environment": environment, "loss": loss }));
	} else {
		println!("policy    {hash} ({} bytes)", policy.encode().len());
		println!("float     mean {:.4} over {} fresh episodes of {environment}", loss.float_mean, loss.episodes);
		println!(
			"quantised mean {:.4}; {:.2} % of its decisions are those of the network",
			loss.mean,
			100.0 * loss.same
		);
	}
	Ok(ExitCode::SUCCESS)
}
