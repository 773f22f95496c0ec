//! A neutral trainer: makes of one lesson the best classifier that it can, from what is on the chain.
//!
//! It goes on from the classifier that is best so far, of those that everybody can read, and trains on the lesson and on the
//! lessons of this session that it had before and that helped. One example in ten lies apart. Two sets judge: what lies apart
//! of the lesson, which may be rubbish, and the audit's items, which are few but the student's own and public. A classifier
//! that does clearly worse on the audit's items is not taken, however well it does on the lesson. Where the best classifier has less
//! than half as many of the lesson right as of the audit, the lesson has other labels or is of something else: then the audit's
//! items alone judge.

use super::{
	data::Examples,
	dequantise::{hidden, sharpened, weights},
	network::Batch,
	score,
	student::{parted, Classifier, Look, Plan, Student},
};
use crate::commands::Failure;
use praxis_policy::Policy;
use std::time::Duration;

/// Examples by which the first network's sureness is chosen.
const SURENESS: usize = 2_000;

/// What a trainer has to do.
#[derive(Clone, Debug)]
pub struct Assignment {
	/// Classes of the session.
	pub classes: u8,
	/// Classifiers that are on the chain, the student's first one first. One at least.
	pub candidates: Vec<Policy>,
	/// The lesson.
	pub lesson: Examples,
	/// Lessons of this session that this trainer had before, and that helped.
	pub before: Vec<Examples>,
	/// The audit's items. None where they could not be had.
	pub audit: Option<Examples>,
	/// Seed of the order of examples.
	pub seed: u64,
	/// Time for training.
	pub time: Duration,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Trained {
	/// The classifier to commit to: the one that was begun with, where training made it worse.
	pub policy: Policy,
	/// The number of the candidate that was begun with.
	pub from: usize,
	/// Whether training helped.
	pub kept: bool,
	/// Right answers of the audit's items before and after, and how many items there are.
	pub audit: Option<(u32, u32, usize)>,
	/// Right answers of the examples apart before and after, and how many there are.
	pub apart: (u32, u32, usize),
	/// Images seen.
	pub images: u64,
}

/// Which items a classifier has right.
struct Judged {
	audit: Vec<bool>,
	apart: Vec<bool>,
}

impl Judged {
	/// Whether the lesson says what the audit says. Without items of the audit there is nothing to contradict it.
	fn agrees(&self) -> bool {
		2 * count(&self.apart) * self.audit.len() >= count(&self.audit) * self.apart.len()
	}

	/// Right answers that count.
	fn right(&self, agrees: bool) -> usize {
		count(&self.audit) + if agrees { count(&self.apart) } else { 0 }
	}
}

fn count(right: &[bool]) -> usize {
	right.iter().filter(|right| **right).count()
}

fn answers(policy: &Policy, examples: &Examples) -> Result<Vec<bool>, Failure> {
	let mut scratch = policy.scratch();
	let right = |(image, label): (&[u8], u8)| Ok(policy.act(&score::observe(image), &mut scratch)? == u32::from(label));
	let answers: Result<Vec<bool>, praxis_policy::PolicyError> = examples.iter().map(right).collect();
	answers.map_err(|error| Failure::input("policy", error))
}

/// Whether these answers are worse than the other ones on the same items by more than chance: where both were as good, the
/// difference of those on which they differ would pass twice its standard deviation in one of forty cases.
pub fn clearly_worse(answers: &[bool], others: &[bool]) -> bool {
	let pairs = || answers.iter().zip(others);
	let lost = pairs().filter(|(ours, theirs)| !**ours && **theirs).count();
	let won = pairs().filter(|(ours, theirs)| **ours && !**theirs).count();
	lost > won && (lost - won).pow(2) > 4 * (lost + won)
}

/// The number of the best, and whether the lesson agrees with the audit. It has the most right answers of all, among those
/// that are not clearly worse than the best one on the audit's items. Of equals the later one, which has seen more lessons.
fn best(judged: &[Judged]) -> (usize, bool) {
	let by_audit = judged.iter().max_by_key(|one| count(&one.audit));
	let agrees = by_audit.is_none_or(Judged::agrees);
	let sound = |one: &Judged| by_audit.is_none_or(|best| !clearly_worse(&one.audit, &best.audit));
	let sound = judged.iter().enumerate().filter(|(_, one)| sound(one));
	(sound.max_by_key(|(_, one)| one.right(agrees)).map_or(0, |(at, _)| at), agrees)
}

/// The number of the best candidate by the audit's items alone: what to commit to where there is no lesson to be had. The last one
/// where there are no items.
pub fn best_by_audit(candidates: &[Policy], audit: Option<&Examples>) -> Result<usize, Failure> {
	let judge = |policy: &Policy| {
		let audit = audit.map_or_else(|| Ok(Vec::new()), |audit| answers(policy, audit))?;
		Ok::<_, Failure>(Judged { audit, apart: Vec::new() })
	};
	Ok(best(&candidates.iter().map(judge).collect::<Result<Vec<_>, _>>()?).0)
}

/// Trains.
pub fn train(task: &Assignment, mut tell: impl FnMut(Look)) -> Result<Trained, Failure> {
	task.lesson.check_classes(task.classes)?;
	let (_, apart) = parted(&task.lesson);
	// A lesson too small to be parted is its own validation.
	let apart = apart.unwrap_or_else(|| task.lesson.clone());
	let judge = |policy: &Policy| {
		let audit = task.audit.as_ref().map_or_else(|| Ok(Vec::new()), |audit| answers(policy, audit))?;
		Ok::<_, Failure>(Judged { audit, apart: answers(policy, &apart)? })
	};
	let judged = task.candidates.iter().map(judge).collect::<Result<Vec<_>, _>>()?;
	let (from, agrees) = best(&judged);
	let (Some(policy), Some(before)) = (task.candidates.get(from), judged.get(from)) else {
		return Err(Failure::running("session", "it has no classifier to go on from"));
	};
	let features = task.lesson.features;
	let plan = Plan { features, classes: task.classes, hidden: hidden(policy), seed: task.seed, time: task.time };
	let few = task.lesson.range(0, task.lesson.len().min(SURENESS)).unwrap_or_else(|| task.lesson.clone());
	let torch = |error| Failure::running("libtorch", error);
	let few = Batch::new(features, &few.images, &few.labels).map_err(torch)?;
	let start = sharpened(&plan, &weights(&plan, policy)?, &few).map_err(torch)?;
	let mut student = Student::with(plan, Classifier { weights: start, policy: policy.clone() }, &apart)?;
	task.before.iter().for_each(|lesson| student.remember(lesson));
	student.remember(&task.lesson);
	let (trained, images) = student.train(&mut tell)?;
	let after = judge(&trained.policy)?;
	let better = match agrees {
		true => after.right(agrees) >= before.right(agrees),
		false => after.right(agrees) > before.right(agrees),
	};
	let kept = better && !clearly_worse(&after.audit, &before.audit);
	let of = |judged: &Judged| (count(&judged.audit) as u32, count(&judged.apart) as u32);
	let ((audit_before, apart_before), (audit_after, apart_after)) = (of(before), of(&after));
	Ok(Trained {
		policy: if kept { trained.policy } else { policy.clone() },
		from,
		kept,
		audit: task.audit.as_ref().map(|audit| (audit_before, audit_after, audit.len())),
		apart: (apart_before, apart_after, apart.len()),
		images,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use rand::{Rng, SeedableRng};
	use rand_chacha::ChaCha8Rng;

	/// Two classes of 6x6 images: a bright left half or a bright right one, with noise.
	fn halves(count: usize, seed: u64) -> Examples {
		let mut rng = ChaCha8Rng::seed_from_u64(seed);
		let (mut images, mut labels) = (Vec::new(), Vec::new());
		for _ in 0..count {
			let label = rng.gen_range(0..2u8);
			images.extend((0..36).map(|pixel| match (pixel % 6 < 3) == (label == 0) {
				true => rng.gen_range(60..255),
				false => rng.gen_range(0..200u8),
			}));
			labels.push(label);
		}
		Examples::new("test", 36, images, labels).expect("examples")
	}

	fn mislabelled(mut examples: Examples) -> Examples {
		examples.labels.iter_mut().for_each(|label| *label = 1 - *label);
		examples
	}

	/// A classifier that has learnt nothing.
	fn base() -> Policy {
		let plan = Plan { features: 36, classes: 2, hidden: vec![8], seed: 3, time: Duration::from_secs(20) };
		Student::new(plan, &halves(50, 9)).expect("a student").classifier().policy.clone()
	}

	fn task(candidates: Vec<Policy>, lesson: Examples) -> Assignment {
		let time = Duration::from_secs(20);
		Assignment { classes: 2, candidates, lesson, before: vec![], audit: Some(halves(200, 1)), seed: 5, time }
	}

	fn right(policy: &Policy) -> u32 {
		score::correct(policy, &halves(500, 8)).expect("answers")
	}

	#[test]
	fn trainer_should_give_a_better_classifier_when_the_lesson_is_good() {
		let trained = train(&task(vec![base()], halves(400, 2)), |_| {}).expect("it trains");
		assert!(trained.kept && trained.from == 0, "{trained:?}");
		assert!(right(&trained.policy) >= 470 && right(&trained.policy) > right(&base()), "{}", right(&trained.policy));
		let (before, after, items) = trained.audit.expect("it has the audit");
		assert!(after > before && items == 200);
	}

	#[test]
	fn trainer_should_keep_what_there_was_when_a_lesson_is_mislabelled() {
		let good = train(&task(vec![base()], halves(400, 2)), |_| {}).expect("it trains").policy;
		let rubbish = task(vec![base(), good.clone()], mislabelled(halves(2_000, 4)));
		let trained = train(&rubbish, |_| {}).expect("it trains");
		// By the lesson alone the first one would be the better one, and what rubbish makes of it better still.
		assert_eq!((trained.kept, trained.from, trained.policy.hash()), (false, 1, good.hash()), "{trained:?}");
		// Nor is a little of it.
		let trained = train(&Assignment { time: Duration::ZERO, ..rubbish }, |_| {}).expect("it trains");
		assert_eq!((trained.kept, trained.policy.hash()), (false, good.hash()), "{trained:?}");
	}

	#[test]
	fn trainer_should_go_on_from_the_best_classifier_whatever_its_place() {
		let good = train(&task(vec![base()], halves(400, 2)), |_| {}).expect("it trains").policy;
		for (candidates, best) in [(vec![base(), good.clone()], 1), (vec![good.clone(), base(), base()], 0)] {
			let trained = train(&task(candidates, halves(300, 6)), |_| {}).expect("it trains");
			assert_eq!(trained.from, best);
			assert!(right(&trained.policy) + 10 >= right(&good));
		}
		assert!(train(&task(vec![], halves(300, 6)), |_| {}).is_err());
		let candidates = [base(), good, base()];
		assert_eq!(best_by_audit(&candidates, Some(&halves(200, 1))).expect("answers"), 1);
		assert_eq!(best_by_audit(&candidates, None).expect("answers"), 2);
	}

	#[test]
	fn answers_should_be_clearly_worse_when_chance_does_not_explain_them() {
		let answers = |wrong: usize| (0..300).map(|at| at >= wrong).collect::<Vec<_>>();
		assert!(!clearly_worse(&answers(0), &answers(30)));
		assert!(!clearly_worse(&answers(6), &answers(6)) && !clearly_worse(&answers(9), &answers(6)));
		assert!(!clearly_worse(&answers(10), &answers(6)) && clearly_worse(&answers(11), &answers(6)));
		// Differences that go both ways explain each other.
		let mixed: Vec<bool> = (0..300).map(|at| !(at < 20 || (100..105).contains(&at))).collect();
		let other: Vec<bool> = (0..300).map(|at| !(200..216).contains(&at)).collect();
		assert!(!clearly_worse(&mixed, &other));
		assert!(!clearly_worse(&[], &[]));
	}
}
