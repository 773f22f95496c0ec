//! What the node says, as the worker reads it: the same encodings as in `praxis-primitives-consensus`, without the SDK
//! crates behind that.

use super::ChainError;
use codec::{Compact, Decode, Encode};
use praxis_environment::{AnyState, EnvironmentId, Real, Seed};
use serde::Deserialize;
use sp_core::{crypto::AccountId32, Blake2Hasher, Bytes, Hasher, H256};

/// The engine's identifier in digests.
const ENGINE_ID: [u8; 4] = *b"PoLe";

/// A work item as `learning_subscribeWork` pushes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkItem {
	/// Hash of the block to build upon.
	pub parent: H256,
	/// Height of the block to build.
	pub number: u32,
	/// Slot of the block to build.
	pub slot: u64,
	/// Number of the first transition, counted from genesis.
	pub step: u64,
	/// SCALE encoding of the state that the transitions start from.
	pub state: Bytes,
	/// Seed of the noise.
	pub noise: H256,
	/// K: transitions that the block records.
	pub steps_per_block: u32,
	/// Account that must sign.
	pub author: AccountId32,
	/// Key that seals the block.
	pub author_key: H256,
	/// Until when a submission can be included, in milliseconds of Unix time.
	pub deadline: u64,
}

/// The most transitions that a block may be asked for. A pallet bounds it far below; this guards the worker's memory.
pub const MAX_STEPS_PER_BLOCK: u32 = 65_536;

/// A work item whose state is decoded and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
	/// Hash of the block to build upon.
	pub parent: H256,
	/// Height of the block to build.
	pub number: u32,
	/// Slot of the block to build.
	pub slot: u64,
	/// Number of the first transition, counted from genesis.
	pub step: u64,
	/// The state that the transitions start from.
	pub state: AnyState,
	/// Seed of the noise.
	pub noise: Seed,
	/// K: transitions that the block records.
	pub steps: u32,
	/// Account that must sign.
	pub author: AccountId32,
	/// Until when a submission can be included, in milliseconds of Unix time.
	pub deadline: u64,
}

impl TryFrom<WorkItem> for Work {
	type Error = ChainError;

	fn try_from(item: WorkItem) -> Result<Self, ChainError> {
		if item.steps_per_block == 0 || item.steps_per_block > MAX_STEPS_PER_BLOCK {
			let reason = format!("{} steps in a block; 1 to {MAX_STEPS_PER_BLOCK} are possible", item.steps_per_block);
			return Err(ChainError::decode("the work item", reason));
		}
		Ok(Self {
			parent: item.parent,
			number: item.number,
			slot: item.slot,
			step: item.step,
			state: state(&item.state)?,
			noise: Seed(item.noise.0),
			steps: item.steps_per_block,
			author: item.author,
			deadline: item.deadline,
		})
	}
}

/// Decodes a state of the oracle and checks that it can occur.
pub fn state(bytes: &[u8]) -> Result<AnyState, ChainError> {
	let state: AnyState = decode("the oracle's state", bytes)?;
	state.validate().map_err(|error| ChainError::decode("the oracle's state", error))?;
	Ok(state)
}

/// Decodes all of some bytes.
pub fn decode<T: Decode>(what: &str, bytes: &[u8]) -> Result<T, ChainError> {
	let rest = &mut &bytes[..];
	let value = T::decode(rest).map_err(|error| ChainError::decode(what, error))?;
	match rest.len() {
		0 => Ok(value),
		left => Err(ChainError::decode(what, format!("{left} bytes are left over"))),
	}
}

/// The oracle's environment: `OracleApi_environment`.
#[derive(Clone, Debug, PartialEq, Eq, Decode, Encode)]
pub struct OracleEnvironment {
	/// Its identifier.
	pub id: EnvironmentId,
	/// Its name.
	pub name: String,
	/// Number of actions.
	pub actions: u32,
	/// Length of an observation.
	pub observation: u32,
	/// K: transitions that a block records.
	pub steps_per_block: u32,
	/// The oracle restarts its episode every so many blocks.
	pub episode_blocks: u32,
}

/// What a block recorded: `OracleApi_record`.
#[derive(Clone, Debug, PartialEq, Eq, Decode, Encode)]
pub struct Record {
	/// Height of the block.
	pub number: u32,
	/// Slot of the block.
	pub slot: u64,
	/// Account of the block's author.
	pub author: AccountId32,
	/// Number of the first transition, counted from genesis.
	pub step: u64,
	/// SCALE encoding of the state before the first transition.
	pub state: Vec<u8>,
	/// Seed of the noise in these transitions.
	pub noise: [u8; 32],
	/// The actions.
	pub actions: Vec<u8>,
	/// Exact mean normalised reward.
	pub reward: Real,
	/// Hash of the policy that the author says it used.
	pub policy_hash: H256,
}

/// What the chain knows of an account as an author: `WorkersApi_author_status`.
#[derive(Clone, Debug, PartialEq, Eq, Decode, Encode)]
pub struct AuthorStatus {
	/// Its author key.
	pub key: [u8; 32],
	/// Amount on hold.
	pub bond: u128,
	/// Height from which it may author.
	pub active_from: u32,
	/// Height at which its bond is free, if it is leaving.
	pub unbonds_at: Option<u32>,
}

/// The parts of the runtime's version that transactions depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeVersion {
	/// Version of the runtime.
	pub spec_version: u32,
	/// Version of its transactions.
	pub transaction_version: u32,
}

/// `system_health`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
	/// Peers that the node is connected to.
	pub peers: u32,
	/// Whether it is catching up.
	pub is_syncing: bool,
	/// Whether it should have peers.
	pub should_have_peers: bool,
}

/// A header as subscriptions push it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
	/// Hash of the parent.
	pub parent_hash: H256,
	/// Height, as a hexadecimal number.
	number: HexNumber,
	/// Root of the state.
	pub state_root: H256,
	/// Root of the extrinsics.
	pub extrinsics_root: H256,
	/// The digests.
	digest: Digest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct HexNumber(u32);

impl TryFrom<String> for HexNumber {
	type Error = String;

	fn try_from(text: String) -> Result<Self, String> {
		let digits = text.strip_prefix("0x").ok_or_else(|| format!("`{text}` is not a hexadecimal number"))?;
		u32::from_str_radix(digits, 16).map(Self).map_err(|error| format!("`{text}`: {error}"))
	}
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Digest {
	logs: Vec<Bytes>,
}

/// What the engine's digests in a header say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claim {
	/// Key of the author.
	pub author_key: Option<[u8; 32]>,
	/// Slot of the block.
	pub slot: Option<u64>,
	/// Reward of the block, floored to 1/64.
	pub reward: Real,
	/// Sum of the rewards up to and with this block.
	pub cumulative: Real,
}

impl Header {
	/// Height of the block.
	pub fn number(&self) -> u32 {
		self.number.0
	}

	/// Hash of the block.
	pub fn hash(&self) -> H256 {
		let mut bytes = self.parent_hash.encode();
		Compact(self.number.0).encode_to(&mut bytes);
		self.state_root.encode_to(&mut bytes);
		self.extrinsics_root.encode_to(&mut bytes);
		Compact(self.digest.logs.len() as u32).encode_to(&mut bytes);
		for log in &self.digest.logs {
			// A log is pushed as the hexadecimal form of its SCALE encoding.
			bytes.extend_from_slice(log);
		}
		Blake2Hasher::hash(&bytes)
	}

	/// What the engine's digests say.
	pub fn claim(&self) -> Claim {
		/// Variants of the SDK's `DigestItem`.
		const CONSENSUS: u8 = 4;
		const PRE_RUNTIME: u8 = 6;
		/// Variant of the engine's `ConsensusLog`.
		const SCORE: u8 = 1;

		let mut claim = Claim::default();
		for log in &self.digest.logs {
			let Ok((kind, engine, content)) = <(u8, [u8; 4], Vec<u8>)>::decode(&mut &log[..]) else { continue };
			if engine != ENGINE_ID {
				continue;
			}
			match kind {
				PRE_RUNTIME => {
					if let Ok((key, slot)) = <([u8; 32], u64)>::decode(&mut &content[..]) {
						claim.author_key = Some(key);
						claim.slot = Some(slot);
					}
				}
				CONSENSUS => {
					if let Ok((SCORE, reward, cumulative)) = <(u8, Real, Real)>::decode(&mut &content[..]) {
						claim.reward = reward;
						claim.cumulative = cumulative;
					}
				}
				_ => (),
			}
		}
		claim
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn item(state: &AnyState) -> serde_json::Value {
		serde_json::json!({
			"parent": format!("0x{}", "11".repeat(32)),
			"number": 7,
			"slot": 579_000_123u64,
			"step": 192,
			"state": format!("0x{}", hex::encode(state.encode())),
			"noise": format!("0x{}", "22".repeat(32)),
			"stepsPerBlock": 32,
			"author": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
			"authorKey": format!("0x{}", "33".repeat(32)),
			"deadline": 1_737_000_001_500u64,
		})
	}

	fn parse(value: serde_json::Value) -> Result<Work, ChainError> {
		Work::try_from(serde_json::from_value::<WorkItem>(value).expect("a work item"))
	}

	#[test]
	fn a_work_item_should_be_read_as_the_node_writes_it() {
		let state = AnyState::reset(EnvironmentId::NoisyPendulum, &Seed([5; 32]));
		let work = parse(item(&state)).expect("work");
		assert_eq!(work.state, state);
		assert_eq!((work.number, work.slot, work.step, work.steps), (7, 579_000_123, 192, 32));
		assert_eq!(work.noise, Seed([0x22; 32]));
		assert_eq!(work.deadline, 1_737_000_001_500);
		let alice = hex::decode("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d").expect("bytes");
		assert_eq!(<AccountId32 as AsRef<[u8]>>::as_ref(&work.author), &alice[..]);
	}

	#[test]
	fn a_work_item_should_be_refused_when_it_makes_no_sense() {
		let state = AnyState::reset(EnvironmentId::CartPole, &Seed([5; 32]));
		for steps in [0u32, MAX_STEPS_PER_BLOCK + 1] {
			let mut item = item(&state);
			item["stepsPerBlock"] = steps.into();
			assert!(matches!(parse(item), Err(ChainError::Decode { .. })), "{steps}");
		}
		let mut longer = item(&state);
		longer["state"] = format!("0x{}00", hex::encode(state.encode())).into();
		assert!(matches!(parse(longer), Err(ChainError::Decode { .. })));
		let mut unknown = item(&state);
		unknown["state"] = "0xff".into();
		assert!(matches!(parse(unknown), Err(ChainError::Decode { .. })));
		let mut missing = item(&state);
		missing.as_object_mut().expect("an object").remove("noise");
		assert!(serde_json::from_value::<WorkItem>(missing).is_err());
	}

	#[test]
	fn a_header_should_hash_and_tell_what_its_digests_say() {
		let key = [7u8; 32];
		let mut pre = (key, 42u64).encode();
		pre.extend_from_slice(&[9; 96]);
		let score = (1u8, Real::from_ratio(3, 4), Real::from_int(5)).encode();
		let logs =
			[(6u8, ENGINE_ID, pre).encode(), (4u8, *b"FRNK", vec![1u8]).encode(), (4u8, ENGINE_ID, score).encode()];
		let header: Header = serde_json::from_value(serde_json::json!({
			"parentHash": format!("0x{}", "01".repeat(32)),
			"number": "0x1a4",
			"stateRoot": format!("0x{}", "02".repeat(32)),
			"extrinsicsRoot": format!("0x{}", "03".repeat(32)),
			"digest": { "logs": logs.iter().map(|log| format!("0x{}", hex::encode(log))).collect::<Vec<_>>() },
		}))
		.expect("a header");
		assert_eq!(header.number(), 420);
		let claim = header.claim();
		assert_eq!((claim.author_key, claim.slot), (Some(key), Some(42)));
		assert_eq!((claim.reward, claim.cumulative), (Real::from_ratio(3, 4), Real::from_int(5)));
		// The SCALE encoding of the SDK's header: compact 420 is 0x9106, then 3 logs.
		let mut bytes = vec![1u8; 32];
		bytes.extend([0x91, 0x06]);
		bytes.extend([2u8; 32]);
		bytes.extend([3u8; 32]);
		bytes.push(3 << 2);
		bytes.extend(logs.concat());
		assert_eq!(header.hash(), Blake2Hasher::hash(&bytes));
	}

	#[test]
	fn a_header_without_digests_should_claim_nothing() {
		let header: Header = serde_json::from_value(serde_json::json!({
			"parentHash": H256::zero(), "number": "0x0", "stateRoot": H256::zero(), "extrinsicsRoot": H256::zero(),
			"digest": { "logs": [] },
		}))
		.expect("a header");
		assert_eq!(header.claim(), Claim::default());
		assert!(serde_json::from_value::<HexNumber>("12".into()).is_err());
	}
}
