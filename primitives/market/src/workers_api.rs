//! Runtime API of the registry of workers, and what it tells.

use crate::{Quality, Resources};
use alloc::vec::Vec;
use codec::{Codec, Decode, Encode};
use praxis_environment::TaskEnvironment;
use scale_info::TypeInfo;
use sp_runtime::Perbill;

/// A worker, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct WorkerView<AccountId, Balance, BlockNumber> {
	/// Its owner, who holds the bonds and is paid.
	pub owner: AccountId,
	/// Who signs its calls.
	pub operator: Option<AccountId>,
	/// Who was named as operator and has not accepted.
	pub proposed: Option<AccountId>,
	/// What it says its machine has.
	pub resources: Resources,
	/// URL of its model gateway.
	pub endpoint: Vec<u8>,
	/// Deposit on hold.
	pub deposit: Balance,
	/// Height of its registration.
	pub since: BlockNumber,
	/// Tasks that it works at.
	pub engaged: u32,
	/// If it is leaving: the height from which its deposit is free.
	pub leaving: Option<BlockNumber>,
	/// Reputation now.
	pub reputation: Perbill,
	/// Measured speed.
	pub compute: Perbill,
	/// Tasks that were judged.
	pub judged: u32,
	/// Tasks in which it committed or revealed nothing.
	pub faults: u32,
	/// What it was seen to be good at.
	pub skills: Vec<(TaskEnvironment, Perbill)>,
}

sp_api::decl_runtime_apis! {
	/// Workers and how good they are.
	pub trait WorkerRegistryApi<AccountId, Balance, BlockNumber>
	where
		AccountId: Codec,
		Balance: Codec,
		BlockNumber: Codec,
	{
		/// The worker of this owner.
		fn worker(owner: AccountId) -> Option<WorkerView<AccountId, Balance, BlockNumber>>;
		/// The owner for whom this account works.
		fn worker_of(operator: AccountId) -> Option<AccountId>;
		/// A worker's quality for work in this environment, now.
		fn quality(owner: AccountId, environment: TaskEnvironment) -> Quality;
	}
}
