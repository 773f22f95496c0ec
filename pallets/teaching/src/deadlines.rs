//! Progress: what is due is done, by the chain or by anybody.

use crate::*;
use core::{marker::PhantomData, ops::Range};
use frame_support::{defensive, dispatch::DispatchResult, ensure, traits::Get, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_teaching::{session::MAX_LESSONS, SessionId, SessionState};
use praxis_support::IdleWeights;

impl<T: Config> Pallet<T> {
	/// See [`Pallet::poke`].
	pub(crate) fn do_poke(id: SessionId) -> DispatchResult {
		ensure!(Sessions::<T>::contains_key(id), Error::<T>::NotFound);
		Queue::<T>::poke(id, Error::<T>::NotDue)
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
}

/// The sessions, from the first to the last block of each.
pub(crate) struct Queue<T>(PhantomData<T>);

impl<T: Config> Lifecycle for Queue<T> {
	const LOG_TARGET: &'static str = LOG_TARGET;
	const KIND: &'static str = "session";
	type Runtime = T;
	type Id = SessionId;
	type MaxOpen = T::MaxOpenSessions;
	type MaxOpenPerAccount = T::MaxOpenSessionsPerAccount;
	type MaxAdvances = T::MaxAdvances;
	type Open = OpenSessions<T>;
	type OpenOf = OpenSessionsOf<T>;
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

	fn advance(id: SessionId, now: BlockNumberFor<T>) -> DispatchResult {
		let Some(session) = Sessions::<T>::get(id) else {
			defensive!("a session that is due exists");
			Self::clear_due(id);
			return Ok(());
		};
		match session.state {
			SessionState::Drawing { after } => return Pallet::<T>::draw_audit(id, session, after, now),
			SessionState::Auditing { .. } => Pallet::<T>::fail(id, session, now, Failure::NoAudit),
			SessionState::Offering { round, .. } => return Pallet::<T>::close_offers(id, session, round, now),
			SessionState::Ordering { round, after } => return Pallet::<T>::draw_order(id, session, round, after, now),
			SessionState::Handing { round, .. } => Pallet::<T>::close_handing(id, session, round, now),
			SessionState::TrainingCommit { round, lesson, .. } => {
				Pallet::<T>::close_commitments(id, session, (round, lesson), now);
			}
			SessionState::TrainingReveal { round, lesson, .. } => {
				Pallet::<T>::close_showing(id, session, (round, lesson), now);
			}
			SessionState::Training { .. } => Pallet::<T>::forfeit(id, session, now, Forfeit::NotTrained),
			SessionState::Revealing { .. } => {
				if Scorings::<T>::get(id).left == 0 {
					Pallet::<T>::pay_everybody(id, session, now);
				} else {
					Pallet::<T>::forfeit(id, session, now, Forfeit::NotRevealed);
				}
			}
			_ => {
				defensive!("a session that is due waits for a height");
				Self::clear_due(id);
			}
		}
		Ok(())
	}

	fn prune(id: SessionId) -> DispatchResult {
		Pallet::<T>::do_prune(id)
	}
}
