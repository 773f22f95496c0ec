//! Proof of learning: the client side of the engine.
//!
//! | file | role |
//! |---|---|
//! | [`verifier`] | what a header must fulfil before its block is executed |
//! | [`equivocation`] | two blocks by one author in one slot: proofs, and what their rewards still count |
//! | [`fork_choice`] | the score of a head in this database |
//! | [`select_chain`] | the greatest score among the leaves above the finalised block |
//! | [`block_import`] | sets the fork choice, under a lock that spans read-best to import |
//! | [`announce`] | refuses a third tip of one author at one height |
//! | [`work`] | what the author's worker is asked to do |
//! | [`rpc`] | `learning_subscribeWork`, the only custom RPC |
//! | [`slot_worker`] | settles the parent, waits for transitions, builds, compares, seals |
//! | [`aux_schema`] | what is kept beside the chain: the last sealed slot, equivocations |
//!
//! The pipeline of a block from the network: announce validator, verifier, [`LearningBlockImport`],
//! GRANDPA's block import, client. A block of one's own enters at [`LearningBlockImport`]. Blocks that are
//! imported with their state or without execution (warp, fast and gap sync) trust GRANDPA and skip the
//! engine's checks.
#![forbid(unsafe_code)]

pub mod announce;
pub mod aux_schema;
pub mod block_import;
pub mod equivocation;
pub mod error;
pub mod fork_choice;
pub mod import_queue;
pub mod rpc;
pub mod select_chain;
pub mod slot_worker;
pub mod verifier;
pub mod work;

pub use announce::LearningAnnounceValidator;
pub use block_import::LearningBlockImport;
pub use error::Error;
pub use fork_choice::ForkChoice;
pub use import_queue::{import_queue, ImportQueueParams};
pub use select_chain::LearningSelectChain;
pub use slot_worker::{start_learning, StartParams};
pub use work::{Work, WorkHub};

#[cfg(test)]
mod tests;

pub(crate) const LOG_TARGET: &str = "learning";
