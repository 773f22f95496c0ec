//! What clients read: the runtime API `TaskMarketApi`.

use crate::*;
use alloc::vec::Vec;
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_market::{
	selection::choose, RankedApplicant, Standing, TaskId, TaskState, TaskView, WorkerRegistry,
};
use sp_runtime::traits::SaturatedConversion;

/// Most tasks of one answer.
pub(crate) const TASKS_PER_ANSWER: u32 = 64;

type ViewOf<T> = TaskView<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

impl<T: Config> Pallet<T> {
	/// A task; none when it was pruned.
	pub fn task(id: TaskId) -> Option<ViewOf<T>> {
		let task = Tasks::<T>::get(id)?;
		Some(TaskView {
			id,
			bond: Self::bond(&task, task.spec.price).unwrap_or_default(),
			applicants: Applications::<T>::decode_len(id).unwrap_or(0) as u32,
			assignments: Assignments::<T>::get(id).into_inner(),
			requester: task.requester,
			spec: task.spec,
			state: task.state,
			posted: task.posted,
			job: task.job,
			evaluation: task.evaluation,
			ledger: task.ledger,
		})
	}

	/// Tasks that are not finished, by number, from `from` upwards, at most `count` of them.
	pub fn open_tasks(from: TaskId, count: u32) -> Vec<ViewOf<T>> {
		let mut ids: Vec<TaskId> = TaskOfJob::<T>::iter_values().filter(|id| *id >= from).collect();
		ids.sort_unstable();
		ids.truncate(count.min(TASKS_PER_ANSWER) as usize);
		ids.into_iter().filter_map(Self::task).collect()
	}

	/// Tasks that this account posted, applied for or works at, as owner or operator; the newest first, at most 64.
	pub fn my_tasks(account: &T::AccountId) -> Vec<ViewOf<T>> {
		let owner = T::Workers::owner_of(account);
		let concerns = |id: &TaskId| {
			let is_one = |other: &T::AccountId| other == account || Some(other) == owner.as_ref();
			Tasks::<T>::get(id).is_some_and(|task| task.requester == *account)
				|| Applications::<T>::get(id).iter().any(|application| is_one(&application.owner))
		};
		let mut ids: Vec<TaskId> = Tasks::<T>::iter_keys().filter(concerns).collect();
		ids.sort_unstable_by(|one, other| other.cmp(one));
		ids.truncate(TASKS_PER_ANSWER as usize);
		ids.into_iter().filter_map(Self::task).collect()
	}

	/// A task's applicants, best first, those last who are not eligible. While workers may apply: what would be, if they
	/// stopped now.
	pub fn ranking(id: TaskId) -> Vec<RankedApplicant<T::AccountId, BalanceOf<T>>> {
		let Some(task) = Tasks::<T>::get(id) else { return Vec::new() };
		let open = matches!(task.state, TaskState::Open { .. });
		let mut applications = Applications::<T>::get(id).into_inner();
		if open {
			for application in applications.iter_mut() {
				application.quality = Self::quality(&application.owner, &task);
				if !Self::is_eligible(&application.owner, &application.quality, &task) {
					application.standing = Standing::Ineligible;
				}
			}
		}
		let (eligible, others): (Vec<_>, Vec<_>) =
			applications.into_iter().partition(|application| application.standing != Standing::Ineligible);
		let candidates: Vec<_> = eligible.iter().map(|application| Self::candidate(application, &task)).collect();
		let chosen = choose(&candidates, task.spec.workers, task.spec.budget.saturated_into(), |_| true);
		let ranked = chosen.into_iter().enumerate().filter_map(|(rank, (index, standing))| {
			let mut application = eligible.get(index)?.clone();
			if open {
				application.standing = standing;
			}
			Some((Some(rank as u32), application))
		});
		ranked
			.chain(others.into_iter().map(|application| (None, application)))
			.map(|(rank, application)| RankedApplicant {
				total: application.quality.total(&task.spec.terms),
				owner: application.owner,
				price: application.price,
				quality: application.quality,
				rank,
				standing: application.standing,
			})
			.collect()
	}
}
