//! Tests of one or two nodes. They mostly wait for blocks, each of them keeps a core busy for a quarter of it, so several run
//! side by side (`RUST_TEST_THREADS`; `cargo xtask test` runs four). `cargo test -p praxis-tests --test small work::` runs those
//! of one module.

mod lots;
mod market_cli;
mod monitoring;
mod node_cli;
mod polkadot_js;
mod task_market;
mod teaching;
mod teaching_js;
mod training;
mod upgrade;
mod work;
mod work_together;
mod worker;
mod worker_control;
