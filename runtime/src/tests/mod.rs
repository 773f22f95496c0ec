//! The runtime as a whole: blocks from their first digest to their last, natively and as Wasm.

mod accounts;
mod chain;
mod market;
mod nonces;
mod presets;
mod room;
mod submissions;
mod teaching;
mod upgrade;
mod wasm;
