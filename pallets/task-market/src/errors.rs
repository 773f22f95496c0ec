//! The pallet's errors.

use frame_support::pallet_macros::pallet_section;

/// Why calls fail.
#[pallet_section]
mod errors {
	/// Why a call failed. The state is unchanged then.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such task: it was never posted, or was pruned.
		NotFound,
		/// Only the requester of the task may do this.
		NotRequester,
		/// Workers no longer apply for the task: it can be neither applied for nor cancelled.
		NotOpen,
		/// It is not yet time for this: the task's state says what it waits for.
		TooEarly,
		/// The time for this is over: the task's state says what it waits for.
		TooLate,
		/// The task waits for no height that has passed: there is nothing to advance.
		NotDue,
		/// The task is neither settled nor cancelled nor expired: it cannot be pruned yet.
		NotFinished,
		/// Finished tasks are kept for `RetentionBlocks` blocks: prune it after them.
		StillRetained,
		/// As many tasks as there may be are open: post again when one is finished.
		TooManyTasks,
		/// As many tasks as one account may have are open: post again when one of yours is finished.
		TooManyTasksOfAccount,
		/// The highest price or the budget is 0.
		BadBudget,
		/// The number of workers is 0 or above `MaxWorkers`.
		BadWorkers,
		/// A phase has no blocks or more than `MaxPhaseBlocks`, or that for reveals fewer than `MinRevealBlocks`.
		BadDeadlines,
		/// The weights of the terms do not sum to 1,000,000,000.
		BadTerms,
		/// No episode of the environment can earn as much as the target: ask for less.
		TargetOutOfReach,
		/// A published model, or random actions, score as much already: ask for more, or see `modelsApi.models`.
		AlreadyAchieved,
		/// The account is no worker's operator, or its worker is leaving: see `workers.registerWorker`.
		NotRegistered,
		/// A requester cannot work at its own task.
		OwnTask,
		/// The worker's reputation or its resources are below what the task asks for.
		NotEligible,
		/// The price is 0 or above the task's highest price.
		BadPrice,
		/// The worker has applied for the task already: withdraw that application to change the price.
		AlreadyApplied,
		/// The worker has not applied for the task.
		NotApplied,
		/// As many workers as may apply for a task have: there is no place for another.
		TooManyApplicants,
		/// The worker was not chosen for the task.
		NotAssigned,
		/// The worker has committed already, and a commit cannot be changed.
		AlreadyCommitted,
		/// The worker has committed nothing that it could reveal.
		NotCommitted,
		/// The worker has revealed its policy already.
		AlreadyRevealed,
		/// The CID has no bytes: name the full model by its CID in binary form.
		EmptyCid,
		/// The blake2-256 of owner, policy hash and salt is not the hash that was committed.
		WrongReveal,
		/// The evaluation does not know the task's job. This should not happen: tell the developers.
		NoJob,
		/// The evaluation has as many jobs as it takes, in all or of this requester: post again later.
		QueueFull,
		/// The number of episodes is 0 or too high, or that of workers above what one evaluation judges.
		BadRequest,
		/// The environment's parameters are out of bounds, or its episodes never end.
		BadEnvironment,
		/// The largest policy that `limits` allows would cost too much to judge: lower them or the episodes.
		TooExpensive,
		/// The evaluation takes no more policies for the task.
		Sealed,
		/// The evaluation has as many policies as workers were wanted.
		TooManyPolicies,
		/// Another worker has revealed the same policy and had committed to it earlier.
		Duplicate,
		/// The bytes are not the SCALE encoding of a policy: `praxis-worker quantise` writes one.
		BadPolicy,
		/// The policy's inputs or outputs are not those of the task's environment.
		WrongShape,
		/// The policy has more parameters or needs more work than the task's `limits` allow.
		TooLarge,
		/// The evaluation has no policy to judge.
		NoPolicies,
		/// The evaluation, or the lot, cannot have its randomness now: it is tried again in the next block.
		NoBeacon,
	}
}
