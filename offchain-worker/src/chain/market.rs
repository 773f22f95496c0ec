//! The task market, as a worker reads it, and what it sends to it.

use super::{extrinsic::Encoder, keys::AuthorKey, rpc::Node, ChainError};
use codec::{Decode, Encode, Error as CodecError, Input, Output};
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_market::{ModelView, RankedApplicant, TaskId, TaskView, WorkerView};
use sp_core::{crypto::AccountId32, H256};
use subxt::{
	ext::{
		scale_encode::{EncodeAsFields, EncodeAsType, Error as EncodeError},
		scale_type_resolver::{FieldIter, TypeResolver},
	},
	metadata::Metadata,
};

/// The pallet's name in the metadata.
const PALLET: &str = "TaskMarket";

/// Tasks of one answer.
const PAGE: u32 = 64;

/// A task of this chain.
pub type Task = TaskView<AccountId32, u128, u32>;

/// A worker of this chain.
pub type Worker = WorkerView<AccountId32, u128, u32>;

/// A call that a worker's operator signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
	/// Applies for a task.
	Apply {
		/// The task.
		task: TaskId,
		/// What is asked, in the token's smallest part.
		price: u128,
	},
	/// Binds the worker to a policy.
	Commit {
		/// The task.
		task: TaskId,
		/// The commitment.
		hash: H256,
		/// CID of the model, in its binary form.
		cid: Vec<u8>,
		/// The judged policy of the model that training began with.
		parent: Option<H256>,
	},
	/// Shows that policy.
	Reveal {
		/// The task.
		task: TaskId,
		/// Its encoding.
		policy: Vec<u8>,
		/// The commitment's salt.
		salt: [u8; 32],
	},
}

impl Call {
	/// Its name in the metadata.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Apply { .. } => "apply",
			Self::Commit { .. } => "commit",
			Self::Reveal { .. } => "reveal",
		}
	}

	fn arguments(&self) -> usize {
		match self {
			Self::Apply { .. } => 2,
			Self::Commit { .. } => 4,
			Self::Reveal { .. } => 3,
		}
	}
}

/// By the names and types in the metadata, like every transaction of the worker.
impl EncodeAsFields for Call {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		fields: &mut dyn FieldIter<'_, R::TypeId>,
		types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), EncodeError> {
		if fields.len() != self.arguments() {
			let (found, known) = (fields.len(), self.arguments());
			return Err(EncodeError::custom_string(format!("it takes {found} arguments, not {known}")));
		}
		for field in fields {
			let name = field.name.unwrap_or_default();
			match (self, name) {
				(Self::Apply { task, .. } | Self::Commit { task, .. } | Self::Reveal { task, .. }, "task") => {
					task.encode_as_type_to(field.id, types, out)
				}
				(Self::Apply { price, .. }, "price") => price.encode_as_type_to(field.id, types, out),
				(Self::Commit { hash, .. }, "hash") => hash.0.encode_as_type_to(field.id, types, out),
				(Self::Commit { cid, .. }, "cid") => cid.encode_as_type_to(field.id, types, out),
				(Self::Commit { parent, .. }, "parent") => {
					parent.map(|parent| parent.0).encode_as_type_to(field.id, types, out)
				}
				(Self::Reveal { policy, .. }, "policy") => policy.encode_as_type_to(field.id, types, out),
				(Self::Reveal { salt, .. }, "salt") => salt.encode_as_type_to(field.id, types, out),
				_ => Err(EncodeError::custom_string(format!("unknown argument `{name}`"))),
			}
			.map_err(|error| error.at_field(name.to_string()))?;
		}
		Ok(())
	}
}

/// What the runtime would say to a transaction in the state of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rehearsal {
	/// It would do what it says.
	Passes,
	/// It would fail, and this is why.
	Refused(String),
	/// The runtime does not tell.
	Unknown,
}

/// Bytes as they are, without their length.
struct Raw(Vec<u8>);

impl Encode for Raw {
	fn encode_to<T: Output + ?Sized>(&self, out: &mut T) {
		out.write(&self.0);
	}
}

impl Decode for Raw {
	fn decode<I: Input>(input: &mut I) -> Result<Self, CodecError> {
		let mut bytes = vec![0; input.remaining_len()?.unwrap_or_default()];
		input.read(&mut bytes)?;
		Ok(Self(bytes))
	}
}

/// The owner for whom an operator works.
pub async fn owner_of(node: &Node, operator: &AccountId32) -> Result<Option<AccountId32>, ChainError> {
	node.call("WorkerRegistryApi_worker_of", operator, None).await
}

/// What the chain knows of a worker.
pub async fn worker(node: &Node, owner: &AccountId32, at: H256) -> Result<Option<Worker>, ChainError> {
	node.call("WorkerRegistryApi_worker", owner, Some(at)).await
}

/// The tasks that are not finished.
pub async fn open_tasks(node: &Node, at: H256) -> Result<Vec<Task>, ChainError> {
	let (mut tasks, mut from) = (Vec::<Task>::new(), 0);
	loop {
		let page: Vec<Task> = node.call("TaskMarketApi_open_tasks", (from, PAGE), Some(at)).await?;
		let full = page.len() as u32 == PAGE;
		tasks.extend(page);
		match tasks.last() {
			Some(last) if full => from = last.id.saturating_add(1),
			_ => return Ok(tasks),
		}
	}
}

/// A task, unless it was forgotten.
pub async fn task(node: &Node, id: TaskId, at: H256) -> Result<Option<Task>, ChainError> {
	node.call("TaskMarketApi_task", id, Some(at)).await
}

/// The tasks in which an owner or its operator has a part.
pub async fn my_tasks(node: &Node, account: &AccountId32, at: H256) -> Result<Vec<Task>, ChainError> {
	node.call("TaskMarketApi_my_tasks", account, Some(at)).await
}

/// Whether an owner is among a task's applicants.
pub async fn has_applied(node: &Node, id: TaskId, owner: &AccountId32, at: H256) -> Result<bool, ChainError> {
	let ranking: Vec<RankedApplicant<AccountId32, u128>> = node.call("TaskMarketApi_ranking", id, Some(at)).await?;
	Ok(ranking.iter().any(|applicant| applicant.owner == *owner))
}

/// The score in an environment that earns nothing: the best that is published, at least that of random actions.
pub async fn floor(node: &Node, environment: &TaskEnvironment, at: H256) -> Result<Real, ChainError> {
	let best: Vec<ModelView<AccountId32, u128, u32>> =
		node.call("ModelsApi_models", (environment, 0u32, 1u32), Some(at)).await?;
	let random = environment.random_score();
	Ok(best.first().map_or(random, |model| model.score.max(random)))
}

/// Part of its bond that a worker loses who commits nothing, in billionths.
pub fn no_commit_slash(encoder: &Encoder) -> Result<u32, ChainError> {
	let missing = || ChainError::decode("the runtime's metadata", "there is no TaskMarket.NoCommitSlash");
	let pallet = encoder.metadata().pallet_by_name(PALLET).ok_or_else(missing)?;
	let value = pallet.constant_by_name("NoCommitSlash").ok_or_else(missing)?.value();
	u32::decode(&mut &value[..]).map_err(|error| ChainError::decode("TaskMarket.NoCommitSlash", error))
}

/// A signed call.
pub fn signed(encoder: &Encoder, key: &AuthorKey, nonce: u32, call: Call) -> Result<Vec<u8>, ChainError> {
	encoder.signed(key, nonce, PALLET, call.name(), call)
}

/// Lets the runtime apply a transaction to the state of a block and forget it: a call that would fail costs no fee this
/// way, and its error has a name.
pub async fn rehearse(node: &Node, encoder: &Encoder, extrinsic: &[u8], at: H256) -> Result<Rehearsal, ChainError> {
	match node.call::<Raw>("BlockBuilder_apply_extrinsic", Raw(extrinsic.to_vec()), Some(at)).await {
		Ok(Raw(answer)) => Ok(read(encoder.metadata(), &answer)),
		Err(error) if error.is_disconnect() => Err(error),
		Err(_) => Ok(Rehearsal::Unknown),
	}
}

/// Reads an `ApplyExtrinsicResult`.
fn read(metadata: &Metadata, answer: &[u8]) -> Rehearsal {
	/// Variants of the SDK's `DispatchError`.
	const MODULE: u8 = 3;
	const TOKEN: u8 = 7;
	match answer {
		[0, 0] => Rehearsal::Passes,
		[0, 1, MODULE, pallet, error, ..] => {
			let found = metadata.pallet_by_error_index(*pallet);
			let name = found.as_ref().map_or_else(|| format!("pallet {pallet}"), |pallet| pallet.name().into());
			let variant = found.as_ref().and_then(|pallet| pallet.error_variant_by_index(*error));
			Rehearsal::Refused(match variant {
				Some(variant) => format!("{name}.{}: {}", variant.name, variant.docs.join(" ").trim()),
				None => format!("{name}, error {error}"),
			})
		}
		[0, 1, TOKEN, 0, ..] => {
			Rehearsal::Refused("Token.FundsUnavailable: the owner's free balance is too low".into())
		}
		[0, 1, other, ..] => Rehearsal::Refused(format!("error {other} of the runtime")),
		// The transaction was not applied at all, for instance as the block before was full.
		_ => Rehearsal::Unknown,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::registry::*;

	#[test]
	fn calls_should_be_encoded_as_the_runtime_decodes_them() {
		let apply = Call::Apply { task: 3, price: 1 << 70 };
		assert_eq!(encode(&apply, &[("task", U32), ("price", U128)]).expect("bytes"), (3u32, 1u128 << 70).encode());
		let fields = [("task", U32), ("hash", HASH), ("cid", BOUNDED), ("parent", MAYBE)];
		for parent in [None, Some(H256([8; 32]))] {
			let commit = Call::Commit { task: 3, hash: H256([7; 32]), cid: vec![1, 0x55], parent };
			let expected = (3u32, H256([7; 32]), vec![1u8, 0x55], parent).encode();
			assert_eq!(encode(&commit, &fields).expect("bytes"), expected);
		}
		let reveal = Call::Reveal { task: 3, policy: vec![9], salt: [4; 32] };
		let fields = [("task", U32), ("policy", BOUNDED), ("salt", ARRAY)];
		assert_eq!(encode(&reveal, &fields).expect("bytes"), (3u32, vec![9u8], [4u8; 32]).encode());
	}

	#[test]
	fn call_should_be_an_error_when_the_runtime_has_another_shape_of_it() {
		let apply = Call::Apply { task: 3, price: 4 };
		assert!(encode(&apply, &[("task", U32)]).is_err());
		assert!(encode(&apply, &[("task", U32), ("amount", U128)]).is_err());
		assert!(encode(&apply, &[("task", U32), ("price", HASH)]).is_err());
	}
}
