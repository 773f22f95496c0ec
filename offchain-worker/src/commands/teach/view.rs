//! A session for people and for programs.

use crate::{
	chain::teaching::Session,
	commands::work::tell::Token,
	teaching::{home::StudentRecord, plot::Bar},
};
use praxis_primitives_teaching::{
	trainers::{LessonTrainerView, Void},
	SessionState,
};
use serde_json::{json, Value};
use sp_core::crypto::{AccountId32, Ss58Codec};

/// An account's address.
pub fn address(account: &AccountId32) -> String {
	account.to_ss58check()
}

/// The state in a word.
pub fn state(session: &Session) -> &'static str {
	match session.state {
		SessionState::Drawing { .. } => "drawing",
		SessionState::Auditing { .. } => "auditing",
		SessionState::Offering { .. } => "offering",
		SessionState::Ordering { .. } => "ordering",
		SessionState::Training { .. } => "training",
		SessionState::Handing { .. } => "handing",
		SessionState::TrainingCommit { .. } => "training",
		SessionState::TrainingReveal { .. } => "showing",
		SessionState::Revealing { .. } => "revealing",
		SessionState::Settled { .. } => "settled",
		SessionState::Failed { .. } => "failed",
		SessionState::Forfeited { .. } => "forfeited",
	}
}

/// A lesson in the order in which it was taken.
struct Taken {
	teacher: String,
	lesson: u8,
	score: Option<f64>,
	claim: Option<f64>,
	paid: u128,
	void: Option<Void>,
	trainers: Vec<LessonTrainerView<AccountId32, u128>>,
}

/// Why a lesson is void, for programs and for people.
pub fn cause(void: Void) -> &'static str {
	match void {
		Void::CannotBeOpened => "cannot be opened",
		Void::NotHanded => "its key was not handed",
		Void::NoTrainer => "there was no trainer",
		Void::NotTrained => "no trainer showed a classifier",
	}
}

fn share(part: u32, whole: u32) -> Option<f64> {
	(whole > 0).then(|| f64::from(part) / f64::from(whole))
}

fn taken(session: &Session) -> Vec<Taken> {
	let mut lessons: Vec<_> = session.lessons.iter().collect();
	lessons.sort_by_key(|one| (one.void.is_some(), one.place.is_none(), one.place, one.lesson));
	let taken = |one: &&praxis_primitives_teaching::session::LessonView<AccountId32, u128>| Taken {
		teacher: address(&one.teacher),
		lesson: one.lesson,
		score: one.classifier.and_then(|_| share(one.correct, session.counted)),
		claim: one.claim.map(|claim| f64::from(claim.deconstruct()) / 1e9),
		paid: one.paid,
		void: one.void,
		trainers: one.trainers.clone(),
	};
	lessons.iter().map(taken).collect()
}

/// All that is known of a session, for programs. Amounts are in the token's smallest part, as text.
pub fn report(session: &Session, record: Option<&StudentRecord>) -> Value {
	let taken = taken(session);
	let first = share(session.base_correct, session.counted);
	let best = taken.iter().filter_map(|one| one.score).chain(first).max_by(f64::total_cmp);
	let scored = session.spec.scored();
	let float = record.and_then(|record| {
		let places = session.lessons.iter().filter_map(|one| Some((one.place?, record.made.get(&one.lesson)?.float?)));
		places.max().and_then(|(_, float)| share(float, scored))
	});
	let lessons: Vec<Value> = taken
		.iter()
		.map(|one| {
			json!({
				"lesson": one.lesson,
				"teacher": one.teacher,
				"score": one.score,
				"claim": one.claim,
				"paid": one.paid.to_string(),
				"void": one.void.is_some(),
				"cause": one.void.map(cause),
				"trainers": one.trainers.iter().map(|trainer| of_trainer(session, one, trainer)).collect::<Vec<_>>(),
				"note": record.and_then(|record| record.made.get(&one.lesson)).map(|made| made.note.clone()),
			})
		})
		.collect();
	// Where the student did not see it through they returned to the teachers.
	let sold = match session.state {
		SessionState::Failed { .. } | SessionState::Forfeited { .. } => 0,
		_ => session.lessons.iter().filter(|one| one.void.is_none()).count(),
	};
	let fees = session.spec.fee.saturating_mul(sold as u128);
	json!({
		"session": session.session,
		"student": address(&session.student),
		"state": state(session),
		"until": until(session),
		"items": scored,
		"counted": session.counted,
		"initial_score": first,
		"final_score": best,
		"float_score": float,
		"lessons": lessons,
		"trainers": session.spec.trainers.map(|share| f64::from(share.deconstruct()) / 1e9),
		"paid_total": paid(session).to_string(),
		"paid_trainers": paid_trainers(session).to_string(),
		"budget": session.spec.reward.to_string(),
		"refunded": refunded(session).to_string(),
		"returned": session.returned.to_string(),
		"burnt": session.burnt.to_string(),
		"fee": session.spec.fee.to_string(),
		"fees": fees.to_string(),
		"stake": session.spec.stake.to_string(),
	})
}

/// A trainer of a lesson, for programs.
fn of_trainer(session: &Session, lesson: &Taken, trainer: &LessonTrainerView<AccountId32, u128>) -> Value {
	let is_over = session.state.finished().is_some() || matches!(session.state, SessionState::Revealing { .. });
	let excused = lesson.void.is_some_and(|void| void.costs_the_stake());
	json!({
		"account": address(&trainer.trainer),
		"handed": trainer.sealed_key.is_some(),
		"committed": trainer.commitment.is_some(),
		"classifier": trainer.classifier,
		// Whether it showed nothing, and was slashed for it.
		"missed": is_over && !excused && trainer.classifier.is_none(),
		"score": trainer.classifier.and_then(|_| share(trainer.correct, session.counted)),
		"paid": trainer.paid.to_string(),
	})
}

/// What of the reward teachers and trainers were paid. The ledger's `paid` has the fees of the lessons, too.
fn paid(session: &Session) -> u128 {
	session.lessons.iter().map(|one| one.paid).sum::<u128>() + paid_trainers(session)
}

fn paid_trainers(session: &Session) -> u128 {
	session.lessons.iter().flat_map(|one| &one.trainers).map(|trainer| trainer.paid).sum()
}

/// What of the reward went back to the student. The ledger's `returned` has the teachers' stakes and fees, too.
fn refunded(session: &Session) -> u128 {
	match session.state {
		SessionState::Settled { .. } => session.spec.reward.saturating_sub(paid(session)),
		SessionState::Failed { .. } => session.spec.reward.saturating_sub(session.burnt),
		_ => 0,
	}
}

/// The last height of the present phase.
fn until(session: &Session) -> Option<u32> {
	match session.state {
		SessionState::Auditing { until, .. }
		| SessionState::Offering { until, .. }
		| SessionState::Training { until, .. }
		| SessionState::Handing { until, .. }
		| SessionState::TrainingCommit { until, .. }
		| SessionState::TrainingReveal { until, .. }
		| SessionState::Revealing { until } => Some(until),
		_ => None,
	}
}

/// The same for people.
pub fn text(session: &Session, token: &Token) -> String {
	let mut lines = vec![format!("session {} of {}: {}", session.session, address(&session.student), state(session))];
	if let Some(until) = until(session) {
		lines.push(format!("  until block {until}"));
	}
	let number = |score: Option<f64>| score.map_or_else(|| "     -".into(), |score| format!("{score:.4}"));
	if session.counted > 0 {
		let first = number(share(session.base_correct, session.counted));
		lines.push(format!("  {first}  before, of {} items counted", session.counted));
	}
	for one in taken(session) {
		let score = match (one.void, one.score) {
			(Some(_), _) => "  void".into(),
			(None, Some(score)) => format!("{score:.4}"),
			(None, None) => format!("{} (claim)", number(one.claim)),
		};
		let reason = one.void.map(|void| format!(": {}", cause(void))).unwrap_or_default();
		lines.push(format!("  {score}  {}  paid {}{reason}", one.teacher, token.show(one.paid)));
		for trainer in &one.trainers {
			let score = number(trainer.classifier.and_then(|_| share(trainer.correct, session.counted)));
			let did = match (trainer.classifier, trainer.commitment) {
				(Some(_), _) => "showed its classifier",
				(None, Some(_)) => "has committed",
				(None, None) => "has not committed",
			};
			let (account, paid) = (address(&trainer.trainer), token.show(trainer.paid));
			lines.push(format!("    {score}  trainer {account} {did}, paid {paid}"));
		}
	}
	let spec = &session.spec;
	lines.push(format!(
		"  paid {} of {}, returned {}, burnt {}; fee {}, stake {}",
		token.show(paid(session)),
		token.show(spec.reward),
		token.show(session.returned),
		token.show(session.burnt),
		token.show(spec.fee),
		token.show(spec.stake)
	));
	lines.join("\n")
}

/// The lessons of the picture, with the score before them.
pub fn bars(session: &Session, token: &Token) -> (f64, Vec<Bar>) {
	let unit = 10f64.powi(i32::try_from(token.decimals).unwrap_or_default());
	let bar = |one: &Taken| {
		Some(Bar { teacher: one.teacher.chars().take(8).collect(), score: one.score?, paid: one.paid as f64 / unit })
	};
	let first = share(session.base_correct, session.counted).unwrap_or_default();
	(first, taken(session).iter().filter_map(bar).collect())
}
