//! The Praxis node.
//!
//! | file | role |
//! |---|---|
//! | `cli` | the command line: flags, defaults, help |
//! | `command` | runs what the command line asks for |
//! | `service` | puts client, pool, network, consensus and finality together |
//! | `dev_keys` | keys of the development accounts |
//! | `finality` | warns when finality lags |
//! | `metrics` | what operators watch: `praxis_*` for Prometheus |
//! | `rpc` | what the node serves beside the standard RPC |
#![forbid(unsafe_code)]
// The SDK's error types are large.
#![allow(clippy::result_large_err)]

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod cli;
mod command;
mod dev_keys;
mod finality;
mod metrics;
mod rpc;
mod service;

fn main() -> std::process::ExitCode {
	match command::run() {
		Ok(()) => std::process::ExitCode::SUCCESS,
		Err(error) => {
			// As text for people: the derived form hides what to do about it.
			eprintln!("Error: {error}");
			std::process::ExitCode::FAILURE
		}
	}
}
