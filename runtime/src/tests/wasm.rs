//! The compiled Wasm does what the native code does, bit for bit.

use super::chain::*;
use crate::*;
use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use praxis_environment::{fingerprint, EnvironmentId, Seed};
use praxis_primitives_consensus::{api::MAX_FINGERPRINT_STEPS, OracleState};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::{Alice, Bob};

struct Wasm(WasmExecutor<sp_io::SubstrateHostFunctions>);

impl Wasm {
	fn new() -> Self {
		Self(WasmExecutor::builder().build())
	}

	fn call(&self, ext: &mut TestExternalities, method: &str, data: &[u8]) -> Result<Vec<u8>, String> {
		let wasm = WASM_BINARY.expect("the tests need the Wasm runtime");
		let code = RuntimeCode {
			code_fetcher: &WrappedRuntimeCode(wasm.into()),
			heap_pages: None,
			hash: sp_io::hashing::blake2_256(wasm).to_vec(),
		};
		let result = self.0.call(&mut ext.ext(), &code, method, data, CallContext::Offchain).0;
		ext.commit_all().expect("nothing is open");
		result.map_err(|error| error.to_string())
	}

	fn read<T: Decode>(&self, ext: &mut TestExternalities, method: &str, data: impl Encode) -> T {
		let bytes = self.call(ext, method, &data.encode()).expect("the API answers");
		T::decode(&mut &bytes[..]).expect("the answer decodes")
	}
}

#[test]
fn wasm_should_execute_the_blocks_that_native_code_made() {
	let wasm = Wasm::new();
	let mut native = genesis_of(genesis::LOCAL);
	let mut state = genesis_of(genesis::LOCAL);
	let mut parent = native.execute_with(genesis_hash);
	for author in [Alice, Bob].into_iter().cycle().take(12) {
		let made = native.execute_with(|| honest_block(parent, author));
		native.commit_all().unwrap();
		parent = made.header.hash();
		// It checks the state root, the digests with the score among them, and the extrinsics' root.
		wasm.call(&mut state, "Core_execute_block", &encoded(&made)).expect("the block is right");
	}
	let read: OracleState = wasm.read(&mut state, "OracleApi_state", ());
	assert_eq!(read, native.execute_with(Oracle::state));
	assert_eq!(read.step, 12 * 32);
}

#[test]
fn wasm_should_refuse_a_block_whose_score_is_forged() {
	use praxis_primitives_consensus::{LearningDigest, Score};
	let wasm = Wasm::new();
	let mut native = genesis_of(genesis::LOCAL);
	let mut made = native.execute_with(|| honest_block(genesis_hash(), Alice));
	for item in &mut made.header.digest.logs {
		if let Some(score) = item.as_learning_score() {
			let reward = praxis_environment::Real::ONE;
			*item = sp_runtime::DigestItem::learning_score(Score { reward, ..score });
		}
	}
	let mut state = genesis_of(genesis::LOCAL);
	assert!(wasm.call(&mut state, "Core_execute_block", &encoded(&made)).is_err());
}

#[test]
fn wasm_should_walk_through_every_environment_as_native_code_does() {
	let wasm = Wasm::new();
	let mut state = genesis_of(genesis::LOCAL);
	for id in EnvironmentId::ALL {
		let seed = Seed::from_number(1);
		let hash: [u8; 8] = wasm.read(&mut state, "OracleApi_fingerprint", (id, seed, MAX_FINGERPRINT_STEPS));
		assert_eq!(hash, fingerprint(id, &seed, 100_000), "{id}");
	}
}

#[test]
fn wasm_should_build_every_preset_to_the_same_state() {
	let wasm = Wasm::new();
	for name in genesis::preset_names() {
		let mut empty = TestExternalities::default();
		let preset: Option<Vec<u8>> = wasm.read(&mut empty, "GenesisBuilder_get_preset", Some(name.clone()));
		assert_eq!(preset, genesis::get_preset(&name));
		let config = full_config(&name).to_string().into_bytes();
		let built: Result<(), String> = wasm.read(&mut empty, "GenesisBuilder_build_state", config);
		assert_eq!(built, Ok(()));
		assert!(empty.eq(&mut genesis_of(&name)), "{name}");
	}
}

#[test]
fn wasm_should_serve_metadata_that_names_the_extension() {
	let wasm = Wasm::new();
	let mut state = genesis_of(genesis::LOCAL);
	let versions: Vec<u32> = wasm.read(&mut state, "Metadata_metadata_versions", ());
	for version in [14, 15, 16] {
		assert!(versions.contains(&version));
		let metadata: Option<Vec<u8>> = wasm.read(&mut state, "Metadata_metadata_at_version", version);
		let metadata = metadata.expect("a listed version is served");
		for name in ["CheckSubmission", "submit_transitions", "MinimumPeriod"] {
			assert!(metadata.windows(name.len()).any(|window| window == name.as_bytes()), "{name} in V{version}");
		}
	}
	assert_eq!(vec![14, 15, 16], versions.into_iter().filter(|v| *v < 17).collect::<Vec<_>>());
}
