//! The off-chain worker of Praxis: trains deep Q-learning agents with libtorch and mines with them.
//!
//! The binary `praxis-worker` is a thin shell around this library; tests and benches use it directly.

pub mod agent;
pub mod chain;
pub mod checkpoint;
pub mod cipher;
pub mod commands;
pub mod device;
pub mod doctor;
pub mod http;
pub mod logs;
pub mod monitor;
pub mod plot;
pub mod quantise;
pub mod service;
pub mod settings;
pub mod signals;
pub mod store;
pub mod teaching;
