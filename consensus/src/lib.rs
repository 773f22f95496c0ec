//! Proof of learning: the client side of the engine.
//!
//! | file | role |
//! |---|---|
//! | [`clock`] | time in slots: when a slot begins, and from when on its block may be seen |
//! | [`verifier`] | what a header must fulfil before its block is executed |
//! | [`equivocation`] | two blocks by one author in one slot: proofs, and what their rewards still count |
//! | [`fork_choice`] | the score of a head in this database |
//! | [`select_chain`] | the greatest score among the leaves above the finalised block |
//! | [`block_import`] | sets the fork choice, under a lock that spans read-best to import; chooses the head again |
//! | [`tips`] | the blocks above the finalised one: how many siblings, and whose |
//! | [`announce`] | holds early announcements, refuses forged headers and tips too many |
//! | [`work`] | what the author's worker is asked to do |
//! | [`rpc`] | `learning_subscribeWork`, the only custom RPC |
//! | [`slot_worker`] | settles the parent, waits for transitions, builds, compares, seals |
//! | [`aux_schema`] | what is kept beside the chain: sealed slots, equivocations |
//!
//! The pipeline of a block from the network: announce validator, verifier, [`LearningBlockImport`],
//! GRANDPA's block import, client. A block of one's own enters at [`LearningBlockImport`]. Blocks that are
//! imported with their state or without execution (warp, fast and gap sync) trust GRANDPA and skip the
//! engine's checks; what of them is not final is executed and checked later.
#![forbid(unsafe_code)]

pub mod announce;
pub mod aux_schema;
pub mod block_import;
pub mod clock;
pub mod equivocation;
pub mod error;
pub mod fork_choice;
pub mod import_queue;
pub mod peer_heads;
pub mod rpc;
pub mod select_chain;
pub mod slot_worker;
pub mod tips;
pub mod verifier;
pub mod work;

pub use announce::LearningAnnounceValidator;
pub use block_import::{follow_finality, LearningBlockImport};
pub use clock::SlotClock;
pub use error::Error;
pub use fork_choice::ForkChoice;
pub use import_queue::{import_queue, ImportQueueParams};
pub use peer_heads::PeerHeads;
pub use select_chain::LearningSelectChain;
pub use slot_worker::{start_learning, StartParams};
pub use work::{Work, WorkHub};

#[cfg(test)]
mod tests;

pub(crate) const LOG_TARGET: &str = "learning";
