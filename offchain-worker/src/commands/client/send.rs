//! Signing a call, sending it, and waiting for what becomes of it.

use super::{remedy, Chain, Failure};
use crate::chain::{
	calls::PalletCall,
	keys::AuthorKey,
	market::{rehearse, Rehearsal},
	receipt::{Receipt, Refusal},
	ChainError,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{json, Value};
use sp_core::H256;
use sp_crypto_hashing::blake2_256;
use std::{io::IsTerminal, path::PathBuf, time::Duration};

/// How far to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Wait {
	/// Until the node's pool has it.
	Pool,
	/// Until it is in a block. A fork can still take that back.
	Block,
	/// Until that block is final.
	Final,
}

/// How calls are signed and sent.
#[derive(Clone, Debug, clap::Args)]
pub struct SigningArgs {
	/// The file with the signer's key, mode 0600; else the environment variable PRAXIS_KEY.
	#[arg(long, value_name = "FILE")]
	pub key_file: Option<PathBuf>,
	/// Sign, let the node try it, print what would be sent and what it costs, and send nothing.
	#[arg(long)]
	pub dry_run: bool,
	/// What to wait for.
	#[arg(long, value_enum, default_value = "block")]
	pub wait: Wait,
	/// Seconds to wait for a transaction.
	#[arg(long, value_name = "SECONDS", default_value_t = 300)]
	pub timeout: u64,
}

/// What became of a call.
#[derive(Clone, Debug)]
pub enum Sent {
	/// It was tried only.
	Tried {
		/// What programs are told.
		told: Value,
		/// What people are.
		text: String,
	},
	/// The pool has it.
	Pooled {
		/// Hash of the transaction.
		transaction: H256,
	},
	/// It is in a block and did what it says.
	Included {
		/// Where, and what it caused.
		receipt: Receipt,
		/// Whether the block is final.
		last: bool,
	},
}

impl Sent {
	/// What it caused, if it is in a block.
	pub fn receipt(&self) -> Option<&Receipt> {
		match self {
			Self::Included { receipt, .. } => Some(receipt),
			_ => None,
		}
	}

	/// For programs.
	pub fn json(&self) -> Value {
		match self {
			Self::Tried { told, .. } => told.clone(),
			Self::Pooled { transaction } => json!({ "transaction": transaction }),
			Self::Included { receipt, last } => json!({
				"transaction": receipt.transaction,
				"block": receipt.block,
				"height": receipt.height,
				"final": last,
				"fee": receipt.fee.map(|fee| fee.to_string()),
			}),
		}
	}

	/// For people: what a call did, if it did it.
	pub fn told(&self, done: &str) -> String {
		match self {
			Self::Tried { text, .. } => text.clone(),
			Self::Pooled { transaction } => format!("sent: transaction {transaction:?} waits in the pool"),
			Self::Included { receipt, last } => {
				let place = if *last { "final " } else { "" };
				format!("{done} ({place}block {})", receipt.height)
			}
		}
	}

	/// For programs, with more.
	pub fn with(&self, more: Value) -> Value {
		let mut told = self.json();
		if let (Value::Object(told), Value::Object(more)) = (&mut told, more) {
			told.extend(more);
		}
		told
	}
}

/// A key that signs calls.
pub struct Signing<'a> {
	chain: &'a Chain,
	args: &'a SigningArgs,
	/// The key.
	pub key: AuthorKey,
}

impl<'a> Signing<'a> {
	/// Loads the key and refuses one that everybody knows, unless the chain is for development.
	pub async fn new(chain: &'a Chain, args: &'a SigningArgs) -> Result<Self, Failure> {
		let key = AuthorKey::load(args.key_file.as_deref())?;
		key.check_chain(&chain.node.chain_type().await?)?;
		Ok(Self { chain, args, key })
	}

	/// Signs a call, lets the node try it, sends it and waits as long as is asked for. `what` says in a few words what it
	/// does.
	///
	/// # Errors
	///
	/// The chain would refuse it, so that it was not sent: `refused`, with the error's name and what to do about it. The same
	/// in a block: `failed`; a fork may still undo that. Not in a block in time: `timeout`.
	pub async fn send(&self, call: PalletCall, what: &str) -> Result<Sent, Failure> {
		let wait = self.args.wait;
		self.send_until(call, what, wait).await
	}

	/// The same, waiting for something else than the options say.
	pub async fn send_until(&self, call: PalletCall, what: &str, wait: Wait) -> Result<Sent, Failure> {
		let Chain { node, encoder, .. } = self.chain;
		let account = self.key.account();
		let at = self.chain.best().await?.hash();
		let sign = |nonce| encoder.signed(&self.key, nonce, call.pallet, call.name, call.clone());
		// Tried with the nonce of the state: what waits in the pool is not in it.
		let nonce = node.nonce(&account, at).await?;
		let tried = sign(nonce)?;
		let rehearsal = rehearse(node, encoder, &tried, at).await?;
		if let Rehearsal::Refused(reason) = &rehearsal {
			return Err(refused(&call, reason));
		}
		if self.args.dry_run {
			let fee = node.fee(&tried, at).await?;
			return Ok(self.tried(&call, fee, &rehearsal));
		}
		let next = node.next_nonce(&account).await?.max(nonce);
		let extrinsic = if next == nonce { tried } else { sign(next)? };
		let transaction: H256 = blake2_256(&extrinsic).into();
		if wait == Wait::Pool {
			node.submit(extrinsic).await.map_err(|error| unpooled(&call, error))?;
			return Ok(Sent::Pooled { transaction });
		}
		let progress = Waiting::new(what, self.chain.json);
		let limit = Duration::from_secs(self.args.timeout);
		let followed = tokio::time::timeout(limit, self.follow(&call, &extrinsic, wait, &progress)).await;
		progress.end();
		let (receipt, last) = followed.map_err(|_| {
			let message = format!("{call} is in no block after {} s", limit.as_secs());
			Failure::running("timeout", message).remedy(format!(
				"it may still come: transaction {transaction:?} waits in the node's pool; are blocks being made?"
			))
		})??;
		match &receipt.refusal {
			Some(refusal) => Err(refused_by(&call, refusal)),
			None => Ok(Sent::Included { receipt, last }),
		}
	}

	/// Says what would be sent.
	fn tried(&self, call: &PalletCall, fee: u128, rehearsal: &Rehearsal) -> Sent {
		let passes = matches!(rehearsal, Rehearsal::Passes);
		let told = json!({
			"dry_run": true,
			"call": call.to_string(),
			"account": self.key.address(),
			"fee": fee.to_string(),
			"passes": passes,
		});
		let verdict = if passes { "it would pass now" } else { "the node does not tell whether it would pass" };
		let text = format!("{call} by {}: {verdict}, for a fee of {}", self.key.address(), self.chain.show(fee));
		Sent::Tried { told, text }
	}

	/// Follows a transaction until it is where it shall be.
	async fn follow(
		&self,
		call: &PalletCall,
		extrinsic: &[u8],
		wait: Wait,
		progress: &Waiting,
	) -> Result<(Receipt, bool), Failure> {
		let Chain { node, encoder, .. } = self.chain;
		let mut news = node.submit_and_watch(extrinsic.to_vec()).await.map_err(|error| unpooled(call, error))?;
		loop {
			let status = match news.next().await {
				Some(Ok(status)) => status,
				Some(Err(error)) => return Err(ChainError::decode("the transaction's status", error).into()),
				None => return Err(node.cause(ChainError::decode("the transaction's status", "it has ended")).into()),
			};
			match Status::read(&status) {
				Status::Pooled => progress.tell("in the pool, waiting for a block"),
				Status::Retracted => progress.tell("a fork took it out again, waiting for another block"),
				Status::Included(block) if wait == Wait::Final => {
					progress.tell(&format!("in block {block:?}, waiting until it is final"));
				}
				Status::Included(block) => return Ok((Receipt::fetch(node, encoder, block, extrinsic).await?, false)),
				Status::Final(block) => return Ok((Receipt::fetch(node, encoder, block, extrinsic).await?, true)),
				Status::Gone(word) => {
					let message = format!("{call}: the pool gave the transaction up: it is {word}");
					return Err(Failure::running("dropped", message).remedy("run the command again"));
				}
			}
		}
	}
}

/// What the pool tells of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Status {
	Pooled,
	Included(H256),
	Retracted,
	Final(H256),
	Gone(String),
}

impl Status {
	fn read(status: &Value) -> Self {
		let hash = |value: &Value| serde_json::from_value::<H256>(value.clone()).ok();
		let (word, content) = match status {
			Value::String(word) => (word.as_str(), &Value::Null),
			Value::Object(fields) => match fields.iter().next() {
				Some((word, content)) => (word.as_str(), content),
				None => ("", &Value::Null),
			},
			_ => ("", &Value::Null),
		};
		match (word, hash(content)) {
			("inBlock", Some(block)) => Self::Included(block),
			("finalized", Some(block)) => Self::Final(block),
			("retracted", _) => Self::Retracted,
			("future" | "ready" | "broadcast", _) => Self::Pooled,
			_ => Self::Gone(word.into()),
		}
	}
}

/// A failure by the chain's own words, `Pallet.Error: meaning`.
fn refused(call: &PalletCall, reason: &str) -> Failure {
	let name = reason.split(':').next().unwrap_or(reason);
	let failure = Failure::running("refused", format!("{call} would fail: {reason}"));
	match remedy(name) {
		Some(remedy) => failure.remedy(remedy),
		None => failure,
	}
}

fn refused_by(call: &PalletCall, refusal: &Refusal) -> Failure {
	let failure = Failure::running("failed", format!("{call} failed in its block: {refusal}"));
	match remedy(&refusal.name) {
		Some(remedy) => failure.remedy(remedy),
		None => failure,
	}
}

/// A failure of the pool.
fn unpooled(call: &PalletCall, error: ChainError) -> Failure {
	/// The pool's word for a transaction that is invalid in itself, for instance one whose fee cannot be paid.
	const INVALID: i32 = 1010;
	match &error {
		ChainError::Call { code: INVALID, .. } => Failure::running("refused", format!("{call}: {error}"))
			.remedy("can the account pay the fee? `praxis-worker worker status ADDRESS` shows its balance"),
		_ => error.into(),
	}
}

/// Tells people that something is waited for: a line that moves on a terminal, plain lines elsewhere.
pub struct Waiting {
	bar: Option<ProgressBar>,
	what: String,
}

impl Waiting {
	/// Begins to tell.
	pub fn new(what: &str, json: bool) -> Self {
		let bar = (std::io::stderr().is_terminal() && !json).then(|| {
			let bar = ProgressBar::new_spinner();
			if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
				bar.set_style(style);
			}
			bar.enable_steady_tick(Duration::from_millis(200));
			bar
		});
		let waiting = Self { bar, what: what.into() };
		waiting.tell("sent");
		waiting
	}

	/// Tells how far it is.
	pub fn tell(&self, state: &str) {
		let line = format!("{}: {state}", self.what);
		match &self.bar {
			Some(bar) => bar.set_message(line),
			None => eprintln!("{line}"),
		}
	}

	/// Ends.
	pub fn end(&self) {
		self.bar.iter().for_each(ProgressBar::finish_and_clear);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn status_should_be_read_as_the_pool_writes_it() {
		let block = format!("0x{}", "07".repeat(32));
		assert_eq!(Status::read(&json!("ready")), Status::Pooled);
		assert_eq!(Status::read(&json!({ "broadcast": ["peer"] })), Status::Pooled);
		assert_eq!(Status::read(&json!({ "inBlock": block })), Status::Included(H256([7; 32])));
		assert_eq!(Status::read(&json!({ "finalized": block })), Status::Final(H256([7; 32])));
		assert_eq!(Status::read(&json!({ "retracted": block })), Status::Retracted);
		for gone in [json!("dropped"), json!("invalid"), json!({ "usurped": block }), json!({}), json!(3)] {
			assert!(matches!(Status::read(&gone), Status::Gone(_)), "{gone}");
		}
	}

	#[test]
	fn refusal_should_come_with_its_name_and_what_to_do() {
		let call = crate::chain::calls::market::cancel(3);
		let failure = refused(&call, "TaskMarket.NotRequester: The task is another's.");
		assert_eq!((failure.kind, failure.code), ("refused", 1));
		assert!(failure.message.contains("TaskMarket.cancel") && failure.message.contains("NotRequester"));
		assert!(failure.remedy.is_some_and(|remedy| remedy.contains("key")));
	}
}
