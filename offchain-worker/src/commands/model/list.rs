//! Lists models and shows one.

use super::view;
use crate::{
	chain::records::{self, Model},
	commands::{
		client::{fraction, parse_hash, Chain},
		evaluate::parse_task,
		Failure, Outcome,
	},
};
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::PolicyHash;
use serde_json::{json, Value};
use std::process::ExitCode;

const LIST_EXAMPLES: &str = "\
Examples:
  praxis-worker model list
  praxis-worker model list --environment CartPole-v1 --count 5 --json
  praxis-worker model list --environment 'MazeCleaning-v0(6x6,2)' --similar

With --similar it lists the best model of each of the most similar environments: training can start from one.";

const SHOW_EXAMPLES: &str = "\
Examples:
  praxis-worker model show 0x5f…
  praxis-worker model show 0x5f… --json | jq -r .offer.price";

/// The options of `model list`.
#[derive(Debug, clap::Args)]
#[command(after_help = LIST_EXAMPLES)]
pub struct ListArgs {
	/// The environment; all that have models, if none is named.
	#[arg(long, value_name = "NAME", value_parser = parse_task)]
	environment: Option<TaskEnvironment>,
	/// Those of similar environments instead.
	#[arg(long, requires = "environment")]
	similar: bool,
	/// Most models of an environment.
	#[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=256))]
	count: u32,
}

/// The options of `model show`.
#[derive(Debug, clap::Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub struct ShowArgs {
	/// Hash of the judged policy.
	#[arg(value_name = "POLICY", value_parser = parse_hash)]
	policy: PolicyHash,
}

/// A model of the chain's registry.
pub async fn of(chain: &Chain, policy: &PolicyHash) -> Result<Model, Failure> {
	let at = chain.best().await?.hash();
	records::model(&chain.node, policy, at).await?.ok_or_else(|| {
		let message = format!("the chain has no model {policy:?}, or it made room for better ones");
		Failure::input("not-found", message).remedy("`praxis-worker model list` shows those that are kept")
	})
}

/// Lists models.
pub async fn run(chain: &Chain, args: &ListArgs) -> Outcome {
	let at = chain.best().await?.hash();
	let mut models: Vec<(Option<u32>, Model)> = Vec::new();
	match &args.environment {
		Some(environment) if args.similar => {
			let found = records::similar(&chain.node, environment, args.count, at).await?;
			models.extend(found.into_iter().map(|(alike, model)| (Some(alike), model)));
		}
		Some(environment) => {
			let found = records::models(&chain.node, environment, args.count, at).await?;
			models.extend(found.into_iter().map(|model| (None, model)));
		}
		None => {
			for environment in records::environments(&chain.node, at).await? {
				let found = records::models(&chain.node, &environment, args.count, at).await?;
				models.extend(found.into_iter().map(|model| (None, model)));
			}
		}
	}
	let values: Vec<Value> = models
		.iter()
		.map(|(alike, model)| {
			let mut value = view::model(model);
			if let Some(alike) = alike {
				value["similarity"] = fraction(*alike).into();
			}
			value
		})
		.collect();
	let lines: Vec<String> = models
		.iter()
		.map(|(alike, model)| {
			let alike = alike.map(|alike| format!("  {:.0} % alike", fraction(alike) * 100.0)).unwrap_or_default();
			view::line(chain, model) + &alike
		})
		.collect();
	let text = if lines.is_empty() { "no models".into() } else { lines.join("\n") };
	chain.print(&json!({ "models": values }), text);
	Ok(ExitCode::SUCCESS)
}

/// Shows a model.
pub async fn show(chain: &Chain, args: &ShowArgs) -> Outcome {
	let model = of(chain, &args.policy).await?;
	chain.print(&view::model(&model), view::text(chain, &model));
	Ok(ExitCode::SUCCESS)
}
