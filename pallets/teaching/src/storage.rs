//! What the pallet keeps.

use frame_support::pallet_macros::pallet_section;

/// What the pallet keeps.
#[pallet_section]
mod storage {
	/// Number of the next session.
	#[pallet::storage]
	pub type NextSession<T: Config> = StorageValue<_, SessionId, ValueQuery>;

	/// Sessions, finished ones too until they are pruned.
	#[pallet::storage]
	pub type Sessions<T: Config> = StorageMap<_, Twox64Concat, SessionId, SessionOf<T>, OptionQuery>;

	/// A session's lessons, in the order in which they were committed.
	#[pallet::storage]
	pub type Lessons<T: Config> = StorageMap<_, Twox64Concat, SessionId, LessonsOf<T>, ValueQuery>;

	/// Which items of the holdout were drawn to be shown, ascending. They are not scored.
	#[pallet::storage]
	pub type AuditItems<T: Config> =
		StorageMap<_, Twox64Concat, SessionId, BoundedVec<u32, ConstU32<AUDIT_ITEMS>>, ValueQuery>;

	/// A session's distinct classifiers and what was counted.
	#[pallet::storage]
	pub type Scorings<T: Config> = StorageMap<_, Twox64Concat, SessionId, Scoring, ValueQuery>;

	/// The encodings of the classifiers that were revealed, by their index in [`Scoring::candidates`].
	#[pallet::storage]
	pub type Classifiers<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		SessionId,
		Twox64Concat,
		u8,
		BoundedVec<u8, ConstU32<MAX_ENCODED>>,
		OptionQuery,
	>;

	/// Which session has a holdout.
	#[pallet::storage]
	pub type SessionOfRoot<T: Config> = StorageMap<_, Blake2_128Concat, H256, SessionId, OptionQuery>;

	/// Height from which a session is to be advanced, for each that waits for a height; sorted.
	#[pallet::storage]
	pub type Due<T: Config> =
		StorageValue<_, BoundedVec<(BlockNumberFor<T>, SessionId), T::MaxOpenSessions>, ValueQuery>;

	/// Number of sessions that are not finished.
	#[pallet::storage]
	pub type OpenSessions<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// The same by student. None is 0.
	#[pallet::storage]
	pub type OpenSessionsOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	/// Finished sessions by place: the oldest has the lowest.
	#[pallet::storage]
	pub type Finished<T: Config> = StorageMap<_, Twox64Concat, u64, SessionId, OptionQuery>;

	/// Which places are taken.
	#[pallet::storage]
	pub type FinishedPlaces<T: Config> = StorageValue<_, Places, ValueQuery>;

	/// Trainers with a bond; those that retired too, until their last lesson is over.
	#[pallet::storage]
	pub type Trainers<T: Config> = CountedStorageMap<_, Blake2_128Concat, T::AccountId, TrainerOf<T>, OptionQuery>;

	/// Trainers that can be drawn: they have keys and are not retired. Each with the height since which that is so: whoever
	/// came after a round's offers were closed is not drawn for it.
	#[pallet::storage]
	pub type Ready<T: Config> =
		StorageValue<_, BoundedVec<(T::AccountId, BlockNumberFor<T>), T::MaxTrainers>, ValueQuery>;

	/// Trainers' keys that were used up, each with its session, as long as that is kept.
	#[pallet::storage]
	pub type UsedKeys<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Blake2_128Concat, [u8; 32], SessionId, OptionQuery>;
}
