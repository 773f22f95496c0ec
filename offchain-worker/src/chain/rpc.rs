//! The connection to the node: typed calls and subscriptions over one WebSocket.

use super::{
	keys::ChainType,
	types::{decode, AuthorStatus, Header, Health, OracleEnvironment, Record, RuntimeVersion, WorkItem},
	ChainError,
};
use codec::{Decode, Encode};
use jsonrpsee::{
	core::client::{ClientT, Error as RpcError, Subscription, SubscriptionClientT},
	core::params::ArrayParams,
	rpc_params,
	ws_client::{PingConfig, WsClient, WsClientBuilder},
};
use praxis_environment::Real;
use serde::de::DeserializeOwned;
use sp_core::{crypto::AccountId32, Bytes, H256};
use sp_crypto_hashing::{blake2_128, twox_128};
use std::{sync::Arc, time::Duration};

/// How long one call may take. The longest, metadata, takes 0.1 s on an idle node.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to a node. Clones share it.
#[derive(Clone, Debug)]
pub struct Node {
	client: Arc<WsClient>,
	url: String,
}

impl Node {
	/// Connects once.
	pub async fn connect(url: &str) -> Result<Self, ChainError> {
		check_address(url)?;
		let ping = PingConfig::new().ping_interval(Duration::from_secs(10)).inactive_limit(Duration::from_secs(30));
		let client = WsClientBuilder::new()
			.connection_timeout(CONNECTION_TIMEOUT)
			.request_timeout(CALL_TIMEOUT)
			.enable_ws_ping(ping)
			.build(url)
			.await
			.map_err(|error| ChainError::Connection { url: url.into(), reason: error.to_string() })?;
		Ok(Self { client: Arc::new(client), url: url.into() })
	}

	/// Its address.
	pub fn url(&self) -> &str {
		&self.url
	}

	/// Completes when the connection is gone.
	pub async fn disconnected(&self) -> ChainError {
		self.client.on_disconnect().await;
		self.lost()
	}

	/// What ended a session: a subscription often ends a moment before its connection is known to be gone.
	pub fn cause(&self, error: ChainError) -> ChainError {
		if self.client.is_connected() {
			error
		} else {
			self.lost()
		}
	}

	fn lost(&self) -> ChainError {
		ChainError::Connection { url: self.url.clone(), reason: "the connection was lost".into() }
	}

	pub(super) async fn request<R: DeserializeOwned>(
		&self,
		method: &str,
		params: ArrayParams,
	) -> Result<R, ChainError> {
		self.client.request(method, params).await.map_err(|error| self.error(method, error))
	}

	fn error(&self, method: &str, error: RpcError) -> ChainError {
		match error {
			RpcError::Call(error) => ChainError::Call {
				method: method.into(),
				code: error.code(),
				message: error.message().into(),
				// Details come as a JSON string.
				data: error
					.data()
					.map(|data| serde_json::from_str::<String>(data.get()).unwrap_or_else(|_| data.get().to_string())),
			},
			RpcError::ParseError(error) => ChainError::decode(format!("the answer to {method}"), error),
			other => ChainError::Connection { url: self.url.clone(), reason: format!("{method}: {other}") },
		}
	}

	/// Calls a runtime API in the state of a block, by default the best.
	pub async fn call<R: Decode>(
		&self,
		function: &str,
		arguments: impl Encode,
		at: Option<H256>,
	) -> Result<R, ChainError> {
		let result: Bytes = self.request("state_call", rpc_params![function, Bytes(arguments.encode()), at]).await?;
		decode(&format!("the result of {function}"), &result)
	}

	/// Hash of the genesis block.
	pub async fn genesis_hash(&self) -> Result<H256, ChainError> {
		self.request("chain_getBlockHash", rpc_params![0]).await
	}

	/// Hash of the canonical block at a height, if there is one.
	pub async fn block_hash(&self, number: u32) -> Result<Option<H256>, ChainError> {
		self.request("chain_getBlockHash", rpc_params![number]).await
	}

	/// Header of a block, if the node has it.
	pub async fn header(&self, hash: H256) -> Result<Option<Header>, ChainError> {
		self.request("chain_getHeader", rpc_params![hash]).await
	}

	/// Hash of the last final block.
	pub async fn finalised_hash(&self) -> Result<H256, ChainError> {
		self.request("chain_getFinalizedHead", rpc_params![]).await
	}

	/// Version of the node.
	pub async fn version(&self) -> Result<String, ChainError> {
		self.request("system_version", rpc_params![]).await
	}

	/// Award for a block of a reward upon a block, in the token's smallest part, before the supply cap.
	pub async fn award_of(&self, reward: Real, parent: H256) -> Result<u128, ChainError> {
		self.call("RewardsApi_award_of", reward, Some(parent)).await
	}

	/// Least bond of an author, in the token's smallest part.
	pub async fn minimum_bond(&self) -> Result<u128, ChainError> {
		self.call("WorkersApi_minimum_bond", (), None).await
	}

	/// What an account holds: free and reserved, in the token's smallest part. Nothing where it does not exist.
	pub async fn balance(&self, account: &AccountId32) -> Result<Option<(u128, u128)>, ChainError> {
		let encoded = account.encode();
		let key = [&twox_128(b"System")[..], &twox_128(b"Account"), &blake2_128(&encoded), &encoded].concat();
		let value: Option<Bytes> = self.request("state_getStorage", rpc_params![Bytes(key)]).await?;
		let Some(value) = value else { return Ok(None) };
		// Nonce, consumers, providers, sufficients; then free, reserved, frozen, flags.
		let (_, free, reserved, _, _): ([u32; 4], u128, u128, u128, u128) = decode("the account", &value)?;
		Ok(Some((free, reserved)))
	}

	/// The chain's token: its symbol and its decimals, where its specification tells.
	pub async fn token(&self) -> Result<(String, u32), ChainError> {
		let properties: serde_json::Value = self.request("system_properties", rpc_params![]).await?;
		let first = |name: &str| match &properties[name] {
			serde_json::Value::Array(values) => values.first().cloned().unwrap_or_default(),
			value => value.clone(),
		};
		let symbol = first("tokenSymbol").as_str().unwrap_or("units").to_string();
		Ok((symbol, first("tokenDecimals").as_u64().and_then(|number| number.try_into().ok()).unwrap_or_default()))
	}

	/// Name of the chain.
	pub async fn chain_name(&self) -> Result<String, ChainError> {
		self.request("system_chain", rpc_params![]).await
	}

	/// Type of the chain.
	pub async fn chain_type(&self) -> Result<ChainType, ChainError> {
		let value: serde_json::Value = self.request("system_chainType", rpc_params![]).await?;
		Ok(ChainType::from(&value))
	}

	/// Version of the runtime in the best block's state.
	pub async fn runtime_version(&self) -> Result<RuntimeVersion, ChainError> {
		self.request("state_getRuntimeVersion", rpc_params![]).await
	}

	/// Metadata of the runtime, in the newest version that the worker reads.
	pub async fn metadata(&self) -> Result<Vec<u8>, ChainError> {
		for version in [16u32, 15] {
			// An opaque metadata is its bytes with their length.
			let metadata: Option<Vec<u8>> = self.call("Metadata_metadata_at_version", version, None).await?;
			if let Some(metadata) = metadata {
				return Ok(metadata);
			}
		}
		let metadata: Bytes = self.request("state_getMetadata", rpc_params![]).await?;
		Ok(metadata.0)
	}

	/// The next nonce of an account after a block.
	pub async fn nonce(&self, account: &AccountId32, at: H256) -> Result<u32, ChainError> {
		self.call("AccountNonceApi_account_nonce", account, Some(at)).await
	}

	/// Hands a transaction to the pool.
	pub async fn submit(&self, extrinsic: Vec<u8>) -> Result<H256, ChainError> {
		self.request("author_submitExtrinsic", rpc_params![Bytes(extrinsic)]).await
	}

	/// Hands a transaction to the pool and tells what becomes of it.
	pub async fn submit_and_watch(&self, extrinsic: Vec<u8>) -> Result<Subscription<serde_json::Value>, ChainError> {
		let method = "author_submitAndWatchExtrinsic";
		let params = rpc_params![Bytes(extrinsic)];
		self.client
			.subscribe(method, params, "author_unwatchExtrinsic")
			.await
			.map_err(|error| self.error(method, error))
	}

	/// The oracle's environment.
	pub async fn environment(&self) -> Result<OracleEnvironment, ChainError> {
		self.call("OracleApi_environment", (), None).await
	}

	/// What block `number` recorded, asked in the state of that block.
	pub async fn record(&self, number: u32, at: H256) -> Result<Option<Record>, ChainError> {
		self.call("OracleApi_record", number, Some(at)).await
	}

	/// Account of an author's key.
	pub async fn author_account(&self, key: [u8; 32], at: H256) -> Result<Option<AccountId32>, ChainError> {
		self.call("LearningApi_author_account", key, Some(at)).await
	}

	/// Number of authors.
	pub async fn author_count(&self) -> Result<u32, ChainError> {
		self.call("LearningApi_author_count", (), None).await
	}

	/// What the chain knows of an account as an author.
	pub async fn author_status(&self, account: &AccountId32) -> Result<Option<AuthorStatus>, ChainError> {
		self.call("WorkersApi_author_status", account, None).await
	}

	/// Length of a slot.
	pub async fn slot_duration(&self) -> Result<Duration, ChainError> {
		let milliseconds: u64 = self.call("LearningApi_slot_duration", (), None).await?;
		Ok(Duration::from_millis(milliseconds))
	}

	/// The best block's header.
	pub async fn best_header(&self) -> Result<Header, ChainError> {
		self.request("chain_getHeader", rpc_params![]).await
	}

	/// Peers and whether the node is catching up.
	pub async fn health(&self) -> Result<Health, ChainError> {
		self.request("system_health", rpc_params![]).await
	}

	/// Roles of the node: an author's has `Authority`.
	pub async fn roles(&self) -> Result<Vec<String>, ChainError> {
		self.request("system_nodeRoles", rpc_params![]).await
	}

	/// Whether the node's keystore holds the secret of an author's key.
	pub async fn has_author_key(&self, key: [u8; 32]) -> Result<bool, ChainError> {
		self.request("author_hasKey", rpc_params![Bytes(key.to_vec()), "lern"]).await
	}

	async fn subscribe<T: DeserializeOwned>(
		&self,
		method: &str,
		unsubscribe: &str,
	) -> Result<Subscription<T>, ChainError> {
		self.client.subscribe(method, rpc_params![], unsubscribe).await.map_err(|error| self.error(method, error))
	}

	/// Work for the node's author.
	pub async fn subscribe_work(&self) -> Result<Subscription<WorkItem>, ChainError> {
		self.subscribe("learning_subscribeWork", "learning_unsubscribeWork").await
	}

	/// The best block, whenever it changes.
	pub async fn subscribe_best(&self) -> Result<Subscription<Header>, ChainError> {
		self.subscribe("chain_subscribeNewHeads", "chain_unsubscribeNewHeads").await
	}

	/// The final blocks.
	pub async fn subscribe_finalised(&self) -> Result<Subscription<Header>, ChainError> {
		self.subscribe("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads").await
	}

	/// Every imported block, those of losing forks included.
	pub async fn subscribe_all(&self) -> Result<Subscription<Header>, ChainError> {
		self.subscribe("chain_subscribeAllHeads", "chain_unsubscribeAllHeads").await
	}
}

/// Refuses what no retry could make an address.
fn check_address(url: &str) -> Result<(), ChainError> {
	let refuse = |reason: &str| Err(ChainError::Address { url: url.into(), reason: reason.into() });
	let Some((scheme, rest)) = url.split_once("://") else {
		return refuse("it has no scheme");
	};
	if !matches!(scheme, "ws" | "wss") {
		return refuse("its scheme is neither ws nor wss");
	}
	if rest.is_empty() || rest.starts_with(['/', ':']) || rest.contains(char::is_whitespace) {
		return refuse("it names no host");
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn addresses_should_be_told_from_other_text() {
		for good in ["ws://127.0.0.1:9944", "ws://localhost:1", "wss://node.example/rpc", "ws://[::1]:9944"] {
			assert!(check_address(good).is_ok(), "{good}");
		}
		for bad in ["", "127.0.0.1:9944", "http://127.0.0.1:9944", "ws://", "ws://:9944", "ws:// a"] {
			assert!(matches!(check_address(bad), Err(ChainError::Address { .. })), "{bad}");
		}
	}

	#[tokio::test]
	async fn a_closed_port_should_be_a_connection_error() {
		// A port that was free a moment ago, on loopback.
		let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
		let error = Node::connect(&format!("ws://127.0.0.1:{port}")).await.expect_err("nobody listens");
		assert!(error.is_disconnect(), "{error}");
	}
}
