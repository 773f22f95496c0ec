//! Lists tasks, shows one, follows it.

use super::{
	missing,
	view::{self, Around},
};
use crate::{
	chain::{
		market::{self, Task},
		records, ChainError,
	},
	commands::{
		client::{parse_account, Chain, EXIT_CODES},
		evaluate::parse_task,
		Failure, Outcome,
	},
};
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::{TaskId, TaskState};
use serde_json::{json, Value};
use sp_core::crypto::AccountId32;
use std::process::ExitCode;

const LIST_EXAMPLES: &str = "\
Examples:
  praxis-worker task list
  praxis-worker task list --environment CartPole-v1 --json
  praxis-worker task list --of 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY

Columns: number, environment, target, budget, applicants / workers wanted, state.";

const SHOW_EXAMPLES: &str = "\
Examples:
  praxis-worker task show 0
  praxis-worker task show 0 --watch
  praxis-worker task show 0 --watch --json | jq -r '.state'

With --watch it prints what changed, until the task is finished; with --json an object a change. It ends with 0 for a task
that was settled, 1 for one that was cancelled or expired.";

/// The options of `task list`.
#[derive(Debug, clap::Args)]
#[command(after_help = LIST_EXAMPLES)]
pub struct ListArgs {
	/// Only tasks in this environment.
	#[arg(long, value_name = "NAME", value_parser = parse_task)]
	environment: Option<TaskEnvironment>,
	/// Tasks that this account posted, applied for or works at, finished ones too while they are kept.
	#[arg(long, value_name = "ADDRESS", value_parser = parse_account)]
	of: Option<AccountId32>,
}

/// The options of `task show`.
#[derive(Debug, clap::Args)]
#[command(after_help = SHOW_EXAMPLES, after_long_help = format!("{SHOW_EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct ShowArgs {
	/// The task's number.
	task: TaskId,
	/// Follow it until it is finished.
	#[arg(long)]
	watch: bool,
}

/// Lists tasks.
pub async fn list(chain: &Chain, args: &ListArgs) -> Outcome {
	let best = chain.best().await?;
	let (at, height) = (best.hash(), best.number());
	let mut tasks = match &args.of {
		Some(account) => market::my_tasks(&chain.node, account, at).await?,
		None => market::open_tasks(&chain.node, at).await?,
	};
	tasks.retain(|task| args.environment.is_none_or(|wanted| task.spec.environment == wanted));
	let around = Around { height, ..Around::default() };
	let values: Vec<Value> = tasks
		.iter()
		.map(|task| {
			let mut value = view::json(chain, task, &around);
			// The list asks for no rankings.
			if let Value::Object(fields) = &mut value {
				fields.remove("ranking");
				fields.remove("progress");
			}
			value
		})
		.collect();
	let lines: Vec<String> = tasks.iter().map(|task| view::line(chain, task, height)).collect();
	let text = if lines.is_empty() { format!("no tasks at block {height}") } else { lines.join("\n") };
	chain.print(&json!({ "height": height, "tasks": values }), text);
	Ok(ExitCode::SUCCESS)
}

/// A task and what is around it, in the best block; none where it is not there.
async fn look(chain: &Chain, id: TaskId) -> Result<Option<(Task, Around)>, Failure> {
	let best = chain.best().await?;
	let (at, height) = (best.hash(), best.number());
	let Some(task) = market::task(&chain.node, id, at).await? else { return Ok(None) };
	let ranking = records::ranking(&chain.node, id, at).await?;
	let progress = match task.state {
		TaskState::Evaluating { .. } => records::progress(&chain.node, task.job, at).await?,
		_ => None,
	};
	Ok(Some((task, Around { ranking, progress, height })))
}

/// Shows a task.
pub async fn run(chain: &Chain, args: &ShowArgs) -> Outcome {
	let Some((mut task, mut around)) = look(chain, args.task).await? else { return Err(missing(args.task)) };
	chain.print(&view::json(chain, &task, &around), view::text(chain, &task, &around));
	if !args.watch {
		return Ok(ExitCode::SUCCESS);
	}
	let mut heads = chain.node.subscribe_best().await?;
	while task.state.finished().is_none() {
		match heads.next().await {
			Some(Ok(_)) => {}
			Some(Err(error)) => return Err(ChainError::decode("a header", error).into()),
			None => return Err(chain.node.cause(ChainError::decode("headers", "the subscription has ended")).into()),
		}
		let Some((now, beside)) = look(chain, args.task).await? else { return Err(missing(args.task)) };
		let changed = now != task || beside.ranking != around.ranking || beside.progress != around.progress;
		(task, around) = (now, beside);
		if !changed {
			continue;
		}
		let text = match task.state.finished() {
			Some(_) => view::text(chain, &task, &around),
			None => format!("block {}: {}", around.height, view::headline(chain, &task, &around)),
		};
		chain.print(&view::json(chain, &task, &around), text);
	}
	Ok(match task.state {
		TaskState::Settled { .. } => ExitCode::SUCCESS,
		_ => ExitCode::FAILURE,
	})
}
