//! Tests of one or two nodes. They mostly wait for blocks, so that each is content with a core: the harness runs as many
//! side by side as the machine has (`cargo test -p praxis-tests --test small work::` runs those of one module).

mod market_cli;
mod monitoring;
mod node_cli;
mod polkadot_js;
mod task_market;
mod upgrade;
mod work;
mod work_together;
mod worker;
mod worker_control;
