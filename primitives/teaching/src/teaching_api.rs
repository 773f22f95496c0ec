//! Runtime API of the teaching market.

use crate::{
	session::{SessionId, SessionView, StakeView},
	trainers::{Assignment, TrainerView},
};
use alloc::vec::Vec;
use codec::Codec;
use praxis_primitives_market::PolicyHash;
use sp_runtime::Perbill;

sp_api::decl_runtime_apis! {
	/// Sessions, their curves, and what teachers earn.
	pub trait TeachingApi<AccountId, Balance, BlockNumber>
	where
		AccountId: Codec,
		Balance: Codec,
		BlockNumber: Codec,
	{
		/// Sessions that are not finished, by number from `from` on, at most `count`.
		fn open_sessions(from: SessionId, count: u32) -> Vec<SessionView<AccountId, Balance, BlockNumber>>;
		/// A session with its lessons; their counted scores are its curve.
		fn session(session: SessionId) -> Option<SessionView<AccountId, Balance, BlockNumber>>;
		/// Numbers of the items that the audit shows, once they are drawn.
		fn audit(session: SessionId) -> Vec<u32>;
		/// What a teacher earns in this session for raising the best score from `from` to `to`.
		fn payout(session: SessionId, from: Perbill, to: Perbill) -> Option<Balance>;
		/// What an account has on hold, by session.
		fn stakes(account: AccountId) -> Vec<StakeView<Balance, BlockNumber>>;
		/// Trainers, by their accounts, from place `from` on, at most `count`.
		fn trainers(from: u32, count: u32) -> Vec<TrainerView<AccountId, Balance>>;
		/// What a trainer has to do, by session and lesson.
		fn assignments(account: AccountId) -> Vec<Assignment<BlockNumber>>;
		/// The encoding of a classifier of a session that was shown.
		fn classifier(session: SessionId, hash: PolicyHash) -> Option<Vec<u8>>;
	}
}
