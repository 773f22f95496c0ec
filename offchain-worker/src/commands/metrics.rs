//! What the worker tells programs: a line of JSON per event.

use crate::chain::submitter::now;
use serde_json::{json, Map, Value};
use std::{
	fs::File,
	io::{self, Write},
	path::Path,
	sync::Mutex,
};

/// Writes events to a file, to the standard output, to both or to neither.
#[derive(Debug)]
pub struct Metrics {
	file: Option<Mutex<File>>,
	print: bool,
}

impl Metrics {
	/// Appends to `file` and prints where asked.
	pub fn open(file: Option<&Path>, print: bool) -> io::Result<Self> {
		let file = file.map(|path| File::options().create(true).append(true).open(path)).transpose()?;
		Ok(Self { file: file.map(Mutex::new), print })
	}

	/// Writes an event with its time. `fields` is a JSON object. A disk that is full must not end the mining, so a
	/// failure is only told.
	pub fn record(&self, event: &str, fields: Value) {
		let mut line = Map::new();
		line.insert("event".into(), event.into());
		line.insert("time".into(), now().into());
		if let Value::Object(fields) = fields {
			line.extend(fields);
		}
		let line = json!(line).to_string() + "\n";
		if let Some(file) = &self.file {
			// One call per line, so that a reader never sees half of one.
			let mut file = file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
			if let Err(error) = file.write_all(line.as_bytes()) {
				tracing::warn!(target: "metrics", "--metrics: {error}");
			}
		}
		if self.print {
			// A closed pipe means that nobody reads any more.
			let _ = io::stdout().write_all(line.as_bytes());
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn events_should_be_appended_as_lines_of_json() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("metrics.jsonl");
		for round in 0..2 {
			let metrics = Metrics::open(Some(&path), false).expect("metrics");
			metrics.record("block", json!({ "height": round, "reward": 0.5 }));
		}
		let text = std::fs::read_to_string(&path).expect("a file");
		let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
		assert_eq!(lines.len(), 2);
		assert_eq!((&lines[1]["event"], &lines[1]["height"]), (&json!("block"), &json!(1)));
		assert!(lines[0]["time"].as_u64().is_some_and(|time| time > 1_600_000_000_000));
	}
}
