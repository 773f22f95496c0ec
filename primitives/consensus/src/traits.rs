//! How the pallets of the engine see each other.

use crate::{vrf::Randomness, AuthorId, Score, Slot};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::DispatchError;

/// Who may author which block.
///
/// Every answer is about the block `number` and is the same in the state of its parent (where the
/// engine asks, through a runtime API) and inside `on_initialize` of that block.
pub trait AuthorSet {
	/// Account of the chain.
	type AccountId;
	/// Height of the chain.
	type BlockNumber;

	/// Account of `key`, if that key may author block `number`.
	fn account_of(key: &AuthorId, number: Self::BlockNumber) -> Option<Self::AccountId>;

	/// Key of `account`, if that account may author block `number`.
	fn key_of(account: &Self::AccountId, number: Self::BlockNumber) -> Option<AuthorId>;

	/// How many authors may author block `number`: what the sortition divides by.
	fn count(number: Self::BlockNumber) -> u32;

	/// Lets `account` author with `key` from now on, without a bond.
	#[cfg(feature = "runtime-benchmarks")]
	fn set_author(account: &Self::AccountId, key: &AuthorId);
}

/// The author of the block in whose state this is asked: inside a block from `on_initialize` of
/// `pallet-randomness` on, or after it through a runtime API. `None` where a transaction is
/// validated for a pool, because the block is not begun by an author there.
pub trait CurrentAuthor {
	/// Account of the chain.
	type AccountId;

	/// Key and account of the author.
	fn author() -> Option<(AuthorId, Self::AccountId)>;

	/// Slot of the block.
	fn slot() -> Option<Slot>;

	/// Seed of the noise in this block's transitions, drawn from the author's VRF output.
	fn noise() -> Option<Randomness>;

	/// Makes `account` the author of the present block.
	#[cfg(feature = "runtime-benchmarks")]
	fn set_current(account: &Self::AccountId, key: &AuthorId, slot: Slot, noise: Randomness);
}

/// Learns what a block earned.
pub trait OnScore<AccountId> {
	/// `author` earned `score` with the present block. Called once a block, from `on_finalize`.
	fn on_score(author: &AccountId, score: Score);
}

impl<AccountId> OnScore<AccountId> for () {
	fn on_score(_: &AccountId, _: Score) {}
}

/// Why there is no beacon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum BeaconError {
	/// As many beacons are kept as may be kept, or one is requested as often as it may be.
	TooMany,
	/// The height is below that of the present block: its outputs are known already.
	InThePast,
	/// Nobody requested it, or everybody released it.
	Unknown,
	/// Its last block is not there yet.
	NotReady,
}

impl From<BeaconError> for &'static str {
	fn from(error: BeaconError) -> Self {
		match error {
			BeaconError::TooMany => "too many beacons are kept",
			BeaconError::InThePast => "beacon requested for a height that has passed",
			BeaconError::Unknown => "beacon was not requested or is released",
			BeaconError::NotReady => "beacon is not ready yet",
		}
	}
}

impl From<BeaconError> for DispatchError {
	fn from(error: BeaconError) -> Self {
		DispatchError::Other(error.into())
	}
}

/// Randomness that nobody knew at the height it is asked for: a mix of the VRF outputs of the
/// [`crate::BEACON_BLOCKS`] blocks after that height. A beacon has to be requested before its
/// outputs exist and is kept until everybody who requested it has released it.
pub trait Beacon {
	/// Height of the chain.
	type BlockNumber;

	/// Asks for the beacon of the blocks `after + 1 ..= after + BEACON_BLOCKS` to be kept.
	fn request(after: Self::BlockNumber) -> Result<(), BeaconError>;

	/// The beacon requested for `after`: never a default value.
	fn get(after: Self::BlockNumber) -> Result<Randomness, BeaconError>;

	/// Gives one request for `after` back. The beacon is forgotten with the last one.
	fn release(after: Self::BlockNumber) -> Result<(), BeaconError>;
}
