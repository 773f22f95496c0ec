//! What people ask of the chain beside tasks: models, sales, workers, how far a judgement is, how long blocks take.

use super::{market::Worker, rpc::Node, types::decode, ChainError};
use codec::{Decode, Encode};
use jsonrpsee::rpc_params;
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::{
	JobId, ModelView, OfferId, OfferView, PolicyHash, Progress, RankedApplicant, Sale, SaleId, TaskId,
};
use serde::Deserialize;
use sp_core::{crypto::AccountId32, Bytes, H256};
use sp_crypto_hashing::{twox_128, twox_64};
use std::time::Duration;

/// A model of this chain.
pub type Model = ModelView<AccountId32, u128, u32>;

/// A sale of this chain.
pub type SaleOf = Sale<AccountId32, u128, u32>;

/// An offer of this chain.
pub type Offer = OfferView<AccountId32, u128>;

/// An applicant of this chain.
pub type Applicant = RankedApplicant<AccountId32, u128>;

/// Bytes of a hash that stands before a key in a map.
const HASHED: usize = 16;

/// Keys of one answer, and of all: what a person can look through.
const PAGE: u32 = 256;
const MOST: usize = 1_024;

impl Node {
	/// A storage value.
	pub async fn storage(&self, key: &[u8], at: Option<H256>) -> Result<Option<Vec<u8>>, ChainError> {
		let value: Option<Bytes> = self.request("state_getStorage", rpc_params![Bytes(key.to_vec()), at]).await?;
		Ok(value.map(|value| value.0))
	}

	/// The keys of a map whose hasher keeps them readable, at most [`MOST`].
	async fn keys<K: Decode>(&self, pallet: &str, map: &str, at: H256) -> Result<Vec<K>, ChainError> {
		let prefix = [twox_128(pallet.as_bytes()), twox_128(map.as_bytes())].concat();
		let mut keys = Vec::new();
		let mut start: Option<Bytes> = None;
		loop {
			let params = rpc_params![Bytes(prefix.clone()), PAGE, start, at];
			let page: Vec<Bytes> = self.request("state_getKeysPaged", params).await?;
			for key in &page {
				let key = key.get(prefix.len() + HASHED..).unwrap_or_default();
				keys.push(
					K::decode(&mut &key[..]).map_err(|error| ChainError::decode(format!("a key of {map}"), error))?,
				);
			}
			match page.last() {
				Some(last) if page.len() as u32 == PAGE && keys.len() < MOST => start = Some(last.clone()),
				_ => return Ok(keys),
			}
		}
	}

	/// The transactions of a block.
	pub async fn extrinsics(&self, block: H256) -> Result<Vec<Vec<u8>>, ChainError> {
		#[derive(Deserialize)]
		struct Signed {
			block: Body,
		}
		#[derive(Deserialize)]
		struct Body {
			extrinsics: Vec<Bytes>,
		}
		let found: Option<Signed> = self.request("chain_getBlock", rpc_params![block]).await?;
		let found = found.ok_or_else(|| ChainError::decode("the block", "the node does not have it"))?;
		Ok(found.block.extrinsics.into_iter().map(|extrinsic| extrinsic.0).collect())
	}

	/// The next nonce of an account, what waits in the pool counted.
	pub async fn next_nonce(&self, account: &AccountId32) -> Result<u32, ChainError> {
		use sp_core::crypto::Ss58Codec;
		self.request("system_accountNextIndex", rpc_params![account.to_ss58check()]).await
	}

	/// What a transaction costs, in the token's smallest part.
	pub async fn fee(&self, extrinsic: &[u8], at: H256) -> Result<u128, ChainError> {
		/// The SDK's `RuntimeDispatchInfo`: weight, class, fee.
		type Info = ((codec::Compact<u64>, codec::Compact<u64>), u8, u128);
		/// A transaction as it is in a block, and its length.
		struct Query<'a>(&'a [u8]);
		impl Encode for Query<'_> {
			fn encode(&self) -> Vec<u8> {
				[self.0, &(self.0.len() as u32).encode()].concat()
			}
		}
		let (_, _, fee): Info = self.call("TransactionPaymentApi_query_info", Query(extrinsic), Some(at)).await?;
		Ok(fee)
	}

	/// How long a block takes of late.
	pub async fn pace(&self) -> Result<Duration, ChainError> {
		/// Blocks that are looked back.
		const WINDOW: u32 = 100;
		let slot = self.slot_duration().await?;
		let best = self.best_header().await?;
		let first = best.number().saturating_sub(WINDOW).max(1);
		let older = match self.block_hash(first).await? {
			Some(hash) => self.header(hash).await?,
			None => None,
		};
		let slots = |header: &super::types::Header| header.claim().slot;
		let passed = older.as_ref().and_then(slots).zip(slots(&best)).map(|(from, to)| to.saturating_sub(from));
		Ok(match (passed, best.number().saturating_sub(first)) {
			(Some(slots), blocks @ 1..) if slots > 0 => slot.mul_f64(slots as f64 / f64::from(blocks)),
			_ => slot,
		})
	}
}

/// A task's applicants, best first.
pub async fn ranking(node: &Node, task: TaskId, at: H256) -> Result<Vec<Applicant>, ChainError> {
	node.call("TaskMarketApi_ranking", task, Some(at)).await
}

/// How far a judgement is; none when it is done.
pub async fn progress(node: &Node, job: JobId, at: H256) -> Result<Option<Progress>, ChainError> {
	node.call("EvaluationApi_progress", job, Some(at)).await
}

/// A model.
pub async fn model(node: &Node, policy: &PolicyHash, at: H256) -> Result<Option<Model>, ChainError> {
	node.call("ModelsApi_model", policy, Some(at)).await
}

/// The best models of an environment, best first.
pub async fn models(
	node: &Node,
	environment: &TaskEnvironment,
	count: u32,
	at: H256,
) -> Result<Vec<Model>, ChainError> {
	node.call("ModelsApi_models", (environment, 0u32, count), Some(at)).await
}

/// The best model of each of the most similar environments, with the similarity in billionths.
pub async fn similar(
	node: &Node,
	environment: &TaskEnvironment,
	count: u32,
	at: H256,
) -> Result<Vec<(u32, Model)>, ChainError> {
	node.call("ModelsApi_similar", (environment, count), Some(at)).await
}

/// The environments in which there are models.
pub async fn environments(node: &Node, at: H256) -> Result<Vec<TaskEnvironment>, ChainError> {
	node.keys("Models", "ByEnvironment", at).await
}

/// An offer that is open, or has sales that are not over. It outlives its model.
pub async fn offer(node: &Node, id: OfferId, at: H256) -> Result<Option<Offer>, ChainError> {
	/// As `pallet-models` stores it: policy, seller, CID; hashes of the ciphertext and of the key; price, bond; places, open
	/// sales, closed; sold, missed.
	type Stored = ((H256, AccountId32, Vec<u8>), (H256, H256), (u128, u128), (u32, u32, bool), (u32, u32));
	let encoded = id.encode();
	let key = [&twox_128(b"Models")[..], &twox_128(b"Offers"), &twox_64(&encoded), &encoded].concat();
	let Some(bytes) = node.storage(&key, Some(at)).await? else { return Ok(None) };
	let ((policy, seller, cid), (ciphertext, key_hash), (price, bond), (places, open, closed), (sold, missed)): Stored =
		decode("the offer", &bytes)?;
	Ok(Some(OfferView {
		id,
		policy,
		seller,
		cid,
		ciphertext,
		key_hash,
		price,
		bond,
		places,
		open,
		closed,
		sold,
		missed,
	}))
}

/// A sale that is not over.
pub async fn sale(node: &Node, id: SaleId, at: H256) -> Result<Option<SaleOf>, ChainError> {
	node.call("ModelsApi_sale", id, Some(at)).await
}

/// The sales that are not over in which an account buys or sells.
pub async fn sales_of(node: &Node, account: &AccountId32, at: H256) -> Result<Vec<(SaleId, SaleOf)>, ChainError> {
	node.call("ModelsApi_sales_of", account, Some(at)).await
}

/// The workers.
pub async fn workers(node: &Node, at: H256) -> Result<Vec<Worker>, ChainError> {
	let owners: Vec<AccountId32> = node.keys("Workers", "Workers", at).await?;
	let mut workers = Vec::with_capacity(owners.len());
	for owner in owners {
		workers.extend(super::market::worker(node, &owner, at).await?);
	}
	Ok(workers)
}
