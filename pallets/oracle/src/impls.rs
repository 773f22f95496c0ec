//! What the call and the end of a block do, and what clients may ask.

use crate::*;
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{
	ensure,
	pallet_prelude::{DispatchError, DispatchResult},
};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_environment::{rollout, score, AnyState, Error as EnvironmentError, Real, Seed};
use praxis_primitives_consensus::{
	CurrentAuthor, ForkRule, LearningDigest, OnScore, OracleEnvironment, OracleState, Record, Score,
};
use sp_runtime::{
	traits::{CheckedSub, Saturating, Zero},
	DigestItem, SaturatedConversion,
};

/// Context of the seed of an episode.
const EPISODE_CONTEXT: &[u8] = b"praxis/oracle/episode";

impl<T: Config> Pallet<T> {
	/// See [`Pallet::submit_transitions`].
	pub(crate) fn do_submit(who: T::AccountId, submission: SubmissionOf<T>) -> DispatchResult {
		let SubmissionOf { parent, slot, attempt: _, step, actions, reward, policy_hash } = submission;
		let number = frame_system::Pallet::<T>::block_number();
		let (_, author) = T::CurrentAuthor::author().ok_or(Error::<T>::NotAuthor)?;
		let noise = T::CurrentAuthor::noise().ok_or(Error::<T>::NotAuthor)?;
		ensure!(author == who, Error::<T>::NotAuthor);
		ensure!(!Records::<T>::contains_key(number), Error::<T>::AlreadySubmitted);
		ensure!(parent == frame_system::Pallet::<T>::parent_hash(), Error::<T>::WrongParent);
		ensure!(T::CurrentAuthor::slot() == Some(slot), Error::<T>::WrongSlot);
		ensure!(step == NextStep::<T>::get(), Error::<T>::WrongStep);
		ensure!(actions.len() as u32 == StepsPerBlock::<T>::get(), Error::<T>::WrongCount);

		let state = State::<T>::get().ok_or(Error::<T>::BrokenState)?;
		let played = rollout(&state, &Seed(noise), &actions).map_err(Self::error_of)?;
		ensure!(played.reward == reward, Error::<T>::WrongReward);

		State::<T>::put(played.state);
		NextStep::<T>::put(step.saturating_add(actions.len() as u64));
		let record = StoredRecord { slot, author: who.clone(), step, state, noise, actions, reward, policy_hash };
		Records::<T>::insert(number, record);
		Self::deposit_event(Event::TransitionsAccepted { author: who, step, reward });
		Ok(())
	}

	/// What the environment's complaint is as an error of the call.
	fn error_of(error: EnvironmentError) -> DispatchError {
		match error {
			EnvironmentError::ActionOutOfRange { .. } => Error::<T>::ActionOutOfRange,
			_ => Error::<T>::BrokenState,
		}
		.into()
	}

	/// Scores the block, tells it, restarts the episode where one ends and forgets the oldest record.
	pub(crate) fn finish_block(number: BlockNumberFor<T>) {
		Submitted::<T>::kill();

		let reward = Records::<T>::get(number).map_or(Real::ZERO, |record| score(record.reward));
		let cumulative = LastScore::<T>::get().cumulative.saturating_add(reward);
		let score = Score { reward, cumulative };
		LastScore::<T>::put(score);
		frame_system::Pallet::<T>::deposit_log(DigestItem::learning_score(score));

		if let Some((_, author)) = T::CurrentAuthor::author() {
			T::OnScore::on_score(&author, score);
		}
		let episode: BlockNumberFor<T> = EpisodeBlocks::<T>::get().max(1).into();
		if (number % episode).is_zero() {
			Self::restart_episode(number);
		}
		if let Some(gone) = number.checked_sub(&KEPT_BLOCKS.into()) {
			Records::<T>::remove(gone);
		}
	}

	/// Draws the state anew from the VRF output of the present block. Its author could choose nothing
	/// of it.
	fn restart_episode(number: BlockNumberFor<T>) {
		let Some(noise) = T::CurrentAuthor::noise() else { return };
		let seed = Seed((EPISODE_CONTEXT, noise, number).using_encoded(sp_io::hashing::blake2_256));
		State::<T>::put(AnyState::reset(Environment::<T>::get(), &seed));
		Self::deposit_event(Event::EpisodeRestarted { step: NextStep::<T>::get() });
	}

	/// Which reward decides between chains of equal length.
	pub fn fork_rule() -> ForkRule {
		Rule::<T>::get()
	}

	/// The environment and how much of it a block records.
	pub fn environment() -> OracleEnvironment {
		let spec = Environment::<T>::get().spec();
		OracleEnvironment {
			id: spec.id,
			name: spec.name.into(),
			actions: spec.actions,
			observation: spec.observation as u32,
			steps_per_block: StepsPerBlock::<T>::get(),
			episode_blocks: EpisodeBlocks::<T>::get(),
		}
	}

	/// Where the next block's transitions start.
	pub fn state() -> OracleState {
		let state = State::<T>::get();
		OracleState {
			step: NextStep::<T>::get(),
			observation: state.as_ref().map(AnyState::observation).unwrap_or_default(),
			state: state.map(|state| state.encode()).unwrap_or_default(),
			score: LastScore::<T>::get(),
		}
	}

	/// What block `number` recorded, if it is one of the last [`KEPT_BLOCKS`] and recorded something.
	pub fn record(number: BlockNumberFor<T>) -> Option<Record<T::AccountId>> {
		Records::<T>::get(number).map(|record| Record {
			number: number.saturated_into(),
			slot: record.slot,
			author: record.author,
			step: record.step,
			state: record.state.encode(),
			noise: record.noise,
			actions: record.actions.into_inner(),
			reward: record.reward,
			policy_hash: record.policy_hash,
		})
	}

	/// The records of the `count` blocks from `from` upwards, at most [`RECORDS_PER_ANSWER`] blocks.
	pub fn records(from: BlockNumberFor<T>, count: u32) -> Vec<Record<T::AccountId>> {
		(0..count.min(RECORDS_PER_ANSWER))
			.filter_map(|offset| Self::record(from.saturating_add(offset.into())))
			.collect()
	}
}
