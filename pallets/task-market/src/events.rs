//! The pallet's events.

use frame_support::pallet_macros::pallet_section;

/// What happened.
#[pallet_section]
mod events {
	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A task was posted; workers may apply.
		TaskPosted {
			/// Its number.
			task: TaskId,
			/// Who pays.
			requester: T::AccountId,
			/// Where policies are judged.
			environment: TaskEnvironment,
			/// Score that earns the whole price.
			target: Real,
			/// Put on hold for payouts and evaluation.
			escrowed: BalanceOf<T>,
			/// Put on hold for the storage.
			deposit: BalanceOf<T>,
			/// Last height for applications.
			until: BlockNumberFor<T>,
		},
		/// A worker applied.
		Applied {
			/// The task.
			task: TaskId,
			/// The worker's owner.
			owner: T::AccountId,
			/// What it asks.
			price: BalanceOf<T>,
			/// Its bond, put on hold.
			bond: BalanceOf<T>,
		},
		/// A worker withdrew its application; its bond was returned.
		ApplicationWithdrawn {
			/// The task.
			task: TaskId,
			/// The worker's owner.
			owner: T::AccountId,
		},
		/// A worker was chosen.
		WorkerAssigned {
			/// The task.
			task: TaskId,
			/// The worker's owner.
			owner: T::AccountId,
			/// What it asked.
			price: BalanceOf<T>,
		},
		/// A worker was not chosen; its bond was returned.
		WorkerPassedOver {
			/// The task.
			task: TaskId,
			/// The worker's owner.
			owner: T::AccountId,
			/// Why.
			standing: Standing,
		},
		/// The selection was made; workers train and commit.
		TaskAssigned {
			/// The task.
			task: TaskId,
			/// How many workers were chosen.
			workers: u32,
			/// Last height for commits.
			until: BlockNumberFor<T>,
		},
		/// A worker committed.
		Committed {
			/// The task.
			task: TaskId,
			/// The worker's owner.
			owner: T::AccountId,
			/// To what it is bound.
			hash: H256,
			/// Score from which on it is paid.
			floor: Real,
		},
		/// No more commits are taken; workers reveal.
		CommitsClosed {
			/// The task.
			task: TaskId,
			/// How many workers committed.
			commits: u32,
			/// Last height for reveals.
			until: BlockNumberFor<T>,
		},
		/// A worker revealed its policy.
		Revealed {
			/// The task.
			task: TaskId,
			/// The worker's owner.
			owner: T::AccountId,
			/// The policy.
			policy: PolicyHash,
		},
		/// A worker revealed a policy to which another had committed earlier, so its reveal does not count.
		RevealDisplaced {
			/// The task.
			task: TaskId,
			/// The owner whose reveal does not count.
			owner: T::AccountId,
			/// The owner who had committed earlier.
			by: T::AccountId,
		},
		/// No more reveals are taken; the chain judges.
		EvaluationStarted {
			/// The task.
			task: TaskId,
			/// The evaluation's job.
			job: JobId,
			/// How many policies are judged.
			policies: u32,
		},
		/// A worker is done with a task: it was judged, or did not commit or reveal. The rest of its bond was returned.
		WorkerSettled {
			/// The task.
			task: TaskId,
			/// The worker's owner.
			owner: T::AccountId,
			/// What became of it.
			settlement: Settlement<BalanceOf<T>>,
		},
		/// A task was settled.
		TaskSettled {
			/// The task.
			task: TaskId,
			/// Best verified score.
			score: Real,
			/// Where the money went.
			ledger: Ledger<BalanceOf<T>>,
		},
		/// The requester took its task back; all was returned.
		TaskCancelled {
			/// The task.
			task: TaskId,
		},
		/// A task expired; the requester's money was returned.
		TaskExpired {
			/// The task.
			task: TaskId,
			/// Why.
			cause: Expiry,
			/// Where the money went.
			ledger: Ledger<BalanceOf<T>>,
		},
		/// A finished task was forgotten.
		TaskPruned {
			/// The task.
			task: TaskId,
			/// Returned to the requester.
			deposit: BalanceOf<T>,
		},
		/// Workers no longer apply; a beacon draws lots for those without quality.
		ApplicationsClosed {
			/// The task.
			task: TaskId,
			/// How many applicants have no quality.
			unknown: u32,
			/// Height after which the beacon begins.
			after: BlockNumberFor<T>,
		},
	}
}
