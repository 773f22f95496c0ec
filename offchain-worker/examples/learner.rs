//! Measures learning on one device: `cargo run --release -p praxis-worker --example learner -- --help`.
//!
//! Prints a line of JSON: gradient steps a second at a network and a batch, what that is in floating-point operations,
//! the most that the device does in a large matrix product, and environment steps a second of actors alone, and of
//! actors and learner together.

use clap::Parser;
use praxis_environment::EnvironmentId;
use praxis_worker::{
	agent::{
		actors::{acting_speed, Actors, Crew},
		simulation::Simulation,
		AgentError, Dqn, DqnConfig,
	},
	device,
};
use serde_json::json;
use std::{process::ExitCode, time::Instant};
use tch::{Device, Kind, Tensor};

/// Steps over which exploration ends; a quarter of them fills the buffer.
const FILLED: u64 = 20_000;

/// Measures learning speed on CartPole-v1.
#[derive(Parser)]
struct Options {
	/// Widths of the hidden layers.
	#[arg(long, value_delimiter = ',', default_value = "256,256")]
	hidden: Vec<usize>,
	/// Transitions in a minibatch.
	#[arg(long, default_value_t = 64)]
	batch: usize,
	/// The online network picks the next action.
	#[arg(long, num_args = 0..=1, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
	double: bool,
	/// Gradient steps of a measurement.
	#[arg(long, default_value_t = 2_000)]
	steps: u64,
	/// The best of so many measurements counts.
	#[arg(long, default_value_t = 5)]
	repeats: u32,
	/// cpu, cuda or cuda:N.
	#[arg(long, default_value = "cpu")]
	device: String,
	/// Threads of libtorch.
	#[arg(long, default_value_t = 1)]
	threads: i32,
	/// Also measure this many actor threads, alone and beside the learner.
	#[arg(long)]
	actors: Option<usize>,
	/// Environments of an actor.
	#[arg(long, default_value_t = 32)]
	environments: usize,
	/// Environment steps per gradient step where actors and learner work together.
	#[arg(long, default_value_t = 8)]
	train_every: u64,
}

fn main() -> ExitCode {
	let options = Options::parse();
	match measure(&options) {
		Ok(result) => {
			println!("{result}");
			ExitCode::SUCCESS
		}
		Err(error) => {
			eprintln!("error: {error}");
			ExitCode::FAILURE
		}
	}
}

fn best(repeats: u32, mut rate: impl FnMut() -> Result<f64, AgentError>) -> Result<f64, AgentError> {
	(0..repeats).try_fold(0.0, |best: f64, _| Ok(best.max(rate()?)))
}

/// Waits for all that was queued.
fn wait(device: Device) {
	if let Device::Cuda(index) = device {
		tch::Cuda::synchronize(index as i64);
	}
}

/// Floating-point operations of a gradient step: two for each multiply-add of a weight and a row, in every forward
/// pass once, backwards twice (but for the first layer, whose input needs no derivative).
fn operations(options: &Options, observation: usize, actions: usize) -> f64 {
	let widths: Vec<usize> = [observation].into_iter().chain(options.hidden.iter().copied()).chain([actions]).collect();
	let layers: Vec<f64> = widths.windows(2).map(|pair| (pair[0] * pair[1]) as f64).collect();
	let forward: f64 = layers.iter().sum();
	let passes = if options.double { 3.0 } else { 2.0 };
	2.0 * options.batch as f64 * (forward * (passes + 2.0) - layers[0])
}

fn agent(options: &Options, device: Device, train_every: u64) -> Result<Dqn, AgentError> {
	let id = EnvironmentId::CartPole;
	let config = DqnConfig {
		hidden: options.hidden.clone(),
		batch: options.batch,
		double: options.double,
		n_step: 1,
		learning_starts: 1_000,
		target_update: 10,
		train_every,
		gradient_steps: 1,
		// Random while the buffer is filled, by the network from then on.
		epsilon_end: 0.0,
		epsilon_decay: FILLED,
		..DqnConfig::for_environment(id)
	};
	let mut agent = Dqn::new(id, config, device)?;
	let mut simulation = Simulation::new(id, 0, 0)?;
	for _ in 0..FILLED / 4 {
		simulation.step(&mut agent)?;
	}
	agent.count_steps(FILLED);
	Ok(agent)
}

/// The most that the device does: a product of large matrices of 32-bit floats, operations a second.
fn limit(device: Device) -> Result<f64, AgentError> {
	let size = if device.is_cuda() { 8192 } else { 1536 };
	let matrix = || Tensor::f_rand([size, size].as_slice(), (Kind::Float, device));
	let (a, b, out) = (matrix()?, matrix()?, matrix()?);
	best(6, || {
		wait(device);
		let begun = Instant::now();
		let _ = a.f_mm_out(&out, &b)?;
		wait(device);
		Ok(2.0 * (size as f64).powi(3) / begun.elapsed().as_secs_f64())
	})
}

fn measure(options: &Options) -> Result<serde_json::Value, AgentError> {
	let device = device::pick(&options.device)?;
	tch::set_num_threads(options.threads);
	let limit = limit(device)?;
	let spec = EnvironmentId::CartPole.spec();
	let operations = operations(options, spec.observation, spec.actions as usize);
	let mut learner = agent(options, device, 1)?;
	learner.learn(options.steps.min(100))?;
	let updates = best(options.repeats, || {
		wait(device);
		let begun = Instant::now();
		learner.learn(options.steps)?;
		wait(device);
		Ok(options.steps as f64 / begun.elapsed().as_secs_f64())
	})?;
	let mut result = json!({
		"device": device::describe(device),
		"threads": options.threads,
		"hidden": options.hidden,
		"batch": options.batch,
		"double": options.double,
		"updates_per_second": updates,
		"flop_per_update": operations,
		"flops": operations * updates,
		"limit_flops": limit,
		"share": operations * updates / limit,
	});
	if let Some(actors) = options.actors {
		let crew = Crew { actors, environments: options.environments, round: 16 };
		// Acting by a wide network is slow in plain loops: about the same time for every width.
		let weights: f64 = learner.policy().weights().len() as f64;
		let rounds = ((1e9 / weights).min(100_000.0) / crew.steps() as f64).max(1.0) as u32;
		result["acting_steps_per_second"] = json!(best(options.repeats, || acting_speed(&learner, crew, rounds))?);
		let mut agent = agent(options, device, options.train_every)?;
		let mut actors = Actors::new(&agent, crew)?;
		let rounds = (options.steps * options.train_every / crew.steps()).max(1);
		actors.round(&mut agent)?;
		let (mut steps, mut together) = (0.0, 0.0);
		for _ in 0..options.repeats {
			wait(device);
			let (begun, updates) = (Instant::now(), agent.updates());
			for _ in 0..rounds {
				actors.round(&mut agent)?;
			}
			wait(device);
			let seconds = begun.elapsed().as_secs_f64();
			steps = f64::max(steps, (rounds * crew.steps()) as f64 / seconds);
			together = f64::max(together, (agent.updates() - updates) as f64 / seconds);
		}
		result["train_every"] = json!(options.train_every);
		result["actors"] = json!(crew.actors);
		result["together_steps_per_second"] = json!(steps);
		result["together_updates_per_second"] = json!(together);
	}
	Ok(result)
}
