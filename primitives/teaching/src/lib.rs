//! The teaching market: a student's classifier is taught by lessons, and who raised its score is paid on a logarithmic
//! scale.
//!
//! | module | content |
//! |---|---|
//! | [`payout`] | what a score is worth |
//! | [`holdout`] | the student's private test items, how they are bound by a Merkle root and shown |
//! | [`draw`] | what beacons decide: items of the audit, order of the lessons |
//! | [`lesson`] | a lesson's encrypted file |
//! | [`trainers`] | neutral trainers and what they do for a lesson |
//! | [`session`], [`teaching_api`] | what the pallet and its clients tell each other |
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod draw;
pub mod holdout;
pub mod lesson;
mod merkle;
pub mod payout;
pub mod session;
// The bounds are repeated by `decl_runtime_apis!`.
#[allow(clippy::multiple_bound_locations)]
pub mod teaching_api;
pub mod trainers;

pub use holdout::Item;
pub use payout::{payout, Scale};
pub use session::{LessonOffer, SessionId, SessionSpec, SessionState, SessionView};
