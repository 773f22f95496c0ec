//! What a mining worker writes about itself.

use super::tail::Tail;
use serde_json::Value;
use std::path::PathBuf;

/// A worker's metrics so far.
pub struct Metrics {
	tail: Tail,
	/// Greedy returns on the fixed seeds, in the order in which they were measured.
	pub returns: Vec<f64>,
	/// Submissions that the node took.
	pub submitted: u64,
	/// Submissions that the node refused.
	pub rejected: u64,
	/// Updates of the network so far.
	pub updates: u64,
}

impl Metrics {
	/// Metrics that are, or will be, in the file `path`.
	pub fn new(path: PathBuf) -> Self {
		Self { tail: Tail::new(path), returns: Vec::new(), submitted: 0, rejected: 0, updates: 0 }
	}

	/// Reads what has been added.
	pub fn update(&mut self) {
		for event in self.tail.take() {
			self.event(&event);
		}
	}

	fn event(&mut self, event: &Value) {
		match event["event"].as_str() {
			Some("evaluation") => {
				self.returns.extend(event["return"].as_f64());
				self.updates = event["updates"].as_u64().unwrap_or(self.updates);
			}
			Some("submitted") => self.submitted += 1,
			Some("rejected") => self.rejected += 1,
			_ => {}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn events_should_count_when_they_arrive() {
		let mut metrics = Metrics::new("".into());
		for event in [
			json!({ "event": "evaluation", "return": -12.5, "updates": 3 }),
			json!({ "event": "submitted" }),
			json!({ "event": "rejected" }),
			json!({ "event": "other" }),
		] {
			metrics.event(&event);
		}
		assert_eq!(
			(metrics.returns.as_slice(), metrics.submitted, metrics.rejected, metrics.updates),
			(&[-12.5][..], 1, 1, 3)
		);
	}
}
