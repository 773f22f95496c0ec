//! Claims: checking them, accumulating their outputs, and telling others who authors.

use crate::*;
use codec::Decode;
use core::marker::PhantomData;
use frame_support::traits::{FindAuthor, Get, OnTimestampSet};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_primitives_consensus::{
	digests::pre_digest_of,
	vrf::{self, Draws, Randomness},
	AuthorId, AuthorSet, CurrentAuthor, PreDigest, Slot, LEARNING_ENGINE_ID, RANDOMNESS_DELAY,
};
use sp_runtime::{
	traits::{One, SaturatedConversion, Saturating, Zero},
	ConsensusEngineId, DigestItem,
};

impl<T: Config> Pallet<T> {
	/// Checks the claim of block `number` and takes its outputs in. Tells whether a beacon became
	/// ready.
	pub(crate) fn enter(number: BlockNumberFor<T>, logs: &[DigestItem]) -> Result<bool, ClaimError> {
		let claim = pre_digest_of(logs)?;
		let (account, draws) = Self::check(number, &claim)?;
		let accumulated = accumulate(&Self::accumulated_at(number.saturating_sub(One::one())), &draws.randomness);
		Accumulated::<T>::insert(Self::index(number), accumulated);
		Current::<T>::put(CurrentBlock { number, slot: claim.slot, author: claim.author, account, noise: draws.noise });
		Ok(Self::complete_beacon(number, &accumulated))
	}

	/// Whether `claim` may open block `number`; its author's account and its draws if so.
	fn check(number: BlockNumberFor<T>, claim: &PreDigest) -> Result<(T::AccountId, Draws), ClaimError> {
		if let Some(parent) = Current::<T>::get() {
			if claim.slot <= parent.slot {
				return Err(ClaimError::SlotNotRising { parent: parent.slot, slot: claim.slot });
			}
		}
		let account = T::Authors::account_of(&claim.author, number).ok_or(ClaimError::NotAnAuthor)?;
		let randomness = Self::randomness_of(number);
		if !vrf::verify(&claim.author, &randomness, claim.slot, &claim.vrf) {
			return Err(ClaimError::BadVrf);
		}
		let draws =
			Draws::new(&claim.author, &randomness, claim.slot, &claim.vrf.pre_output).ok_or(ClaimError::BadVrf)?;
		if !draws.is_eligible(T::Authors::count(number)) {
			return Err(ClaimError::NotEligible);
		}
		Ok((account, draws))
	}

	/// Where the accumulated randomness of block `number` is kept. That of the block
	/// [`RANDOMNESS_DELAY`] later takes the same place.
	fn index(number: BlockNumberFor<T>) -> u32 {
		(number % RANDOMNESS_DELAY.into()).saturated_into()
	}

	/// Accumulated randomness of block `number`, one of the last [`RANDOMNESS_DELAY`].
	fn accumulated_at(number: BlockNumberFor<T>) -> Randomness {
		Accumulated::<T>::get(Self::index(number))
	}

	/// What the VRF of block `number` is over, before that block has been entered.
	fn randomness_of(number: BlockNumberFor<T>) -> Randomness {
		// The place of this block still holds what the block a delay earlier left there.
		Self::accumulated_at(number)
	}

	/// Height of the last block whose claim was taken in; 0 before block 1.
	pub(crate) fn last_entered() -> BlockNumberFor<T> {
		Current::<T>::get().map_or_else(Zero::zero, |current| current.number)
	}

	/// What the VRF of a child of the last block is over: the same whether it is asked after that
	/// block, or in the child before `on_initialize` has taken its claim in.
	pub fn child_randomness() -> Randomness {
		Self::randomness_of(Self::last_entered().saturating_add(One::one()))
	}

	/// Length of a slot in milliseconds.
	pub fn slot_duration() -> u64 {
		SlotDuration::<T>::get()
	}

	/// Slot of the last block; `None` before block 1.
	pub fn last_slot() -> Option<Slot> {
		Current::<T>::get().map(|current| current.slot)
	}

	/// The claim of the block in whose state this is asked. That of the parent does not count where
	/// a block is only begun, as for the validation of a transaction.
	fn present() -> Option<CurrentBlock<T::AccountId, BlockNumberFor<T>>> {
		Current::<T>::get().filter(|current| current.number == frame_system::Pallet::<T>::block_number())
	}
}

/// The accumulated randomness after a block whose VRF added `output`.
pub(crate) fn accumulate(before: &Randomness, output: &Randomness) -> Randomness {
	sp_io::hashing::blake2_256(&[b"praxis/accumulate".as_slice(), before, output].concat())
}

impl<T: Config> CurrentAuthor for Pallet<T> {
	type AccountId = T::AccountId;

	fn author() -> Option<(AuthorId, T::AccountId)> {
		Self::present().map(|current| (current.author, current.account))
	}

	fn slot() -> Option<Slot> {
		Self::present().map(|current| current.slot)
	}

	fn noise() -> Option<Randomness> {
		Self::present().map(|current| current.noise)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_current(account: &T::AccountId, key: &AuthorId, slot: Slot, noise: Randomness) {
		Current::<T>::put(CurrentBlock {
			number: frame_system::Pallet::<T>::block_number(),
			slot,
			author: key.clone(),
			account: account.clone(),
			noise,
		});
	}
}

impl<T: Config> FindAuthor<T::AccountId> for Pallet<T> {
	fn find_author<'a, I>(digests: I) -> Option<T::AccountId>
	where
		I: 'a + IntoIterator<Item = (ConsensusEngineId, &'a [u8])>,
	{
		let (_, mut data) = digests.into_iter().find(|(id, _)| *id == LEARNING_ENGINE_ID)?;
		let claim = PreDigest::decode(&mut data).ok()?;
		T::Authors::account_of(&claim.author, frame_system::Pallet::<T>::block_number())
	}
}

impl<T: Config + pallet_timestamp::Config> OnTimestampSet<T::Moment> for Pallet<T> {
	fn on_timestamp_set(moment: T::Moment) {
		// Benchmarks of other pallets set the timestamp without a block around.
		if cfg!(feature = "runtime-benchmarks") && Self::present().is_none() {
			return;
		}
		// Exactly the start of the slot. A later moment inside it would keep the next slot's block from meeting the
		// least distance of timestamps, so one author could shut everybody else out.
		let slot = Self::present().map(|current| *current.slot);
		let start = slot.and_then(|slot| slot.checked_mul(Self::slot_duration()));
		let moment = moment.saturated_into::<u64>();
		assert!(
			start == Some(moment),
			"block refused: timestamp {moment} is not the start {start:?} of the block's slot {slot:?}",
		);
	}
}

/// Least distance of the timestamps of two blocks for `pallet-timestamp`, in milliseconds: half a
/// slot. Clients take twice of it for the block time.
pub struct MinimumPeriod<T>(PhantomData<T>);

impl<T: Config> Get<u64> for MinimumPeriod<T> {
	fn get() -> u64 {
		Pallet::<T>::slot_duration() / 2
	}
}
