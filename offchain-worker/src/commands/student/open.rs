//! `student open`: binds a holdout, makes the one-time keys and the first classifier, and opens a session.

use super::{
	super::{client::block_on, teach::tell::Voice, Failure, Outcome},
	persist,
	rehearse::{NetworkArgs, ScaleArgs},
	AccountArgs,
};
use crate::{
	chain::teaching::{self, Call, Spec},
	teaching::{
		data::Source,
		holdout::Holdout,
		home::{Home, StudentRecord},
		link::{End, Link},
		student::Student,
	},
};
use codec::{Decode, Encode};
use praxis_policy::Limits;
use praxis_primitives_market::sealed::one_time_key;
use praxis_primitives_teaching::trainers::MAX_SHARE;
use serde_json::json;
use sp_core::H256;
use sp_runtime::Perbill;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Alice praxis-worker student open --own own.npz --reward 1000 --fee 20 --stake 100 --teachers 5
  praxis-worker student open --key-file student.key --own t10k-images,t10k-labels --hidden 128,64 --train-blocks 30
  praxis-worker student open --key-file student.key --own own.npz --reward 1000 --self-train

Two neutral trainers, drawn for each lesson, train the classifier; they get --trainers of what the lesson earns. With --self-train
the student does it: then teachers must trust it to show what it learnt.

The holdout, its salts and the secrets of the one-time keys are in the state folder before anything is sent. Without them
the session cannot be finished and its reward is burnt: keep the folder, and let `student run` run until it is settled.";

/// The options of `student open`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct OpenArgs {
	#[command(flatten)]
	account: AccountArgs,
	/// The student's own examples, by which it is scored.
	#[arg(long, value_name = "DATA")]
	own: Source,
	#[command(flatten)]
	network: NetworkArgs,
	#[command(flatten)]
	scale: ScaleArgs,
	/// What the greatest score is worth, in tokens.
	#[arg(long, value_name = "AMOUNT")]
	reward: String,
	/// What a teacher pays for a lesson, in tokens.
	#[arg(long, value_name = "AMOUNT", default_value = "20")]
	fee: String,
	/// What a teacher has at stake, in tokens.
	#[arg(long, value_name = "AMOUNT", default_value = "100")]
	stake: String,
	/// Most teachers.
	#[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=8))]
	teachers: u8,
	/// Rounds of lessons.
	#[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
	rounds: u8,
	/// Bytes of a sealed lesson at most.
	#[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
	lesson_bytes: u32,
	/// The part of what a lesson earns that its neutral trainers get: 1 % to 50 %.
	#[arg(long, value_name = "PERCENT", default_value = "10%", value_parser = parse_share)]
	trainers: Perbill,
	/// Train here instead of by neutral trainers.
	#[arg(long, conflicts_with = "trainers")]
	self_train: bool,
	/// Binary logarithm of the items that are shown at a time.
	#[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(4..=8))]
	chunk_log2: u8,
	/// Blocks in which the audit is shown.
	#[arg(long, value_name = "BLOCKS", default_value_t = 50)]
	audit_blocks: u32,
	/// Blocks of a round in which lessons are offered.
	#[arg(long, value_name = "BLOCKS", default_value_t = 100)]
	offer_blocks: u32,
	/// Blocks of training for each lesson.
	#[arg(long, value_name = "BLOCKS", default_value_t = 50)]
	train_blocks: u32,
	/// Blocks in which classifiers and holdout are shown.
	#[arg(long, value_name = "BLOCKS", default_value_t = 200)]
	reveal_blocks: u32,
}

/// Reads a part: `10%`, or `10`.
fn parse_share(text: &str) -> Result<Perbill, String> {
	let percent: f64 =
		text.strip_suffix('%').unwrap_or(text).trim().parse().map_err(|_| "it looks like 10%".to_string())?;
	if !(1.0..=f64::from(MAX_SHARE)).contains(&percent) {
		return Err(format!("1 % to {MAX_SHARE} %"));
	}
	Ok(Perbill::from_float(percent / 100.0))
}

/// Runs the command.
pub fn run(args: OpenArgs) -> Outcome {
	block_on(open(&args))
}

async fn open(args: &OpenArgs) -> Outcome {
	let link = args.account.link().await?;
	let home = args.account.home(&link)?;
	let record = prepare(args, &link, &home)?;
	let root = record.root;
	drop(link);
	let session = persist(&args.account, |link| async move {
		let home = args.account.home(&link)?;
		let mut record = record_of(&home, root)?;
		let session = send(&link, &spec(&record)?).await?;
		record.session = Some(session);
		home.save(&record)?;
		Ok(session)
	})
	.await?;
	let voice = Voice { json: args.account.json };
	let fields = json!({ "session": session, "root": root });
	voice.tell("opened", fields, format!("session {session} is open; let `student run` see it through"));
	Ok(ExitCode::SUCCESS)
}

fn record_of(home: &Home, root: H256) -> Result<StudentRecord, Failure> {
	let found = home.students()?.into_iter().find(|record| record.root == root);
	found.ok_or_else(|| Failure::input("state", "the session's record is not in the state folder"))
}

/// What the record's session asks for.
pub fn spec(record: &StudentRecord) -> Result<Spec, Failure> {
	let damaged = |reason: String| Failure::input("state", format!("a session's record is damaged: {reason}"));
	let bytes = hex::decode(&record.spec).map_err(|error| damaged(error.to_string()))?;
	Spec::decode(&mut &bytes[..]).map_err(|error| damaged(error.to_string()))
}

/// Makes all that the session needs and writes it to the disk.
fn prepare(args: &OpenArgs, link: &Link, home: &Home) -> Result<StudentRecord, Failure> {
	let amount = |text: &str| link.token.parse(text).map_err(|error| Failure::input("usage", error));
	let plan = args.network.plan();
	let own = args.own.read()?.with_features(plan.features)?;
	own.check_classes(plan.classes)?;
	let holdout = Holdout::new(&own, args.chunk_log2)?;
	let student = Student::new(plan.clone(), &own)?;
	// Trainers have keys of their own.
	let lessons = if args.self_train { u32::from(args.teachers) * u32::from(args.rounds) } else { 0 };
	let secrets: Vec<[u8; 32]> = (0..lessons).map(|_| rand::random()).collect();
	let keys: Vec<[u8; 32]> = secrets.iter().map(one_time_key).collect();
	let policy = &student.classifier().policy;
	let root = holdout.root();
	let base = home.save_classifier(&root, student.classifier())?;
	let spec = Spec {
		features: args.network.features,
		classes: args.network.classes,
		// What this student will ever commit.
		limits: Limits { max_parameters: policy.parameters(), max_work: policy.work() },
		root,
		items: holdout.shape().items,
		chunk_log2: args.chunk_log2,
		scale: args.scale.scale()?,
		reward: amount(&args.reward)?,
		fee: amount(&args.fee)?,
		stake: amount(&args.stake)?,
		lesson_bytes: args.lesson_bytes,
		rounds: args.rounds,
		teachers: args.teachers,
		audit_blocks: args.audit_blocks,
		offer_blocks: args.offer_blocks,
		train_blocks: args.train_blocks,
		reveal_blocks: args.reveal_blocks,
		base,
		keys: keys.try_into().map_err(|_| Failure::input("usage", "too many teachers and rounds"))?,
		trainers: (!args.self_train).then_some(args.trainers),
	};
	home.save_holdout(&holdout)?;
	let secrets = secrets.iter().map(hex::encode).collect();
	let mut record = StudentRecord::new(root, hex::encode(spec.encode()), base, secrets, plan.hidden);
	(record.seed, record.seconds) = (args.network.seed, args.network.seconds);
	home.save(&record)?;
	Ok(record)
}

/// Sends the call until the session is there.
pub async fn send(link: &Link, spec: &Spec) -> Result<u32, End> {
	let (node, student, root) = (&link.node, link.key.account(), spec.root);
	let call = Call::Open(Box::new(spec.clone()));
	let found = |at: H256| {
		let student = student.clone();
		async move {
			let sessions = teaching::open_sessions(node, at).await?;
			let ours = sessions.iter().find(|session| session.student == student && session.spec.root == root);
			Ok(ours.map(|session| session.session))
		}
	};
	link.settle(&call, found).await
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn share_should_be_read_as_percent_within_what_the_chain_takes() {
		assert_eq!(parse_share("10%"), Ok(Perbill::from_percent(10)));
		assert_eq!(parse_share("2.5"), Ok(Perbill::from_parts(25_000_000)));
		assert_eq!(parse_share("50 %"), Ok(Perbill::from_percent(50)));
		for wrong in ["", "%", "0.5%", "51%", "-1", "NaN", "a tenth"] {
			assert!(parse_share(wrong).is_err(), "{wrong}");
		}
	}
}
