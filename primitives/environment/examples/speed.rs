//! Measures steps per second on one core: `cargo run --release -p praxis-environment --example speed`.
//!
//! `--repeats N` and `--batch N` change how often and with how many, `--json` prints a line of JSON.

use praxis_environment::{batch::Batch, AnyState, EnvironmentId, Real, Seed};
use std::{collections::BTreeMap, hint::black_box, process::ExitCode, time::Instant};

/// Steps of a batch that are timed together.
const ROUNDS: usize = 200;

/// What is measured how.
struct Options {
	/// The best of so many measurements counts: others share the machine.
	repeats: usize,
	/// Environments in a batch.
	batch: usize,
	json: bool,
}

fn options() -> Result<Options, String> {
	let mut options = Options { repeats: 10, batch: 1024, json: false };
	let mut arguments = std::env::args().skip(1);
	while let Some(argument) = arguments.next() {
		let mut number = || {
			let number = arguments.next().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
			number.ok_or_else(|| format!("{argument} wants a number above 0"))
		};
		match argument.as_str() {
			"--repeats" => options.repeats = number()?,
			"--batch" => options.batch = number()?,
			"--json" => options.json = true,
			_ => return Err(format!("unknown option {argument}: there are --repeats N, --batch N and --json")),
		}
	}
	Ok(options)
}

fn main() -> ExitCode {
	let options = match options() {
		Ok(options) => options,
		Err(error) => {
			eprintln!("error: {error}");
			return ExitCode::from(2);
		}
	};
	let (mut singles, mut batches) = (BTreeMap::new(), BTreeMap::new());
	for id in EnvironmentId::ALL {
		let (single, batch) = (single(id, &options), batch(id, &options));
		if !options.json {
			println!(
				"{:16} single {single:>12.0} steps/s, batch of {} {batch:>12.0} steps/s",
				id.name(),
				options.batch
			);
		}
		singles.insert(id.name(), single);
		batches.insert(id.name(), batch);
	}
	if options.json {
		println!("{}", serde_json::json!({ "single": singles, "batch": batches }));
	}
	ExitCode::SUCCESS
}

fn best(options: &Options, steps: usize, mut measure: impl FnMut()) -> f64 {
	(0..options.repeats)
		.map(|_| {
			let begun = Instant::now();
			measure();
			steps as f64 / begun.elapsed().as_secs_f64()
		})
		.fold(0.0, f64::max)
}

fn single(id: EnvironmentId, options: &Options) -> f64 {
	let steps = 100_000;
	let actions = id.spec().actions;
	best(options, steps, || {
		let mut state = AnyState::reset(id, &Seed::default());
		for step in 0..steps {
			let outcome = state.step(step as u32 % actions).expect("a valid action of a running episode");
			if outcome.is_over() {
				state = AnyState::reset(id, &Seed::from_number(step as u64));
			}
		}
		black_box(&state);
	})
}

fn batch(id: EnvironmentId, options: &Options) -> f64 {
	let size = options.batch;
	let seeds: Vec<Seed> = (0..size as u64).map(Seed::from_number).collect();
	let mut batch = Batch::new(id, &seeds).with_auto_reset(true);
	let count = id.spec().actions as usize;
	let actions: Vec<Vec<u8>> =
		(0..count).map(|shift| (0..size).map(|i| ((i * 7 + shift) % count) as u8).collect()).collect();
	let mut rewards = vec![Real::ZERO; size];
	let (mut terminated, mut truncated) = (vec![false; size], vec![false; size]);
	best(options, ROUNDS * size, || {
		for round in 0..ROUNDS {
			batch
				.step(&actions[round % count], &mut rewards, &mut terminated, &mut truncated)
				.expect("valid actions of running episodes");
		}
		black_box(&rewards);
	})
}
