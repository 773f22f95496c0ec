//! What a student sees of the training where neutral trainers do it.

use crate::{
	chain::teaching::Session,
	commands::Failure,
	teaching::{
		data::Examples,
		dequantise::{hidden, weights},
		network::{Batch, Network},
		score,
		student::Plan,
	},
};
use praxis_policy::Policy;
use praxis_primitives_teaching::SessionState;
use serde_json::{json, Value};
use std::time::Duration;

/// How far the trainers are: for programs, and for people.
pub fn progress(session: &Session) -> (Value, String) {
	match session.state {
		SessionState::Handing { round, until } => {
			let drawn = session.lessons.iter().filter(|one| one.round == round && one.void.is_none());
			let handed = drawn.clone().filter(|one| one.trainers.iter().all(|trainer| trainer.sealed_key.is_some()));
			let (handed, lessons) = (handed.count(), drawn.count());
			let text = format!(
				"trainers are drawn; the keys of {handed} of {lessons} lessons are handed, until block {until}"
			);
			(json!({ "handed": handed, "lessons": lessons, "until": until }), text)
		}
		SessionState::TrainingCommit { lesson, until, .. } | SessionState::TrainingReveal { lesson, until, .. } => {
			let trainers = session.lessons.iter().find(|one| one.lesson == lesson).map(|one| &one.trainers[..]);
			let trainers = trainers.unwrap_or_default();
			let committed = trainers.iter().filter(|trainer| trainer.commitment.is_some()).count();
			let shown = trainers.iter().filter(|trainer| trainer.classifier.is_some()).count();
			let of = trainers.len();
			let text = format!(
				"lesson {lesson}: {committed} of {of} trainers have committed, {shown} have shown, until block {until}"
			);
			(json!({ "lesson": lesson, "trainers": of, "committed": committed, "shown": shown, "until": until }), text)
		}
		_ => (json!({}), "waiting".into()),
	}
}

/// Score of a classifier as a float network, without the rounding between its layers.
pub fn float(policy: &Policy, own: &Examples) -> Result<f64, Failure> {
	let torch = |error| Failure::running("libtorch", error);
	let classes = u8::try_from(policy.outputs()).unwrap_or(u8::MAX);
	let time = Duration::ZERO;
	let plan = Plan { features: own.features, classes, hidden: hidden(policy), seed: 0, time };
	let network = Network::new(&plan.shape(), &weights(&plan, policy)?).map_err(torch)?;
	let batch = Batch::new(own.features, &own.images, &own.labels).map_err(torch)?;
	Ok(score::share(network.examine(&batch).map_err(torch)?.0, own.len()))
}
