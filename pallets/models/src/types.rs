//! What the registry stores.

use crate::Config;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::fungible::Inspect;
use frame_system::pallet_prelude::BlockNumberFor;
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_market::{Cid, PolicyHash, Sale, TaskId};
use scale_info::TypeInfo;
use sp_core::H256;

/// Amount of the token.
pub type BalanceOf<T> = <<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// A model of a runtime.
pub type ModelOf<T> = Model<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

/// An offer of a runtime.
pub type OfferFor<T> = Offer<<T as frame_system::Config>::AccountId, BalanceOf<T>>;

/// A sale of a runtime.
pub type SaleFor<T> = Sale<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

/// A judged model.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Model<AccountId, BlockNumber> {
	/// Who made it.
	pub owner: AccountId,
	/// The task it was made for.
	pub task: TaskId,
	/// Where it was judged.
	pub environment: TaskEnvironment,
	/// Its verified score: mean return.
	pub score: Real,
	/// The policy's SCALE encoding in bytes.
	pub size: u32,
	/// CID of the full model, in its binary form.
	pub cid: Cid,
	/// The model from which its owner says it came.
	pub parent: Option<PolicyHash>,
	/// Height at which it was published.
	pub at: BlockNumber,
}

/// An offer of a model's full weights. But for the counts it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Offer<AccountId, Balance> {
	/// The model.
	pub policy: PolicyHash,
	/// Who sells.
	pub seller: AccountId,
	/// CID of the ciphertext, in its binary form.
	pub cid: Cid,
	/// blake2-256 of the ciphertext.
	pub ciphertext: H256,
	/// blake2-256 of the key.
	pub key_hash: H256,
	/// Price.
	pub price: Balance,
	/// On hold of the seller for every place.
	pub bond: Balance,
	/// Most sales at a time.
	pub places: u32,
	/// Sales that are not over. At most `places`; as many when it is closed.
	pub open: u32,
	/// Whether no more sales are made.
	pub closed: bool,
	/// Sales that were paid.
	pub sold: u32,
	/// Sales in which the key did not come in time.
	pub missed: u32,
}
