//! What must hold after every block.

use crate::*;
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::ensure;
use praxis_policy::Policy;
use praxis_primitives_market::{Course, JobId, PolicyHash};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the invariants:
	///
	/// 1. Every payer's count is that of its jobs, and none is 0. Every job's number is below the next one's.
	/// 2. A job has as many stored policies as hashes, at most as many as were asked for; each is the policy of its hash
	///    and fits environment and limits. No policy is without a job.
	/// 3. Sealed jobs, and no others, wait for a beacon, in the order of their heights. A sealed job has a policy.
	/// 4. Running jobs, and no others, are in a line, that of their payer, and have a trial.
	/// 5. The payers whose turn comes are those with a line, each once. No line is empty.
	/// 6. A trial has fewer results than policies, fewer episodes than were asked for, and a running episode that can
	///    occur and is not over.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let jobs: BTreeMap<JobId, _> = Jobs::<T>::iter().collect();
		let mut counts: Vec<(T::AccountId, u32)> = Vec::new();
		for (id, job) in &jobs {
			ensure!(*id < NextJob::<T>::get(), "1: a job's number is not given out");
			match counts.iter_mut().find(|(payer, _)| *payer == job.payer) {
				Some((_, count)) => *count += 1,
				None => counts.push((job.payer.clone(), 1)),
			}
		}
		ensure!(JobsOf::<T>::iter().count() == counts.len(), "1: a payer without jobs has a count");
		ensure!(counts.iter().all(|(payer, count)| JobsOf::<T>::get(payer) == *count), "1: a payer's count is wrong");

		let mut policies = 0;
		for (id, job) in &jobs {
			ensure!(job.policies.len() as u32 <= job.request.policies, "2: a job has too many policies");
			for (index, hash) in job.policies.iter().enumerate() {
				let bytes = Policies::<T>::get(id, index as u32).ok_or("2: a policy is not stored")?;
				let policy = Policy::decode(&bytes).map_err(|_| "2: a policy cannot be read")?;
				ensure!(PolicyHash::from(policy.hash()) == *hash, "2: a policy has another hash");
				ensure!(Course::fits(&job.request.environment, &policy), "2: a policy does not fit");
				ensure!(job.request.limits.check(&policy).is_ok(), "2: a policy is too large");
				policies += 1;
			}
		}
		ensure!(Policies::<T>::iter().count() == policies, "2: a policy is without a job");

		let waiting = Waiting::<T>::get();
		ensure!(waiting.windows(2).all(|pair| pair[0].0 <= pair[1].0), "3: those who wait are out of order");
		for (after, id) in &waiting {
			let job = jobs.get(id).ok_or("3: a job that waits is gone")?;
			ensure!(job.state == JobState::Sealed { after: *after }, "3: a job that waits is not sealed");
			ensure!(!job.policies.is_empty(), "3: a sealed job has no policy");
		}
		let sealed = jobs.values().filter(|job| matches!(job.state, JobState::Sealed { .. })).count();
		ensure!(sealed == waiting.len(), "3: a sealed job does not wait");

		let mut running = 0;
		for (payer, line) in Lines::<T>::iter() {
			ensure!(!line.is_empty(), "5: a line is empty");
			for id in &line {
				let job = jobs.get(id).ok_or("4: a job in a line is gone")?;
				ensure!(job.payer == payer, "4: a job is in another's line");
				ensure!(matches!(job.state, JobState::Running { .. }), "4: a job in a line does not run");
				let trial = Trials::<T>::get(id).ok_or("4: a running job has no trial")?;
				ensure!(trial.results.len() < job.policies.len(), "6: a job has all its results");
				ensure!(trial.trial.episodes < job.request.episodes, "6: a trial is over");
				if let Some(episode) = &trial.trial.running {
					ensure!(episode.validate().is_ok() && !episode.is_over(), "6: an episode cannot go on");
				}
				running += 1;
			}
		}
		let states = jobs.values().filter(|job| matches!(job.state, JobState::Running { .. })).count();
		ensure!(
			running == states && Trials::<T>::iter().count() == running,
			"4: a running job is in no line, or in two"
		);

		let turns = Turns::<T>::get();
		ensure!(turns.iter().all(Lines::<T>::contains_key), "5: a turn is without a line");
		ensure!(turns.len() == Lines::<T>::iter().count(), "5: a line is without a turn");
		ensure!((1..turns.len()).all(|at| !turns[..at].contains(&turns[at])), "5: somebody has two turns");
		Ok(())
	}
}
