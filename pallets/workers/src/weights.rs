//! Weights of `pallet_workers`, measured by `cargo xtask weights`.
//!
//! 2026-11-21, 50 steps of 20 repetitions, on AMD EPYC, Wasm Compiled, by benchmark CLI 64.0.0.

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
}
