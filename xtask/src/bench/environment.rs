//! Environment steps a second on one core: ours, Gymnasium's, and Gymnasium's vectorised CartPole, in one run.

use super::{
	build_release, peers,
	picture::Bars,
	report::{last_json, shown, Report, Table},
	Common,
};
use crate::process::{self, Result};
use clap::Args;
use serde_json::json;

/// Environments in a batch.
const BATCH: &str = "1024";

/// Options of `cargo xtask bench environment`.
#[derive(Args)]
pub struct Options {
	#[command(flatten)]
	common: Common,
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	let release = build_release(&options.common, &["-p", "praxis-environment", "--example", "speed"])?;
	let python = peers::python()?;
	let repeats = if options.common.quick { "3" } else { "20" };
	println!("\nMeasuring on one core: ours, then Gymnasium");
	let arguments = ["--repeats", repeats, "--batch", BATCH];
	let mut ours = release.command("examples/speed");
	let ours = last_json(&process::output(&mut peers::pinned(ours.args(arguments).arg("--json"), 0))?)?;
	let mut theirs = peers::script(&python, "environment.py");
	let theirs = last_json(&process::output(&mut peers::pinned(theirs.args(arguments), 0))?)?;

	let mut table = Table::new(
		"Environment steps a second on one core",
		&["environment", "one at a time", "Gymnasium", "ratio", "batch of 1,024", "Gymnasium, NumPy", "ratio"],
	);
	let mut groups = Vec::new();
	for (name, single) in ours["single"].as_object().into_iter().flatten() {
		let read = |value: &serde_json::Value| value.as_f64().unwrap_or(f64::NAN);
		let (single, batch) = (read(single), read(&ours["batch"][name]));
		let (peer, vector) = (read(&theirs["single"][name]), read(&theirs["batch"][name]));
		let ratio = |ours: f64, theirs: f64| if theirs.is_nan() { "-".into() } else { format!("{:.1}", ours / theirs) };
		table.row([
			name.clone(),
			shown(single),
			shown(peer),
			ratio(single, peer),
			shown(batch),
			shown(vector),
			ratio(batch, vector),
		]);
		groups.push((name.clone(), vec![single, batch, peer, vector]));
	}
	let bars = Bars {
		title: "Environment steps a second, one core (logarithmic)",
		series: vec!["Praxis, one at a time", "Praxis, batch of 1,024", "Gymnasium", "Gymnasium, NumPy batch of 1,024"],
		groups,
	};
	Report {
		name: "environment",
		tables: vec![table],
		notes: vec![format!(
			"Best of {repeats} measurements each. Gymnasium {} with NumPy {}; it has a batched CartPole only. Ours are the exact integer environments of the chain.",
			theirs["gymnasium"].as_str().unwrap_or("?"),
			theirs["numpy"].as_str().unwrap_or("?")
		)],
		data: json!({ "praxis": ours, "gymnasium": theirs }),
		svg: bars.svg(shown),
	}
	.finish(&options.common)
}
