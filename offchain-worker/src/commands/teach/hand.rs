//! `teach hand`: gives the keys of lessons to the trainers that were drawn for them.

use super::{
	super::{
		client::block_on,
		student::{persist, AccountArgs},
		teach::tell::Voice,
		Failure, Outcome,
	},
	join::session,
	view,
};
use crate::{
	chain::{
		teaching::{self, Call, Lesson, Session},
		ChainError,
	},
	signals,
	teaching::{
		envelope,
		home::{Home, TeacherRecord},
		link::{End, Link},
	},
};
use praxis_primitives_teaching::SessionState;
use serde_json::json;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob praxis-worker teach hand 0
  praxis-worker teach hand 3 --key-file teacher.key --json

It waits until the trainers of your lesson are drawn, seals its key to theirs, and ends when that is in a block. `teach offer` does
so by itself unless it was told --no-wait. There are 30 blocks for it; without it the lesson is void and the stake is burnt.";

/// The options of `teach hand`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct HandArgs {
	#[command(flatten)]
	account: AccountArgs,
	/// The session.
	session: u32,
}

/// Runs the command.
pub fn run(args: &HandArgs) -> Outcome {
	let voice = Voice { json: args.account.json };
	block_on(async {
		let mut shutdown = signals::listen().map_err(|error| Failure::running("signal", error))?;
		tokio::select! {
			signal = shutdown.wait() => {
				eprintln!("{}: ending; run it again before the time for keys is over", signal.name());
				Ok(ExitCode::SUCCESS)
			}
			outcome = persist(&args.account, |link| async move {
				let home = args.account.home(&link)?;
				wait(&link, &home, args.session, voice).await
			}) => outcome.map(|()| ExitCode::SUCCESS),
		}
	})
}

/// What there is to be handed by this account in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Todo<'a> {
	/// The key of this lesson, now.
	Hand(&'a Lesson),
	/// Nothing yet: offers are taken, or the beacon is waited for.
	Wait,
	/// Nothing any more; whether a lesson of the last round of this account has its keys handed.
	Done(bool),
}

fn todo<'a>(link: &Link, session: &'a Session) -> Todo<'a> {
	let account = link.key.account();
	let own = || session.lessons.iter().filter(|one| one.teacher == account);
	let handed = |lesson: &Lesson| {
		!lesson.trainers.is_empty() && lesson.trainers.iter().all(|trainer| trainer.sealed_key.is_some())
	};
	match session.state {
		SessionState::Handing { round, .. } => {
			match own().find(|one| one.round == round && one.void.is_none() && !handed(one)) {
				Some(lesson) => Todo::Hand(lesson),
				None => Todo::Done(own().any(|one| one.round == round && handed(one))),
			}
		}
		SessionState::Offering { round, .. } | SessionState::Ordering { round, .. }
			if own().any(|one| one.round == round) =>
		{
			Todo::Wait
		}
		_ => Todo::Done(own().next_back().is_some_and(handed)),
	}
}

/// Hands what there is to be handed now.
pub async fn tend(link: &Link, home: &Home, session: &Session, voice: Voice) -> Result<(), End> {
	let Todo::Hand(lesson) = todo(link, session) else { return Ok(()) };
	let (id, number, round) = (session.session, lesson.lesson, lesson.round);
	let record = home.offer(id, round)?;
	let record = record.ok_or_else(|| {
		Failure::input("state", format!("the key of lesson {number} is not in the state folder"))
			.remedy("name the folder that `teach offer` used: --state FOLDER")
	})?;
	let prekeys: Vec<[u8; 32]> = lesson.trainers.iter().map(|trainer| trainer.prekey).collect();
	let keys = envelope::hand(&key(&record)?, &prekeys);
	let keys = keys.ok_or_else(|| Failure::running("seal", "the key cannot be sealed to the trainers' keys"))?;
	let call = Call::HandLesson(id, number, keys);
	link.settle(&call, |at| async move {
		let session = teaching::session(&link.node, id, at).await?;
		let lesson = session.and_then(|session| session.lessons.into_iter().find(|one| one.lesson == number));
		let is_over = |lesson: &Lesson| {
			lesson.void.is_some() || lesson.trainers.iter().all(|trainer| trainer.sealed_key.is_some())
		};
		Ok(lesson.filter(is_over).map(|_| ()))
	})
	.await?;
	let trainers: Vec<String> = lesson.trainers.iter().map(|trainer| view::address(&trainer.trainer)).collect();
	let text = format!("session {id}: the key of lesson {number} is handed to {}", trainers.join(" and "));
	voice.tell("handed", json!({ "session": id, "lesson": number, "trainers": trainers }), text);
	Ok(())
}

fn key(record: &TeacherRecord) -> Result<[u8; 32], Failure> {
	let mut key = [0; 32];
	hex::decode_to_slice(&record.key, &mut key)
		.map_err(|error| Failure::input("state", format!("an offer's record is damaged: {error}")))?;
	Ok(key)
}

/// Waits for the draw and hands the key.
pub async fn wait(link: &Link, home: &Home, id: u32, voice: Voice) -> Result<(), End> {
	let mut heads = link.node.subscribe_best().await?;
	let mut told = "";
	loop {
		let now = session(link, id, link.node.best_header().await?.hash()).await?;
		if now.spec.trainers.is_none() {
			return Err(
				Failure::input("session", format!("session {id} has no trainers: its student trains itself")).into()
			);
		}
		match todo(link, &now) {
			Todo::Hand(_) => tend(link, home, &now, voice).await?,
			Todo::Wait => {
				let state = view::state(&now);
				if state != told {
					let text = format!("session {id}: {state}; the key is handed when the trainers are drawn");
					voice.tell("waiting", json!({ "session": id, "state": state }), text);
					told = state;
				}
			}
			Todo::Done(true) => return Ok(()),
			Todo::Done(false) => {
				let state = view::state(&now);
				let text = format!("session {id} is {state}: no key of a lesson of this account is to be handed");
				return Err(Failure::running("session", text).into());
			}
		}
		tokio::select! {
			head = heads.next() => match head {
				Some(Ok(_)) => {}
				Some(Err(error)) => return Err(ChainError::decode("a header", error).into()),
				None => return Err(link.node.cause(ChainError::decode("headers", "the subscription has ended")).into()),
			},
			error = link.node.disconnected() => return Err(error.into()),
		}
	}
}
