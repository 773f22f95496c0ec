//! End-to-end tests: networks of real nodes and workers on loopback.
//!
//! This library is the harness: [`Node`] and [`Worker`] start the binaries that stand next to the tests'
//! own, in temporary folders and on free ports, and end them when dropped; [`Rpc`] asks a node; [`wait_for`]
//! polls with a bound. [`network`] starts several authors, [`Isolation`] cuts one off, [`Audit`] and [`State`] check
//! what must hold afterwards. The tests are in `tests/`.
#![forbid(unsafe_code)]

pub mod audit;
pub mod chain;
pub mod isolation;
pub mod market;
pub mod network;
pub mod npm;
pub mod process;
pub mod prometheus;
pub mod python;
pub mod rpc;
pub mod specification;
pub mod state;
pub mod store;
pub mod teaching;

pub use audit::{Audit, Books};
pub use isolation::{Isolation, Place};
pub use market::Market;
pub use process::{binary, free_port, Node, NodeConfig, Worker, WorkerConfig};
pub use rpc::{Rpc, RpcError};
pub use specification::Specification;
pub use state::State;
pub use teaching::Party;

use std::time::{Duration, Instant};

/// Time between two looks at something that is waited for.
const POLL: Duration = Duration::from_millis(250);

/// Calls `look` until it gives something, at most for `limit`. `what` is told when it never does.
pub fn wait_for<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
	wait_until(what, limit, || look().ok_or_else(String::new))
}

/// Like [`wait_for`]; where it waited in vain, the panic shows how things stood in the end.
///
/// # Panics
///
/// After `limit`.
pub fn wait_until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Result<T, String>) -> T {
	let begun = Instant::now();
	loop {
		let stands = match look() {
			Ok(found) => return found,
			Err(stands) => stands,
		};
		assert!(begun.elapsed() < limit, "waited {} s in vain for {what} {stands}", limit.as_secs());
		std::thread::sleep(POLL);
	}
}
