//! The teaching market: teachers offer lessons, a student trains on them, the chain itself counts how much each lesson
//! raised the student's score, and pays by it.
//!
//! ## Terms
//!
//! - **Student**: opens a session; the **reward**, and a deposit for the storage, are on hold.
//! - **Holdout**: labelled items that only the student has. The chain has their Merkle root. A part of them, drawn by a
//!   beacon, is shown at the beginning (**audit**), for teachers to read before they stake; it is not scored.
//! - **Teacher**: has a **seat**, with a **stake** on hold, and offers at most one **lesson** a round, for a **fee**:
//!   labelled samples, sealed to a one-time key that the student named for this seat and round.
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
//! A height named as a deadline is the last at which something may still be done. In that very block, after its calls,
//! `on_idle` advances the session; should the block have no room, a later one does, or anybody by [`Pallet::poke`].
//!
//! ## Money
//!
//! Every amount is held, and moved, by the functions of `escrow.rs`, which write it down in the session's
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
//! | lesson that cannot be opened | its teacher's stake burnt, its fee returned |
//! | dispute of a lesson that can be opened | [`Config::DisputeFee`] burnt of the student's deposit |
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
mod classifiers;
mod config;
mod deadlines;
mod disputes;
mod errors;
mod escrow;
mod events;
mod holdout;
mod hooks;
mod lessons;
#[cfg(test)]
mod mock;
mod opening;
mod settlement;
mod storage;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod types;
mod views;
pub mod weights;

use frame_support::pallet_macros::import_section;

pub use pallet::*;
pub use types::{
	BalanceOf, Candidate, Forfeit, Lesson, LessonOf, LessonTrainer, LessonTrainerOf, LessonsOf, Places, Scoring, Seat,
	Session, SessionOf, SpecOf, Trainer, TrainerOf, ViewOf, MAX_CANDIDATES,
};
pub use weights::WeightInfo;

/// Target of this pallet's log lines.
pub(crate) const LOG_TARGET: &str = "runtime::teaching";

/// Most items that one call shows of an audit. More are shown by several calls.
pub const AUDIT_ITEMS_A_CALL: u32 = 64;

#[import_section(config::config)]
#[import_section(storage::storage)]
#[import_section(hooks::hooks)]
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
	use praxis_primitives_teaching::{session::AUDIT_ITEMS, Item, LessonOffer, SessionId};
	use sp_core::H256;
	use sp_runtime::{traits::Zero, Perbill};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Opens a session and puts its reward and a deposit on hold. It cannot be taken back.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `spec`: what is offered; amounts in the token's smallest part, times in blocks.
		///
		/// # Errors
		/// - [`Error::BadShape`], [`Error::BadHoldout`], [`Error::BadScale`], [`Error::BadReward`], [`Error::BadStake`],
		///   [`Error::BadRounds`], [`Error::BadDeadlines`], [`Error::BadKeys`], [`Error::BadOffer`],
		///   [`Error::TooExpensive`]: such a session cannot be.
		/// - [`Error::HoldoutUsed`], [`Error::TooManySessions`], [`Error::TooManySessionsOfAccount`],
		///   [`Error::NoBeacon`]: not now.
		/// - `Token(FundsUnavailable)`: the free balance does not suffice.
		///
		/// # Events
		/// - [`Event::SessionOpened`]
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::open_session())]
		pub fn open_session(origin: OriginFor<T>, spec: SpecOf<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_open(who, spec)
		}

		/// Shows the next of the items that were drawn, in ascending order. With the last of them the first round begins.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `session`: the session.
		/// - `items`: 1 to [`AUDIT_ITEMS_A_CALL`] items, each with its proof.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotStudent`], [`Error::WrongState`], [`Error::TooLate`].
		/// - [`Error::BadCount`], [`Error::BadItem`], [`Error::BadProof`].
		///
		/// # Events
		/// - [`Event::AuditRevealed`], maybe [`Event::RoundBegan`] after it
		#[pallet::call_index(1)]
		#[pallet::weight(Pallet::<T>::audit_weight(items))]
		pub fn reveal_audit(origin: OriginFor<T>, session: SessionId, items: Vec<(Item, Vec<H256>)>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reveal_audit(who, session, &items)
		}

		/// Takes a seat in a session and puts the stake on hold.
		///
		/// # Origin
		/// Signed by the teacher.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`], [`Error::TooLate`]: nobody can join now.
		/// - [`Error::OwnSession`], [`Error::AlreadyJoined`], [`Error::NoSeat`].
		/// - `Token(FundsUnavailable)`: the free balance does not suffice.
		///
		/// # Events
		/// - [`Event::TeacherJoined`]
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::join())]
		pub fn join(origin: OriginFor<T>, session: SessionId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_join(who, session)
		}

		/// Gives a seat back, for which no lesson was committed; the stake is returned.
		///
		/// # Origin
		/// Signed by the teacher.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`]: the session is finished.
		/// - [`Error::NotTeacher`], [`Error::HasLessons`].
		///
		/// # Events
		/// - [`Event::TeacherLeft`]
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::leave())]
		pub fn leave(origin: OriginFor<T>, session: SessionId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_leave(who, session)
		}

		/// Commits the teacher's lesson of this round and puts its fee on hold.
		///
		/// # Origin
		/// Signed by the teacher.
		///
		/// # Parameters
		/// - `session`: the session.
		/// - `offer`: where the ciphertext is and what it is; its key is sealed to the one-time key of the teacher's seat
		///   and this round.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`], [`Error::TooLate`]: nobody can commit a lesson now.
		/// - [`Error::NotTeacher`], [`Error::StakeLost`], [`Error::AlreadyOffered`]: this account cannot.
		/// - [`Error::BadOffer`], [`Error::DuplicateLesson`].
		/// - `Token(FundsUnavailable)`: the free balance does not suffice for the fee.
		///
		/// # Events
		/// - [`Event::LessonCommitted`]
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::commit_lesson())]
		pub fn commit_lesson(origin: OriginFor<T>, session: SessionId, offer: LessonOffer) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit_lesson(who, session, offer)
		}

		/// Shows that a lesson cannot be opened: its key, or one chunk of it. The secret becomes public. Only before the
		/// classifier after the lesson is committed.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `session`, `lesson`: the lesson.
		/// - `secret`: that of the one-time key of the lesson's seat and round.
		/// - `chunk`: index, bytes and proof of a chunk of the ciphertext; none to dispute the key.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotStudent`], [`Error::WrongState`], [`Error::TooLate`], [`Error::NoLesson`],
		///   [`Error::VoidLesson`], [`Error::NothingToTrain`]: there is nothing to dispute.
		/// - [`Error::WrongSecret`], [`Error::BadProof`], [`Error::DepositSpent`].
		///
		/// # Events
		/// - [`Event::LessonVoided`], or [`Event::DisputeLost`] where the lesson can be opened
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::dispute_lesson(chunk.as_ref().map_or(0, |chunk| chunk.1.len() as u32)))]
		pub fn dispute_lesson(
			origin: OriginFor<T>,
			session: SessionId,
			lesson: u8,
			secret: [u8; 32],
			chunk: Option<(u32, Vec<u8>, Vec<H256>)>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_dispute(who, session, lesson, secret, chunk)
		}

		/// Binds the student to the classifier after the next lesson of the drawn order. With the last of a round the next
		/// round begins, or the reveal.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `session`: the session.
		/// - `hash`: blake2-256 of the classifier's encoding. It may be that of an earlier one, where the lesson was of no
		///   use.
		/// - `claim`: what its score is said to be, for people to watch.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotStudent`], [`Error::WrongState`], [`Error::TooLate`],
		///   [`Error::NothingToTrain`].
		///
		/// # Events
		/// - [`Event::ClassifierCommitted`], maybe [`Event::RoundBegan`] or [`Event::RevealBegan`] after it
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::commit_classifier())]
		pub fn commit_classifier(
			origin: OriginFor<T>,
			session: SessionId,
			hash: PolicyHash,
			claim: Option<Perbill>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit_classifier(who, session, hash, claim)
		}

		/// Reveals a classifier to which the student bound itself: the base at any time, so that teachers can try it on the
		/// items that were shown; the others when the rounds are over.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `session`: the session.
		/// - `classifier`: its index among the session's distinct ones; 0 is the base.
		/// - `bytes`: its encoding.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotStudent`], [`Error::WrongState`], [`Error::TooLate`].
		/// - [`Error::NoClassifier`], [`Error::AlreadyRevealed`], [`Error::WrongClassifier`], [`Error::BadPolicy`],
		///   [`Error::WrongShape`], [`Error::TooLarge`].
		///
		/// # Events
		/// - [`Event::ClassifierRevealed`]
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::reveal_classifier(bytes.len() as u32))]
		pub fn reveal_classifier(
			origin: OriginFor<T>,
			session: SessionId,
			classifier: u8,
			bytes: BoundedVec<u8, ConstU32<MAX_ENCODED>>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reveal_classifier(who, session, classifier, bytes)
		}

		/// Reveals a chunk of the holdout, in any order, once each: every classifier classifies its items, but those that
		/// were shown before.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `session`: the session.
		/// - `chunk`: index of the chunk of 2^`chunk_log2` items; the last may be shorter.
		/// - `items`: its items.
		/// - `proof`: the siblings on the way from the chunk to the root, from below.
		/// - `work`: work of one inference of each classifier together: at least what it really is. The fee is for it;
		///   what was too much is returned.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotStudent`], [`Error::WrongState`], [`Error::TooLate`],
		///   [`Error::ClassifiersMissing`].
		/// - [`Error::TooLittleWork`], [`Error::NoChunk`], [`Error::AlreadyCounted`], [`Error::BadCount`],
		///   [`Error::BadItem`], [`Error::BadProof`].
		///
		/// # Events
		/// - [`Event::ChunkCounted`]
		#[pallet::call_index(8)]
		#[pallet::weight(Pallet::<T>::chunk_weight(items, MAX_CANDIDATES, *work))]
		pub fn reveal_holdout(
			origin: OriginFor<T>,
			session: SessionId,
			chunk: u32,
			items: Vec<Item>,
			proof: Vec<H256>,
			work: u64,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let weight = Self::do_reveal_holdout(who, session, chunk, &items, &proof, work)?;
			Ok(Some(weight).into())
		}

		/// Pays everybody, once every chunk is counted. The chain does so by itself, at the end of a block with room.
		///
		/// # Origin
		/// Signed by anybody.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`], [`Error::NotCounted`].
		///
		/// # Events
		/// - [`Event::LessonPaid`] for each lesson, [`Event::SessionSettled`]
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::settle(MAX_CANDIDATES.saturating_sub(1)))]
		pub fn settle(origin: OriginFor<T>, session: SessionId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_settle(session)
		}

		/// Advances a session whose height has passed, should the chain not have done so by itself.
		///
		/// # Origin
		/// Signed by anybody.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotDue`].
		/// - [`Error::NoBeacon`]: there is no randomness now; the session stays due.
		///
		/// # Events
		/// - those of the transition
		#[pallet::call_index(10)]
		#[pallet::weight(Pallet::<T>::advance_weight())]
		pub fn poke(origin: OriginFor<T>, session: SessionId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_poke(session)
		}

		/// Forgets a session that was finished [`Config::RetentionBlocks`] ago and returns its deposit to the student.
		///
		/// # Origin
		/// Signed by anybody.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotFinished`], [`Error::StillRetained`].
		///
		/// # Events
		/// - [`Event::SessionPruned`]
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::prune())]
		pub fn prune(origin: OriginFor<T>, session: SessionId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_prune(session)
		}
	}
}
