//! What the shipped settings learn in the environments of teams, beside random agents and the stated heuristics.

use super::{
	build_release,
	learning::{band, curve},
	picture::{charts, Chart, Line},
	report::{last_json, median, number, shown, Report, Table},
	runs::{self, Run},
	Common,
};
use crate::process::{self, Result};
use clap::Args;
use serde_json::{json, Value};
use std::path::PathBuf;

/// What is learned, and for how many environment steps.
const ENVIRONMENTS: [(&str, u32); 5] = [
	("MazeCleaning-v0(5x5,1)", 60_000),
	("MazeCleaning-v0(8x8,1)", 120_000),
	("MazeCleaning-v0", 120_000),
	("TargetLocalization-v0", 160_000),
	("FleetCoordination-v0", 100_000),
];
/// Episodes by which rules are judged.
const RULE_EPISODES: &str = "2000";
/// Greedy episodes by which each learned policy is judged.
const EPISODES: &str = "200";

/// Options of `cargo xtask bench teams`.
#[derive(Args)]
pub struct Options {
	/// Seeds: 0 to one less.
	#[arg(long, default_value_t = 5)]
	seeds: u32,
	/// Runs at the same time, each on its own processor and with one thread.
	#[arg(long, default_value_t = 2)]
	at_once: usize,
	/// Keep every run in this folder, and do not repeat those that are there.
	#[arg(long, value_name = "FOLDER")]
	keep: Option<PathBuf>,
	/// Only the environments whose names contain this.
	#[arg(long, value_name = "TEXT", default_value = "")]
	only: String,
	#[command(flatten)]
	common: Common,
}

/// The mean of some numbers and its standard error.
fn mean_and_error(numbers: &[f64]) -> (f64, f64) {
	let count = numbers.len() as f64;
	let mean = numbers.iter().sum::<f64>() / count;
	let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
	(mean, (squares / (count - 1.0).max(1.0) / count).sqrt())
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	let packages = ["-p", "praxis-worker", "--bins", "-p", "praxis-environment", "--example", "scores"];
	let release = build_release(&options.common, &packages)?;
	let seeds = if options.common.quick { options.seeds.min(2) } else { options.seeds };
	let scratch = std::env::temp_dir().join(format!("praxis-bench-{}", std::process::id()));
	let folder = options.keep.as_deref().unwrap_or(&scratch);
	let mut table = Table::new(
		"Mean returns in the environments of teams, shipped settings",
		&[
			"environment",
			"random",
			"heuristic",
			"learned",
			"the same, quantised",
			"above the heuristic",
			"steps",
			"seconds",
		],
	);
	let (mut pictures, mut data) = (Vec::new(), serde_json::Map::new());
	for (name, steps) in ENVIRONMENTS.into_iter().filter(|(name, _)| name.contains(&options.only)) {
		println!("\n{name}");
		let mut rules = release.command("examples/scores");
		let rules = last_json(&process::output(rules.args(["--json", RULE_EPISODES, name]))?)?;
		let train = |seed: u32| {
			let name_of_run = format!("{name}-{seed}");
			let mut command = release.command("praxis-worker");
			command.args([
				"train",
				"--device",
				"cpu",
				"--plain",
				"--json",
				"--environment",
				name,
				"--save-replay",
				"false",
			]);
			command.args(["--seed", &seed.to_string(), "--steps", &steps.to_string()]);
			command.args(["--evaluate-every", &(steps / 20).to_string(), "--out"]).arg(folder.join(&name_of_run));
			Run { name: name_of_run, command }
		};
		let trained = runs::all((0..seeds).map(train).collect(), options.at_once, Some(folder))?;
		let judge = |(seed, run): (usize, &Value)| {
			let name = format!("{name}-{seed}-judged");
			let mut command = release.command("praxis-worker");
			command.args(["quantise", "--json", "--episodes", EPISODES, "--output"]);
			command.arg(folder.join(format!("{name}.policy"))).arg(run["policy"].as_str().unwrap_or_default());
			Run { name, command }
		};
		let judged = runs::all(trained.iter().enumerate().map(judge).collect(), options.at_once, Some(folder))?;
		let of = |field: &str| judged.iter().map(|run| number(&run["loss"], field)).collect::<Result<Vec<_>>>();
		let (learned, quantised) = (mean_and_error(&of("float_mean")?), mean_and_error(&of("mean")?));
		let seconds: Vec<f64> = trained.iter().map(|run| number(run, "learning_seconds")).collect::<Result<_>>()?;
		let heuristic = (number(&rules, "heuristic")?, number(&rules, "heuristic_error")?);
		let (gain, error) = (quantised.0 - heuristic.0, quantised.1.hypot(heuristic.1));
		let pair = |(mean, error): (f64, f64)| format!("{mean:.1} ± {error:.1}");
		table.row([
			name.into(),
			format!("{:.1}", number(&rules, "random")?),
			pair(heuristic),
			pair(learned),
			pair(quantised),
			format!("{gain:.1} ± {error:.1}"),
			steps.to_string(),
			shown(median(&seconds)),
		]);
		let curves: Vec<_> = trained.iter().map(curve).collect::<Result<_>>()?;
		let points = band(&curves);
		data.insert(
			name.into(),
			json!({ "rules": rules, "runs": trained, "judged": judged, "median_and_band": points }),
		);
		pictures.push(Chart {
			title: name,
			x: "environment steps",
			lines: vec![Line {
				name: format!("mean of 20 greedy episodes: median and range of {seeds} seeds; dashed: the heuristic"),
				points,
			}],
			goal: Some(heuristic.0),
		});
	}
	let _ = std::fs::remove_dir_all(&scratch);
	Report {
		name: "teams",
		tables: vec![table],
		notes: vec![format!(
			"Random and heuristic: {RULE_EPISODES} episodes. Learned: the best file of each of {seeds} runs, judged on {EPISODES} \
			 greedy episodes that had no part in choosing it; the mean over the runs and its standard error. Above the \
			 heuristic: of the quantised policies. Seconds: the median of a run on one core."
		)],
		data: data.into(),
		svg: charts(&pictures),
	}
	.finish(&options.common)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_mean_should_come_with_its_error() {
		let (mean, error) = mean_and_error(&[1.0, 2.0, 3.0, 4.0, 5.0]);
		assert_eq!(mean, 3.0);
		assert!((error - 0.5_f64.sqrt()).abs() < 1e-12, "{error}");
		assert_eq!(mean_and_error(&[7.0]), (7.0, 0.0));
	}
}
