//! What the markets, the evaluation and the workers of the chain tell each other.
//!
//! | module | between |
//! |---|---|
//! | [`evaluation`] | a market that asks for judgement, and `pallet-evaluation` that gives it |
//! | [`trial`] | the evaluation, and workers that judge their own policies off the chain |
//! | [`workers`] | the task market, and the registry of workers with their reputation |
//! | [`models`] | the task market, and the registry of models |
//! | [`task`], [`selection`] | the task market, workers and clients |
//! | [`similarity`] | whoever compares environments |
//! | [`sealed`] | the registry of models, and who sells and buys models |
//! | [`evaluation_api`], [`task_market_api`], [`workers_api`], [`models_api`] | the runtime, and clients |
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod evaluation;
// The bounds are repeated by `decl_runtime_apis!`.
#[allow(clippy::multiple_bound_locations)]
pub mod evaluation_api;
pub mod models;
#[allow(clippy::multiple_bound_locations)]
pub mod models_api;
pub mod sealed;
pub mod selection;
pub mod similarity;
pub mod task;
#[allow(clippy::multiple_bound_locations)]
pub mod task_market_api;
pub mod trial;
pub mod workers;
#[allow(clippy::multiple_bound_locations)]
pub mod workers_api;

pub use evaluation::{Evaluation, EvaluationError, JobId, Judgement, OnEvaluated, Progress, Request};
pub use models::{ModelRegistry, NewModel};
pub use models_api::{ModelView, OfferId, OfferView, Sale, SaleId, SaleState};
pub use selection::{Candidate, RankedApplicant, Standing};
pub use similarity::similarity;
pub use task::{Assignment, Cid, Commit, Expiry, Ledger, Reveal, Settlement, TaskSpec, TaskState, TaskView};
pub use trial::{Course, Seeds, Trial, Workspace};
pub use workers::{Mark, Quality, Resources, Terms, WorkerError, WorkerRegistry};
pub use workers_api::WorkerView;

/// Names a task, from 0 upwards.
pub type TaskId = u32;

/// blake2-256 of a policy's canonical SCALE encoding.
pub type PolicyHash = sp_core::H256;
