//! `cargo xtask bench chain`: import of blocks, transfers a second, memory, start-up and growth, beside a plain
//! solochain of the same SDK.
//!
//! | file | role |
//! |---|---|
//! | `nodes` | starts and watches nodes of both chains |
//! | `figures` | what is measured: of each node, and of imports |
//! | `tables` | the results as tables |
//! | `drawing` | the results as a picture |
//!
//! The peer, the load and the timing of imports are programs of the workspace in `benches/`, which only this command
//! builds.

mod drawing;
mod figures;
mod nodes;
mod tables;

use super::{build_release, report::Report, Common};
use crate::{
	process::{self, io_error, Error, Result},
	workspace,
};
use clap::Args;
use serde_json::{json, Value};
use std::{
	env, fs,
	path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  cargo xtask bench chain --quick
  cargo xtask bench chain --json chain.json --svg docs/benchmarks-chain.svg
  cargo xtask bench chain --only import
  cargo xtask bench chain --only nodes --with chain.json --json chain.json

The first run compiles the peer, an Aura chain of the same SDK, and two Wasm runtimes of it: about ten minutes on two
cores after the node itself. Everything runs on free ports of loopback and in temporary folders.";

/// Options of `cargo xtask bench chain`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
	#[command(flatten)]
	common: Common,
	/// Measure this part alone.
	#[arg(long, value_enum)]
	only: Option<Part>,
	/// Take the parts that are not measured from an earlier run's JSON.
	#[arg(long, value_name = "FILE", requires = "only")]
	with: Option<PathBuf>,
	/// Length of the window in which transfers are counted.
	#[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(6..=600))]
	seconds: u64,
}

/// The parts of the benchmark.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
	/// Import of blocks, part by part, and growth.
	Import,
	/// Start-up, memory and transfers of three nodes.
	Nodes,
	/// Nothing: tables and picture of an earlier run again.
	Nothing,
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	let wants = |part: Part| options.only.is_none_or(|only| only == part);
	let quick = options.common.quick;
	let release = build_release(&options.common, &["-p", "praxis-node"])?;
	if !options.common.no_build {
		let mut cargo = workspace::command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
		cargo.args(["build", "--release", "--manifest-path", "benches/Cargo.toml", "--target-dir"]);
		process::run(cargo.arg(workspace::target()?))?;
	}

	let mut data = match &options.with {
		Some(path) => earlier(path)?,
		None => json!({}),
	};
	if wants(Part::Import) {
		println!("\nImporting blocks");
		data["import"] = figures::import(&release, quick)?;
	}
	if wants(Part::Nodes) {
		let measured: Vec<Value> = nodes::PEERS
			.iter()
			.map(|peer| figures::node(&release, peer, options.seconds, quick))
			.collect::<Result<_>>()?;
		data["nodes"] = measured.into();
	}
	Report { name: "chain", tables: tables::all(&data), notes: tables::notes(&data), svg: drawing::svg(&data), data }
		.finish(&options.common)
}

/// The results in the JSON of an earlier run.
fn earlier(path: &Path) -> Result<Value> {
	let text = fs::read_to_string(path).map_err(io_error("read", path))?;
	let report: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
	if report["benchmark"] == "chain" && report["results"].is_object() {
		Ok(report["results"].clone())
	} else {
		Err(Error::Failed(format!("{} holds no result of `cargo xtask bench chain --json`", path.display())))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_earlier_result_should_be_read_and_nothing_else() {
		let folder = nodes::Folder::new("earlier").expect("temporary folders can be made");
		let path = folder.0.join("chain.json");
		let write = |text: &str| fs::write(&path, text).expect("it is writable");
		write(r#"{ "benchmark": "chain", "results": { "nodes": [] } }"#);
		assert_eq!(earlier(&path).expect("it is a result"), json!({ "nodes": [] }));
		for other in [r#"{ "benchmark": "environment", "results": {} }"#, "no JSON"] {
			write(other);
			assert!(earlier(&path).is_err());
		}
	}
}
