//! What the VRF of an author is over, and what is drawn from it.

use crate::{AuthorId, Slot, EXPECTED_CANDIDATES};
use sp_application_crypto::ByteArray;
use sp_core::sr25519::{
	vrf::{VrfPreOutput, VrfSignData, VrfSignature, VrfTranscript},
	Public,
};

const LABEL: &[u8] = b"praxis-learning-vrf";
const RANDOMNESS_CONTEXT: &[u8] = b"praxis/randomness";
const NOISE_CONTEXT: &[u8] = b"praxis/noise";
const SORTITION_CONTEXT: &[u8] = b"praxis/sortition";

/// Randomness: 32 bytes.
pub type Randomness = [u8; 32];

/// The input of the VRF of `slot`.
pub fn transcript(randomness: &Randomness, slot: Slot) -> VrfTranscript {
	VrfTranscript::new(b"praxis", &[(b"label", LABEL), (b"slot", &slot.to_le_bytes()), (b"randomness", randomness)])
}

/// What an author signs for `slot`.
pub fn sign_data(randomness: &Randomness, slot: Slot) -> VrfSignData {
	transcript(randomness, slot).into_sign_data()
}

/// Whether `signature` is that of `author` for `slot`.
pub fn verify(author: &AuthorId, randomness: &Randomness, slot: Slot, signature: &VrfSignature) -> bool {
	use sp_core::crypto::VrfPublic;
	Public::try_from(author.as_slice())
		.map(|public| public.vrf_verify(&sign_data(randomness, slot), signature))
		.unwrap_or(false)
}

/// What one VRF output decides. Each value is drawn under its own context, so none tells another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
	/// What the output adds to the chain's randomness.
	pub randomness: Randomness,
	/// Seed of the noise in this slot's transitions.
	pub noise: Randomness,
	/// Sortition ticket.
	pub ticket: u64,
}

impl Draws {
	/// Draws from the output of `author` for `slot`. `None` if a curve point does not decode.
	pub fn new(author: &AuthorId, randomness: &Randomness, slot: Slot, output: &VrfPreOutput) -> Option<Self> {
		let public = Public::try_from(author.as_slice()).ok()?;
		let input = transcript(randomness, slot);
		let draw = |context: &[u8]| public.make_bytes::<32>(context, &input, output).ok();
		let ticket = public.make_bytes::<8>(SORTITION_CONTEXT, &input, output).ok()?;
		Some(Self {
			randomness: draw(RANDOMNESS_CONTEXT)?,
			noise: draw(NOISE_CONTEXT)?,
			ticket: u64::from_le_bytes(ticket),
		})
	}

	/// Whether the ticket lets one of `authors` bonded authors make a block in this slot. With at
	/// most [`EXPECTED_CANDIDATES`] authors everybody may.
	pub fn is_eligible(&self, authors: u32) -> bool {
		authors <= EXPECTED_CANDIDATES
			|| u128::from(self.ticket) * u128::from(authors) < u128::from(EXPECTED_CANDIDATES) << 64
	}
}
