//! What the engine keeps beside the chain.

use codec::{Decode, Encode};
use praxis_primitives_consensus::AuthorId;
use sc_client_api::AuxStore;
use sp_blockchain::{Error, Result};
use sp_consensus_slots::{EquivocationProof, Slot};
use sp_runtime::traits::Header as HeaderT;

const SEALED: &[u8] = b"praxis_sealed_slots";
const EQUIVOCATIONS: &[u8] = b"praxis_equivocations";
const PROOF: &[u8] = b"praxis_equivocation_proof";
const SLOTS: &[u8] = b"praxis_slots_with_headers";
const HEADERS: &[u8] = b"praxis_headers_of_slot";

/// Equivocations that are remembered; those of the lowest slots go first, so that nodes which saw them in different
/// orders remember the same. Only those above the finalised block decide anything.
pub const MAX_EQUIVOCATIONS: usize = 1024;

/// Slots whose headers are remembered while finality does not move; the lowest go first.
pub const MAX_SLOTS: usize = 4_096;

/// Sealed slots that are remembered while finality does not move: half a day of slots of 3 s, 128 KiB.
pub const MAX_SEALED: usize = 16_384;

fn load<C: AuxStore, T: Decode>(client: &C, key: &[u8]) -> Result<Option<T>> {
	client
		.get_aux(key)?
		.map(|bytes| T::decode(&mut &bytes[..]).map_err(|e| Error::Backend(format!("aux entry does not decode: {e}"))))
		.transpose()
}

fn sealed_key(author: &AuthorId) -> Vec<u8> {
	(SEALED, author).encode()
}

/// The slots in which an author sealed a block on this machine, above the finalised block.
///
/// It is a set, not the greatest slot alone: a machine whose clock was once far ahead would else lock its author out
/// until that time comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Sealed {
	/// Slots up to this one count as sealed: it moves only when [`MAX_SEALED`] are remembered.
	pub floor: Slot,
	/// The slots, rising.
	pub slots: Vec<Slot>,
}

impl Sealed {
	/// Whether a block of `slot` may have been sealed.
	pub fn contains(&self, slot: Slot) -> bool {
		slot <= self.floor || self.slots.binary_search(&slot).is_ok()
	}

	/// Adds `slot` and forgets those up to `finalized`, the slot of the finalised block: no block above it can have them.
	pub(crate) fn insert(&mut self, slot: Slot, finalized: Slot) {
		if let Err(at) = self.slots.binary_search(&slot) {
			self.slots.insert(at, slot);
		}
		self.slots.retain(|sealed| *sealed > finalized || *sealed == slot);
		let excess = self.slots.len().saturating_sub(MAX_SEALED);
		if let Some(last) = self.slots.drain(..excess).next_back() {
			self.floor = self.floor.max(last);
		}
	}
}

/// The slots in which `author` sealed blocks on this machine.
pub fn sealed<C: AuxStore>(client: &C, author: &AuthorId) -> Result<Sealed> {
	Ok(load(client, &sealed_key(author))?.unwrap_or_default())
}

/// Remembers, before a block is sealed, that `author` seals in `slot`, where `finalized` is the slot of the finalised
/// block. Says whether it may: not if it did before.
pub fn claim_slot<C: AuxStore>(client: &C, author: &AuthorId, slot: Slot, finalized: Slot) -> Result<bool> {
	let mut known = sealed(client, author)?;
	if known.contains(slot) {
		return Ok(false);
	}
	known.insert(slot, finalized);
	client.insert_aux(&[(&sealed_key(author)[..], &known.encode()[..])], &[])?;
	Ok(true)
}

/// Remembers the header of a block that `author` sealed in `slot`, where `finalized` is the slot of the finalised
/// block. Returns the one that is remembered already, if it is another.
pub fn note_header<C: AuxStore, H: HeaderT>(
	client: &C,
	slot: Slot,
	author: &AuthorId,
	header: &H,
	finalized: Slot,
) -> Result<Option<H>> {
	// No block above the finalised one can have such a slot and stand on it.
	if slot <= finalized {
		return Ok(None);
	}
	let key = |slot: Slot| (HEADERS, slot).encode();
	let mut headers: Vec<(AuthorId, H)> = load(client, &key(slot))?.unwrap_or_default();
	if let Some((_, known)) = headers.iter().find(|(known, _)| known == author) {
		return Ok((known.hash() != header.hash()).then(|| known.clone()));
	}
	headers.push((author.clone(), header.clone()));
	let mut slots: Vec<Slot> = load(client, SLOTS)?.unwrap_or_default();
	if let Err(at) = slots.binary_search(&slot) {
		slots.insert(at, slot);
	}
	let over = slots.partition_point(|known| *known <= finalized).max(slots.len().saturating_sub(MAX_SLOTS));
	let dropped: Vec<Vec<u8>> = slots.drain(..over).map(key).collect();
	client.insert_aux(
		&[(SLOTS, &slots.encode()[..]), (&key(slot)[..], &headers.encode()[..])],
		&dropped.iter().map(|key| &key[..]).collect::<Vec<_>>()[..],
	)?;
	Ok(None)
}

/// Every remembered (slot, author) that has more than one block, slots rising.
pub fn equivocations<C: AuxStore>(client: &C) -> Result<Vec<(Slot, AuthorId)>> {
	Ok(load(client, EQUIVOCATIONS)?.unwrap_or_default())
}

/// Records an equivocation with its proof: two headers, sealed by one author for one slot. `None` if it was known,
/// else those that are forgotten for it.
#[allow(clippy::type_complexity)]
pub fn record_equivocation<C: AuxStore, H: HeaderT>(
	client: &C,
	proof: &EquivocationProof<H, AuthorId>,
) -> Result<Option<Vec<(Slot, AuthorId)>>> {
	let mut known = equivocations(client)?;
	let entry = (proof.slot, proof.offender.clone());
	let Err(at) = known.binary_search(&entry) else { return Ok(None) };
	known.insert(at, entry.clone());
	let forgotten: Vec<_> = known.drain(..known.len().saturating_sub(MAX_EQUIVOCATIONS)).collect();
	let dropped: Vec<Vec<u8>> = forgotten.iter().map(|old| (PROOF, old).encode()).collect();
	client.insert_aux(
		&[(EQUIVOCATIONS, &known.encode()[..]), (&(PROOF, entry).encode()[..], &proof.encode()[..])],
		&dropped.iter().map(|key| &key[..]).collect::<Vec<_>>()[..],
	)?;
	Ok(Some(forgotten))
}

/// The proof of a recorded equivocation.
pub fn equivocation_proof<C: AuxStore, H: HeaderT>(
	client: &C,
	slot: Slot,
	author: &AuthorId,
) -> Result<Option<EquivocationProof<H, AuthorId>>> {
	load(client, &(PROOF, (slot, author)).encode())
}
