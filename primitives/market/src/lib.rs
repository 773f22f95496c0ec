//! What the markets, the evaluation and the workers of the chain tell each other.
//!
//! | module | between |
//! |---|---|
//! | [`evaluation`] | a market that asks for judgement, and `pallet-evaluation` that gives it |
//! | [`workers`] | the task market, and the registry of workers with their reputation |
//! | [`models`] | the task market, and the registry of models |
//! | [`api`] | the runtime, and clients |
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod evaluation;
pub mod models;
pub mod workers;

pub use evaluation::{Evaluation, EvaluationError, Judgement, JobId, OnEvaluated, Progress, Request};
pub use models::{ModelRegistry, NewModel};
pub use workers::{Mark, Quality, Resources, Terms, WorkerError, WorkerRegistry};

/// Names a task, from 0 upwards.
pub type TaskId = u32;

/// blake2-256 of a policy's canonical SCALE encoding.
pub type PolicyHash = sp_core::H256;
