//! The engine on an in-memory chain with the real Wasm runtime.

mod attacks;
mod chain;
mod fork_choice;
mod forks;
