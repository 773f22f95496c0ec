//! The award: computed, cut, minted.

use crate::*;
use frame_support::traits::fungible::{Inspect, Mutate};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_environment::Real;
use praxis_primitives_consensus::{OnScore, RewardStatus, Score};
use sp_runtime::{
	helpers_128bit::multiply_by_rational_with_rounding,
	traits::{One, SaturatedConversion, Saturating, Zero},
	Rounding,
};

impl<T: Config> Pallet<T> {
	/// Award for a score of 1 in block `number`.
	pub fn base_award_at(number: BlockNumberFor<T>) -> BalanceOf<T> {
		let interval = HalvingInterval::<T>::get();
		let halvings = if interval.is_zero() { 0 } else { (number / interval).saturated_into::<u32>() };
		let base: u128 = BaseAward::<T>::get().saturated_into();
		base.checked_shr(halvings).unwrap_or(0).saturated_into()
	}

	/// Award for a score of `reward` in block `number`, before the supply cap. What lies outside
	/// [0, 1] counts as the nearest bound.
	pub fn award_at(number: BlockNumberFor<T>, reward: Real) -> BalanceOf<T> {
		let base: u128 = Self::base_award_at(number).saturated_into();
		let share = reward.clamp(Real::ZERO, Real::ONE).to_bits().saturated_into::<u128>();
		let one = Real::ONE.to_bits().saturated_into::<u128>();
		// Not more than `base`, so it always fits.
		multiply_by_rational_with_rounding(base, share, one, Rounding::Down).unwrap_or(0).saturated_into()
	}

	/// Award for a score of `reward` in the next block, before the supply cap.
	pub fn award_of(reward: Real) -> BalanceOf<T> {
		Self::award_at(Self::next_block(), reward)
	}

	/// Where the award stands.
	pub fn status() -> RewardStatus<BalanceOf<T>> {
		let next = Self::next_block();
		let interval = HalvingInterval::<T>::get();
		let next_halving = if interval.is_zero() {
			u32::MAX
		} else {
			(next / interval).saturating_add(One::one()).saturating_mul(interval).saturated_into()
		};
		RewardStatus {
			base_award: Self::base_award_at(next),
			minted: Minted::<T>::get(),
			supply_cap: SupplyCap::<T>::get(),
			next_halving,
		}
	}

	fn next_block() -> BlockNumberFor<T> {
		frame_system::Pallet::<T>::block_number().saturating_add(One::one())
	}
}

impl<T: Config> OnScore<T::AccountId> for Pallet<T> {
	fn on_score(author: &T::AccountId, score: Score) {
		let award = Self::award_at(frame_system::Pallet::<T>::block_number(), score.reward);
		let room = SupplyCap::<T>::get().saturating_sub(T::Currency::total_issuance());
		let amount = award.min(room);
		if amount.is_zero() {
			return;
		}
		match T::Currency::mint_into(author, amount) {
			Ok(amount) => {
				Minted::<T>::mutate(|minted| *minted = minted.saturating_add(amount));
				Self::deposit_event(Event::Awarded { author: author.clone(), amount });
			}
			Err(error) => {
				log::warn!(target: LOG_TARGET, "award of {amount:?} to {author:?} failed: {error:?}");
				Self::deposit_event(Event::AwardFailed { author: author.clone(), amount, error });
			}
		}
	}
}
