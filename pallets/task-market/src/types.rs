//! What the pallet stores. What clients see too is in `praxis_primitives_market`.

use crate::Config;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::fungible, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_market::{Assignment, JobId, Ledger, Quality, Standing, TaskSpec, TaskState};
use scale_info::TypeInfo;

/// Amount of the pallet's token.
pub type BalanceOf<T> = <<T as Config>::Currency as fungible::Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// What is asked for, on this chain.
pub type SpecOf<T> = TaskSpec<BalanceOf<T>, BlockNumberFor<T>>;

/// A task, on this chain.
pub type TaskOf<T> = Task<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

/// An application, on this chain.
pub type ApplicationOf<T> = Application<<T as frame_system::Config>::AccountId, BalanceOf<T>>;

/// A task's applications.
pub type ApplicationsOf<T> = BoundedVec<ApplicationOf<T>, <T as Config>::MaxApplicants>;

/// An assignment, on this chain.
pub type AssignmentOf<T> = Assignment<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

/// A task's assignments.
pub type AssignmentsOf<T> = BoundedVec<AssignmentOf<T>, <T as Config>::MaxWorkers>;

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Task<AccountId, Balance, BlockNumber> {
	/// Who pays.
	pub requester: AccountId,
	/// What is asked for.
	pub spec: TaskSpec<Balance, BlockNumber>,
	/// How far it is.
	pub state: TaskState<BlockNumber>,
	/// Height at which it was posted.
	pub posted: BlockNumber,
	/// Height of the selection, once it was made.
	pub assigned: Option<BlockNumber>,
	/// The evaluation's job; gone once the task is finished.
	pub job: JobId,
	/// Cost of judging one policy.
	pub evaluation: Balance,
	/// On hold from the requester for payouts and evaluation.
	pub held: Balance,
	/// On hold from the requester for the storage.
	pub deposit: Balance,
	/// Where the money went.
	pub ledger: Ledger<Balance>,
	/// Its place in the queue of finished tasks, once it is in it.
	pub place: Option<u64>,
}

/// A worker's wish to be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Application<AccountId, Balance> {
	/// The worker's owner.
	pub owner: AccountId,
	/// What it asks.
	pub price: Balance,
	/// Its bond; on hold while the standing is `Waiting`, afterwards the assignment's concern or returned.
	pub bond: Balance,
	/// Its quality when applications were closed.
	pub quality: Quality,
	/// What the selection said.
	pub standing: Standing,
}

/// Finished tasks that are kept for a while, oldest first: places in [`crate::Finished`].
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Places {
	/// No place below is taken.
	pub first: u64,
	/// Place of the task that is finished next.
	pub next: u64,
}
