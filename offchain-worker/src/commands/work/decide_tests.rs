//! Every phase of a task, with what a worker has that worked all along and one that starts again.

use super::{
	super::fixtures::{account, assignment, reveal, task},
	*,
};
use praxis_primitives_market::{Expiry, Settlement};

const HASH: H256 = H256([5; 32]);

/// A worker that has just started: it has nothing in its memory, and on its disk what `sealed` says.
fn started(sealed: Option<H256>) -> Own {
	Own { owner: account(2), applied: false, training: Training::Idle, sealed, abstains: false }
}

fn trained(training: Training) -> Own {
	Own { training, ..started(None) }
}

fn at(height: u32) -> Moment {
	Moment { height, closed: false }
}

fn ours(state: TaskState<u32>, commit: Option<H256>) -> Task {
	let mut task = task(state);
	task.assignments = vec![assignment(account(3), None), assignment(account(2), commit)];
	task
}

fn settlement() -> Settlement<u128> {
	Settlement { score: None, share: Default::default(), paid: 7, burnt: 1, slashed: 0 }
}

#[test]
fn worker_should_apply_once_and_only_in_time_when_a_task_is_open() {
	let open = task(TaskState::Open { until: 10 });
	assert_eq!(next(Some(&open), &started(None), at(9)), Action::Apply);
	assert_eq!(next(Some(&open), &started(None), at(10)), Action::End(Ending::NotApplied));
	let applied = Own { applied: true, ..started(None) };
	for height in [5, 10, 11] {
		assert_eq!(next(Some(&open), &applied, at(height)), Action::Wait(Waiting::Selection));
	}
	let drawing = task(TaskState::Drawing { after: 10 });
	assert_eq!(next(Some(&drawing), &applied, at(11)), Action::Wait(Waiting::Lot));
	assert_eq!(next(Some(&drawing), &started(None), at(11)), Action::End(Ending::NotApplied));
}

#[test]
fn task_should_be_over_when_others_were_chosen() {
	let mut taken = task(TaskState::Assigned { until: 30 });
	taken.assignments = vec![assignment(account(3), None)];
	assert_eq!(next(Some(&taken), &started(None), at(12)), Action::End(Ending::NotChosen));
	let nobody = task(TaskState::Expired { at: 11, cause: Expiry::NoWorker });
	assert_eq!(next(Some(&nobody), &started(None), at(12)), Action::End(Ending::NotChosen));
	let cancelled = task(TaskState::Cancelled { at: 5 });
	assert_eq!(next(Some(&cancelled), &started(None), at(12)), Action::End(Ending::Cancelled));
	assert_eq!(next(None, &started(None), at(12)), Action::End(Ending::Forgotten));
}

#[test]
fn worker_should_train_until_the_reserve_and_then_seal_when_it_is_chosen() {
	let assigned = ours(TaskState::Assigned { until: 30 }, None);
	assert_eq!(next(Some(&assigned), &started(None), at(12)), Action::Train);
	let running = trained(Training::Running);
	assert_eq!(next(Some(&assigned), &running, at(25)), Action::Wait(Waiting::Training));
	assert_eq!(next(Some(&assigned), &running, at(26)), Action::Finish);
	assert_eq!(next(Some(&assigned), &trained(Training::Ready), at(15)), Action::Seal);
}

#[test]
fn reserve_should_be_a_fifth_within_its_bounds() {
	assert_eq!([1, 20, 50, 1_000].map(reserve), [3, 4, 10, 20]);
}

#[test]
fn worker_should_commit_what_is_on_its_disk_when_the_chain_holds_no_commit() {
	let assigned = ours(TaskState::Assigned { until: 30 }, None);
	// It crashed between writing and sending, or its commit was lost with a fork: the same again, without training.
	assert_eq!(next(Some(&assigned), &started(Some(HASH)), at(29)), Action::Commit);
	assert_eq!(next(Some(&assigned), &started(Some(HASH)), at(30)), Action::Wait(Waiting::Settlement));
}

#[test]
fn worker_should_do_nothing_more_when_it_abstains_or_is_too_late() {
	let assigned = ours(TaskState::Assigned { until: 30 }, None);
	let abstaining = Own { abstains: true, ..started(None) };
	assert_eq!(next(Some(&assigned), &abstaining, at(12)), Action::Wait(Waiting::Settlement));
	assert_eq!(next(Some(&assigned), &started(None), at(30)), Action::Wait(Waiting::Settlement));
	let closed = ours(TaskState::Committed { until: 40 }, None);
	assert_eq!(next(Some(&closed), &started(None), at(32)), Action::Wait(Waiting::Settlement));
}

#[test]
fn worker_should_not_show_its_policy_when_others_can_still_commit() {
	let committed = ours(TaskState::Assigned { until: 30 }, Some(HASH));
	let moment = Moment { height: 15, closed: true };
	assert_eq!(next(Some(&committed), &started(Some(HASH)), moment), Action::Wait(Waiting::Commits));
}

#[test]
fn worker_should_reveal_when_the_end_of_the_commits_is_final_or_half_of_the_window_is_over() {
	let closed = ours(TaskState::Committed { until: 40 }, Some(HASH));
	let own = started(Some(HASH));
	assert_eq!(next(Some(&closed), &own, at(31)), Action::Wait(Waiting::Finality));
	assert_eq!(next(Some(&closed), &own, Moment { height: 31, closed: true }), Action::Reveal);
	assert_eq!(next(Some(&closed), &own, at(35)), Action::Reveal);
	assert_eq!(next(Some(&closed), &own, at(40)), Action::Wait(Waiting::Settlement));
}

#[test]
fn worker_should_not_reveal_again_when_the_chain_has_its_reveal() {
	let mut revealed = ours(TaskState::Committed { until: 40 }, Some(HASH));
	revealed.assignments[1].reveal = Some(reveal());
	assert_eq!(next(Some(&revealed), &started(Some(HASH)), at(36)), Action::Wait(Waiting::Reveals));
	// It was displaced, or lost with a fork.
	revealed.assignments[1].reveal = None;
	assert_eq!(next(Some(&revealed), &started(Some(HASH)), at(36)), Action::Reveal);
}

#[test]
fn worker_should_say_that_its_policy_is_lost_when_the_commitment_is_not_on_its_disk() {
	for state in [TaskState::Assigned { until: 30 }, TaskState::Committed { until: 40 }] {
		let committed = ours(state, Some(HASH));
		for own in [started(None), started(Some(H256([6; 32])))] {
			assert_eq!(next(Some(&committed), &own, at(12)), Action::Wait(Waiting::LostPolicy));
		}
	}
}

#[test]
fn worker_should_end_with_its_own_settlement_when_it_has_one() {
	let judging = ours(TaskState::Evaluating { since: 33 }, Some(HASH));
	assert_eq!(next(Some(&judging), &started(Some(HASH)), at(34)), Action::Wait(Waiting::Judgement));
	// A worker that did not commit is settled while the others go on.
	for state in [TaskState::Settled { at: 50 }, TaskState::Committed { until: 40 }] {
		let mut settled = ours(state, None);
		settled.assignments[1].settlement = Some(settlement());
		assert_eq!(next(Some(&settled), &started(None), at(36)), Action::End(Ending::Settled(settlement())));
	}
	let unjudged = ours(TaskState::Expired { at: 60, cause: Expiry::NoJudgement }, Some(HASH));
	assert_eq!(next(Some(&unjudged), &started(Some(HASH)), at(61)), Action::End(Ending::Unjudged));
}
