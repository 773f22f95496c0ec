//! Weights of `pallet_models`, measured by `cargo xtask weights`.
//!
//! 2026-11-21, 20 steps of 10 repetitions, on AMD EPYC, Wasm Compiled, by benchmark CLI 64.0.0.

#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// Weight functions needed for `pallet_models`.
pub trait WeightInfo {
	fn share() -> Weight;
	fn offer() -> Weight;
	fn withdraw_offer() -> Weight;
	fn buy() -> Weight;
	fn deliver() -> Weight;
	fn accept() -> Weight;
	fn dispute() -> Weight;
	fn finish_sale() -> Weight;
	fn on_idle() -> Weight;
	fn look() -> Weight;
}

/// Weights for a runtime with its own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn share() -> Weight {
		Weight::from_parts(16_745_000, 3668).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
	fn offer() -> Weight {
		Weight::from_parts(63_425_000, 3730).saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
	fn withdraw_offer() -> Weight {
		Weight::from_parts(49_704_000, 3730).saturating_add(T::DbWeight::get().reads_writes(3, 4))
	}
	fn buy() -> Weight {
		Weight::from_parts(60_891_000, 3730).saturating_add(T::DbWeight::get().reads_writes(4, 6))
	}
	fn deliver() -> Weight {
		Weight::from_parts(23_795_000, 3720).saturating_add(T::DbWeight::get().reads_writes(2, 3))
	}
	fn accept() -> Weight {
		Weight::from_parts(93_139_000, 6196).saturating_add(T::DbWeight::get().reads_writes(5, 6))
	}
	fn dispute() -> Weight {
		Weight::from_parts(264_956_000, 6470).saturating_add(T::DbWeight::get().reads_writes(6, 8))
	}
	fn finish_sale() -> Weight {
		Weight::from_parts(95_682_000, 6196).saturating_add(T::DbWeight::get().reads_writes(5, 6))
	}
	fn on_idle() -> Weight {
		Weight::from_parts(9_844_000, 3489).saturating_add(T::DbWeight::get().reads_writes(2, 1))
	}
	fn look() -> Weight {
		Weight::from_parts(5_148_000, 3489).saturating_add(T::DbWeight::get().reads_writes(1, 0))
	}
}

impl WeightInfo for () {
	fn share() -> Weight {
		Weight::from_parts(16_745_000, 3668).saturating_add(RocksDbWeight::get().reads_writes(1, 1))
	}
	fn offer() -> Weight {
		Weight::from_parts(63_425_000, 3730).saturating_add(RocksDbWeight::get().reads_writes(5, 5))
	}
	fn withdraw_offer() -> Weight {
		Weight::from_parts(49_704_000, 3730).saturating_add(RocksDbWeight::get().reads_writes(3, 4))
	}
	fn buy() -> Weight {
		Weight::from_parts(60_891_000, 3730).saturating_add(RocksDbWeight::get().reads_writes(4, 6))
	}
	fn deliver() -> Weight {
		Weight::from_parts(23_795_000, 3720).saturating_add(RocksDbWeight::get().reads_writes(2, 3))
	}
	fn accept() -> Weight {
		Weight::from_parts(93_139_000, 6196).saturating_add(RocksDbWeight::get().reads_writes(5, 6))
	}
	fn dispute() -> Weight {
		Weight::from_parts(264_956_000, 6470).saturating_add(RocksDbWeight::get().reads_writes(6, 8))
	}
	fn finish_sale() -> Weight {
		Weight::from_parts(95_682_000, 6196).saturating_add(RocksDbWeight::get().reads_writes(5, 6))
	}
	fn on_idle() -> Weight {
		Weight::from_parts(9_844_000, 3489).saturating_add(RocksDbWeight::get().reads_writes(2, 1))
	}
	fn look() -> Weight {
		Weight::from_parts(5_148_000, 3489).saturating_add(RocksDbWeight::get().reads_writes(1, 0))
	}
}
