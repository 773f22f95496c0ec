//! The calls that people make: of the task market, the registries of workers and of models, and a transfer.
//!
//! An argument is encoded as the type that the runtime and this program share; before it is signed it is read back by the
//! type that the runtime's metadata gives, so a runtime that means something else by it is an error here.

use super::ChainError;
use codec::{Compact, Encode};
use praxis_primitives_market::{sealed::SEALED, OfferId, PolicyHash, Resources, SaleId, TaskId, TaskSpec};
use sp_core::{crypto::AccountId32, H256};
use subxt::ext::{
	scale_decode::visitor::{decode_with_visitor, IgnoreVisitor},
	scale_encode::{EncodeAsFields, Error as EncodeError},
	scale_type_resolver::{FieldIter, TypeResolver},
};

/// A task's specification on this chain.
pub type Spec = TaskSpec<u128, u32>;

/// A call: its arguments by name, in their SCALE encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PalletCall {
	/// The pallet's name in the metadata.
	pub pallet: &'static str,
	/// The call's.
	pub name: &'static str,
	arguments: Vec<(&'static str, Vec<u8>)>,
}

impl PalletCall {
	/// A call without arguments.
	pub fn new(pallet: &'static str, name: &'static str) -> Self {
		Self { pallet, name, arguments: Vec::new() }
	}

	/// The same with one more argument.
	#[must_use]
	pub fn with(mut self, name: &'static str, value: &impl Encode) -> Self {
		self.arguments.push((name, value.encode()));
		self
	}
}

impl std::fmt::Display for PalletCall {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "{}.{}", self.pallet, self.name)
	}
}

impl EncodeAsFields for PalletCall {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		fields: &mut dyn FieldIter<'_, R::TypeId>,
		types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), EncodeError> {
		if fields.len() != self.arguments.len() {
			let (found, known) = (fields.len(), self.arguments.len());
			return Err(EncodeError::custom_string(format!("it takes {found} arguments, not {known}")));
		}
		for field in fields {
			let name = field.name.unwrap_or_default();
			let refuse = |reason: String| EncodeError::custom_string(reason).at_field(name.to_string());
			let found = self.arguments.iter().find(|(known, _)| *known == name);
			let (_, bytes) = found.ok_or_else(|| refuse("an unknown argument".into()))?;
			let mut rest = &bytes[..];
			decode_with_visitor(&mut rest, field.id, types, IgnoreVisitor::<R>::new())
				.map_err(|error| refuse(format!("it is of another type: {error}")))?;
			if !rest.is_empty() {
				return Err(refuse(format!("it is of another type: {} bytes are left over", rest.len())));
			}
			out.extend_from_slice(bytes);
		}
		Ok(())
	}
}

/// Calls of the task market.
pub mod market {
	use super::*;

	const PALLET: &str = "TaskMarket";

	/// Posts a task.
	pub fn post_task(spec: &Spec) -> PalletCall {
		PalletCall::new(PALLET, "post_task").with("spec", spec)
	}

	/// Takes a task back.
	pub fn cancel(task: TaskId) -> PalletCall {
		PalletCall::new(PALLET, "cancel").with("task", &task)
	}

	/// Advances a task whose deadline has passed.
	pub fn poke(task: TaskId) -> PalletCall {
		PalletCall::new(PALLET, "poke").with("task", &task)
	}

	/// Forgets a task that was finished long ago.
	pub fn prune(task: TaskId) -> PalletCall {
		PalletCall::new(PALLET, "prune").with("task", &task)
	}
}

/// Calls about workers.
pub mod workers {
	use super::*;

	const PALLET: &str = "Workers";

	/// Registers the caller as a worker's owner.
	pub fn register_worker(operator: &AccountId32, resources: &Resources, endpoint: &str) -> PalletCall {
		PalletCall::new(PALLET, "register_worker")
			.with("operator", operator)
			.with("resources", resources)
			.with("endpoint", &endpoint.as_bytes().to_vec())
	}

	/// Changes what a worker says of its machine.
	pub fn update_worker(resources: &Resources, endpoint: &[u8]) -> PalletCall {
		PalletCall::new(PALLET, "update_worker").with("resources", resources).with("endpoint", &endpoint.to_vec())
	}

	/// Names another operator.
	pub fn set_operator(operator: &AccountId32) -> PalletCall {
		PalletCall::new(PALLET, "set_operator").with("operator", operator)
	}

	/// Accepts to be an owner's operator.
	pub fn accept_operator(owner: &AccountId32) -> PalletCall {
		PalletCall::new(PALLET, "accept_operator").with("owner", owner)
	}

	/// Works for nobody any more.
	pub fn resign_operator() -> PalletCall {
		PalletCall::new(PALLET, "resign_operator")
	}

	/// Leaves.
	pub fn withdraw_worker() -> PalletCall {
		PalletCall::new(PALLET, "withdraw_worker")
	}

	/// Releases the deposit of a worker that has left.
	pub fn release_worker_deposit() -> PalletCall {
		PalletCall::new(PALLET, "release_worker_deposit")
	}
}

/// Calls about models.
pub mod models {
	use super::*;

	const PALLET: &str = "Models";

	/// Says where a model can be had for free.
	pub fn share(policy: &PolicyHash, cid: &[u8]) -> PalletCall {
		PalletCall::new(PALLET, "share").with("policy", policy).with("cid", &cid.to_vec())
	}

	/// What a seller offers.
	#[derive(Clone, Debug, PartialEq, Eq)]
	pub struct Offer {
		/// The model.
		pub policy: PolicyHash,
		/// CID of the ciphertext, in its binary form.
		pub cid: Vec<u8>,
		/// blake2-256 of the ciphertext.
		pub ciphertext: H256,
		/// blake2-256 of the key.
		pub key_hash: H256,
		/// In the token's smallest part.
		pub price: u128,
		/// Most sales at a time.
		pub places: u32,
	}

	/// Offers a model for money.
	pub fn offer(offer: &Offer) -> PalletCall {
		PalletCall::new(PALLET, "offer")
			.with("policy", &offer.policy)
			.with("cid", &offer.cid)
			.with("ciphertext", &offer.ciphertext)
			.with("key_hash", &offer.key_hash)
			.with("price", &offer.price)
			.with("places", &offer.places)
	}

	/// Takes an offer back.
	pub fn withdraw_offer(offer: OfferId) -> PalletCall {
		PalletCall::new(PALLET, "withdraw_offer").with("offer", &offer)
	}

	/// Buys.
	pub fn buy(offer: OfferId, one_time_key: &[u8; 32]) -> PalletCall {
		PalletCall::new(PALLET, "buy").with("offer", &offer).with("one_time_key", one_time_key)
	}

	/// Delivers the key.
	pub fn deliver(sale: SaleId, sealed: &[u8; SEALED]) -> PalletCall {
		PalletCall::new(PALLET, "deliver").with("sale", &sale).with("sealed", sealed)
	}

	/// Pays the seller at once.
	pub fn accept(sale: SaleId) -> PalletCall {
		PalletCall::new(PALLET, "accept").with("sale", &sale)
	}

	/// Has the chain open the delivered key.
	pub fn dispute(sale: SaleId, secret: &[u8; 32]) -> PalletCall {
		PalletCall::new(PALLET, "dispute").with("sale", &sale).with("secret", secret)
	}

	/// Ends a sale whose deadline has passed.
	pub fn finish_sale(sale: SaleId) -> PalletCall {
		PalletCall::new(PALLET, "finish_sale").with("sale", &sale)
	}
}

/// Sends money to an account and keeps the sender's alive.
pub fn transfer(to: &AccountId32, amount: u128) -> PalletCall {
	/// The variant of the SDK's `MultiAddress` that is an account.
	const ID: u8 = 0;
	PalletCall::new("Balances", "transfer_keep_alive").with("dest", &(ID, to)).with("value", &Compact(amount))
}

impl From<EncodeError> for ChainError {
	fn from(error: EncodeError) -> Self {
		Self::Transaction(error.to_string())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::registry::*;

	#[test]
	fn arguments_should_be_in_the_runtimes_order_whatever_order_they_were_given_in() {
		let call = models::dispute(7, &[9; 32]);
		let expected = (7u32, [9u8; 32]).encode();
		assert_eq!(encode(&call, &[("sale", U32), ("secret", ARRAY)]).expect("bytes"), expected);
		let turned = ([9u8; 32], 7u32).encode();
		assert_eq!(encode(&call, &[("secret", ARRAY), ("sale", U32)]).expect("bytes"), turned);
	}

	#[test]
	fn call_should_be_an_error_when_the_runtime_has_another_shape_of_it() {
		let call = models::dispute(7, &[9; 32]);
		assert!(encode(&call, &[("sale", U32)]).is_err());
		assert!(encode(&call, &[("sale", U32), ("key", ARRAY)]).is_err());
		assert!(encode(&call, &[("sale", ARRAY), ("secret", ARRAY)]).is_err());
		assert!(encode(&call, &[("sale", U8), ("secret", ARRAY)]).is_err());
	}
}
