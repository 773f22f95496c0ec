//! Makes blocks of the real runtime in native code.

use crate::*;
use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use frame_support::{genesis_builder_helper::build_state, inherent::InherentData, inherent::ProvideInherent};
use praxis_environment::{rollout, AnyState, Seed};
use praxis_primitives_consensus::{vrf, CurrentAuthor, LearningDigest, PreDigest, Slot};
use serde_json::Value;
use sp_core::crypto::VrfSecret;
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	traits::{Block as _, Header as _},
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, Digest, DigestItem,
};

/// The whole genesis configuration of a preset, as a node builds it.
pub fn full_config(preset: &str) -> Value {
	fn merge(into: &mut Value, patch: Value) {
		match (into, patch) {
			(Value::Object(into), Value::Object(patch)) => {
				for (key, value) in patch {
					merge(into.entry(key).or_insert(Value::Null), value);
				}
			}
			(into, patch) => *into = patch,
		}
	}
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("the default serialises");
	let patch = genesis::get_preset(&preset.into()).expect("the preset is there");
	merge(&mut config, serde_json::from_slice(&patch).expect("the preset is JSON"));
	config
}

/// The state at genesis.
pub fn genesis_of(preset: &str) -> TestExternalities {
	let mut ext = TestExternalities::default();
	let config = full_config(preset).to_string().into_bytes();
	ext.execute_with(|| build_state::<RuntimeGenesisConfig>(config)).expect("genesis builds");
	ext.commit_all().expect("nothing is open");
	ext
}

/// Runs a test from the genesis of `local`.
pub fn local(test: impl FnOnce()) {
	genesis_of(genesis::LOCAL).execute_with(test);
}

/// The hash that a child of the present block names as its parent.
pub fn genesis_hash() -> Hash {
	System::block_hash(0)
}

/// Begins a block of `author` in the slot after the last one.
pub fn begin(parent: Hash, author: Sr25519Keyring) -> Header {
	let slot = Slot::from(Randomness::last_slot().map_or(1_000, |slot| *slot) + 1);
	let vrf = author.pair().vrf_sign(&vrf::sign_data(&Randomness::child_randomness(), slot));
	let pre = PreDigest { author: author.public().into(), slot, vrf };
	let header = Header::new(
		System::block_number() + 1,
		Default::default(),
		Default::default(),
		parent,
		Digest { logs: vec![DigestItem::learning_pre_digest(&pre)] },
	);
	Executive::initialize_block(&header);
	header
}

/// The timestamp of the block that is begun.
pub fn timestamp() -> UncheckedExtrinsic {
	let slot = <Randomness as CurrentAuthor>::slot().expect("a block is begun");
	let mut data = InherentData::new();
	data.put_data(*b"timstap0", &(*slot * Randomness::slot_duration())).expect("encodes");
	let call = <Timestamp as ProvideInherent>::create_inherent(&data).expect("there is a time");
	UncheckedExtrinsic::new_bare(call.into())
}

/// The honest submission for the block that is begun, as a call.
pub fn honest(parent: Hash) -> RuntimeCall {
	let state = Oracle::state();
	let start = AnyState::decode(&mut &state.state[..]).expect("it decodes");
	let environment = Oracle::environment();
	let actions: Vec<u8> = (0..environment.steps_per_block).map(|i| (i % environment.actions) as u8).collect();
	let noise = <Randomness as CurrentAuthor>::noise().unwrap_or_default();
	let reward = rollout(&start, &Seed(noise), &actions).expect("actions are in range").reward;
	RuntimeCall::Oracle(pallet_oracle::Call::submit_transitions {
		parent,
		slot: <Randomness as CurrentAuthor>::slot().unwrap_or_default(),
		attempt: 0,
		step: state.step,
		actions: actions.try_into().expect("K is within the bound"),
		reward,
		policy_hash: Default::default(),
	})
}

/// `call` signed with the signer's present nonce.
pub fn signed(signer: Sr25519Keyring, call: RuntimeCall) -> UncheckedExtrinsic {
	let nonce = System::account_nonce(signer.to_account_id());
	sign_extrinsic(&signer.pair(), call, nonce, genesis_hash())
}

pub fn apply(extrinsic: UncheckedExtrinsic) -> ApplyExtrinsicResult {
	Executive::apply_extrinsic(extrinsic)
}

/// What the pool thinks of it for a block upon `parent`.
pub fn validate(extrinsic: UncheckedExtrinsic, parent: Hash) -> TransactionValidity {
	Executive::validate_transaction(TransactionSource::External, extrinsic, parent)
}

/// A whole block: timestamp, what `extrinsics` makes once the block is begun, end.
pub fn block(parent: Hash, author: Sr25519Keyring, extrinsics: impl FnOnce(Hash) -> Vec<UncheckedExtrinsic>) -> Block {
	begin(parent, author);
	let mut body = vec![timestamp()];
	apply(body[0].clone()).expect("the timestamp is valid").expect("the timestamp fits the slot");
	for extrinsic in extrinsics(parent) {
		apply(extrinsic.clone()).expect("the extrinsic is valid").expect("the extrinsic succeeds");
		body.push(extrinsic);
	}
	Block::new(Executive::finalize_block(), body)
}

/// A whole block with an honest submission.
pub fn honest_block(parent: Hash, author: Sr25519Keyring) -> Block {
	block(parent, author, |parent| vec![signed(author, honest(parent))])
}

/// The error code of a refused submission.
pub fn refusal(refusal: pallet_oracle::Refusal) -> sp_runtime::transaction_validity::TransactionValidityError {
	refusal.into()
}

/// Encodes a block as the runtime API takes it.
pub fn encoded(block: &Block) -> Vec<u8> {
	block.encode()
}
