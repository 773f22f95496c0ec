//! Reads what another program writes about itself: one JSON object a line, among other lines.

use serde_json::Value;
use std::{
	fs::File,
	io::{Read, Seek, SeekFrom},
	path::PathBuf,
};

/// The end of a file that grows.
pub struct Tail {
	path: PathBuf,
	offset: u64,
	unfinished: Vec<u8>,
}

impl Tail {
	/// Of a file that is, or will be, at `path`.
	pub fn new(path: PathBuf) -> Self {
		Self { path, offset: 0, unfinished: Vec::new() }
	}

	/// The objects that were added since the last call. Other lines are left out.
	pub fn take(&mut self) -> Vec<Value> {
		let mut added = Vec::new();
		// The file appears once the program has started.
		let read = File::open(&self.path)
			.and_then(|mut file| file.seek(SeekFrom::Start(self.offset)).and_then(|_| file.read_to_end(&mut added)));
		if read.is_err() {
			return Vec::new();
		}
		self.offset += added.len() as u64;
		self.read(&added)
	}

	fn read(&mut self, added: &[u8]) -> Vec<Value> {
		self.unfinished.extend(added);
		let mut objects = Vec::new();
		while let Some(end) = self.unfinished.iter().position(|byte| *byte == b'\n') {
			let line: Vec<u8> = self.unfinished.drain(..=end).collect();
			objects.extend(serde_json::from_slice::<Value>(&line).ok().filter(Value::is_object));
		}
		objects
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn objects_should_come_whole_when_lines_arrive_in_parts() {
		let mut tail = Tail::new("".into());
		assert_eq!(tail.read(b"{\"event\":\"a\"}\n{\"event\":\"b"), [json!({ "event": "a" })]);
		assert_eq!(tail.read(b"\"}\nnot json\n7\n{\"event\":"), [json!({ "event": "b" })]);
		assert!(tail.take().is_empty());
	}
}
