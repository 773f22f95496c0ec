//! Learning curves of the shipped settings in every environment, over several seeds.

use super::{
	build_release,
	picture::{charts, Chart, Line},
	report::{median, number, shown, Report, Table},
	runs::{self, Run},
	Common,
};
use crate::process::{io_error, Result};
use clap::Args;
use serde_json::{json, Value};
use std::{fs, path::PathBuf};

/// What is learned: its name, the return that counts as solved, the steps that the curve spans, how it explores.
const ENVIRONMENTS: [(&str, f64, u32, &str); 5] = [
	("CartPole-v1", 475.0, 20_000, "epsilon-greedy, 8-step returns"),
	("Pendulum-v1", -200.0, 10_000, "epsilon-greedy"),
	("NoisyPendulum-v0", -200.0, 10_000, "epsilon-greedy"),
	("Acrobot-v1", -100.0, 30_000, "random actions held up to 4 steps, 5-step returns"),
	("MountainCar-v0", -110.0, 40_000, "random actions held up to 30 steps, 5-step returns"),
];
/// Environment steps after which a run has failed.
const STEPS: &str = "200000";

/// Options of `cargo xtask bench learning`.
#[derive(Args)]
pub struct Options {
	/// Seeds: 0 to one less.
	#[arg(long, default_value_t = 10)]
	seeds: u32,
	/// Runs at the same time, each on its own processor and with one thread.
	#[arg(long, default_value_t = 2)]
	at_once: usize,
	/// Keep every run in this folder, and do not repeat those that are there.
	#[arg(long, value_name = "FOLDER")]
	keep: Option<PathBuf>,
	#[command(flatten)]
	common: Common,
}

/// The mean greedy returns of a run by step, from its metrics.
pub(super) fn curve(run: &Value) -> Result<Vec<(u64, f64)>> {
	let path = PathBuf::from(run["metrics"].as_str().unwrap_or_default());
	let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
	let point = |line: &str| {
		let value: Value = serde_json::from_str(line).ok()?;
		(value["event"] == "evaluation").then_some(())?;
		Some((value["step"].as_u64()?, value["return"].as_f64()?))
	};
	Ok(text.lines().filter_map(point).collect())
}

/// The middle of several curves and the band from the least but one tenth to the greatest but one tenth.
pub(super) fn band(curves: &[Vec<(u64, f64)>]) -> Vec<(f64, f64, f64, f64)> {
	let Some(first) = curves.first() else { return Vec::new() };
	let at = |step: u64| -> Vec<f64> {
		let mut returns: Vec<f64> =
			curves.iter().filter_map(|curve| curve.iter().find(|point| point.0 == step).map(|point| point.1)).collect();
		returns.sort_by(f64::total_cmp);
		returns
	};
	first
		.iter()
		.map(|(step, _)| {
			let returns = at(*step);
			let cut = returns.len() / 10;
			let (low, high) = (returns[cut], returns[returns.len() - 1 - cut]);
			(*step as f64, median(&returns), low, high)
		})
		.collect()
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	let release = build_release(&options.common, &["-p", "praxis-worker", "--bins"])?;
	let seeds = if options.common.quick { options.seeds.min(2) } else { options.seeds };
	let scratch = std::env::temp_dir().join(format!("praxis-bench-{}", std::process::id()));
	let folder = options.keep.as_deref().unwrap_or(&scratch);
	let run = |name: &str, seed: u32, what: &str, rest: &[&str]| {
		let name = format!("{name}-{what}-{seed}");
		let mut command = release.command("praxis-worker");
		command.args(["train", "--device", "cpu", "--plain", "--json", "--seed", &seed.to_string(), "--out"]);
		command.arg(folder.join(&name)).args(rest);
		Run { name, command }
	};
	let mut table = Table::new(
		"Solved with shipped settings, one thread each",
		&["environment", "goal", "solved", "seconds, median", "range", "environment steps, median", "exploration"],
	);
	let (mut pictures, mut data) = (Vec::new(), serde_json::Map::new());
	for (name, goal, steps, exploration) in ENVIRONMENTS {
		println!("\n{name}");
		let (target, steps) = (format!("--until-return={goal}"), steps.to_string());
		let until = |seed| run(name, seed, "solve", &["--environment", name, &target, "--steps", STEPS]);
		let solved = runs::all((0..seeds).map(until).collect(), options.at_once, Some(folder))?;
		let whole = |seed| run(name, seed, "curve", &["--environment", name, "--steps", &steps]);
		let whole = runs::all((0..seeds).map(whole).collect(), options.at_once, Some(folder))?;
		let curves: Vec<_> = whole.iter().map(curve).collect::<Result<_>>()?;
		let read = |field: &str| solved.iter().map(|run| number(run, field)).collect::<Result<Vec<_>>>();
		let (seconds, taken) = (read("learning_seconds")?, read("steps")?);
		let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
		let most = seconds.iter().copied().fold(0.0, f64::max);
		table.row([
			name.into(),
			goal.to_string(),
			format!("{} of {seeds}", solved.iter().filter(|run| run["reached"] == true).count()),
			shown(median(&seconds)),
			format!("{} to {}", shown(least), shown(most)),
			shown(median(&taken)),
			exploration.into(),
		]);
		let points = band(&curves);
		data.insert(name.into(), json!({ "runs": solved, "median_and_band": points }));
		pictures.push(Chart {
			title: name,
			x: "environment steps",
			lines: vec![Line {
				name: format!("mean of 20 greedy episodes: median of {seeds} seeds, band of the middle 8 of 10"),
				points,
			}],
			goal: Some(goal),
		});
	}
	let _ = fs::remove_dir_all(&scratch);
	Report {
		name: "learning",
		tables: vec![table],
		notes: vec![
			"Solved: a mean of 20 greedy episodes at the goal, looked at every 1,000 steps, confirmed on 100 fresh ones. \
			 Rewards are scaled by 0.1 for learning; returns here are not."
				.into(),
		],
		data: data.into(),
		svg: charts(&pictures),
	}
	.finish(&options.common)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_band_should_leave_out_the_extremes() {
		let curves: Vec<_> = (0..10).map(|seed| vec![(0, 0.0), (1_000, f64::from(seed))]).collect();
		assert_eq!(band(&curves), [(0.0, 0.0, 0.0, 0.0), (1_000.0, 4.5, 1.0, 8.0)]);
	}
}
