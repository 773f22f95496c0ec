//! Weights of `pallet_evaluation`, measured by `cargo xtask weights`.
//!
//! 2026-11-21, 20 steps of 10 repetitions, on AMD EPYC, Wasm Compiled, by benchmark CLI 64.0.0.

#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// Weight functions needed for `pallet_evaluation`.
pub trait WeightInfo {
	fn on_idle() -> Weight;
	fn begin() -> Weight;
	fn load(b: u32) -> Weight;
	fn add(b: u32) -> Weight;
	fn finish(p: u32) -> Weight;
	fn inference(k: u32) -> Weight;
	fn steps_cart_pole(n: u32) -> Weight;
	fn steps_mountain_car(n: u32) -> Weight;
	fn steps_acrobot(n: u32) -> Weight;
	fn steps_pendulum(n: u32) -> Weight;
	fn steps_target_localization(n: u32) -> Weight;
	fn steps_maze_cleaning(n: u32) -> Weight;
	fn steps_fleet_coordination(n: u32) -> Weight;
}

/// Weights for a runtime with its own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn on_idle() -> Weight {
		Weight::from_parts(3_726_000, 9679).saturating_add(T::DbWeight::get().reads_writes(2, 0))
	}
	fn begin() -> Weight {
		Weight::from_parts(14_602_000, 9679).saturating_add(T::DbWeight::get().reads_writes(3, 4))
	}
	/// `b` was measured from 100 to 134192.
	fn load(b: u32) -> Weight {
		Weight::from_parts(12_368_936, 137685)
			.saturating_add(Weight::from_parts(1_830, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads_writes(3, 2))
	}
	/// `b` was measured from 100 to 134192.
	fn add(b: u32) -> Weight {
		Weight::from_parts(9_791_049, 3795)
			.saturating_add(Weight::from_parts(8_016, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads_writes(1, 2))
	}
	/// `p` was measured from 1 to 8.
	fn finish(p: u32) -> Weight {
		Weight::from_parts(12_967_808, 3795)
			.saturating_add(Weight::from_parts(3_037_132, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads_writes(3, 4))
			.saturating_add(T::DbWeight::get().writes(1u64.saturating_mul(p.into())))
	}
	/// `k` was measured from 1 to 10000.
	fn inference(k: u32) -> Weight {
		Weight::from_parts(160_000, 0)
			.saturating_add(Weight::from_parts(122_282, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
	}
	/// `n` was measured from 0 to 2000.
	fn steps_cart_pole(n: u32) -> Weight {
		Weight::from_parts(1_001_347, 0)
			.saturating_add(Weight::from_parts(334_099, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
	}
	/// `n` was measured from 0 to 2000.
	fn steps_mountain_car(n: u32) -> Weight {
		Weight::from_parts(2_225_300, 0)
			.saturating_add(Weight::from_parts(108_322, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
	}
	/// `n` was measured from 0 to 2000.
	fn steps_acrobot(n: u32) -> Weight {
		Weight::from_parts(1_212_000, 0)
			.saturating_add(Weight::from_parts(1_796_701, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
	}
	/// `n` was measured from 0 to 2000.
	fn steps_pendulum(n: u32) -> Weight {
		Weight::from_parts(1_468_432, 0)
			.saturating_add(Weight::from_parts(238_080, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
	}
	/// `n` was measured from 0 to 2000.
	fn steps_target_localization(n: u32) -> Weight {
		Weight::from_parts(1_242_000, 0)
			.saturating_add(Weight::from_parts(15_332_312, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
	}
	/// `n` was measured from 0 to 2000.
	fn steps_maze_cleaning(n: u32) -> Weight {
		Weight::from_parts(1_302_000, 0)
			.saturating_add(Weight::from_parts(54_196_246, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
	}
	/// `n` was measured from 0 to 2000.
	fn steps_fleet_coordination(n: u32) -> Weight {
		Weight::from_parts(1_262_000, 0)
			.saturating_add(Weight::from_parts(6_877_366, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
	}
}

impl WeightInfo for () {
	fn on_idle() -> Weight {
		Weight::from_parts(3_726_000, 9679).saturating_add(RocksDbWeight::get().reads_writes(2, 0))
	}
	fn begin() -> Weight {
		Weight::from_parts(14_602_000, 9679).saturating_add(RocksDbWeight::get().reads_writes(3, 4))
	}
	fn load(b: u32) -> Weight {
		Weight::from_parts(12_368_936, 137685)
			.saturating_add(Weight::from_parts(1_830, 0).saturating_mul(b.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(3, 2))
	}
	fn add(b: u32) -> Weight {
		Weight::from_parts(9_791_049, 3795)
			.saturating_add(Weight::from_parts(8_016, 0).saturating_mul(b.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(1, 2))
	}
	fn finish(p: u32) -> Weight {
		Weight::from_parts(12_967_808, 3795)
			.saturating_add(Weight::from_parts(3_037_132, 0).saturating_mul(p.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(3, 4))
			.saturating_add(RocksDbWeight::get().writes(1u64.saturating_mul(p.into())))
	}
	fn inference(k: u32) -> Weight {
		Weight::from_parts(160_000, 0)
			.saturating_add(Weight::from_parts(122_282, 0).saturating_mul(k.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
	}
	fn steps_cart_pole(n: u32) -> Weight {
		Weight::from_parts(1_001_347, 0)
			.saturating_add(Weight::from_parts(334_099, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
	}
	fn steps_mountain_car(n: u32) -> Weight {
		Weight::from_parts(2_225_300, 0)
			.saturating_add(Weight::from_parts(108_322, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
	}
	fn steps_acrobot(n: u32) -> Weight {
		Weight::from_parts(1_212_000, 0)
			.saturating_add(Weight::from_parts(1_796_701, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
	}
	fn steps_pendulum(n: u32) -> Weight {
		Weight::from_parts(1_468_432, 0)
			.saturating_add(Weight::from_parts(238_080, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
	}
	fn steps_target_localization(n: u32) -> Weight {
		Weight::from_parts(1_242_000, 0)
			.saturating_add(Weight::from_parts(15_332_312, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
	}
	fn steps_maze_cleaning(n: u32) -> Weight {
		Weight::from_parts(1_302_000, 0)
			.saturating_add(Weight::from_parts(54_196_246, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
	}
	fn steps_fleet_coordination(n: u32) -> Weight {
		Weight::from_parts(1_262_000, 0)
			.saturating_add(Weight::from_parts(6_877_366, 0).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
	}
}
