//! Counting: every classifier classifies every item of the holdout, but those that were shown before.

use crate::*;
use alloc::{vec, vec::Vec};
use frame_support::{defensive, ensure, weights::Weight};
use praxis_policy::{Policy, Scratch};
use praxis_primitives_teaching::{holdout, Item, SessionId};
use sp_core::H256;
use sp_runtime::DispatchError;

/// Work of one unit of its benchmark.
const WORK: u64 = 1_000;

impl<T: Config> Pallet<T> {
	/// See [`Pallet::reveal_holdout`]. Gives the weight that it took.
	pub(crate) fn do_reveal_holdout(
		who: T::AccountId,
		id: SessionId,
		chunk: u32,
		items: &[Item],
		proof: &[H256],
		work: u64,
	) -> Result<Weight, DispatchError> {
		let session = Self::session_of_student(&who, id)?;
		Self::ensure_revealing(&session)?;
		let spec = &session.spec;
		let mut scoring = Scorings::<T>::get(id);
		let needed = scoring.work().ok_or(Error::<T>::ClassifiersMissing)?;
		ensure!(needed <= work, Error::<T>::TooLittleWork);
		let range = spec.shape().range(chunk);
		ensure!(!range.is_empty(), Error::<T>::NoChunk);
		ensure!(!scoring.is_counted(chunk), Error::<T>::AlreadyCounted);
		ensure!(items.len() == range.len(), Error::<T>::BadCount);
		for item in items {
			Self::ensure_fits(spec, item)?;
		}
		spec.shape().verify_chunk(&spec.root, chunk, items, proof).map_err(|_| Error::<T>::BadProof)?;

		let shown = AuditItems::<T>::get(id);
		let scored: Vec<(u8, Vec<i16>)> = range
			.zip(items)
			.filter(|(index, _)| shown.binary_search(index).is_err())
			.map(|(_, item)| {
				let mut observation = vec![0; item.features.len()];
				holdout::observe(&item.features, &mut observation);
				(item.label, observation)
			})
			.collect();
		let mut scratch = Scratch::new();
		for (place, candidate) in (0u8..).zip(scoring.candidates.iter_mut()) {
			let Some(Ok(policy)) = Classifiers::<T>::get(id, place).map(|bytes| Policy::decode(&bytes)) else {
				defensive!("a classifier that was checked cannot be read");
				continue;
			};
			let recognises = |(label, observation): &&(u8, Vec<i16>)| {
				policy.act(observation, &mut scratch).is_ok_and(|class| class == u32::from(*label))
			};
			let correct = scored.iter().filter(recognises).count() as u32;
			candidate.correct = candidate.correct.saturating_add(correct);
		}
		scoring.set_counted(chunk);
		scoring.items = scoring.items.saturating_add(scored.len() as u32);
		if scoring.left == 0 {
			// It need not wait for its deadline.
			Queue::<T>::set_due(id, frame_system::Pallet::<T>::block_number());
		}
		Self::deposit_event(Event::ChunkCounted { session: id, chunk, left: scoring.left });
		let classifiers = scoring.candidates.len() as u32;
		Scorings::<T>::insert(id, scoring);
		Ok(Self::chunk_weight(items, classifiers, needed))
	}

	/// Weight of counting these items with so many classifiers whose inferences take so much work together.
	pub(crate) fn chunk_weight(items: &[Item], classifiers: u32, work: u64) -> Weight {
		let bytes = items.iter().map(|item| item.features.len() as u32).fold(0, u32::saturating_add);
		Self::weight_of_chunk(items.len() as u32, bytes, classifiers, work)
	}

	/// The same for so many items with so many bytes of features.
	pub(crate) fn weight_of_chunk(items: u32, bytes: u32, classifiers: u32, work: u64) -> Weight {
		let units = |work: u64| u32::try_from(work.div_ceil(WORK)).unwrap_or(u32::MAX);
		T::WeightInfo::reveal_holdout(items, bytes)
			.saturating_add(T::WeightInfo::load(classifiers))
			// A classifier has hardly more bytes than its inference takes work: what it has more is part of `load`.
			.saturating_add(T::WeightInfo::decode(units(work)))
			.saturating_add(T::WeightInfo::inference(units(work.saturating_mul(items.into()))))
	}
}
