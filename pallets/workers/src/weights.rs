//! Weights of `pallet_workers`, measured by `cargo xtask weights`.
//!
//! 2026-11-21, 20 steps of 10 repetitions, on AMD EPYC, Wasm Compiled, by benchmark CLI 64.0.0.

#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// Weight functions needed for `pallet_workers`.
pub trait WeightInfo {
	fn register_author() -> Weight;
	fn deregister() -> Weight;
	fn withdraw_bond() -> Weight;
	fn register_worker() -> Weight;
	fn update_worker() -> Weight;
	fn set_operator() -> Weight;
	fn accept_operator() -> Weight;
	fn resign_operator() -> Weight;
	fn withdraw_worker() -> Weight;
	fn release_worker_deposit() -> Weight;
}

/// Weights for a runtime with its own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register_author() -> Weight {
		Weight::from_parts(101_451_000, 3640).saturating_add(T::DbWeight::get().reads_writes(8, 7))
	}
	fn deregister() -> Weight {
		Weight::from_parts(21_432_000, 3570).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	fn withdraw_bond() -> Weight {
		Weight::from_parts(56_244_000, 3640).saturating_add(T::DbWeight::get().reads_writes(4, 5))
	}
	fn register_worker() -> Weight {
		Weight::from_parts(53_169_000, 3749).saturating_add(T::DbWeight::get().reads_writes(4, 4))
	}
	fn update_worker() -> Weight {
		Weight::from_parts(16_644_000, 6508).saturating_add(T::DbWeight::get().reads_writes(3, 1))
	}
	fn set_operator() -> Weight {
		Weight::from_parts(18_508_000, 3749).saturating_add(T::DbWeight::get().reads_writes(2, 3))
	}
	fn accept_operator() -> Weight {
		Weight::from_parts(15_012_000, 3749).saturating_add(T::DbWeight::get().reads_writes(2, 2))
	}
	fn resign_operator() -> Weight {
		Weight::from_parts(14_291_000, 3749).saturating_add(T::DbWeight::get().reads_writes(2, 2))
	}
	fn withdraw_worker() -> Weight {
		Weight::from_parts(12_499_000, 3749).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
	fn release_worker_deposit() -> Weight {
		Weight::from_parts(48_342_000, 3749).saturating_add(T::DbWeight::get().reads_writes(3, 6))
	}
}

impl WeightInfo for () {
	fn register_author() -> Weight {
		Weight::from_parts(101_451_000, 3640).saturating_add(RocksDbWeight::get().reads_writes(8, 7))
	}
	fn deregister() -> Weight {
		Weight::from_parts(21_432_000, 3570).saturating_add(RocksDbWeight::get().reads_writes(3, 3))
	}
	fn withdraw_bond() -> Weight {
		Weight::from_parts(56_244_000, 3640).saturating_add(RocksDbWeight::get().reads_writes(4, 5))
	}
	fn register_worker() -> Weight {
		Weight::from_parts(53_169_000, 3749).saturating_add(RocksDbWeight::get().reads_writes(4, 4))
	}
	fn update_worker() -> Weight {
		Weight::from_parts(16_644_000, 6508).saturating_add(RocksDbWeight::get().reads_writes(3, 1))
	}
	fn set_operator() -> Weight {
		Weight::from_parts(18_508_000, 3749).saturating_add(RocksDbWeight::get().reads_writes(2, 3))
	}
	fn accept_operator() -> Weight {
		Weight::from_parts(15_012_000, 3749).saturating_add(RocksDbWeight::get().reads_writes(2, 2))
	}
	fn resign_operator() -> Weight {
		Weight::from_parts(14_291_000, 3749).saturating_add(RocksDbWeight::get().reads_writes(2, 2))
	}
	fn withdraw_worker() -> Weight {
		Weight::from_parts(12_499_000, 3749).saturating_add(RocksDbWeight::get().reads_writes(1, 1))
	}
	fn release_worker_deposit() -> Weight {
		Weight::from_parts(48_342_000, 3749).saturating_add(RocksDbWeight::get().reads_writes(3, 6))
	}
}
