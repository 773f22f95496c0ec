//! One core and two: actors alone, actors beside the learner, and libtorch's own threads.

use super::{
	build_release, peers,
	picture::Bars,
	report::{last_json, number, shown, Report, Table},
	Common, Release,
};
use crate::process::{self, Error, Result};
use clap::Args;
use serde_json::{json, Value};

/// Options of `cargo xtask bench scaling`.
#[derive(Args)]
pub struct Options {
	#[command(flatten)]
	common: Common,
}

/// The learner's measurement, on the first processor alone or on the first two.
fn measure(release: &Release, quick: bool, cores: usize, arguments: &[&str]) -> Result<Value> {
	let mut command = release.command("examples/learner");
	command.args(arguments).args(["--repeats", if quick { "1" } else { "3" }]);
	command.args(["--steps", if quick { "300" } else { "1000" }]);
	let command = if cores == 1 { peers::pinned(&command, 0) } else { command };
	let mut command = command;
	last_json(&process::output(&mut command)?)
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
		return Err(Error::Failed("this machine has one processor: there is nothing to scale to".into()));
	}
	let release = build_release(&options.common, &["-p", "praxis-worker", "--example", "learner"])?;
	println!("\nMeasuring one core, then two");
	let quick = options.common.quick;
	let mut table = Table::new("One core and two", &["what", "network", "unit", "one core", "two cores", "ratio"]);
	let (mut data, mut groups) = (Vec::new(), Vec::new());
	let mut add = |what: &str, hidden: &str, unit: &str, one: f64, two: f64| {
		let network = hidden.replace(',', "x");
		table.row([what, &network, unit, &shown(one), &shown(two), &format!("{:.2}", two / one)]);
		groups.push((format!("{what}, {network}"), vec![one, two]));
		data.push(json!({ "what": what, "network": network, "unit": unit, "one_core": one, "two_cores": two }));
	};
	for hidden in ["64,64", "256,256"] {
		let network = ["--hidden", hidden];
		let with = |rest: &[&'static str]| [&network[..], rest].concat();
		let one = measure(&release, quick, 1, &with(&["--actors", "1", "--train-every", "8"]))?;
		let beside = measure(&release, quick, 2, &with(&["--actors", "1", "--train-every", "8"]))?;
		let pair = measure(&release, quick, 2, &with(&["--actors", "2", "--train-every", "8"]))?;
		let torch = measure(&release, quick, 2, &with(&["--threads", "2"]))?;
		let steps = "environment steps/s";
		let acting = |value: &Value| number(value, "acting_steps_per_second");
		let together = |value: &Value| number(value, "together_steps_per_second");
		add("actors alone, one a core", hidden, steps, acting(&one)?, acting(&pair)?);
		add("an actor beside the learner", hidden, steps, together(&one)?, together(&beside)?);
		let updates = |value: &Value| number(value, "updates_per_second");
		add("learner alone, libtorch's threads", hidden, "gradient steps/s", updates(&one)?, updates(&torch)?);
	}
	let bars =
		Bars { title: "One core and two, per second (logarithmic)", series: vec!["one core", "two cores"], groups };
	let svg = bars.svg(shown);
	Report {
		name: "scaling",
		tables: vec![table],
		notes: vec![
			"An actor has 32 environments and acts by the network. Beside the learner there are 8 environment steps for \
			 every gradient step over a batch of 64. On one core actor and learner share it."
				.into(),
		],
		data: data.into(),
		svg,
	}
	.finish(&options.common)
}
