//! Weights of `pallet_models`.
//!
//! Not measured yet but set by hand, too high; `cargo xtask weights` measures them.

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
		Weight::from_parts(40_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(2, 1))
	}
	fn offer() -> Weight {
		Weight::from_parts(150_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(6, 6))
	}
	fn withdraw_offer() -> Weight {
		Weight::from_parts(150_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
	fn buy() -> Weight {
		Weight::from_parts(150_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(6, 7))
	}
	fn deliver() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	fn accept() -> Weight {
		Weight::from_parts(250_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(7, 9))
	}
	fn dispute() -> Weight {
		Weight::from_parts(3_000_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(8, 10))
	}
	fn finish_sale() -> Weight {
		Weight::from_parts(250_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(7, 9))
	}
	fn on_idle() -> Weight {
		Weight::from_parts(20_000_000, 9000).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
	fn look() -> Weight {
		Weight::from_parts(20_000_000, 9000).saturating_add(T::DbWeight::get().reads(1))
	}
}

impl WeightInfo for () {
	fn share() -> Weight {
		Weight::from_parts(40_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(2, 1))
	}
	fn offer() -> Weight {
		Weight::from_parts(150_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(6, 6))
	}
	fn withdraw_offer() -> Weight {
		Weight::from_parts(150_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(5, 5))
	}
	fn buy() -> Weight {
		Weight::from_parts(150_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(6, 7))
	}
	fn deliver() -> Weight {
		Weight::from_parts(50_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(3, 3))
	}
	fn accept() -> Weight {
		Weight::from_parts(250_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(7, 9))
	}
	fn dispute() -> Weight {
		Weight::from_parts(3_000_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(8, 10))
	}
	fn finish_sale() -> Weight {
		Weight::from_parts(250_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(7, 9))
	}
	fn on_idle() -> Weight {
		Weight::from_parts(20_000_000, 9000).saturating_add(RocksDbWeight::get().reads_writes(1, 1))
	}
	fn look() -> Weight {
		Weight::from_parts(20_000_000, 9000).saturating_add(RocksDbWeight::get().reads(1))
	}
}
