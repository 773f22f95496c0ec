//! `teach status` and `student status`: sessions, their scores and payouts.

use super::{
	super::{
		client::{block_on, Chain, NodeArgs},
		Failure, Outcome,
	},
	view,
};
use crate::{chain::teaching, checkpoint::write_atomically, teaching::plot::svg};
use serde_json::{json, Value};
use std::{path::PathBuf, process::ExitCode};

/// The options of `status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
	#[command(flatten)]
	node: NodeArgs,
	/// The session; all that are open, if none is named.
	session: Option<u32>,
	/// Draw score and payouts to this file, as SVG.
	#[arg(long, value_name = "FILE", requires = "session")]
	plot: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: StatusArgs) -> Outcome {
	block_on(async {
		let chain = Chain::connect(&args.node).await?;
		let at = chain.best().await?.hash();
		let Some(number) = args.session else {
			let sessions = teaching::open_sessions(&chain.node, at).await?;
			let reports: Vec<Value> = sessions.iter().map(|session| view::report(session, None)).collect();
			let texts: Vec<String> = sessions.iter().map(|session| view::text(session, &chain.token)).collect();
			let text = if texts.is_empty() { "no session is open".into() } else { texts.join("\n") };
			chain.print(&json!(reports), text);
			return Ok(ExitCode::SUCCESS);
		};
		let session = teaching::session(&chain.node, number, at).await?;
		let session = session.ok_or_else(|| Failure::input("session", format!("there is no session {number}")))?;
		let mut report = view::report(&session, None);
		if session.spec.trainers.is_some() {
			let (bond, slash) = teaching::bond(&chain.encoder)?;
			report["trainer_bond"] = bond.to_string().into();
			report["trainer_slash"] = slash.to_string().into();
		}
		chain.print(&report, view::text(&session, &chain.token));
		if let Some(path) = &args.plot {
			let (first, bars) = view::bars(&session, &chain.token);
			let title = format!("Session {number}: score and payout");
			let picture = svg(&title, first, &bars).map_err(|error| Failure::running("plot", error))?;
			write_atomically(path, picture.as_bytes())?;
		}
		Ok(ExitCode::SUCCESS)
	})
}
