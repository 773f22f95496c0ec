//! `evaluate`: judges a policy exactly as the chain does.

use super::{Failure, Outcome};
use crate::{
	agent::World,
	checkpoint::Checkpoint,
	quantise::{self, Quantised},
};
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::Policy;
use praxis_primitives_market::{Course, Judgement, Seeds};
use serde::Serialize;
use std::{
	path::{Path, PathBuf},
	process::ExitCode,
	time::Instant,
};

const EXAMPLES: &str = "\
Examples:
  praxis-worker evaluate --policy runs/cart/policy.safetensors --environment CartPole-v1
  praxis-worker evaluate --policy cart.policy --environment CartPole-v1 --episodes 100 --seeds 5000 --json
  praxis-worker evaluate --policy cart.policy --environment CartPole-v1 --job 3 --beacon 0x6d1f...

A policy is what `quantise` writes, or a checkpoint of `train`, which is quantised first. The numbers are the chain's, bit for
bit: with the job and the beacon of an evaluation (its events `evaluation.Sealed` and `randomness.BeaconReady`), and as many
episodes, `mean_bits` is the score that the chain found.";

/// The options of `evaluate`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct EvaluateArgs {
	/// The policy: what `quantise` wrote, or a checkpoint (.safetensors).
	#[arg(long, value_name = "FILE")]
	policy: PathBuf,
	/// The environment of a task, such as CartPole-v1 or MazeCleaning-v0(5x5,1).
	#[arg(long, value_parser = parse_task)]
	environment: TaskEnvironment,
	/// Episodes that are played.
	#[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
	episodes: u32,
	/// Number of the first episode's seed; the others follow.
	#[arg(long, default_value_t = 0, conflicts_with_all = ["job", "beacon"])]
	seeds: u64,
	/// Take the seeds of this job of the chain.
	#[arg(long, requires = "beacon")]
	job: Option<u32>,
	/// The beacon of that job, 32 bytes as hex.
	#[arg(long, requires = "job", value_parser = parse_beacon)]
	beacon: Option<[u8; 32]>,
	/// Print JSON.
	#[arg(long)]
	json: bool,
}

/// Reads the environment of a task.
pub fn parse_task(name: &str) -> Result<TaskEnvironment, String> {
	match super::rollout::parse_world(name)? {
		World::Team(task) => Ok(task),
		World::Single(id) => TaskEnvironment::try_from(id).map_err(|_| format!("the episodes of {id} never end")),
	}
}

fn parse_beacon(text: &str) -> Result<[u8; 32], String> {
	let mut beacon = [0; 32];
	hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut beacon)
		.map_err(|error| format!("`{text}` is not 32 bytes as hex: {error}"))?;
	Ok(beacon)
}

/// Reads a policy, or quantises a checkpoint's.
pub fn read_policy(path: &Path, environment: &TaskEnvironment) -> Result<Policy, Failure> {
	if path.extension().is_some_and(|end| end == "safetensors") {
		let Quantised { policy, .. } = quantise::of_checkpoint(Checkpoint::read(path)?, *environment)?;
		return Ok(policy);
	}
	let bytes =
		std::fs::read(path).map_err(|error| Failure::running("file", format!("{}: {error}", path.display())))?;
	let wrong = |error| Failure::input("policy-file", format!("{}: {error}", path.display()));
	let policy = Policy::decode(&bytes).map_err(wrong)?;
	if Course::fits(environment, &policy) {
		return Ok(policy);
	}
	Err(Failure::input(
		"policy-file",
		format!(
			"{} has {} inputs and {} outputs; {environment} has {} observed numbers and {} actions",
			path.display(),
			policy.inputs(),
			policy.outputs(),
			environment.observation(),
			environment.actions()
		),
	))
}

/// What is printed.
#[derive(Debug, Serialize)]
pub struct Report {
	/// Hash of the policy, as the chain names it.
	pub policy: String,
	/// Bytes of its encoding.
	pub bytes: usize,
	/// Weights and biases.
	pub parameters: u32,
	/// Multiply-adds of an inference.
	pub multiply_adds: u64,
	/// The environment.
	pub environment: TaskEnvironment,
	/// Episodes played.
	pub episodes: u32,
	/// Steps taken.
	pub steps: u64,
	/// Mean return.
	pub mean: f64,
	/// The same, exactly: in units of 2^-32.
	pub mean_bits: i64,
	/// Least return.
	pub minimum: f64,
	/// The same, exactly.
	pub minimum_bits: i64,
	/// Time of a step with its inference, in nanoseconds.
	pub nanoseconds_a_step: f64,
}

/// Judges a policy and describes it.
pub fn report(policy: &Policy, course: &Course) -> Result<Report, Failure> {
	let begun = Instant::now();
	let judgement = course.judge(policy).ok_or_else(|| Failure::input("episodes", "no episodes were asked for"))?;
	let nanoseconds = begun.elapsed().as_nanos() as f64;
	let Judgement { mean, minimum, episodes, steps } = judgement;
	Ok(Report {
		policy: format!("0x{}", hex::encode(policy.hash())),
		bytes: policy.encode().len(),
		parameters: policy.parameters(),
		multiply_adds: policy.multiply_adds(),
		environment: course.environment,
		episodes,
		steps,
		mean: Real::to_f64(mean),
		mean_bits: mean.to_bits(),
		minimum: Real::to_f64(minimum),
		minimum_bits: minimum.to_bits(),
		nanoseconds_a_step: nanoseconds / (steps.max(1) as f64),
	})
}

/// Runs the command.
pub fn run(args: EvaluateArgs) -> Outcome {
	let policy = read_policy(&args.policy, &args.environment)?;
	let seeds = match (args.job, args.beacon) {
		(Some(job), Some(beacon)) => Seeds::Job { job, beacon },
		_ => Seeds::Numbers { first: args.seeds },
	};
	let report = report(&policy, &Course { environment: args.environment, episodes: args.episodes, seeds })?;
	if args.json {
		println!("{}", serde_json::to_string(&report).map_err(|error| Failure::running("output", error))?);
	} else {
		println!("policy      {} ({} bytes, {} parameters)", report.policy, report.bytes, report.parameters);
		println!("environment {}", report.environment);
		println!("mean        {:.4} over {} episodes ({} steps)", report.mean, report.episodes, report.steps);
		println!("minimum     {:.4}", report.minimum);
		println!(
			"a step      {:.0} ns, {} multiply-adds an inference",
			report.nanoseconds_a_step, report.multiply_adds
		);
	}
	Ok(ExitCode::SUCCESS)
}
