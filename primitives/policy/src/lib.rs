//! Policies whose judgement is exact: quantised feed-forward networks with integer inference, the same bits in the
//! runtime and in the worker.
//!
//! # Network
//!
//! A policy is one to [`MAX_LAYERS`] layers of 8-bit weights and 32-bit biases. Nothing here uses a float, panics on
//! input or depends on the platform.
//!
//! | step | formula |
//! |---|---|
//! | input | `x = clamp(observation, -input_limit, input_limit)`, 16 bits |
//! | sum of output row `r` | `s[r] = biases[r] + Σ weights[r][i] · x[i]`, 32 bits |
//! | between layers | `x[r] = clamp((s[r] + half) >> shift, 0, 32767)`, where `half = 2^(shift - 1)`, or 0 for a shift of 0 |
//! | after the last layer | the logits are the sums `s` themselves; the last layer's shift is 0 |
//! | greedy action | the lowest index among the greatest logits |
//!
//! The shift is arithmetic, so that with `half` it divides by 2^`shift` and rounds to the nearest integer, ties up. A
//! shift that rounded down would lower every activation by half a unit on average, and the errors would add up over a
//! row.
//!
//! # No sum overflows
//!
//! [`Policy`] exists only where, for each row, `|bias| + Σ |weight| · bound (+ half, between layers) ≤ i32::MAX`. `bound`
//! is `input_limit` in the first layer and 32767, the greatest activation, in the others. The left side bounds every
//! partial sum in any order, so inference needs no check, and all [`layouts`] give the same bits.
//!
//! # Format
//!
//! [`UncheckedPolicy`] in SCALE: version, input limit, layers. [`Policy::decode`] accepts exactly the bytes that
//! [`Policy::encode`] gives back; [`Policy::hash`] is their blake2-256. Bytes are read within the bounds below: no length
//! prefix makes the reader allocate more than they allow.
//!
//! # Cost
//!
//! Inference allocates nothing: it works in a [`Scratch`], which fits every policy. Its time depends on the shape alone:
//! no branch depends on a value. [`Policy::work`] is in proportion to it, for narrow layers too, so weights belong to a
//! unit of work. Nanoseconds per multiply-add, on one core of an AMD EPYC, and beside them those of plain loops:
//!
//! | shape | Wasm, in the node's executor | native |
//! |---|---|---|
//! | 4-64-64-2 | 0.16 (0.46) | 0.08 (0.13) |
//! | 4-256-256-4 | 0.14 (0.42) | 0.06 (0.10) |
//! | 784-32-10 | 0.14 (0.44) | 0.06 (0.10) |
//!
//! `cargo bench -p praxis-policy` measures natively, `benches/policy` of this repository in the executor.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod bounds;
mod check;
mod error;
mod format;
pub mod layouts;
mod network;
mod policy;
mod scratch;

pub use bounds::{
	multiply_adds_of, parameters_of, work_of, Limits, FORMAT_VERSION, MAX_ENCODED, MAX_INPUT, MAX_LAYERS,
	MAX_PARAMETERS, MAX_SHIFT, MAX_WIDTH, MAX_WORK,
};
pub use error::PolicyError;
pub use format::{UncheckedLayer, UncheckedPolicy};
pub use policy::Policy;
pub use scratch::Scratch;
