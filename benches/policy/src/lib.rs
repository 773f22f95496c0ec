//! Inferences to be timed: the same code natively and, built for Wasm, in the node's executor.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod job;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use job::{run, Job, Way};
