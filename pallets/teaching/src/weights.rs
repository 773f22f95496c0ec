//! Weights of `pallet_teaching`. Put by hand, generous, until `cargo xtask weights` has measured them.

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

macro_rules! weights {
	($db:expr) => {
		fn open_session() -> Weight {
			Weight::from_parts(200_000_000, 0).saturating_add($db.reads_writes(12, 12))
		}
		fn reveal_audit(n: u32, b: u32) -> Weight {
			Weight::from_parts(150_000_000, 0)
				.saturating_add(Weight::from_parts(30_000_000, 0).saturating_mul(n.into()))
				.saturating_add(Weight::from_parts(10_000, 0).saturating_mul(b.into()))
				.saturating_add($db.reads_writes(4, 3))
		}
		fn join() -> Weight {
			Weight::from_parts(120_000_000, 0).saturating_add($db.reads_writes(4, 4))
		}
		fn leave() -> Weight {
			Weight::from_parts(120_000_000, 0).saturating_add($db.reads_writes(5, 4))
		}
		fn commit_lesson() -> Weight {
			Weight::from_parts(150_000_000, 0).saturating_add($db.reads_writes(6, 6))
		}
		fn dispute_lesson(b: u32) -> Weight {
			Weight::from_parts(3_500_000_000, 0)
				.saturating_add(Weight::from_parts(50_000, 0).saturating_mul(b.into()))
				.saturating_add($db.reads_writes(40, 40))
		}
		fn commit_classifier() -> Weight {
			Weight::from_parts(150_000_000, 0).saturating_add($db.reads_writes(5, 6))
		}
		fn reveal_classifier(b: u32) -> Weight {
			Weight::from_parts(100_000_000, 0)
				.saturating_add(Weight::from_parts(20_000, 0).saturating_mul(b.into()))
				.saturating_add($db.reads_writes(2, 2))
		}
		fn reveal_holdout(n: u32, b: u32) -> Weight {
			Weight::from_parts(150_000_000, 0)
				.saturating_add(Weight::from_parts(5_000_000, 0).saturating_mul(n.into()))
				.saturating_add(Weight::from_parts(20_000, 0).saturating_mul(b.into()))
				.saturating_add($db.reads_writes(4, 3))
		}
		fn load(c: u32) -> Weight {
			Weight::from_parts(20_000_000, 0).saturating_mul(c.into()).saturating_add($db.reads(c.into()))
		}
		fn decode(k: u32) -> Weight {
			Weight::from_parts(14_000_000, 0).saturating_mul(k.into())
		}
		fn inference(k: u32) -> Weight {
			Weight::from_parts(250_000, 0).saturating_mul(k.into())
		}
		fn settle(l: u32) -> Weight {
			Weight::from_parts(500_000_000, 0)
				.saturating_add(Weight::from_parts(250_000_000, 0).saturating_mul(l.into()))
				.saturating_add($db.reads_writes(24, 24))
				// A teacher and two trainers each.
				.saturating_add($db.reads_writes(3, 3).saturating_mul(l.into()))
		}
		fn prune() -> Weight {
			Weight::from_parts(600_000_000, 0).saturating_add($db.reads_writes(9, 140))
		}
		fn on_idle() -> Weight {
			Weight::from_parts(15_000_000, 0).saturating_add($db.reads_writes(2, 1))
		}
		fn draw_audit() -> Weight {
			Weight::from_parts(500_000_000, 0).saturating_add($db.reads_writes(5, 5))
		}
		fn close_offers() -> Weight {
			Weight::from_parts(150_000_000, 0).saturating_add($db.reads_writes(5, 4))
		}
		fn draw_order() -> Weight {
			Weight::from_parts(250_000_000, 0).saturating_add($db.reads_writes(5, 5))
		}
		fn draw_trainers(t: u32) -> Weight {
			Weight::from_parts(1_000_000_000, 0)
				.saturating_add(Weight::from_parts(40_000_000, 0).saturating_mul(t.into()))
				.saturating_add($db.reads_writes(60, 70))
		}
		fn close_handing() -> Weight {
			Weight::from_parts(1_500_000_000, 0).saturating_add($db.reads_writes(70, 70))
		}
		fn close_training() -> Weight {
			Weight::from_parts(800_000_000, 0).saturating_add($db.reads_writes(40, 40))
		}
		fn enlist_trainer(k: u32) -> Weight {
			Weight::from_parts(150_000_000, 0)
				.saturating_add(Weight::from_parts(5_000_000, 0).saturating_mul(k.into()))
				.saturating_add($db.reads_writes(5, 5))
				.saturating_add($db.reads(k.into()))
		}
		fn add_keys(k: u32) -> Weight {
			Weight::from_parts(100_000_000, 0)
				.saturating_add(Weight::from_parts(5_000_000, 0).saturating_mul(k.into()))
				.saturating_add($db.reads_writes(3, 3))
				.saturating_add($db.reads(k.into()))
		}
		fn retire_trainer() -> Weight {
			Weight::from_parts(150_000_000, 0).saturating_add($db.reads_writes(6, 6))
		}
		fn hand_lesson() -> Weight {
			Weight::from_parts(200_000_000, 0).saturating_add($db.reads_writes(4, 4))
		}
		fn commit_training() -> Weight {
			Weight::from_parts(150_000_000, 0).saturating_add($db.reads_writes(4, 4))
		}
		fn reveal_training(b: u32) -> Weight {
			Weight::from_parts(250_000_000, 0)
				.saturating_add(Weight::from_parts(20_000, 0).saturating_mul(b.into()))
				.saturating_add($db.reads_writes(10, 10))
		}
	};
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	weights!(T::DbWeight::get());
}

impl WeightInfo for () {
	weights!(RocksDbWeight::get());
}
