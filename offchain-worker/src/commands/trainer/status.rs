//! `trainer status`: the pool, and what a trainer has to do.

use super::super::{
	client::{address, block_on, parse_account, Chain, NodeArgs},
	Outcome,
};
use crate::chain::teaching::{self, Assignment, Trainer};
use praxis_primitives_teaching::trainers::AssignmentState;
use serde_json::{json, Value};
use sp_core::crypto::AccountId32;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  praxis-worker trainer status
  praxis-worker trainer status 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --json";

/// The options of `trainer status`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
	#[command(flatten)]
	node: NodeArgs,
	/// A trainer's address: shows its lessons too.
	#[arg(value_parser = parse_account)]
	account: Option<AccountId32>,
}

/// Runs the command.
pub fn run(args: &StatusArgs) -> Outcome {
	block_on(async {
		let chain = Chain::connect(&args.node).await?;
		let best = chain.best().await?;
		let all = teaching::trainers(&chain.node, best.hash()).await?;
		let Some(account) = &args.account else {
			let reports: Vec<Value> = all.iter().map(report).collect();
			let texts: Vec<String> = all.iter().map(|trainer| line(&chain, trainer)).collect();
			let text = if texts.is_empty() { "the pool is empty".into() } else { texts.join("\n") };
			chain.print(&json!(reports), text);
			return Ok(ExitCode::SUCCESS);
		};
		let tasks = teaching::assignments(&chain.node, account, best.hash()).await?;
		let found = all.iter().find(|trainer| trainer.account == *account);
		let mut told = found.map_or_else(|| json!({ "account": address(account), "enlisted": false }), report);
		told["lessons"] = tasks.iter().map(of_task).collect();
		let mut lines = vec![found.map_or_else(|| "it is no trainer".to_string(), |trainer| line(&chain, trainer))];
		lines.extend(tasks.iter().map(|task| {
			let until = chain.until(task.until, best.number());
			format!("  session {}, lesson {}: {}, until {until}", task.session, task.lesson, word(task.state))
		}));
		chain.print(&told, lines.join("\n"));
		Ok(ExitCode::SUCCESS)
	})
}

fn word(state: AssignmentState) -> &'static str {
	match state {
		AssignmentState::Drawn => "drawn",
		AssignmentState::Handed => "handed",
		AssignmentState::Training => "training",
		AssignmentState::Committed => "committed",
		AssignmentState::Revealing => "to be shown",
	}
}

fn of_task(task: &Assignment) -> Value {
	json!({ "session": task.session, "lesson": task.lesson, "state": word(task.state), "until": task.until })
}

fn report(trainer: &Trainer) -> Value {
	json!({
		"account": address(&trainer.account),
		"enlisted": !trainer.retired,
		"bond": trainer.bond.to_string(),
		"keys": trainer.keys,
		"engaged": trainer.engaged,
	})
}

fn line(chain: &Chain, trainer: &Trainer) -> String {
	let word = if trainer.retired { ", leaving" } else { "" };
	let (account, bond) = (address(&trainer.account), chain.show(trainer.bond));
	format!("{account}  bond {bond}, {} keys, {} lessons to do{word}", trainer.keys, trainer.engaged)
}
