//! Weights of `pallet_oracle`, measured by `cargo xtask weights`.
//!
//! 2026-11-21, 50 steps of 20 repetitions, on AMD EPYC, Wasm Compiled, by benchmark CLI 64.0.0.

#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// Weight functions needed for `pallet_oracle`.
pub trait WeightInfo {
	fn submit_transitions(s: u32) -> Weight;
	fn check_submission() -> Weight;
	fn on_finalize() -> Weight;
}

/// Weights for a runtime with its own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// `s` was measured from 1 to 128.
	fn submit_transitions(s: u32) -> Weight {
		Weight::from_parts(21_622_693, 3764)
			.saturating_add(Weight::from_parts(1_579_673, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads_writes(6, 3))
	}
	fn check_submission() -> Weight {
		Weight::from_parts(20_461_000, 3764).saturating_add(T::DbWeight::get().reads_writes(7, 1))
	}
	fn on_finalize() -> Weight {
		Weight::from_parts(27_410_000, 3764).saturating_add(T::DbWeight::get().reads_writes(9, 3))
	}
}

impl WeightInfo for () {
	fn submit_transitions(s: u32) -> Weight {
		Weight::from_parts(21_622_693, 3764)
			.saturating_add(Weight::from_parts(1_579_673, 0).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(6, 3))
	}
	fn check_submission() -> Weight {
		Weight::from_parts(20_461_000, 3764).saturating_add(RocksDbWeight::get().reads_writes(7, 1))
	}
	fn on_finalize() -> Weight {
		Weight::from_parts(27_410_000, 3764).saturating_add(RocksDbWeight::get().reads_writes(9, 3))
	}
}
