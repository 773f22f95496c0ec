//! The work of a block.

use crate::*;
use frame_support::{
	defensive,
	weights::{Weight, WeightMeter},
	BoundedVec,
};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_policy::Policy;
use praxis_primitives_consensus::{Beacon, BEACON_BLOCKS};
use praxis_primitives_market::{Course, JobId, Judgement, OnEvaluated, PolicyHash, Seeds, Workspace};
use sp_runtime::traits::Saturating;

/// What became of a line's first job in this block.
enum Slice {
	/// It is done; its results were handed over.
	Done,
	/// There is no room for more of it in this block.
	Full,
}

impl<T: Config> Pallet<T> {
	/// Works as long as there is room, and gives the weight that it took.
	pub(crate) fn work(number: BlockNumberFor<T>, remaining: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(remaining.min(Self::most_of_a_block()));
		if meter.try_consume(T::WeightInfo::on_idle()).is_err() {
			return meter.consumed();
		}
		Self::admit(number, &mut meter);
		let mut turns = Turns::<T>::get();
		if turns.is_empty() {
			return meter.consumed();
		}
		// Each payer is served until the block is used up or its line is. Who is served last has to wait for all others.
		while let Some(payer) = turns.first().cloned() {
			let mut line = Lines::<T>::get(&payer);
			let Some(id) = line.first().copied() else {
				defensive!("a line is empty");
				turns.remove(0);
				continue;
			};
			let slice = Self::slice(id, &mut meter);
			turns.remove(0);
			if let Slice::Done = slice {
				line.remove(0);
			}
			if line.is_empty() {
				Lines::<T>::remove(&payer);
			} else {
				Lines::<T>::insert(&payer, line);
				// One was just removed.
				let _ = turns.try_push(payer);
			}
			if let Slice::Full = slice {
				break;
			}
		}
		Turns::<T>::put(turns);
		meter.consumed()
	}

	/// Puts sealed jobs whose beacon is there into their payers' lines.
	fn admit(number: BlockNumberFor<T>, meter: &mut WeightMeter) {
		let mut waiting = Waiting::<T>::get();
		let mut admitted = 0;
		for (after, id) in waiting.iter() {
			if after.saturating_add(BEACON_BLOCKS.into()) > number || meter.try_consume(T::WeightInfo::begin()).is_err()
			{
				break;
			}
			admitted += 1;
			let Ok(beacon) = T::Beacon::get(*after) else {
				defensive!("a requested beacon is not there");
				break;
			};
			if T::Beacon::release(*after).is_err() {
				defensive!("a requested beacon cannot be released");
			}
			Self::begin(*id, *after, beacon);
		}
		if admitted > 0 {
			waiting.drain(..admitted);
			Waiting::<T>::put(waiting);
		}
	}

	pub(crate) fn begin(id: JobId, after: BlockNumberFor<T>, beacon: [u8; 32]) {
		let Some(mut job) = Jobs::<T>::get(id) else {
			defensive!("a waiting job is gone");
			return;
		};
		let payer = job.payer.clone();
		job.state = JobState::Running { after };
		Jobs::<T>::insert(id, job);
		Trials::<T>::insert(id, Running { beacon, trial: Default::default(), results: BoundedVec::new() });
		let mut line = Lines::<T>::get(&payer);
		if line.is_empty() && Turns::<T>::try_append(payer.clone()).is_err() {
			defensive!("there is a turn for every job");
		}
		if line.try_push(id).is_err() {
			defensive!("there is a place in the line for every job of a payer");
		}
		Lines::<T>::insert(&payer, line);
	}

	/// Works on one job.
	fn slice(id: JobId, meter: &mut WeightMeter) -> Slice {
		let (Some(job), Some(mut running)) = (Jobs::<T>::get(id), Trials::<T>::get(id)) else {
			defensive!("a job in a line is gone");
			return Slice::Done;
		};
		let policies = job.policies.len() as u32;
		let environment = job.request.environment;
		let seeds = Seeds::Job { job: id, beacon: running.beacon };
		let course = Course { environment, episodes: job.request.episodes, seeds };
		let finish = Self::finish_weight(policies);
		let mut workspace = Workspace::new(&environment);
		while let Some(hash) = job.policies.get(running.results.len()).copied() {
			let index = running.results.len() as u32;
			let load = T::WeightInfo::load(Policies::<T>::decode_len(id, index).unwrap_or(0) as u32);
			if !meter.can_consume(load.saturating_mul(LOADS).saturating_add(finish)) {
				Trials::<T>::insert(id, running);
				return Slice::Full;
			}
			meter.consume(load);
			let judgement = match Policies::<T>::get(id, index).map(|bytes| Policy::decode(&bytes)) {
				Some(Ok(policy)) => {
					let unit = Self::unit_of(&environment, &policy);
					// What is kept for the end is not for steps.
					let room = meter.remaining().saturating_sub(finish);
					let most = room.checked_div_per_component(&unit).unwrap_or(0).min(u32::MAX.into()) as u32;
					let taken = course.advance(&mut running.trial, &policy, &mut workspace, most);
					meter.consume(unit.saturating_mul(taken.into()));
					running.trial.judgement(course.episodes)
				}
				_ => {
					defensive!("a policy that was checked cannot be read");
					let worst = environment.min_return();
					Some(Judgement { mean: worst, minimum: worst, episodes: course.episodes, steps: 0 })
				}
			};
			let Some(judgement) = judgement else {
				Trials::<T>::insert(id, running);
				return Slice::Full;
			};
			Self::note(id, index, hash, judgement, &mut running);
		}
		meter.consume(finish);
		Self::forget(id, &job);
		log::debug!(target: LOG_TARGET, "job {id} is done: {policies} policies");
		T::OnEvaluated::on_evaluated(id, &running.results);
		Slice::Done
	}

	pub(crate) fn note(
		id: JobId,
		index: u32,
		policy: PolicyHash,
		judgement: Judgement,
		running: &mut Running<T::MaxPolicies>,
	) {
		Self::deposit_event(Event::Judged { job: id, index, policy, judgement });
		running.trial = Default::default();
		if running.results.try_push(judgement).is_err() {
			defensive!("there is a place for the result of every policy");
		}
	}
}
