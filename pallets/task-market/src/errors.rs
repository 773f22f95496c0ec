//! The pallet's errors.

use frame_support::pallet_macros::pallet_section;

/// Why calls fail.
#[pallet_section]
mod errors {
	/// Why a call failed. The state is unchanged then.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such task, or it was pruned.
		NotFound,
		/// The task is another's.
		NotRequester,
		/// Workers no longer apply for the task.
		NotOpen,
		/// It is not yet time for this.
		TooEarly,
		/// The time for this is over.
		TooLate,
		/// The task waits for no height that has passed.
		NotDue,
		/// The task is not finished.
		NotFinished,
		/// Finished tasks are kept for a while.
		StillRetained,
		/// As many tasks as there may be are open.
		TooManyTasks,
		/// As many tasks as the account may have are open.
		TooManyTasksOfAccount,
		/// The highest price or the budget is 0.
		BadBudget,
		/// No workers are wanted, or more than there may be.
		BadWorkers,
		/// A phase has no blocks, or too many; or there are too few for reveals.
		BadDeadlines,
		/// The weights of the terms do not sum to one.
		BadTerms,
		/// No episode of the environment can earn as much as the target.
		TargetOutOfReach,
		/// A published model, or random actions, score as much already: see the registry of models.
		AlreadyAchieved,
		/// The account is no worker's operator, or its worker is leaving.
		NotRegistered,
		/// The requester cannot work at its own task.
		OwnTask,
		/// The worker's reputation or resources do not suffice.
		NotEligible,
		/// The price is 0 or above the highest one.
		BadPrice,
		/// The worker applied already.
		AlreadyApplied,
		/// The worker did not apply.
		NotApplied,
		/// As many workers as may apply did.
		TooManyApplicants,
		/// The worker was not chosen for the task.
		NotAssigned,
		/// The worker committed already.
		AlreadyCommitted,
		/// The worker did not commit.
		NotCommitted,
		/// The worker revealed already.
		AlreadyRevealed,
		/// The CID has no bytes.
		EmptyCid,
		/// Owner, policy and salt do not hash to the commit.
		WrongReveal,
		/// The evaluation does not know the task's job.
		NoJob,
		/// The evaluation has as many jobs as there may be, in all or of this requester.
		QueueFull,
		/// No episodes, or too many; or more workers than policies can be judged.
		BadRequest,
		/// The environment's parameters are out of bounds.
		BadEnvironment,
		/// The largest policy would cost more than judging may cost.
		TooExpensive,
		/// The evaluation takes no more policies for the task.
		Sealed,
		/// The evaluation has as many policies as workers were wanted.
		TooManyPolicies,
		/// Another worker committed to the same policy earlier and revealed it.
		Duplicate,
		/// The bytes are not a policy.
		BadPolicy,
		/// The policy's inputs or outputs do not fit the environment.
		WrongShape,
		/// The policy is larger than the task takes.
		TooLarge,
		/// The evaluation has no policy to judge.
		NoPolicies,
		/// The evaluation can not have its randomness now.
		NoBeacon,
	}
}
