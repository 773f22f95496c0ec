//! `student run`: sees the sessions of this state folder through.

use super::{
	super::{
		client::block_on,
		store::usual_folder,
		teach::{tell::Voice, view},
		Outcome,
	},
	job::{Course, Desk},
	open, persist, AccountArgs,
};
use crate::{
	chain::{teaching, ChainError},
	signals,
	store::{client::Peer, Store},
	teaching::{
		home::Home,
		link::{End, Link},
	},
};
use serde_json::json;
use std::{path::PathBuf, process::ExitCode, sync::Arc};

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Alice praxis-worker student run --peer http://192.0.2.7:9965
  praxis-worker student run --key-file student.key --peer http://127.0.0.1:9965 --peer http://127.0.0.1:9966 --json

It ends when no session is open any more. Started again, it goes on from the state folder, in whatever phase.";

/// The options of `student run`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
	#[command(flatten)]
	account: AccountArgs,
	/// A gateway that may serve lessons, http://HOST:PORT; several are tried in their order.
	#[arg(long, value_name = "URL")]
	peer: Vec<Peer>,
	/// The store for lessons; otherwise `praxis/store` where this user's data is kept.
	#[arg(long, env = "PRAXIS_STORE", value_name = "FOLDER")]
	store: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: RunArgs) -> Outcome {
	let store = Store::open(&args.store.clone().map_or_else(usual_folder, Ok)?)?;
	block_on(async {
		let mut shutdown = signals::listen().map_err(|error| super::Failure::running("signal", error))?;
		tokio::select! {
			signal = shutdown.wait() => {
				eprintln!("{}: ending; the state folder has all to go on from", signal.name());
				Ok(ExitCode::SUCCESS)
			}
			outcome = persist(&args.account, |link| follow(&args, &store, link)) => outcome,
		}
	})
}

/// Works over one connection until no session is open.
async fn follow(args: &RunArgs, store: &Store, link: Link) -> Result<ExitCode, End> {
	let home: Home = args.account.home(&link)?;
	let _lock = home.lock()?;
	let home = Arc::new(home);
	let voice = Voice { json: args.account.json };
	let desk = Desk { link: &link, home: &home, store, peers: &args.peer, voice };
	let records = home.students()?.into_iter().filter(|record| record.ended.is_none());
	let mut courses: Vec<(Option<u32>, Course)> = records.map(|record| (record.session, Course::new(record))).collect();
	let mut heads = link.node.subscribe_best().await?;
	while !courses.is_empty() {
		let mut left = Vec::new();
		let mut turn = link.turn().await?;
		for (mut id, mut course) in courses {
			if id.is_none() {
				let number = open::send(&link, &open::spec(&course.record)?).await?;
				(id, course.record.session) = (Some(number), Some(number));
				home.save(&course.record)?;
			}
			let session = match id {
				Some(id) => teaching::session(&link.node, id, turn.at).await?,
				None => None,
			};
			let ended = match &session {
				Some(session) => desk.advance(&mut course, session, &mut turn).await?,
				None => Some(json!({ "outcome": "forgotten" })),
			};
			match ended {
				Some(report) => {
					let text = session.as_ref().map(|session| view::text(session, &link.token)).unwrap_or_default();
					voice.tell("settled", report.clone(), text);
					course.record.ended = Some(report);
					home.save(&course.record)?;
				}
				None => left.push((id, course)),
			}
		}
		courses = left;
		if courses.is_empty() {
			break;
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
	Ok(ExitCode::SUCCESS)
}
