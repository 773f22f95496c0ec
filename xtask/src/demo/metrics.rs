//! What a worker writes about itself, one JSON object a line.

use serde_json::Value;
use std::{
	fs::File,
	io::{Read, Seek, SeekFrom},
	path::PathBuf,
};

/// A worker's metrics so far.
pub struct Metrics {
	path: PathBuf,
	offset: u64,
	unfinished: Vec<u8>,
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
		Self { path, offset: 0, unfinished: Vec::new(), returns: Vec::new(), submitted: 0, rejected: 0, updates: 0 }
	}

	/// Reads what has been added.
	pub fn update(&mut self) {
		// The file appears once the worker has started.
		let Ok(mut file) = File::open(&self.path) else { return };
		let mut added = Vec::new();
		if file.seek(SeekFrom::Start(self.offset)).and_then(|_| file.read_to_end(&mut added)).is_err() {
			return;
		}
		self.offset += added.len() as u64;
		self.read(&added);
	}

	fn read(&mut self, added: &[u8]) {
		self.unfinished.extend(added);
		while let Some(end) = self.unfinished.iter().position(|byte| *byte == b'\n') {
			let line: Vec<u8> = self.unfinished.drain(..=end).collect();
			if let Ok(event) = serde_json::from_slice::<Value>(&line) {
				self.event(&event);
			}
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

	#[test]
	fn events_should_count_when_lines_arrive_in_parts() {
		let mut metrics = Metrics::new("".into());
		metrics.read(b"{\"event\":\"evaluation\",\"return\":-12.5,\"updates\":3}\n{\"event\":\"subm");
		metrics.read(b"itted\"}\nnot json\n{\"event\":\"rejected\"}\n{\"event\":\"evaluation\",\"ret");
		assert_eq!(
			(metrics.returns.as_slice(), metrics.submitted, metrics.rejected, metrics.updates),
			(&[-12.5][..], 1, 1, 3)
		);
	}
}
