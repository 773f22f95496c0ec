//! The teaching market, off the chain: labelled data, lessons, the classifier that learns from them.
//!
//! | file | role |
//! |---|---|
//! | [`data`] | labelled images from files: IDX, npz, folders of PNG, lessons |
//! | [`idx`], [`npz`], [`png`] | those formats |
//! | [`lesson`] | the file that a teacher sells |
//! | [`network`] | the float network: its forward pass, its optimiser |
//! | [`student`] | learns lesson by lesson, keeps what helps, rolls back what does not |
//! | [`trainer`] | a neutral trainer: one lesson, from the best classifier on the chain |
//! | [`dequantise`] | a policy of the chain as a float network again |
//! | [`score`] | what the chain will count: integers only |
//! | [`holdout`] | the student's own examples, bound by one hash |
//! | [`audit`] | what a student has shown of them |
//! | [`envelope`] | a lesson sealed to a student, and what can be proved of a bad one |
//! | [`delivery`] | fetching a lesson |
//! | [`home`] | what is on the disk |
//! | [`link`] | the connection to a node |
//! | [`plot`] | score and payouts as a picture |

pub mod audit;
pub mod data;
pub mod delivery;
pub mod dequantise;
pub mod envelope;
pub mod holdout;
pub mod home;
pub mod idx;
pub mod lesson;
pub mod link;
pub mod network;
pub mod npz;
pub mod plot;
pub mod png;
pub mod score;
pub mod student;
pub mod trainer;

/// Why labelled data, or a lesson, cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {reason}")]
pub struct DataError {
	/// Which file, or what else it came from.
	pub origin: String,
	/// What is wrong with it.
	pub reason: String,
}

impl DataError {
	/// Of something with a name.
	pub fn new(origin: impl ToString, reason: impl ToString) -> Self {
		Self { origin: origin.to_string(), reason: reason.to_string() }
	}
}

impl From<DataError> for crate::commands::Failure {
	fn from(error: DataError) -> Self {
		Self::input("data", error)
	}
}
