//! Jobs, as other pallets see them.

use crate::*;
use alloc::vec::Vec;
use frame_support::{defensive, traits::Get, weights::Weight, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_environment::TaskEnvironment;
use praxis_policy::{Limits, Policy, PolicyError};
use praxis_primitives_consensus::Beacon;
use praxis_primitives_market::{
	Course, Evaluation, EvaluationError, JobId, Judgement, PolicyHash, Progress, Request, Seeds,
};
use sp_runtime::SaturatedConversion;

impl<T: Config> Evaluation for Pallet<T> {
	type AccountId = T::AccountId;

	fn weight_of(request: &Request) -> Result<Weight, EvaluationError> {
		Self::weight_of_request(request)
	}

	fn open(payer: &T::AccountId, request: Request) -> Result<JobId, EvaluationError> {
		Self::weight_of_request(&request)?;
		let of_payer = JobsOf::<T>::get(payer);
		if Jobs::<T>::count() >= T::MaxJobs::get() || of_payer >= T::MaxJobsPerPayer::get() {
			return Err(EvaluationError::QueueFull);
		}
		let job = NextJob::<T>::get();
		NextJob::<T>::put(job.checked_add(1).ok_or(EvaluationError::QueueFull)?);
		JobsOf::<T>::insert(payer, of_payer.saturating_add(1));
		let policies = BoundedVec::new();
		Jobs::<T>::insert(job, Job { payer: payer.clone(), request, policies, state: JobState::Open });
		Ok(job)
	}

	fn add(id: JobId, bytes: &[u8]) -> Result<PolicyHash, EvaluationError> {
		let mut job = Jobs::<T>::get(id).ok_or(EvaluationError::NotFound)?;
		if job.state != JobState::Open {
			return Err(EvaluationError::Sealed);
		}
		let index = job.policies.len() as u32;
		if index >= job.request.policies {
			return Err(EvaluationError::TooManyPolicies);
		}
		let policy = Policy::decode(bytes).map_err(|_| EvaluationError::BadPolicy)?;
		if !Course::fits(&job.request.environment, &policy) {
			return Err(EvaluationError::WrongShape);
		}
		job.request.limits.check(&policy).map_err(|_: PolicyError| EvaluationError::TooLarge)?;
		let hash = PolicyHash::from(policy.hash());
		if job.policies.contains(&hash) {
			return Err(EvaluationError::Duplicate);
		}
		let bytes = BoundedVec::try_from(bytes.to_vec()).map_err(|_| EvaluationError::TooLarge)?;
		job.policies.try_push(hash).map_err(|_| EvaluationError::TooManyPolicies)?;
		Policies::<T>::insert(id, index, bytes);
		Jobs::<T>::insert(id, job);
		Ok(hash)
	}

	fn add_weight(bytes: u32) -> Weight {
		T::WeightInfo::add(bytes)
	}

	fn seal(id: JobId) -> Result<(), EvaluationError> {
		let mut job = Jobs::<T>::get(id).ok_or(EvaluationError::NotFound)?;
		if job.state != JobState::Open {
			return Err(EvaluationError::Sealed);
		}
		if job.policies.is_empty() {
			return Err(EvaluationError::NoPolicies);
		}
		let after = frame_system::Pallet::<T>::block_number();
		let mut waiting = Waiting::<T>::get();
		// There is a place for every job.
		waiting.try_push((after, id)).map_err(|_| EvaluationError::QueueFull)?;
		T::Beacon::request(after).map_err(|_| EvaluationError::NoBeacon)?;
		Waiting::<T>::put(waiting);
		job.state = JobState::Sealed { after };
		Self::deposit_event(Event::Sealed { job: id, after, policies: job.policies.len() as u32 });
		Jobs::<T>::insert(id, job);
		Ok(())
	}

	fn cancel(id: JobId) -> Result<(), EvaluationError> {
		let job = Jobs::<T>::get(id).ok_or(EvaluationError::NotFound)?;
		if job.state != JobState::Open {
			return Err(EvaluationError::Sealed);
		}
		Self::forget(id, &job);
		Ok(())
	}

	fn progress(id: JobId) -> Option<Progress> {
		let job = Jobs::<T>::get(id)?;
		let running = Trials::<T>::get(id);
		let line = Lines::<T>::get(&job.payer);
		let beacon = match job.state {
			JobState::Open => None,
			JobState::Sealed { after } | JobState::Running { after } => Some(after.saturated_into()),
		};
		Some(Progress {
			request: job.request,
			policies: job.policies.into_inner(),
			beacon,
			judged: running.as_ref().map_or(0, |running| running.results.len() as u32),
			episodes: running.as_ref().map_or(0, |running| running.trial.episodes),
			steps: running
				.as_ref()
				.and_then(|running| running.trial.running.as_ref())
				.map_or(0, |episode| episode.steps()),
			ahead: line.iter().position(|other| *other == id).unwrap_or(0) as u32,
		})
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn finish(id: JobId, results: Vec<Judgement>) {
		use praxis_primitives_market::OnEvaluated;
		if let Some(job) = Jobs::<T>::get(id) {
			Waiting::<T>::mutate(|waiting| waiting.retain(|(_, other)| *other != id));
			Self::forget(id, &job);
			T::OnEvaluated::on_evaluated(id, &results);
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Jobs in lines, in the order in which they are served next.
	pub fn queue() -> Vec<JobId> {
		Turns::<T>::get().iter().flat_map(|payer| Lines::<T>::get(payer).into_inner()).collect()
	}

	/// Judges a policy outside of blocks, on the seeds numbered from `first` on. Nothing that a job could not ask for is played.
	pub fn judge(
		environment: TaskEnvironment,
		episodes: u32,
		first: u64,
		bytes: &[u8],
	) -> Result<Judgement, EvaluationError> {
		let policy = Policy::decode(bytes).map_err(|_| EvaluationError::BadPolicy)?;
		let limits = Limits { max_parameters: policy.parameters(), max_work: policy.work() };
		Self::weight_of_request(&Request { environment, episodes, limits, policies: 1 })?;
		if !Course::fits(&environment, &policy) {
			return Err(EvaluationError::WrongShape);
		}
		let course = Course { environment, episodes, seeds: Seeds::Numbers { first } };
		course.judge(&policy).ok_or(EvaluationError::BadRequest)
	}

	/// Removes the job and its policies. It is in no line any more.
	pub(crate) fn forget(id: JobId, job: &Job<T::AccountId, BlockNumberFor<T>, T::MaxPolicies>) {
		for index in 0..job.policies.len() as u32 {
			Policies::<T>::remove(id, index);
		}
		Trials::<T>::remove(id);
		Jobs::<T>::remove(id);
		JobsOf::<T>::mutate_exists(&job.payer, |count| match count.unwrap_or_default().checked_sub(1) {
			Some(0) => *count = None,
			Some(rest) => *count = Some(rest),
			None => {
				defensive!("a payer has no jobs");
			}
		});
	}
}
