//! What `status` shows of a worker of the task market.

use super::{super::work::Token, span};
use crate::{
	chain::submitter::now,
	monitor::{
		market::{Deadline, Market, Task},
		Status,
	},
};

/// About when a time is, seen from now.
fn until(time: u64, now: u64) -> String {
	match time.checked_sub(now) {
		Some(ahead) => format!("in about {}", span(ahead / 1_000)),
		None => format!("about {} ago", span((now - time) / 1_000)),
	}
}

fn deadline(deadline: &Deadline, now: u64) -> String {
	let Deadline { purpose, own, height, time } = deadline;
	let whose = if *own { "this worker can" } else { "others can" };
	format!("{whose} {purpose} until block {height}, {}", until(*time, now))
}

/// One task, in one or more lines.
fn task(task: &Task, token: &Token, now: u64) -> Vec<String> {
	let asks =
		task.price.as_ref().and_then(|price| price.parse().ok()).map(|price| format!(", asks {}", token.show(price)));
	let mut lines = vec![format!(
		"{}, target {}{}; {}: {}",
		task.environment,
		task.target,
		asks.unwrap_or_default(),
		task.phase,
		task.message
	)];
	lines.extend(task.deadline.as_ref().map(|found| deadline(found, now)));
	if let Some(training) = &task.training {
		let number = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.1}"));
		let parent = training.parent.map(|parent| format!(", begun with {parent:?}")).unwrap_or_default();
		lines.push(format!(
			"step {}, return {}, best {}{parent}",
			training.steps,
			number(training.last),
			number(training.best)
		));
	}
	lines.extend(task.fault.as_ref().map(|fault| format!("FAULT: {fault}")));
	lines
}

/// The market's part of the state, for people.
pub fn lines(status: &Status, market: &Market, line: &mut impl FnMut(&str, String)) {
	let now = now();
	let (symbol, decimals) = market.token.clone().unwrap_or_else(|| ("units".into(), 0));
	let token = Token { symbol, decimals };
	line("owner", market.owner.clone().unwrap_or_else(|| "not known yet".into()));
	if let Some((task, next)) = market.next_deadline() {
		line(
			"next",
			format!("task {}: {} until block {}, {}", task.id, next.purpose, next.height, until(next.time, now)),
		);
	}
	for found in &market.tasks {
		let mut name = format!("task {}", found.id);
		for text in task(found, &token, now) {
			line(&name, text);
			name.clear();
		}
	}
	if !market.tasks.is_empty() {
		let learning = &status.learning;
		line(
			"training",
			format!(
				"{:.0} environment steps/s, {:.1} gradient steps/s ({} and {} in all)",
				learning.steps_per_second, learning.updates_per_second, learning.steps, learning.updates
			),
		);
	}
	let totals = &market.totals;
	let left = market.left;
	line(
		"tasks",
		format!(
			"{} done, {} of them in full; {} ended otherwise, {left} left to others",
			totals.done, totals.met, totals.other
		),
	);
	let amount = |text: &str| token.show(text.parse().unwrap_or_default());
	line("earned", format!("{}, slashed {}", amount(&totals.earned), amount(&totals.slashed)));
	line("models", market.gateway.as_ref().map_or("not served".into(), |url| format!("served at {url}/ipfs/")));
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::monitor::market::Training;

	#[test]
	fn task_should_be_shown_with_its_deadline_and_training() {
		let token = Token { symbol: "PRX".into(), decimals: 3 };
		let training = Training { steps: 7_000, last: Some(31.25), best: None, parent: None };
		let deadline = Deadline { purpose: "commit".into(), own: true, height: 90, time: 100_000 };
		let found = Task {
			id: 4,
			environment: "CartPole-v1".into(),
			target: 475.0,
			price: Some("7500".into()),
			phase: "assigned".into(),
			message: "training".into(),
			deadline: Some(deadline),
			training: Some(training),
			fault: Some("no luck".into()),
			..Task::default()
		};
		assert_eq!(
			task(&found, &token, 40_000),
			[
				"CartPole-v1, target 475, asks 7.5 PRX; assigned: training",
				"this worker can commit until block 90, in about 60 s",
				"step 7000, return 31.2, best -",
				"FAULT: no luck",
			]
		);
		assert!(task(&found, &token, 160_000)[1].ends_with("about 60 s ago"));
	}
}
