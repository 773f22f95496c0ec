//! Weights of `pallet_rewards`, measured by `cargo xtask weights`.
//!
//! 2026-11-21, 50 steps of 20 repetitions, on AMD EPYC, Wasm Compiled, by benchmark CLI 64.0.0.

#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// Weight functions needed for `pallet_rewards`.
pub trait WeightInfo {
	fn on_score() -> Weight;
}

/// Weights for a runtime with its own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn on_score() -> Weight {
		Weight::from_parts(28_162_000, 3593).saturating_add(T::DbWeight::get().reads_writes(5, 2))
	}
}

impl WeightInfo for () {
	fn on_score() -> Weight {
		Weight::from_parts(28_162_000, 3593).saturating_add(RocksDbWeight::get().reads_writes(5, 2))
	}
}
