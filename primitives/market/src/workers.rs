//! Workers, and how good they are.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use praxis_environment::{Real, TaskEnvironment};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::Perbill;

/// What a worker says its machine has. Nobody checks it, so it only filters.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub struct Resources {
	/// Processor cores.
	pub cores: u16,
	/// Memory, in MiB.
	pub memory: u32,
	/// Graphics processors.
	pub gpus: u8,
	/// Memory of one of them, in MiB.
	pub gpu_memory: u32,
}

impl Resources {
	/// Whether each is at least as much as `wanted`.
	pub fn suffice(&self, wanted: &Self) -> bool {
		self.cores >= wanted.cores
			&& self.memory >= wanted.memory
			&& self.gpus >= wanted.gpus
			&& self.gpu_memory >= wanted.gpu_memory
	}
}

/// Weights of the terms of a worker's quality. They sum to one.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub struct Terms {
	/// Of the reputation.
	pub reputation: Perbill,
	/// Of the expertise.
	pub expertise: Perbill,
	/// Of the measured speed.
	pub compute: Perbill,
}

impl Terms {
	/// Whether they sum to one.
	pub fn is_valid(&self) -> bool {
		[self.reputation, self.expertise, self.compute]
			.iter()
			.map(|weight| u64::from(weight.deconstruct()))
			.sum::<u64>()
			== u64::from(Perbill::one().deconstruct())
	}
}

/// Quality of service of a worker for a task: each term in [0, 1] by fixed bounds, so that no applicant moves
/// another's.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Quality {
	/// Share of good work, with decay; 0 for a newcomer.
	pub reputation: Perbill,
	/// Best verified score in the same or a similar environment, weighted by the similarity.
	pub expertise: Perbill,
	/// How fast past tasks were done.
	pub compute: Perbill,
}

impl Quality {
	/// The weighted sum, in [0, 1], rounded down.
	pub fn total(&self, terms: &Terms) -> Perbill {
		let part = |weight: Perbill, value: Perbill| u64::from(weight.deconstruct()) * u64::from(value.deconstruct());
		let sum = part(terms.reputation, self.reputation)
			+ part(terms.expertise, self.expertise)
			+ part(terms.compute, self.compute);
		// The weights sum to at most one, so the sum is at most 10^18.
		Perbill::from_parts((sum / u64::from(Perbill::one().deconstruct())) as u32)
	}
}

/// What one task says about a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Mark<Balance, BlockNumber> {
	/// Where it was judged.
	pub environment: TaskEnvironment,
	/// The verified score, if it was judged.
	pub score: Option<Real>,
	/// Share of the way from the floor to the target; 0 for who committed or revealed nothing.
	pub share: Perbill,
	/// Burnt of its payout: the weight of the mark grows with it.
	pub burnt: Balance,
	/// Blocks between assignment and commit.
	pub blocks: BlockNumber,
}

/// Why something is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum WorkerError {
	/// The account works for nobody.
	NotRegistered,
	/// The worker is leaving.
	Leaving,
	/// It has as many assignments as it may have.
	TooBusy,
}

/// The registry of workers, as the task market sees it.
///
/// A worker is named by its owner's account, which holds the bonds and is paid. The **operator** is a key of its own
/// that signs the worker's calls and can do nothing else; it may be the owner itself.
pub trait WorkerRegistry {
	/// Account of the chain.
	type AccountId;
	/// Amount of the token.
	type Balance;
	/// Height of the chain.
	type BlockNumber;

	/// The owner for whom `operator` works.
	fn owner_of(operator: &Self::AccountId) -> Option<Self::AccountId>;

	/// What the worker says its machine has.
	fn resources(owner: &Self::AccountId) -> Option<Resources>;

	/// Quality for work in this environment, now.
	fn quality(owner: &Self::AccountId, environment: &TaskEnvironment) -> Quality;

	/// Whether [`WorkerRegistry::engage`] would succeed now.
	fn is_available(owner: &Self::AccountId) -> bool;

	/// The worker has one more thing to answer for: it can not leave until [`WorkerRegistry::release`].
	fn engage(owner: &Self::AccountId) -> Result<(), WorkerError>;

	/// It has one less.
	fn release(owner: &Self::AccountId);

	/// Takes a mark by `requester` into account.
	fn record(owner: &Self::AccountId, requester: &Self::AccountId, mark: Mark<Self::Balance, Self::BlockNumber>);

	/// Registers a worker with these resources and gives it a history.
	#[cfg(feature = "runtime-benchmarks")]
	fn set_worker(_owner: &Self::AccountId, _operator: &Self::AccountId, _resources: Resources) {}
}
