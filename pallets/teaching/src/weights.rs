//! Weights of `pallet_teaching`, measured by `cargo xtask weights`.
//!
//! 2026-11-21, 20 steps of 10 repetitions, on AMD EPYC, Wasm Compiled, by benchmark CLI 64.0.0.

#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// Weight functions needed for `pallet_teaching`.
pub trait WeightInfo {
	fn open_session() -> Weight;
	fn reveal_audit(n: u32, b: u32) -> Weight;
	fn join() -> Weight;
	fn leave() -> Weight;
	fn commit_lesson() -> Weight;
	fn dispute_lesson(b: u32) -> Weight;
	fn commit_classifier() -> Weight;
	fn reveal_classifier(b: u32) -> Weight;
	fn reveal_holdout(n: u32, b: u32) -> Weight;
	fn load(c: u32) -> Weight;
	fn decode(k: u32) -> Weight;
	fn inference(k: u32) -> Weight;
	fn settle(l: u32) -> Weight;
	fn prune() -> Weight;
	fn on_idle() -> Weight;
	fn draw_audit() -> Weight;
	fn close_offers() -> Weight;
	fn draw_order() -> Weight;
	fn draw_trainers(t: u32) -> Weight;
	fn close_handing() -> Weight;
	fn close_training() -> Weight;
	fn enlist_trainer(k: u32) -> Weight;
	fn add_keys(k: u32) -> Weight;
	fn retire_trainer() -> Weight;
	fn hand_lesson() -> Weight;
	fn commit_training() -> Weight;
	fn reveal_training(b: u32) -> Weight;
}

/// Weights for a runtime with its own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn open_session() -> Weight {
		Weight::from_parts(102_013_000, 3730).saturating_add(T::DbWeight::get().reads_writes(9, 11))
	}
	/// `n` was measured from 1 to 64.
	/// `b` was measured from 0 to 98304.
	fn reveal_audit(n: u32, b: u32) -> Weight {
		Weight::from_parts(53_820_000, 5220)
			.saturating_add(Weight::from_parts(13_533_385, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(1_317, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads_writes(2, 1))
	}
	fn join() -> Weight {
		Weight::from_parts(52_749_000, 27990).saturating_add(T::DbWeight::get().reads_writes(4, 3))
	}
	fn leave() -> Weight {
		Weight::from_parts(63_935_000, 27990).saturating_add(T::DbWeight::get().reads_writes(4, 3))
	}
	fn commit_lesson() -> Weight {
		Weight::from_parts(107_320_000, 27990).saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
	/// `b` was measured from 16 to 65552.
	fn dispute_lesson(b: u32) -> Weight {
		Weight::from_parts(509_397_482, 27990)
			.saturating_add(Weight::from_parts(7_115, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads_writes(25, 25))
	}
	fn commit_classifier() -> Weight {
		Weight::from_parts(88_962_000, 27990).saturating_add(T::DbWeight::get().reads_writes(4, 4))
	}
	/// `b` was measured from 2000 to 128000.
	fn reveal_classifier(b: u32) -> Weight {
		Weight::from_parts(18_264_254, 6926)
			.saturating_add(Weight::from_parts(3_036, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads_writes(2, 2))
	}
	/// `n` was measured from 16 to 256.
	/// `b` was measured from 16 to 262144.
	fn reveal_holdout(n: u32, b: u32) -> Weight {
		Weight::from_parts(564_332_000, 6926)
			.saturating_add(Weight::from_parts(2_665_656, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(1_778, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads_writes(4, 2))
	}
	/// `c` was measured from 1 to 65.
	fn load(c: u32) -> Weight {
		Weight::from_parts(17_969_792, 990)
			.saturating_add(Weight::from_parts(3_701_840, 0).saturating_mul(c.into()))
			.saturating_add(Weight::from_parts(0, 136692).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
			.saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(c.into())))
	}
	/// `k` was measured from 1 to 127.
	fn decode(k: u32) -> Weight {
		Weight::from_parts(539_819, 0)
			.saturating_add(Weight::from_parts(1_453_265, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
	}
	/// `k` was measured from 10 to 10000.
	fn inference(k: u32) -> Weight {
		Weight::from_parts(1_893_000, 0)
			.saturating_add(Weight::from_parts(124_407, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads_writes(0, 0))
	}
	/// `l` was measured from 1 to 32.
	fn settle(l: u32) -> Weight {
		Weight::from_parts(162_826_321, 27990)
			.saturating_add(Weight::from_parts(124_147_901, 0).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 701).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().reads_writes(22, 22))
	}
	fn prune() -> Weight {
		Weight::from_parts(307_659_000, 27990).saturating_add(T::DbWeight::get().reads_writes(6, 138))
	}
	fn on_idle() -> Weight {
		Weight::from_parts(5_308_000, 1614).saturating_add(T::DbWeight::get().reads_writes(2, 0))
	}
	fn draw_audit() -> Weight {
		Weight::from_parts(314_509_000, 1614).saturating_add(T::DbWeight::get().reads_writes(1, 3))
	}
	fn close_offers() -> Weight {
		Weight::from_parts(35_233_000, 27990).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	fn draw_order() -> Weight {
		Weight::from_parts(49_554_000, 27990).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	/// `t` was measured from 1 to 64.
	fn draw_trainers(t: u32) -> Weight {
		Weight::from_parts(162_497_167, 27990)
			.saturating_add(Weight::from_parts(9_986_298, 0).saturating_mul(t.into()))
			.saturating_add(Weight::from_parts(0, 611).saturating_mul(t.into()))
			.saturating_add(T::DbWeight::get().reads_writes(8, 22))
	}
	fn close_handing() -> Weight {
		Weight::from_parts(688_708_000, 50956).saturating_add(T::DbWeight::get().reads_writes(38, 39))
	}
	fn close_training() -> Weight {
		Weight::from_parts(272_536_000, 27990).saturating_add(T::DbWeight::get().reads_writes(12, 13))
	}
	/// `k` was measured from 1 to 32.
	fn enlist_trainer(k: u32) -> Weight {
		Weight::from_parts(75_191_703, 4559)
			.saturating_add(Weight::from_parts(2_129_430, 0).saturating_mul(k.into()))
			.saturating_add(Weight::from_parts(0, 2575).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads_writes(5, 5))
			.saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(k.into())))
	}
	/// `k` was measured from 1 to 32.
	fn add_keys(k: u32) -> Weight {
		Weight::from_parts(28_920_685, 4559)
			.saturating_add(Weight::from_parts(2_148_283, 0).saturating_mul(k.into()))
			.saturating_add(Weight::from_parts(0, 2575).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads_writes(2, 2))
			.saturating_add(T::DbWeight::get().reads(1u64.saturating_mul(k.into())))
	}
	fn retire_trainer() -> Weight {
		Weight::from_parts(76_353_000, 4559).saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
	fn hand_lesson() -> Weight {
		Weight::from_parts(81_741_000, 27990).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	fn commit_training() -> Weight {
		Weight::from_parts(50_665_000, 27990).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	/// `b` was measured from 2000 to 128000.
	fn reveal_training(b: u32) -> Weight {
		Weight::from_parts(89_161_294, 27990)
			.saturating_add(Weight::from_parts(3_119, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads_writes(5, 6))
	}
}

impl WeightInfo for () {
	fn open_session() -> Weight {
		Weight::from_parts(102_013_000, 3730).saturating_add(RocksDbWeight::get().reads_writes(9, 11))
	}
	fn reveal_audit(n: u32, b: u32) -> Weight {
		Weight::from_parts(53_820_000, 5220)
			.saturating_add(Weight::from_parts(13_533_385, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(1_317, 0).saturating_mul(b.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(2, 1))
	}
	fn join() -> Weight {
		Weight::from_parts(52_749_000, 27990).saturating_add(RocksDbWeight::get().reads_writes(4, 3))
	}
	fn leave() -> Weight {
		Weight::from_parts(63_935_000, 27990).saturating_add(RocksDbWeight::get().reads_writes(4, 3))
	}
	fn commit_lesson() -> Weight {
		Weight::from_parts(107_320_000, 27990).saturating_add(RocksDbWeight::get().reads_writes(5, 5))
	}
	fn dispute_lesson(b: u32) -> Weight {
		Weight::from_parts(509_397_482, 27990)
			.saturating_add(Weight::from_parts(7_115, 0).saturating_mul(b.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(25, 25))
	}
	fn commit_classifier() -> Weight {
		Weight::from_parts(88_962_000, 27990).saturating_add(RocksDbWeight::get().reads_writes(4, 4))
	}
	fn reveal_classifier(b: u32) -> Weight {
		Weight::from_parts(18_264_254, 6926)
			.saturating_add(Weight::from_parts(3_036, 0).saturating_mul(b.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(2, 2))
	}
	fn reveal_holdout(n: u32, b: u32) -> Weight {
		Weight::from_parts(564_332_000, 6926)
			.saturating_add(Weight::from_parts(2_665_656, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(1_778, 0).saturating_mul(b.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(4, 2))
	}
	fn load(c: u32) -> Weight {
		Weight::from_parts(17_969_792, 990)
			.saturating_add(Weight::from_parts(3_701_840, 0).saturating_mul(c.into()))
			.saturating_add(Weight::from_parts(0, 136692).saturating_mul(c.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
			.saturating_add(RocksDbWeight::get().reads(1u64.saturating_mul(c.into())))
	}
	fn decode(k: u32) -> Weight {
		Weight::from_parts(539_819, 0)
			.saturating_add(Weight::from_parts(1_453_265, 0).saturating_mul(k.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
	}
	fn inference(k: u32) -> Weight {
		Weight::from_parts(1_893_000, 0)
			.saturating_add(Weight::from_parts(124_407, 0).saturating_mul(k.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(0, 0))
	}
	fn settle(l: u32) -> Weight {
		Weight::from_parts(162_826_321, 27990)
			.saturating_add(Weight::from_parts(124_147_901, 0).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 701).saturating_mul(l.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(22, 22))
	}
	fn prune() -> Weight {
		Weight::from_parts(307_659_000, 27990).saturating_add(RocksDbWeight::get().reads_writes(6, 138))
	}
	fn on_idle() -> Weight {
		Weight::from_parts(5_308_000, 1614).saturating_add(RocksDbWeight::get().reads_writes(2, 0))
	}
	fn draw_audit() -> Weight {
		Weight::from_parts(314_509_000, 1614).saturating_add(RocksDbWeight::get().reads_writes(1, 3))
	}
	fn close_offers() -> Weight {
		Weight::from_parts(35_233_000, 27990).saturating_add(RocksDbWeight::get().reads_writes(3, 3))
	}
	fn draw_order() -> Weight {
		Weight::from_parts(49_554_000, 27990).saturating_add(RocksDbWeight::get().reads_writes(3, 3))
	}
	fn draw_trainers(t: u32) -> Weight {
		Weight::from_parts(162_497_167, 27990)
			.saturating_add(Weight::from_parts(9_986_298, 0).saturating_mul(t.into()))
			.saturating_add(Weight::from_parts(0, 611).saturating_mul(t.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(8, 22))
	}
	fn close_handing() -> Weight {
		Weight::from_parts(688_708_000, 50956).saturating_add(RocksDbWeight::get().reads_writes(38, 39))
	}
	fn close_training() -> Weight {
		Weight::from_parts(272_536_000, 27990).saturating_add(RocksDbWeight::get().reads_writes(12, 13))
	}
	fn enlist_trainer(k: u32) -> Weight {
		Weight::from_parts(75_191_703, 4559)
			.saturating_add(Weight::from_parts(2_129_430, 0).saturating_mul(k.into()))
			.saturating_add(Weight::from_parts(0, 2575).saturating_mul(k.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(5, 5))
			.saturating_add(RocksDbWeight::get().reads(1u64.saturating_mul(k.into())))
	}
	fn add_keys(k: u32) -> Weight {
		Weight::from_parts(28_920_685, 4559)
			.saturating_add(Weight::from_parts(2_148_283, 0).saturating_mul(k.into()))
			.saturating_add(Weight::from_parts(0, 2575).saturating_mul(k.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(2, 2))
			.saturating_add(RocksDbWeight::get().reads(1u64.saturating_mul(k.into())))
	}
	fn retire_trainer() -> Weight {
		Weight::from_parts(76_353_000, 4559).saturating_add(RocksDbWeight::get().reads_writes(5, 5))
	}
	fn hand_lesson() -> Weight {
		Weight::from_parts(81_741_000, 27990).saturating_add(RocksDbWeight::get().reads_writes(3, 3))
	}
	fn commit_training() -> Weight {
		Weight::from_parts(50_665_000, 27990).saturating_add(RocksDbWeight::get().reads_writes(3, 3))
	}
	fn reveal_training(b: u32) -> Weight {
		Weight::from_parts(89_161_294, 27990)
			.saturating_add(Weight::from_parts(3_119, 0).saturating_mul(b.into()))
			.saturating_add(RocksDbWeight::get().reads_writes(5, 6))
	}
}
