//! Progress: what is due is done, by the chain or by anybody.

use crate::*;
use frame_support::{
	defensive,
	dispatch::DispatchResult,
	ensure,
	storage::with_storage_layer,
	traits::Get,
	weights::{Weight, WeightMeter},
};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_market::{TaskId, TaskState};
use sp_runtime::traits::{One, Saturating};

impl<T: Config> Pallet<T> {
	/// See [`Pallet::poke`].
	pub(crate) fn do_poke(id: TaskId) -> DispatchResult {
		ensure!(Tasks::<T>::contains_key(id), Error::<T>::NotFound);
		let now = frame_system::Pallet::<T>::block_number();
		// Before the end of its last block a phase may not end: other calls of that block may come in time.
		let due = Due::<T>::get().iter().any(|(at, other)| *other == id && *at < now);
		ensure!(due, Error::<T>::NotDue);
		Self::advance(id, now)
	}

	/// Advances what is due and prunes what was kept long enough, as far as there is room. After the block's calls.
	pub(crate) fn work(now: BlockNumberFor<T>, remaining: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(remaining);
		if meter.try_consume(T::WeightInfo::on_idle()).is_err() {
			return meter.consumed();
		}
		for _ in 0..T::MaxAdvances::get() {
			let Some((_, id)) = Due::<T>::get().first().copied().filter(|(at, _)| *at <= now) else { break };
			if meter.try_consume(Self::advance_weight()).is_err() {
				break;
			}
			if let Err(error) = with_storage_layer(|| Self::advance(id, now)) {
				log::warn!(target: LOG_TARGET, "task {id} has to wait for a block: {error:?}");
				// Behind the others that are due, so that they do not wait for it.
				Self::set_due(id, now.saturating_add(One::one()));
			}
		}
		for _ in 0..T::MaxAdvances::get() {
			let places = FinishedPlaces::<T>::get();
			if places.first >= places.next || meter.try_consume(T::WeightInfo::prune()).is_err() {
				break;
			}
			match Finished::<T>::get(places.first) {
				Some(id) => {
					// They are in the order of their age.
					if Self::do_prune(id).is_err() {
						break;
					}
				}
				// It was pruned by a call.
				None => FinishedPlaces::<T>::put(Places { first: places.first.saturating_add(1), ..places }),
			}
		}
		meter.consumed()
	}

	/// Most weight of advancing a task once.
	pub fn advance_weight() -> Weight {
		T::WeightInfo::close_applications(T::MaxApplicants::get())
			.saturating_add(T::WeightInfo::select(T::MaxApplicants::get()))
			.max(T::WeightInfo::close_commits(T::MaxWorkers::get()))
			.max(T::WeightInfo::close_reveals(T::MaxWorkers::get()))
	}

	/// Ends the phase of a task.
	fn advance(id: TaskId, now: BlockNumberFor<T>) -> DispatchResult {
		let Some(task) = Tasks::<T>::get(id) else {
			defensive!("a task that is due exists");
			Self::clear_due(id);
			return Ok(());
		};
		match task.state {
			TaskState::Open { .. } => return Self::close_applications(id, task, now),
			TaskState::Drawing { after } => return Self::draw_lots(id, task, after, now),
			TaskState::Assigned { .. } => Self::close_commits(id, task, now),
			TaskState::Committed { .. } => return Self::close_reveals(id, task, now),
			_ => {
				defensive!("a task that is due waits for a height");
				Self::clear_due(id);
			}
		}
		Ok(())
	}

	/// The task is to be advanced at this height, and at none that was set before.
	pub(crate) fn set_due(id: TaskId, at: BlockNumberFor<T>) {
		Due::<T>::mutate(|due| {
			due.retain(|(_, other)| *other != id);
			let place = due.partition_point(|entry| *entry <= (at, id));
			if due.try_insert(place, (at, id)).is_err() {
				defensive!("there is a place for every open task");
			}
		});
	}

	/// The task waits for no height.
	pub(crate) fn clear_due(id: TaskId) {
		Due::<T>::mutate(|due| due.retain(|(_, other)| *other != id));
	}
}
