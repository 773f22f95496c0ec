//! What takes long: fetching a lesson, opening it, training on it. On a thread of its own.

use crate::{
	chain::teaching::{Chunk, Lesson, Spec},
	commands::Failure,
	store::{client::Peer, Store},
	teaching::{
		data::Examples,
		delivery,
		envelope::{self, Opened},
		home::Home,
		lesson::Bounds,
		trainer::{best_by_audit, train, Assignment, Trained},
	},
};
use praxis_policy::Policy;
use praxis_primitives_teaching::session::SealedKey;
use std::{
	sync::Arc,
	time::{Duration, Instant},
};

/// What is to be done with a lesson.
pub struct Job {
	/// The trainer's folder.
	pub home: Arc<Home>,
	/// Where lessons are kept.
	pub store: Store,
	/// Who may serve the lesson.
	pub peers: Vec<Peer>,
	/// The session's number.
	pub session: u32,
	/// What the student asks for.
	pub spec: Spec,
	/// The lesson.
	pub lesson: Lesson,
	/// Its key, as it was handed.
	pub sealed_key: SealedKey,
	/// The secret of the key to which that was sealed.
	pub secret: [u8; 32],
	/// Classifiers on the chain, the base first.
	pub candidates: Vec<Policy>,
	/// The audit's items, if they could be had.
	pub audit: Option<Examples>,
	/// Time for training at most.
	pub time: Duration,
}

/// What came of a lesson.
#[derive(Debug)]
pub enum Came {
	/// A classifier; one that there was before where the lesson did not help.
	Made(Made),
	/// It can be shown that the lesson cannot be opened.
	Void([u8; 32], Option<Chunk>),
	/// Nobody gives it yet.
	Missing(String),
}

/// The classifier to commit to.
#[derive(Clone, Debug)]
pub struct Made {
	/// It.
	pub policy: Policy,
	/// Whether training helped.
	pub kept: bool,
	/// What happened, for people.
	pub note: String,
}

/// A classifier that there was before, the best by the audit: what is committed to where there is nothing better.
pub fn unchanged(candidates: &[Policy], audit: Option<&Examples>, note: String) -> Result<Made, Failure> {
	let best = candidates.get(best_by_audit(candidates, audit)?);
	let policy = best.ok_or_else(|| Failure::running("session", "it has no classifier that was shown"))?.clone();
	Ok(Made { policy, kept: false, note })
}

/// Fetches, opens and trains.
pub fn learn(job: &Job) -> Result<Came, Failure> {
	let (spec, offer) = (&job.spec, &job.lesson.offer);
	let bounds =
		Bounds { features: Some(spec.features.into()), classes: spec.classes.into(), bytes: spec.lesson_bytes.into() };
	let Some(key) = envelope::key(offer, &job.sealed_key, &job.secret) else { return Ok(Came::Void(job.secret, None)) };
	let ciphertext = match delivery::ciphertext(&job.store, &job.peers, offer, spec.lesson_bytes) {
		Ok(ciphertext) => ciphertext,
		Err(reason) => return Ok(Came::Missing(reason)),
	};
	let examples = match envelope::open(offer, &ciphertext, &key, &bounds) {
		Opened::Lesson(examples) => examples,
		Opened::Void(chunk) => return Ok(Came::Void(job.secret, chunk)),
		Opened::Useless(error) => {
			return unchanged(&job.candidates, job.audit.as_ref(), error.to_string()).map(Came::Made);
		}
	};
	let task = Assignment {
		classes: spec.classes,
		candidates: job.candidates.clone(),
		before: job.home.kept_lessons(job.session, &bounds)?,
		audit: job.audit.clone(),
		seed: rand::random(),
		time: job.time,
		lesson: examples,
	};
	let start = Instant::now();
	let trained = train(&task, |_| {})?;
	if trained.kept {
		job.home.keep_lesson(job.session, job.lesson.lesson, &task.lesson)?;
	}
	let note = note(&trained, task.lesson.len(), start.elapsed());
	Ok(Came::Made(Made { policy: trained.policy, kept: trained.kept, note }))
}

fn note(trained: &Trained, examples: usize, time: Duration) -> String {
	let (before, after, apart) = trained.apart;
	let audit = trained.audit.map_or_else(
		|| "the audit could not be had".into(),
		|(before, after, items)| format!("{before} to {after} of {items} of the audit right"),
	);
	let apart = format!("{before} to {after} of {apart} apart");
	format!("{examples} examples, {audit}, {apart}, {:.0} s", time.as_secs_f64())
}

#[cfg(test)]
#[path = "learn_tests.rs"]
mod tests;
