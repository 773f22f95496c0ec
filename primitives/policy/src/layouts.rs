//! Ways to hold a layer's weights. All give the same bits; [`Policy`](crate::Policy) uses [`Best`], and the others are
//! there to be measured against it and to test it.

mod packed;
mod plain;
mod wide;

pub use crate::network::Network;
pub use packed::{Packed, Skipping};
pub use plain::Plain;
pub use wide::Wide;

use crate::{UncheckedLayer, MAX_INPUT, MAX_WIDTH};

/// The fastest layout on this platform: the node's Wasm has no SIMD.
#[cfg(target_arch = "wasm32")]
pub type Best = Packed;
/// The fastest layout on this platform: native code has SIMD.
#[cfg(not(target_arch = "wasm32"))]
pub type Best = Wide;

/// A layer's weights and biases, prepared for inference.
pub trait Layout {
	/// Prepares a layer whose lengths fit its shape and whose sums cannot overflow.
	fn prepare(layer: &UncheckedLayer) -> Self;

	/// Writes the biased sums of all rows to the first entries of `sums`. What it writes behind them means nothing, nor
	/// does what `inputs` holds behind the layer's inputs. `entries` is working memory.
	fn sums(&self, inputs: &[i16; MAX_INPUT], entries: &mut [u32; MAX_INPUT], sums: &mut [i32; MAX_WIDTH]);
}
