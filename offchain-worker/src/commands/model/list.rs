//! Lists models and shows one.

use super::view;
use crate::{
	chain::{
		keys::AuthorKey,
		market,
		records::{self, Model},
	},
	commands::{
		client::{fraction, parse_account, parse_hash, Chain},
		evaluate::parse_task,
		Failure, Outcome,
	},
};
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::PolicyHash;
use serde_json::{json, Value};
use sp_core::crypto::AccountId32;
use std::{path::PathBuf, process::ExitCode};

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

const SALES_EXAMPLES: &str = "\
Examples:
  praxis-worker model sales 5FHne…
  PRAXIS_KEY=//Charlie praxis-worker model sales --json";

/// The options of `model sales`.
#[derive(Debug, clap::Args)]
#[command(after_help = SALES_EXAMPLES)]
pub struct SalesArgs {
	/// The buyer or the seller, who is the owner of the model; otherwise that of the key, or for whom it works.
	#[arg(value_name = "ADDRESS", value_parser = parse_account)]
	account: Option<AccountId32>,
	/// The file with the key whose account is meant; else the environment variable PRAXIS_KEY.
	#[arg(long, value_name = "FILE")]
	key_file: Option<PathBuf>,
}

/// Lists the sales that are not over in which an account buys or sells.
pub async fn sales(chain: &Chain, args: &SalesArgs) -> Outcome {
	let best = chain.best().await?;
	let accounts = match &args.account {
		Some(account) => vec![account.clone()],
		None => {
			let account = AuthorKey::load(args.key_file.as_deref())?.account();
			let owner = market::owner_of(&chain.node, &account).await?.filter(|owner| *owner != account);
			std::iter::once(account).chain(owner).collect()
		}
	};
	let mut found = Vec::new();
	for account in &accounts {
		found.extend(records::sales_of(&chain.node, account, best.hash()).await?);
	}
	found.sort_by_key(|(id, _)| *id);
	let values: Vec<Value> = found.iter().map(|(id, sale)| view::sale(chain, *id, sale, best.number())).collect();
	let lines: Vec<String> = found.iter().map(|(id, sale)| view::sale_line(chain, *id, sale, best.number())).collect();
	let text = if lines.is_empty() { "no sales that are not over".into() } else { lines.join("\n") };
	chain.print(&json!({ "height": best.number(), "sales": values }), text);
	Ok(ExitCode::SUCCESS)
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
