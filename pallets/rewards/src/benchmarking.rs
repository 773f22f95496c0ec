//! Benchmark of the award.

use crate::*;
use frame_benchmarking::v2::*;
use frame_support::traits::fungible::{Inspect, Mutate};
use praxis_environment::Real;
use praxis_primitives_consensus::{OnScore, Score};
use sp_runtime::traits::{One, Saturating};

#[benchmarks]
mod benchmarks {
	use super::*;

	/// An award that is minted in full into an account that exists.
	#[benchmark]
	fn on_score() -> Result<(), BenchmarkError> {
		let author: T::AccountId = account("author", 0, 0);
		let unit = T::Currency::minimum_balance().max(One::one());
		T::Currency::mint_into(&author, unit)?;
		BaseAward::<T>::put(unit);
		HalvingInterval::<T>::kill();
		SupplyCap::<T>::put(T::Currency::total_issuance().saturating_add(unit));
		let before = Minted::<T>::get();

		#[block]
		{
			Pallet::<T>::on_score(&author, Score { reward: Real::ONE, cumulative: Real::ONE });
		}

		assert_eq!(Minted::<T>::get(), before.saturating_add(unit));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_ext(), crate::mock::Test);
}
