//! What a worker of the task market tells of itself. Times are Unix milliseconds, amounts decimal strings of the token's
//! smallest part.

use super::{status::Complaints, Status};
use serde::{Deserialize, Serialize};
use sp_core::H256;

/// When a phase of a task ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
	/// What has to be in the chain by then: `apply`, `commit` or `reveal`.
	#[serde(rename = "for")]
	pub purpose: String,
	/// Whether it is this worker that still has to do it.
	pub own: bool,
	/// Last height of the phase.
	pub height: u32,
	/// About when that is, from the pace of the last blocks.
	pub time: u64,
}

/// How far the training for a task is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
	/// Environment steps.
	pub steps: u64,
	/// Mean return of the last evaluation.
	#[serde(rename = "return")]
	pub last: Option<f64>,
	/// The best one.
	pub best: Option<f64>,
	/// The model that it began with, by the hash of its policy; nothing for a fresh network.
	pub parent: Option<H256>,
}

/// A task that the worker has a part in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Task {
	/// Its number.
	pub id: u32,
	/// Its environment.
	pub environment: String,
	/// Mean return that earns the whole price.
	pub target: f64,
	/// What the worker asks, if it knows.
	pub price: Option<String>,
	/// Its phase: `open`, `drawing`, `assigned`, `committed`, `evaluating`, `settled`, `expired` or `cancelled`.
	pub phase: String,
	/// What the worker does: `apply`, `train`, `finish`, `commit`, `reveal`, or what it waits for.
	pub activity: String,
	/// The same for people.
	pub message: String,
	/// Its next deadline, while it has one.
	pub deadline: Option<Deadline>,
	/// The training, while there is one.
	pub training: Option<Training>,
	/// What went wrong last, until it goes right.
	pub fault: Option<String>,
}

/// What came of the tasks, since the state folder was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
	/// Tasks that were settled with this worker assigned.
	pub done: u64,
	/// Of these, those that were paid in full.
	pub met: u64,
	/// Tasks that ended otherwise: not chosen, cancelled, not judged.
	pub other: u64,
	/// Paid to the owner.
	pub earned: String,
	/// Taken from its bonds.
	pub slashed: String,
}

/// The market's part of the state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Market {
	/// Who is paid, once that is known.
	pub owner: Option<String>,
	/// The token's symbol and decimals, once they are known.
	pub token: Option<(String, u32)>,
	/// Where models are served.
	pub gateway: Option<String>,
	/// Tasks under way, by number.
	pub tasks: Vec<Task>,
	/// Open tasks that are left to others.
	pub left: u64,
	/// What came of those that are over.
	pub totals: Totals,
	/// When the best block changed last.
	pub block: Option<u64>,
	/// Age of the best block, in seconds, after which it is unhealthy; 0: never.
	pub max_block_age: u64,
}

impl Market {
	/// The deadline that this worker has to meet next.
	pub fn next_deadline(&self) -> Option<(&Task, &Deadline)> {
		let own = |task: &'_ Task| task.deadline.as_ref().is_some_and(|deadline| deadline.own);
		let pending = self.tasks.iter().filter(|task| own(task));
		pending.filter_map(|task| Some((task, task.deadline.as_ref()?))).min_by_key(|(_, deadline)| deadline.height)
	}

	/// What is wrong, beside the connection.
	pub(super) fn complain(&self, status: &Status, complaints: &mut Complaints) {
		complaints.age("new best block", self.block, self.max_block_age, status.started);
		for task in &self.tasks {
			if let Some(fault) = &task.fault {
				complaints.add(format!("task {}: {fault}", task.id));
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::monitor::{NodeStatus, Reason, State};

	fn task(id: u32, height: u32, own: bool) -> Task {
		let deadline = Deadline { purpose: "commit".into(), own, height, time: 5 };
		Task { id, deadline: Some(deadline), ..Task::default() }
	}

	/// A worker with nothing to do, at second 10,000.
	fn status(market: Market) -> Status {
		let reason = Reason { code: "no-task".into(), message: "no task".into(), remedy: "wait".into() };
		let mut status = Status {
			state: State::Idle,
			reason: Some(reason),
			started: 1_000_000,
			node: NodeStatus { connected: true, ..NodeStatus::default() },
			market: Some(market),
			..Status::default()
		};
		status.complete(10_000_000);
		status
	}

	#[test]
	fn deadline_should_be_the_next_that_this_worker_has_to_meet() {
		let market =
			Market { tasks: vec![task(1, 90, true), task(2, 40, false), task(3, 60, true)], ..Market::default() };
		assert_eq!(market.next_deadline().map(|(task, deadline)| (task.id, deadline.height)), Some((3, 60)));
		assert_eq!(Market::default().next_deadline(), None);
	}

	#[test]
	fn worker_of_the_market_should_be_healthy_when_there_is_no_task_for_it() {
		let fine = Market { block: Some(9_990_000), max_block_age: 60, ..Market::default() };
		assert_eq!(status(fine.clone()).unhealthy, [""; 0]);
		let stalled = Market { block: Some(9_900_000), ..fine.clone() };
		assert_eq!(status(stalled).unhealthy, ["no new best block for 100 s (limit 60 s)"]);
		let lost = Task { fault: Some("the policy is lost".into()), ..task(7, 9, true) };
		assert_eq!(status(Market { tasks: vec![lost], ..fine }).unhealthy, ["task 7: the policy is lost"]);
	}
}
