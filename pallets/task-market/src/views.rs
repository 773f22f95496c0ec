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
	/// stopped now. Where lots decide and are not drawn yet, those without quality wait, and have no rank.
	pub fn ranking(id: TaskId) -> Vec<RankedApplicant<T::AccountId, BalanceOf<T>>> {
		let Some(task) = Tasks::<T>::get(id) else { return Vec::new() };
		let applications = Applications::<T>::get(id).into_inner();
		let ranked = match task.state {
			TaskState::Open { .. } => {
				let now = |one: ApplicationOf<T>| Application { quality: Self::quality(&one.owner, &task), ..one };
				Self::outlook(id, &task, applications.into_iter().map(now).collect())
			}
			TaskState::Drawing { .. } => Self::outlook(id, &task, applications),
			_ => (0u32..)
				.zip(applications)
				.map(|(place, one)| ((one.standing != Standing::Ineligible).then_some(place), one))
				.collect(),
		};
		ranked
			.into_iter()
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

	/// What the selection would do now, as far as lots do not decide it.
	fn outlook(
		id: TaskId,
		task: &TaskOf<T>,
		applications: Vec<ApplicationOf<T>>,
	) -> Vec<(Option<u32>, ApplicationOf<T>)> {
		let (eligible, others): (Vec<_>, Vec<_>) =
			applications.into_iter().partition(|one| Self::is_eligible(&one.owner, &one.quality, task));
		let candidates = Self::candidates(&eligible, id, task, None);
		let drawn = Self::needs_lot(&candidates, task);
		let budget = task.spec.budget.saturated_into();
		let chosen = choose(&candidates, task.spec.workers, budget, T::Workers::is_available);
		let ranked = (0u32..).zip(chosen).filter_map(|(rank, (index, standing))| {
			let application = eligible.get(index)?.clone();
			let waits = drawn && candidates.get(index)?.total.is_zero();
			let standing = if waits { Standing::Waiting } else { standing };
			Some(((!waits).then_some(rank), Application { standing, ..application }))
		});
		let others = others.into_iter().map(|one| (None, Application { standing: Standing::Ineligible, ..one }));
		ranked.chain(others).collect()
	}
}
