//! Two blocks by one author in one slot.
//!
//! Both are imported, since half the network may already have built on one. Once both are, that is the proof, and
//! neither's reward counts in the choice between tips; a longer chain always wins. A block is looked at only after
//! its import: a header whose block does not execute proves nothing that decides between blocks.

use crate::{aux_schema, Error, LOG_TARGET};
use parking_lot::RwLock;
use praxis_primitives_consensus::{digests::find_pre_digest, AuthorId};
use sc_client_api::AuxStore;
use sp_consensus_slots::{EquivocationProof, Slot};
use sp_runtime::traits::Header as HeaderT;
use std::{collections::BTreeSet, sync::Arc};

/// The known equivocations: in memory for the fork choice, in the database for a restart.
#[derive(Clone, Default)]
pub struct Equivocations {
	known: Arc<RwLock<BTreeSet<(Slot, AuthorId)>>>,
}

impl Equivocations {
	/// Reads what was recorded before.
	pub fn load<C: AuxStore>(client: &C) -> sp_blockchain::Result<Self> {
		let known = aux_schema::equivocations(client)?.into_iter().collect();
		Ok(Self { known: Arc::new(RwLock::new(known)) })
	}

	/// Looks at the sealed header of an imported block; records and reports the proof if it equivocates. Says whether
	/// that was new. `finalized` is the slot of the finalised block, below which nothing is looked at. To be called by
	/// one task at a time: the block import does so under its lock.
	pub fn note<C: AuxStore, H: HeaderT>(&self, client: &C, finalized: Slot, sealed: &H) -> Result<bool, Error> {
		let pre = find_pre_digest(sealed)?;
		let Some(first) = aux_schema::note_header(client, pre.slot, &pre.author, sealed, finalized)? else {
			return Ok(false);
		};
		let proof = EquivocationProof {
			offender: pre.author.clone(),
			slot: pre.slot,
			first_header: first,
			second_header: sealed.clone(),
		};
		let Some(forgotten) = aux_schema::record_equivocation(client, &proof)? else { return Ok(false) };
		log::warn!(
			target: LOG_TARGET,
			"Equivocation: {} made {} and {} in slot {}. Neither's reward counts in the choice between tips.",
			pre.author, proof.first_header.hash(), proof.second_header.hash(), pre.slot,
		);
		let mut known = self.known.write();
		known.insert((pre.slot, pre.author));
		for old in forgotten {
			known.remove(&old);
		}
		Ok(true)
	}

	/// Whether nothing is known.
	pub fn is_empty(&self) -> bool {
		self.known.read().is_empty()
	}

	/// The lowest slot above `slot` in which an author made more than one block. Without one the fork choice needs no walk.
	pub fn first_above(&self, slot: Slot) -> Option<Slot> {
		self.known.read().iter().map(|(contested, _)| *contested).find(|contested| *contested > slot)
	}

	/// Number of known equivocations, at most [`aux_schema::MAX_EQUIVOCATIONS`].
	pub fn len(&self) -> usize {
		self.known.read().len()
	}

	/// Whether `author` made more than one block in `slot`.
	pub fn contains(&self, slot: Slot, author: &AuthorId) -> bool {
		self.known.read().contains(&(slot, author.clone()))
	}
}
