//! The score that earns nothing.
//!
//! A policy is public from its reveal on, but its score is known, and in the registry of models, only once it was
//! judged. Who commits in between could copy it. So the heights of reveals are kept beside the scores that came out, and
//! a worker's floor is raised, when it is paid, by what had been revealed by the height of its commit.

use crate::*;
use frame_support::{traits::ConstU32, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_market::ModelRegistry;

impl<T: Config> Pallet<T> {
	/// The score that earns nothing now: the best published one, at least that of random actions.
	pub(crate) fn floor(environment: &TaskEnvironment) -> Real {
		let random = environment.random_score();
		T::Models::best(environment).map_or(random, |(best, _)| best.max(random))
	}

	/// The best score of what had been revealed by this height and was judged since; none when nothing is known.
	pub(crate) fn revealed_by(environment: &TaskEnvironment, at: BlockNumberFor<T>) -> Option<Real> {
		Revealed::<T>::get(environment).iter().rev().find(|(height, _)| *height <= at).map(|(_, score)| *score)
	}

	/// Notes the score of a policy that was revealed at this height.
	pub(crate) fn note_revealed(environment: &TaskEnvironment, at: BlockNumberFor<T>, score: Real) {
		Revealed::<T>::mutate(environment, |revealed| {
			if revealed.iter().any(|(height, other)| *height <= at && *other >= score) {
				return;
			}
			revealed.retain(|(height, other)| *height < at || *other > score);
			if revealed.is_full() {
				// The earliest, and lowest: few commits that are still open are older than the next one.
				revealed.remove(0);
			}
			let place = revealed.partition_point(|(height, _)| *height < at);
			let _ = revealed.try_insert(place, (at, score));
		});
	}
}

/// Heights of reveals and scores, both rising: an entry says what the best score revealed by its height is.
pub type RevealedOf<T> = BoundedVec<(BlockNumberFor<T>, Real), ConstU32<MAX_REVEALED>>;

/// Most entries for an environment.
pub const MAX_REVEALED: u32 = 32;
