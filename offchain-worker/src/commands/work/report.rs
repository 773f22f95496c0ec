//! The state of the market's worker, as it is served.

use super::{
	decide::{Action, Waiting},
	home::Record,
	trainer::Progress,
	warm::Start,
};
use crate::{
	chain::market::Task,
	monitor::market::{self, Deadline, Totals},
};
use praxis_primitives_market::TaskState;
use serde_json::Value;
use std::{collections::VecDeque, time::Duration};

/// Blocks over which the pace is taken.
const PACE_BLOCKS: usize = 20;

/// How fast blocks come.
#[derive(Clone, Debug)]
pub struct Pace {
	slot: Duration,
	/// Heights of best blocks and when they were seen, in Unix milliseconds; heights ascend.
	seen: VecDeque<(u32, u64)>,
}

impl Pace {
	/// Of a chain of which no block was seen yet.
	pub fn new(slot: Duration) -> Self {
		Self { slot, seen: VecDeque::with_capacity(PACE_BLOCKS + 1) }
	}

	/// Takes note of the best block.
	pub fn see(&mut self, height: u32, now: u64) {
		// A fork takes heights back.
		while self.seen.back().is_some_and(|(last, _)| *last > height) {
			self.seen.pop_back();
		}
		if self.seen.back().is_some_and(|(last, _)| *last == height) {
			return;
		}
		self.seen.push_back((height, now));
		if self.seen.len() > PACE_BLOCKS {
			self.seen.pop_front();
		}
	}

	/// About when a block of a height comes, in Unix milliseconds.
	pub fn at(&self, height: u32) -> Option<u64> {
		let ((first, began), (last, ended)) = (self.seen.front()?, self.seen.back()?);
		let blocks = u64::from(last - first);
		let slot = self.slot.as_millis() as u64;
		// Blocks that were fetched at once say nothing about the pace: there is at most one a slot.
		let each = ended.saturating_sub(*began).checked_div(blocks).unwrap_or(slot).max(slot);
		Some(ended.saturating_add(each * u64::from(height.saturating_sub(*last))))
	}
}

/// A stable word for what is done, and the same for people.
pub fn words(action: &Action) -> (&'static str, &'static str) {
	match action {
		Action::Apply => ("apply", "applies"),
		Action::Train => ("train", "begins to train"),
		Action::Finish => ("finish", "ends the training with the best it has"),
		Action::Seal => ("seal", "weighs its policy"),
		Action::Commit => ("commit", "commits"),
		Action::Reveal => ("reveal", "reveals"),
		Action::End(_) => ("finality", "it is over, once that is final"),
		Action::Wait(waiting) => match waiting {
			Waiting::Selection => ("selection", "applied; waiting for the selection"),
			Waiting::Lot => ("lot", "applied; a beacon draws lots for the applicants without quality"),
			Waiting::Training => ("training", "training"),
			Waiting::Commits => ("commits", "committed; others can still commit"),
			Waiting::Finality => ("finality", "waiting until the end of the commits is final"),
			Waiting::Reveals => ("reveals", "revealed; others can still reveal"),
			Waiting::Judgement => ("judgement", "the chain judges"),
			Waiting::Settlement => ("settlement", "nothing more can be done; waiting for the settlement"),
			Waiting::LostPolicy => {
				("lost-policy", "the chain holds a commitment whose policy is not in this state folder: see --state")
			}
		},
	}
}

/// The task's phase as a word, and until when it lasts.
fn phase(state: &TaskState<u32>) -> (&'static str, Option<(&'static str, u32)>) {
	match state {
		TaskState::Open { until } => ("open", Some(("apply", *until))),
		TaskState::Drawing { .. } => ("drawing", None),
		TaskState::Assigned { until } => ("assigned", Some(("commit", *until))),
		TaskState::Committed { until } => ("committed", Some(("reveal", *until))),
		TaskState::Evaluating { .. } => ("evaluating", None),
		TaskState::Settled { .. } => ("settled", None),
		TaskState::Expired { .. } => ("expired", None),
		TaskState::Cancelled { .. } => ("cancelled", None),
	}
}

/// How far training is, as it is served.
pub fn training(progress: &Progress) -> market::Training {
	market::Training {
		steps: progress.steps,
		last: progress.last,
		best: progress.best,
		parent: progress.start.as_ref().and_then(Start::parent).map(|parent| parent.policy),
	}
}

/// What is told of a task.
pub struct Told<'a> {
	pub record: &'a Record,
	pub task: &'a Task,
	pub action: &'a Action,
	pub progress: Option<Progress>,
	pub fault: Option<&'a String>,
}

impl Told<'_> {
	/// As it is served.
	pub fn describe(&self, pace: &Pace) -> market::Task {
		let (phase, deadline) = phase(&self.task.state);
		let (activity, message) = words(self.action);
		let done = matches!(
			self.action,
			Action::End(_)
				| Action::Wait(
					Waiting::Selection
						| Waiting::Lot | Waiting::Commits
						| Waiting::Reveals | Waiting::Judgement
						| Waiting::Settlement
						| Waiting::LostPolicy
				)
		);
		let deadline = deadline.map(|(purpose, height)| Deadline {
			purpose: purpose.into(),
			own: !done,
			height,
			time: pace.at(height).unwrap_or_default(),
		});
		let lost = matches!(self.action, Action::Wait(Waiting::LostPolicy)).then(|| message.to_string());
		market::Task {
			id: self.task.id,
			environment: self.task.spec.environment.to_string(),
			target: self.task.spec.target.to_f64(),
			price: self.record.price.clone(),
			phase: phase.into(),
			activity: activity.into(),
			message: message.into(),
			deadline,
			training: self.progress.as_ref().map(training),
			fault: lost.or_else(|| self.fault.cloned()),
		}
	}
}

/// Adds a task that is over, as its record tells.
pub fn count(totals: &mut Totals, ended: &Value) {
	if ended["outcome"] != "settled" {
		totals.other += 1;
		return;
	}
	let add = |sum: &mut String, field: &str| {
		let number = |text: &str| text.parse::<u128>().unwrap_or_default();
		let more = ended[field].as_str().map(number).unwrap_or_default();
		*sum = number(sum).saturating_add(more).to_string();
	};
	totals.done += 1;
	totals.met += u64::from(ended["share"] == 1_000_000_000);
	add(&mut totals.earned, "paid");
	add(&mut totals.slashed, "slashed");
}

#[cfg(test)]
mod tests {
	use super::{super::fixtures::task, *};
	use serde_json::json;

	#[test]
	fn time_of_a_block_should_follow_the_pace_of_the_last_ones() {
		let mut pace = Pace::new(Duration::from_secs(3));
		assert_eq!(pace.at(9), None);
		pace.see(10, 100_000);
		assert_eq!((pace.at(12), pace.at(4)), (Some(106_000), Some(100_000)));
		pace.see(11, 105_000);
		pace.see(12, 110_000);
		assert_eq!(pace.at(14), Some(120_000));
		// Another fork: block 12 again, later. Its first sight counts no more.
		pace.see(11, 112_000);
		pace.see(12, 113_000);
		assert_eq!(pace.at(12), Some(113_000));
		for block in 0..100 {
			pace.see(20 + block, 200_000 + u64::from(block));
		}
		assert_eq!(pace.seen.len(), PACE_BLOCKS);
		assert_eq!(pace.at(120), Some(203_099), "never faster than a block a slot");
	}

	fn describe(state: TaskState<u32>, action: &Action) -> market::Task {
		let mut pace = Pace::new(Duration::from_secs(3));
		pace.see(20, 1_000_000);
		let record = Record::new(7);
		let progress = Some(Progress { steps: 9, last: Some(1.0), best: Some(2.0), ..Progress::default() });
		let task = task(state);
		Told { record: &record, task: &task, action, progress, fault: None }.describe(&pace)
	}

	#[test]
	fn deadline_should_be_the_workers_own_until_it_has_met_it() {
		let training = describe(TaskState::Assigned { until: 30 }, &Action::Wait(Waiting::Training));
		let deadline = Deadline { purpose: "commit".into(), own: true, height: 30, time: 1_030_000 };
		assert_eq!((training.deadline, training.training.map(|training| training.steps)), (Some(deadline), Some(9)));
		let committed = describe(TaskState::Assigned { until: 30 }, &Action::Wait(Waiting::Commits));
		assert!(committed.deadline.is_some_and(|deadline| !deadline.own));
		assert_eq!(describe(TaskState::Evaluating { since: 9 }, &Action::Wait(Waiting::Judgement)).deadline, None);
		let lost = describe(TaskState::Committed { until: 30 }, &Action::Wait(Waiting::LostPolicy));
		assert!(lost.fault.is_some_and(|fault| fault.contains("--state")));
	}

	#[test]
	fn totals_should_add_up_what_the_records_say() {
		let mut totals = Totals::default();
		let full = json!({ "outcome": "settled", "share": 1_000_000_000, "paid": "7", "slashed": "0" });
		let part = json!({ "outcome": "settled", "share": 5, "paid": "1", "slashed": "340282366920938463463374607431768211455" });
		for ended in [full, part, json!({ "outcome": "not-chosen" })] {
			count(&mut totals, &ended);
		}
		assert_eq!((totals.done, totals.met, totals.other), (2, 1, 1));
		assert_eq!((totals.earned.as_str(), totals.slashed.len()), ("8", 39));
	}
}
