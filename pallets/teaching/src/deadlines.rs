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
use praxis_primitives_teaching::{session::MAX_LESSONS, SessionId, SessionState};
use sp_runtime::traits::{One, Saturating};

impl<T: Config> Pallet<T> {
	/// See [`Pallet::poke`].
	pub(crate) fn do_poke(id: SessionId) -> DispatchResult {
		ensure!(Sessions::<T>::contains_key(id), Error::<T>::NotFound);
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
				log::warn!(target: LOG_TARGET, "session {id} has to wait for a block: {error:?}");
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

	/// Most weight of advancing a session once.
	pub fn advance_weight() -> Weight {
		T::WeightInfo::draw_audit()
			.max(T::WeightInfo::close_offers())
			.max(T::WeightInfo::draw_order().saturating_add(T::WeightInfo::draw_trainers(T::MaxTrainers::get())))
			.max(T::WeightInfo::close_handing())
			.max(T::WeightInfo::close_training())
			.max(T::WeightInfo::settle(MAX_LESSONS))
	}

	/// Does what a session waited for.
	fn advance(id: SessionId, now: BlockNumberFor<T>) -> DispatchResult {
		let Some(session) = Sessions::<T>::get(id) else {
			defensive!("a session that is due exists");
			Self::clear_due(id);
			return Ok(());
		};
		match session.state {
			SessionState::Drawing { after } => return Self::draw_audit(id, session, after, now),
			SessionState::Auditing { .. } => Self::fail(id, session, now, Failure::NoAudit),
			SessionState::Offering { round, .. } => return Self::close_offers(id, session, round, now),
			SessionState::Ordering { round, after } => return Self::draw_order(id, session, round, after, now),
			SessionState::Handing { round, .. } => Self::close_handing(id, session, round, now),
			SessionState::TrainingCommit { round, lesson, .. } => {
				Self::close_commitments(id, session, (round, lesson), now);
			}
			SessionState::TrainingReveal { round, lesson, .. } => {
				Self::close_showing(id, session, (round, lesson), now);
			}
			SessionState::Training { .. } => Self::forfeit(id, session, now, Forfeit::NotTrained),
			SessionState::Revealing { .. } => {
				if Scorings::<T>::get(id).left == 0 {
					Self::pay_everybody(id, session, now);
				} else {
					Self::forfeit(id, session, now, Forfeit::NotRevealed);
				}
			}
			_ => {
				defensive!("a session that is due waits for a height");
				Self::clear_due(id);
			}
		}
		Ok(())
	}

	/// The session is to be advanced at this height, and at none that was set before.
	pub(crate) fn set_due(id: SessionId, at: BlockNumberFor<T>) {
		Due::<T>::mutate(|due| {
			due.retain(|(_, other)| *other != id);
			let place = due.partition_point(|entry| *entry <= (at, id));
			if due.try_insert(place, (at, id)).is_err() {
				defensive!("there is a place for every open session");
			}
		});
	}

	/// The session waits for no height.
	pub(crate) fn clear_due(id: SessionId) {
		Due::<T>::mutate(|due| due.retain(|(_, other)| *other != id));
	}
}
