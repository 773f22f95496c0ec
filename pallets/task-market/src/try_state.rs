//! What must hold after every block.

use crate::*;
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::ensure;
use praxis_primitives_consensus::{Beacon, BeaconError, BEACON_BLOCKS};
use praxis_primitives_market::{Evaluation, Standing, TaskId, TaskState};
use praxis_support::invariants;
use sp_runtime::{
	traits::{Saturating, Zero},
	TryRuntimeError,
};

/// By account: budgets, deposits and bonds.
type Obligations<T> = invariants::Obligations<Holds<T>, 3>;

impl<T: Config> Pallet<T> {
	/// Checks the invariants:
	///
	/// 1. What each account has on hold, for each reason, is what its tasks and bonds oblige it to, and no more.
	/// 2. Of every task: escrowed = paid + returned + burnt + what is on hold; nothing is on hold of a finished one.
	/// 3. The numbers of open tasks, in all and by requester, are right and within their bounds; no number is 0. Every
	///    task's number is below the next one's.
	/// 4. The tasks that wait for a height are due, once each, in order; no other is. None is due after its deadline,
	///    and none has been due for more than `MAX_LAG` blocks.
	/// 5. A worker applies once for a task. Until the workers are chosen its applicants wait, afterwards none does; a
	///    cancelled one has none.
	/// 6. The chosen applicants, and no others, are assigned, with their prices and bonds; at most as many as wanted, for
	///    at most the budget.
	/// 7. Who revealed has committed. Commits are numbered in their order, the judged policies by their places. Who is
	///    done has no bond, and after a phase everybody is done who missed it. Of a finished task all are done.
	/// 8. Each open task has a job of its own at the evaluation, with the revealed policies; it is sealed while the task
	///    is evaluated, and not before.
	/// 9. The finished tasks are in the queue, by their ages, and no others.
	/// 10. Heights and scores of what was revealed rise.
	/// 11. While lots are drawn, their beacon is kept.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut obligations = Obligations::<T>::new();
		let mut open: BTreeMap<T::AccountId, u32> = BTreeMap::new();
		let (mut waiting, mut finished) = (0, 0);
		for (id, task) in Tasks::<T>::iter() {
			ensure!(id < NextTask::<T>::get(), "3: a task's number is not given out");
			let bonds = Self::check_workers(id, &task, &mut obligations)?;
			let [budget, deposit, _] = obligations.entry(task.requester.clone()).or_default();
			budget.saturating_accrue(task.held);
			deposit.saturating_accrue(task.deposit);
			invariants::ledger(&task.ledger, task.held.saturating_add(bonds))?;
			if task.state.finished().is_some() {
				ensure!(task.held.is_zero() && bonds.is_zero(), "2: money of a finished task is on hold");
				finished += 1;
				continue;
			}
			open.entry(task.requester.clone()).or_default().saturating_inc();
			Self::check_job(id, &task)?;
			waiting += usize::from(Self::check_due(id, &task)?);
		}
		let reasons = [HoldReason::TaskBudget, HoldReason::TaskDeposit, HoldReason::WorkerBond];
		invariants::holds::<Holds<T>, 3>(reasons, &obligations)?;
		let count = invariants::open::<Queue<T>>(&open)?;
		invariants::due::<Queue<T>>(waiting)?;
		ensure!(TaskOfJob::<T>::iter().count() as u32 == count, "8: a job is without an open task");
		ensure!(
			Applications::<T>::iter_keys().chain(Assignments::<T>::iter_keys()).all(Tasks::<T>::contains_key),
			"5: an application or assignment is without a task"
		);
		for revealed in Revealed::<T>::iter_values() {
			let rise = |pair: &[(_, _)]| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1;
			ensure!(revealed.windows(2).all(rise), "10: heights or scores of what was revealed do not rise");
		}
		let place_of = |task: TaskOf<T>| (task.place, task.state.finished());
		invariants::finished::<Queue<T>>(finished, |id| Tasks::<T>::get(id).map(place_of))
	}

	/// Gives the bonds that are on hold.
	fn check_workers(
		id: TaskId,
		task: &TaskOf<T>,
		obligations: &mut Obligations<T>,
	) -> Result<BalanceOf<T>, TryRuntimeError> {
		let applications = Applications::<T>::get(id);
		let assignments = Assignments::<T>::get(id);
		let mut bonds = BalanceOf::<T>::zero();
		let mut owe = |who: &T::AccountId, bond: BalanceOf<T>| {
			bonds.saturating_accrue(bond);
			obligations.entry(who.clone()).or_default()[2].saturating_accrue(bond);
		};
		let is_waiting = matches!(task.state, TaskState::Open { .. } | TaskState::Drawing { .. });
		for (at, application) in applications.iter().enumerate() {
			let before = applications.iter().take(at);
			ensure!(before.clone().all(|other| other.owner != application.owner), "5: a worker applied twice");
			ensure!(is_waiting == (application.standing == Standing::Waiting), "5: an applicant's standing");
			if is_waiting {
				owe(&application.owner, application.bond);
			}
		}
		let is_cancelled = matches!(task.state, TaskState::Cancelled { .. });
		ensure!(!is_cancelled || applications.is_empty(), "5: a cancelled task has applicants");

		let chosen = applications.iter().filter(|application| application.standing == Standing::Chosen);
		ensure!(chosen.clone().count() == assignments.len(), "6: not the chosen ones are assigned");
		ensure!(assignments.len() as u32 <= task.spec.workers, "6: more are assigned than wanted");
		let (mut prices, mut orders, mut places) = (BalanceOf::<T>::zero(), Vec::new(), Vec::new());
		for assignment in &assignments {
			let mut same = chosen.clone().filter(|other| other.owner == assignment.owner);
			let application = same.next().ok_or("6: somebody is assigned who was not chosen")?;
			prices.saturating_accrue(assignment.price);
			let done = assignment.settlement.is_some();
			let bond = if done { Zero::zero() } else { application.bond };
			ensure!(assignment.price == application.price && assignment.bond == bond, "6: price or bond of a worker");
			owe(&assignment.owner, assignment.bond);
			ensure!(assignment.reveal.is_none() || assignment.commit.is_some(), "7: revealed without a commit");
			orders.extend(assignment.commit.as_ref().map(|commit| commit.order));
			places.extend(assignment.reveal.as_ref().map(|reveal| reveal.place));
			let expected = match task.state {
				TaskState::Open { .. } | TaskState::Drawing { .. } | TaskState::Assigned { .. } => false,
				TaskState::Committed { .. } => assignment.commit.is_none(),
				TaskState::Evaluating { .. } => assignment.reveal.is_none(),
				_ => true,
			};
			ensure!(done == expected, "7: a worker is done too early or too late");
		}
		ensure!(prices <= task.spec.budget, "6: workers cost more than the budget");
		for mut numbers in [orders, places] {
			numbers.sort_unstable();
			ensure!(numbers.iter().copied().eq(0..numbers.len() as u32), "7: commits or places are not numbered");
		}
		Ok(bonds)
	}

	/// Whether the task waits for a height.
	fn check_due(id: TaskId, task: &TaskOf<T>) -> Result<bool, TryRuntimeError> {
		let until = match task.state {
			TaskState::Open { until } | TaskState::Assigned { until } | TaskState::Committed { until } => until,
			TaskState::Drawing { after } => {
				ensure!(T::Beacon::get(after) != Err(BeaconError::Unknown), "11: the beacon of a lot is gone");
				after.saturating_add(BEACON_BLOCKS.into())
			}
			_ => return Ok(false),
		};
		let now = frame_system::Pallet::<T>::block_number();
		// One that has to wait for a beacon is due with the next block.
		let latest = until.max(now.saturating_add(1u32.into()));
		ensure!(invariants::due_at::<Queue<T>>(id)? <= latest, "4: a task is due after its deadline");
		Ok(true)
	}

	fn check_job(id: TaskId, task: &TaskOf<T>) -> Result<(), TryRuntimeError> {
		ensure!(TaskOfJob::<T>::get(task.job) == Some(id), "8: an open task's job is another's");
		let progress = T::Evaluation::progress(task.job).ok_or("8: an open task's job is gone")?;
		let is_evaluated = matches!(task.state, TaskState::Evaluating { .. });
		ensure!(progress.beacon.is_some() == is_evaluated, "8: a job is sealed too early or too late");
		let mut reveals: Vec<_> = Assignments::<T>::get(id).iter().filter_map(|assignment| assignment.reveal).collect();
		reveals.sort_by_key(|reveal| reveal.place);
		let policies = reveals.into_iter().map(|reveal| reveal.policy);
		ensure!(progress.policies.into_iter().eq(policies), "8: a job has not the revealed policies");
		Ok(())
	}
}
