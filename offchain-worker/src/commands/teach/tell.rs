//! What students, teachers and trainers are told: lines for people on the standard error, results and lines of JSON on the standard
//! output.

use crate::chain::submitter::now;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// The events that are results: for people, too, they go to the standard output.
const RESULTS: [&str; 10] =
	["opened", "joined", "left", "offered", "handed", "enlisted", "keys-added", "retired", "settled", "ended"];

/// Tells events.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
	/// Whether programs listen.
	pub json: bool,
}

impl Voice {
	/// Tells an event: `fields` is a JSON object, `text` is for people.
	pub fn tell(&self, event: &str, fields: Value, text: impl AsRef<str>) {
		let line = if self.json {
			let mut line = Map::new();
			line.insert("event".into(), event.into());
			line.insert("time".into(), now().into());
			if let Value::Object(fields) = fields {
				line.extend(fields);
			}
			Value::from(line).to_string()
		} else if RESULTS.contains(&event) {
			text.as_ref().to_string()
		} else {
			eprintln!("{}", text.as_ref());
			return;
		};
		// A closed pipe means that nobody reads any more; the work goes on.
		let _ = io::stdout().write_all((line + "\n").as_bytes());
	}
}
