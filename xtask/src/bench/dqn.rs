//! DQN on CartPole-v1, one thread each: time until it is learned, ours beside stable-baselines3, and the gradient steps a
//! second at one network and batch.

use super::{
	build_release, peers,
	picture::Bars,
	report::{last_json, median, number, shown, Report, Table},
	runs::{self, Run},
	Common, Release,
};
use crate::process::{self, Result};
use clap::Args;
use serde_json::{json, Value};
use std::path::PathBuf;

/// The mean return that counts as learned.
const GOAL: &str = "475";
/// Seconds of learning after which a run has failed.
const TIMEOUT: f64 = 120.0;
/// Environment steps of ours at most: more than the time-out allows.
const STEPS: &str = "1000000";

/// Options of `cargo xtask bench dqn`.
#[derive(Args)]
pub struct Options {
	/// Seeds: 0 to one less.
	#[arg(long, default_value_t = 10)]
	seeds: u32,
	/// Runs at the same time, each on its own processor and with one thread.
	#[arg(long, default_value_t = 2)]
	at_once: usize,
	/// Keep every run's result in this folder, and do not repeat those that are there.
	#[arg(long, value_name = "FOLDER")]
	keep: Option<PathBuf>,
	#[command(flatten)]
	common: Common,
}

/// What the runs of one side came to.
struct Side {
	times: Vec<f64>,
	solved: usize,
	steps: f64,
	updates: f64,
}

impl Side {
	fn of(runs: &[Value], time: &str) -> Result<Self> {
		let solved = |run: &Value| run["reached"] == true;
		let times = runs.iter().map(|run| if solved(run) { number(run, time) } else { Ok(TIMEOUT) });
		let middle = |field: &str| {
			let numbers: Result<Vec<f64>> = runs.iter().map(|run| number(run, field)).collect();
			Ok::<_, process::Error>(median(&numbers?))
		};
		Ok(Self {
			times: times.collect::<Result<_>>()?,
			solved: runs.iter().filter(|run| solved(run)).count(),
			steps: middle("steps")?,
			updates: middle("updates")?,
		})
	}

	fn row(&self, name: &str) -> Vec<String> {
		let least = self.times.iter().copied().fold(f64::INFINITY, f64::min);
		let most = self.times.iter().copied().fold(0.0, f64::max);
		vec![
			name.into(),
			shown(median(&self.times)),
			format!("{} to {}", shown(least), shown(most)),
			format!("{} of {}", self.solved, self.times.len()),
			shown(self.steps),
			shown(self.updates),
		]
	}
}

fn learn(options: &Options, release: &Release, python: &std::path::Path) -> Result<(Vec<Value>, Vec<Value>)> {
	let seeds = if options.common.quick { options.seeds.min(2) } else { options.seeds };
	let scratch = std::env::temp_dir().join(format!("praxis-bench-{}", std::process::id()));
	let ours = |seed: u32| {
		let mut command = release.command("praxis-worker");
		command
			.args(["train", "--environment", "CartPole-v1", "--device", "cpu", "--plain", "--json"])
			.args(["--until-return", GOAL, "--steps", STEPS, "--seed", &seed.to_string(), "--out"])
			.arg(scratch.join(seed.to_string()));
		Run { name: format!("praxis-{seed}"), command }
	};
	let theirs = |seed: u32| {
		let mut command = peers::script(python, "dqn.py");
		command.args(["--goal", GOAL, "--timeout", &TIMEOUT.to_string(), "--seed", &seed.to_string()]);
		Run { name: format!("stable-baselines3-{seed}"), command }
	};
	let keep = options.keep.as_deref();
	println!("\nLearning: ours");
	let ours = runs::all((0..seeds).map(ours).collect(), options.at_once, keep);
	let _ = std::fs::remove_dir_all(&scratch);
	println!("\nLearning: stable-baselines3 (10 seeds take some minutes)");
	Ok((ours?, runs::all((0..seeds).map(theirs).collect(), options.at_once, keep)?))
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	let release = build_release(&options.common, &["-p", "praxis-worker", "--bins", "--example", "learner"])?;
	let python = peers::python()?;
	let (ours, theirs) = learn(options, &release, &python)?;

	println!("\nGradient steps: ours, then stable-baselines3");
	let steps = if options.common.quick { "300" } else { "2000" };
	let mut speeds = Vec::new();
	let mut table = Table::new(
		"Gradient steps a second, one thread, batch of 64",
		&["network", "Praxis", "stable-baselines3", "ratio", "Praxis, GFLOP/s", "limit, GFLOP/s", "share of the limit"],
	);
	for hidden in ["256,256", "64,64"] {
		let mut ours = release.command("examples/learner");
		ours.args(["--hidden", hidden, "--batch", "64", "--steps", steps]);
		let ours = last_json(&process::output(&mut peers::pinned(&ours, 0))?)?;
		let mut theirs = peers::script(&python, "dqn.py");
		theirs.args(["--hidden", hidden, "--batch", "64", "--speed", steps]);
		let theirs = last_json(&process::output(&mut peers::pinned(&theirs, 0))?)?;
		let (rate, peer) = (number(&ours, "updates_per_second")?, number(&theirs, "updates_per_second")?);
		table.row([
			hidden.replace(',', "x"),
			shown(rate),
			shown(peer),
			format!("{:.1}", rate / peer),
			shown(number(&ours, "flops")? / 1e9),
			shown(number(&ours, "limit_flops")? / 1e9),
			format!("{:.0} %", 100.0 * number(&ours, "share")?),
		]);
		speeds.push(json!({ "praxis": ours, "stable_baselines3": theirs }));
	}

	let (left, right) = (Side::of(&ours, "learning_seconds")?, Side::of(&theirs, "seconds")?);
	let mut times = Table::new(
		format!("Seconds of learning until CartPole-v1 returns {GOAL}, one thread"),
		&["", "median", "range", "learned", "environment steps, median", "gradient steps, median"],
	);
	times.row(left.row("Praxis, shipped settings"));
	times.row(right.row("stable-baselines3, rl-zoo3's settings"));
	let ratio = median(&right.times) / median(&left.times);
	let bars = Bars {
		title: "Seconds until CartPole-v1 returns 475, by seed (logarithmic)",
		series: vec!["Praxis", "stable-baselines3"],
		groups: (0..left.times.len()).map(|at| (format!("{at}"), vec![left.times[at], right.times[at]])).collect(),
	};
	Report {
		name: "dqn",
		tables: vec![times, table],
		notes: vec![
			format!("The median time is {ratio:.1} times shorter; the aim is 5."),
			format!(
				"A mean of {GOAL} over 20 greedy episodes, looked at every 1,000 steps, confirmed on 100 fresh ones. \
				 The clock stands still while it looks. A run that fails counts as {TIMEOUT} s."
			),
			"The limit is a product of two 1536x1536 matrices of 32-bit floats on one thread of the same libtorch."
				.into(),
		],
		data: json!({ "learning": { "praxis": ours, "stable_baselines3": theirs }, "speed": speeds, "ratio": ratio }),
		svg: bars.svg(shown),
	}
	.finish(&options.common)
}
