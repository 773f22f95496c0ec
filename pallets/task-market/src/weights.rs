//! Weights of `pallet_task_market`, measured by `cargo xtask weights`.
//!
//! `close_applications`, and what a beacon adds to `select`, are put by hand, in proportion, until they are measured.
//!
//! 2026-11-21, 20 steps of 10 repetitions, on AMD EPYC, Wasm Compiled, by benchmark CLI 64.0.0.

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
	fn close_applications(a: u32) -> Weight;
	fn select(a: u32) -> Weight;
	fn close_commits(w: u32) -> Weight;
	fn close_reveals(w: u32) -> Weight;
	fn settle(w: u32) -> Weight;
}

/// Weights for a runtime with its own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn post_task() -> Weight {
		Weight::from_parts(96_143_000, 3795).saturating_add(T::DbWeight::get().reads_writes(11, 12))
	}
	/// `a` was measured from 1 to 32.
	fn apply(a: u32) -> Weight {
		Weight::from_parts(74_300_981, 5942)
			.saturating_add(Weight::from_parts(421_514, 0).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads_writes(7, 4))
	}
	/// `a` was measured from 1 to 32.
	fn withdraw_application(a: u32) -> Weight {
		Weight::from_parts(55_047_402, 5942)
			.saturating_add(Weight::from_parts(494_859, 0).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads_writes(5, 4))
	}
	fn commit() -> Weight {
		Weight::from_parts(34_571_000, 6038).saturating_add(T::DbWeight::get().reads_writes(5, 2))
	}
	fn reveal() -> Weight {
		Weight::from_parts(49_394_000, 6038).saturating_add(T::DbWeight::get().reads_writes(6, 4))
	}
	/// `a` was measured from 0 to 32.
	fn cancel(a: u32) -> Weight {
		Weight::from_parts(79_067_335, 5942)
			.saturating_add(Weight::from_parts(32_994_043, 0).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2650).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads_writes(11, 14))
			.saturating_add(T::DbWeight::get().reads(2u64.saturating_mul(a.into())))
			.saturating_add(T::DbWeight::get().writes(2u64.saturating_mul(a.into())))
	}
	fn prune() -> Weight {
		Weight::from_parts(58_026_000, 3752).saturating_add(T::DbWeight::get().reads_writes(4, 7))
	}
	fn on_idle() -> Weight {
		Weight::from_parts(5_508_000, 3535).saturating_add(T::DbWeight::get().reads_writes(2, 0))
	}
	fn close_applications(a: u32) -> Weight {
		Weight::from_parts(45_000_000, 5942)
			.saturating_add(Weight::from_parts(12_000_000, 0).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2759).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads_writes(6, 5))
			.saturating_add(T::DbWeight::get().reads(2u64.saturating_mul(a.into())))
	}
	/// `a` was measured from 0 to 32.
	fn select(a: u32) -> Weight {
		Weight::from_parts(40_000_000, 5942)
			.saturating_add(Weight::from_parts(34_500_000, 0).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2759).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads_writes(6, 4))
			.saturating_add(T::DbWeight::get().reads(3u64.saturating_mul(a.into())))
			.saturating_add(T::DbWeight::get().writes(2u64.saturating_mul(a.into())))
	}
	/// `w` was measured from 1 to 8.
	fn close_commits(w: u32) -> Weight {
		Weight::from_parts(82_568_627, 6038)
			.saturating_add(Weight::from_parts(62_859_095, 0).saturating_mul(w.into()))
			.saturating_add(Weight::from_parts(0, 2759).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads_writes(10, 14))
			.saturating_add(T::DbWeight::get().reads(4u64.saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().writes(4u64.saturating_mul(w.into())))
	}
	/// `w` was measured from 1 to 8.
	fn close_reveals(w: u32) -> Weight {
		Weight::from_parts(30_596_000, 6038)
			.saturating_add(Weight::from_parts(32_344_136, 0).saturating_mul(w.into()))
			.saturating_add(Weight::from_parts(0, 1735).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads_writes(2, 3))
			.saturating_add(T::DbWeight::get().reads(4u64.saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().writes(4u64.saturating_mul(w.into())))
	}
	/// `w` was measured from 1 to 8.
	fn settle(w: u32) -> Weight {
		Weight::from_parts(80_333_345, 6047)
			.saturating_add(Weight::from_parts(114_553_727, 0).saturating_mul(w.into()))
			.saturating_add(Weight::from_parts(0, 5085).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads_writes(12, 13))
			.saturating_add(T::DbWeight::get().reads(6u64.saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().writes(6u64.saturating_mul(w.into())))
	}
}

impl WeightInfo for () {
	fn post_task() -> Weight {
		Weight::from_parts(96_143_000, 3795).saturating_add(RocksDbWeight::get().reads_writes(11, 12))
	}
	fn apply(a: u32) -> Weight {
		Weight::from_parts(74_300_981, 5942)
			.saturating_add(Weight::from_parts(421_514, 0).saturating_mul(a.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(7, 4))
	}
	fn withdraw_application(a: u32) -> Weight {
		Weight::from_parts(55_047_402, 5942)
			.saturating_add(Weight::from_parts(494_859, 0).saturating_mul(a.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(5, 4))
	}
	fn commit() -> Weight {
		Weight::from_parts(34_571_000, 6038).saturating_add(RocksDbWeight::get().reads_writes(5, 2))
	}
	fn reveal() -> Weight {
		Weight::from_parts(49_394_000, 6038).saturating_add(RocksDbWeight::get().reads_writes(6, 4))
	}
	fn cancel(a: u32) -> Weight {
		Weight::from_parts(79_067_335, 5942)
			.saturating_add(Weight::from_parts(32_994_043, 0).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2650).saturating_mul(a.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(11, 14))
			.saturating_add(RocksDbWeight::get().reads(2u64.saturating_mul(a.into())))
			.saturating_add(RocksDbWeight::get().writes(2u64.saturating_mul(a.into())))
	}
	fn prune() -> Weight {
		Weight::from_parts(58_026_000, 3752).saturating_add(RocksDbWeight::get().reads_writes(4, 7))
	}
	fn on_idle() -> Weight {
		Weight::from_parts(5_508_000, 3535).saturating_add(RocksDbWeight::get().reads_writes(2, 0))
	}
	fn close_applications(a: u32) -> Weight {
		Weight::from_parts(45_000_000, 5942)
			.saturating_add(Weight::from_parts(12_000_000, 0).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2759).saturating_mul(a.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(6, 5))
			.saturating_add(RocksDbWeight::get().reads(2u64.saturating_mul(a.into())))
	}
	fn select(a: u32) -> Weight {
		Weight::from_parts(40_000_000, 5942)
			.saturating_add(Weight::from_parts(34_500_000, 0).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2759).saturating_mul(a.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(6, 4))
			.saturating_add(RocksDbWeight::get().reads(3u64.saturating_mul(a.into())))
			.saturating_add(RocksDbWeight::get().writes(2u64.saturating_mul(a.into())))
	}
	fn close_commits(w: u32) -> Weight {
		Weight::from_parts(82_568_627, 6038)
			.saturating_add(Weight::from_parts(62_859_095, 0).saturating_mul(w.into()))
			.saturating_add(Weight::from_parts(0, 2759).saturating_mul(w.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(10, 14))
			.saturating_add(RocksDbWeight::get().reads(4u64.saturating_mul(w.into())))
			.saturating_add(RocksDbWeight::get().writes(4u64.saturating_mul(w.into())))
	}
	fn close_reveals(w: u32) -> Weight {
		Weight::from_parts(30_596_000, 6038)
			.saturating_add(Weight::from_parts(32_344_136, 0).saturating_mul(w.into()))
			.saturating_add(Weight::from_parts(0, 1735).saturating_mul(w.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(2, 3))
			.saturating_add(RocksDbWeight::get().reads(4u64.saturating_mul(w.into())))
			.saturating_add(RocksDbWeight::get().writes(4u64.saturating_mul(w.into())))
	}
	fn settle(w: u32) -> Weight {
		Weight::from_parts(80_333_345, 6047)
			.saturating_add(Weight::from_parts(114_553_727, 0).saturating_mul(w.into()))
			.saturating_add(Weight::from_parts(0, 5085).saturating_mul(w.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(12, 13))
			.saturating_add(RocksDbWeight::get().reads(6u64.saturating_mul(w.into())))
			.saturating_add(RocksDbWeight::get().writes(6u64.saturating_mul(w.into())))
	}
}
