//! Runtime API of the evaluation.

use crate::{JobId, Progress};
use alloc::vec::Vec;

sp_api::decl_runtime_apis! {
	/// Judgement of policies inside the chain.
	pub trait EvaluationApi {
		/// How far a job is; none when it is done.
		fn progress(job: JobId) -> Option<Progress>;
		/// Jobs that are judged now, in the order in which they are served next.
		fn queue() -> Vec<JobId>;
	}
}
