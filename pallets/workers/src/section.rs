//! Events and errors: a part of the pallet's module.

use frame_support::pallet_macros::pallet_section;

/// Events and errors.
#[pallet_section]
mod section {
	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An author registered.
		AuthorRegistered {
			/// Its account.
			author: T::AccountId,
			/// Its key.
			key: AuthorId,
			/// Put on hold.
			bond: BalanceOf<T>,
			/// First block that it may author.
			active_from: BlockNumberFor<T>,
		},
		/// An author left; it authors nothing from the next block on.
		AuthorDeregistered {
			/// Its account.
			author: T::AccountId,
			/// Its key, which stays taken until the bond is withdrawn.
			key: AuthorId,
			/// From this height on the bond may be withdrawn.
			unbonds_at: BlockNumberFor<T>,
		},
		/// A bond was released and its author is forgotten.
		BondWithdrawn {
			/// The account.
			author: T::AccountId,
			/// Released.
			amount: BalanceOf<T>,
		},
		/// A worker was registered.
		WorkerRegistered {
			/// Its owner.
			owner: T::AccountId,
			/// Put on hold.
			deposit: BalanceOf<T>,
		},
		/// A worker's resources or endpoint changed.
		WorkerUpdated {
			/// Its owner.
			owner: T::AccountId,
		},
		/// An account was named as operator and has to accept. The worker has no operator until then.
		OperatorProposed {
			/// The worker's owner.
			owner: T::AccountId,
			/// The account.
			operator: T::AccountId,
		},
		/// A worker has a new operator.
		OperatorSet {
			/// The worker's owner.
			owner: T::AccountId,
			/// The operator.
			operator: T::AccountId,
		},
		/// An operator works for nobody any more.
		OperatorResigned {
			/// The worker's owner.
			owner: T::AccountId,
			/// The former operator.
			operator: T::AccountId,
		},
		/// A worker leaves and gets no more tasks.
		WorkerLeaving {
			/// Its owner.
			owner: T::AccountId,
			/// From this height on the deposit may be released.
			until: BlockNumberFor<T>,
		},
		/// A worker's deposit was released; the worker and its reputation are forgotten.
		WorkerRemoved {
			/// Its owner.
			owner: T::AccountId,
			/// Released.
			deposit: BalanceOf<T>,
		},
		/// A task marked a worker.
		WorkerMarked {
			/// Its owner.
			owner: T::AccountId,
			/// Who had posted the task.
			requester: T::AccountId,
			/// Share of the target that was reached.
			share: Perbill,
			/// Reputation after it.
			reputation: Perbill,
		},
	}

	/// Why a call failed.
	#[pallet::error]
	pub enum Error<T> {
		/// The account is an author already; one that is leaving has to withdraw its bond first.
		AlreadyRegistered,
		/// The key belongs to an author already, maybe to one who is leaving.
		KeyTaken,
		/// The proof is not the key's signature of this account: see `author_rotateKeysWithOwner`.
		InvalidProof,
		/// There are as many authors as there may be: register when one has left.
		TooManyAuthors,
		/// The account is not an author: see `registerAuthor`.
		NotRegistered,
		/// The author is leaving already: its bond is free after the unbonding delay.
		AlreadyLeaving,
		/// The author is not leaving: deregister first.
		NotLeaving,
		/// The unbonding delay is not over: the bond is not free yet.
		StillBonded,
		/// No author would be left to make the next block.
		LastAuthor,
		/// The account owns a worker already, maybe one that is leaving.
		WorkerExists,
		/// The account owns no worker: see `registerWorker`.
		NoWorker,
		/// The worker is leaving: nothing of it can be changed.
		WorkerLeaving,
		/// The worker is not leaving: withdraw it first.
		WorkerNotLeaving,
		/// The worker has tasks to finish before it may leave.
		WorkerEngaged,
		/// The delay after the withdrawal is not over: the deposit is not free yet.
		DepositLocked,
		/// The account works for an owner already: it may resign there first.
		OperatorTaken,
		/// This owner has not named the account as its operator: see `setOperator`.
		NotProposed,
		/// The account works for no owner.
		NotOperator,
	}
}
