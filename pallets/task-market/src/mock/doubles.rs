//! What judges, the workers and the models of the tests.

use super::*;
use codec::{Decode, Encode};
use frame_support::{storage_alias, Twox64Concat};
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::{
	Course, Evaluation, EvaluationError, JobId, Judgement, Mark, ModelRegistry, NewModel, OnEvaluated, PolicyHash,
	Progress, Quality, Request, Resources, Seeds, TaskId, WorkerError, WorkerRegistry,
};

/// Judges policies when a test says so, by playing their episodes or with given scores.
pub struct Judges;

#[derive(Clone, Encode, Decode)]
pub struct TestJob {
	payer: u64,
	request: Request,
	hashes: Vec<PolicyHash>,
	policies: Vec<Vec<u8>>,
	sealed: Option<u64>,
}

#[storage_alias(verbatim)]
type TestJobs = StorageMap<Judges, Twox64Concat, JobId, TestJob>;
#[storage_alias(verbatim)]
type NextTestJob = StorageValue<Judges, JobId, frame_support::pallet_prelude::ValueQuery>;

impl Evaluation for Judges {
	type AccountId = u64;

	fn weight_of(request: &Request) -> Result<Weight, EvaluationError> {
		if request.episodes == 0 || request.policies == 0 {
			return Err(EvaluationError::BadRequest);
		}
		request.environment.validate().map_err(|_| EvaluationError::BadEnvironment)?;
		if request.episodes > 1_000 {
			return Err(EvaluationError::TooExpensive);
		}
		Ok(Weight::from_parts(10 * u64::from(request.episodes), 0))
	}

	fn open(payer: &u64, request: Request) -> Result<JobId, EvaluationError> {
		Self::weight_of(&request)?;
		if TestJobs::iter().count() as u32 >= MaxJobs::get() {
			return Err(EvaluationError::QueueFull);
		}
		let id = NextTestJob::get();
		NextTestJob::put(id + 1);
		TestJobs::insert(id, TestJob { payer: *payer, request, hashes: vec![], policies: vec![], sealed: None });
		Ok(id)
	}

	fn add(id: JobId, bytes: &[u8]) -> Result<PolicyHash, EvaluationError> {
		let mut job = TestJobs::get(id).ok_or(EvaluationError::NotFound)?;
		if job.sealed.is_some() {
			return Err(EvaluationError::Sealed);
		}
		if job.hashes.len() as u32 >= job.request.policies {
			return Err(EvaluationError::TooManyPolicies);
		}
		let policy = Policy::decode(bytes).map_err(|_| EvaluationError::BadPolicy)?;
		if !Course::fits(&job.request.environment, &policy) {
			return Err(EvaluationError::WrongShape);
		}
		job.request.limits.check(&policy).map_err(|_| EvaluationError::TooLarge)?;
		let hash = PolicyHash::from(policy.hash());
		if job.hashes.contains(&hash) {
			return Err(EvaluationError::Duplicate);
		}
		job.hashes.push(hash);
		job.policies.push(bytes.to_vec());
		TestJobs::insert(id, job);
		Ok(hash)
	}

	fn add_weight(bytes: u32) -> Weight {
		Weight::from_parts(1_000, 0).saturating_mul(bytes.into())
	}

	fn seal(id: JobId) -> Result<(), EvaluationError> {
		if let Some(error) = SealError::get() {
			return Err(error);
		}
		let mut job = TestJobs::get(id).ok_or(EvaluationError::NotFound)?;
		if job.sealed.is_some() {
			return Err(EvaluationError::Sealed);
		}
		if job.hashes.is_empty() {
			return Err(EvaluationError::NoPolicies);
		}
		job.sealed = Some(System::block_number());
		TestJobs::insert(id, job);
		Ok(())
	}

	fn cancel(id: JobId) -> Result<(), EvaluationError> {
		let job = TestJobs::get(id).ok_or(EvaluationError::NotFound)?;
		if job.sealed.is_some() {
			return Err(EvaluationError::Sealed);
		}
		TestJobs::remove(id);
		Ok(())
	}

	fn progress(id: JobId) -> Option<Progress> {
		let job = TestJobs::get(id)?;
		Some(Progress {
			request: job.request,
			policies: job.hashes,
			beacon: job.sealed.map(|after| after as u32),
			judged: 0,
			episodes: 0,
			steps: 0,
			ahead: 0,
		})
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn finish(id: JobId, results: Vec<Judgement>) {
		TestJobs::remove(id);
		Market::on_evaluated(id, &results);
	}
}

/// Jobs that are sealed.
pub fn sealed_jobs() -> Vec<(JobId, usize)> {
	let mut jobs: Vec<_> =
		TestJobs::iter().filter(|(_, job)| job.sealed.is_some()).map(|(id, job)| (id, job.hashes.len())).collect();
	jobs.sort_unstable();
	jobs
}

/// Finishes a sealed job with these scores.
pub fn finish_job(id: JobId, scores: &[Real]) {
	let job = TestJobs::take(id).expect("the job exists");
	assert!(job.sealed.is_some(), "only a sealed job is judged");
	assert_eq!(job.hashes.len(), scores.len(), "every policy has a score");
	let results: Vec<_> = scores
		.iter()
		.map(|mean| Judgement { mean: *mean, minimum: *mean, episodes: job.request.episodes, steps: 1 })
		.collect();
	Market::on_evaluated(id, &results);
}

/// Judges the policies of a task with these scores, in the order of their reveals.
pub fn judge(id: TaskId, scores: &[i32]) {
	let scores: Vec<_> = scores.iter().map(|score| Real::from_int(*score)).collect();
	finish_job(task(id).job, &scores);
}

/// Judges the policies of a task by playing their episodes; gives their scores.
pub fn judge_by_playing(id: TaskId) -> Vec<Real> {
	let id = task(id).job;
	let job = TestJobs::get(id).expect("the job exists");
	let beacon = sp_io::hashing::blake2_256(&("beacon", job.sealed, job.payer).encode());
	let seeds = Seeds::Job { job: id, beacon };
	let course = Course { environment: job.request.environment, episodes: job.request.episodes, seeds };
	let judgement =
		|bytes: &Vec<u8>| course.judge(&Policy::decode(bytes).expect("it was checked")).expect("it is played");
	let scores: Vec<_> = job.policies.iter().map(|bytes| judgement(bytes).mean).collect();
	finish_job(id, &scores);
	scores
}

/// The workers.
pub struct Workers;

/// A requester and its mark.
pub type TestMark = (u64, Mark<u64, u64>);

#[derive(Clone, Default, Encode, Decode)]
pub struct TestWorker {
	pub resources: Resources,
	pub quality: Quality,
	pub engaged: u32,
	pub leaving: bool,
	pub marks: Vec<TestMark>,
}

#[storage_alias(verbatim)]
pub type TestWorkers = StorageMap<Workers, Twox64Concat, u64, TestWorker>;
#[storage_alias(verbatim)]
pub type TestOperators = StorageMap<Workers, Twox64Concat, u64, u64>;

impl WorkerRegistry for Workers {
	type AccountId = u64;
	type Balance = u64;
	type BlockNumber = u64;

	fn owner_of(operator: &u64) -> Option<u64> {
		TestOperators::get(operator)
	}

	fn resources(owner: &u64) -> Option<Resources> {
		TestWorkers::get(owner).filter(|worker| !worker.leaving).map(|worker| worker.resources)
	}

	fn quality(owner: &u64, _: &TaskEnvironment) -> Quality {
		TestWorkers::get(owner).unwrap_or_default().quality
	}

	fn is_available(owner: &u64) -> bool {
		TestWorkers::get(owner).is_some_and(|worker| !worker.leaving && worker.engaged < MaxEngagements::get())
	}

	fn engage(owner: &u64) -> Result<(), WorkerError> {
		let mut worker = TestWorkers::get(owner).ok_or(WorkerError::NotRegistered)?;
		if worker.leaving {
			return Err(WorkerError::Leaving);
		}
		if worker.engaged >= MaxEngagements::get() {
			return Err(WorkerError::TooBusy);
		}
		worker.engaged += 1;
		TestWorkers::insert(owner, worker);
		Ok(())
	}

	fn release(owner: &u64) {
		let mut worker = TestWorkers::get(owner).expect("who is released is registered");
		worker.engaged = worker.engaged.checked_sub(1).expect("who is released was engaged");
		TestWorkers::insert(owner, worker);
	}

	fn record(owner: &u64, requester: &u64, mark: Mark<u64, u64>) {
		let mut worker = TestWorkers::get(owner).expect("who is marked is registered");
		worker.marks.push((*requester, mark));
		TestWorkers::insert(owner, worker);
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_worker(owner: &u64, operator: &u64, resources: Resources) {
		TestOperators::insert(operator, owner);
		TestWorkers::insert(owner, TestWorker { resources, ..Default::default() });
	}
}

/// Changes what is known of a worker.
pub fn change_worker(owner: u64, change: impl FnOnce(&mut TestWorker)) {
	let mut worker = TestWorkers::get(owner).expect("it is registered");
	change(&mut worker);
	TestWorkers::insert(owner, worker);
}

/// Gives a worker this quality, the same in all terms.
pub fn set_quality(owner: u64, percent: u32) {
	let part = Perbill::from_percent(percent);
	change_worker(owner, |worker| worker.quality = Quality { reputation: part, expertise: part, compute: part });
}

/// A worker's marks, and how many things it has to answer for.
pub fn marks(owner: u64) -> (Vec<TestMark>, u32) {
	let worker = TestWorkers::get(owner).expect("it is registered");
	(worker.marks, worker.engaged)
}

/// The models.
pub struct Models;

#[storage_alias(verbatim)]
pub type TestBest = StorageMap<Models, Twox64Concat, TaskEnvironment, (Real, PolicyHash)>;
#[storage_alias(verbatim)]
type TestKnown = StorageMap<Models, Twox64Concat, PolicyHash, (u64, Real)>;

impl ModelRegistry for Models {
	type AccountId = u64;

	fn best(environment: &TaskEnvironment) -> Option<(Real, PolicyHash)> {
		TestBest::get(environment)
	}

	fn contains(policy: &PolicyHash) -> bool {
		TestKnown::contains_key(policy)
	}

	fn publish(model: NewModel<u64>) {
		if Self::best(&model.environment).is_none_or(|(best, _)| best < model.score) {
			TestBest::insert(model.environment, (model.score, model.policy));
		}
		if !TestKnown::contains_key(model.policy) {
			TestKnown::insert(model.policy, (model.owner, model.score));
		}
	}
}

/// Owner and score of a published model.
pub fn published(policy: &Policy) -> Option<(u64, Real)> {
	TestKnown::get(PolicyHash::from(policy.hash()))
}

/// Publishes a model of somebody else.
pub fn publish(policy: &Policy, score: i32) {
	Models::publish(NewModel {
		owner: MALLORY,
		task: TaskId::MAX,
		policy: policy.hash().into(),
		size: 0,
		cid: vec![],
		environment: TaskEnvironment::CartPole,
		score: Real::from_int(score),
		parent: None,
	});
}
