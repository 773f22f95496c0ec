//! One session: doing with every block what the student is to do.

use super::{
	learn::{self, Came},
	trained,
};
use crate::{
	chain::teaching::{self, Call, Chunk, Session},
	commands::{
		teach::{tell::Voice, view},
		Failure,
	},
	store::{client::Peer, Store},
	teaching::{
		holdout::Holdout,
		home::{Home, Made, StudentRecord},
		link::{End, Link, Sent, Turn},
		score,
		student::Classifier,
	},
};
use praxis_policy::Policy;
use praxis_primitives_teaching::{Item, SessionState};
use serde_json::{json, Value};
use sp_core::H256;
use sp_runtime::Perbill;
use std::{
	cmp::Reverse,
	collections::BTreeMap,
	sync::{
		mpsc::{self, Receiver, TryRecvError},
		Arc,
	},
	thread,
};

/// Items of the audit that one call shows, as in the pallet.
const AUDIT_ITEMS_A_CALL: usize = 64;

/// Chunks that are sent upon one block at most.
const CHUNKS_A_BLOCK: usize = 16;

/// Items that are shown to people at the end.
const FIRST: usize = 20;

/// Blocks for the last commits: from there on lessons are passed over rather than the session lost.
const RESERVE: u32 = 3;

/// What is the same for all sessions.
pub struct Desk<'a> {
	pub link: &'a Link,
	pub home: &'a Arc<Home>,
	pub store: &'a Store,
	pub peers: &'a [Peer],
	pub voice: Voice,
}

/// A lesson that can be shown to be void.
type Void = ([u8; 32], Option<Chunk>);

/// What a student has of a session.
pub struct Course {
	/// On the disk.
	pub record: StudentRecord,
	holdout: Option<Holdout>,
	learning: Option<(u8, Receiver<Result<Came, Failure>>)>,
	void: BTreeMap<u8, Void>,
	told: String,
}

impl Course {
	/// A session of which all that is known stands in its record.
	pub fn new(record: StudentRecord) -> Self {
		Self { record, holdout: None, learning: None, void: BTreeMap::new(), told: String::new() }
	}

	fn holdout(&mut self, home: &Home) -> Result<&Holdout, Failure> {
		if self.holdout.is_none() {
			self.holdout = Some(home.holdout(&self.record.root)?);
		}
		self.holdout.as_ref().ok_or_else(|| Failure::running("state", "there is no holdout"))
	}

	/// What came of the lesson that is learnt, if anything did.
	fn came(&mut self, lesson: u8) -> Result<Option<Came>, Failure> {
		let Some((_, receiver)) = self.learning.as_ref().filter(|(learning, _)| *learning == lesson) else {
			return Ok(None);
		};
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
	/// Does what is to be done about a session now; gives its end, once that is final.
	pub async fn advance(
		&self,
		course: &mut Course,
		session: &Session,
		turn: &mut Turn<'_>,
	) -> Result<Option<Value>, End> {
		let id = session.session;
		match session.state {
			SessionState::Drawing { .. } => {
				self.show_base(course, session, turn).await?;
				self.say(course, id, "waiting", "for the beacon that draws the audit");
			}
			SessionState::Auditing { shown, .. } => {
				self.show_base(course, session, turn).await?;
				self.audit(course, session, shown as usize, turn).await?;
			}
			SessionState::Offering { round, until } => {
				self.show_base(course, session, turn).await?;
				let lessons = session.lessons.iter().filter(|one| one.round == round).count();
				self.say(course, id, "offering", &format!("round {round}, until block {until}: {lessons} lessons"));
			}
			SessionState::Ordering { .. } => self.say(course, id, "waiting", "for the beacon that orders the lessons"),
			SessionState::Handing { .. }
			| SessionState::TrainingCommit { .. }
			| SessionState::TrainingReveal { .. } => {
				let (fields, text) = trained::progress(session);
				self.tell(course, id, view::state(session), fields, &text);
			}
			SessionState::Training { round, until } => self.train(course, session, (round, until), turn).await?,
			SessionState::Revealing { .. } => self.reveal(course, session, turn).await?,
			SessionState::Settled { .. } | SessionState::Failed { .. } | SessionState::Forfeited { .. } => {
				let final_at = self.link.node.finalised_hash().await?;
				let settled = teaching::session(&self.link.node, id, final_at).await?;
				if settled.is_none_or(|settled| settled.state == session.state) {
					let mut report = view::report(session, Some(&course.record));
					report["first"] = self.first(course, session)?;
					if let Some(float) = self.float(course, session).await? {
						report["float_score"] = float.into();
					}
					return Ok(Some(report));
				}
				self.say(course, id, "waiting", "it is over, once that is final");
			}
		}
		Ok(None)
	}

	/// Shows the classifier that trainers begin with, once.
	async fn show_base(&self, course: &mut Course, session: &Session, turn: &mut Turn<'_>) -> Result<(), End> {
		let id = session.session;
		let shown = match session.spec.trainers {
			Some(_) => teaching::scoring(&self.link.node, id, turn.at)
				.await?
				.candidates
				.first()
				.is_none_or(|base| base.1.is_some()),
			None => true,
		};
		if !shown {
			let base = self.home.classifier(&course.record.root, &course.record.base)?.policy.encode();
			self.send(course, id, &Call::RevealClassifier(id, 0, base), turn).await?;
		}
		Ok(())
	}

	/// Score of the best classifier's network in floats, where trainers made it: without the rounding between its layers.
	async fn float(&self, course: &mut Course, session: &Session) -> Result<Option<f64>, End> {
		let Some(best) = best(session).filter(|_| session.spec.trainers.is_some()) else { return Ok(None) };
		let at = self.link.node.best_header().await?.hash();
		let drawn = teaching::audit(&self.link.node, session.session, at).await?;
		let Ok(classifier) = self.home.classifier(&course.record.root, &best) else { return Ok(None) };
		let own = course.holdout(self.home)?.scored(&drawn).map_err(Failure::from)?;
		Ok(Some(trained::float(&classifier.policy, &own)?))
	}

	/// The first items' labels, and what the first and the best classifier make of them.
	fn first(&self, course: &mut Course, session: &Session) -> Result<Value, Failure> {
		let items = course.holdout(self.home)?.items(FIRST).to_vec();
		let read = |hash: &H256| {
			let policy = self.home.classifier(&course.record.root, hash)?.policy;
			let mut scratch = policy.scratch();
			let act = |item: &Item| policy.act(&score::observe(&item.features), &mut scratch);
			items.iter().map(act).collect::<Result<Vec<u32>, _>>().map_err(|error| Failure::input("policy", error))
		};
		// Of a session that was not revealed the trainers' classifiers were never fetched.
		let known = |hash: &H256| self.home.classifier(&course.record.root, hash).is_ok();
		let best = best(session).filter(known).unwrap_or(session.spec.base);
		let labels: Vec<u8> = items.iter().map(|item| item.label).collect();
		Ok(json!({ "labels": labels, "before": read(&session.spec.base)?, "after": read(&best)? }))
	}

	fn say(&self, course: &mut Course, session: u32, event: &str, text: &str) {
		self.tell(course, session, event, json!({}), text);
	}

	/// Tells something, unless it was told last.
	fn tell(&self, course: &mut Course, session: u32, event: &str, mut fields: Value, text: &str) {
		let line = format!("session {session}: {text}");
		if course.told != line {
			fields["session"] = session.into();
			fields["message"] = text.into();
			self.voice.tell(event, fields, &line);
			course.told = line;
		}
	}

	async fn send(&self, course: &mut Course, session: u32, call: &Call, turn: &mut Turn<'_>) -> Result<Sent, End> {
		let sent = turn.send(call).await?;
		match &sent {
			Sent::Pooled => self.say(course, session, "sent", &format!("{} is sent", call.name())),
			Sent::Refused(reason) => self.say(course, session, "refused", &format!("{}: {reason}", call.name())),
		}
		Ok(sent)
	}

	async fn audit(
		&self,
		course: &mut Course,
		session: &Session,
		shown: usize,
		turn: &mut Turn<'_>,
	) -> Result<(), End> {
		let id = session.session;
		let drawn = teaching::audit(&self.link.node, id, turn.at).await?;
		let left = course.holdout(self.home)?.audit(drawn.get(shown..).unwrap_or_default());
		for (at, items) in left.chunks(AUDIT_ITEMS_A_CALL).enumerate() {
			let call = Call::RevealAudit(id, items.to_vec());
			// Only the first can be rehearsed: the others need it.
			let sent = if at == 0 { self.send(course, id, &call, turn).await? } else { turn.follow(&call).await? };
			if sent != Sent::Pooled {
				break;
			}
		}
		Ok(())
	}

	async fn train(
		&self,
		course: &mut Course,
		session: &Session,
		(round, until): (u8, u32),
		turn: &mut Turn<'_>,
	) -> Result<(), End> {
		let id = session.session;
		let Some(lesson) = learn::next(session, round) else { return Ok(()) };
		let number = lesson.lesson;
		let open =
			session.lessons.iter().filter(|one| one.round == round && one.void.is_none() && one.classifier.is_none());
		let late = until.saturating_sub(turn.height) <= open.count() as u32 + RESERVE;
		let before = session.lessons.iter().filter(|one| one.place < lesson.place);
		let before = before.filter_map(|one| Some((one.place?, one.classifier?))).max();
		let before = before.map_or(course.record.base, |(_, classifier)| classifier);
		if let Some((secret, chunk)) = course.void.get(&number).cloned() {
			let dispute = Call::Dispute(id, number, secret, chunk);
			self.send(course, id, &dispute, turn).await?;
			return Ok(());
		}
		if !course.record.made.contains_key(&number) {
			match course.came(number)? {
				Some(Came::Made(made)) => self.keep(course, session, number, made)?,
				Some(Came::Void(secret, chunk)) => {
					self.say(course, id, "void", &format!("lesson {number} cannot be opened; the chain is shown why"));
					course.void.insert(number, (secret, chunk.clone()));
					let dispute = Call::Dispute(id, number, secret, chunk);
					self.send(course, id, &dispute, turn).await?;
					return Ok(());
				}
				Some(Came::Missing(reason)) => self.say(course, id, "missing", &format!("lesson {number}: {reason}")),
				None => {}
			}
		}
		if !course.record.made.contains_key(&number) && late {
			let correct =
				course.record.made.values().find(|made| made.classifier == before).map_or(0, |made| made.correct);
			let note = "there was no time left for it".into();
			let made = Made { classifier: before, correct, float: None, kept: false, note };
			self.keep(course, session, number, made)?;
		}
		match course.record.made.get(&number) {
			Some(made) => {
				let claim = (made.correct > 0).then(|| Perbill::from_rational(made.correct, session.spec.scored()));
				let call = Call::CommitClassifier(id, made.classifier, claim);
				self.send(course, id, &call, turn).await?;
			}
			None if course.learning.is_none() => {
				let job = learn::Job {
					home: self.home.clone(),
					record: course.record.clone(),
					store: self.store.clone(),
					peers: self.peers.to_vec(),
					session: session.clone(),
					audit: teaching::audit(&self.link.node, id, turn.at).await?,
					lesson: number,
					before,
				};
				let (sender, receiver) = mpsc::channel();
				course.learning = Some((number, receiver));
				self.say(course, id, "learning", &format!("lesson {number} of {}", view::address(&lesson.teacher)));
				// Nobody may be there to hear it any more.
				thread::spawn(move || sender.send(learn::learn(&job)));
			}
			None => {}
		}
		Ok(())
	}

	fn keep(&self, course: &mut Course, session: &Session, lesson: u8, made: Made) -> Result<(), Failure> {
		let score = f64::from(made.correct) / f64::from(session.spec.scored().max(1));
		let word = if made.kept { "kept" } else { "not kept" };
		let text = format!("lesson {lesson}: score {score:.4}, {word}: {}", made.note);
		let fields = json!({ "lesson": lesson, "score": score, "kept": made.kept, "note": made.note });
		course.record.made.insert(lesson, made);
		self.home.save(&course.record)?;
		self.tell(course, session.session, "learnt", fields, &text);
		Ok(())
	}

	async fn reveal(&self, course: &mut Course, session: &Session, turn: &mut Turn<'_>) -> Result<(), End> {
		let id = session.session;
		let scoring = teaching::scoring(&self.link.node, id, turn.at).await?;
		let mut work = 0u64;
		for (index, (hash, revealed, _)) in (0u8..).zip(&scoring.candidates) {
			let policy: Policy = match self.home.classifier(&course.record.root, hash) {
				Ok(classifier) => classifier.policy,
				Err(failure) if session.spec.trainers.is_none() => return Err(failure.into()),
				// A trainer's: kept for the report, as the chain forgets it.
				Err(_) => {
					let shown = teaching::shown(&self.link.node, id, *hash, turn.at).await?;
					let policy =
						shown.ok_or_else(|| Failure::running("session", "a classifier is not on the chain"))?;
					let classifier = Classifier { weights: Vec::new(), policy };
					self.home.save_classifier(&course.record.root, &classifier)?;
					classifier.policy
				}
			};
			work = work.saturating_add(policy.work());
			if revealed.is_none() {
				let call = Call::RevealClassifier(id, index, policy.encode());
				self.follow(course, id, &call, turn).await?;
			}
		}
		if scoring.candidates.iter().any(|(_, revealed, _)| revealed.is_none()) {
			return Ok(());
		}
		let (items, scored) = (scoring.items, session.spec.scored());
		self.say(course, id, "revealing", &format!("{items} of {scored} items are counted"));
		let left = (0..session.spec.shape().chunks()).filter(|chunk| !scoring.is_counted(*chunk));
		for chunk in left.take(CHUNKS_A_BLOCK) {
			let (items, proof) = course.holdout(self.home)?.chunk(chunk);
			let call = Call::RevealHoldout(id, chunk, items, proof, work);
			if self.follow(course, id, &call, turn).await? != Sent::Pooled {
				break;
			}
		}
		if scoring.left == 0 {
			// The chain does it by itself where a block has room for it.
			self.send(course, id, &Call::Settle(id), turn).await?;
		}
		Ok(())
	}

	/// Sends a call of which the state does not tell whether it passes.
	async fn follow(&self, course: &mut Course, session: u32, call: &Call, turn: &mut Turn<'_>) -> Result<Sent, End> {
		let sent = turn.follow(call).await?;
		if let Sent::Refused(reason) = &sent {
			self.say(course, session, "refused", &format!("{}: {reason}", call.name()));
		}
		Ok(sent)
	}
}

/// The best classifier after a lesson, as the chain counted; the first of equals.
fn best(session: &Session) -> Option<H256> {
	let made = session.lessons.iter().filter_map(|one| Some((one.correct, Reverse(one.place?), one.classifier?)));
	made.max().map(|(_, _, classifier)| classifier)
}
