//! What a student opens.

use crate::*;
use codec::MaxEncodedLen;
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{fungible::MutateHold, Get},
	weights::Weight,
	BoundedVec,
};
use praxis_policy::{Limits, MAX_ENCODED, MAX_INPUT, MAX_LAYERS, MAX_WIDTH};
use praxis_primitives_consensus::{Beacon, BEACON_BLOCKS};
use praxis_primitives_market::Ledger;
use praxis_primitives_teaching::{
	payout::MAX_REWARD,
	session::{
		AUDIT_ITEMS, MAX_CHUNK_LOG2, MAX_CLASSES, MAX_ITEMS, MAX_LESSONS, MAX_ROUNDS, MAX_TEACHERS, MIN_CHUNK_LOG2,
		MIN_ITEMS,
	},
	trainers::{MAX_SHARE, MAX_TRAINERS_OF_LESSON},
	SessionSpec, SessionState,
};
use sp_runtime::{
	traits::{SaturatedConversion, Saturating},
	ArithmeticError, Perbill,
};

/// Bytes of a key that was used up, two hashes of what it is found by, and its session.
const KEY_AND_SESSION: usize = 32 + 2 * 16 + 4;

impl<T: Config> Pallet<T> {
	/// See [`Pallet::open_session`].
	pub(crate) fn do_open(student: T::AccountId, spec: SpecOf<T>) -> DispatchResult {
		Self::check(&spec)?;
		ensure!(!SessionOfRoot::<T>::contains_key(spec.root), Error::<T>::HoldoutUsed);
		Queue::<T>::begin(&student, Error::<T>::TooManySessions, Error::<T>::TooManySessionsOfAccount)?;

		let deposit = Self::deposit(&spec);
		let held = spec.reward;
		let mut ledger = Ledger::default();
		Holds::<T>::hold(&mut ledger, HoldReason::SessionReward, &student, held)?;
		T::Currency::hold(&HoldReason::SessionDeposit.into(), &student, deposit)?;
		let after = frame_system::Pallet::<T>::block_number();
		T::Beacon::request(after).map_err(|_| Error::<T>::NoBeacon)?;

		let id = NextSession::<T>::get();
		NextSession::<T>::put(id.checked_add(1).ok_or(ArithmeticError::Overflow)?);
		SessionOfRoot::<T>::insert(spec.root, id);
		Queue::<T>::set_due(id, after.saturating_add(BEACON_BLOCKS.into()));
		let chunks = spec.shape().chunks();
		let base = Candidate { hash: spec.base, work: None, correct: 0 };
		Scorings::<T>::insert(
			id,
			Scoring {
				candidates: BoundedVec::truncate_from(alloc::vec![base]),
				counted: BoundedVec::truncate_from(alloc::vec![0; chunks.div_ceil(8) as usize]),
				left: chunks,
				items: 0,
			},
		);
		Self::deposit_event(Event::SessionOpened {
			session: id,
			student: student.clone(),
			reward: held,
			deposit,
			root: spec.root,
			base: spec.base,
		});
		let seats = BoundedVec::truncate_from(alloc::vec![None; usize::from(spec.teachers)]);
		let state = SessionState::Drawing { after };
		let session = Session { student, spec, state, seats, held, deposit, ledger, place: None };
		Sessions::<T>::insert(id, session);
		Ok(())
	}

	/// Whether such a session can be.
	fn check(spec: &SpecOf<T>) -> DispatchResult {
		let limits = Limits::FORMAT;
		ensure!(
			(1..=MAX_INPUT).contains(&usize::from(spec.features))
				&& (2..=MAX_CLASSES).contains(&spec.classes)
				&& (1..=limits.max_parameters).contains(&spec.limits.max_parameters)
				&& (1..=limits.max_work).contains(&spec.limits.max_work),
			Error::<T>::BadShape
		);
		ensure!(
			(MIN_ITEMS..=MAX_ITEMS).contains(&spec.items)
				&& (MIN_CHUNK_LOG2..=MAX_CHUNK_LOG2).contains(&spec.chunk_log2),
			Error::<T>::BadHoldout
		);
		ensure!(spec.scale.is_valid(), Error::<T>::BadScale);
		let reward: u128 = spec.reward.saturated_into();
		ensure!(spec.reward >= T::MinReward::get() && reward <= MAX_REWARD, Error::<T>::BadReward);
		ensure!(spec.stake >= T::MinStake::get() && spec.stake >= spec.fee, Error::<T>::BadStake);
		ensure!(
			(1..=MAX_ROUNDS).contains(&u32::from(spec.rounds))
				&& (1..=MAX_TEACHERS).contains(&u32::from(spec.teachers)),
			Error::<T>::BadRounds
		);
		let phases = [spec.audit_blocks, spec.offer_blocks, spec.train_blocks, spec.reveal_blocks];
		let allowed = T::MinPhaseBlocks::get()..=T::MaxPhaseBlocks::get();
		ensure!(phases.iter().all(|blocks| allowed.contains(blocks)), Error::<T>::BadDeadlines);
		let shares = Perbill::from_percent(1)..=Perbill::from_percent(MAX_SHARE);
		ensure!(spec.trainers.is_none_or(|share| shares.contains(&share)), Error::<T>::BadShare);
		// Trainers have keys of their own.
		let needed = if spec.trainers.is_some() { 0 } else { lessons(spec) };
		let mut keys = spec.keys.clone().into_inner();
		keys.sort_unstable();
		ensure!(keys.len() as u32 == needed && keys.windows(2).all(|pair| pair[0] != pair[1]), Error::<T>::BadKeys);
		ensure!(spec.lesson_bytes > 0, Error::<T>::BadOffer);
		ensure!(Self::largest_chunk(spec).all_lte(T::MaxChunkWeight::get()), Error::<T>::TooExpensive);
		Ok(())
	}

	/// Weight of counting a chunk with as many classifiers as there may be, each as large as it may be.
	pub(crate) fn largest_chunk(spec: &SpecOf<T>) -> Weight {
		let items = 1u32.checked_shl(spec.chunk_log2.into()).unwrap_or(u32::MAX);
		let classifiers = classifiers(spec);
		let work = spec.limits.max_work.saturating_mul(classifiers.into());
		Self::weight_of_chunk(items, items.saturating_mul(spec.features.into()), classifiers, work)
	}

	/// Deposit of a session: what its storage takes at most.
	pub fn deposit(spec: &SpecOf<T>) -> BalanceOf<T> {
		let lessons = lessons(spec) as usize;
		// What is kept of each trainer: its place in the lesson, and the key that it used up.
		let of_trainer = LessonTrainerOf::<T>::max_encoded_len().saturating_mul(MAX_TRAINERS_OF_LESSON as usize);
		let of_key = T::AccountId::max_encoded_len().saturating_add(KEY_AND_SESSION);
		let mut of_lesson = LessonOf::<T>::max_encoded_len().saturating_sub(of_trainer);
		if spec.trainers.is_some() {
			let of_keys = of_key.saturating_mul(MAX_TRAINERS_OF_LESSON as usize);
			of_lesson = of_lesson.saturating_add(of_trainer).saturating_add(of_keys);
		}
		let of_lessons = lessons.saturating_mul(of_lesson);
		let of_classifiers = (classifiers(spec) as usize).saturating_mul(encoded_at_most(&spec.limits));
		let bytes = SessionOf::<T>::max_encoded_len()
			.saturating_add(of_lessons)
			.saturating_add(Scoring::max_encoded_len())
			.saturating_add(BoundedVec::<u32, sp_core::ConstU32<AUDIT_ITEMS>>::max_encoded_len())
			.saturating_add(of_classifiers);
		let bytes: BalanceOf<T> = (bytes as u64).saturated_into();
		T::DepositBase::get()
			.saturating_add(T::DepositPerByte::get().saturating_mul(bytes))
			// So that a student can dispute at all.
			.saturating_add(T::DisputeFee::get())
	}
}

/// Most lessons of a session.
fn lessons<Balance, BlockNumber>(spec: &SessionSpec<Balance, BlockNumber>) -> u32 {
	u32::from(spec.teachers).saturating_mul(spec.rounds.into()).min(MAX_LESSONS)
}

/// Most distinct classifiers of a session: the base, and one of the student or each trainer for each lesson.
fn classifiers<Balance, BlockNumber>(spec: &SessionSpec<Balance, BlockNumber>) -> u32 {
	let of_lesson = if spec.trainers.is_some() { MAX_TRAINERS_OF_LESSON } else { 1 };
	lessons(spec).saturating_mul(of_lesson).saturating_add(1)
}

/// Most bytes of a classifier within the limits: a byte for each parameter, three more for each bias, and what
/// surrounds them.
fn encoded_at_most(limits: &Limits) -> usize {
	let around = MAX_LAYERS.saturating_mul(MAX_WIDTH).saturating_mul(3).saturating_add(48);
	(limits.max_parameters as usize).saturating_add(around).min(MAX_ENCODED as usize)
}
