//! Headers that were changed at random: bits, and the digests as a structure.

use super::chain::{Actions::*, Chain};
use codec::{Decode, Encode};
use praxis_environment::Real;
use praxis_primitives_consensus::{
	digests::find_pre_digest, ConsensusLog, LearningDigest, Score, Slot, LEARNING_ENGINE_ID,
};
use praxis_runtime::{opaque::Block, Header};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Alice, Bob};
use sp_runtime::{
	traits::{Block as BlockT, Header as HeaderT},
	DigestItem,
};

const MUTATIONS: usize = 10_000;

/// Of those that only execution can refuse, so many are executed.
const EXECUTED: usize = 100;

/// A generator of its own, so that a failure can be repeated.
struct Random(u64);

impl Random {
	fn below(&mut self, end: usize) -> usize {
		self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
		(self.0 >> 33) as usize % end
	}

	fn bytes(&mut self) -> Vec<u8> {
		let length = [0, 1, 8, 16, 17, 32, 64, 96, 136, 1000][self.below(10)];
		(0..length).map(|_| self.below(256) as u8).collect()
	}
}

#[tokio::test]
async fn forged_headers_should_be_refused_without_a_panic() {
	let chain = Chain::new();
	let honest = chain.block(chain.genesis(), Alice, chain.slot(1), Good).header.encode();
	let mut random = Random(7);
	let mut decoded = 0;
	for _ in 0..MUTATIONS {
		let mut bytes = honest.clone();
		for _ in 0..1 + random.below(3) {
			let at = random.below(bytes.len());
			bytes[at] ^= 1 << random.below(8);
		}
		let Ok(header) = Header::decode(&mut &bytes[..]) else { continue };
		if header.encode() == honest {
			continue;
		}
		decoded += 1;
		assert!(chain.verifier.check_header(header).is_err());
	}
	assert!(decoded > MUTATIONS / 10, "most mutations still decode as headers: {decoded}");
}

fn any_item(random: &mut Random, honest: &[DigestItem], slot: Slot) -> DigestItem {
	let engine = [LEARNING_ENGINE_ID, *b"aura", *b"BABE", *b"FRNK", [0; 4]][random.below(5)];
	match random.below(8) {
		0 => DigestItem::PreRuntime(engine, random.bytes()),
		1 => DigestItem::Consensus(engine, random.bytes()),
		2 => DigestItem::Seal(engine, random.bytes()),
		3 => DigestItem::Other(random.bytes()),
		4 => DigestItem::RuntimeEnvironmentUpdated,
		5 => {
			let reward = Real::from_bits(random.below(1 << 20) as i64 - (1 << 19));
			let log = ConsensusLog::Score(Score { reward, cumulative: reward });
			// Sometimes with more behind it.
			DigestItem::Consensus(LEARNING_ENGINE_ID, [log.encode(), random.bytes()].concat())
		}
		6 => {
			let mut pre = honest.iter().find_map(LearningDigest::as_learning_pre_digest).expect("it has one");
			pre.slot = [slot, slot + 1, Slot::from(0), Slot::from(u64::MAX)][random.below(4)];
			DigestItem::learning_pre_digest(&pre)
		}
		_ => honest[random.below(honest.len())].clone(),
	}
}

fn mutate(random: &mut Random, header: &mut Header, honest: &[DigestItem], slot: Slot) {
	let logs = &mut header.digest_mut().logs;
	match random.below(10) {
		0 if !logs.is_empty() => drop(logs.remove(random.below(logs.len()))),
		1 if !logs.is_empty() => logs.push(logs[random.below(logs.len())].clone()),
		2 if logs.len() > 1 => {
			let (a, b) = (random.below(logs.len()), random.below(logs.len()));
			logs.swap(a, b);
		}
		3 => logs.insert(random.below(logs.len() + 1), any_item(random, honest, slot)),
		4 if !logs.is_empty() => {
			let at = random.below(logs.len());
			logs[at] = any_item(random, honest, slot);
		}
		5 => logs.clear(),
		6 => header.set_number([0, 1, 2, u32::MAX][random.below(4)]),
		7 => header.set_parent_hash(H256::from_low_u64_be(random.below(2) as u64)),
		8 => header.set_state_root(H256::from_low_u64_be(random.below(1000) as u64)),
		_ => header.set_extrinsics_root(H256::from_low_u64_be(random.below(1000) as u64)),
	}
}

#[tokio::test]
async fn headers_with_forged_structure_should_be_refused_without_a_panic() {
	let chain = Chain::new();
	let (honest, body) = chain.block(chain.genesis(), Alice, chain.slot(1), Good).deconstruct();
	let mut unsealed = honest.clone();
	unsealed.digest_mut().pop();
	let mut random = Random(11);
	let (mut refused, mut executed) = (0, 0);
	for _ in 0..MUTATIONS {
		// Some are sealed again by the author, so that more than the seal is looked at.
		let resealed = random.below(5) == 0;
		let mut header = if resealed { unsealed.clone() } else { honest.clone() };
		for _ in 0..1 + random.below(3) {
			mutate(&mut random, &mut header, &honest.digest().logs, chain.slot(1));
		}
		if header == honest || header == unsealed {
			continue;
		}
		if resealed {
			header = chain.seal(header, if random.below(8) == 0 { Bob } else { Alice });
		}
		// Decoding what was encoded is how a node meets it.
		assert_eq!(Header::decode(&mut &header.encode()[..]).as_ref(), Ok(&header));
		match chain.verifier.check_header(header.clone()) {
			Err(_) => refused += 1,
			// What only execution can know.
			Ok(_) if executed < EXECUTED => {
				executed += 1;
				assert!(find_pre_digest(&header).is_ok());
				chain.import(Block::new(header, body.clone())).await.expect_err("a changed header is no honest block");
			}
			Ok(_) => (),
		}
	}
	assert!(refused > MUTATIONS / 2 && executed == EXECUTED, "refused {refused}, executed {executed}");
	assert_eq!(chain.client_best(), chain.genesis());
	// The honest one is none the worse for it.
	assert!(chain.import(Block::new(honest, body)).await.unwrap());
}
