//! The engine on an in-memory chain with the real Wasm runtime.

mod attacks;
mod authoring;
mod chain;
mod clock;
mod documents;
mod equivocations;
mod fork_choice;
mod forks;
mod mutations;
mod peer_heads;
mod siblings;
mod sync;
