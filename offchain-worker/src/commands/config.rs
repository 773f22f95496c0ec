//! `config print`: what counts, and where it comes from.

use super::Outcome;
use crate::settings::{Process, Settings};
use clap::Parser;
use std::{ffi::OsString, process::ExitCode};

const EXAMPLES: &str = "\
Examples:
  praxis-worker config print
  praxis-worker config print train --json
  praxis-worker config print work -- --price 8
  PRAXIS_NODE=ws://127.0.0.1:9945 praxis-worker config print mine --config worker.toml -- --seed 3

What stands on the command line goes before the environment, that before the file, that before the defaults.
The file is the first of: --config FILE, PRAXIS_CONFIG, $XDG_CONFIG_HOME/praxis/worker.toml (~/.config by default),
/etc/praxis/worker.toml. It is TOML with the names of the options; those of `train` and
`work` stand in tables of these names; `work` takes node, device, genesis and the log's form from the top too:

  node = \"ws://127.0.0.1:9944\"
  key-file = \"/etc/praxis/author.key\"
  checkpoint = \"/var/lib/praxis/author.safetensors\"

  [train]
  steps = 50000

  [work]
  key-file = \"/etc/praxis/operator.key\"
  environments = [\"CartPole-v1\"]

Variables are PRAXIS_ and the option's name (PRAXIS_KEY_FILE), for `train` PRAXIS_TRAIN_ (PRAXIS_TRAIN_STEPS), for `work`
PRAXIS_WORK_ (PRAXIS_WORK_PRICE).
PRAXIS_KEY may hold the key itself; it is never printed.

With --json: {command, file, searched, settings: [{option, value, source, from, overruled_by}], key}.";

/// The options of `config`.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
	#[command(subcommand)]
	command: ConfigCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ConfigCommand {
	/// Print every option's value and where it comes from.
	Print(PrintArgs),
}

#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
struct PrintArgs {
	/// Whose options.
	#[arg(default_value = "mine", value_parser = ["mine", "work", "train", "doctor", "status"])]
	command: String,
	/// Print JSON.
	#[arg(long)]
	json: bool,
	/// Options as they would stand on the command line.
	#[arg(last = true)]
	line: Vec<OsString>,
}

/// Runs the command.
pub fn run(args: ConfigArgs, file: Option<OsString>) -> Outcome {
	let ConfigCommand::Print(PrintArgs { command, json, line }) = args.command;
	let mut argv: Vec<OsString> = vec!["praxis-worker".into(), command.clone().into()];
	argv.extend(file.into_iter().flat_map(|file| ["--config".into(), file]));
	argv.extend(line);
	let root = super::command_line();
	let settings = Settings::of_line(&root, &argv, &Process)?;
	let Some(settings) = settings else {
		// The line itself is wrong, or asks for help.
		let error = root.try_get_matches_from(&argv).err();
		return Err(super::Failure::input("usage", error.map(|error| error.to_string()).unwrap_or_default()));
	};
	let key = std::env::var_os(crate::chain::keys::KEY_VARIABLE).is_some();
	if json {
		let mut value = settings.json();
		value["key"] = serde_json::json!({ "variable_is_set": key });
		println!("{value}");
	} else {
		settings.print();
		println!("# PRAXIS_KEY is {}", if key { "set (not shown)" } else { "not set" });
	}
	Ok(ExitCode::SUCCESS)
}
