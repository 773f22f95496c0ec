//! The connection of a student, a teacher or a trainer: what is the same for all blocks, and what is sent in one.

use crate::{
	chain::{
		extrinsic::Encoder,
		keys::AuthorKey,
		market::{rehearse, Rehearsal},
		rpc::Node,
		teaching::{self, Call},
		ChainError,
	},
	commands::{remedy, work::tell::Token, Failure},
};
use sp_core::H256;
use std::time::Duration;

/// Between two looks at the best block, where no subscription tells.
const LOOK: Duration = Duration::from_millis(500);

/// Pauses between tries to reach the node.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Why something over a connection ended.
#[derive(Debug)]
pub enum End {
	/// A new connection may help.
	Chain(ChainError),
	/// Nothing does.
	Failure(Failure),
}

impl From<ChainError> for End {
	fn from(error: ChainError) -> Self {
		Self::Chain(error)
	}
}

impl From<Failure> for End {
	fn from(failure: Failure) -> Self {
		Self::Failure(failure)
	}
}

impl From<End> for Failure {
	fn from(end: End) -> Self {
		match end {
			End::Chain(error @ ChainError::Address { .. }) => Self::input("node", error),
			End::Chain(error) => Self::running(error.advice().0, error),
			End::Failure(failure) => failure,
		}
	}
}

/// A connection, and what it takes to sign over it.
pub struct Link {
	/// The node.
	pub node: Node,
	/// Makes transactions.
	pub encoder: Encoder,
	/// Signs them.
	pub key: AuthorKey,
	/// The chain's token.
	pub token: Token,
	/// Hash of the genesis block.
	pub genesis: H256,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
	/// It is in the pool.
	Pooled,
	/// It would fail, and this is why.
	Refused(String),
}

impl Link {
	/// Connects once.
	pub async fn connect(url: &str, key: &AuthorKey) -> Result<Self, End> {
		let node = Node::connect(url).await?;
		let genesis = node.genesis_hash().await?;
		key.check_chain(&node.chain_type().await?).map_err(Failure::from)?;
		let encoder = Encoder::new(&node.metadata().await?, genesis, node.runtime_version().await?)?;
		let (symbol, decimals) = node.token().await?;
		Ok(Self { node, encoder, key: key.clone(), token: Token { symbol, decimals }, genesis })
	}

	/// Connects, and keeps trying while there is no connection.
	pub async fn patient(url: &str, key: &AuthorKey) -> Result<Self, Failure> {
		let mut pause = FIRST_PAUSE;
		loop {
			match Self::connect(url, key).await {
				Err(End::Chain(error)) if error.is_disconnect() => {
					if pause == FIRST_PAUSE {
						eprintln!("{error}; trying again");
					}
				}
				Err(end) => return Err(end.into()),
				Ok(link) => return Ok(link),
			}
			tokio::time::sleep(pause).await;
			pause = (pause * 2).min(LONGEST_PAUSE);
		}
	}

	/// What can be sent upon the best block.
	pub async fn turn(&self) -> Result<Turn<'_>, ChainError> {
		let header = self.node.best_header().await?;
		let at = header.hash();
		let first = self.node.nonce(&self.key.account(), at).await?;
		Ok(Turn { link: self, at, height: header.number(), first, next: first })
	}

	/// Sends a call until `done` says of the state that it has what the call was for; a call that would fail is an error.
	pub async fn settle<T, F>(&self, call: &Call, mut done: impl FnMut(H256) -> F) -> Result<T, End>
	where
		F: std::future::Future<Output = Result<Option<T>, ChainError>>,
	{
		loop {
			let mut turn = self.turn().await?;
			if let Some(found) = done(turn.at).await? {
				return Ok(found);
			}
			if let Sent::Refused(reason) = turn.send(call).await? {
				return Err(refused(call, &reason).into());
			}
			let height = turn.height;
			while self.node.best_header().await?.number() <= height {
				tokio::time::sleep(LOOK).await;
			}
		}
	}
}

/// A call that would fail, with what to do about it where that is known.
pub fn refused(call: &Call, reason: &str) -> Failure {
	let failure = Failure::running("refused", format!("{}: {reason}", call.name()));
	match remedy(reason.split(':').next().unwrap_or(reason)) {
		Some(remedy) => failure.remedy(remedy),
		None => failure,
	}
}

/// What is sent upon one block. The same calls are sent with every block until they are in one: the pool refuses what it
/// has.
pub struct Turn<'a> {
	link: &'a Link,
	/// The best block.
	pub at: H256,
	/// Its height.
	pub height: u32,
	/// The nonce in its state.
	first: u32,
	/// The next nonce.
	next: u32,
}

impl Turn<'_> {
	/// Sends a call, if it would pass in the state of the block.
	pub async fn send(&mut self, call: &Call) -> Result<Sent, ChainError> {
		let Link { node, encoder, key, .. } = self.link;
		let extrinsic = teaching::signed(encoder, key, self.first, call)?;
		match rehearse(node, encoder, &extrinsic, self.at).await? {
			Rehearsal::Refused(reason) => Ok(Sent::Refused(reason)),
			Rehearsal::Passes | Rehearsal::Unknown => self.follow(call).await,
		}
	}

	/// Sends a call that passes only after those that were sent before.
	pub async fn follow(&mut self, call: &Call) -> Result<Sent, ChainError> {
		/// The pool has the same transaction, or one with its nonce.
		const KNOWN: [i32; 2] = [1013, 1014];
		let Link { node, encoder, key, .. } = self.link;
		let extrinsic = teaching::signed(encoder, key, self.next, call)?;
		match node.submit(extrinsic).await {
			Ok(_) => {}
			Err(ChainError::Call { code, .. }) if KNOWN.contains(&code) => {}
			Err(error) if error.is_disconnect() => return Err(error),
			Err(error) => {
				if node.runtime_version().await? != encoder.version() {
					return Err(ChainError::Connection {
						url: "the node".into(),
						reason: "the runtime was upgraded".into(),
					});
				}
				return Ok(Sent::Refused(error.to_string()));
			}
		}
		self.next += 1;
		Ok(Sent::Pooled)
	}
}
