//! Does the chain's selection of workers help? A simulated market on the chain's own pallets, with the applicants taken
//! in the chain's order and in others.

use super::{
	build_release, peers,
	picture::{charts, Chart, Line},
	report::{last_json, Report, Table},
	Common,
};
use crate::process::{self, Result};
use clap::Args;
use serde_json::Value;

const EXAMPLES: &str = "\
Examples:
  cargo xtask bench selection --quick
  cargo xtask bench selection --json selection.json --svg docs/benchmarks-selection.svg
  cargo xtask bench selection --seeds 100 --workers 60

One processor; the same numbers on every machine. `benches/selection` says what is simulated, and docs/benchmarks.md
what came out.";

/// Options of `cargo xtask bench selection`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
	#[command(flatten)]
	common: Common,
	/// Runs of every scenario and strategy [default: 30; quick: 4].
	#[arg(long)]
	seeds: Option<u32>,
	/// Requests of a run [default: 400; quick: 100].
	#[arg(long)]
	tasks: Option<u32>,
	/// Workers of a run.
	#[arg(long, default_value_t = 36)]
	workers: u32,
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	let common = &options.common;
	let release = build_release(common, &["-p", "bench-selection"])?;
	let seeds = options.seeds.unwrap_or(if common.quick { 4 } else { 30 });
	let tasks = options.tasks.unwrap_or(if common.quick { 100 } else { 400 });
	println!("\nSimulating the market: some minutes");
	let mut command = release.command("bench-selection");
	for (name, value) in [("--seeds", seeds), ("--tasks", tasks), ("--workers", options.workers)] {
		command.args([name, &value.to_string()]);
	}
	let data = last_json(&process::output(&mut peers::pinned(&command, 0))?)?;
	Report { name: "selection", tables: tables(&data), notes: vec![notes(&data)], svg: svg(&data), data }.finish(common)
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
	value[field].as_array().into_iter().flatten()
}

/// A mean with its interval, times `factor`.
fn figure(figures: &Value, name: &str, factor: f64, places: usize) -> String {
	match (figures[name]["mean"].as_f64(), figures[name]["half"].as_f64()) {
		(Some(mean), Some(half)) => format!("{:.places$} ± {:.places$}", mean * factor, half * factor),
		_ => "-".into(),
	}
}

fn tables(data: &Value) -> Vec<Table> {
	let service = list(data, "scenarios").map(|scenario| {
		let mut table = Table::new(
			format!("Service, {}", scenario["name"].as_str().unwrap_or("?")),
			&[
				"order",
				"targets met, %",
				"against the chain's",
				"quality, %",
				"against the chain's",
				"PRX a met target",
				"against the chain's",
				"blocks",
				"PRX burnt",
			],
		);
		for strategy in list(scenario, "strategies") {
			let (figures, against) = (&strategy["figures"], &strategy["against_chain"]);
			let is_chain = strategy["name"] == CHAIN;
			let difference = |name, factor, places| match is_chain {
				true => "".into(),
				false => figure(against, name, factor, places),
			};
			table.row([
				name(strategy),
				figure(figures, "met", 100.0, 1),
				difference("met", 100.0, 1),
				figure(figures, "quality", 100.0, 1),
				difference("quality", 100.0, 1),
				figure(figures, "spent_per_met", 1.0, 2),
				difference("spent_per_met", 1.0, 2),
				figure(figures, "blocks", 1.0, 0),
				figure(figures, "burnt", 1.0, 0),
			]);
		}
		table
	});
	let people = list(data, "scenarios").map(|scenario| {
		let mut table = Table::new(
			format!("Workers, {}", scenario["name"].as_str().unwrap_or("?")),
			&[
				"order",
				"PRX of an honest one",
				"PRX of a dishonest one",
				"choices of dishonest ones, %",
				"honest latecomers ever chosen, %",
				"their chance against early ones",
				"Gini of early honest incomes",
				"new names",
			],
		);
		for strategy in list(scenario, "strategies") {
			let figures = &strategy["figures"];
			table.row([
				name(strategy),
				figure(figures, "honest_income", 1.0, 0),
				figure(figures, "dishonest_income", 1.0, 1),
				figure(figures, "dishonest_chosen", 100.0, 1),
				figure(figures, "late_ever", 100.0, 0),
				figure(figures, "late_chance", 1.0, 2),
				figure(figures, "gini", 1.0, 2),
				figure(figures, "names", 1.0, 0),
			]);
		}
		table
	});
	service.chain(people).collect()
}

fn name(strategy: &Value) -> String {
	strategy["name"].as_str().unwrap_or("?").into()
}

fn notes(data: &Value) -> String {
	let number = |field: &str| data[field].as_u64().unwrap_or(0);
	format!(
		"{} seeds of {} requests and {} workers. Means with their 95 % confidence intervals by Student's t; differences are \
		 taken seed by seed, between the same people and requests.",
		number("seeds"),
		number("tasks"),
		number("workers")
	)
}

/// What the chain's own order is called.
const CHAIN: &str = "QoS, unknown ones by lot (the chain's)";

/// What the lines are called, as there is little room. Some orders are left out.
const LINES: [(&str, &str); 6] = [
	(CHAIN, "the chain's"),
	("QoS, unknown ones by price", "by price"),
	("cheapest first", "cheapest"),
	("round robin", "turns"),
	("random", "random"),
	("oracle", "oracle"),
];

fn svg(data: &Value) -> String {
	let tasks = data["tasks"].as_f64().unwrap_or(0.0);
	let lines = |scenario: &Value, field: &str| {
		let line = |(long, short): &(&str, &str)| {
			let strategy = list(scenario, "strategies").find(|strategy| strategy["name"] == *long)?;
			let windows: Vec<&Value> = list(strategy, field).collect();
			let width = tasks / windows.len().max(1) as f64;
			let point = |(at, window): (usize, &&Value)| {
				let (mean, half) = (window["mean"].as_f64()? * 100.0, window["half"].as_f64()? * 100.0);
				Some(((at as f64 + 0.5) * width, mean, mean - half, mean + half))
			};
			Some(Line { name: (*short).into(), points: windows.iter().enumerate().filter_map(point).collect() })
		};
		LINES.iter().filter_map(line).collect::<Vec<_>>()
	};
	let titles = ["Targets met, %: all honest", "Targets met, %: a third cheat", "Targets met, %: a third whitewash"];
	let mut found: Vec<Chart> = list(data, "scenarios")
		.zip(titles)
		.map(|(scenario, title)| Chart { title, x: "requests", lines: lines(scenario, "met_by_window"), goal: None })
		.collect();
	found.extend(list(data, "scenarios").find(|scenario| scenario["name"] == "a third cheat").map(|scenario| Chart {
		title: "Choices that fell on cheats, %",
		x: "requests",
		lines: lines(scenario, "dishonest_by_window"),
		goal: None,
	}));
	charts(&found)
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	fn result() -> Value {
		let strategy = |name: &str, met: f64| {
			json!({
				"name": name,
				"figures": { "met": { "mean": met, "half": 0.01 }, "dishonest_income": { "mean": null, "half": null } },
				"against_chain": { "met": { "mean": met - 0.8, "half": 0.02 } },
				"met_by_window": [{ "mean": met, "half": 0.1 }, { "mean": met, "half": 0.1 }],
				"dishonest_by_window": [{ "mean": 0.1, "half": 0.1 }, { "mean": 0.0, "half": 0.0 }],
			})
		};
		let strategies = [strategy(CHAIN, 0.8), strategy("random", 0.5)];
		let scenario = |name: &str| json!({ "name": name, "strategies": strategies });
		let scenarios = [scenario("all honest"), scenario("a third cheat"), scenario("a third whitewash")];
		json!({ "seeds": 2, "tasks": 20, "workers": 3, "scenarios": scenarios })
	}

	#[test]
	fn tables_should_show_figures_with_intervals_and_differences() {
		let tables = tables(&result());
		assert_eq!(tables.len(), 6);
		assert_eq!(tables[1].rows[0][..3], [CHAIN, "80.0 ± 1.0", ""]);
		assert_eq!(tables[1].rows[1][..3], ["random", "50.0 ± 1.0", "-30.0 ± 2.0"]);
		assert_eq!(tables[4].rows[0][2], "-");
	}

	#[test]
	fn the_picture_should_have_a_line_for_each_order_and_scenario() {
		let svg = svg(&result());
		assert_eq!(svg.matches("<polyline").count(), 4 * 2);
		assert!(!svg.contains("NaN"));
	}
}
