//! Who gets what, and the end of a task.

use crate::*;
use frame_support::{defensive, dispatch::DispatchResult, ensure, traits::Get, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_environment::Real;
use praxis_primitives_market::{
	task::share, Expiry, JobId, Judgement, Mark, ModelRegistry, NewModel, OnEvaluated, Settlement, TaskId, TaskState,
	WorkerRegistry,
};
use sp_runtime::{
	traits::{Saturating, Zero},
	Perbill,
};

impl<T: Config> OnEvaluated for Pallet<T> {
	fn on_evaluated(job: JobId, results: &[Judgement]) {
		let Some(id) = TaskOfJob::<T>::get(job) else {
			defensive!("a job belongs to a task");
			return;
		};
		let Some(task) = Tasks::<T>::get(id).filter(|task| matches!(task.state, TaskState::Evaluating { .. })) else {
			defensive!("a judged task was being evaluated");
			return;
		};
		Self::settle(id, task, results);
	}

	fn weight(policies: u32) -> Weight {
		T::WeightInfo::settle(policies)
	}
}

impl<T: Config> Pallet<T> {
	/// Pays everybody who was judged.
	fn settle(id: TaskId, mut task: TaskOf<T>, results: &[Judgement]) {
		let mut assignments = Assignments::<T>::get(id);
		let worst = task.spec.environment.min_return();
		let mut best = worst;
		for assignment in assignments.iter_mut() {
			let Some(place) = assignment.reveal.as_ref().map(|reveal| reveal.place as usize) else { continue };
			let score = match results.get(place) {
				Some(judgement) => judgement.mean,
				None => {
					defensive!("every policy has a result");
					worst
				}
			};
			best = best.max(score);
			Self::settle_judged(id, &mut task, assignment, score);
		}
		Assignments::<T>::insert(id, assignments);
		let at = frame_system::Pallet::<T>::block_number();
		let ledger = Self::finish(id, task, TaskState::Settled { at });
		Self::deposit_event(Event::TaskSettled { task: id, score: best, ledger });
	}

	/// Pays a worker by its policy's score, publishes the policy and marks the worker.
	fn settle_judged(id: TaskId, task: &mut TaskOf<T>, assignment: &mut AssignmentOf<T>, score: Real) {
		let (Some(commit), Some(reveal)) = (assignment.commit.as_mut(), assignment.reveal) else {
			defensive!("who was judged committed and revealed");
			return;
		};
		if let Some(revealed) = Self::revealed_by(&task.spec.environment, commit.at) {
			commit.floor = commit.floor.max(revealed);
		}
		let commit = commit.clone();
		let (owner, requester) = (assignment.owner.clone(), task.requester.clone());
		let share = if reveal.known { Perbill::zero() } else { share(score, commit.floor, task.spec.target) };
		let payout = share.mul_floor(assignment.price).min(task.held);
		let burnt = T::BurnShare::get().mul_ceil(payout).min(payout);
		let paid = payout.saturating_sub(burnt);
		Holds::<T>::pay(&mut task.ledger, HoldReason::TaskBudget, &requester, &owner, paid);
		task.held.saturating_reduce(payout);
		let evaluation = task.evaluation.min(task.held);
		task.held.saturating_reduce(evaluation);
		Holds::<T>::burn(&mut task.ledger, HoldReason::TaskBudget, &requester, burnt.saturating_add(evaluation));

		let bond = core::mem::take(&mut assignment.bond);
		let slashed = if share.is_zero() { evaluation.min(bond) } else { Zero::zero() };
		Holds::<T>::repay(&mut task.ledger, HoldReason::WorkerBond, &owner, &requester, slashed);
		Holds::<T>::give_back(&mut task.ledger, HoldReason::WorkerBond, &owner, bond.saturating_sub(slashed));

		Self::note_revealed(&task.spec.environment, reveal.at, score);
		T::Models::publish(NewModel {
			owner: owner.clone(),
			task: id,
			policy: reveal.policy,
			size: reveal.size,
			cid: commit.cid.into_inner(),
			environment: task.spec.environment,
			score,
			parent: commit.parent,
		});
		let settlement = Settlement { score: Some(score), share, paid, burnt, slashed };
		Self::let_go(id, task, assignment, settlement, commit.at);
	}

	/// Burns a part of the bond of a worker that did not commit or reveal.
	pub(crate) fn fault(
		id: TaskId,
		task: &mut TaskOf<T>,
		assignment: &mut AssignmentOf<T>,
		part: Perbill,
		now: BlockNumberFor<T>,
	) {
		let bond = core::mem::take(&mut assignment.bond);
		let slashed = part.mul_ceil(bond).min(bond);
		Holds::<T>::burn(&mut task.ledger, HoldReason::WorkerBond, &assignment.owner, slashed);
		Holds::<T>::give_back(
			&mut task.ledger,
			HoldReason::WorkerBond,
			&assignment.owner,
			bond.saturating_sub(slashed),
		);
		let done = assignment.commit.as_ref().map_or(now, |commit| commit.at);
		let settlement =
			Settlement { score: None, share: Perbill::zero(), paid: Zero::zero(), burnt: Zero::zero(), slashed };
		Self::let_go(id, task, assignment, settlement, done);
	}

	/// Gives a worker that did all it had to its bond back, without a mark.
	pub(crate) fn excuse(id: TaskId, task: &mut TaskOf<T>, assignment: &mut AssignmentOf<T>) {
		if assignment.settlement.is_some() {
			return;
		}
		let bond = core::mem::take(&mut assignment.bond);
		Holds::<T>::give_back(&mut task.ledger, HoldReason::WorkerBond, &assignment.owner, bond);
		let zero = Zero::zero();
		let settlement = Settlement { score: None, share: Perbill::zero(), paid: zero, burnt: zero, slashed: zero };
		assignment.settlement = Some(settlement);
		T::Workers::release(&assignment.owner);
		Self::deposit_event(Event::WorkerSettled { task: id, owner: assignment.owner.clone(), settlement });
	}

	/// Marks a worker, which has nothing more to answer for in this task. `done` is the height of its commit, or of the
	/// end of the wait for it.
	fn let_go(
		id: TaskId,
		task: &TaskOf<T>,
		assignment: &mut AssignmentOf<T>,
		settlement: Settlement<BalanceOf<T>>,
		done: BlockNumberFor<T>,
	) {
		let mark = Mark {
			environment: task.spec.environment,
			score: settlement.score,
			share: settlement.share,
			burnt: settlement.burnt,
			blocks: done.saturating_sub(task.assigned.unwrap_or(done)),
		};
		T::Workers::record(&assignment.owner, &task.requester, mark);
		T::Workers::release(&assignment.owner);
		assignment.settlement = Some(settlement);
		Self::deposit_event(Event::WorkerSettled { task: id, owner: assignment.owner.clone(), settlement });
	}

	/// Ends a task that has nothing to judge.
	pub(crate) fn expire(id: TaskId, task: TaskOf<T>, at: BlockNumberFor<T>, cause: Expiry) {
		let ledger = Self::finish(id, task, TaskState::Expired { at, cause });
		Self::deposit_event(Event::TaskExpired { task: id, cause, ledger });
	}

	/// Gives what is left to the requester and keeps the task among the finished ones for a while. Gives where its money
	/// went.
	pub(crate) fn finish(
		id: TaskId,
		mut task: TaskOf<T>,
		state: TaskState<BlockNumberFor<T>>,
	) -> praxis_primitives_market::Ledger<BalanceOf<T>> {
		let rest = core::mem::take(&mut task.held);
		Holds::<T>::give_back(&mut task.ledger, HoldReason::TaskBudget, &task.requester, rest);
		TaskOfJob::<T>::remove(task.job);
		task.place = Some(Queue::<T>::finish(id, &task.requester));
		task.state = state;
		let ledger = task.ledger;
		Tasks::<T>::insert(id, task);
		ledger
	}

	/// See [`Pallet::prune`].
	pub(crate) fn do_prune(id: TaskId) -> DispatchResult {
		let task = Tasks::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let at = task.state.finished().ok_or(Error::<T>::NotFinished)?;
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(at.saturating_add(T::RetentionBlocks::get()) <= now, Error::<T>::StillRetained);
		let deposit = Holds::<T>::try_release(HoldReason::TaskDeposit, &task.requester, task.deposit)?;
		if let Some(place) = task.place {
			Queue::<T>::leave(place);
		}
		Tasks::<T>::remove(id);
		Applications::<T>::remove(id);
		Assignments::<T>::remove(id);
		Self::deposit_event(Event::TaskPruned { task: id, deposit });
		Ok(())
	}
}
