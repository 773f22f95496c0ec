//! `trainer run`: is in the pool, and trains what is drawn.

use super::{
	super::{
		client::block_on,
		store::usual_folder,
		student::{persist, AccountArgs},
		teach::{tell::Voice, view},
		Failure, Outcome,
	},
	desk::{Desk, Known, Work},
	pool::{self, Standing},
};
use crate::{
	chain::{
		teaching::{self, Session},
		ChainError,
	},
	signals,
	store::{client::Peer, Store},
	teaching::link::{End, Link},
};
use serde_json::json;
use std::{
	collections::{BTreeMap, BTreeSet},
	path::PathBuf,
	process::ExitCode,
	sync::Arc,
	time::Duration,
};
use tokio::sync::Mutex;

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Dave praxis-worker trainer run --peer http://192.0.2.7:9965
  praxis-worker trainer run --key-file trainer.key --peer http://127.0.0.1:9965 --seconds 30 --json

It enlists where it has not, keeps one-time keys in the pool, and for each lesson that it is drawn for trains the best classifier so
far, commits to what came of it and shows that. Stopped and started again it goes on from the state folder. Who is drawn and
shows nothing loses a quarter of the bond: before you stop it for long, `trainer retire`, and let it run until it ends.";

/// The options of `trainer run`.
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
	/// Seconds of training for one lesson at most; less where its deadline is near.
	#[arg(long, default_value_t = 60)]
	seconds: u64,
}

/// What outlives a connection: training goes on while the node is away.
#[derive(Default)]
struct Memory {
	works: BTreeMap<(u32, u8), Work>,
	known: BTreeMap<u32, Known>,
	/// Whether the chain had it in the pool.
	enlisted: bool,
}

/// Runs the command.
pub fn run(args: RunArgs) -> Outcome {
	let store = Store::open(&args.store.clone().map_or_else(usual_folder, Ok)?)?;
	let memory = Mutex::new(Memory::default());
	block_on(async {
		let mut shutdown = signals::listen().map_err(|error| Failure::running("signal", error))?;
		tokio::select! {
			signal = shutdown.wait() => {
				eprintln!("{}: ending; the state folder has all to go on from", signal.name());
				Ok(ExitCode::SUCCESS)
			}
			outcome = persist(&args.account, |link| follow(&args, &store, &memory, link)) => outcome,
		}
	})
}

/// Works over one connection until it is out of the pool.
async fn follow(args: &RunArgs, store: &Store, memory: &Mutex<Memory>, link: Link) -> Result<ExitCode, End> {
	let mut memory = memory.lock().await;
	let home = args.account.home(&link)?;
	let _lock = home.lock_trainer()?;
	let home = Arc::new(home);
	let voice = Voice { json: args.account.json };
	let (pace, time) = (link.node.pace().await?, Duration::from_secs(args.seconds));
	let desk = Desk { link: &link, home: &home, store, peers: &args.peer, voice, pace, time };
	let mut keyring = home.keyring()?;
	let account = link.key.account();
	let mut sessions: BTreeSet<u32> = home.trained_sessions()?.into_iter().collect();
	let mut heads = link.node.subscribe_best().await?;
	loop {
		let mut turn = link.turn().await?;
		let standing = teaching::trainer(&link.node, &account, turn.at).await?;
		if standing.is_none() && memory.enlisted && sessions.is_empty() {
			let text =
				"it is no trainer any more: it retired, or showed nothing for a lesson. Started again, it enlists";
			voice.tell("ended", json!({}), text);
			return Ok(ExitCode::SUCCESS);
		}
		if standing.is_some() || !memory.enlisted {
			if let Standing::Enlisted(trainer) = pool::keep(&home, &mut keyring, standing, &mut turn).await? {
				if !memory.enlisted {
					memory.enlisted = true;
					let (bond, keys) = (link.token.show(trainer.bond), trainer.keys);
					let fields = json!({ "bond": trainer.bond.to_string(), "keys": keys });
					voice.tell("enlisted", fields, format!("in the pool with a bond of {bond} and {keys} keys"));
				}
			}
		}
		for task in teaching::assignments(&link.node, &account, turn.at).await? {
			let Some(session) = teaching::session(&link.node, task.session, turn.at).await? else { continue };
			sessions.insert(task.session);
			let Memory { works, known, .. } = &mut *memory;
			let work = works.entry((task.session, task.lesson)).or_default();
			let known = known.entry(task.session).or_default();
			desk.advance((work, known), &keyring, (&task, &session), &mut turn).await?;
		}
		for id in ended(&desk, &sessions).await? {
			sessions.remove(&id);
			memory.known.remove(&id);
			memory.works.retain(|(session, _), _| *session != id);
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

/// Those of the sessions that are finally over: tells what was earned, and forgets their lessons.
async fn ended(desk: &Desk<'_>, sessions: &BTreeSet<u32>) -> Result<Vec<u32>, End> {
	let mut ended = Vec::new();
	if sessions.is_empty() {
		return Ok(ended);
	}
	let at = desk.link.node.finalised_hash().await?;
	for id in sessions {
		let (came, text) = match teaching::session(&desk.link.node, *id, at).await? {
			Some(session) if session.state.finished().is_some() => earned(desk, &session),
			// It may be that it was not there yet.
			None if teaching::session(&desk.link.node, *id, desk.link.node.best_header().await?.hash())
				.await?
				.is_none() =>
			{
				(json!({ "session": id, "state": "forgotten" }), format!("session {id} is forgotten"))
			}
			_ => continue,
		};
		desk.voice.tell("settled", came.clone(), text);
		desk.home.end_training(*id, &came)?;
		ended.push(*id);
	}
	Ok(ended)
}

/// What this trainer has of a session that is over: for programs, and for people.
fn earned(desk: &Desk<'_>, session: &Session) -> (serde_json::Value, String) {
	let account = desk.link.key.account();
	let own = || session.lessons.iter().flat_map(|one| &one.trainers).filter(|trainer| trainer.trainer == account);
	let paid: u128 = own().map(|trainer| trainer.paid).sum();
	let (drawn, shown) = (own().count(), own().filter(|trainer| trainer.classifier.is_some()).count());
	let (id, state) = (session.session, view::state(session));
	let fields = json!({ "session": id, "state": state, "drawn": drawn, "shown": shown, "paid": paid.to_string() });
	let text = format!("session {id}: {state}; earned {} for {shown} of {drawn} lessons", desk.link.token.show(paid));
	(fields, text)
}
