//! Lessons that cannot be opened.

use crate::*;
use alloc::vec::Vec;
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use praxis_primitives_market::sealed;
use praxis_primitives_teaching::{lesson as file, trainers::Void, SessionId, SessionState};
use sp_core::H256;
use sp_runtime::traits::Saturating;

impl<T: Config> Pallet<T> {
	/// See [`Pallet::dispute_lesson`].
	pub(crate) fn do_dispute(
		who: T::AccountId,
		id: SessionId,
		index: u8,
		secret: [u8; 32],
		chunk: Option<(u32, Vec<u8>, Vec<H256>)>,
	) -> DispatchResult {
		let mut session = Self::session_of_student(&who, id)?;
		let round = Self::training(&session)?;
		let mut lessons = Lessons::<T>::get(id);
		let lesson = lessons.get_mut(usize::from(index)).ok_or(Error::<T>::NoLesson)?;
		ensure!(lesson.void.is_none(), Error::<T>::VoidLesson);
		ensure!(lesson.round == round && lesson.classifier.is_none(), Error::<T>::NothingToTrain);
		let key = session.spec.key(lesson.seat, lesson.round).ok_or(Error::<T>::NoLesson)?;
		ensure!(sealed::one_time_key(&secret) == *key, Error::<T>::WrongSecret);

		if Self::can_be_opened(lesson, &secret, chunk)? {
			let fee = T::DisputeFee::get();
			ensure!(session.deposit >= fee, Error::<T>::DepositSpent);
			session.deposit.saturating_reduce(fee);
			Self::burn_deposit(&session.student, fee);
			Sessions::<T>::insert(id, session);
			Self::deposit_event(Event::DisputeLost { session: id, lesson: index, fee });
			return Ok(());
		}
		lesson.void = Some(Void::CannotBeOpened);
		lesson.place = None;
		let (seat, teacher) = (usize::from(lesson.seat), lesson.teacher.clone());
		Self::give_back(&mut session.ledger, HoldReason::LessonFee, &teacher, session.spec.fee);
		let stake = match session.seats.get_mut(seat).and_then(Option::as_mut) {
			Some(seat) => {
				seat.lost = true;
				core::mem::take(&mut seat.stake)
			}
			None => Default::default(),
		};
		Self::burn(&mut session.ledger, HoldReason::TeacherStake, &teacher, stake);
		Self::deposit_event(Event::LessonVoided { session: id, lesson: index, stake });
		Lessons::<T>::insert(id, lessons);
		Self::after_lesson(id, session, round);
		Ok(())
	}

	/// Whether the key is what its hash says, and opens the chunk where there is one.
	///
	/// Errors: [`Error::BadProof`] where the chunk is not one of the ciphertext.
	fn can_be_opened(
		lesson: &LessonOf<T>,
		secret: &[u8; 32],
		chunk: Option<(u32, Vec<u8>, Vec<H256>)>,
	) -> Result<bool, Error<T>> {
		let offer = &lesson.offer;
		let key = offer.sealed_key.and_then(|sealed_key| sealed::open(&sealed_key, secret));
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
