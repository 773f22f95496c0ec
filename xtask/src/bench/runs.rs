//! Many measurements of one kind, two at a time where there are two processors, each bound to its own.

use super::{peers, report::last_json};
use crate::process::{self, io_error, Error, Result};
use serde_json::Value;
use std::{
	fs,
	path::{Path, PathBuf},
	process::Command,
	sync::Mutex,
};

/// One measurement: a program that prints JSON.
pub struct Run {
	/// What it is called, and its result's file.
	pub name: String,
	/// The program. Exit codes of 2 count as a result: the goal was not reached.
	pub command: Command,
}

/// Runs all of them, `at_once` together. With a folder, a result that is there is not measured again.
pub fn all(runs: Vec<Run>, at_once: usize, folder: Option<&Path>) -> Result<Vec<Value>> {
	if let Some(folder) = folder {
		fs::create_dir_all(folder).map_err(io_error("create", folder))?;
	}
	let count = runs.len();
	let results = Mutex::new(vec![None; count]);
	let left = Mutex::new(runs.into_iter().enumerate());
	let failure = Mutex::new(None);
	std::thread::scope(|scope| {
		for processor in 0..at_once.max(1) {
			let (results, left, failure) = (&results, &left, &failure);
			scope.spawn(move || loop {
				let next = left.lock().ok().and_then(|mut left| left.next());
				let Some((at, run)) = next else { return };
				match one(&run, processor, folder) {
					Ok(value) => {
						if let Ok(mut results) = results.lock() {
							results[at] = Some(value);
						}
					}
					Err(error) => {
						if let Ok(mut failure) = failure.lock() {
							failure.get_or_insert(error);
						}
						return;
					}
				}
			});
		}
	});
	process::check()?;
	if let Some(error) = failure.into_inner().ok().flatten() {
		return Err(error);
	}
	let results = results.into_inner().map_err(|_| Error::Failed("a measurement was lost".into()))?;
	results.into_iter().map(|value| value.ok_or_else(|| Error::Failed("a measurement was lost".into()))).collect()
}

fn one(run: &Run, processor: usize, folder: Option<&Path>) -> Result<Value> {
	let file: Option<PathBuf> = folder.map(|folder| folder.join(format!("{}.json", run.name)));
	if let Some(text) = file.as_ref().and_then(|file| fs::read_to_string(file).ok()) {
		if let Ok(value) = serde_json::from_str(&text) {
			return Ok(value);
		}
	}
	process::check()?;
	let mut command = peers::pinned(&run.command, processor);
	let output = command
		.output()
		.map_err(|error| Error::Failed(format!("cannot start `{}`: {error}", process::shown(&command))))?;
	process::check()?;
	if !output.status.success() && output.status.code() != Some(2) {
		let words = String::from_utf8_lossy(&output.stderr);
		let shown = process::shown(&command);
		return Err(Error::Failed(format!("`{shown}` failed ({}): {}", output.status, words.trim())));
	}
	let value = last_json(&String::from_utf8_lossy(&output.stdout))?;
	println!("  {}", run.name);
	if let Some(file) = file {
		fs::write(&file, value.to_string()).map_err(io_error("write", &file))?;
	}
	Ok(value)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn run(name: &str, script: &str) -> Run {
		let mut command = Command::new("sh");
		command.args(["-c", script]);
		Run { name: name.into(), command }
	}

	#[test]
	fn results_should_come_in_order_and_failures_as_errors() {
		let runs = (0..5).map(|at| run(&at.to_string(), &format!("echo '{{\"at\": {at}}}'"))).collect();
		let found = all(runs, 2, None).expect("they run");
		assert_eq!(found.iter().filter_map(|value| value["at"].as_u64()).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
		let missed = vec![run("missed", "echo '{\"reached\": false}'; exit 2")];
		assert_eq!(all(missed, 1, None).expect("a result")[0]["reached"], false);
		let broken = vec![run("fine", "echo '{}'"), run("broken", "exit 1")];
		assert!(all(broken, 1, None).is_err());
	}
}
