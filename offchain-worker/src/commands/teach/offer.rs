//! `teach offer`: packs a lesson, seals it, stores it, offers it, and follows it until it is paid.

use super::{
	super::{
		client::block_on,
		store::usual_folder,
		student::{persist, AccountArgs},
		teach::tell::Voice,
		Failure, Outcome,
	},
	hand,
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
use sp_core::H256;
use sp_crypto_hashing::blake2_256;
use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

const EXAMPLES: &str = "\
Examples:
  PRAXIS_KEY=//Bob praxis-worker teach offer 0 --data lesson.npz --serve 127.0.0.1:9965
  praxis-worker teach offer 3 --key-file teacher.key --data 'train-images,train-labels#0-10000'

It takes a seat where it has none. Where neutral trainers are drawn, it waits for that and hands them the lesson's key: without
that the lesson is void and the stake burnt. With --no-wait it does not wait, and `teach hand` does it later.

With --serve it serves the sealed lesson and ends when the session does; otherwise it ends when there is nothing left to send, and
`praxis-worker store serve` serves the lesson.

The lesson's key is in the state folder before the offer is sent. Started again, it goes on with the same offer, in a later
round too: another lesson is another command.";

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
	/// End when the lesson is offered: `teach hand` gives its key to the trainers later.
	#[arg(long, conflicts_with = "serve")]
	no_wait: bool,
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
	let home = args.account.home(&link)?;
	let hands = now.spec.trainers.is_some() && !args.no_wait;
	if let SessionState::Offering { round, .. } = now.state {
		let known = match home.offer(id, round)? {
			// Sealed to the key of another seat it could not be opened.
			Some(record) => {
				let seat = seat(&link, id).await?;
				record.seat.is_none_or(|other| other == seat).then_some(record)
			}
			None => None,
		};
		let record = match known {
			Some(record) => Some(record),
			None => {
				let lesson = Packed::new(args, &now)?;
				match home.offered_before(id, round, lesson.hash)? {
					// This command was started again after its round: the same lesson would cost a fee and earn nothing.
					Some(before) if follow => {
						let text = format!("session {id}: this lesson was offered in round {before}");
						voice.tell("known", json!({ "session": id, "round": before }), text);
						None
					}
					Some(before) => {
						let text = format!("this lesson was offered in round {before}: offer another one");
						return Err(Failure::input("data", text).into());
					}
					None => Some(prepare(&lesson, store, &home, &now, (seat(&link, id).await?, round))?),
				}
			}
		};
		if let Some(record) = record {
			commit(&link, &record, seat(&link, id).await?, voice).await?;
		}
	} else if !follow && !hands {
		return Err(
			Failure::input("session", format!("session {id} is {}: it takes no lessons", view::state(&now))).into()
		);
	}
	if follow {
		earn(&link, &home, id, voice).await?;
	} else if hands {
		hand::wait(&link, &home, id, voice).await?;
	}
	Ok(())
}

/// A lesson's file, before it is sealed.
struct Packed {
	file: Vec<u8>,
	hash: H256,
	samples: usize,
}

impl Packed {
	fn new(args: &OfferArgs, session: &Session) -> Result<Self, Failure> {
		let examples = args.data.read()?.with_features(session.spec.features.into())?;
		examples.check_classes(session.spec.classes)?;
		let file = lesson::pack(&examples)?;
		Ok(Self { hash: blake2_256(&file).into(), file, samples: examples.len() })
	}
}

/// Seals, stores and writes down.
fn prepare(
	lesson: &Packed,
	store: &Store,
	home: &Home,
	session: &Session,
	(seat, round): (u8, u8),
) -> Result<TeacherRecord, Failure> {
	let spec = &session.spec;
	let key = match spec.trainers {
		// Handed to the trainers, once they are drawn.
		Some(_) => None,
		None => Some(spec.key(seat, round).ok_or_else(|| Failure::running("session", "it has no key for this seat"))?),
	};
	let failed = || Failure::running("seal", "the lesson cannot be sealed");
	let envelope = Envelope::seal(&lesson.file, key).ok_or_else(failed)?;
	let (bytes, most) = (envelope.ciphertext.len(), spec.lesson_bytes);
	if bytes > most as usize {
		return Err(Failure::input(
			"data",
			format!("the lesson has {bytes} bytes, of at most {most}: take fewer examples"),
		));
	}
	let name = format!("lesson of session {}", session.session);
	let cid = store.put_file(&envelope.ciphertext[..], &name, &Profile::PRAXIS)?;
	let offer = envelope.offer(cid.to_bytes(), lesson.samples).ok_or_else(failed)?;
	let (key, offer) = (hex::encode(envelope.key), hex::encode(offer.encode()));
	let record = TeacherRecord::new(session.session, (seat, round), key, offer, (cid.to_string(), lesson.hash));
	home.save_offer(&record)?;
	Ok(record)
}

/// Sends an offer until it is in the session.
async fn commit(link: &Link, record: &TeacherRecord, seat: u8, voice: Voice) -> Result<(), End> {
	let offer = read(record)?;
	let (node, id, ciphertext) = (&link.node, record.session, offer.ciphertext);
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
	Ok(())
}

fn read(record: &TeacherRecord) -> Result<LessonOffer, Failure> {
	let damaged = |reason: String| Failure::input("state", format!("an offer's record is damaged: {reason}"));
	let bytes = hex::decode(&record.offer).map_err(|error| damaged(error.to_string()))?;
	LessonOffer::decode(&mut &bytes[..]).map_err(|error| damaged(error.to_string()))
}

/// Follows a session to its end, hands keys where trainers wait for them, and tells what was earned.
async fn earn(link: &Link, home: &Home, id: u32, voice: Voice) -> Result<(), End> {
	let mut heads = link.node.subscribe_best().await?;
	let (mut told, account) = ("", link.key.account());
	loop {
		// Keys are handed upon the best block: there is little time for them.
		if let Ok(now) = session(link, id, link.node.best_header().await?.hash()).await {
			match hand::tend(link, home, &now, voice).await {
				// Too late for this lesson; there may be others of this session.
				Err(End::Failure(failure)) if failure.kind == "refused" => {
					voice.tell("refused", json!({ "session": id, "message": failure.message }), &failure.message);
				}
				outcome => outcome?,
			}
		}
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
