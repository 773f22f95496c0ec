//! `doctor`: says what keeps the worker from mining.

use super::Outcome;
use crate::doctor::{self, Subject};
use sp_core::H256;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  praxis-worker doctor --key-file author.key
  PRAXIS_KEY=//Alice praxis-worker doctor --node ws://127.0.0.1:9944 --device cpu --json

With --json it prints a list of {check, result, message, remedy}; a result is ok, warning, failure or not-checked.

Exit codes:
  0  nothing failed
  1  something failed
  2  wrong input";

/// The options of `doctor`. Those of `mine` that it looks at have the same names.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct DoctorArgs {
	/// The author's own node.
	#[arg(long, default_value = "ws://127.0.0.1:9944")]
	node: String,
	/// The file with the key of the author's account, mode 0600; else the environment variable PRAXIS_KEY.
	#[arg(long)]
	key_file: Option<PathBuf>,
	/// auto, cpu, cuda or cuda:N.
	#[arg(long, default_value = "auto")]
	device: String,
	/// The agent's file.
	#[arg(long)]
	checkpoint: Option<PathBuf>,
	/// The file of the events.
	#[arg(long)]
	metrics: Option<PathBuf>,
	/// The log's file.
	#[arg(long)]
	log_file: Option<PathBuf>,
	/// Genesis block of the chain that is meant.
	#[arg(long, value_name = "HASH")]
	genesis: Option<H256>,
	/// Print a list as JSON.
	#[arg(long)]
	json: bool,
}

/// Runs the command.
pub fn run(args: DoctorArgs) -> Outcome {
	let DoctorArgs { node, key_file, device, checkpoint, metrics, log_file, genesis, json } = args;
	let subject = Subject { node, key_file, device: Some(device), checkpoint, metrics, log_file, genesis };
	let checks = doctor::examine(&subject)?;
	if json {
		println!("{}", serde_json::json!(checks));
	} else {
		doctor::print(&checks);
	}
	Ok(doctor::exit_code(&checks))
}
