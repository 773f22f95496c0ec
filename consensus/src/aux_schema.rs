//! What the engine keeps beside the chain.

use codec::{Decode, Encode};
use praxis_primitives_consensus::AuthorId;
use sc_client_api::AuxStore;
use sp_blockchain::{Error, Result};
use sp_consensus_slots::{EquivocationProof, Slot};
use sp_runtime::traits::Header as HeaderT;

const LAST_SEALED: &[u8] = b"praxis_last_sealed";
const EQUIVOCATIONS: &[u8] = b"praxis_equivocations";
const PROOF: &[u8] = b"praxis_equivocation_proof";

/// Equivocations that are remembered; the oldest goes first. Only those above the finalised block decide anything.
pub const MAX_EQUIVOCATIONS: usize = 1024;

fn load<C: AuxStore, T: Decode>(client: &C, key: &[u8]) -> Result<Option<T>> {
	client
		.get_aux(key)?
		.map(|bytes| T::decode(&mut &bytes[..]).map_err(|e| Error::Backend(format!("aux entry does not decode: {e}"))))
		.transpose()
}

fn sealed_key(author: &AuthorId) -> Vec<u8> {
	(LAST_SEALED, author).encode()
}

/// The last slot in which `author` sealed a block on this machine.
pub fn last_sealed<C: AuxStore>(client: &C, author: &AuthorId) -> Result<Option<Slot>> {
	load(client, &sealed_key(author))
}

/// Remembers, before a block is sealed, that `author` seals in `slot`.
pub fn write_last_sealed<C: AuxStore>(client: &C, author: &AuthorId, slot: Slot) -> Result<()> {
	client.insert_aux(&[(&sealed_key(author)[..], &slot.encode()[..])], &[])
}

/// Every remembered (slot, author) that has more than one block, oldest first.
pub fn equivocations<C: AuxStore>(client: &C) -> Result<Vec<(Slot, AuthorId)>> {
	Ok(load(client, EQUIVOCATIONS)?.unwrap_or_default())
}

/// Records an equivocation with its proof: two headers, sealed by one author for one slot.
pub fn record_equivocation<C: AuxStore, H: HeaderT>(client: &C, proof: &EquivocationProof<H, AuthorId>) -> Result<()> {
	let mut known = equivocations(client)?;
	let entry = (proof.slot, proof.offender.clone());
	if known.contains(&entry) {
		return Ok(());
	}
	known.push(entry.clone());
	let dropped: Vec<Vec<u8>> =
		known.drain(..known.len().saturating_sub(MAX_EQUIVOCATIONS)).map(|old| (PROOF, old).encode()).collect();
	client.insert_aux(
		&[(EQUIVOCATIONS, &known.encode()[..]), (&(PROOF, entry).encode()[..], &proof.encode()[..])],
		&dropped.iter().map(|key| &key[..]).collect::<Vec<_>>()[..],
	)
}

/// The proof of a recorded equivocation.
pub fn equivocation_proof<C: AuxStore, H: HeaderT>(
	client: &C,
	slot: Slot,
	author: &AuthorId,
) -> Result<Option<EquivocationProof<H, AuthorId>>> {
	load(client, &(PROOF, (slot, author)).encode())
}
