//! What takes long: fetching a lesson, opening it, learning from it. On a thread of its own.

use crate::{
	chain::teaching::{Chunk, Session},
	checkpoint::write_atomically,
	commands::Failure,
	store::{client::Peer, Store},
	teaching::{
		data::Examples,
		delivery,
		envelope::{self, Opened},
		home::{Home, Made, StudentRecord},
		lesson::{self, Bounds},
		student::{Plan, Student},
	},
};
use praxis_primitives_teaching::session::LessonView;
use sp_core::{crypto::AccountId32, H256};
use std::{sync::Arc, time::Duration};

/// What is to be done with a lesson.
pub struct Job {
	/// The student's folder.
	pub home: Arc<Home>,
	/// Its record.
	pub record: StudentRecord,
	/// Where models and lessons are kept.
	pub store: Store,
	/// Who may serve the lesson.
	pub peers: Vec<Peer>,
	/// The session.
	pub session: Session,
	/// Items of the audit, which do not count.
	pub audit: Vec<u32>,
	/// The lesson's number.
	pub lesson: u8,
	/// The classifier before.
	pub before: H256,
}

/// What came of a lesson.
#[derive(Debug)]
pub enum Came {
	/// A classifier, the same as before where the lesson did not help.
	Made(Made),
	/// It can be shown that the lesson cannot be opened.
	Void([u8; 32], Option<Chunk>),
	/// Nobody gives it yet.
	Missing(String),
}

/// Fetches, opens and learns.
pub fn learn(job: &Job) -> Result<Came, Failure> {
	let Some(view) = job.session.lessons.iter().find(|one| one.lesson == job.lesson) else {
		return Err(Failure::running("session", "there is no such lesson"));
	};
	let spec = &job.session.spec;
	let number = usize::from(view.seat) * usize::from(spec.rounds) + usize::from(view.round);
	let secret = job.record.secret(number).ok_or_else(|| Failure::input("state", "a one-time secret is missing"))?;
	let own = job.home.holdout(&job.record.root)?.scored(&job.audit)?;
	let plan = Plan {
		features: spec.features.into(),
		classes: spec.classes,
		hidden: job.record.hidden.clone(),
		seed: job.record.seed,
		time: Duration::from_secs(job.record.seconds),
	};
	let bounds =
		Bounds { features: Some(plan.features), classes: spec.classes.into(), bytes: spec.lesson_bytes.into() };
	let mut student = Student::with(plan, job.home.classifier(&job.record.root, &job.before)?, &own)?;
	let unchanged = |student: &Student, note: String| {
		Came::Made(Made { classifier: job.before, correct: student.correct(), float: None, kept: false, note })
	};
	let sealed_key = view.offer.sealed_key;
	let Some(key) = sealed_key.and_then(|sealed_key| envelope::key(&view.offer, &sealed_key, &secret)) else {
		return Ok(Came::Void(secret, None));
	};
	let ciphertext = match delivery::ciphertext(&job.store, &job.peers, &view.offer, spec.lesson_bytes) {
		Ok(ciphertext) => ciphertext,
		Err(reason) => return Ok(Came::Missing(reason)),
	};
	let examples = match envelope::open(&view.offer, &ciphertext, &key, &bounds) {
		Opened::Lesson(examples) => examples,
		Opened::Void(chunk) => return Ok(Came::Void(secret, chunk)),
		Opened::Useless(error) => return Ok(unchanged(&student, error.to_string())),
	};
	for (number, _) in job.record.made.iter().filter(|(_, made)| made.kept) {
		student.remember(&kept(job, *number, &bounds)?);
	}
	let learnt = student.learn(&examples, &own, |_| {})?;
	if !learnt.kept {
		let note = format!("it made the classifier worse: {} right, not {}", learnt.tried, learnt.correct);
		return Ok(unchanged(&student, note));
	}
	// Both before the record that names them.
	write_atomically(&job.home.lesson(&job.record.root, job.lesson), &lesson::pack(&examples)?)?;
	let classifier = job.home.save_classifier(&job.record.root, student.classifier())?;
	let note = format!("{} examples, {:.0} s", examples.len(), learnt.seconds);
	Ok(Came::Made(Made { classifier, correct: learnt.correct, float: Some(learnt.float), kept: true, note }))
}

fn kept(job: &Job, number: u8, bounds: &Bounds) -> Result<Examples, Failure> {
	let path = job.home.lesson(&job.record.root, number);
	let bytes =
		std::fs::read(&path).map_err(|error| Failure::running("state", format!("{}: {error}", path.display())))?;
	Ok(lesson::parse(&bytes, bounds)?)
}

/// The lesson for which the next classifier is.
pub fn next(session: &Session, round: u8) -> Option<&LessonView<AccountId32, u128>> {
	let open =
		|one: &&LessonView<AccountId32, u128>| one.round == round && one.void.is_none() && one.classifier.is_none();
	session.lessons.iter().filter(open).min_by_key(|one| one.place)
}

#[cfg(test)]
#[path = "learn_tests.rs"]
mod tests;
