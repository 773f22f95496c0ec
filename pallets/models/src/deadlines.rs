//! Sales whose deadline passed, ended by the chain itself.

use crate::*;
use frame_support::{
	defensive,
	storage::with_storage_layer,
	weights::{Weight, WeightMeter},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{One, Saturating};

/// Most looks of `on_idle` in a block: each ends a sale, or finds that no sale has its deadline at a height. More than one,
/// so that it catches up after blocks without room.
pub const MAX_LOOKS: u32 = 16;

impl<T: Config> Pallet<T> {
	/// Ends sales whose deadline is this height or an earlier one, as far as there is room. After the block's calls.
	pub(crate) fn finish_due(now: BlockNumberFor<T>, remaining: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(remaining);
		if meter.try_consume(T::WeightInfo::on_idle()).is_err() {
			return meter.consumed();
		}
		let begun = NextDeadline::<T>::get();
		let mut at = begun;
		for _ in 0..MAX_LOOKS {
			if at > now || meter.try_consume(T::WeightInfo::look()).is_err() {
				break;
			}
			let Some(id) = Deadlines::<T>::iter_key_prefix(at).next() else {
				at = at.saturating_add(One::one());
				continue;
			};
			if meter.try_consume(T::WeightInfo::finish_sale()).is_err() {
				break;
			}
			let Some(sale) = Sales::<T>::get(id) else {
				defensive!("a sale with a deadline is not over");
				Deadlines::<T>::remove(at, id);
				continue;
			};
			if let Err(error) = with_storage_layer(|| Self::end_late(id, sale)) {
				defensive!("a sale can be ended", (id, error));
				// Others do not wait for it; `finish_sale` may end it.
				Deadlines::<T>::remove(at, id);
			}
		}
		if at != begun {
			NextDeadline::<T>::put(at);
		}
		meter.consumed()
	}
}
