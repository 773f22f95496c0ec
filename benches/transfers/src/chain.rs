//! A node over WebSocket, and transfers for its runtime.

use codec::Decode;
use jsonrpsee::{
	core::client::{ClientT, Subscription, SubscriptionClientT},
	rpc_params,
	ws_client::{WsClient, WsClientBuilder},
};
use serde_json::Value;
use sp_core::{sr25519, Pair};
use sp_crypto_hashing::{blake2_128, twox_128};
use std::{sync::Arc, time::Duration};
use subxt::{
	client::{OfflineClient, OfflineClientAtBlock},
	config::{
		substrate::{SpecVersionForRange, SubstrateConfigBuilder},
		DefaultExtrinsicParamsBuilder, SubstrateConfig,
	},
	dynamic,
	metadata::Metadata,
	tx::Signer,
	utils::{AccountId32, MultiAddress, MultiSignature},
};

/// What a transfer moves: more than any of the chains' existential deposit.
pub const AMOUNT: u128 = 10_000_000_000;

/// What can go wrong, in words.
pub type Result<T> = std::result::Result<T, String>;

/// Makes an error's text.
pub fn text(error: impl std::fmt::Display) -> String {
	error.to_string()
}

/// A node.
pub struct Node {
	client: WsClient,
}

/// A block that the node announced.
pub struct Block {
	/// Its height.
	pub number: u32,
	/// Its extrinsics.
	pub extrinsics: Vec<Vec<u8>>,
}

impl Node {
	/// Connects.
	pub async fn connect(url: &str) -> Result<Self> {
		let client = WsClientBuilder::new()
			.request_timeout(Duration::from_secs(60))
			.max_concurrent_requests(4_096)
			.max_buffer_capacity_per_subscription(1_024)
			.build(url)
			.await
			.map_err(|error| format!("no connection to {url}: {error}; is the node running?"))?;
		Ok(Self { client })
	}

	async fn call(&self, method: &str, params: Vec<Value>) -> Result<Value> {
		let mut list = jsonrpsee::core::params::ArrayParams::new();
		for param in params {
			list.insert(param).map_err(text)?;
		}
		self.client.request(method, list).await.map_err(|error| format!("{method}: {error}"))
	}

	/// Hands a transaction to the pool.
	pub async fn submit(&self, transaction: &[u8]) -> std::result::Result<(), jsonrpsee::core::client::Error> {
		let hex = format!("0x{}", hex::encode(transaction));
		self.client.request::<Value, _>("author_submitExtrinsic", rpc_params![hex]).await.map(drop)
	}

	/// Headers that become the best or the final one.
	pub async fn heads(&self, finalized: bool) -> Result<Subscription<Value>> {
		let (subscribe, unsubscribe) = if finalized {
			("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads")
		} else {
			("chain_subscribeNewHeads", "chain_unsubscribeNewHeads")
		};
		self.client.subscribe(subscribe, rpc_params![], unsubscribe).await.map_err(text)
	}

	/// Hash of the block at a height.
	pub async fn hash(&self, number: u32) -> Result<String> {
		let hash = self.call("chain_getBlockHash", vec![number.into()]).await?;
		hash.as_str().map(str::to_owned).ok_or_else(|| format!("no block {number}"))
	}

	/// The block at a height.
	pub async fn block(&self, number: u32) -> Result<Block> {
		let hash = self.hash(number).await?;
		let block = self.call("chain_getBlock", vec![hash.into()]).await?;
		let extrinsics = block["block"]["extrinsics"].as_array().ok_or("a block without extrinsics")?;
		let extrinsics = extrinsics.iter().map(bytes).collect::<Result<_>>()?;
		Ok(Block { number, extrinsics })
	}

	/// What an account holds after the block at a height; 0 where there is no account.
	pub async fn free(&self, account: &AccountId32, number: u32) -> Result<u128> {
		let hash = self.hash(number).await?;
		let mut key = twox_128(b"System").to_vec();
		key.extend(twox_128(b"Account"));
		key.extend(blake2_128(&account.0));
		key.extend(account.0);
		let value = self.call("state_getStorage", vec![format!("0x{}", hex::encode(key)).into(), hash.into()]).await?;
		if value.is_null() {
			return Ok(0);
		}
		// Four counters, then the balance.
		let (_, free) = <([u32; 4], u128)>::decode(&mut &bytes(&value)?[..]).map_err(text)?;
		Ok(free)
	}

	/// Makes transfers for the node's runtime.
	pub async fn encoder(&self) -> Result<Encoder> {
		let metadata = bytes(&self.call("state_getMetadata", vec![]).await?)?;
		let metadata = Metadata::decode(&mut &metadata[..]).map_err(text)?;
		let genesis: [u8; 32] = bytes(&self.call("chain_getBlockHash", vec![0.into()]).await?)?
			.try_into()
			.map_err(|_| "the genesis hash is not 32 bytes")?;
		let version = self.call("state_getRuntimeVersion", vec![]).await?;
		let field =
			|name: &str| version[name].as_u64().map(|n| n as u32).ok_or_else(|| format!("no {name}: {version}"));
		let (spec_version, transaction_version) = (field("specVersion")?, field("transactionVersion")?);
		let config = SubstrateConfigBuilder::new()
			.set_genesis_hash(genesis.into())
			.set_metadata_for_spec_versions([(spec_version, Arc::new(metadata))])
			.set_spec_version_for_block_ranges([SpecVersionForRange {
				block_range: 0..u64::MAX,
				spec_version,
				transaction_version,
			}])
			.build();
		let client = OfflineClient::new_with_config(config).at_block(0u64).map_err(text)?;
		Ok(Encoder { client })
	}
}

/// The bytes that a `0x…` text stands for.
fn bytes(value: &Value) -> Result<Vec<u8>> {
	let text = value.as_str().and_then(|text| text.strip_prefix("0x"));
	text.and_then(|text| hex::decode(text).ok()).ok_or_else(|| format!("{value} is not hexadecimal"))
}

/// Height of a header as subscriptions push it.
pub fn height(header: &Value) -> Result<u32> {
	let text = header["number"].as_str().and_then(|text| text.strip_prefix("0x"));
	text.and_then(|text| u32::from_str_radix(text, 16).ok()).ok_or_else(|| format!("no height in {header}"))
}

/// A development account and the sink that it fills.
pub struct Account {
	pair: sr25519::Pair,
	/// Where its transfers go.
	pub sink: AccountId32,
}

impl Account {
	/// The account of a secret such as `//Alice`.
	pub fn new(secret: &str) -> Result<Self> {
		let derive = |secret: &str| sr25519::Pair::from_string(secret, None).map_err(|e| format!("{secret}: {e:?}"));
		Ok(Self { pair: derive(secret)?, sink: AccountId32(derive(&format!("{secret}//sink"))?.public().0) })
	}
}

impl Signer<SubstrateConfig> for Account {
	fn account_id(&self) -> AccountId32 {
		AccountId32(self.pair.public().0)
	}

	fn sign(&self, payload: &[u8]) -> MultiSignature {
		MultiSignature::Sr25519(self.pair.sign(payload).0)
	}
}

/// Makes signed transfers offline.
pub struct Encoder {
	client: OfflineClientAtBlock<SubstrateConfig>,
}

impl Encoder {
	/// A signed transfer to the account's sink: immortal, without a tip.
	pub fn transfer(&self, account: &Account, nonce: u32) -> Result<Vec<u8>> {
		let to: MultiAddress<AccountId32, ()> = MultiAddress::Id(account.sink);
		let call = dynamic::tx("Balances", "transfer_keep_alive", (to, AMOUNT));
		let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new().immortal().nonce(nonce.into()).build();
		let transactions = self.client.tx();
		let mut transaction = transactions.create_v4_signable_offline(&call, params).map_err(text)?;
		Ok(transaction.sign(account).map_err(text)?.into_encoded())
	}
}
