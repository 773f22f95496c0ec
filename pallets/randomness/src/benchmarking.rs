//! Benchmarks of the hook, with a claim that verifies.

use crate::*;
use codec::DecodeAll;
use frame_benchmarking::v2::*;
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_consensus::{AuthorSet, LearningDigest, PreDigest, Slot, BEACON_BLOCKS, RANDOMNESS_DELAY};
use sp_runtime::DigestItem;

/// Height of the block that the claim opens: the ring of randomness is full, and a beacon may end.
const NUMBER: u32 = 2 * RANDOMNESS_DELAY + BEACON_BLOCKS;

/// Makes ready a state in which the claim of [`vector`] opens block [`NUMBER`].
fn prepare<T: Config>() -> Result<[DigestItem; 1], BenchmarkError> {
	let claim = PreDigest::decode_all(&mut &vector::CLAIM[..]).map_err(|_| "claim decodes")?;
	let account: T::AccountId = account("author", 0, 0);
	T::Authors::set_author(&account, &claim.author);
	for index in 0..RANDOMNESS_DELAY {
		Accumulated::<T>::insert(index, vector::RANDOMNESS);
	}
	Current::<T>::put(CurrentBlock {
		number: BlockNumberFor::<T>::from(NUMBER - 1),
		slot: Slot::from(vector::SLOT - 1),
		author: claim.author.clone(),
		account,
		noise: [0; 32],
	});
	Ok([DigestItem::learning_pre_digest(&claim)])
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// A block without a beacon that ends.
	#[benchmark]
	fn on_initialize() -> Result<(), BenchmarkError> {
		let logs = prepare::<T>()?;
		let result;

		#[block]
		{
			result = Pallet::<T>::enter(NUMBER.into(), &logs);
		}

		assert_eq!(result, Ok(false));
		Ok(())
	}

	/// A block with which a beacon ends.
	#[benchmark]
	fn on_initialize_with_beacon() -> Result<(), BenchmarkError> {
		let logs = prepare::<T>()?;
		let after = BlockNumberFor::<T>::from(NUMBER - BEACON_BLOCKS);
		Beacons::<T>::insert(after, BeaconState { requests: 1, randomness: None });
		let result;

		#[block]
		{
			result = Pallet::<T>::enter(NUMBER.into(), &logs);
		}

		assert_eq!(result, Ok(true));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_ext(), crate::mock::Test);
}
