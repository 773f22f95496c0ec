//! Tasks: what is asked for, how far it is, and what became of each worker and of the money.

use crate::{JobId, PolicyHash, Request, Resources, Terms};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::Limits;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::{ConstU32, H256};
use sp_runtime::{traits::Saturating, BoundedVec, Perbill};

/// Most bytes of a CID in its binary form. One of version 1 with a 256-bit hash has 36.
pub const MAX_CID: u32 = 64;

/// CID of a model, in its binary form. The chain does not look into it.
pub type Cid = BoundedVec<u8, ConstU32<MAX_CID>>;

/// What a requester asks for.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
pub struct TaskSpec<Balance, BlockNumber> {
	/// Where policies are judged.
	pub environment: TaskEnvironment,
	/// Mean return of an episode that earns the whole price.
	pub target: Real,
	/// Episodes that each policy plays.
	pub episodes: u32,
	/// Most that one worker may ask.
	pub price: Balance,
	/// Most that all of them get together.
	pub budget: Balance,
	/// Workers wanted.
	pub workers: u32,
	/// Blocks in which workers apply.
	pub apply_blocks: BlockNumber,
	/// Blocks in which they train and commit.
	pub train_blocks: BlockNumber,
	/// Blocks in which they reveal.
	pub reveal_blocks: BlockNumber,
	/// Least reputation of a worker.
	pub minimum_reputation: Perbill,
	/// Weights of the terms of a worker's quality. They sum to one.
	pub terms: Terms,
	/// What a worker must say its machine has.
	pub resources: Resources,
	/// Largest policy.
	pub limits: Limits,
}

impl<Balance, BlockNumber> TaskSpec<Balance, BlockNumber> {
	/// What the evaluation is asked for.
	pub fn request(&self) -> Request {
		Request { environment: self.environment, episodes: self.episodes, limits: self.limits, policies: self.workers }
	}
}

/// How far a task is. Heights named `until` are the last at which something may still be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum TaskState<BlockNumber> {
	/// Workers apply.
	#[codec(index = 0)]
	Open {
		/// Last height for applications.
		until: BlockNumber,
	},
	/// The chosen workers train and commit.
	#[codec(index = 1)]
	Assigned {
		/// Last height for commits.
		until: BlockNumber,
	},
	/// Those who committed reveal.
	#[codec(index = 2)]
	Committed {
		/// Last height for reveals.
		until: BlockNumber,
	},
	/// The chain judges.
	#[codec(index = 3)]
	Evaluating {
		/// Height at which the last policy could be revealed.
		since: BlockNumber,
	},
	/// Everybody is paid.
	#[codec(index = 4)]
	Settled {
		/// Height.
		at: BlockNumber,
	},
	/// The requester took it back.
	#[codec(index = 5)]
	Cancelled {
		/// Height.
		at: BlockNumber,
	},
	/// Nobody could be chosen, or nobody committed or revealed.
	#[codec(index = 6)]
	Expired {
		/// Height.
		at: BlockNumber,
		/// Why.
		cause: Expiry,
	},
	/// Nobody applies any more; a beacon draws lots for the applicants without quality.
	#[codec(index = 7)]
	Drawing {
		/// Height after which the beacon begins.
		after: BlockNumber,
	},
}

impl<BlockNumber: Copy> TaskState<BlockNumber> {
	/// Height at which the task was finished.
	pub fn finished(&self) -> Option<BlockNumber> {
		match self {
			Self::Settled { at } | Self::Cancelled { at } | Self::Expired { at, .. } => Some(*at),
			_ => None,
		}
	}
}

/// Why a task expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Expiry {
	/// There was no applicant who could be chosen.
	NoWorker,
	/// No worker committed.
	NoCommit,
	/// No worker revealed.
	NoReveal,
	/// The evaluation could not judge what was revealed; nobody is to blame.
	NoJudgement,
}

/// Where the money of a task went. While it is open, what is left is on hold; the task's deposit is not in it.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Ledger<Balance> {
	/// Put on hold: budget and evaluation by the requester, bonds by applicants.
	pub escrowed: Balance,
	/// Paid to workers.
	pub paid: Balance,
	/// Given back: to who had put it there, or to the requester for a judgement that its worker made useless.
	pub returned: Balance,
	/// Burnt: shares of payouts, cost of evaluation, slashes.
	pub burnt: Balance,
}

impl<Balance: Saturating + Copy> Ledger<Balance> {
	/// What must be on hold.
	pub fn left(&self) -> Balance {
		self.escrowed.saturating_sub(self.paid).saturating_sub(self.returned).saturating_sub(self.burnt)
	}
}

/// A policy that a worker bound itself to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Commit<BlockNumber> {
	/// [`commitment`] of owner, policy and salt.
	pub hash: H256,
	/// CID of the full model.
	pub cid: Cid,
	/// The model from which its owner says it came.
	pub parent: Option<PolicyHash>,
	/// Height.
	pub at: BlockNumber,
	/// Commits of the task that came before.
	pub order: u32,
	/// Score that pays nothing: the best published one at this moment, at least the environment's random score.
	pub floor: Real,
}

/// A policy that a worker opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Reveal<BlockNumber> {
	/// The policy.
	pub policy: PolicyHash,
	/// Its place in the evaluation's job.
	pub place: u32,
	/// Bytes of its encoding.
	pub size: u32,
	/// Whether it was published before, so that it earns nothing.
	pub known: bool,
	/// Height.
	pub at: BlockNumber,
}

/// What became of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Settlement<Balance> {
	/// Verified score, where it was judged.
	pub score: Option<Real>,
	/// Share of the price that the score earned.
	pub share: Perbill,
	/// Paid to the owner.
	pub paid: Balance,
	/// Burnt of the price.
	pub burnt: Balance,
	/// Taken from the bond: burnt for a fault, or repaid to the requester for a judgement that earned nothing.
	pub slashed: Balance,
}

/// A worker who was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Assignment<AccountId, Balance, BlockNumber> {
	/// The worker's owner.
	pub owner: AccountId,
	/// What it asked.
	pub price: Balance,
	/// Its bond on hold.
	pub bond: Balance,
	/// What it committed.
	pub commit: Option<Commit<BlockNumber>>,
	/// What it revealed.
	pub reveal: Option<Reveal<BlockNumber>>,
	/// What became of it. From then on its bond is 0.
	pub settlement: Option<Settlement<Balance>>,
}

/// A task, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct TaskView<AccountId, Balance, BlockNumber> {
	/// Its number.
	pub id: crate::TaskId,
	/// Who pays.
	pub requester: AccountId,
	/// What is asked for.
	pub spec: TaskSpec<Balance, BlockNumber>,
	/// How far it is.
	pub state: TaskState<BlockNumber>,
	/// Height at which it was posted.
	pub posted: BlockNumber,
	/// The evaluation's job.
	pub job: JobId,
	/// Cost of judging one policy.
	pub evaluation: Balance,
	/// Bond of a worker who asks the highest price.
	pub bond: Balance,
	/// Applicants so far, or at the selection.
	pub applicants: u32,
	/// The chosen workers.
	pub assignments: alloc::vec::Vec<Assignment<AccountId, Balance, BlockNumber>>,
	/// Where the money went.
	pub ledger: Ledger<Balance>,
}

/// To what a worker binds itself: blake2-256 of the SCALE encoding of (owner, hash of the policy, salt). It names the
/// owner, so that a copied commitment can be opened by nobody else.
pub fn commitment<AccountId: Encode>(owner: &AccountId, policy: &PolicyHash, salt: &[u8; 32]) -> H256 {
	sp_crypto_hashing::blake2_256(&(owner, policy, salt).encode()).into()
}

/// Share of its price that a score earns: the part of the way from the floor to the target, from 0 to 1, rounded down.
/// Where the floor has reached the target meanwhile, all of it for a score above the floor.
pub fn share(score: Real, floor: Real, target: Real) -> Perbill {
	if score <= floor {
		return Perbill::zero();
	}
	if score >= target {
		return Perbill::one();
	}
	let way = i128::from(target.to_bits()) - i128::from(floor.to_bits());
	let gone = i128::from(score.to_bits()) - i128::from(floor.to_bits());
	// floor < score < target: the quotient is in [0, 10^9), and 2^65 · 10^9 < 2^127.
	Perbill::from_parts((gone * i128::from(Perbill::one().deconstruct()) / way) as u32)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn real(integer: i32) -> Real {
		Real::from_int(integer)
	}

	#[test]
	fn share_should_be_the_part_of_the_way_when_the_score_is_between_floor_and_target() {
		assert_eq!(share(real(75), real(50), real(100)), Perbill::from_percent(50));
		assert_eq!(share(real(-150), real(-200), real(-110)), Perbill::from_parts(555_555_555));
	}

	#[test]
	fn share_should_be_nothing_when_the_score_is_at_the_floor_or_below() {
		assert_eq!(share(real(50), real(50), real(100)), Perbill::zero());
		assert_eq!(share(Real::MIN, real(50), real(100)), Perbill::zero());
		assert_eq!(share(real(50), real(50), real(40)), Perbill::zero());
	}

	#[test]
	fn share_should_be_all_when_the_target_is_met_or_the_floor_above_it_is_passed() {
		assert_eq!(share(real(100), real(50), real(100)), Perbill::one());
		assert_eq!(share(Real::MAX, Real::MIN, real(100)), Perbill::one());
		assert_eq!(share(real(51), real(50), real(40)), Perbill::one());
	}

	#[test]
	fn share_should_be_below_one_when_the_target_is_missed_by_one_bit() {
		assert_eq!(share(Real::from_bits(i64::MAX - 1), Real::MIN, Real::MAX), Perbill::from_parts(999_999_999));
	}

	#[test]
	fn commitment_should_differ_when_the_owner_does() {
		let policy = PolicyHash::repeat_byte(1);
		assert_ne!(commitment(&1u64, &policy, &[0; 32]), commitment(&2u64, &policy, &[0; 32]));
		assert_ne!(commitment(&1u64, &policy, &[0; 32]), commitment(&1u64, &policy, &[1; 32]));
	}
}
