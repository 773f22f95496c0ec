//! `cargo xtask test`: set-up, one build, every test, one summary.

use crate::{
	process::{self, Error, Result},
	setup, workspace,
};
use clap::Args;
use std::{
	io::{BufRead, BufReader},
	process::Stdio,
	time::Instant,
};

/// Tests of a program that run side by side at least, if `RUST_TEST_THREADS` does not say otherwise: those of nodes wait for
/// blocks most of the time, and two cores carry four of them.
const SIDE_BY_SIDE: usize = 4;

/// Options of `cargo xtask test`.
#[derive(Args)]
pub struct Options {
	/// Run only the tests whose name contains this.
	#[arg(long, value_name = "TEXT")]
	filter: Option<String>,
}

#[derive(Default)]
struct Totals {
	suites: u32,
	passed: u64,
	failed: u64,
	ignored: u64,
	failures: Vec<String>,
	/// Tests of a suite that has begun and told no result yet.
	running: u64,
}

impl Totals {
	/// Reads one line of what cargo's test harness prints.
	fn read(&mut self, line: &str) {
		if let Some(counts) = line.strip_prefix("test result: ") {
			self.suites += 1;
			self.running = 0;
			for part in counts.split([';', '.']) {
				let mut words = part.split_whitespace();
				if let (Some(Ok(count)), Some(what)) = (words.next().map(str::parse::<u64>), words.next()) {
					match what {
						"passed" => self.passed += count,
						"failed" => self.failed += count,
						"ignored" => self.ignored += count,
						_ => {}
					}
				}
			}
		} else if let Some(count) = line.strip_prefix("running ").and_then(|rest| rest.split(' ').next()?.parse().ok())
		{
			self.close();
			self.running = count;
		} else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
			self.failures.push(name.into());
		}
	}

	/// Counts the tests of a suite that ended without a result, as one that was killed does, as failed.
	fn close(&mut self) {
		if self.running > 0 {
			self.suites += 1;
			self.failed += self.running;
			self.failures.push(format!("a suite of {} tests, which ended without a result", self.running));
			self.running = 0;
		}
	}

	/// One line that a program can read: the number of tests that were skipped is left out where there are none.
	fn line(&self) -> String {
		let skipped = if self.ignored == 0 { String::new() } else { format!(", {} skipped", self.ignored) };
		format!("Tests: {} passed, {} failed{skipped}", self.passed, self.failed)
	}
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	let tools = setup::run(&setup::Options::for_tests())?;
	let start = Instant::now();
	workspace::build(&tools)?;
	let built = start.elapsed();

	let mut cargo = workspace::cargo(&tools);
	// The same packages and features as the build; `--no-fail-fast` shows all that is wrong at once.
	cargo.args(["test", "--workspace", "--no-fail-fast"]);
	if let Some(filter) = &options.filter {
		cargo.args(["--", filter.as_str()]);
	}
	const THREADS: &str = "RUST_TEST_THREADS";
	if std::env::var_os(THREADS).is_none() {
		let cores = std::thread::available_parallelism().map_or(1, usize::from);
		cargo.env(THREADS, cores.max(SIDE_BY_SIDE).to_string());
	}
	println!("\n{}", process::shown(&cargo));
	let mut child = process::spawn(cargo.stdout(Stdio::piped()))?;
	let stdout = child.stdout.take().ok_or("cargo test has no output")?;
	// Read beside the wait, so that a signal ends the run even when nothing is printed.
	let reader = std::thread::spawn(move || {
		let mut totals = Totals::default();
		for line in BufReader::new(stdout).split(b'\n').map_while(|line| line.ok()) {
			let line = String::from_utf8_lossy(&line);
			println!("{line}");
			totals.read(line.trim_end());
		}
		totals.close();
		totals
	});
	let status = process::wait(&mut child)?;
	let totals = reader.join().map_err(|_| Error::Failed("the output of cargo test could not be read".into()))?;

	println!("\nSummary");
	println!("  build {} s, tests {} s", built.as_secs(), (start.elapsed() - built).as_secs());
	println!("  {} suites", totals.suites);
	for name in &totals.failures {
		println!("  FAILED {name}");
	}
	println!("{}", totals.line());
	if !status.success() {
		return Err(Error::Failed(format!("cargo test failed ({status})")));
	}
	if totals.passed == 0 {
		return Err(Error::Failed(match &options.filter {
			Some(filter) => format!("no test's name contains {filter:?}"),
			None => "no test was run".into(),
		}));
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn totals_should_add_up_when_several_suites_run() {
		let mut totals = Totals::default();
		for line in [
			"running 2 tests",
			"test a::works ... ok",
			"test a::breaks ... FAILED",
			"test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s",
			"test result: ok. 40 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 12.50s",
		] {
			totals.read(line);
		}
		assert_eq!((totals.suites, totals.passed, totals.failed, totals.ignored), (2, 41, 1, 2));
		assert_eq!(totals.failures, ["a::breaks"]);
		assert_eq!(totals.line(), "Tests: 41 passed, 1 failed, 2 skipped");
	}

	#[test]
	fn tests_should_count_as_failed_when_their_suite_ends_without_a_result() {
		let mut totals = Totals::default();
		for line in [
			"running 1 test",
			"test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
			"running 3 tests",
			"test a::works ... ok",
			"running 2 tests",
			"test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
		] {
			totals.read(line);
		}
		totals.close();
		assert_eq!((totals.suites, totals.failures.len()), (3, 1));
		assert_eq!(totals.line(), "Tests: 3 passed, 3 failed");
	}
}
