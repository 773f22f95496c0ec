//! `task post`: what is asked for.

use crate::{
	agent::DqnConfig,
	chain::calls::{self, Spec},
	commands::{
		client::{part, Chain, Signing, SigningArgs, EXIT_CODES},
		evaluate::parse_task,
		Failure, Outcome,
	},
};
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::{parameters_of, work_of, Limits};
use praxis_primitives_market::{Resources, TaskId, Terms};
use serde_json::json;
use std::{fmt::Write, process::ExitCode};

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Alice praxis-worker task post --environment CartPole-v1 --target 475 --budget 8
  praxis-worker task post --environment 'MazeCleaning-v0(6x6,2)' --target 25 --budget 20.5 --workers 2 --key-file alice.key
  praxis-worker task post --environment CartPole-v1 --target 475 --budget 8 --weights reputation=1,expertise=0,compute=0 \\
    --minimum-reputation 0.2 --cores 4 --gpus 1 --key-file alice.key --dry-run

An environment's parameters stand behind its name: TargetLocalization-v0(AGENTS,WALLS[,shaped]),
MazeCleaning-v0(WIDTHxHEIGHT,AGENTS), FleetCoordination-v0(WIDTHxHEIGHT,AGENTS).

--price is the most that one worker may ask, --budget what all may get together. A worker whose policy goes half of the way
from the best published score to the target gets half of its price. Beside the budget the cost of judging and a deposit go
on hold; docs/task-market.md tells what returns when.";

/// Weights of the terms of a worker's quality, in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
	reputation: u32,
	expertise: u32,
	compute: u32,
}

/// Reads `reputation=0.4,expertise=0.4,compute=0.2`. What is not named weighs nothing.
fn parse_weights(text: &str) -> Result<Weights, String> {
	let mut weights = Weights { reputation: 0, expertise: 0, compute: 0 };
	for entry in text.split(',') {
		let (name, value) = entry.split_once('=').ok_or_else(|| format!("`{entry}` is no NAME=WEIGHT"))?;
		let place = match name.trim() {
			"reputation" => &mut weights.reputation,
			"expertise" => &mut weights.expertise,
			"compute" => &mut weights.compute,
			other => return Err(format!("`{other}` is none of reputation, expertise, compute")),
		};
		*place = parse_part(value.trim())?;
	}
	match [weights.reputation, weights.expertise, weights.compute].iter().map(|weight| u64::from(*weight)).sum() {
		1_000_000_000u64 => Ok(weights),
		sum => Err(format!("they sum to {}, not to 1", sum as f64 / 1e9)),
	}
}

/// Reads a part of one such as `0.25`, in billionths.
fn parse_part(text: &str) -> Result<u32, String> {
	let wrong = || format!("`{text}` is no part of one: it looks like 0.25");
	let number: f64 = text.parse().map_err(|_| wrong())?;
	// Casts from floats saturate; the range is checked before.
	(0.0..=1.0).contains(&number).then(|| (number * 1e9).round() as u32).ok_or_else(wrong)
}

fn parse_target(text: &str) -> Result<f64, String> {
	let number: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
	number.is_finite().then_some(number).ok_or_else(|| format!("`{text}` is no return of an episode"))
}

/// The options of `task post`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct PostArgs {
	/// Where policies are judged, with its parameters.
	#[arg(long, value_name = "NAME", value_parser = parse_task)]
	environment: TaskEnvironment,
	/// Mean return of an episode that earns the whole price.
	#[arg(long, value_name = "RETURN", value_parser = parse_target, allow_negative_numbers = true)]
	target: f64,
	/// Most that all workers get together, in tokens.
	#[arg(long, value_name = "AMOUNT")]
	budget: String,
	/// Most that one worker may ask, in tokens; the budget shared out, if it is not given.
	#[arg(long, value_name = "AMOUNT")]
	price: Option<String>,
	/// Workers wanted.
	#[arg(long, default_value_t = 1)]
	workers: u32,
	/// Episodes that the chain plays with each policy.
	#[arg(long, default_value_t = 20)]
	episodes: u32,
	/// Blocks in which workers apply.
	#[arg(long, value_name = "BLOCKS", default_value_t = 20)]
	apply_blocks: u32,
	/// Blocks in which they train and commit.
	#[arg(long, value_name = "BLOCKS", default_value_t = 200)]
	train_blocks: u32,
	/// Blocks in which they reveal.
	#[arg(long, value_name = "BLOCKS", default_value_t = 20)]
	reveal_blocks: u32,
	/// Least reputation of a worker, from 0 to 1.
	#[arg(long, value_name = "PART", default_value = "0", value_parser = parse_part)]
	minimum_reputation: u32,
	/// How much each term of a worker's quality weighs; they sum to 1.
	#[arg(long, value_name = "WEIGHTS", default_value = "reputation=0.4,expertise=0.4,compute=0.2", value_parser = parse_weights)]
	weights: Weights,
	/// Processor cores that a worker must say it has.
	#[arg(long, default_value_t = 0)]
	cores: u16,
	/// Memory that it must say it has, in MiB.
	#[arg(long, value_name = "MIB", default_value_t = 0)]
	memory: u32,
	/// Graphics processors that it must say it has.
	#[arg(long, default_value_t = 0)]
	gpus: u8,
	/// Memory of one of them, in MiB.
	#[arg(long, value_name = "MIB", default_value_t = 0)]
	gpu_memory: u32,
	/// Most parameters of a policy; those of the network that this program trains in the environment, if not given.
	#[arg(long, value_name = "COUNT")]
	max_parameters: Option<u32>,
	/// Most multiply-adds and the like of a decision; those of that network, if not given. Judging costs accordingly.
	#[arg(long, value_name = "COUNT")]
	max_work: Option<u64>,
	#[command(flatten)]
	signing: SigningArgs,
}

/// The limits that the network of the shipped settings needs.
fn usual_limits(environment: &TaskEnvironment) -> Limits {
	let narrow = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
	let hidden = DqnConfig::for_environment(*environment).hidden;
	let widths: Vec<u16> = std::iter::once(narrow(environment.observation()))
		.chain(hidden.iter().map(|width| narrow(*width)))
		.chain([narrow(environment.actions() as usize)])
		.collect();
	Limits { max_parameters: u32::try_from(parameters_of(&widths)).unwrap_or(u32::MAX), max_work: work_of(&widths) }
}

impl PostArgs {
	/// What the options ask for; amounts are read by `amount`.
	fn spec(&self, amount: impl Fn(&str) -> Result<u128, Failure>) -> Result<Spec, Failure> {
		let budget = amount(&self.budget)?;
		let price = match &self.price {
			Some(price) => amount(price)?,
			None => budget / u128::from(self.workers.max(1)),
		};
		let usual = usual_limits(&self.environment);
		Ok(Spec {
			environment: self.environment,
			target: Real::from_f64(self.target),
			episodes: self.episodes,
			price,
			budget,
			workers: self.workers,
			apply_blocks: self.apply_blocks,
			train_blocks: self.train_blocks,
			reveal_blocks: self.reveal_blocks,
			minimum_reputation: part(self.minimum_reputation)?,
			terms: Terms {
				reputation: part(self.weights.reputation)?,
				expertise: part(self.weights.expertise)?,
				compute: part(self.weights.compute)?,
			},
			resources: Resources {
				cores: self.cores,
				memory: self.memory,
				gpus: self.gpus,
				gpu_memory: self.gpu_memory,
			},
			limits: Limits {
				max_parameters: self.max_parameters.unwrap_or(usual.max_parameters),
				max_work: self.max_work.unwrap_or(usual.max_work),
			},
		})
	}
}

/// Posts a task.
pub async fn run(chain: &Chain, args: &PostArgs) -> Outcome {
	let spec = args.spec(|text| chain.amount(text))?;
	let signing = Signing::new(chain, &args.signing).await?;
	let sent = signing.send(calls::market::post_task(&spec), "posting").await?;
	let receipt = sent.receipt();
	let number = |field| receipt.and_then(|receipt| receipt.number("TaskMarket", "TaskPosted", field));
	let task = number("task").and_then(|task| TaskId::try_from(task).ok());
	let (escrowed, deposit, until) = (number("escrowed"), number("deposit"), number("until"));
	let until = until.and_then(|until| u32::try_from(until).ok());
	let mut text = String::new();
	if let (Some(task), Some(receipt)) = (task, receipt) {
		let _ = writeln!(text, "task {task}: {} to {:.2}, in block {}", spec.environment, args.target, receipt.height);
		let (escrowed, deposit) = (escrowed.unwrap_or_default(), deposit.unwrap_or_default());
		let (escrowed, deposit) = (chain.show(escrowed), chain.show(deposit));
		let _ = writeln!(text, "on hold: {escrowed} for payouts and judging, {deposit} for storage");
		let _ = writeln!(text, "workers apply until {}", chain.until(until.unwrap_or_default(), receipt.height));
		let _ = writeln!(text, "follow it: praxis-worker task show {task} --watch");
	} else {
		text = sent.told("posted");
	}
	let mut more = json!({
		"environment": spec.environment,
		"target": args.target,
		"budget": spec.budget.to_string(),
		"price": spec.price.to_string(),
		"workers": spec.workers,
		"limits": { "max_parameters": spec.limits.max_parameters, "max_work": spec.limits.max_work },
	});
	if let Some(task) = task {
		more["task"] = task.into();
		more["escrowed"] = escrowed.map(|amount| amount.to_string()).into();
		more["deposit"] = deposit.map(|amount| amount.to_string()).into();
		more["until"] = until.into();
	}
	chain.print(&sent.with(more), text);
	Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[derive(Parser)]
	struct Cli {
		#[command(flatten)]
		post: PostArgs,
	}

	fn parse(more: &[&str]) -> Result<PostArgs, clap::Error> {
		let line = ["post", "--environment", "CartPole-v1", "--target", "475", "--budget", "9"];
		Cli::try_parse_from(line.iter().chain(more)).map(|cli| cli.post)
	}

	fn amount(text: &str) -> Result<u128, Failure> {
		text.parse().map_err(|error| Failure::input("amount", error))
	}

	#[test]
	fn spec_should_be_what_the_options_say() {
		let args = parse(&["--workers", "2", "--minimum-reputation", "0.25", "--gpus", "1"]).expect("options");
		let spec = args.spec(amount).expect("a specification");
		assert_eq!((spec.budget, spec.price, spec.workers), (9, 4, 2));
		assert_eq!(spec.target, Real::from_int(475));
		assert_eq!((spec.minimum_reputation.deconstruct(), spec.resources.gpus), (250_000_000, 1));
		assert!(spec.terms.is_valid());
		let args = parse(&["--price", "5", "--max-work", "7"]).expect("options");
		let spec = args.spec(amount).expect("a specification");
		assert_eq!((spec.price, spec.limits.max_work), (5, 7));
	}

	#[test]
	fn limits_should_have_room_for_the_network_that_the_worker_trains() {
		let limits = usual_limits(&TaskEnvironment::CartPole);
		let hidden = DqnConfig::for_environment(TaskEnvironment::CartPole).hidden;
		assert!(u64::from(limits.max_parameters) > hidden.iter().map(|width| *width as u64).sum::<u64>());
		assert!(limits.max_work >= u64::from(limits.max_parameters) / 2);
	}

	#[test]
	fn weights_should_be_refused_when_they_do_not_sum_to_one() {
		let weights = parse_weights("reputation=0.4,compute=0.6").expect("weights");
		assert_eq!(weights, Weights { reputation: 400_000_000, expertise: 0, compute: 600_000_000 });
		for wrong in ["reputation=0.4", "reputation=0.5,luck=0.5", "reputation", "reputation=-1,compute=2", ""] {
			assert!(parse_weights(wrong).is_err(), "{wrong}");
		}
		assert!(parse(&["--target", "NaN"]).is_err());
	}

	#[test]
	fn environment_should_be_read_with_its_parameters() {
		let args = parse(&["--environment", "MazeCleaning-v0(6x5,2)"]);
		assert!(args.is_err(), "it is given twice");
		let line = ["post", "--environment", "MazeCleaning-v0(6x5,2)", "--target", "-3.5", "--budget", "1"];
		let args = Cli::try_parse_from(line).unwrap_or_else(|error| panic!("{error}")).post;
		assert_eq!(args.environment, TaskEnvironment::MazeCleaning { width: 6, height: 5, agents: 2 });
		assert_eq!(args.spec(amount).expect("a specification").target, Real::from_ratio(-7, 2));
	}
}
