//! One lesson: doing with every block what its trainer is to do.

use super::learn::{self, Came, Made};
use crate::{
	chain::teaching::{self, Assignment, Call, Chunk, Lesson, Session},
	commands::{
		teach::{tell::Voice, view},
		Failure,
	},
	store::{client::Peer, Store},
	teaching::{
		audit,
		data::Examples,
		home::{
			trainer::{Keyring, TrainerRecord},
			Home,
		},
		link::{End, Link, Sent, Turn},
	},
};
use praxis_policy::Policy;
use praxis_primitives_teaching::{
	trainers::{commitment, AssignmentState},
	Item,
};
use serde_json::{json, Value};
use sp_core::H256;
use std::{
	collections::BTreeMap,
	sync::{
		mpsc::{self, Receiver, TryRecvError},
		Arc,
	},
	thread,
	time::Duration,
};

/// Blocks for the commitment: from there on a lesson is passed over rather than nothing committed.
const RESERVE: u32 = 4;

/// The part of the time until the deadline that training may take.
const SHARE_OF_TIME: f64 = 0.8;

/// What is the same for all lessons.
pub struct Desk<'a> {
	pub link: &'a Link,
	pub home: &'a Arc<Home>,
	pub store: &'a Store,
	pub peers: &'a [Peer],
	pub voice: Voice,
	/// How long a block takes.
	pub pace: Duration,
	/// Time for training at most.
	pub time: Duration,
}

/// What is remembered of a lesson, besides what is on the disk.
#[derive(Default)]
pub struct Work {
	learning: Option<Receiver<Result<Came, Failure>>>,
	void: Option<([u8; 32], Option<Chunk>)>,
	told: String,
}

/// What is remembered of a session: it can be had again.
#[derive(Default)]
pub struct Known {
	classifiers: BTreeMap<H256, Policy>,
	/// Whether it was looked for, and what was found.
	audit: Option<Option<Examples>>,
}

impl Work {
	fn came(&mut self) -> Result<Option<Came>, Failure> {
		let Some(receiver) = &self.learning else { return Ok(None) };
		let came = match receiver.try_recv() {
			Ok(came) => came,
			Err(TryRecvError::Empty) => return Ok(None),
			Err(TryRecvError::Disconnected) => Err(Failure::running("training", "its thread has ended")),
		};
		self.learning = None;
		came.map(Some)
	}
}

impl Desk<'_> {
	/// Does what is to be done for a lesson now.
	pub async fn advance(
		&self,
		(work, known): (&mut Work, &mut Known),
		keyring: &Keyring,
		(task, session): (&Assignment, &Session),
		turn: &mut Turn<'_>,
	) -> Result<(), End> {
		let Some(lesson) = session.lessons.iter().find(|one| one.lesson == task.lesson) else { return Ok(()) };
		let teacher = view::address(&lesson.teacher);
		match task.state {
			AssignmentState::Drawn => {
				self.say(work, task, "drawn", &format!("drawn for a lesson of {teacher}; its key is waited for"));
			}
			AssignmentState::Handed => {
				// There is time now.
				self.audit(known, session, turn).await?;
				self.say(work, task, "handed", "its key is there; its turn is waited for");
			}
			AssignmentState::Training => self.train((work, known), keyring, (task, session, lesson), turn).await?,
			AssignmentState::Committed => {
				self.say(work, task, "committed", "committed; the other trainer is waited for")
			}
			AssignmentState::Revealing => {
				let record = self.home.training(task.session, task.lesson, &lesson.offer.ciphertext)?;
				let Some((record, salt)) = record.and_then(|record| Some((record.clone(), record.salt()?))) else {
					self.say(work, task, "lost", "the classifier that it committed to is not in the state folder");
					return Ok(());
				};
				let bytes = self.home.trained(&record)?;
				self.send(work, task, &Call::RevealTraining(task.session, task.lesson, bytes, salt), turn).await?;
			}
		}
		Ok(())
	}

	async fn train(
		&self,
		(work, known): (&mut Work, &mut Known),
		keyring: &Keyring,
		(task, session, lesson): (&Assignment, &Session, &Lesson),
		turn: &mut Turn<'_>,
	) -> Result<(), End> {
		let (id, number, root) = (task.session, task.lesson, &lesson.offer.ciphertext);
		if let Some(record) = self.home.training(id, number, root)? {
			return self.commit(work, task, &record, turn).await;
		}
		let left = task.until.saturating_sub(turn.height);
		match work.came()? {
			Some(Came::Made(made)) => {
				let record = self.keep(work, task, lesson, &made)?;
				return self.commit(work, task, &record, turn).await;
			}
			Some(Came::Void(secret, chunk)) => {
				self.say(work, task, "void", "it cannot be opened; the chain is shown why");
				work.void = Some((secret, chunk));
			}
			Some(Came::Missing(reason)) => self.say(work, task, "missing", &reason),
			None => {}
		}
		if left <= RESERVE {
			let candidates = self.candidates(known, session, turn.at).await?;
			let audit = self.audit(known, session, turn).await?;
			let made = learn::unchanged(&candidates, audit.as_ref(), "there was no time left for it".into())?;
			let record = self.keep(work, task, lesson, &made)?;
			return self.commit(work, task, &record, turn).await;
		}
		if let Some((secret, chunk)) = work.void.clone() {
			self.send(work, task, &Call::Dispute(id, number, secret, chunk), turn).await?;
			return Ok(());
		}
		if work.learning.is_some() {
			return Ok(());
		}
		let (Some(sealed_key), Some(secret)) = (task.sealed_key, keyring.secret(&task.prekey)) else {
			self.say(
				work,
				task,
				"lost",
				"the secret of its one-time key is not in the state folder: it is passed over",
			);
			let candidates = self.candidates(known, session, turn.at).await?;
			let audit = self.audit(known, session, turn).await?;
			let made = learn::unchanged(&candidates, audit.as_ref(), "its key could not be opened".into())?;
			self.keep(work, task, lesson, &made)?;
			return Ok(());
		};
		let job = learn::Job {
			home: self.home.clone(),
			store: self.store.clone(),
			peers: self.peers.to_vec(),
			session: id,
			spec: session.spec.clone(),
			lesson: lesson.clone(),
			sealed_key,
			secret,
			candidates: self.candidates(known, session, turn.at).await?,
			audit: self.audit(known, session, turn).await?,
			time: self.time.min(self.pace.mul_f64(f64::from(left - RESERVE) * SHARE_OF_TIME)),
		};
		let (sender, receiver) = mpsc::channel();
		work.learning = Some(receiver);
		self.say(work, task, "learning", &format!("learning from {}", view::address(&lesson.teacher)));
		// Nobody may be there to hear it any more.
		thread::spawn(move || sender.send(learn::learn(&job)));
		Ok(())
	}

	/// Writes down what is committed to, before anything is sent.
	fn keep(&self, work: &mut Work, task: &Assignment, lesson: &Lesson, made: &Made) -> Result<TrainerRecord, Failure> {
		let (key, root) = ((task.session, task.lesson), lesson.offer.ciphertext);
		let record = TrainerRecord::new(key, root, H256(made.policy.hash()), made.kept, made.note.clone());
		self.home.save_training(&record, &made.policy.encode())?;
		let word = if made.kept { "learnt" } else { "not kept" };
		let fields = json!({ "kept": made.kept, "note": made.note, "classifier": record.classifier });
		self.tell(work, task, "learnt", fields, &format!("{word}: {}", made.note));
		Ok(record)
	}

	async fn commit(
		&self,
		work: &mut Work,
		task: &Assignment,
		record: &TrainerRecord,
		turn: &mut Turn<'_>,
	) -> Result<(), End> {
		let salt = record.salt().ok_or_else(|| Failure::input("state", "a salt is damaged"))?;
		let commitment = commitment(&self.link.key.account(), &record.classifier, &salt);
		self.send(work, task, &Call::CommitTraining(task.session, task.lesson, commitment), turn).await?;
		Ok(())
	}

	/// The classifiers that were shown, the base first, then in the order of the lessons.
	async fn candidates(&self, known: &mut Known, session: &Session, at: H256) -> Result<Vec<Policy>, End> {
		let mut candidates = Vec::new();
		for hash in shown(session) {
			if let Some(policy) = known.classifiers.get(&hash) {
				candidates.push(policy.clone());
			} else if let Some(policy) = teaching::shown(&self.link.node, session.session, hash, at).await? {
				known.classifiers.insert(hash, policy.clone());
				candidates.push(policy);
			}
		}
		Ok(candidates)
	}

	/// The audit's items as examples, if the node has the blocks in which they stand.
	async fn audit(&self, known: &mut Known, session: &Session, turn: &Turn<'_>) -> Result<Option<Examples>, End> {
		if let Some(found) = &known.audit {
			return Ok(found.clone());
		}
		let (id, root) = (session.session, &session.spec.root);
		let items = match self.home.audit(id, root)? {
			Some(items) => items,
			None => {
				let drawn = teaching::audit(&self.link.node, id, turn.at).await?;
				let range = (turn.height, audit::BLOCKS);
				let found = audit::look(&self.link.node, &self.link.encoder, session, drawn, range).await;
				let items: Vec<Item> = match found {
					Ok(found) => found.into_values().collect(),
					Err(error) if error.is_disconnect() => return Err(error.into()),
					Err(error) => {
						let text = format!("session {id}: the audit's items could not be had: {error}");
						self.voice.tell("no-audit", json!({ "session": id, "message": error.to_string() }), text);
						Vec::new()
					}
				};
				if !items.is_empty() {
					self.home.save_audit(id, root, &items)?;
				}
				items
			}
		};
		let found = examples(&items);
		known.audit = Some(found.clone());
		Ok(found)
	}

	fn say(&self, work: &mut Work, task: &Assignment, event: &str, text: &str) {
		self.tell(work, task, event, json!({}), text);
	}

	/// Tells something, unless it was told last.
	fn tell(&self, work: &mut Work, task: &Assignment, event: &str, mut fields: Value, text: &str) {
		let line = format!("session {}, lesson {}: {text}", task.session, task.lesson);
		if work.told != line {
			fields["session"] = task.session.into();
			fields["lesson"] = task.lesson.into();
			fields["message"] = text.into();
			self.voice.tell(event, fields, &line);
			work.told = line;
		}
	}

	async fn send(&self, work: &mut Work, task: &Assignment, call: &Call, turn: &mut Turn<'_>) -> Result<Sent, End> {
		let sent = turn.send(call).await?;
		match &sent {
			Sent::Pooled => self.say(work, task, "sent", &format!("{} is sent", call.name())),
			Sent::Refused(reason) => self.say(work, task, "refused", &format!("{}: {reason}", call.name())),
		}
		Ok(sent)
	}
}

/// Hashes of the classifiers of a session that were shown: the base, then those of the lessons by their places, each once.
fn shown(session: &Session) -> Vec<H256> {
	let mut lessons: Vec<&Lesson> = session.lessons.iter().filter(|one| one.place.is_some()).collect();
	lessons.sort_by_key(|one| one.place);
	let mut hashes = vec![session.spec.base];
	for hash in lessons.iter().flat_map(|one| &one.trainers).filter_map(|trainer| trainer.classifier) {
		if !hashes.contains(&hash) {
			hashes.push(hash);
		}
	}
	hashes
}

/// Items as examples; none where there are none.
fn examples(items: &[Item]) -> Option<Examples> {
	let features = items.first()?.features.len();
	let images = items.iter().flat_map(|item| item.features.iter().copied()).collect();
	Examples::new("the audit", features, images, items.iter().map(|item| item.label).collect()).ok()
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
