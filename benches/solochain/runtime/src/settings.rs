//! What the two packages of this source differ in.

use frame_support::weights::{
	constants::{ParityDbWeight, RocksDbWeight, WEIGHT_REF_TIME_PER_MILLIS},
	RuntimeDbWeight, Weight,
};
use sp_core::Get;

/// Whether this is the package with the settings of Praxis.
pub const SHORT: bool = env!("CARGO_PKG_NAME").len() == "solochain-runtime-short".len();

/// Length of a slot, in milliseconds.
pub const SLOT_DURATION: u64 = if SHORT { 3_000 } else { 6_000 };

/// Execution time of a block: a third of the slot in the template, a twentieth in Praxis.
pub const MAX_BLOCK_WEIGHT: Weight =
	Weight::from_parts(if SHORT { 150 } else { 2_000 } * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX);

/// Share of a block that normal transactions may take, in percent.
pub const NORMAL_RATIO: u32 = 75;

/// Bytes of a block's extrinsics.
pub const MAX_BLOCK_LENGTH: u32 = if SHORT { 1024 * 1024 } else { 5 * 1024 * 1024 };

/// Weights of the database.
pub struct DbWeight;

impl Get<RuntimeDbWeight> for DbWeight {
	fn get() -> RuntimeDbWeight {
		if SHORT {
			ParityDbWeight::get()
		} else {
			RocksDbWeight::get()
		}
	}
}
