//! Weights of `pallet_workers`, measured by `cargo xtask weights`.
//!
//! 2026-11-21, 50 steps of 20 repetitions, on AMD EPYC, Wasm Compiled, by benchmark CLI 64.0.0. Those of the workers' calls are
//! not measured yet but set by hand, too high.

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
		Weight::from_parts(102_453_000, 3593).saturating_add(T::DbWeight::get().reads_writes(8, 7))
	}
	fn deregister() -> Weight {
		Weight::from_parts(21_603_000, 3570).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	fn withdraw_bond() -> Weight {
		Weight::from_parts(53_019_000, 3593).saturating_add(T::DbWeight::get().reads_writes(4, 5))
	}
	fn register_worker() -> Weight {
		Weight::from_parts(120_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
	fn update_worker() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(2, 1))
	}
	fn set_operator() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(2, 3))
	}
	fn accept_operator() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(2, 2))
	}
	fn resign_operator() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(2, 2))
	}
	fn withdraw_worker() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
	fn release_worker_deposit() -> Weight {
		Weight::from_parts(120_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(5, 7))
	}
}

impl WeightInfo for () {
	fn register_author() -> Weight {
		Weight::from_parts(102_453_000, 3593).saturating_add(RocksDbWeight::get().reads_writes(8, 7))
	}
	fn deregister() -> Weight {
		Weight::from_parts(21_603_000, 3570).saturating_add(RocksDbWeight::get().reads_writes(3, 3))
	}
	fn withdraw_bond() -> Weight {
		Weight::from_parts(53_019_000, 3593).saturating_add(RocksDbWeight::get().reads_writes(4, 5))
	}
	fn register_worker() -> Weight {
		Weight::from_parts(120_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(5, 5))
	}
	fn update_worker() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(2, 1))
	}
	fn set_operator() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(2, 3))
	}
	fn accept_operator() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(2, 2))
	}
	fn resign_operator() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(2, 2))
	}
	fn withdraw_worker() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(1, 1))
	}
	fn release_worker_deposit() -> Weight {
		Weight::from_parts(120_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(5, 7))
	}
}
