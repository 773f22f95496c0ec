//! `teach offer`: packs a lesson, seals it, stores it, offers it, and follows it until it is paid.

use super::{
	super::{
		client::block_on,
		store::usual_folder,
		student::{persist, AccountArgs},
		teach::tell::Voice,
		Failure, Outcome,
	},
	join::{seat, session},
	view,
};
use crate::{
	chain::teaching::{self, Call, Session},
	signals,
	store::{gateway, Profile, Store, LARGEST_DAG},
	teaching::{
		data::Source,
		envelope::Envelope,
		home::{Home, TeacherRecord},
		lesson,
		link::{End, Link},
	},
};
use codec::{Decode, Encode};
use praxis_primitives_teaching::{LessonOffer, SessionState};
use serde_json::json;
use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob praxis-worker teach offer 0 --data lesson.npz --serve 127.0.0.1:9965
  praxis-worker teach offer 3 --key-file teacher.key --data 'train-images,train-labels#0-10000'

It takes a seat where it has none. With --serve it serves the sealed lesson and ends when the session does; otherwise it ends
when the offer is in a block, and `praxis-worker store serve` serves the lesson.

The lesson's key is in the state folder before the offer is sent. Started again, it goes on with the same offer.";

/// The options of `teach offer`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct OfferArgs {
	#[command(flatten)]
	account: AccountArgs,
	/// The session.
	session: u32,
	/// The examples: IDX (IMAGES,LABELS), .npz, a folder of PNG, or .safetensors; #FROM-TO takes a range.
	#[arg(long, value_name = "DATA")]
	data: Source,
	/// The store for the sealed lesson; otherwise `praxis/store` where this user's data is kept.
	#[arg(long, env = "PRAXIS_STORE", value_name = "FOLDER")]
	store: Option<PathBuf>,
	/// Serve the store at this address, and follow the session to its end.
	#[arg(long, value_name = "ADDRESS")]
	serve: Option<SocketAddr>,
	/// Allow an address that other machines reach.
	#[arg(long, requires = "serve")]
	remote: bool,
}

/// Runs the command.
pub fn run(args: &OfferArgs) -> Outcome {
	let store = Store::open(&args.store.clone().map_or_else(usual_folder, Ok)?)?;
	let listener = match args.serve {
		Some(address) => Some(gateway::bind(address, args.remote).map_err(|error| Failure::input("serve", error))?),
		None => None,
	};
	let voice = Voice { json: args.account.json };
	block_on(async {
		let mut shutdown = signals::listen().map_err(|error| Failure::running("signal", error))?;
		let serving = listener
			.map(|listener| gateway::serve(listener, store.clone(), LARGEST_DAG))
			.transpose()
			.map_err(|error| Failure::running("serve", error))?;
		let follow = serving.is_some();
		let outcome = tokio::select! {
			signal = shutdown.wait() => {
				eprintln!("{}: ending; the state folder has all to go on from", signal.name());
				Ok(())
			}
			outcome = persist(&args.account, |link| offer(args, &store, voice, follow, link)) => outcome,
		};
		drop(serving);
		outcome.map(|()| ExitCode::SUCCESS)
	})
}

async fn offer(args: &OfferArgs, store: &Store, voice: Voice, follow: bool, link: Link) -> Result<(), End> {
	let id = args.session;
	let now = session(&link, id, link.node.best_header().await?.hash()).await?;
	if let SessionState::Offering { round, .. } = now.state {
		let seat = seat(&link, id).await?;
		let home = args.account.home(&link)?;
		let record = match home.offer(id, round)? {
			Some(record) => record,
			None => prepare(args, store, &home, &now, (seat, round))?,
		};
		let offer = read(&record)?;
		let (node, ciphertext) = (&link.node, offer.ciphertext);
		let call = Call::CommitLesson(id, Box::new(offer));
		let number = link
			.settle(&call, |at| async move {
				let session = teaching::session(node, id, at).await?;
				let mut lessons = session.into_iter().flat_map(|session| session.lessons);
				Ok(lessons.find(|one| one.offer.ciphertext == ciphertext && one.seat == seat).map(|one| one.lesson))
			})
			.await?;
		let fields = json!({ "session": id, "lesson": number, "cid": record.cid, "seat": seat });
		voice.tell("offered", fields, format!("session {id}: lesson {number} is offered, {}", record.cid));
	} else if !follow {
		return Err(
			Failure::input("session", format!("session {id} is {}: it takes no lessons", view::state(&now))).into()
		);
	}
	if follow {
		earn(&link, id, voice).await?;
	}
	Ok(())
}

/// Packs, seals, stores and writes down.
fn prepare(
	args: &OfferArgs,
	store: &Store,
	home: &Home,
	session: &Session,
	(seat, round): (u8, u8),
) -> Result<TeacherRecord, Failure> {
	let spec = &session.spec;
	let examples = args.data.read()?.with_features(spec.features.into())?;
	examples.check_classes(spec.classes)?;
	let file = lesson::pack(&examples)?;
	let key = spec.key(seat, round).ok_or_else(|| Failure::running("session", "it has no key for this seat"))?;
	let failed = || Failure::running("seal", "the lesson cannot be sealed");
	let envelope = Envelope::seal(&file, key).ok_or_else(failed)?;
	let (bytes, most) = (envelope.ciphertext.len(), spec.lesson_bytes);
	if bytes > most as usize {
		return Err(Failure::input(
			"data",
			format!("the lesson has {bytes} bytes, of at most {most}: take fewer examples"),
		));
	}
	let name = format!("lesson of session {}", session.session);
	let cid = store.put_file(&envelope.ciphertext[..], &name, &Profile::PRAXIS)?;
	let offer = envelope.offer(cid.to_bytes(), examples.len()).ok_or_else(failed)?;
	let (key, offer) = (hex::encode(envelope.key), hex::encode(offer.encode()));
	let record = TeacherRecord::new(session.session, round, key, offer, cid.to_string());
	home.save_offer(&record)?;
	Ok(record)
}

fn read(record: &TeacherRecord) -> Result<LessonOffer, Failure> {
	let damaged = |reason: String| Failure::input("state", format!("an offer's record is damaged: {reason}"));
	let bytes = hex::decode(&record.offer).map_err(|error| damaged(error.to_string()))?;
	LessonOffer::decode(&mut &bytes[..]).map_err(|error| damaged(error.to_string()))
}

/// Follows a session to its end and tells what was earned.
async fn earn(link: &Link, id: u32, voice: Voice) -> Result<(), End> {
	let mut heads = link.node.subscribe_finalised().await?;
	let (mut told, account) = ("", link.key.account());
	loop {
		let session = session(link, id, link.node.finalised_hash().await?).await;
		if let Ok(session) = session {
			let state = view::state(&session);
			if state != told {
				voice.tell("state", json!({ "session": id, "state": state }), format!("session {id}: {state}"));
				told = state;
			}
			if session.state.finished().is_some() {
				let own = || session.lessons.iter().filter(|one| one.teacher == account);
				let paid: u128 = own().map(|one| one.paid).sum();
				let fees = match session.state {
					SessionState::Settled { .. } => {
						session.spec.fee * own().filter(|one| one.void.is_none()).count() as u128
					}
					_ => 0,
				};
				let fields =
					json!({ "session": id, "state": state, "paid": paid.to_string(), "fees": fees.to_string() });
				let text = format!(
					"session {id}: {state}; earned {} for fees of {}",
					link.token.show(paid),
					link.token.show(fees)
				);
				voice.tell("settled", fields, text);
				return Ok(());
			}
		}
		tokio::select! {
			head = heads.next() => if head.is_none() {
				let ended = crate::chain::ChainError::Connection { url: "the node".into(), reason: "it ended the subscription".into() };
				return Err(link.node.cause(ended).into());
			},
			error = link.node.disconnected() => return Err(error.into()),
		}
	}
}
