//! What is the same for all that takes part: their commands, their folders, and what the chain says of them.

use crate::{
	demo::{network::Network, tasks::script},
	process::{self, io_error, Error, Result, Service},
	workspace,
};
use serde_json::Value;
use std::{
	fs,
	path::{Path, PathBuf},
	process::Command,
	time::Instant,
};

use super::{LIMIT, LOOK};

/// The stage.
pub struct Stage<'a> {
	/// The worker's program.
	pub worker: &'a Path,
	/// The node.
	pub url: String,
	/// Folder for all that is written.
	pub folder: &'a Path,
	/// When it began.
	pub start: Instant,
}

impl Stage<'_> {
	/// A command of the worker for an account with a folder of its own.
	pub fn command(&self, account: &str, arguments: &[&str]) -> Command {
		let name = name(account);
		let mut command = workspace::command(self.worker);
		command.args(arguments).args(["--json", "--node", &self.url]).arg("--state").arg(self.folder.join("state"));
		// A key never goes on a command line, which everybody on the machine can read.
		command.env("PRAXIS_KEY", account).env("PRAXIS_STORE", self.folder.join(format!("store-{name}")));
		command
	}

	/// A script for an account.
	pub fn script(&self, account: &str, file: &str, arguments: &[&str]) -> Command {
		let mut command = script(file, &self.url);
		command.args(arguments).env("PRAXIS_KEY", account);
		command
	}

	/// Starts what an account runs.
	pub fn service(&self, account: &str, command: &mut Command) -> Result<Service> {
		let name = name(account);
		Service::start(&name, command, self.log(account))
	}

	/// Where what an account runs writes.
	pub fn log(&self, account: &str) -> PathBuf {
		self.folder.join(format!("{}.log", name(account)))
	}

	/// What a command of the worker that needs no account says.
	pub fn ask(&self, arguments: &[&str]) -> Result<Value> {
		let mut command = workspace::command(self.worker);
		let text = process::output(command.args(arguments).args(["--json", "--node", &self.url]))?;
		read(&text, &arguments.join(" "))
	}

	/// The session as it is in the best block.
	pub fn session(&self, number: u64, more: &[&str]) -> Result<Value> {
		self.ask(&[&["teach", "status", &number.to_string()], more].concat())
	}

	/// Whether it takes too long.
	pub fn check_time(&self, what: &str) -> Result {
		if self.start.elapsed() > LIMIT {
			return Err(Error::Failed(what.into()));
		}
		Ok(())
	}

	/// The first event of this name that an account's program has told, waited for.
	pub fn event(&self, account: &str, event: &str) -> Result<Value> {
		loop {
			if let Some(found) = events(&self.log(account))?.into_iter().find(|found| found["event"] == event) {
				return Ok(found);
			}
			self.check_time(&format!("{account} does not tell `{event}`: {}", self.log(account).display()))?;
			process::pause(LOOK)?;
		}
	}
}

/// All events that stand in a log.
fn events(log: &Path) -> Result<Vec<Value>> {
	let text = fs::read_to_string(log).map_err(io_error("read", log))?;
	Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// What a program printed last, as JSON.
pub fn read(text: &str, what: &str) -> Result<Value> {
	let last = text.lines().last().unwrap_or_default();
	serde_json::from_str(last).map_err(|error| Error::Failed(format!("`{what}` printed {last:?}: {error}")))
}

/// A name for files: `alice-stash` of `//Alice//stash`.
pub fn name(account: &str) -> String {
	account.trim_matches('/').replace("//", "-").to_lowercase()
}

/// The best block's height.
pub fn height(network: &Network) -> Result<u64> {
	let header = network.nodes[0].rpc.call("chain_getHeader", serde_json::json!([]))?;
	let number =
		header["number"].as_str().and_then(|number| u64::from_str_radix(number.trim_start_matches("0x"), 16).ok());
	number.ok_or_else(|| Error::Failed(format!("{header} is no header")))
}
