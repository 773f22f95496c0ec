//! Progress: what is due is done, by the chain or by anybody.

use crate::*;
use core::{marker::PhantomData, ops::Range};
use frame_support::{defensive, dispatch::DispatchResult, ensure, traits::Get, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_market::{TaskId, TaskState};
use praxis_support::IdleWeights;

impl<T: Config> Pallet<T> {
	/// See [`Pallet::poke`].
	pub(crate) fn do_poke(id: TaskId) -> DispatchResult {
		ensure!(Tasks::<T>::contains_key(id), Error::<T>::NotFound);
		Queue::<T>::poke(id, Error::<T>::NotDue)
	}

	/// Most weight of advancing a task once.
	pub fn advance_weight() -> Weight {
		T::WeightInfo::close_applications(T::MaxApplicants::get())
			.saturating_add(T::WeightInfo::select(T::MaxApplicants::get()))
			.max(T::WeightInfo::close_commits(T::MaxWorkers::get()))
			.max(T::WeightInfo::close_reveals(T::MaxWorkers::get()))
	}
}

/// The tasks, from the first to the last block of each.
pub(crate) struct Queue<T>(PhantomData<T>);

impl<T: Config> Lifecycle for Queue<T> {
	const LOG_TARGET: &'static str = LOG_TARGET;
	const KIND: &'static str = "task";
	type Runtime = T;
	type Id = TaskId;
	type MaxOpen = T::MaxOpenTasks;
	type MaxOpenPerAccount = T::MaxOpenTasksPerAccount;
	type MaxAdvances = T::MaxAdvances;
	type Open = OpenTasks<T>;
	type OpenOf = OpenTasksOf<T>;
	type Due = Due<T>;
	type Finished = Finished<T>;

	fn places() -> Range<u64> {
		let Places { first, next } = FinishedPlaces::<T>::get();
		first..next
	}

	fn set_places(places: Range<u64>) {
		FinishedPlaces::<T>::put(Places { first: places.start, next: places.end });
	}

	fn weights() -> IdleWeights {
		let advance = Pallet::<T>::advance_weight();
		IdleWeights { base: T::WeightInfo::on_idle(), advance, prune: T::WeightInfo::prune() }
	}

	fn advance(id: TaskId, now: BlockNumberFor<T>) -> DispatchResult {
		let Some(task) = Tasks::<T>::get(id) else {
			defensive!("a task that is due exists");
			Self::clear_due(id);
			return Ok(());
		};
		match task.state {
			TaskState::Open { .. } => return Pallet::<T>::close_applications(id, task, now),
			TaskState::Drawing { after } => return Pallet::<T>::draw_lots(id, task, after, now),
			TaskState::Assigned { .. } => Pallet::<T>::close_commits(id, task, now),
			TaskState::Committed { .. } => return Pallet::<T>::close_reveals(id, task, now),
			_ => {
				defensive!("a task that is due waits for a height");
				Self::clear_due(id);
			}
		}
		Ok(())
	}

	fn prune(id: TaskId) -> DispatchResult {
		Pallet::<T>::do_prune(id)
	}
}
