//! Weights of the SDK's calls that are others on this chain.

use crate::{constants::MAX_BLOCK_LENGTH, Runtime};
use frame_support::weights::Weight;

type Inner = frame_system::weights::SubstrateWeight<Runtime>;

/// Bytes of the compressed runtime with which the SDK measured its weights of an upgrade: that of its kitchen sink,
/// `res/kitchensink_runtime.compact.compressed.wasm` of `frame-system-benchmarking`.
const MEASURED_BYTES: u64 = 4_250_564;

/// What the SDK measured for an upgrade, 164 ms, by the bytes of a runtime that fits into a block of ours. The time goes
/// into decompressing the code and reading its version from it.
fn by_bytes(measured: Weight) -> Weight {
	let ref_time = u128::from(measured.ref_time()) * u128::from(MAX_BLOCK_LENGTH) / u128::from(MEASURED_BYTES);
	Weight::from_parts(ref_time as u64, measured.proof_size())
}

/// `frame_system::weights::SubstrateWeight` but for upgrades.
pub struct System;

impl frame_system::WeightInfo for System {
	fn remark(b: u32) -> Weight {
		Inner::remark(b)
	}

	fn remark_with_event(b: u32) -> Weight {
		Inner::remark_with_event(b)
	}

	fn set_heap_pages() -> Weight {
		Inner::set_heap_pages()
	}

	fn set_code() -> Weight {
		by_bytes(Inner::set_code())
	}

	fn set_storage(i: u32) -> Weight {
		Inner::set_storage(i)
	}

	fn kill_storage(i: u32) -> Weight {
		Inner::kill_storage(i)
	}

	fn kill_prefix(p: u32) -> Weight {
		Inner::kill_prefix(p)
	}

	fn authorize_upgrade() -> Weight {
		Inner::authorize_upgrade()
	}

	fn apply_authorized_upgrade() -> Weight {
		by_bytes(Inner::apply_authorized_upgrade())
	}
}
