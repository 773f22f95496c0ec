//! Lessons that cannot be opened.

use crate::*;
use alloc::vec::Vec;
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use praxis_primitives_market::sealed;
use praxis_primitives_teaching::{
	lesson as file, session::SealedKey, trainers::Void, LessonOffer, SessionId, SessionState,
};
use sp_core::H256;
use sp_runtime::traits::Saturating;

/// What a dispute is about.
struct Disputed {
	round: u8,
	/// The key to which the lesson's was sealed for who disputes it.
	one_time_key: [u8; 32],
	sealed_key: Option<SealedKey>,
}

impl<T: Config> Pallet<T> {
	/// See [`Pallet::dispute_lesson`].
	pub(crate) fn do_dispute(
		who: T::AccountId,
		id: SessionId,
		index: u8,
		secret: [u8; 32],
		chunk: Option<(u32, Vec<u8>, Vec<H256>)>,
	) -> DispatchResult {
		let mut session = Sessions::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let mut lessons = Lessons::<T>::get(id);
		let is_trained = session.spec.trainers.is_some();
		let disputed = if is_trained {
			Self::disputed_by_trainer(&who, &session, &lessons, index)?
		} else {
			Self::disputed_by_student(&who, &session, &lessons, index)?
		};
		ensure!(sealed::one_time_key(&secret) == disputed.one_time_key, Error::<T>::WrongSecret);
		let lesson = lessons.get_mut(usize::from(index)).ok_or(Error::<T>::NoLesson)?;

		if Self::can_be_opened(&lesson.offer, disputed.sealed_key, &secret, chunk)? {
			let fee = T::DisputeFee::get();
			if is_trained {
				Self::charge_dispute(&who, fee)?;
			} else {
				ensure!(session.deposit >= fee, Error::<T>::DepositSpent);
				session.deposit.saturating_reduce(fee);
				Holds::<T>::burn_held(HoldReason::SessionDeposit, &who, fee);
				Sessions::<T>::insert(id, session);
			}
			Self::deposit_event(Event::DisputeLost { session: id, lesson: index, who, fee });
			return Ok(());
		}
		Self::void(id, &mut session, (index, lesson), Void::CannotBeOpened);
		Lessons::<T>::insert(id, lessons);
		Self::after_lesson(id, session, disputed.round);
		Ok(())
	}

	/// What the student disputes: a lesson of the round that has no classifier.
	fn disputed_by_student(
		who: &T::AccountId,
		session: &SessionOf<T>,
		lessons: &LessonsOf<T>,
		index: u8,
	) -> Result<Disputed, Error<T>> {
		ensure!(session.student == *who, Error::<T>::NotStudent);
		let round = Self::training(session)?;
		let lesson = lessons.get(usize::from(index)).ok_or(Error::<T>::NoLesson)?;
		ensure!(lesson.void.is_none(), Error::<T>::VoidLesson);
		ensure!(lesson.round == round && !lesson.is_done(), Error::<T>::NothingToTrain);
		let one_time_key = *session.spec.key(lesson.seat, lesson.round).ok_or(Error::<T>::NoLesson)?;
		Ok(Disputed { round, one_time_key, sealed_key: lesson.offer.sealed_key })
	}

	/// What a trainer disputes: the lesson whose turn it is, before it commits.
	fn disputed_by_trainer(
		who: &T::AccountId,
		session: &SessionOf<T>,
		lessons: &LessonsOf<T>,
		index: u8,
	) -> Result<Disputed, Error<T>> {
		let lesson = lessons.get(usize::from(index)).ok_or(Error::<T>::NoLesson)?;
		let round = Self::committing(session, index)?;
		let drawn = lesson.trainers.iter().find(|drawn| drawn.trainer == *who);
		let drawn = drawn.ok_or(Error::<T>::NotTrainerOfLesson)?;
		ensure!(drawn.commitment.is_none(), Error::<T>::AlreadyCommitted);
		Ok(Disputed { round, one_time_key: drawn.prekey, sealed_key: drawn.sealed_key })
	}

	/// Whether the key is what its hash says, and opens the chunk where there is one.
	///
	/// Errors: [`Error::BadProof`] where the chunk is not one of the ciphertext.
	fn can_be_opened(
		offer: &LessonOffer,
		sealed_key: Option<SealedKey>,
		secret: &[u8; 32],
		chunk: Option<(u32, Vec<u8>, Vec<H256>)>,
	) -> Result<bool, Error<T>> {
		let key = sealed_key.and_then(|sealed_key| sealed::open(&sealed_key, secret));
		let Some(key) = key else { return Ok(false) };
		if sealed::key_hash(&key) != offer.key_hash {
			return Ok(false);
		}
		let Some((index, bytes, proof)) = chunk else { return Ok(true) };
		let count = offer.bytes.div_ceil(file::SEALED_CHUNK as u32);
		ensure!(
			bytes.len() <= file::SEALED_CHUNK && file::verify(&offer.ciphertext, index, count, &bytes, &proof),
			Error::<T>::BadProof
		);
		Ok(file::open_chunk(&key, index, count, &bytes).is_some())
	}

	/// The round whose lessons the student trains on now.
	pub(crate) fn training(session: &SessionOf<T>) -> Result<u8, Error<T>> {
		let SessionState::Training { round, until } = session.state else { return Err(Error::<T>::WrongState) };
		ensure!(frame_system::Pallet::<T>::block_number() <= until, Error::<T>::TooLate);
		Ok(round)
	}
}
