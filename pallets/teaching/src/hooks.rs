//! What the runtime calls by itself.

use frame_support::pallet_macros::pallet_section;

/// What the runtime calls by itself.
#[pallet_section]
mod hooks {
	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(number: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Queue::<T>::work(number, remaining)
		}

		fn integrity_test() {
			assert!(
				T::MaxOpenSessions::get() > 0 && T::MaxOpenSessionsPerAccount::get() > 0,
				"there must be room for a session"
			);
			assert!(T::MaxAdvances::get() > 0, "a block must advance sessions");
			assert!(!T::MinPhaseBlocks::get().is_zero(), "there must be a block to do something");
			assert!(T::MinPhaseBlocks::get() <= T::MaxPhaseBlocks::get(), "no phase would be allowed");
			assert!(!T::MinStake::get().is_zero(), "a seat must cost something");
			assert!(!T::MinReward::get().is_zero(), "a session must cost something");
			assert!(T::MaxTrainers::get() > 0, "there must be room for a trainer");
			assert!(!Self::slash_of_bond().is_zero(), "a trainer that shows nothing must lose something");
			assert!(Self::slash_of_bond() <= T::TrainerBond::get(), "a bond must cover what can be lost");
			assert!(T::DisputeFee::get() <= T::TrainerBond::get(), "a trainer must be able to dispute");
			let least = T::MinPhaseBlocks::get();
			assert!(T::HandBlocks::get() >= least, "there must be time to hand keys");
			assert!(T::RevealTrainingBlocks::get() >= least, "there must be time to show a classifier");
			let most = Self::advance_weight().saturating_add(T::WeightInfo::on_idle());
			let block = T::BlockWeights::get().max_block;
			assert!(most.all_lte(block), "advancing a session, {most}, must fit into a block, {block}");
			let chunk = T::MaxChunkWeight::get();
			let call = T::BlockWeights::get().get(frame_support::dispatch::DispatchClass::Normal).max_extrinsic;
			assert!(
				call.is_none_or(|call| chunk.all_lte(call)),
				"counting a chunk, {chunk}, must fit into a transaction, {call:?}"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
