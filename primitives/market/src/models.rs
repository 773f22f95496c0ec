//! Models that were judged.

use crate::{PolicyHash, TaskId};
use alloc::vec::Vec;
use praxis_environment::{Real, TaskEnvironment};

/// A judged model, as the task market hands it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewModel<AccountId> {
	/// Who made it.
	pub owner: AccountId,
	/// The task it was made for.
	pub task: TaskId,
	/// Hash of the judged policy.
	pub policy: PolicyHash,
	/// The policy's SCALE encoding in bytes.
	pub size: u32,
	/// CID of the full model, in its binary form.
	pub cid: Vec<u8>,
	/// Where it was judged.
	pub environment: TaskEnvironment,
	/// Its verified score: mean return.
	pub score: Real,
	/// The model from which its owner says it came.
	pub parent: Option<PolicyHash>,
}

/// The registry of models, as the task market sees it.
pub trait ModelRegistry {
	/// Account of the chain.
	type AccountId;

	/// The best verified score that is published in this environment.
	fn best(environment: &TaskEnvironment) -> Option<(Real, PolicyHash)>;

	/// Whether the policy is known already.
	fn contains(policy: &PolicyHash) -> bool;

	/// Takes a judged model. One that is known, or for which there is no room, changes nothing but the best score.
	fn publish(model: NewModel<Self::AccountId>);

	/// Publishes as many models of this environment as there is room for, each worse than any that is judged.
	#[cfg(feature = "runtime-benchmarks")]
	fn crowd(_environment: &TaskEnvironment) {}
}
