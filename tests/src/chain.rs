//! What a node's chain holds: answers of the runtime, headers, scores, authors.

use crate::{rpc::from_hex, Rpc};
use codec::Decode;
use praxis_primitives_consensus::{
	digests::{pre_digest_of, PreDigest, Score},
	LearningDigest,
};
use serde_json::{json, Value};
use sp_core::{crypto::AccountId32, sr25519, Pair};
use sp_io::hashing::{blake2_128, twox_128};
use sp_runtime::DigestItem;

/// Calls a runtime API at a block and decodes its answer.
pub fn api<T: Decode>(rpc: &Rpc, name: &str, arguments: &[u8], at: &str) -> T {
	let answer = rpc.runtime(name, arguments, Some(at)).unwrap_or_else(|e| panic!("{name} at {at}: {e}"));
	T::decode(&mut &answer[..]).unwrap_or_else(|e| panic!("{name} at {at} does not decode: {e}"))
}

/// Hash of the block at `number`.
pub fn hash_of(rpc: &Rpc, number: u32) -> String {
	rpc.block_hash(number).unwrap_or_else(|| panic!("no block {number}"))
}

/// The digest of a block, as its header carries it.
fn digest(rpc: &Rpc, hash: &str) -> Vec<DigestItem> {
	let header = rpc.header(Some(hash)).expect("the block is known");
	let logs = header["digest"]["logs"].as_array().expect("a header has logs").clone();
	let decoded = logs.iter().map(|log| DigestItem::decode(&mut &from_hex(log.as_str()?)?[..]).ok());
	decoded.map(|item| item.expect("a digest item decodes")).collect()
}

/// The score of a block.
pub fn score_of(rpc: &Rpc, hash: &str) -> Score {
	let scores: Vec<Score> = digest(rpc, hash).iter().filter_map(DigestItem::as_learning_score).collect();
	assert_eq!(scores.len(), 1, "block {hash} has exactly one score");
	scores[0]
}

/// Author and slot of a block.
pub fn claim_of(rpc: &Rpc, hash: &str) -> PreDigest {
	pre_digest_of(&digest(rpc, hash)).unwrap_or_else(|e| panic!("block {hash}: {e}"))
}

/// The account of a development key such as `//Alice`: its author key has the same bytes.
pub fn account(key: &str) -> AccountId32 {
	sr25519::Pair::from_string(key, None).expect("a development key").public().into()
}

/// Whether the block was authored with the development key `key`.
pub fn is_by(rpc: &Rpc, hash: &str, key: &str) -> bool {
	let author: sr25519::Public = claim_of(rpc, hash).author.into();
	AccountId32::from(author) == account(key)
}

/// Bytes of the extrinsics of a block.
pub fn extrinsics(rpc: &Rpc, hash: &str) -> Vec<Vec<u8>> {
	let block = rpc.call("chain_getBlock", json!([hash])).expect("the block is known");
	let extrinsics = block["block"]["extrinsics"].as_array().expect("a block has extrinsics").clone();
	extrinsics.iter().filter_map(Value::as_str).filter_map(from_hex).collect()
}

/// Key of a storage value.
pub fn storage_key(pallet: &str, item: &str) -> Vec<u8> {
	[twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

/// What was issued of the token, at a block.
pub fn total_issuance(rpc: &Rpc, at: &str) -> u128 {
	let value = rpc.storage(&storage_key("Balances", "TotalIssuance"), Some(at)).expect("storage can be read");
	u128::decode(&mut &value.expect("there is an issuance")[..]).expect("a balance is 16 bytes")
}

/// What the chain keeps of an account, as far as tests ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountInfo {
	/// Transactions so far.
	pub nonce: u32,
	/// Balance that is not on hold, in the token's smallest part.
	pub free: u128,
}

/// What the chain keeps of `who` after block `number`.
pub fn account_info(rpc: &Rpc, who: &AccountId32, number: u32) -> AccountInfo {
	let who: &[u8] = who.as_ref();
	let key = [storage_key("System", "Account"), blake2_128(who).to_vec(), who.to_vec()].concat();
	let value = rpc.storage(&key, Some(&hash_of(rpc, number))).expect("storage can be read");
	let value = value.expect("the account exists");
	// Nonce, three reference counters, and the balance, whose first part is free.
	let (nonce, _, free) = <(u32, [u32; 3], u128)>::decode(&mut &value[..]).expect("an account decodes");
	AccountInfo { nonce, free }
}
