//! How a lesson's ciphertext comes to whoever learns from it.

use crate::store::{
	cids,
	client::{Patience, Peer},
	fetch, Store, StoreError,
};
use praxis_primitives_teaching::LessonOffer;

/// The ciphertext of an offer, from the store or else from those who may serve it, of at most `limit` bytes.
///
/// # Errors
///
/// In words: nobody gives it now. Somebody may later.
pub fn ciphertext(store: &Store, peers: &[Peer], offer: &LessonOffer, limit: u32) -> Result<Vec<u8>, String> {
	let text = |error: StoreError| error.to_string();
	let (cid, limit) = (cids::from_bytes(&offer.cid)?, u64::from(limit));
	// Blocks weigh a little more than what is in them.
	let room = limit + limit / 16 + (64 << 10);
	fetch::fetch(store, &cid, peers, "lesson", room, &Patience::default()).map_err(text)?;
	store.get(&cid, limit).map_err(text)
}
