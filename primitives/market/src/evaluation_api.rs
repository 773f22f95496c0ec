//! Runtime API of the evaluation.

use crate::{EvaluationError, JobId, Judgement, Progress};
use alloc::vec::Vec;
use praxis_environment::TaskEnvironment;

sp_api::decl_runtime_apis! {
	/// Judgement of policies inside the chain.
	pub trait EvaluationApi {
		/// How far a job is; none when it is done.
		fn progress(job: JobId) -> Option<Progress>;
		/// Jobs that are judged now, in the order in which they are served next.
		fn queue() -> Vec<JobId>;
		/// Judges a policy without any job, as a job would: on the seeds numbered from `first` on, which `praxis-worker evaluate`
		/// takes as well. Bounded like a job of one policy.
		fn judge(
			environment: TaskEnvironment,
			episodes: u32,
			first: u64,
			policy: Vec<u8>,
		) -> Result<Judgement, EvaluationError>;
	}
}
