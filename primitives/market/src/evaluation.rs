//! Judgement of policies: what a market asks for, and what it is told.

use crate::PolicyHash;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::Limits;
use scale_info::TypeInfo;
use sp_weights::Weight;

/// Names a job of the evaluation, from 0 upwards.
pub type JobId = u32;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Request {
	/// Where the policies are judged.
	pub environment: TaskEnvironment,
	/// Episodes that each policy plays, on the same seeds for all.
	pub episodes: u32,
	/// Largest policy that is taken.
	pub limits: Limits,
	/// Most policies that are taken.
	pub policies: u32,
}

/// What a policy did in all its episodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Judgement {
	/// Mean return of an episode, rounded down.
	pub mean: Real,
	/// Least return of an episode.
	pub minimum: Real,
	/// Episodes played.
	pub episodes: u32,
	/// Steps taken.
	pub steps: u64,
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Progress {
	/// What was asked for.
	pub request: Request,
	/// Hashes of the policies, in the order in which they came.
	pub policies: Vec<PolicyHash>,
	/// The height that the beacon follows, once no policy is taken any more.
	pub beacon: Option<u32>,
	/// Policies that are judged already.
	pub judged: u32,
	/// Episodes that the present policy has finished.
	pub episodes: u32,
	/// Steps that the present policy has taken in its present episode.
	pub steps: u32,
	/// Jobs of the same payer that are served before it.
	pub ahead: u32,
}

/// Why something is refused. Nothing is changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum EvaluationError {
	/// There is no such job.
	NotFound,
	/// As many jobs as there may be are open, in all or for this payer.
	QueueFull,
	/// No episodes, or more than may be asked for; no policies, or more than may be asked for.
	BadRequest,
	/// The environment's parameters are out of bounds, or its episodes never end.
	BadEnvironment,
	/// The largest policy would cost more than a job may cost.
	TooExpensive,
	/// No more policies are taken.
	Sealed,
	/// As many policies as were asked for are there.
	TooManyPolicies,
	/// The same policy is there already.
	Duplicate,
	/// The bytes are not a policy.
	BadPolicy,
	/// The policy's inputs or outputs do not fit the environment.
	WrongShape,
	/// The policy is larger than the job takes.
	TooLarge,
	/// There is no policy to judge.
	NoPolicies,
	/// The randomness can not be had now.
	NoBeacon,
}

/// Judges policies by playing episodes inside the chain.
///
/// ```text
///  open ---> add, add, ... ---> seal ---(beacon, then on_idle of one or many blocks)---> OnEvaluated
///    \------------ cancel -----/
/// ```
///
/// The seeds of the episodes come from a beacon that starts after `seal`. So the caller must seal when, and not before,
/// no policy can be changed or withheld any more.
pub trait Evaluation {
	/// Account of the chain.
	type AccountId;

	/// Most weight that judging one policy may take, the largest that the request allows.
	fn weight_of(request: &Request) -> Result<Weight, EvaluationError>;

	/// Opens a job for `payer` and keeps a place for it, so that [`Evaluation::seal`] never finds the queue full.
	fn open(payer: &Self::AccountId, request: Request) -> Result<JobId, EvaluationError>;

	/// Adds a policy, given by its SCALE encoding; gives its hash. Results come in the order of the policies.
	fn add(job: JobId, policy: &[u8]) -> Result<PolicyHash, EvaluationError>;

	/// Weight of [`Evaluation::add`] for a policy of so many bytes.
	fn add_weight(bytes: u32) -> Weight;

	/// Takes no more policies, and asks for the beacon of the blocks after the present one.
	fn seal(job: JobId) -> Result<(), EvaluationError>;

	/// Forgets a job that is not sealed.
	fn cancel(job: JobId) -> Result<(), EvaluationError>;

	/// How far a job is; none when it is done.
	fn progress(job: JobId) -> Option<Progress>;

	/// Finishes a job at once with these results, in the order of its policies.
	#[cfg(feature = "runtime-benchmarks")]
	fn finish(_job: JobId, _results: Vec<Judgement>) {}
}

/// Is told of results. Called once for every sealed job, from `on_idle`, after the job is forgotten.
pub trait OnEvaluated {
	/// Results of the job's policies, in the order in which they were added.
	fn on_evaluated(job: JobId, results: &[Judgement]);

	/// Most weight of [`OnEvaluated::on_evaluated`] for so many policies.
	fn weight(policies: u32) -> Weight;
}

impl OnEvaluated for () {
	fn on_evaluated(_: JobId, _: &[Judgement]) {}

	fn weight(_: u32) -> Weight {
		Weight::zero()
	}
}
