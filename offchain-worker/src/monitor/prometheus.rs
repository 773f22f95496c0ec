//! The state in Prometheus's text format, version 0.0.4.

use super::{market::Market, State, Status};
use std::fmt::Write;

/// What the text is served as.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A number of the token's smallest part. Prometheus counts in 64-bit floats.
fn amount(text: &str) -> f64 {
	text.parse().unwrap_or(0.0)
}

fn seconds(milliseconds: u64) -> f64 {
	milliseconds as f64 / 1_000.0
}

/// Writes a metric's description and its samples; nothing where it has none.
fn write(text: &mut String, name: &str, kind: &str, help: &str, samples: &[(String, f64)]) {
	if samples.is_empty() {
		return;
	}
	// Writing to a string does not fail.
	let _ = writeln!(text, "# HELP praxis_worker_{name} {help}\n# TYPE praxis_worker_{name} {kind}");
	for (labels, value) in samples {
		let _ = writeln!(text, "praxis_worker_{name}{labels} {value}");
	}
}

fn one(value: f64) -> Vec<(String, f64)> {
	vec![(String::new(), value)]
}

fn maybe(value: Option<f64>) -> Vec<(String, f64)> {
	value.map(one).unwrap_or_default()
}

fn flag(value: bool) -> Vec<(String, f64)> {
	one(f64::from(u8::from(value)))
}

/// Writes all metrics. What is not known yet is left out, and what only the other kind of worker has.
pub fn render(status: &Status) -> String {
	let mut text = String::new();
	let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, f64)]| {
		write(&mut text, name, kind, help, samples);
	};
	let info = format!("{{version=\"{}\",account=\"{}\"}}", status.version, status.account);
	family("info", "gauge", "The worker's version and account; always 1.", &[(info, 1.0)]);
	let states: Vec<_> = State::ALL
		.iter()
		.map(|state| (format!("{{state=\"{}\"}}", state.name()), f64::from(u8::from(*state == status.state))))
		.collect();
	family("state", "gauge", "1 for the state that the worker is in.", &states);
	family("healthy", "gauge", "Whether /healthz answers 200.", &flag(status.healthy));
	family("connected", "gauge", "Whether there is a connection to the node.", &flag(status.node.connected));
	family("connections_total", "counter", "Connections to the node.", &one(status.node.connections as f64));
	family("node_peers", "gauge", "Peers of the node.", &maybe(status.node.peers.map(f64::from)));
	family("start_time_seconds", "gauge", "Unix time of the start.", &one(seconds(status.started)));
	let best = status.best.as_ref().map(|head| f64::from(head.height));
	family("best_block", "gauge", "Height of the best block.", &maybe(best));
	let finalised = status.finalised.as_ref().map(|head| f64::from(head.height));
	family("finalised_block", "gauge", "Height of the last final block.", &maybe(finalised));
	let learning = &status.learning;
	family("environment_steps_total", "counter", "Environment steps.", &one(learning.steps as f64));
	family("gradient_steps_total", "counter", "Gradient steps.", &one(learning.updates as f64));
	family("environment_steps_per_second", "gauge", "Over half a minute.", &one(learning.steps_per_second));
	family("gradient_steps_per_second", "gauge", "Over half a minute.", &one(learning.updates_per_second));
	match &status.market {
		Some(market) => of_market(&mut text, market),
		None => of_miner(&mut text, status),
	}
	text
}

/// What a worker that mines has to tell.
fn of_miner(text: &mut String, status: &Status) {
	let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, f64)]| {
		write(text, name, kind, help, samples);
	};
	family("work_total", "counter", "Work items that came.", &one(status.counts.work as f64));
	let submissions = [
		("{result=\"accepted\"}".to_string(), status.counts.accepted as f64),
		("{result=\"rejected\"}".to_string(), status.counts.rejected as f64),
		("{result=\"replaced\"}".to_string(), status.counts.replaced as f64),
	];
	family("submissions_total", "counter", "Work items by what became of them.", &submissions);
	let time = status.work.as_ref().map(|work| seconds(work.time));
	family("last_work_time_seconds", "gauge", "Unix time of the last work.", &maybe(time));
	let submission = status.submission.as_ref();
	let time = submission.map(|last| seconds(last.time));
	family("last_submission_time_seconds", "gauge", "Unix time of the last accepted submission.", &maybe(time));
	let took = submission.map(|last| seconds(last.milliseconds));
	family("last_submission_duration_seconds", "gauge", "From work to the pool's yes.", &maybe(took));
	let reward = submission.map(|last| last.reward);
	family("last_submission_reward", "gauge", "Normalised reward of the last submission.", &maybe(reward));
	let rewarded = status.rewarded.as_ref();
	let height = rewarded.map(|last| f64::from(last.height));
	family("last_rewarded_block", "gauge", "Height of the last block that earned an award.", &maybe(height));
	let time = rewarded.map(|last| seconds(last.time));
	family("last_rewarded_time_seconds", "gauge", "Unix time when it was seen.", &maybe(time));
	let blocks = [
		("{chain=\"best\"}".to_string(), status.blocks.best as f64),
		("{chain=\"finalised\"}".to_string(), status.blocks.finalised as f64),
	];
	family("rewarded_blocks", "gauge", "Blocks of the account that earned an award, since the start.", &blocks);
	family("lost_blocks_total", "counter", "Such blocks that left the best chain.", &one(status.blocks.lost as f64));
	let awards = [
		("{chain=\"best\"}".to_string(), amount(&status.blocks.awards_best)),
		("{chain=\"finalised\"}".to_string(), amount(&status.blocks.awards_finalised)),
	];
	family("awards", "gauge", "Their awards, in the token's smallest part.", &awards);
	let learning = &status.learning;
	family("replay_transitions", "gauge", "Transitions in the replay buffer.", &one(learning.remembered as f64));
	family("chain_transitions_total", "counter", "Transitions from the chain.", &one(learning.from_chain as f64));
	family("return", "gauge", "Mean return of the last evaluation.", &maybe(learning.mean_return));
	let checkpoint = status.checkpoint.as_ref().and_then(|checkpoint| checkpoint.time).map(seconds);
	family("checkpoint_time_seconds", "gauge", "Unix time of the last checkpoint.", &maybe(checkpoint));
}

/// What a worker of the task market has to tell.
fn of_market(text: &mut String, market: &Market) {
	let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, f64)]| {
		write(text, name, kind, help, samples);
	};
	let time = market.block.map(seconds);
	family("best_block_time_seconds", "gauge", "Unix time when the best block changed last.", &maybe(time));
	family("tasks", "gauge", "Tasks under way.", &one(market.tasks.len() as f64));
	family("tasks_left", "gauge", "Open tasks that are left to others.", &one(market.left as f64));
	let totals = &market.totals;
	let ended = [
		("{outcome=\"met\"}".to_string(), totals.met as f64),
		("{outcome=\"missed\"}".to_string(), totals.done.saturating_sub(totals.met) as f64),
		("{outcome=\"other\"}".to_string(), totals.other as f64),
	];
	family("tasks_ended_total", "counter", "Tasks that are over, since the state folder was made.", &ended);
	family("earned", "gauge", "Paid to the owner, in the token's smallest part.", &one(amount(&totals.earned)));
	family("slashed", "gauge", "Taken from bonds, in the token's smallest part.", &one(amount(&totals.slashed)));
	let next = market.next_deadline().map(|(_, deadline)| deadline);
	let height = next.map(|deadline| f64::from(deadline.height));
	family("next_deadline_block", "gauge", "Height by which something of this worker must be in.", &maybe(height));
	let time = next.map(|deadline| seconds(deadline.time));
	family("next_deadline_time_seconds", "gauge", "About when that is.", &maybe(time));
	let label = |id: u32| format!("{{task=\"{id}\"}}");
	let trained: Vec<_> = market.tasks.iter().filter_map(|task| Some((task.id, task.training.as_ref()?))).collect();
	let steps: Vec<_> = trained.iter().map(|(id, training)| (label(*id), training.steps as f64)).collect();
	family("training_steps", "gauge", "Environment steps of the training for a task.", &steps);
	let best: Vec<_> = trained.iter().filter_map(|(id, training)| Some((label(*id), training.best?))).collect();
	family("training_best_return", "gauge", "Best mean return of an evaluation so far.", &best);
	let targets: Vec<_> = market.tasks.iter().map(|task| (label(task.id), task.target)).collect();
	family("task_target", "gauge", "Mean return that earns the whole price.", &targets);
	let faults = market.tasks.iter().filter(|task| task.fault.is_some()).count();
	family("task_faults", "gauge", "Tasks with something wrong.", &one(faults as f64));
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::HashSet;

	/// Checks the form of a text; gives the names of its metrics.
	fn check(text: &str) -> HashSet<&str> {
		let mut described = HashSet::new();
		for line in text.lines() {
			match line.strip_prefix("# ") {
				Some(comment) => {
					let mut words = comment.split(' ');
					if words.next() == Some("HELP") {
						let name = words.next().expect("a name");
						assert!(described.insert(name), "{name} twice");
					}
				}
				None => {
					let (name, value) = line.rsplit_once(' ').expect("a name and a value");
					assert!(described.contains(name.split('{').next().expect("a name")), "{line}");
					assert!(value.parse::<f64>().is_ok(), "{line}");
				}
			}
		}
		described
	}

	#[test]
	fn every_line_should_be_a_comment_or_a_sample() {
		let mut status = Status { account: "5Grw".into(), version: "0.1.0".into(), ..Status::default() };
		status.blocks.awards_best = "25000000000000".into();
		let text = render(&status);
		check(&text);
		assert!(text.contains("praxis_worker_state{state=\"starting\"} 1\n"));
		assert!(text.contains("praxis_worker_awards{chain=\"best\"} 25000000000000\n"));
		assert!(!text.contains("best_block "), "what is not known is left out");
	}

	#[test]
	fn worker_of_the_market_should_tell_of_its_tasks_and_not_of_blocks_that_it_could_mine() {
		use crate::monitor::market::{Deadline, Task, Totals, Training};
		let deadline = Deadline { purpose: "commit".into(), own: true, height: 90, time: 5_000 };
		let training = Training { steps: 7_000, best: Some(31.5), ..Training::default() };
		let task = Task { id: 4, target: 475.0, ..Task::default() };
		let task = Task { deadline: Some(deadline), training: Some(training), ..task };
		let totals = Totals { done: 3, met: 2, other: 1, earned: "7600000000000".into(), slashed: "5".into() };
		let market = Market { tasks: vec![task], totals, ..Market::default() };
		let text = render(&Status { market: Some(market), ..Status::default() });
		let names = check(&text);
		assert!(!names.contains("praxis_worker_submissions_total") && names.contains("praxis_worker_healthy"));
		for line in [
			"tasks 1",
			"tasks_ended_total{outcome=\"missed\"} 1",
			"earned 7600000000000",
			"next_deadline_block 90",
			"next_deadline_time_seconds 5",
			"training_steps{task=\"4\"} 7000",
			"training_best_return{task=\"4\"} 31.5",
			"task_target{task=\"4\"} 475",
		] {
			assert!(text.contains(&format!("praxis_worker_{line}\n")), "{line}: {text}");
		}
	}
}
