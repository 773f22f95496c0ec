//! The pallet's calls.

use frame_support::pallet_macros::pallet_section;

/// What accounts may call.
#[pallet_section]
mod calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Opens a session and puts its reward and a deposit on hold. It cannot be taken back.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `spec`: what is offered; amounts in the token's smallest part, times in blocks.
		///
		/// # Errors
		/// - [`Error::BadShape`], [`Error::BadHoldout`], [`Error::BadScale`], [`Error::BadReward`], [`Error::BadStake`],
		///   [`Error::BadRounds`], [`Error::BadDeadlines`], [`Error::BadShare`], [`Error::BadKeys`], [`Error::BadOffer`],
		///   [`Error::TooExpensive`]: such a session cannot be.
		/// - [`Error::HoldoutUsed`], [`Error::TooManySessions`], [`Error::TooManySessionsOfAccount`],
		///   [`Error::NoBeacon`]: not now.
		/// - `Token(FundsUnavailable)`: the free balance does not suffice.
		///
		/// # Events
		/// - [`Event::SessionOpened`]
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::open_session())]
		pub fn open_session(origin: OriginFor<T>, spec: SpecOf<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_open(who, spec)
		}

		/// Shows the next of the items that were drawn, in ascending order. With the last of them the first round begins.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `session`: the session.
		/// - `items`: 1 to [`AUDIT_ITEMS_A_CALL`] items, each with its proof.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotStudent`], [`Error::WrongState`], [`Error::TooLate`].
		/// - [`Error::BadCount`], [`Error::BadItem`], [`Error::BadProof`].
		///
		/// # Events
		/// - [`Event::AuditRevealed`], maybe [`Event::RoundBegan`] after it
		#[pallet::call_index(1)]
		#[pallet::weight(Pallet::<T>::audit_weight(items))]
		pub fn reveal_audit(origin: OriginFor<T>, session: SessionId, items: Vec<(Item, Vec<H256>)>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reveal_audit(who, session, &items)
		}

		/// Takes a seat in a session and puts the stake on hold.
		///
		/// # Origin
		/// Signed by the teacher.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`], [`Error::TooLate`]: nobody can join now.
		/// - [`Error::OwnSession`], [`Error::AlreadyJoined`], [`Error::IsTrainer`], [`Error::NoSeat`].
		/// - `Token(FundsUnavailable)`: the free balance does not suffice.
		///
		/// # Events
		/// - [`Event::TeacherJoined`]
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::join())]
		pub fn join(origin: OriginFor<T>, session: SessionId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_join(who, session)
		}

		/// Gives a seat back, for which no lesson was committed; the stake is returned.
		///
		/// # Origin
		/// Signed by the teacher.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`]: the session is finished.
		/// - [`Error::NotTeacher`], [`Error::HasLessons`].
		///
		/// # Events
		/// - [`Event::TeacherLeft`]
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::leave())]
		pub fn leave(origin: OriginFor<T>, session: SessionId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_leave(who, session)
		}

		/// Commits the teacher's lesson of this round and puts its fee on hold.
		///
		/// # Origin
		/// Signed by the teacher.
		///
		/// # Parameters
		/// - `session`: the session.
		/// - `offer`: where the ciphertext is and what it is; its key is sealed to the one-time key of the teacher's seat
		///   and this round, or handed later where there are trainers.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`], [`Error::TooLate`]: nobody can commit a lesson now.
		/// - [`Error::NotTeacher`], [`Error::StakeLost`], [`Error::AlreadyOffered`]: this account cannot.
		/// - [`Error::BadOffer`], [`Error::BadSealedKey`], [`Error::DuplicateLesson`].
		/// - `Token(FundsUnavailable)`: the free balance does not suffice for the fee.
		///
		/// # Events
		/// - [`Event::LessonCommitted`]
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::commit_lesson())]
		pub fn commit_lesson(origin: OriginFor<T>, session: SessionId, offer: LessonOffer) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit_lesson(who, session, offer)
		}

		/// Shows that a lesson cannot be opened: its key, or one chunk of it. The secret becomes public. Only before the
		/// classifier after the lesson is committed; by a trainer only in the lesson's turn, before its own commitment.
		///
		/// # Origin
		/// Signed by the student, or by a trainer of the lesson where there are trainers.
		///
		/// # Parameters
		/// - `session`, `lesson`: the lesson.
		/// - `secret`: that of the one-time key of the lesson's seat and round, or of the trainer's for this lesson.
		/// - `chunk`: index, bytes and proof of a chunk of the ciphertext; none to dispute the key.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotStudent`], [`Error::WrongState`], [`Error::TooLate`], [`Error::NoLesson`],
		///   [`Error::VoidLesson`], [`Error::NothingToTrain`]: there is nothing to dispute.
		/// - [`Error::NotItsTurn`], [`Error::NotTrainerOfLesson`], [`Error::AlreadyCommitted`]: not by this trainer now.
		/// - [`Error::WrongSecret`], [`Error::BadProof`], [`Error::DepositSpent`], [`Error::BondSpent`].
		///
		/// # Events
		/// - [`Event::LessonVoided`], or [`Event::DisputeLost`] where the lesson can be opened
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::dispute_lesson(chunk.as_ref().map_or(0, |chunk| chunk.1.len() as u32)))]
		pub fn dispute_lesson(
			origin: OriginFor<T>,
			session: SessionId,
			lesson: u8,
			secret: [u8; 32],
			chunk: Option<(u32, Vec<u8>, Vec<H256>)>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_dispute(who, session, lesson, secret, chunk)
		}

		/// Binds the student to the classifier after the next lesson of the drawn order. With the last of a round the next
		/// round begins, or the reveal.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `session`: the session.
		/// - `hash`: blake2-256 of the classifier's encoding. It may be that of an earlier one, where the lesson was of no
		///   use.
		/// - `claim`: what its score is said to be, for people to watch.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotStudent`], [`Error::WrongState`], [`Error::TooLate`],
		///   [`Error::NothingToTrain`].
		///
		/// # Events
		/// - [`Event::ClassifierCommitted`], maybe [`Event::RoundBegan`] or [`Event::RevealBegan`] after it
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::commit_classifier())]
		pub fn commit_classifier(
			origin: OriginFor<T>,
			session: SessionId,
			hash: PolicyHash,
			claim: Option<Perbill>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit_classifier(who, session, hash, claim)
		}

		/// Reveals a classifier to which the student bound itself: the base at any time, so that teachers can try it on the
		/// items that were shown; the others when the rounds are over.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `session`: the session.
		/// - `classifier`: its index among the session's distinct ones; 0 is the base.
		/// - `bytes`: its encoding.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotStudent`], [`Error::WrongState`], [`Error::TooLate`].
		/// - [`Error::NoClassifier`], [`Error::AlreadyRevealed`], [`Error::WrongClassifier`], [`Error::BadPolicy`],
		///   [`Error::WrongShape`], [`Error::TooLarge`].
		///
		/// # Events
		/// - [`Event::ClassifierRevealed`]
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::reveal_classifier(bytes.len() as u32))]
		pub fn reveal_classifier(
			origin: OriginFor<T>,
			session: SessionId,
			classifier: u8,
			bytes: BoundedVec<u8, ConstU32<MAX_ENCODED>>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reveal_classifier(who, session, classifier, bytes)
		}

		/// Reveals a chunk of the holdout, in any order, once each: every classifier classifies its items, but those that
		/// were shown before.
		///
		/// # Origin
		/// Signed by the student.
		///
		/// # Parameters
		/// - `session`: the session.
		/// - `chunk`: index of the chunk of 2^`chunk_log2` items; the last may be shorter.
		/// - `items`: its items.
		/// - `proof`: the siblings on the way from the chunk to the root, from below.
		/// - `work`: work of one inference of each classifier together: at least what it really is. The fee is for it;
		///   what was too much is returned.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotStudent`], [`Error::WrongState`], [`Error::TooLate`],
		///   [`Error::ClassifiersMissing`].
		/// - [`Error::TooLittleWork`], [`Error::NoChunk`], [`Error::AlreadyCounted`], [`Error::BadCount`],
		///   [`Error::BadItem`], [`Error::BadProof`].
		///
		/// # Events
		/// - [`Event::ChunkCounted`]
		#[pallet::call_index(8)]
		#[pallet::weight(Pallet::<T>::chunk_weight(items, MAX_CANDIDATES, *work))]
		pub fn reveal_holdout(
			origin: OriginFor<T>,
			session: SessionId,
			chunk: u32,
			items: Vec<Item>,
			proof: Vec<H256>,
			work: u64,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let weight = Self::do_reveal_holdout(who, session, chunk, &items, &proof, work)?;
			Ok(Some(weight).into())
		}

		/// Pays everybody, once every chunk is counted. The chain does so by itself, at the end of a block with room.
		///
		/// # Origin
		/// Signed by anybody.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`], [`Error::NotCounted`].
		///
		/// # Events
		/// - [`Event::LessonPaid`] for each lesson, [`Event::SessionSettled`]
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::settle(MAX_LESSONS))]
		pub fn settle(origin: OriginFor<T>, session: SessionId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_settle(session)
		}

		/// Advances a session whose height has passed, should the chain not have done so by itself.
		///
		/// # Origin
		/// Signed by anybody.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotDue`].
		/// - [`Error::NoBeacon`]: there is no randomness now; the session stays due.
		///
		/// # Events
		/// - those of the transition
		#[pallet::call_index(10)]
		#[pallet::weight(Pallet::<T>::advance_weight())]
		pub fn poke(origin: OriginFor<T>, session: SessionId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_poke(session)
		}

		/// Forgets a session that was finished [`Config::RetentionBlocks`] ago and returns its deposit to the student.
		///
		/// # Origin
		/// Signed by anybody.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::NotFinished`], [`Error::StillRetained`].
		///
		/// # Events
		/// - [`Event::SessionPruned`]
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::prune())]
		pub fn prune(origin: OriginFor<T>, session: SessionId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_prune(session)
		}

		/// Makes the account a trainer and puts its bond on hold. It can be drawn for lessons whose offers are closed from
		/// the next block on.
		///
		/// # Origin
		/// Signed by anybody who is no trainer.
		///
		/// # Parameters
		/// - `keys`: one-time X25519 keys, used up from the front, one a lesson.
		///
		/// # Errors
		/// - [`Error::AlreadyTrainer`], [`Error::PoolFull`].
		/// - [`Error::NoKeys`], [`Error::KeyUsed`].
		/// - `Token(FundsUnavailable)`: the free balance does not suffice.
		///
		/// # Events
		/// - [`Event::TrainerEnlisted`]
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::enlist_trainer(keys.len() as u32))]
		pub fn enlist_trainer(origin: OriginFor<T>, keys: Prekeys) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_enlist(who, keys)
		}

		/// Names more one-time keys.
		///
		/// # Origin
		/// Signed by a trainer.
		///
		/// # Parameters
		/// - `keys`: used up after those that it has.
		///
		/// # Errors
		/// - [`Error::NotTrainer`], [`Error::Retired`].
		/// - [`Error::NoKeys`], [`Error::KeyUsed`], [`Error::TooManyKeys`].
		///
		/// # Events
		/// - [`Event::KeysAdded`]
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::add_keys(keys.len() as u32))]
		pub fn add_keys(origin: OriginFor<T>, keys: Prekeys) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_add_keys(who, keys)
		}

		/// Leaves the pool: the trainer is drawn no more. Its bond returns when it has nothing left to do.
		///
		/// # Origin
		/// Signed by a trainer.
		///
		/// # Errors
		/// - [`Error::NotTrainer`], [`Error::Retired`].
		///
		/// # Events
		/// - [`Event::TrainerRetired`], maybe [`Event::BondReturned`] after it
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::retire_trainer())]
		pub fn retire_trainer(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_retire(who)
		}

		/// Hands a lesson's key to the trainers that were drawn for it. With the last of the round the first lesson's turn
		/// begins. Who hands nothing loses its stake.
		///
		/// # Origin
		/// Signed by the lesson's teacher.
		///
		/// # Parameters
		/// - `session`, `lesson`: the lesson.
		/// - `keys`: the lesson's key, sealed to each trainer's one-time key, in the order of the draw.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`], [`Error::TooLate`], [`Error::NoLesson`], [`Error::NotTeacher`],
		///   [`Error::VoidLesson`], [`Error::NotItsTurn`], [`Error::AlreadyHanded`].
		/// - [`Error::WrongKeys`].
		///
		/// # Events
		/// - [`Event::LessonHanded`], maybe [`Event::TrainingBegan`] after it
		#[pallet::call_index(15)]
		#[pallet::weight(T::WeightInfo::hand_lesson())]
		pub fn hand_lesson(origin: OriginFor<T>, session: SessionId, lesson: u8, keys: HandedKeys) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_hand(who, session, lesson, keys)
		}

		/// Binds a trainer to the classifier that it learnt from a lesson, without showing it.
		///
		/// # Origin
		/// Signed by a trainer of the lesson.
		///
		/// # Parameters
		/// - `session`, `lesson`: the lesson.
		/// - `commitment`: blake2-256 of the account, the hash of the classifier's encoding and a random salt.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`], [`Error::NotItsTurn`], [`Error::TooLate`].
		/// - [`Error::NotTrainerOfLesson`], [`Error::AlreadyCommitted`].
		///
		/// # Events
		/// - [`Event::TrainingCommitted`]
		#[pallet::call_index(16)]
		#[pallet::weight(T::WeightInfo::commit_training())]
		pub fn commit_training(
			origin: OriginFor<T>,
			session: SessionId,
			lesson: u8,
			commitment: H256,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit_training(who, session, lesson, commitment)
		}

		/// Shows the classifier to which a trainer bound itself. With the last of a lesson the next one's turn begins.
		///
		/// # Origin
		/// Signed by a trainer of the lesson.
		///
		/// # Parameters
		/// - `session`, `lesson`: the lesson.
		/// - `bytes`: the classifier's encoding.
		/// - `salt`: that of the commitment.
		///
		/// # Errors
		/// - [`Error::NotFound`], [`Error::WrongState`], [`Error::NotItsTurn`], [`Error::TooLate`].
		/// - [`Error::NotTrainerOfLesson`], [`Error::NotCommitted`], [`Error::AlreadyRevealed`].
		/// - [`Error::WrongClassifier`], [`Error::BadPolicy`], [`Error::WrongShape`], [`Error::TooLarge`].
		///
		/// # Events
		/// - [`Event::TrainingRevealed`], maybe [`Event::TrainingBegan`] or those of the round's end after it
		#[pallet::call_index(17)]
		#[pallet::weight(T::WeightInfo::reveal_training(bytes.len() as u32))]
		pub fn reveal_training(
			origin: OriginFor<T>,
			session: SessionId,
			lesson: u8,
			bytes: BoundedVec<u8, ConstU32<MAX_ENCODED>>,
			salt: [u8; 32],
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reveal_training(who, session, lesson, bytes, salt)
		}
	}
}
