//! `student rehearse`: a session without a chain.

use super::super::{work::tell::Token, Failure, Outcome};
use crate::{
	checkpoint::write_atomically,
	teaching::{
		data::Source,
		plot::{svg, Bar},
		score,
		student::{Look, Plan, Student},
	},
};
use praxis_primitives_teaching::{payout, Scale};
use serde_json::json;
use sp_runtime::Perbill;
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
	#[command(flatten)]
	scale: ScaleArgs,
	/// What the greatest score is worth, in tokens.
	#[arg(long, value_name = "AMOUNT", default_value = "1000")]
	reward: String,
	/// What a teacher pays for a lesson, in tokens.
	#[arg(long, value_name = "AMOUNT", default_value = "20")]
	fee: String,
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

/// The options of what scores are worth.
#[derive(Clone, Debug, clap::Args)]
pub struct ScaleArgs {
	/// The score that is worth nothing.
	#[arg(long, default_value_t = 0.0)]
	pub min: f64,
	/// The score that is worth half of the reward.
	#[arg(long, default_value_t = 0.99)]
	pub mid: f64,
	/// The score that is worth all of it.
	#[arg(long, default_value_t = 1.0)]
	pub max: f64,
}

impl ScaleArgs {
	/// The scale of the chain.
	pub fn scale(&self) -> Result<Scale, Failure> {
		let part = |score: f64| Perbill::from_float(score.clamp(0.0, 1.0));
		let scale = Scale { min: part(self.min), mid: part(self.mid), max: part(self.max) };
		if !scale.is_valid() {
			return Err(Failure::input("usage", "--min, --mid and --max must rise, from 0 to 1"));
		}
		Ok(scale)
	}
}

/// Amounts are reckoned with as many decimals as the chain's token has.
const DECIMALS: u32 = 12;

/// Runs the command.
pub fn run(args: RehearseArgs) -> Outcome {
	let plan = args.network.plan();
	let scale = args.scale.scale()?;
	let token = Token { symbol: "tokens".into(), decimals: DECIMALS };
	let amount = |text: &str| token.parse(text).map_err(|error| Failure::input("usage", error));
	let (reward, fee) = (amount(&args.reward)?, amount(&args.fee)?);
	let tokens = |amount: u128| amount as f64 / 10f64.powi(DECIMALS as i32);
	let own = args.own.read()?.with_features(plan.features)?;
	own.check_classes(plan.classes)?;
	let mut student = Student::new(plan.clone(), &own)?;
	let policy = &student.classifier().policy;
	let (bytes, work) = (policy.encode().len(), policy.work());
	let first = score::share(student.correct(), own.len());
	if !args.json {
		println!("before    {first:.4}  network of {bytes} bytes, work {work} an image, {} own examples", own.len());
	}
	let items = u32::try_from(own.len()).unwrap_or(u32::MAX);
	let worth = |correct| payout(reward, &scale, correct, items);
	let (mut best, mut paid_total) = (student.correct(), 0);
	let (mut curve, mut bars) = (Vec::new(), Vec::new());
	for source in &args.lessons {
		let lesson = source.read()?.with_features(plan.features)?;
		let learnt = student.learn(&lesson, &own, |Look { images, validation, rate }| {
			eprintln!("{images:>8} images  validation {validation:.4}  rate {rate}");
		})?;
		let share = |correct| score::share(correct, own.len());
		let (score, float, tried) = (share(learnt.correct), share(learnt.float), share(learnt.tried));
		let high = best.max(learnt.correct);
		let paid = worth(high).saturating_sub(worth(best));
		(best, paid_total) = (high, paid_total + paid);
		if !args.json {
			let word = if learnt.kept { "kept" } else { "rolled back" };
			let time = learnt.seconds;
			println!(
				"{score:.4}  paid {:>10.4}  float {float:.4}, quantised {tried:.4}, {word}, {time:.1} s, {source}",
				tokens(paid)
			);
		}
		bars.push(Bar { teacher: source.to_string(), score, paid: tokens(paid) });
		curve.push(json!({
			"lesson": source.to_string(),
			"examples": lesson.len(),
			"score": score,
			"float_score": float,
			"tried": tried,
			"kept": learnt.kept,
			"paid": tokens(paid),
			"images": learnt.images,
			"seconds": learnt.seconds,
		}));
	}
	if let Some(path) = &args.plot {
		let picture = svg("Score after each lesson", first, &bars).map_err(|error| Failure::running("plot", error))?;
		write_atomically(path, picture.as_bytes())?;
	}
	let fees = fee.saturating_mul(args.lessons.len() as u128);
	if !args.json {
		let net = tokens(paid_total) - tokens(fees);
		println!(
			"paid {:.4} of {:.0}, fees {:.0}: the student's net is {net:.4}",
			tokens(paid_total),
			tokens(reward),
			tokens(fees)
		);
	}
	if args.json {
		let last = score::share(student.correct(), own.len());
		let report = json!({
			"initial_score": first,
			"final_score": last,
			"float_score": score::share(student.float(&own)?, own.len()),
			"paid_total": tokens(paid_total),
			"budget": tokens(reward),
			"refunded": tokens(reward - paid_total),
			"fees": tokens(fees),
			"bytes": bytes,
			"work": work,
			"curve": curve,
		});
		println!("{report}");
	}
	Ok(ExitCode::SUCCESS)
}
