//! The audit: drawn items of the holdout, for teachers to read before they stake.

use crate::*;
use frame_support::{dispatch::DispatchResult, ensure, traits::Get, weights::Weight, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_consensus::Beacon;
use praxis_primitives_teaching::{draw, Item, SessionId, SessionState};
use sp_core::H256;
use sp_runtime::traits::Saturating;

impl<T: Config> Pallet<T> {
	/// See [`Pallet::reveal_audit`].
	pub(crate) fn do_reveal_audit(
		who: T::AccountId,
		id: SessionId,
		items: &[(Item, alloc::vec::Vec<H256>)],
	) -> DispatchResult {
		let mut session = Self::session_of_student(&who, id)?;
		let SessionState::Auditing { until, shown } = session.state else { return Err(Error::<T>::WrongState.into()) };
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(now <= until, Error::<T>::TooLate);
		let drawn = AuditItems::<T>::get(id);
		ensure!((1..=AUDIT_ITEMS_A_CALL as usize).contains(&items.len()), Error::<T>::BadCount);
		let next = drawn.get(shown as usize..).unwrap_or_default();
		ensure!(items.len() <= next.len(), Error::<T>::BadCount);
		for (index, (item, proof)) in next.iter().zip(items) {
			Self::ensure_fits(&session.spec, item)?;
			session
				.spec
				.shape()
				.verify_item(&session.spec.root, *index, item, proof)
				.map_err(|_| Error::<T>::BadProof)?;
		}
		let shown = shown.saturating_add(items.len() as u32);
		session.state = SessionState::Auditing { until, shown };
		Self::deposit_event(Event::AuditRevealed { session: id, items: shown });
		if shown as usize == drawn.len() {
			Self::begin_round(id, &mut session, 0, now);
		}
		Sessions::<T>::insert(id, session);
		Ok(())
	}

	/// Weight of showing these items.
	pub(crate) fn audit_weight(items: &[(Item, alloc::vec::Vec<H256>)]) -> Weight {
		let bytes = items
			.iter()
			.map(|(item, proof)| item.features.len().saturating_add(proof.len().saturating_mul(32)) as u32)
			.fold(0, u32::saturating_add);
		T::WeightInfo::reveal_audit(items.len() as u32, bytes)
	}

	/// Draws what is to be shown.
	pub(crate) fn draw_audit(
		id: SessionId,
		mut session: SessionOf<T>,
		after: BlockNumberFor<T>,
		now: BlockNumberFor<T>,
	) -> DispatchResult {
		let beacon = T::Beacon::get(after).map_err(|_| Error::<T>::NoBeacon)?;
		T::Beacon::release(after).map_err(|_| Error::<T>::NoBeacon)?;
		let drawn = draw::audit(&beacon, session.spec.items, session.spec.audited());
		// From now on, not from when the beacon was there: the window is whole, however late this comes.
		let until = now.saturating_add(session.spec.audit_blocks);
		session.state = SessionState::Auditing { until, shown: 0 };
		Queue::<T>::set_due(id, until);
		Self::deposit_event(Event::AuditDrawn { session: id, items: drawn.len() as u32, until });
		AuditItems::<T>::insert(id, BoundedVec::truncate_from(drawn));
		Sessions::<T>::insert(id, session);
		Ok(())
	}

	/// What is to be shown before lessons are taken was not: a part of the reward is burnt, fees return.
	pub(crate) fn fail(id: SessionId, mut session: SessionOf<T>, at: BlockNumberFor<T>, cause: Failure) {
		Self::return_fees(id, &mut session);
		let burnt = T::NoAuditBurn::get().mul_ceil(session.held).min(session.held);
		session.held.saturating_reduce(burnt);
		Holds::<T>::burn(&mut session.ledger, HoldReason::SessionReward, &session.student, burnt);
		let ledger = Self::finish(id, session, SessionState::Failed { at });
		Self::deposit_event(Event::SessionFailed { session: id, cause, ledger });
	}

	/// Whether an item has the session's features and one of its labels.
	pub(crate) fn ensure_fits(spec: &SpecOf<T>, item: &Item) -> DispatchResult {
		ensure!(item.features.len() == usize::from(spec.features) && item.label < spec.classes, Error::<T>::BadItem);
		Ok(())
	}

	/// A session, if it is this student's.
	pub(crate) fn session_of_student(who: &T::AccountId, id: SessionId) -> Result<SessionOf<T>, Error<T>> {
		let session = Sessions::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(session.student == *who, Error::<T>::NotStudent);
		Ok(session)
	}
}
