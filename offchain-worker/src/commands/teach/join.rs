//! `teach join` and `teach leave`: a seat in a session.

use super::super::{
	client::block_on,
	student::{persist, AccountArgs},
	teach::tell::Voice,
	Failure, Outcome,
};
use crate::{
	chain::teaching::{self, Call, Session},
	teaching::link::{End, Link},
};
use serde_json::json;
use sp_core::H256;
use std::process::ExitCode;

/// The options of `teach join` and `teach leave`.
#[derive(Debug, clap::Args)]
pub struct JoinArgs {
	#[command(flatten)]
	account: AccountArgs,
	/// The session.
	session: u32,
}

/// Runs the command.
pub fn run(args: &JoinArgs, join: bool) -> Outcome {
	block_on(async {
		let seated = persist(&args.account, |link| async move {
			if join {
				seat(&link, args.session).await.map(Some)
			} else {
				leave(&link, args.session).await.map(|()| None)
			}
		});
		let text = match seated.await? {
			Some(seat) => format!("seat {seat} of session {} is taken", args.session),
			None => format!("the seat in session {} is given back", args.session),
		};
		let event = if join { "joined" } else { "left" };
		Voice { json: args.account.json }.tell(event, json!({ "session": args.session }), text);
		Ok(ExitCode::SUCCESS)
	})
}

/// A session that must be there.
pub async fn session(link: &Link, id: u32, at: H256) -> Result<Session, End> {
	let found = teaching::session(&link.node, id, at).await?;
	Ok(found.ok_or_else(|| Failure::input("session", format!("there is no session {id}")))?)
}

/// The seat that this account has in a session.
pub fn seat_of(link: &Link, session: &Session) -> Option<u8> {
	let account = link.key.account();
	let seat = session.teachers.iter().position(|teacher| teacher.as_ref() == Some(&account))?;
	u8::try_from(seat).ok()
}

/// Takes a seat, unless it has one; gives its number.
pub async fn seat(link: &Link, id: u32) -> Result<u8, End> {
	session(link, id, link.node.best_header().await?.hash()).await?;
	link.settle(&Call::Join(id), |at| async move {
		let session = teaching::session(&link.node, id, at).await?;
		Ok(session.and_then(|session| seat_of(link, &session)))
	})
	.await
}

async fn leave(link: &Link, id: u32) -> Result<(), End> {
	session(link, id, link.node.best_header().await?.hash()).await?;
	link.settle(&Call::Leave(id), |at| async move {
		let session = teaching::session(&link.node, id, at).await?;
		Ok(session.is_none_or(|session| seat_of(link, &session).is_none()).then_some(()))
	})
	.await
}
