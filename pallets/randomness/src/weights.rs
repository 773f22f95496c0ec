//! Weights of `pallet_randomness`, measured by `cargo xtask weights`.
//!
//! 2026-11-21, 50 steps of 20 repetitions, on AMD EPYC, Wasm Compiled, by benchmark CLI 64.0.0.

#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// Weight functions needed for `pallet_randomness`.
pub trait WeightInfo {
	fn on_initialize() -> Weight;
	fn on_initialize_with_beacon() -> Weight;
}

/// Weights for a runtime with its own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn on_initialize() -> Weight {
		Weight::from_parts(387_698_000, 6012).saturating_add(T::DbWeight::get().reads_writes(8, 2))
	}
	fn on_initialize_with_beacon() -> Weight {
		Weight::from_parts(394_499_000, 6012).saturating_add(T::DbWeight::get().reads_writes(8, 3))
	}
}

impl WeightInfo for () {
	fn on_initialize() -> Weight {
		Weight::from_parts(387_698_000, 6012).saturating_add(RocksDbWeight::get().reads_writes(8, 2))
	}
	fn on_initialize_with_beacon() -> Weight {
		Weight::from_parts(394_499_000, 6012).saturating_add(RocksDbWeight::get().reads_writes(8, 3))
	}
}
