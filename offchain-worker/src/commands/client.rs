//! What `task`, `worker` and `model` share: the connection, how calls are signed, sent and followed, what to do about an
//! error, and how amounts and heights are shown to people.

mod remedies;
mod send;

pub use remedies::remedy;
pub use send::{Sent, Signing, SigningArgs};

use super::{work::tell::Token, Failure};
use crate::chain::{extrinsic::Encoder, rpc::Node, types::Header, ChainError};
use codec::{Decode, Encode};
use serde_json::Value;
use sp_core::{
	crypto::{AccountId32, Ss58Codec},
	H256,
};
use std::{future::Future, io::Write, time::Duration};

/// The exit codes of these commands, for their help.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed on the way: no connection, refused by the chain, not in time
  2  wrong input: options, keys, amounts, or what is asked for is not there";

/// Where the node is.
#[derive(Clone, Debug, clap::Args)]
pub struct NodeArgs {
	/// A node of the chain.
	#[arg(long, global = true, env = "PRAXIS_NODE", default_value = "ws://127.0.0.1:9944", value_name = "URL")]
	pub node: String,
	/// Print JSON.
	#[arg(long, global = true)]
	pub json: bool,
}

impl From<ChainError> for Failure {
	fn from(error: ChainError) -> Self {
		match &error {
			ChainError::Address { .. } => Self::input("node", error),
			ChainError::Connection { .. } => {
				Self::running("node", error).remedy("start a node (praxis-node), or name another with --node")
			}
			ChainError::Transaction(_) | ChainError::Decode { .. } => {
				Self::running("release", error).remedy("is the node of this program's release?")
			}
			ChainError::AnotherChain { .. } => Self::input("another-chain", error),
			ChainError::Call { .. } => Self::running("node", error),
		}
	}
}

/// A node, and what is the same for all that is asked of it.
pub struct Chain {
	/// The connection.
	pub node: Node,
	/// Makes transactions for its runtime.
	pub encoder: Encoder,
	/// Its token.
	pub token: Token,
	/// How long a block takes of late.
	pub pace: Duration,
	/// Whether programs read the output.
	pub json: bool,
}

impl Chain {
	/// Connects.
	pub async fn connect(args: &NodeArgs) -> Result<Self, Failure> {
		let node = Node::connect(&args.node).await?;
		let encoder = Encoder::new(&node.metadata().await?, node.genesis_hash().await?, node.runtime_version().await?)?;
		let (symbol, decimals) = node.token().await?;
		let pace = node.pace().await?;
		Ok(Self { node, encoder, token: Token { symbol, decimals }, pace, json: args.json })
	}

	/// The best block.
	pub async fn best(&self) -> Result<Header, Failure> {
		Ok(self.node.best_header().await?)
	}

	/// Reads an amount such as `8.5`.
	pub fn amount(&self, text: &str) -> Result<u128, Failure> {
		// With or without the symbol.
		let number = text.strip_suffix(self.token.symbol.as_str()).unwrap_or(text).trim();
		self.token.parse(number).map_err(|error| Failure::input("amount", error))
	}

	/// An amount for people.
	pub fn show(&self, amount: u128) -> String {
		self.token.show(amount)
	}

	/// A deadline for people: its height, and how long that is from `now`.
	pub fn until(&self, height: u32, now: u32) -> String {
		match height.checked_sub(now) {
			Some(0) => format!("block {height}, which is the best"),
			Some(blocks) => format!("block {height}, in {blocks} blocks, about {}", span(self.pace * blocks)),
			None => format!("block {height}, {} blocks ago", now - height),
		}
	}

	/// Seconds from `now` to a height, about; none where it has passed.
	pub fn seconds(&self, height: u32, now: u32) -> Option<u64> {
		height.checked_sub(now).map(|blocks| (self.pace * blocks).as_secs())
	}

	/// Prints a result: `value` for programs, `text` for people.
	pub fn print(&self, value: &Value, text: impl AsRef<str>) {
		let line = if self.json { value.to_string() } else { text.as_ref().trim_end().to_string() };
		if !line.is_empty() {
			// A closed pipe means that nobody reads any more, which is fine.
			let _ = writeln!(std::io::stdout(), "{line}");
		}
	}
}

/// A span of time for people.
pub fn span(time: Duration) -> String {
	match time.as_secs() {
		seconds @ 0..=119 => format!("{seconds} s"),
		seconds @ 120..=7_199 => format!("{} min", seconds / 60),
		seconds @ 7_200..=172_799 => format!("{} h", seconds / 3_600),
		seconds => format!("{} d", seconds / 86_400),
	}
}

/// Runs what talks to a node.
pub fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
	let runtime = tokio::runtime::Builder::new_multi_thread()
		.worker_threads(1)
		.enable_all()
		.build()
		.map_err(|error| Failure::running("runtime", error))?;
	let outcome = runtime.block_on(future);
	runtime.shutdown_timeout(Duration::from_secs(1));
	outcome
}

/// Reads an account's address.
pub fn parse_account(text: &str) -> Result<AccountId32, String> {
	AccountId32::from_ss58check(text).map_err(|error| format!("`{text}` is no address: {error:?}"))
}

/// Reads the 32 bytes of a hash.
pub fn parse_hash(text: &str) -> Result<H256, String> {
	let mut hash = [0; 32];
	hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut hash)
		.map_err(|error| format!("`{text}` is not 32 bytes as hex: {error}"))?;
	Ok(hash.into())
}

/// A part of one as the runtime has it, from the parts in a billion.
pub fn part<T: Decode>(billionths: u32) -> Result<T, Failure> {
	T::decode(&mut &billionths.encode()[..]).map_err(|error| Failure::input("part", error))
}

/// Billionths as a number from 0 to 1.
pub fn fraction(billionths: u32) -> f64 {
	f64::from(billionths) / 1e9
}

/// An account's address.
pub fn address(account: &AccountId32) -> String {
	account.to_ss58check()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn spans_should_be_short_whatever_their_size() {
		let shown = [0, 119, 120, 7_200, 200_000].map(|seconds| span(Duration::from_secs(seconds)));
		assert_eq!(shown, ["0 s", "119 s", "2 min", "2 h", "2 d"]);
	}

	#[test]
	fn hashes_and_addresses_should_be_refused_when_they_are_none() {
		assert_eq!(parse_hash(&format!("0x{}", "0f".repeat(32))), Ok(H256([15; 32])));
		assert!(parse_hash("0x0f").is_err() && parse_hash("CartPole-v1").is_err());
		let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
		assert_eq!(parse_account(alice).map(|account| address(&account)), Ok(alice.to_string()));
		assert!(parse_account("//Alice").is_err());
	}
}
