//! A CUDA device beside the processor: gradient steps and environment steps a second by network and batch.

use super::{
	build_release,
	picture::{charts, Chart, Line},
	report::{last_json, number, shown, Report, Table},
	Common, Release,
};
use crate::process::{self, Result};
use clap::Args;
use serde_json::{json, Value};

/// Widths of both hidden layers.
const WIDTHS: [u32; 3] = [64, 256, 1024];
/// Transitions in a minibatch.
const BATCHES: [u32; 3] = [64, 256, 1024];

/// Options of `cargo xtask bench gpu`.
#[derive(Args)]
#[command(
	after_help = "Where there is no CUDA device, the processor's half is measured, the result says so, and the exit code is 0.\n\
	On a CUDA machine set LD_LIBRARY_PATH to the lib folder of a CUDA libtorch of the same version."
)]
pub struct Options {
	#[command(flatten)]
	common: Common,
}

fn measure(release: &Release, device: &str, width: u32, batch: u32, steps: u64) -> Result<Value> {
	let mut command = release.command("examples/learner");
	// One processor is the actor's: libtorch's threads wait by spinning, and would hold it up.
	let threads = std::thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).max(1);
	command
		.args(["--device", device, "--hidden", &format!("{width},{width}"), "--batch", &batch.to_string()])
		.args(["--steps", &steps.to_string(), "--repeats", "2", "--threads", &threads.to_string()])
		.args(["--actors", "1", "--environments", "64", "--train-every", "64"]);
	last_json(&process::output(&mut command)?)
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	let release = build_release(&options.common, &["-p", "praxis-worker", "--example", "learner"])?;
	// A real kernel runs there, or the reason why not.
	let cuda = measure(&release, "cuda", 64, 64, 10);
	let reason = match &cuda {
		Ok(_) => None,
		Err(process::Error::Interrupted) => return Err(process::Error::Interrupted),
		Err(process::Error::Failed(message)) => {
			Some(message.rsplit_once("error: ").map_or(message.as_str(), |(_, reason)| reason).to_owned())
		}
	};
	let mut table = Table::new(
		"Gradient steps a second, and environment steps a second at 64 for each gradient step",
		&["network", "batch", "CPU, gradient", "CUDA, gradient", "ratio", "CPU, environment", "CUDA, environment"],
	);
	let mut data = Vec::new();
	let mut lines: Vec<(Line, Line)> = Vec::new();
	for width in WIDTHS {
		let new = |device: &str| Line { name: format!("{width}x{width}, {device}"), points: Vec::new() };
		let (mut cpu_line, mut cuda_line) = (new("CPU"), new("CUDA"));
		for (at, batch) in BATCHES.into_iter().enumerate() {
			if options.common.quick && (width > 256 || batch > 256) {
				continue;
			}
			// About the same work for every size on the CPU.
			let work = f64::from(width) * f64::from(width) * f64::from(batch);
			let steps = (4e9 / work).clamp(3.0, 2_000.0) as u64;
			let cpu = measure(&release, "cpu", width, batch, steps)?;
			let cuda =
				if reason.is_none() { Some(measure(&release, "cuda", width, batch, steps.max(300))?) } else { None };
			let read =
				|value: &Option<Value>, field: &str| value.as_ref().map_or(Ok(f64::NAN), |value| number(value, field));
			let (cpu_updates, cuda_updates) = (number(&cpu, "updates_per_second")?, read(&cuda, "updates_per_second")?);
			let steps = "together_steps_per_second";
			table.row([
				format!("{width}x{width}"),
				batch.to_string(),
				shown(cpu_updates),
				shown(cuda_updates),
				if cuda.is_some() { format!("{:.2}", cuda_updates / cpu_updates) } else { "-".into() },
				shown(number(&cpu, steps)?),
				shown(read(&cuda, steps)?),
			]);
			let point = |rate: f64| (at as f64, rate.log10(), rate.log10(), rate.log10());
			cpu_line.points.push(point(cpu_updates));
			if cuda.is_some() {
				cuda_line.points.push(point(cuda_updates));
			}
			data.push(json!({ "width": width, "batch": batch, "cpu": cpu, "cuda": cuda }));
		}
		lines.push((cpu_line, cuda_line));
	}
	let lines = lines.into_iter().flat_map(|(cpu, cuda)| [cpu, cuda]).filter(|line| !line.points.is_empty()).collect();
	let note = match &reason {
		Some(reason) => format!("No CUDA device was found, so only the CPU was measured. ({})", reason.trim()),
		None => "The device starts to win where the ratio passes 1.".into(),
	};
	Report {
		name: "gpu",
		tables: vec![table],
		notes: vec![note],
		data: data.into(),
		svg: charts(&[Chart {
			title: "Gradient steps a second, as powers of ten",
			x: "batch: 0 is 64, 1 is 256, 2 is 1,024",
			lines,
			goal: None,
		}]),
	}
	.finish(&options.common)
}
