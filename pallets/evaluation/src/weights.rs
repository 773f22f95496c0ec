//! Weights of `pallet_evaluation`. Put by hand from native timings, generous, until `cargo xtask weights` has measured them.

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

macro_rules! weights {
	($db:expr) => {
		fn on_idle() -> Weight {
			Weight::from_parts(10_000_000, 0).saturating_add($db.reads_writes(2, 2))
		}
		fn begin() -> Weight {
			Weight::from_parts(40_000_000, 0).saturating_add($db.reads_writes(4, 5))
		}
		fn load(b: u32) -> Weight {
			Weight::from_parts(30_000_000, 0)
				.saturating_add(Weight::from_parts(12_000, 0).saturating_mul(b.into()))
				.saturating_add($db.reads_writes(4, 3))
		}
		fn add(b: u32) -> Weight {
			Weight::from_parts(30_000_000, 0)
				.saturating_add(Weight::from_parts(14_000, 0).saturating_mul(b.into()))
				.saturating_add($db.reads_writes(1, 2))
		}
		fn finish(p: u32) -> Weight {
			Weight::from_parts(40_000_000, 0)
				.saturating_add(Weight::from_parts(10_000_000, 0).saturating_mul(p.into()))
				.saturating_add($db.reads_writes(2, 3))
				.saturating_add($db.writes(p.into()))
		}
		fn inference(k: u32) -> Weight {
			Weight::from_parts(250_000, 0).saturating_mul(k.into())
		}
		fn steps_cart_pole(n: u32) -> Weight {
			Weight::from_parts(700_000, 0).saturating_mul(n.into())
		}
		fn steps_mountain_car(n: u32) -> Weight {
			Weight::from_parts(700_000, 0).saturating_mul(n.into())
		}
		fn steps_acrobot(n: u32) -> Weight {
			Weight::from_parts(2_500_000, 0).saturating_mul(n.into())
		}
		fn steps_pendulum(n: u32) -> Weight {
			Weight::from_parts(900_000, 0).saturating_mul(n.into())
		}
		fn steps_target_localization(n: u32) -> Weight {
			Weight::from_parts(20_000_000, 0).saturating_mul(n.into())
		}
		fn steps_maze_cleaning(n: u32) -> Weight {
			Weight::from_parts(110_000_000, 0).saturating_mul(n.into())
		}
		fn steps_fleet_coordination(n: u32) -> Weight {
			Weight::from_parts(20_000_000, 0).saturating_mul(n.into())
		}
	};
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	weights!(T::DbWeight::get());
}

impl WeightInfo for () {
	weights!(RocksDbWeight::get());
}
