//! What must hold after every block.

use crate::*;
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_environment::{rollout, score, Real, Seed};
use sp_runtime::{traits::Saturating, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Checks the invariants, after the end of block `now`:
	///
	/// 1. K is in `1..=MaxSteps` and an episode has at least one block.
	/// 2. The state is one of the oracle's environment that can occur there.
	/// 3. Records are of the last `KEPT_BLOCKS` blocks alone.
	/// 4. Each record has K actions of the environment, starts at a state of the environment, and its
	///    replay earns exactly the recorded reward, which is in [0, 1].
	/// 5. Records follow each other without a gap: K steps further each, up to the next step.
	/// 6. The next step is a multiple of K.
	/// 7. The score of the block is its record's reward floored to 1/64, or 0 without a record, and
	///    not above the sum.
	/// 8. No submission is noted as being in the block.
	pub fn do_try_state(now: BlockNumberFor<T>) -> Result<(), TryRuntimeError> {
		let steps = StepsPerBlock::<T>::get();
		ensure!((1..=T::MaxSteps::get()).contains(&steps), "1: steps per block are out of range");
		ensure!(EpisodeBlocks::<T>::get() > 0, "1: an episode has no blocks");

		let environment = Environment::<T>::get();
		let state = State::<T>::get().ok_or("2: there is no state")?;
		ensure!(state.id() == environment, "2: the state is of another environment");
		ensure!(state.validate().is_ok(), "2: the state cannot occur");

		let records: BTreeMap<BlockNumberFor<T>, RecordOf<T>> = Records::<T>::iter().collect();
		ensure!(
			records.keys().all(|number| *number <= now && now.saturating_sub(*number) < KEPT_BLOCKS.into()),
			"3: a record is too old or of the future"
		);
		for record in records.values() {
			ensure!(record.actions.len() as u32 == steps, "4: a record has another number of actions");
			ensure!(record.state.id() == environment, "4: a record is of another environment");
			ensure!((Real::ZERO..=Real::ONE).contains(&record.reward), "4: a reward is outside of [0, 1]");
			let played = rollout(&record.state, &Seed(record.noise), &record.actions)
				.map_err(|_| "4: a record cannot be replayed")?;
			ensure!(played.reward == record.reward, "4: a record earns another reward");
		}

		let next = NextStep::<T>::get();
		let starts: Vec<u64> = records.values().map(|record| record.step).chain([next]).collect();
		ensure!(
			starts.windows(2).all(|pair| pair[0].saturating_add(steps.into()) == pair[1]),
			"5: records do not follow each other"
		);
		ensure!(next.is_multiple_of(steps.into()), "6: the next step is not a multiple of K");

		let last = LastScore::<T>::get();
		let earned = records.get(&now).map_or(Real::ZERO, |record| score(record.reward));
		ensure!(last.reward == earned, "7: the score is not that of the block");
		ensure!(last.reward <= last.cumulative, "7: the sum is below the score");
		ensure!(!Submitted::<T>::exists(), "8: a submission is noted");
		Ok(())
	}
}
