//! Runtime API of the task market.

use crate::{selection::RankedApplicant, task::TaskView, TaskId};
use alloc::vec::Vec;
use codec::Codec;

sp_api::decl_runtime_apis! {
	/// Tasks, as requesters and workers see them.
	pub trait TaskMarketApi<AccountId, Balance, BlockNumber>
	where
		AccountId: Codec,
		Balance: Codec,
		BlockNumber: Codec,
	{
		/// Tasks that are not finished, from the number `from` upwards, at most `count` of them.
		fn open_tasks(from: TaskId, count: u32) -> Vec<TaskView<AccountId, Balance, BlockNumber>>;
		/// A task; none when it was pruned.
		fn task(id: TaskId) -> Option<TaskView<AccountId, Balance, BlockNumber>>;
		/// A task's applicants, best first, those last who are not eligible. Where lots are still to decide, those without
		/// quality wait, and have no rank.
		fn ranking(id: TaskId) -> Vec<RankedApplicant<AccountId, Balance>>;
		/// Tasks that this account posted, applied for or works at, as a worker's owner or operator.
		fn my_tasks(account: AccountId) -> Vec<TaskView<AccountId, Balance, BlockNumber>>;
	}
}
