//! Weights of `pallet_task_market`. Put by hand, generous, until `cargo xtask weights` has measured them.

#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// Weight functions needed for `pallet_task_market`.
pub trait WeightInfo {
	fn post_task() -> Weight;
	fn apply(a: u32) -> Weight;
	fn withdraw_application(a: u32) -> Weight;
	fn commit() -> Weight;
	fn reveal() -> Weight;
	fn cancel(a: u32) -> Weight;
	fn prune() -> Weight;
	fn on_idle() -> Weight;
	fn select(a: u32) -> Weight;
	fn close_commits(w: u32) -> Weight;
	fn close_reveals(w: u32) -> Weight;
	fn settle(w: u32) -> Weight;
}

/// Weights for a runtime with its own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

macro_rules! weights {
	($db:expr) => {
		fn post_task() -> Weight {
			Weight::from_parts(150_000_000, 0).saturating_add($db.reads_writes(14, 12))
		}
		fn apply(a: u32) -> Weight {
			Weight::from_parts(120_000_000, 0)
				.saturating_add(Weight::from_parts(200_000, 0).saturating_mul(a.into()))
				.saturating_add($db.reads_writes(9, 4))
		}
		fn withdraw_application(a: u32) -> Weight {
			Weight::from_parts(100_000_000, 0)
				.saturating_add(Weight::from_parts(200_000, 0).saturating_mul(a.into()))
				.saturating_add($db.reads_writes(6, 4))
		}
		fn commit() -> Weight {
			Weight::from_parts(80_000_000, 0).saturating_add($db.reads_writes(6, 3))
		}
		fn reveal() -> Weight {
			Weight::from_parts(100_000_000, 0).saturating_add($db.reads_writes(7, 4))
		}
		fn cancel(a: u32) -> Weight {
			Weight::from_parts(250_000_000, 0)
				.saturating_add(Weight::from_parts(60_000_000, 0).saturating_mul(a.into()))
				.saturating_add($db.reads_writes(12, 14))
				.saturating_add($db.reads_writes(2, 2).saturating_mul(a.into()))
		}
		fn prune() -> Weight {
			Weight::from_parts(100_000_000, 0).saturating_add($db.reads_writes(5, 8))
		}
		fn on_idle() -> Weight {
			Weight::from_parts(15_000_000, 0).saturating_add($db.reads_writes(2, 1))
		}
		fn select(a: u32) -> Weight {
			Weight::from_parts(300_000_000, 0)
				.saturating_add(Weight::from_parts(80_000_000, 0).saturating_mul(a.into()))
				.saturating_add($db.reads_writes(12, 14))
				.saturating_add($db.reads_writes(5, 3).saturating_mul(a.into()))
		}
		fn close_commits(w: u32) -> Weight {
			Weight::from_parts(250_000_000, 0)
				.saturating_add(Weight::from_parts(150_000_000, 0).saturating_mul(w.into()))
				.saturating_add($db.reads_writes(12, 14))
				.saturating_add($db.reads_writes(6, 5).saturating_mul(w.into()))
		}
		fn close_reveals(w: u32) -> Weight {
			Weight::from_parts(300_000_000, 0)
				.saturating_add(Weight::from_parts(150_000_000, 0).saturating_mul(w.into()))
				.saturating_add($db.reads_writes(16, 18))
				.saturating_add($db.reads_writes(6, 5).saturating_mul(w.into()))
		}
		fn settle(w: u32) -> Weight {
			Weight::from_parts(250_000_000, 0)
				.saturating_add(Weight::from_parts(300_000_000, 0).saturating_mul(w.into()))
				.saturating_add($db.reads_writes(12, 14))
				.saturating_add($db.reads_writes(12, 12).saturating_mul(w.into()))
		}
	};
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	weights!(T::DbWeight::get());
}

impl WeightInfo for () {
	weights!(RocksDbWeight::get());
}
