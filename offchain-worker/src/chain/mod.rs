//! The client of the worker's node.
//!
//! One file a role: [`rpc`] talks to the node, [`types`] is what the node says, [`keys`] loads and guards the key,
//! [`extrinsic`] makes signed transactions from the node's own metadata, [`market`] reads and
//! calls the task market, [`teaching`] the teaching market, [`calls`] are the calls that people make, [`records`] what they ask, [`receipt`] what became of a
//! call, [`submitter`] answers work in time, [`turn`] chooses a block's actions, [`experience`] turns other authors' blocks into transitions, [`idle`] finds out
//! why no work comes, [`ledger`] follows what became of this worker's blocks.
//!
//! It needs the standard RPC and one custom subscription, `learning_subscribeWork`. subxt encodes and signs, offline,
//! from metadata that is fetched once per runtime version; the connection is jsonrpsee's, the copy that the node uses
//! too. So answering a work item costs two small calls: the nonce at its parent and the submission.

pub mod calls;
pub mod experience;
pub mod extrinsic;
pub mod idle;
pub mod keys;
pub mod ledger;
pub mod market;
pub mod receipt;
pub mod records;
#[cfg(test)]
mod registry;
pub mod rpc;
pub mod submitter;
pub mod teaching;
pub mod turn;
pub mod types;

pub use keys::{AuthorKey, KeyError};
pub use rpc::Node;

/// What can go wrong between the worker and its node.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
	/// The node's address is not one.
	#[error("`{url}` is not the address of a node: {reason}; it looks like ws://127.0.0.1:9944")]
	Address {
		/// What was given.
		url: String,
		/// What is wrong with it.
		reason: String,
	},
	/// There is no connection.
	#[error("no connection to {url}: {reason}")]
	Connection {
		/// The node's address.
		url: String,
		/// Why not.
		reason: String,
	},
	/// The node refused a call.
	#[error("{method}: {message} (code {code}{})", .data.as_ref().map(|data| format!(", {data}")).unwrap_or_default())]
	Call {
		/// The RPC method.
		method: String,
		/// The JSON-RPC error code.
		code: i32,
		/// What the node says.
		message: String,
		/// Its details.
		data: Option<String>,
	},
	/// The node said something that cannot be read.
	#[error("{what} cannot be read: {reason}")]
	Decode {
		/// What it should have been.
		what: String,
		/// What is wrong with it.
		reason: String,
	},
	/// The node is on another chain than the worker works for.
	#[error("the node at {url} is on another chain: its genesis is {found:?}, the worker's is {expected:?}")]
	AnotherChain {
		/// The node's address.
		url: String,
		/// Hash of its genesis block.
		found: sp_core::H256,
		/// Hash of the genesis block that the worker works for.
		expected: sp_core::H256,
	},
	/// A transaction cannot be made for this runtime.
	#[error("the runtime takes no transaction of this worker: {0}; is the worker of the same release as the node?")]
	Transaction(String),
}

impl ChainError {
	/// Whether the connection is gone, so that only a new one helps.
	pub fn is_disconnect(&self) -> bool {
		matches!(self, Self::Connection { .. })
	}

	/// What to do about it, and a stable word for it.
	pub fn advice(&self) -> (&'static str, &'static str) {
		match self {
			Self::AnotherChain { .. } => (
				"another-chain",
				"name a node of the chain with --node, or restart the worker if the chain was begun anew",
			),
			Self::Transaction(_) => ("release", "use a worker of the node's release"),
			_ => ("disconnected", "start the node; the worker keeps trying"),
		}
	}

	pub(crate) fn decode(what: impl Into<String>, reason: impl ToString) -> Self {
		Self::Decode { what: what.into(), reason: reason.to_string() }
	}
}
