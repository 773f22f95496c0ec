//! The teaching market: teachers offer lessons, a student or neutral trainers train on them, the chain itself counts how
//! much each lesson raised the student's score, and pays by it.
//!
//! ## Terms
//!
//! - **Student**: opens a session; the **reward**, and a deposit for the storage, are on hold.
//! - **Holdout**: labelled items that only the student has. The chain has their Merkle root. A part of them, drawn by a
//!   beacon, is shown at the beginning (**audit**), for teachers to read before they stake; it is not scored.
//! - **Teacher**: has a **seat**, with a **stake** on hold, and offers at most one **lesson** a round, for a **fee**:
//!   labelled samples, sealed to a one-time key that the student named for this seat and round.
//! - **Trainer**: where the session says so neutral trainers train in the student's place. They have a **bond** and one-time
//!   keys in a **pool**; the beacon that orders the lessons draws two for each. Its teacher **hands** them its key. They commit
//!   to their classifiers, then show them; the better one counts, and its trainer gets a part of the payout.
//! - **Classifier**: a policy in the format of `praxis-policy`; its greedy action is the class. The student commits to
//!   one after every lesson, in the order that a beacon drew, and to a **base** before all of them.
//! - **Score**: items of the holdout that a classifier recognises. The chain classifies all of them.
//!
//! ```text
//!  open_session     beacon, all drawn items shown     offer_blocks             beacon            a classifier a lesson
//!  ---> Drawing, Auditing -----------------> Offering ------------> Ordering ------------> Training ------> Offering, or
//!                  | audit_blocks              |  no lesson: next round,                      | too late
//!                  v                           |  or Revealing                                v
//!               Failed                         v                                          Forfeited
//!                                          Revealing --- all classifiers revealed, all chunks counted ---> Settled
//!                                              | reveal_blocks
//!                                              v
//!                                          Forfeited                      finished sessions are pruned later
//! ```
//!
//! With trainers, in the place of Training:
//!
//! ```text
//!            beacon            all keys are handed                      all have committed
//!  Ordering ---------> Handing --------------------> TrainingCommit ----------------------> TrainingReveal ---> Offering, or
//!                              or HandBlocks           ^            or train_blocks              |              Revealing
//!                                                      '------------------- next lesson ---------'
//! ```
//!
//! A height named as a deadline is the last at which something may still be done. In that very block, after its calls,
//! `on_idle` advances the session; should the block have no room, a later one does, or anybody by [`Pallet::poke`].
//!
//! ## Money
//!
//! Every amount is held, and moved, by the functions of [`Escrow`], which write it down in the session's
//! [`Ledger`](praxis_primitives_market::Ledger): escrowed = paid + returned + burnt + what is still on hold. With s the
//! items that the classifier after a lesson recognised, b the most that one before it did, and P the logarithmic
//! [scale](praxis_primitives_teaching::payout):
//!
//! | what | formula |
//! |---|---|
//! | student's hold | reward R; and a deposit for the storage |
//! | teacher's hold | a stake for the seat, a fee for each lesson |
//! | a lesson earns | P(max(b, s)) − P(b): in all at most R |
//! | settled | lessons are paid, fees go to the student, stakes return, the rest of R returns |
//! | drawn items not shown | ⌈[`Config::NoAuditBurn`] · R⌉ burnt, else another draw would be free |
//! | not trained or revealed in time | R burnt; fees and stakes return to the teachers |
//! | lesson that cannot be opened, or whose key is not handed | its teacher's stake burnt, its fee returned |
//! | lesson that nobody trains | its fee returned |
//! | dispute of a lesson that can be opened | [`Config::DisputeFee`] burnt of the student's deposit, or the trainer's bond |
//! | trainer's hold | [`Config::TrainerBond`]; [`Config::TrainerSlash`] of it burnt where it shows nothing |
//! | trainers earn | ⌊share · payout⌋ of the lesson: the best one, or a half each |
//!
//! Nothing that anybody loses by a fault goes to anybody else. `docs/teaching.md` describes every transition and each odd
//! case, and what is trusted; `docs/security.md` what an attacker can try.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod assignments;
mod audit;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod calls;
mod classifiers;
mod config;
mod deadlines;
mod disputes;
mod errors;
mod escrow;
mod events;
mod handing;
mod holdout;
mod hooks;
mod lessons;
#[cfg(test)]
mod mock;
mod opening;
mod pool;
mod settlement;
mod storage;
#[cfg(test)]
mod tests;
mod training;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod types;
mod views;
pub mod weights;

use deadlines::Queue;
use escrow::Holds;
use frame_support::pallet_macros::import_section;
use praxis_support::{Escrow, Lifecycle};

pub use pallet::*;
pub use types::{
	BalanceOf, Candidate, Failure, Forfeit, Lesson, LessonOf, LessonTrainer, LessonTrainerOf, LessonsOf, Places,
	Scoring, Seat, Session, SessionOf, SpecOf, Trainer, TrainerOf, ViewOf, MAX_CANDIDATES,
};
pub use weights::WeightInfo;

/// Target of this pallet's log lines.
pub(crate) const LOG_TARGET: &str = "runtime::teaching";

/// Most items that one call shows of an audit. More are shown by several calls.
pub const AUDIT_ITEMS_A_CALL: u32 = 64;

#[import_section(config::config)]
#[import_section(storage::storage)]
#[import_section(hooks::hooks)]
#[import_section(calls::calls)]
#[import_section(events::events)]
#[import_section(errors::errors)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::fungible::MutateHold};
	use frame_system::pallet_prelude::*;
	use praxis_policy::MAX_ENCODED;
	use praxis_primitives_consensus::Beacon;
	use praxis_primitives_market::{Ledger, PolicyHash};
	use praxis_primitives_teaching::{
		session::{AUDIT_ITEMS, MAX_LESSONS},
		trainers::{HandedKeys, Prekeys, Void},
		Item, LessonOffer, SessionId,
	};
	use sp_core::H256;
	use sp_runtime::{traits::Zero, Perbill};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);
}
