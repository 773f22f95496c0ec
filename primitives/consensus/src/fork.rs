//! One comparable value that decides between two heads.

use crate::{
	digests::{find_pre_digest, find_score, DigestError},
	Score,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use praxis_environment::Real;
use scale_info::TypeInfo;
use sp_core::sr25519::vrf::VrfPreOutput;
use sp_runtime::traits::{Header as HeaderT, UniqueSaturatedInto};

/// Which reward decides between chains of equal length.
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
	serde::Serialize,
	serde::Deserialize,
)]
pub enum ForkRule {
	/// The sum of all rewards of the chain.
	#[default]
	Cumulative,
	/// The reward of the last block alone. It lets one good last block take over a private branch
	/// of equal length, so it is here for comparison.
	LastReward,
}

/// How good a head is: the greatest wins. The order of the fields is the order of the rule: longest
/// chain, most reward, greatest VRF draw, and the hash only so that the order is total.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForkScore {
	/// Height of the head.
	pub number: u64,
	/// Reward that counts under the chain's [`ForkRule`].
	pub reward: Real,
	/// VRF output of the head: uniform, and fixed before the block is built.
	pub vrf: [u8; 32],
	/// Hash of the head.
	pub hash: Vec<u8>,
}

impl ForkScore {
	/// The score of `header` under `rule`, where `discount` is the reward of this chain's blocks
	/// that do not count because their author equivocated.
	pub fn of<H: HeaderT>(header: &H, rule: ForkRule, discount: Real) -> Result<Self, DigestError> {
		let score = if header.number() == &0u32.into() { Score::default() } else { find_score(header)? };
		let vrf = if header.number() == &0u32.into() {
			[0; 32]
		} else {
			pre_output_bytes(&find_pre_digest(header)?.vrf.pre_output)
		};
		let reward = match rule {
			ForkRule::Cumulative => score.cumulative,
			ForkRule::LastReward => score.reward,
		};
		Ok(Self {
			number: (*header.number()).unique_saturated_into(),
			reward: reward.saturating_sub(discount),
			vrf,
			hash: header.hash().as_ref().to_vec(),
		})
	}
}

/// The bytes of a VRF pre-output: one fixed value per key and input.
pub fn pre_output_bytes(pre_output: &VrfPreOutput) -> [u8; 32] {
	*pre_output.0.as_bytes()
}
