//! Runtime API of the registry of models, and what it tells.

use crate::{PolicyHash, TaskId};
use alloc::vec::Vec;
use codec::{Codec, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use praxis_environment::{Real, TaskEnvironment};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::Perbill;

/// Names an offer, from 0 upwards.
pub type OfferId = u32;

/// Names a sale, from 0 upwards.
pub type SaleId = u32;

/// An offer of a model's full weights for money, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct OfferView<AccountId, Balance> {
	/// Its number.
	pub id: OfferId,
	/// The model.
	pub policy: PolicyHash,
	/// Who sells.
	pub seller: AccountId,
	/// CID of the ciphertext, in its binary form.
	pub cid: Vec<u8>,
	/// blake2-256 of the ciphertext.
	pub ciphertext: H256,
	/// blake2-256 of the key.
	pub key_hash: H256,
	/// Price.
	pub price: Balance,
	/// On hold of the seller for one sale.
	pub bond: Balance,
	/// Most sales at a time.
	pub places: u32,
	/// Sales that are not over.
	pub open: u32,
	/// Whether no more sales are made.
	pub closed: bool,
	/// Sales that were paid.
	pub sold: u32,
	/// Sales in which the key did not come in time.
	pub missed: u32,
}

/// A judged model, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ModelView<AccountId, Balance, BlockNumber> {
	/// Hash of the judged policy.
	pub policy: PolicyHash,
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
	pub cid: Vec<u8>,
	/// The model from which its owner says it came.
	pub parent: Option<PolicyHash>,
	/// Height at which it was published.
	pub at: BlockNumber,
	/// The offer of its full weights, if they are for sale.
	pub offer: Option<OfferView<AccountId, Balance>>,
}

/// How far a sale is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum SaleState<BlockNumber> {
	/// The seller has to deliver.
	#[codec(index = 0)]
	Bought {
		/// Last height for it.
		until: BlockNumber,
	},
	/// The buyer may accept or dispute.
	#[codec(index = 1)]
	Delivered {
		/// The key, sealed to the buyer's one-time key.
		sealed: [u8; crate::sealed::SEALED],
		/// Last height for a dispute.
		until: BlockNumber,
	},
}

/// A sale, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Sale<AccountId, Balance, BlockNumber> {
	/// The offer.
	pub offer: OfferId,
	/// Who buys.
	pub buyer: AccountId,
	/// The buyer's one-time key for X25519.
	pub one_time_key: [u8; 32],
	/// Price, on hold of the buyer.
	pub price: Balance,
	/// What a dispute against a right key costs, on hold of the buyer.
	pub stake: Balance,
	/// How far it is.
	pub state: SaleState<BlockNumber>,
}

sp_api::decl_runtime_apis! {
	/// Judged models.
	pub trait ModelsApi<AccountId, Balance, BlockNumber>
	where
		AccountId: Codec,
		Balance: Codec,
		BlockNumber: Codec,
	{
		/// A model.
		fn model(policy: PolicyHash) -> Option<ModelView<AccountId, Balance, BlockNumber>>;
		/// Models of an environment, best first: at most `count` from place `from` on.
		fn models(environment: TaskEnvironment, from: u32, count: u32)
			-> Vec<ModelView<AccountId, Balance, BlockNumber>>;
		/// The best models of the most similar environments, with the similarity, which is not 0.
		fn similar(environment: TaskEnvironment, count: u32)
			-> Vec<(Perbill, ModelView<AccountId, Balance, BlockNumber>)>;
		/// A sale that is not over.
		fn sale(id: SaleId) -> Option<Sale<AccountId, Balance, BlockNumber>>;
		/// Sales that are not over in which this account buys or sells.
		fn sales_of(account: AccountId) -> Vec<(SaleId, Sale<AccountId, Balance, BlockNumber>)>;
	}
}
