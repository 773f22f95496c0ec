//! `doctor`: what a worker needs, looked at one by one, each with its remedy.

mod chain;
mod host;
mod market;

use crate::commands::Failure;
use serde::Serialize;
use sp_core::H256;
use std::{path::PathBuf, process::ExitCode};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
	/// As it should be.
	Ok,
	/// It works, and may soon not.
	Warning,
	/// It does not work.
	Failure,
	/// Something else has to work first.
	NotChecked,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
	/// What was looked at: a stable word.
	pub check: &'static str,
	/// How it came out.
	pub result: Verdict,
	/// What was found.
	pub message: String,
	/// What to do about it.
	pub remedy: Option<String>,
}

impl Check {
	fn ok(check: &'static str, message: impl Into<String>) -> Self {
		Self { check, result: Verdict::Ok, message: message.into(), remedy: None }
	}

	fn warning(check: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
		Self { check, result: Verdict::Warning, message: message.into(), remedy: Some(remedy.into()) }
	}

	fn failure(check: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
		Self { check, result: Verdict::Failure, message: message.into(), remedy: Some(remedy.into()) }
	}

	fn not_checked(check: &'static str, why: &str) -> Self {
		Self { check, result: Verdict::NotChecked, message: format!("not checked: {why}"), remedy: None }
	}
}

/// What is examined.
#[derive(Clone, Debug)]
pub struct Subject {
	/// The node's address.
	pub node: String,
	/// The key's file; else the environment has the key.
	pub key_file: Option<PathBuf>,
	/// The device's name; nothing where none is needed.
	pub device: Option<String>,
	/// The checkpoint's file.
	pub checkpoint: Option<PathBuf>,
	/// The file of the events.
	pub metrics: Option<PathBuf>,
	/// The log's file.
	pub log_file: Option<PathBuf>,
	/// The chain that is meant.
	pub genesis: Option<H256>,
}

/// Examines everything. It fails only where no examination can begin.
pub fn examine(subject: &Subject) -> Result<Vec<Check>, Failure> {
	let mut checks = Vec::new();
	if let Some(device) = &subject.device {
		checks.extend(host::libtorch(device));
	}
	let (key, check) = host::key(subject.key_file.as_deref());
	checks.push(check);
	checks.extend(host::folders(subject));
	let runtime = tokio::runtime::Builder::new_current_thread()
		.enable_all()
		.build()
		.map_err(|error| Failure::running("runtime", error))?;
	checks.extend(runtime.block_on(chain::examine(&subject.node, subject.genesis, key.as_ref())));
	Ok(checks)
}

/// What is examined for a worker of the task market.
#[derive(Clone, Debug)]
pub struct MarketSubject {
	/// The node's address.
	pub node: String,
	/// The key's file; else the environment has the key.
	pub key_file: Option<PathBuf>,
	/// The device's name.
	pub device: String,
	/// What the worker writes: what for, and the file.
	pub files: Vec<(&'static str, PathBuf)>,
	/// The chain that is meant.
	pub genesis: Option<H256>,
}

/// Examines what `work` needs. It fails only where no examination can begin.
pub fn examine_market(subject: &MarketSubject) -> Result<Vec<Check>, Failure> {
	let mut checks = host::libtorch(&subject.device);
	let (key, check) = host::key(subject.key_file.as_deref());
	checks.push(check);
	checks.extend(subject.files.iter().map(|(check, file)| host::folder(check, file)));
	let runtime = tokio::runtime::Builder::new_current_thread()
		.enable_all()
		.build()
		.map_err(|error| Failure::running("runtime", error))?;
	checks.extend(runtime.block_on(market::examine(&subject.node, subject.genesis, key.as_ref())));
	Ok(checks)
}

/// Examines what a run without a chain needs.
pub fn examine_host(device: &str, file: &std::path::Path) -> Vec<Check> {
	let mut checks = host::libtorch(device);
	checks.push(host::folder("folder", file));
	checks
}

/// 0 where nothing failed, 1 otherwise.
pub fn exit_code(checks: &[Check]) -> ExitCode {
	ExitCode::from(u8::from(checks.iter().any(|check| check.result == Verdict::Failure)))
}

/// Writes the checks for people.
pub fn print(checks: &[Check]) {
	for check in checks {
		let mark = match check.result {
			Verdict::Ok => "ok     ",
			Verdict::Warning => "warning",
			Verdict::Failure => "FAILURE",
			Verdict::NotChecked => "-      ",
		};
		println!("{mark}  {:<12} {}", check.check, check.message);
		if let Some(remedy) = &check.remedy {
			println!("{:22} {remedy}", "");
		}
	}
	let count = |verdict| checks.iter().filter(|check| check.result == verdict).count();
	println!(
		"\n{} fine, {} warnings, {} failures, {} not checked",
		count(Verdict::Ok),
		count(Verdict::Warning),
		count(Verdict::Failure),
		count(Verdict::NotChecked)
	);
}
