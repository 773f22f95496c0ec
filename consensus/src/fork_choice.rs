//! The score of a head in this database.

use crate::{equivocation::Equivocations, Error};
use praxis_environment::Real;
use praxis_primitives_consensus::{
	digests::{find_pre_digest, find_score},
	ForkRule, ForkScore, Slot,
};
use sp_blockchain::HeaderBackend;
use sp_runtime::traits::{Block as BlockT, Header as HeaderT, NumberFor, Zero};

/// The rule of the chain together with what this node knows of equivocations.
#[derive(Clone)]
pub struct ForkChoice {
	/// Which reward decides between chains of equal length.
	pub rule: ForkRule,
	/// Blocks whose rewards do not count.
	pub equivocations: Equivocations,
}

impl ForkChoice {
	/// The score of `header`. Rewards of known equivocations above height `finalized` are left out: below it every
	/// candidate shares its ancestors. Scores are comparable only if made with one `finalized`, which is why the caller
	/// reads it, once.
	pub fn score<B: BlockT, C: HeaderBackend<B>>(
		&self,
		client: &C,
		header: &B::Header,
		finalized: NumberFor<B>,
	) -> Result<ForkScore, Error> {
		Ok(ForkScore::of(header, self.rule, self.discount::<B, C>(client, header, finalized)?)?)
	}

	fn discount<B: BlockT, C: HeaderBackend<B>>(
		&self,
		client: &C,
		head: &B::Header,
		finalized: NumberFor<B>,
	) -> Result<Real, Error> {
		let mut discount = Real::ZERO;
		if self.equivocations.is_empty() {
			return Ok(discount);
		}
		// Those below the finalised block decide nothing any more.
		let Some(lowest) = self.equivocations.first_above(slot_at::<B, C>(client, finalized)?) else {
			return Ok(discount);
		};
		let mut header = head.clone();
		while *header.number() > finalized {
			let pre = find_pre_digest(&header)?;
			if pre.slot < lowest {
				break;
			}
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

/// Slot of the finalised block at `number`; 0 at genesis.
fn slot_at<B: BlockT, C: HeaderBackend<B>>(client: &C, number: NumberFor<B>) -> Result<Slot, Error> {
	if number.is_zero() {
		return Ok(Slot::from(0));
	}
	let Some(hash) = client.hash(number)? else { return Ok(Slot::from(0)) };
	let header = client.header(hash)?.ok_or(Error::UnknownParent)?;
	Ok(find_pre_digest(&header)?.slot)
}
