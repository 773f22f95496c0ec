//! `student rehearse`: a session without a chain.

use super::super::{Failure, Outcome};
use crate::{
	checkpoint::write_atomically,
	teaching::{
		data::Source,
		plot::{svg, Bar},
		score,
		student::{Look, Plan, Student},
	},
};
use serde_json::json;
use std::{path::PathBuf, process::ExitCode, time::Duration};

const EXAMPLES: &str = "\
Examples:
  praxis-worker student rehearse --own own.npz --lesson first.npz --lesson second.npz
  praxis-worker student rehearse --own t10k-images,t10k-labels --lesson 'train-images,train-labels#0-10000' --plot curve.svg

Data is IDX (IMAGES,LABELS; plain or gzip), .npz (arrays `images` and `labels`), a folder of PNG in folders named by label, or
a lesson (.safetensors). #FROM-TO takes a range of it. Larger square images are pooled, four pixels to one, until they fit.";

/// The options of `student rehearse`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct RehearseArgs {
	/// The student's own examples, by which it is scored.
	#[arg(long, value_name = "DATA")]
	own: Source,
	/// A lesson; several are taken in the order in which they are given.
	#[arg(long = "lesson", value_name = "DATA", required = true)]
	lessons: Vec<Source>,
	#[command(flatten)]
	network: NetworkArgs,
	/// Draw the curve to this file, as SVG.
	#[arg(long, value_name = "FILE")]
	plot: Option<PathBuf>,
	/// Print JSON.
	#[arg(long)]
	json: bool,
}

/// The options of a classifier.
#[derive(Clone, Debug, clap::Args)]
pub struct NetworkArgs {
	/// Bytes of an image as the network reads it.
	#[arg(long, default_value_t = 196, value_parser = clap::value_parser!(u16).range(1..=praxis_policy::MAX_INPUT as i64))]
	pub features: u16,
	/// Classes.
	#[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(2..=64))]
	pub classes: u8,
	/// Widths of the hidden layers.
	#[arg(long, value_delimiter = ',', default_value = "64")]
	pub hidden: Vec<u16>,
	/// Seed of first weights and of the order of examples.
	#[arg(long, default_value_t = 1)]
	pub seed: u64,
	/// Seconds of training for one lesson at most.
	#[arg(long, default_value_t = 60)]
	pub seconds: u64,
}

impl NetworkArgs {
	/// How the student learns.
	pub fn plan(&self) -> Plan {
		Plan {
			features: self.features.into(),
			classes: self.classes,
			hidden: self.hidden.iter().map(|width| usize::from(*width)).collect(),
			seed: self.seed,
			time: Duration::from_secs(self.seconds),
		}
	}
}

/// Runs the command.
pub fn run(args: RehearseArgs) -> Outcome {
	let plan = args.network.plan();
	let own = args.own.read()?.with_features(plan.features)?;
	own.check_classes(plan.classes)?;
	let mut student = Student::new(plan.clone(), &own)?;
	let policy = &student.classifier().policy;
	let (bytes, work) = (policy.encode().len(), policy.work());
	let first = score::share(student.correct(), own.len());
	if !args.json {
		println!("before    {first:.4}  network of {bytes} bytes, work {work} an image, {} own examples", own.len());
	}
	let (mut curve, mut bars) = (Vec::new(), Vec::new());
	for source in &args.lessons {
		let lesson = source.read()?.with_features(plan.features)?;
		let learnt = student.learn(&lesson, &own, |Look { images, validation, rate }| {
			eprintln!("{images:>8} images  validation {validation:.4}  rate {rate}");
		})?;
		let share = |correct| score::share(correct, own.len());
		let (score, float, tried) = (share(learnt.correct), share(learnt.float), share(learnt.tried));
		if !args.json {
			let word = if learnt.kept { "kept" } else { "rolled back" };
			println!("{source}  {score:.4}  float {float:.4}, quantised {tried:.4}, {word}, {:.1} s", learnt.seconds);
		}
		bars.push(Bar { teacher: source.to_string(), score, paid: 0.0 });
		curve.push(json!({
			"lesson": source.to_string(),
			"examples": lesson.len(),
			"score": score,
			"float_score": float,
			"tried": tried,
			"kept": learnt.kept,
			"images": learnt.images,
			"seconds": learnt.seconds,
		}));
	}
	if let Some(path) = &args.plot {
		let picture = svg("Score after each lesson", first, &bars).map_err(|error| Failure::running("plot", error))?;
		write_atomically(path, picture.as_bytes())?;
	}
	if args.json {
		let last = score::share(student.correct(), own.len());
		let report = json!({
			"initial_score": first,
			"final_score": last,
			"float_score": score::share(student.float(&own)?, own.len()),
			"bytes": bytes,
			"work": work,
			"curve": curve,
		});
		println!("{report}");
	}
	Ok(ExitCode::SUCCESS)
}
