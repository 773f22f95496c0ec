//! Signed transactions, made offline from the node's own metadata.

use super::{keys::AuthorKey, types::RuntimeVersion, ChainError};
use codec::Decode;
use praxis_environment::Real;
use sp_core::H256;
use std::sync::Arc;
use subxt::{
	client::{OfflineClient, OfflineClientAtBlock},
	config::{
		substrate::{SpecVersionForRange, SubstrateConfigBuilder},
		DefaultExtrinsicParamsBuilder, SubstrateConfig,
	},
	dynamic,
	ext::{
		scale_encode::{EncodeAsFields, EncodeAsType, Error as EncodeError},
		scale_type_resolver::{FieldIter, TypeResolver},
	},
	metadata::Metadata,
	tx::Signer,
	utils::{AccountId32, MultiSignature},
};

/// The arguments of `oracle.submit_transitions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
	/// Hash of the block to build upon.
	pub parent: H256,
	/// Slot of the block to build.
	pub slot: u64,
	/// Distinguishes re-signed copies.
	pub attempt: u32,
	/// Number of the first transition.
	pub step: u64,
	/// The actions.
	pub actions: Vec<u8>,
	/// Their exact mean normalised reward.
	pub reward: Real,
	/// Hash of the policy that chose them.
	pub policy_hash: H256,
}

/// Encodes by the names and types that the runtime's metadata gives, so a runtime that means something else by them is
/// an error here and not a wrong transaction there.
impl EncodeAsFields for Submission {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		fields: &mut dyn FieldIter<'_, R::TypeId>,
		types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), EncodeError> {
		const ARGUMENTS: usize = 7;
		if fields.len() != ARGUMENTS {
			return Err(EncodeError::custom_string(format!("it takes {} arguments, not {ARGUMENTS}", fields.len())));
		}
		for field in fields {
			let name = field.name.unwrap_or_default();
			match name {
				"parent" => self.parent.0.encode_as_type_to(field.id, types, out),
				"slot" => self.slot.encode_as_type_to(field.id, types, out),
				"attempt" => self.attempt.encode_as_type_to(field.id, types, out),
				"step" => self.step.encode_as_type_to(field.id, types, out),
				"actions" => self.actions.encode_as_type_to(field.id, types, out),
				"reward" => self.reward.to_bits().encode_as_type_to(field.id, types, out),
				"policy_hash" => self.policy_hash.0.encode_as_type_to(field.id, types, out),
				_ => Err(EncodeError::custom_string(format!("unknown argument `{name}`"))),
			}
			.map_err(|error| error.at_field(name.to_string()))?;
		}
		Ok(())
	}
}

impl Signer<SubstrateConfig> for AuthorKey {
	fn account_id(&self) -> AccountId32 {
		AccountId32(self.account().into())
	}

	fn sign(&self, payload: &[u8]) -> MultiSignature {
		MultiSignature::Sr25519(AuthorKey::sign(self, payload))
	}
}

/// Makes transactions for one version of one chain's runtime.
pub struct Encoder {
	client: OfflineClientAtBlock<SubstrateConfig>,
	version: RuntimeVersion,
}

impl Encoder {
	/// From the runtime's metadata.
	pub fn new(metadata: &[u8], genesis: H256, version: RuntimeVersion) -> Result<Self, ChainError> {
		let metadata = Metadata::decode(&mut &metadata[..])
			.map_err(|error| ChainError::decode("the runtime's metadata", error))?;
		let config = SubstrateConfigBuilder::new()
			.set_genesis_hash(genesis.0.into())
			.set_metadata_for_spec_versions([(version.spec_version, Arc::new(metadata))])
			.set_spec_version_for_block_ranges([SpecVersionForRange {
				block_range: 0..u64::MAX,
				spec_version: version.spec_version,
				transaction_version: version.transaction_version,
			}])
			.build();
		let client = OfflineClient::new_with_config(config)
			.at_block(0u64)
			.map_err(|error| ChainError::Transaction(error.to_string()))?;
		Ok(Self { client, version })
	}

	/// The runtime's version that its transactions are for.
	pub fn version(&self) -> RuntimeVersion {
		self.version
	}

	/// The runtime's metadata.
	pub fn metadata(&self) -> &Metadata {
		self.client.metadata_ref()
	}

	/// A signed submission: immortal, without a tip. Signatures are randomised, so no two are the same bytes.
	pub fn submit_transitions(
		&self,
		key: &AuthorKey,
		nonce: u32,
		submission: Submission,
	) -> Result<Vec<u8>, ChainError> {
		self.signed(key, nonce, "Oracle", "submit_transitions", submission)
	}

	/// A signed call of any pallet: immortal, without a tip.
	pub fn signed(
		&self,
		key: &AuthorKey,
		nonce: u32,
		pallet: &str,
		call: &str,
		arguments: impl EncodeAsFields,
	) -> Result<Vec<u8>, ChainError> {
		let refused = |error: subxt::error::ExtrinsicError| ChainError::Transaction(error.to_string());
		let call = dynamic::tx(pallet, call, arguments);
		let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new().immortal().nonce(nonce.into()).build();
		let transactions = self.client.tx();
		let mut transaction = transactions.create_v4_signable_offline(&call, params).map_err(refused)?;
		Ok(transaction.sign(key).map_err(refused)?.into_encoded())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::registry::*;
	use codec::Encode;

	fn submission(actions: Vec<u8>) -> Submission {
		Submission {
			parent: H256([1; 32]),
			slot: 5,
			attempt: 2,
			step: 96,
			actions,
			reward: Real::from_ratio(-1, 3),
			policy_hash: H256([3; 32]),
		}
	}

	const FIELDS: [(&str, u32); 7] = [
		("parent", HASH),
		("slot", SLOT),
		("attempt", U32),
		("step", U64),
		("actions", BOUNDED),
		("reward", REAL),
		("policy_hash", HASH),
	];

	#[test]
	fn arguments_should_be_encoded_as_the_runtime_decodes_them() {
		// One action too: a list of one must not be taken for the one in it.
		for actions in [vec![4], vec![0, 8, 3]] {
			let submission = submission(actions.clone());
			let expected = (H256([1; 32]), 5u64, 2u32, 96u64, actions, submission.reward, H256([3; 32])).encode();
			assert_eq!(encode(&submission, &FIELDS).expect("bytes"), expected);
		}
	}

	#[test]
	fn another_shape_of_the_call_should_be_an_error() {
		let submission = submission(vec![1, 2]);
		assert!(encode(&submission, &FIELDS[..6]).is_err());
		let mut renamed = FIELDS;
		renamed[1].0 = "time";
		assert!(encode(&submission, &renamed).is_err());
		let mut retyped = FIELDS;
		retyped[4].1 = HASH;
		assert!(encode(&submission, &retyped).is_err());
	}

	#[test]
	fn metadata_that_is_none_should_be_an_error() {
		let version = RuntimeVersion { spec_version: 1, transaction_version: 1 };
		assert!(matches!(Encoder::new(&[1, 2, 3], H256::zero(), version), Err(ChainError::Decode { .. })));
	}
}
