//! The state in Prometheus's text format, version 0.0.4.

use super::{State, Status};
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

/// Writes all metrics. What is not known yet is left out.
pub fn render(status: &Status) -> String {
	let mut text = String::new();
	let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, f64)]| {
		if samples.is_empty() {
			return;
		}
		// Writing to a string does not fail.
		let _ = writeln!(text, "# HELP praxis_worker_{name} {help}\n# TYPE praxis_worker_{name} {kind}");
		for (labels, value) in samples {
			let _ = writeln!(text, "praxis_worker_{name}{labels} {value}");
		}
	};
	let one = |value: f64| vec![(String::new(), value)];
	let maybe = |value: Option<f64>| value.map(one).unwrap_or_default();
	let flag = |value: bool| one(f64::from(u8::from(value)));

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
	family("environment_steps_total", "counter", "Environment steps.", &one(learning.steps as f64));
	family("gradient_steps_total", "counter", "Gradient steps.", &one(learning.updates as f64));
	family("environment_steps_per_second", "gauge", "Over half a minute.", &one(learning.steps_per_second));
	family("gradient_steps_per_second", "gauge", "Over half a minute.", &one(learning.updates_per_second));
	family("replay_transitions", "gauge", "Transitions in the replay buffer.", &one(learning.remembered as f64));
	family("chain_transitions_total", "counter", "Transitions from the chain.", &one(learning.from_chain as f64));
	family("return", "gauge", "Mean return of the last evaluation.", &maybe(learning.mean_return));
	let checkpoint = status.checkpoint.as_ref().and_then(|checkpoint| checkpoint.time).map(seconds);
	family("checkpoint_time_seconds", "gauge", "Unix time of the last checkpoint.", &maybe(checkpoint));
	text
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::HashSet;

	#[test]
	fn every_line_should_be_a_comment_or_a_sample() {
		let mut status = Status { account: "5Grw".into(), version: "0.1.0".into(), ..Status::default() };
		status.blocks.awards_best = "25000000000000".into();
		let text = render(&status);
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
		assert!(text.contains("praxis_worker_state{state=\"starting\"} 1\n"));
		assert!(text.contains("praxis_worker_awards{chain=\"best\"} 25000000000000\n"));
		assert!(!text.contains("best_block "), "what is not known is left out");
	}
}
