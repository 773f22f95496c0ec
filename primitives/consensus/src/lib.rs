//! Engine id, digests, fork score and runtime APIs of proof of learning.
//!
//! A block of Praxis carries three digests of the engine [`LEARNING_ENGINE_ID`]:
//!
//! | digest | content | made by |
//! |---|---|---|
//! | pre-runtime | [`PreDigest`]: author, slot, VRF output and proof | the author's node |
//! | consensus | [`ConsensusLog::Score`]: reward of this block and of the chain so far | the runtime, in `on_finalize` |
//! | seal | signature of the author over the hash of the header without seal | the author's node |
//!
//! Everything that decides between forks ([`ForkScore`]) is read from these, so headers are enough.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

// The bounds are repeated by `decl_runtime_apis!`.
#[allow(clippy::multiple_bound_locations)]
pub mod api;
pub mod digests;
pub mod fork;
pub mod traits;
pub mod vrf;

pub use api::{AuthorStatus, OracleEnvironment, OracleState, Record, RewardStatus, Submission};
pub use digests::{AuthorSignature, ConsensusLog, LearningDigest, PreDigest, Score};
pub use fork::{ForkRule, ForkScore};
pub use sp_consensus_slots::{Slot, SlotDuration};
pub use traits::{AuthorSet, Beacon, BeaconError, CurrentAuthor, OnScore};

use sp_runtime::ConsensusEngineId;

/// Identifies the digests of proof of learning.
pub const LEARNING_ENGINE_ID: ConsensusEngineId = *b"PoLe";

/// Key type of the key with which an author seals blocks and makes VRF outputs.
pub const KEY_TYPE: sp_core::crypto::KeyTypeId = sp_core::crypto::KeyTypeId(*b"lern");

/// Expected number of candidates for a slot once more authors than this are bonded. The state
/// database holds 32 siblings a level; 8 leaves room for slots without a winner.
pub const EXPECTED_CANDIDATES: u32 = 8;

/// Height distance of the randomness that a block's VRF is over, in blocks: no author within it
/// can change what later slots of the same author will draw.
pub const RANDOMNESS_DELAY: u32 = 16;

/// Consecutive VRF outputs that one beacon mixes, in blocks.
pub const BEACON_BLOCKS: u32 = 8;

/// A block's reward is floored to a multiple of 1/64: ties are common and the VRF breaks them,
/// which takes most of the profit out of searching actions instead of learning.
pub const REWARD_STEPS: u32 = 64;

/// Key of an author, sr25519.
pub mod sr25519 {
	mod app {
		use sp_application_crypto::{app_crypto, sr25519};
		app_crypto!(sr25519, crate::KEY_TYPE);
	}
	sp_application_crypto::with_pair! {
		/// Key pair of an author.
		pub type AuthorPair = app::Pair;
	}
	/// Public key of an author.
	pub type AuthorId = app::Public;
	/// Seal of an author.
	pub type AuthorSignature = app::Signature;
	/// Proof that the holder of an author's key consents to an account: see
	/// [`sp_application_crypto::RuntimeAppPublic::verify_proof_of_possession`].
	pub type OwnershipProof = app::ProofOfPossession;
}
#[cfg(feature = "std")]
pub use sr25519::AuthorPair;
pub use sr25519::{AuthorId, OwnershipProof};
