//! What became of a transaction: in which block it is, what it caused there, and why it failed if it did.

use super::{extrinsic::Encoder, rpc::Node, ChainError};
use sp_core::H256;
use sp_crypto_hashing::{blake2_256, twox_128};
use std::fmt;
use subxt::{
	dynamic::{At, Value},
	ext::scale_value::{scale::decode_as_type, Composite, ValueDef},
	metadata::Metadata,
};

/// An event that a transaction caused.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
	/// The pallet's name.
	pub pallet: String,
	/// The event's.
	pub name: String,
	fields: Composite<u32>,
}

impl Event {
	/// Whether it is this one.
	pub fn is(&self, pallet: &str, name: &str) -> bool {
		self.pallet == pallet && self.name == name
	}

	/// A field that is a number.
	pub fn number(&self, field: &str) -> Option<u128> {
		self.fields.at(field)?.as_u128()
	}

	/// Reads an event's record; gives the number of the transaction that caused it too, if one did.
	fn read(record: &Value<u32>) -> Option<(Option<u128>, Self)> {
		let caused = match &record.at("phase")?.value {
			ValueDef::Variant(phase) if phase.name == "ApplyExtrinsic" => phase.values.at(0)?.as_u128(),
			_ => None,
		};
		let ValueDef::Variant(pallet) = &record.at("event")?.value else { return None };
		let ValueDef::Variant(event) = &pallet.values.at(0)?.value else { return None };
		let fields = event.values.clone();
		Some((caused, Self { pallet: pallet.name.clone(), name: event.name.clone(), fields }))
	}
}

/// Why the chain refused a call, by the name that its metadata has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
	/// `Pallet.Error`, or the word of an error that is no pallet's.
	pub name: String,
	/// What the pallet's documentation says of it.
	pub meaning: String,
}

impl fmt::Display for Refusal {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self.meaning.as_str() {
			"" => f.write_str(&self.name),
			meaning => write!(f, "{}: {meaning}", self.name),
		}
	}
}

impl Refusal {
	/// Reads a `DispatchError`.
	fn read(metadata: &Metadata, error: &Value<u32>) -> Self {
		let ValueDef::Variant(variant) = &error.value else {
			return Self { name: "unknown".into(), meaning: "the error has another shape".into() };
		};
		if variant.name == "Module" {
			let module = variant.values.at(0);
			let number = |value: Option<&Value<u32>>| value.and_then(Value::as_u128).and_then(|n| u8::try_from(n).ok());
			let (pallet, error) = (number(module.at("index")), number(module.at("error").at(0)));
			if let (Some(pallet), Some(error)) = (pallet, error) {
				return Self::of_module(metadata, pallet, error);
			}
		}
		// Token, Arithmetic and their like hold a variant of their own.
		let detail = variant.values.at(0).and_then(|inner| match &inner.value {
			ValueDef::Variant(inner) => Some(format!(".{}", inner.name)),
			_ => None,
		});
		Self { name: variant.name.clone() + &detail.unwrap_or_default(), meaning: String::new() }
	}

	/// Of a pallet's error, by its numbers.
	fn of_module(metadata: &Metadata, pallet: u8, error: u8) -> Self {
		let Some(found) = metadata.pallet_by_error_index(pallet) else {
			return Self { name: format!("{pallet}.{error}"), meaning: String::new() };
		};
		match found.error_variant_by_index(error) {
			Some(variant) => Self {
				name: format!("{}.{}", found.name(), variant.name),
				meaning: variant.docs.join(" ").trim().to_string(),
			},
			None => Self { name: format!("{}.{error}", found.name()), meaning: String::new() },
		}
	}
}

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
	/// Hash of the transaction.
	pub transaction: H256,
	/// Hash of the block.
	pub block: H256,
	/// Its height.
	pub height: u32,
	/// What was paid for it, in the token's smallest part.
	pub fee: Option<u128>,
	/// What it caused.
	pub events: Vec<Event>,
	/// Why it failed, if it did.
	pub refusal: Option<Refusal>,
}

impl Receipt {
	/// Looks a transaction up in a block.
	///
	/// # Errors
	///
	/// The node does not answer, the transaction is not in the block, or the block's events cannot be read.
	pub async fn fetch(node: &Node, encoder: &Encoder, block: H256, extrinsic: &[u8]) -> Result<Self, ChainError> {
		let missing = |what: &str| ChainError::decode("the block", what);
		let extrinsics = node.extrinsics(block).await?;
		let number = extrinsics.iter().position(|found| found == extrinsic);
		let number = number.ok_or_else(|| missing("the transaction is not in it"))?;
		let header = node.header(block).await?.ok_or_else(|| missing("the node does not have it"))?;
		let key = [twox_128(b"System"), twox_128(b"Events")].concat();
		let bytes = node.storage(&key, Some(block)).await?.ok_or_else(|| missing("it has no events"))?;
		let metadata = encoder.metadata();
		let events = events(metadata, &bytes)?;
		let events: Vec<Event> =
			events.into_iter().filter(|(by, _)| *by == Some(number as u128)).map(|(_, event)| event).collect();
		let failed = events.iter().find(|event| event.is("System", "ExtrinsicFailed"));
		let refusal = failed.map(|event| match event.fields.at("dispatch_error") {
			Some(error) => Refusal::read(metadata, error),
			None => Refusal { name: "unknown".into(), meaning: String::new() },
		});
		let paid = events.iter().find(|event| event.is("TransactionPayment", "TransactionFeePaid"));
		let fee = paid.and_then(|event| event.number("actual_fee"));
		Ok(Self { transaction: blake2_256(extrinsic).into(), block, height: header.number(), fee, events, refusal })
	}

	/// A number in the first event of this name.
	pub fn number(&self, pallet: &str, name: &str, field: &str) -> Option<u128> {
		self.events.iter().find(|event| event.is(pallet, name))?.number(field)
	}
}

/// A block's events, each with the number of the transaction that caused it, if one did.
fn events(metadata: &Metadata, bytes: &[u8]) -> Result<Vec<(Option<u128>, Event)>, ChainError> {
	let entry = metadata
		.pallet_by_name("System")
		.and_then(|pallet| pallet.storage())
		.and_then(|storage| storage.entry_by_name("Events"))
		.ok_or_else(|| ChainError::decode("the runtime's metadata", "there is no System.Events"))?;
	let records = decode_as_type(&mut &bytes[..], entry.value_ty(), metadata.types())
		.map_err(|error| ChainError::decode("the block's events", error))?;
	match records.value {
		ValueDef::Composite(Composite::Unnamed(records)) => Ok(records.iter().filter_map(Event::read).collect()),
		_ => Err(ChainError::decode("the block's events", "they are no list")),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn record(transaction: u128, pallet: &str, name: &str) -> Value<u32> {
		let fields = vec![("task".to_string(), Value::u128(7))];
		let event = Value::named_variant(name, fields);
		let event = Value::unnamed_variant(pallet, [event]);
		let phase = Value::unnamed_variant("ApplyExtrinsic", [Value::u128(transaction)]);
		Value::named_composite([("phase", phase), ("event", event)]).map_context(|()| 0)
	}

	#[test]
	fn event_should_be_read_with_the_transaction_that_caused_it() {
		let (caused, event) = Event::read(&record(2, "TaskMarket", "TaskPosted")).expect("an event");
		assert_eq!((caused, event.number("task")), (Some(2), Some(7)));
		assert!(event.is("TaskMarket", "TaskPosted") && !event.is("Models", "TaskPosted"));
		assert_eq!(event.number("price"), None);
	}
}
