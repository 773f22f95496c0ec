//! The score of a head in this database.

use crate::{equivocation::Equivocations, Error};
use praxis_environment::Real;
use praxis_primitives_consensus::{
	digests::{find_pre_digest, find_score},
	ForkRule, ForkScore,
};
use sp_blockchain::HeaderBackend;
use sp_runtime::traits::{Block as BlockT, Header as HeaderT};

/// The rule of the chain together with what this node knows of equivocations.
#[derive(Clone)]
pub struct ForkChoice {
	/// Which reward decides between chains of equal length.
	pub rule: ForkRule,
	/// Blocks whose rewards do not count.
	pub equivocations: Equivocations,
}

impl ForkChoice {
	/// The score of `header`. Rewards of known equivocations above the finalised block are left out:
	/// below it every candidate shares its ancestors.
	pub fn score<B: BlockT, C: HeaderBackend<B>>(&self, client: &C, header: &B::Header) -> Result<ForkScore, Error> {
		Ok(ForkScore::of(header, self.rule, self.discount(client, header)?)?)
	}

	fn discount<B: BlockT, C: HeaderBackend<B>>(&self, client: &C, head: &B::Header) -> Result<Real, Error> {
		let mut discount = Real::ZERO;
		if self.equivocations.is_empty() {
			return Ok(discount);
		}
		let finalized = client.info().finalized_number;
		let mut header = head.clone();
		while *header.number() > finalized {
			let pre = find_pre_digest(&header)?;
			if self.equivocations.contains(pre.slot, &pre.author) {
				discount = discount.saturating_add(find_score(&header)?.reward);
			}
			if self.rule == ForkRule::LastReward {
				break;
			}
			match client.header(*header.parent_hash())? {
				Some(parent) => header = parent,
				None => break,
			}
		}
		Ok(discount)
	}
}
