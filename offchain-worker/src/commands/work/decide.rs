//! What to do next about a task: a pure function of what the chain says, what the worker has on its disk and in its
//! memory, and the height. A worker that starts again knows the first two, so it goes on where it was.

use crate::chain::market::Task;
use praxis_primitives_market::{Settlement, TaskState};
use sp_core::{crypto::AccountId32, H256};

/// How far training is, in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Training {
	/// It was not begun.
	Idle,
	/// A thread trains.
	Running,
	/// There is a policy.
	Ready,
}

/// What the worker has of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
	/// Who is paid.
	pub owner: AccountId32,
	/// Whether the owner is among the applicants. It only counts until the workers are chosen.
	pub applied: bool,
	/// How far training is.
	pub training: Training,
	/// The commitment whose policy and salt are on the disk.
	pub sealed: Option<H256>,
	/// Whether it decided to commit nothing.
	pub abstains: bool,
}

/// When it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
	/// Height of the best block.
	pub height: u32,
	/// Whether also in the last final block nobody can commit any more.
	pub closed: bool,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
	/// The selection of workers.
	Selection,
	/// The beacon that draws lots for the applicants without quality.
	Lot,
	/// The own training.
	Training,
	/// The other workers' commits, or their deadline.
	Commits,
	/// The finality of the last commit: a policy that is shown earlier could be copied on another fork.
	Finality,
	/// The other workers' reveals, or their deadline.
	Reveals,
	/// The chain's judgement.
	Judgement,
	/// The settlement of a task for which nothing more can be done.
	Settlement,
	/// The settlement, as the chain holds a commitment whose policy is not in this state folder.
	LostPolicy,
}

/// How a task ended for this worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
	/// It could not apply in time.
	NotApplied,
	/// Others were chosen, or nobody.
	NotChosen,
	/// The requester took it back.
	Cancelled,
	/// The chain forgot it.
	Forgotten,
	/// The chain could not judge it; all bonds went back.
	Unjudged,
	/// Settled.
	Settled(Settlement<u128>),
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
	/// Apply.
	Apply,
	/// Begin to train, or go on from the checkpoint.
	Train,
	/// Tell the training to come to an end with the best that it has.
	Finish,
	/// Decide whether to commit the trained policy, and write it and a salt to the disk.
	Seal,
	/// Send the commit.
	Commit,
	/// Send the reveal.
	Reveal,
	/// Nothing.
	Wait(Waiting),
	/// The task is over for this worker.
	End(Ending),
}

/// Blocks before the deadline at which training ends: for quantising, for the self-check and for the commit to get into
/// a block. A fifth of the phase, at least 3 and at most 20.
pub fn reserve(train_blocks: u32) -> u32 {
	(train_blocks / 5).clamp(3, 20)
}

/// What to do about a task now.
pub fn next(task: Option<&Task>, own: &Own, moment: Moment) -> Action {
	let Some(task) = task else { return Action::End(Ending::Forgotten) };
	let ours = task.assignments.iter().find(|assignment| assignment.owner == own.owner);
	if let Some(settlement) = ours.and_then(|assignment| assignment.settlement) {
		return Action::End(Ending::Settled(settlement));
	}
	match (task.state, ours) {
		(TaskState::Open { .. }, _) if own.applied => Action::Wait(Waiting::Selection),
		(TaskState::Open { until }, _) if moment.height < until => Action::Apply,
		(TaskState::Drawing { .. }, _) if own.applied => Action::Wait(Waiting::Lot),
		(TaskState::Open { .. } | TaskState::Drawing { .. }, _) => Action::End(Ending::NotApplied),
		(TaskState::Cancelled { .. }, _) => Action::End(Ending::Cancelled),
		(_, None) => Action::End(Ending::NotChosen),
		(TaskState::Assigned { until }, Some(ours)) => match &ours.commit {
			Some(commit) if own.sealed == Some(commit.hash) => Action::Wait(Waiting::Commits),
			Some(_) => Action::Wait(Waiting::LostPolicy),
			// What is sent now is at the earliest in the next block.
			None if own.abstains || moment.height >= until => Action::Wait(Waiting::Settlement),
			None if own.sealed.is_some() => Action::Commit,
			None => match own.training {
				Training::Ready => Action::Seal,
				Training::Running if until - moment.height <= reserve(task.spec.train_blocks) => Action::Finish,
				Training::Running => Action::Wait(Waiting::Training),
				Training::Idle => Action::Train,
			},
		},
		(TaskState::Committed { until }, Some(ours)) => match (&ours.commit, &ours.reveal) {
			(None, _) => Action::Wait(Waiting::Settlement),
			(Some(_), Some(_)) => Action::Wait(Waiting::Reveals),
			(Some(commit), None) if own.sealed != Some(commit.hash) => Action::Wait(Waiting::LostPolicy),
			(Some(_), None) if moment.height >= until => Action::Wait(Waiting::Settlement),
			// The whole bond is at stake: past half of the window finality is waited for no longer.
			(Some(_), None) if moment.closed || until - moment.height <= task.spec.reveal_blocks / 2 => Action::Reveal,
			(Some(_), None) => Action::Wait(Waiting::Finality),
		},
		(TaskState::Evaluating { .. }, Some(_)) => Action::Wait(Waiting::Judgement),
		(TaskState::Settled { .. } | TaskState::Expired { .. }, Some(_)) => Action::End(Ending::Unjudged),
	}
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
