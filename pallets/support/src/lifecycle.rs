//! What is open, what is due, and what is finished.

use codec::FullCodec;
use core::{fmt::Display, ops::Range};
use frame_support::{
	defensive,
	dispatch::DispatchResult,
	ensure,
	storage::{with_storage_layer, IterableStorageMap, StorageMap, StorageValue},
	traits::Get,
	weights::{Weight, WeightMeter},
	BoundedVec,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{One, Saturating},
	DispatchError,
};

type AccountOf<L> = <<L as Lifecycle>::Runtime as frame_system::Config>::AccountId;
type HeightOf<L> = BlockNumberFor<<L as Lifecycle>::Runtime>;
type DueOf<L> = BoundedVec<(HeightOf<L>, <L as Lifecycle>::Id), <L as Lifecycle>::MaxOpen>;

/// Most weights of what a block does by itself.
pub struct IdleWeights {
	/// What it always does.
	pub base: Weight,
	/// Advancing one.
	pub advance: Weight,
	/// Pruning one.
	pub prune: Weight,
}

/// Tasks, or sessions, from the first to the last block of each.
///
/// While one is **open** it counts, in all and for the account that began it. If it waits for a height it is **due** there:
/// it is advanced in that block, after its calls, or later if there is no room. A **finished** one has a place in a queue,
/// behind all that were finished before, and is pruned once it was kept long enough.
pub trait Lifecycle: Sized {
	/// Target of the log lines.
	const LOG_TARGET: &'static str;
	/// What one is, for the log.
	const KIND: &'static str;

	/// The runtime.
	type Runtime: frame_system::Config;
	/// Names one.
	type Id: FullCodec + Copy + Ord + Display;
	/// Most that are open.
	type MaxOpen: Get<u32>;
	/// Most of them by one account.
	type MaxOpenPerAccount: Get<u32>;
	/// Most that a block advances, and most that it prunes.
	type MaxAdvances: Get<u32>;
	/// How many are open.
	type Open: StorageValue<u32, Query = u32>;
	/// The same by account. None is 0.
	type OpenOf: IterableStorageMap<AccountOf<Self>, u32, Query = u32>;
	/// Height from which one is to be advanced, for each that waits for a height; sorted.
	type Due: StorageValue<DueOf<Self>, Query = DueOf<Self>>;
	/// Finished ones by place: the oldest has the lowest.
	type Finished: IterableStorageMap<u64, Self::Id, Query = Option<Self::Id>>;

	/// Which places of the finished ones may be taken; its end is the next one's.
	fn places() -> Range<u64>;

	/// Changes that.
	fn set_places(places: Range<u64>);

	/// Most weights.
	fn weights() -> IdleWeights;

	/// Does what one waited for. Where it fails it changes nothing, and is tried again with the next block.
	fn advance(id: Self::Id, now: HeightOf<Self>) -> DispatchResult;

	/// Forgets one if it was kept long enough.
	fn prune(id: Self::Id) -> DispatchResult;

	/// Counts another one of `who`, or gives the error that says of what there are too many.
	fn begin<E: Into<DispatchError>>(who: &AccountOf<Self>, all: E, of_account: E) -> DispatchResult {
		let (open, open_of) = (Self::Open::get(), Self::OpenOf::get(who));
		ensure!(open < Self::MaxOpen::get(), all);
		ensure!(open_of < Self::MaxOpenPerAccount::get(), of_account);
		Self::Open::put(open.saturating_add(1));
		Self::OpenOf::insert(who, open_of.saturating_add(1));
		Ok(())
	}

	/// One of `who` is finished: gives its place.
	fn finish(id: Self::Id, who: &AccountOf<Self>) -> u64 {
		Self::clear_due(id);
		Self::Open::mutate(|open| open.saturating_dec());
		Self::OpenOf::mutate_exists(who, |open| {
			*open = open.and_then(|open| open.checked_sub(1)).filter(|open| *open > 0);
		});
		let Range { start, end: place } = Self::places();
		Self::set_places(start..place.saturating_add(1));
		Self::Finished::insert(place, id);
		place
	}

	/// The finished one with this place is pruned.
	fn leave(place: u64) {
		Self::Finished::remove(place);
		let places = Self::places();
		if places.start == place {
			Self::set_places(place.saturating_add(1)..places.end);
		}
	}

	/// It is to be advanced at this height, and at none that was set before.
	fn set_due(id: Self::Id, at: HeightOf<Self>) {
		Self::Due::mutate(|due| {
			due.retain(|(_, other)| *other != id);
			let place = due.partition_point(|entry| *entry <= (at, id));
			if due.try_insert(place, (at, id)).is_err() {
				defensive!("there is a place for all that are open");
			}
		});
	}

	/// It waits for no height.
	fn clear_due(id: Self::Id) {
		Self::Due::mutate(|due| due.retain(|(_, other)| *other != id));
	}

	/// Advances one that is late, for anybody.
	fn poke(id: Self::Id, not_due: impl Into<DispatchError>) -> DispatchResult {
		let now = frame_system::Pallet::<Self::Runtime>::block_number();
		// Before the end of its last block a phase may not end: other calls of that block may come in time.
		ensure!(Self::Due::get().iter().any(|(at, other)| *other == id && *at < now), not_due);
		Self::advance(id, now)
	}

	/// Advances what is due and prunes what was kept long enough, as far as there is room. After the block's calls.
	fn work(now: HeightOf<Self>, remaining: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(remaining);
		let weights = Self::weights();
		if meter.try_consume(weights.base).is_err() {
			return meter.consumed();
		}
		for _ in 0..Self::MaxAdvances::get() {
			let Some((_, id)) = Self::Due::get().first().copied().filter(|(at, _)| *at <= now) else { break };
			if meter.try_consume(weights.advance).is_err() {
				break;
			}
			if let Err(error) = with_storage_layer(|| Self::advance(id, now)) {
				log::warn!(target: Self::LOG_TARGET, "{} {id} has to wait for a block: {error:?}", Self::KIND);
				// Behind the others that are due, so that they do not wait for it.
				Self::set_due(id, now.saturating_add(One::one()));
			}
		}
		for _ in 0..Self::MaxAdvances::get() {
			let places = Self::places();
			if places.is_empty() || meter.try_consume(weights.prune).is_err() {
				break;
			}
			match Self::Finished::get(places.start) {
				Some(id) => {
					// They are in the order of their age.
					if Self::prune(id).is_err() {
						break;
					}
				}
				// It was pruned by a call.
				None => Self::set_places(places.start.saturating_add(1)..places.end),
			}
		}
		meter.consumed()
	}
}
