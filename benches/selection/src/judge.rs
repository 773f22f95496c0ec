//! What judges: a policy here is nothing but the score that it will be found to have.

use crate::{
	constants::MAX_BLOCK_WEIGHT,
	runtime::{AccountId, Market, Simulation},
};
use codec::{Decode, Encode};
use frame_support::{pallet_prelude::ValueQuery, storage_alias, weights::Weight, Twox64Concat};
use praxis_environment::Real;
use praxis_primitives_market::{
	Evaluation, EvaluationError, JobId, Judgement, OnEvaluated, PolicyHash, Progress, Request,
};

/// Blocks from the last reveal to the result: the beacon, and the episodes.
pub const JUDGE_BLOCKS: u32 = 25;

/// Most weight of judging a policy: 200 ms, as 100 episodes of 500 steps by a network of 64x64 take.
const POLICY_WEIGHT: Weight = Weight::from_parts(MAX_BLOCK_WEIGHT.ref_time() / 3 * 4, 0);

/// What a simulated worker submits.
#[derive(Clone, Copy, Debug, Encode, Decode)]
pub struct Submission {
	/// The score that it has.
	pub score: Real,
	/// What makes it another policy than all others of the same score.
	pub salt: u64,
}

/// Judges policies when it is told to.
pub struct Judge;

#[derive(Clone, Encode, Decode)]
struct Job {
	request: Request,
	policies: Vec<(PolicyHash, Real)>,
	sealed: bool,
}

#[storage_alias(verbatim)]
type Jobs = StorageMap<Judge, Twox64Concat, JobId, Job>;
#[storage_alias(verbatim)]
type NextJob = StorageValue<Judge, JobId, ValueQuery>;

impl Evaluation for Judge {
	type AccountId = AccountId;

	fn weight_of(_: &Request) -> Result<Weight, EvaluationError> {
		Ok(POLICY_WEIGHT)
	}

	fn open(_: &AccountId, request: Request) -> Result<JobId, EvaluationError> {
		let id = NextJob::get();
		NextJob::put(id + 1);
		Jobs::insert(id, Job { request, policies: Vec::new(), sealed: false });
		Ok(id)
	}

	fn add(id: JobId, bytes: &[u8]) -> Result<PolicyHash, EvaluationError> {
		let mut job = Jobs::get(id).ok_or(EvaluationError::NotFound)?;
		let policy = Submission::decode(&mut &bytes[..]).map_err(|_| EvaluationError::BadPolicy)?;
		let hash = PolicyHash::from(sp_crypto_hashing::blake2_256(bytes));
		if job.sealed {
			return Err(EvaluationError::Sealed);
		}
		if job.policies.iter().any(|(other, _)| *other == hash) {
			return Err(EvaluationError::Duplicate);
		}
		job.policies.push((hash, policy.score));
		Jobs::insert(id, job);
		Ok(hash)
	}

	fn add_weight(_: u32) -> Weight {
		Weight::zero()
	}

	fn seal(id: JobId) -> Result<(), EvaluationError> {
		let mut job = Jobs::get(id).ok_or(EvaluationError::NotFound)?;
		job.sealed = true;
		Jobs::insert(id, job);
		Ok(())
	}

	fn cancel(id: JobId) -> Result<(), EvaluationError> {
		Jobs::take(id).map(|_| ()).ok_or(EvaluationError::NotFound)
	}

	fn progress(id: JobId) -> Option<Progress> {
		let job = Jobs::get(id)?;
		Some(Progress {
			request: job.request,
			policies: job.policies.iter().map(|(hash, _)| *hash).collect(),
			beacon: job.sealed.then(frame_system::Pallet::<Simulation>::block_number),
			judged: 0,
			episodes: 0,
			steps: 0,
			ahead: 0,
		})
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn finish(id: JobId, results: Vec<Judgement>) {
		Jobs::remove(id);
		Market::on_evaluated(id, &results);
	}
}

/// Tells the market the scores of a sealed job.
pub fn judge(id: JobId) {
	let Some(Job { request, policies, .. }) = Jobs::take(id) else { return };
	let result = |score| Judgement { mean: score, minimum: score, episodes: request.episodes, steps: 0 };
	let results: Vec<Judgement> = policies.iter().map(|(_, score)| result(*score)).collect();
	Market::on_evaluated(id, &results);
}
