//! A task as people and programs see it.

use crate::{
	chain::{market::Task, records::Applicant},
	commands::client::{address, fraction, Chain},
	store::cids,
};
use praxis_primitives_market::{Expiry, Progress, Standing, TaskState};
use serde_json::{json, Value};
use std::fmt::Write;

/// What is shown of a task beside its record.
#[derive(Clone, Debug, Default)]
pub struct Around {
	/// Its applicants, best first.
	pub ranking: Vec<Applicant>,
	/// How far its judgement is.
	pub progress: Option<Progress>,
	/// The best block.
	pub height: u32,
}

/// A state's word, and the height it names: a deadline, or since when the chain draws or judges, or when the task was
/// finished.
pub fn state(state: &TaskState<u32>) -> (&'static str, u32) {
	match *state {
		TaskState::Open { until } => ("open", until),
		TaskState::Drawing { after } => ("drawing", after),
		TaskState::Assigned { until } => ("assigned", until),
		TaskState::Committed { until } => ("committed", until),
		TaskState::Evaluating { since } => ("evaluating", since),
		TaskState::Settled { at } => ("settled", at),
		TaskState::Cancelled { at } => ("cancelled", at),
		TaskState::Expired { at, .. } => ("expired", at),
	}
}

fn cause(cause: Expiry) -> &'static str {
	match cause {
		Expiry::NoWorker => "nobody could be chosen",
		Expiry::NoCommit => "nobody committed",
		Expiry::NoReveal => "nobody revealed",
		Expiry::NoJudgement => "it could not be judged",
	}
}

fn standing(standing: Standing) -> &'static str {
	match standing {
		Standing::Waiting => "waiting",
		Standing::Chosen => "chosen",
		Standing::Ineligible => "ineligible",
		Standing::TooDear => "too-dear",
		Standing::Surplus => "surplus",
		Standing::Unavailable => "unavailable",
	}
}

/// Whether a state, by its word, ends by itself and not at a height that it names.
fn is_chains(word: &str) -> bool {
	["drawing", "evaluating"].contains(&word)
}

/// A CID for people; its bytes, where it is none of the store's.
pub fn cid(bytes: &[u8]) -> String {
	cids::from_bytes(bytes).map_or_else(|_| format!("0x{}", hex::encode(bytes)), |cid| cid.to_string())
}

/// A line about a task, for a list.
pub fn line(chain: &Chain, task: &Task, height: u32) -> String {
	let (word, at) = state(&task.state);
	let when = match task.state.finished() {
		Some(_) => format!("at block {at}"),
		None if is_chains(word) => format!("since block {at}"),
		None => format!("until {}", chain.until(at, height)),
	};
	format!(
		"{:>5}  {:<28}  {:>8.2}  {:>14}  {:>2}/{}  {word} {when}",
		task.id,
		task.spec.environment.to_string(),
		task.spec.target.to_f64(),
		chain.show(task.spec.budget),
		task.applicants,
		task.spec.workers,
	)
}

/// A task for programs.
pub fn json(chain: &Chain, task: &Task, around: &Around) -> Value {
	let spec = &task.spec;
	let (word, at) = state(&task.state);
	let open = task.state.finished().is_none() && !is_chains(word);
	let ledger = &task.ledger;
	let assignments: Vec<Value> = task
		.assignments
		.iter()
		.map(|one| {
			json!({
				"owner": address(&one.owner),
				"price": one.price.to_string(),
				"bond": one.bond.to_string(),
				"commit": one.commit.as_ref().map(|commit| json!({
					"hash": commit.hash,
					"cid": cid(&commit.cid),
					"at": commit.at,
					"floor": commit.floor.to_f64(),
					"parent": commit.parent,
				})),
				"reveal": one.reveal.as_ref().map(|reveal| json!({
					"policy": reveal.policy,
					"at": reveal.at,
					"bytes": reveal.size,
					"known": reveal.known,
				})),
				"settlement": one.settlement.as_ref().map(|settlement| json!({
					"score": settlement.score.map(|score| score.to_f64()),
					"share": fraction(settlement.share.deconstruct()),
					"paid": settlement.paid.to_string(),
					"burnt": settlement.burnt.to_string(),
					"slashed": settlement.slashed.to_string(),
				})),
			})
		})
		.collect();
	let ranking: Vec<Value> = around
		.ranking
		.iter()
		.map(|one| {
			json!({
				"owner": address(&one.owner),
				"price": one.price.to_string(),
				"rank": one.rank,
				"standing": standing(one.standing),
				"quality": fraction(one.total.deconstruct()),
				"reputation": fraction(one.quality.reputation.deconstruct()),
				"expertise": fraction(one.quality.expertise.deconstruct()),
				"compute": fraction(one.quality.compute.deconstruct()),
			})
		})
		.collect();
	json!({
		"task": task.id,
		"requester": address(&task.requester),
		"state": word,
		"cause": match task.state { TaskState::Expired { cause: why, .. } => Some(cause(why)), _ => None },
		"at": at,
		"seconds_left": open.then(|| chain.seconds(at, around.height)).flatten(),
		"height": around.height,
		"posted": task.posted,
		"environment": spec.environment,
		"target": spec.target.to_f64(),
		"episodes": spec.episodes,
		"price": spec.price.to_string(),
		"budget": spec.budget.to_string(),
		"workers": spec.workers,
		"blocks": { "apply": spec.apply_blocks, "train": spec.train_blocks, "reveal": spec.reveal_blocks },
		"minimum_reputation": fraction(spec.minimum_reputation.deconstruct()),
		"weights": {
			"reputation": fraction(spec.terms.reputation.deconstruct()),
			"expertise": fraction(spec.terms.expertise.deconstruct()),
			"compute": fraction(spec.terms.compute.deconstruct()),
		},
		"resources": spec.resources,
		"limits": { "max_parameters": spec.limits.max_parameters, "max_work": spec.limits.max_work },
		"evaluation": task.evaluation.to_string(),
		"bond": task.bond.to_string(),
		"applicants": task.applicants,
		"ranking": ranking,
		"assignments": assignments,
		"progress": around.progress.as_ref().map(|progress| json!({
			"job": task.job,
			"policies": progress.policies.len(),
			"judged": progress.judged,
			"episodes": progress.episodes,
			"steps": progress.steps,
			"beacon": progress.beacon,
			"ahead": progress.ahead,
		})),
		"ledger": {
			"escrowed": ledger.escrowed.to_string(),
			"paid": ledger.paid.to_string(),
			"returned": ledger.returned.to_string(),
			"burnt": ledger.burnt.to_string(),
			"held": ledger.left().to_string(),
		},
	})
}

/// What a task waits for, or how it ended.
pub fn headline(chain: &Chain, task: &Task, around: &Around) -> String {
	let height = around.height;
	match task.state {
		TaskState::Open { until } => {
			format!("open: {} applied; workers may apply until {}", task.applicants, chain.until(until, height))
		}
		TaskState::Drawing { after } => {
			let unknown = around.ranking.iter().filter(|one| one.standing == Standing::Waiting).count();
			let of = task.applicants;
			format!(
				"drawing: {unknown} of {of} applicants have no quality; a beacon after block {after} draws their lots"
			)
		}
		TaskState::Assigned { until } => {
			let committed = task.assignments.iter().filter(|one| one.commit.is_some()).count();
			let of = task.assignments.len();
			format!("assigned: {committed} of {of} committed; they train until {}", chain.until(until, height))
		}
		TaskState::Committed { until } => {
			let of = task.assignments.iter().filter(|one| one.commit.is_some()).count();
			let revealed = task.assignments.iter().filter(|one| one.reveal.is_some()).count();
			format!("committed: {revealed} of {of} revealed; they reveal until {}", chain.until(until, height))
		}
		TaskState::Evaluating { since } => match &around.progress {
			Some(progress) => format!(
				"evaluating since block {since}: {} of {} policies judged, {} of {} episodes of the present one{}",
				progress.judged,
				progress.policies.len(),
				progress.episodes,
				task.spec.episodes,
				match progress.ahead {
					0 => String::new(),
					ahead => format!(", {ahead} jobs before it"),
				}
			),
			None => format!("evaluating since block {since}: judged"),
		},
		TaskState::Settled { at } => {
			format!("settled at block {at}, {} blocks after its post", at.saturating_sub(task.posted))
		}
		TaskState::Cancelled { at } => format!("cancelled at block {at}"),
		TaskState::Expired { at, cause: why } => format!("expired at block {at}: {}", cause(why)),
	}
}

/// A task for people.
pub fn text(chain: &Chain, task: &Task, around: &Around) -> String {
	let spec = &task.spec;
	let mut out = String::new();
	let _ = writeln!(out, "task {}: {}", task.id, headline(chain, task, around));
	let _ = writeln!(out, "  environment  {}", spec.environment);
	let _ = writeln!(out, "  target       {:.2} mean return of {} episodes", spec.target.to_f64(), spec.episodes);
	let _ = writeln!(
		out,
		"  money        {} for {} of at most {} each; judging a policy costs {}; a bond is {} at most",
		chain.show(spec.budget),
		match spec.workers {
			1 => "1 worker".into(),
			workers => format!("{workers} workers"),
		},
		chain.show(spec.price),
		chain.show(task.evaluation),
		chain.show(task.bond)
	);
	let _ = writeln!(out, "  requester    {}, posted at block {}", address(&task.requester), task.posted);
	let phases = format!("apply {}, train {}, reveal {}", spec.apply_blocks, spec.train_blocks, spec.reveal_blocks);
	let _ = writeln!(out, "  blocks to    {phases}");
	if !around.ranking.is_empty() {
		let _ = writeln!(out, "  applicants   rank  quality  reputation  expertise  compute  price");
		for one in &around.ranking {
			// None has who is not eligible, or waits for the lot.
			let rank = one.rank.map_or_else(|| "-".into(), |rank| (rank + 1).to_string());
			let percent = |part: u32| fraction(part) * 100.0;
			let _ = writeln!(
				out,
				"    {:>13}  {:>6.1}%  {:>9.1}%  {:>8.1}%  {:>6.1}%  {}  {}  {}",
				rank,
				percent(one.total.deconstruct()),
				percent(one.quality.reputation.deconstruct()),
				percent(one.quality.expertise.deconstruct()),
				percent(one.quality.compute.deconstruct()),
				chain.show(one.price),
				standing(one.standing),
				address(&one.owner)
			);
		}
	}
	for one in &task.assignments {
		let _ = writeln!(out, "  worker       {} for {}", address(&one.owner), chain.show(one.price));
		if let Some(commit) = &one.commit {
			let floor = commit.floor.to_f64();
			let _ = writeln!(
				out,
				"    committed  at block {}: {}; above {floor:.2} it is paid",
				commit.at,
				cid(&commit.cid)
			);
		}
		if let Some(reveal) = &one.reveal {
			let known = if reveal.known { ", published before" } else { "" };
			let _ = writeln!(out, "    revealed   at block {}: {:?}{known}", reveal.at, reveal.policy);
		}
		if let Some(settlement) = &one.settlement {
			let score = settlement.score.map_or_else(|| "not judged".into(), |score| format!("{:.2}", score.to_f64()));
			let _ = writeln!(
				out,
				"    settled    score {score}, {:.1} % of the way: paid {}, burnt {}, slashed {}",
				fraction(settlement.share.deconstruct()) * 100.0,
				chain.show(settlement.paid),
				chain.show(settlement.burnt),
				chain.show(settlement.slashed)
			);
		}
	}
	let ledger = &task.ledger;
	let _ = writeln!(
		out,
		"  ledger       escrowed {}, paid {}, returned {}, burnt {}, on hold {}",
		chain.show(ledger.escrowed),
		chain.show(ledger.paid),
		chain.show(ledger.returned),
		chain.show(ledger.burnt),
		chain.show(ledger.left())
	);
	out
}
