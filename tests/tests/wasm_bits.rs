//! The same bits everywhere: long random walks through every environment, natively and in the compiled runtime.

use codec::{Decode, Encode};
use praxis_environment::{fingerprint, EnvironmentId, Seed, Walk};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_state_machine::BasicExternalities;

/// Steps of each walk, which is also the most that one call into the runtime takes.
const STEPS: u32 = 100_000;

/// A call of the runtime's `OracleApi_fingerprint`.
fn fingerprint_in_wasm(
	executor: &WasmExecutor<sp_io::SubstrateHostFunctions>,
	wasm: &[u8],
	id: EnvironmentId,
	seed: &Seed,
) -> [u8; 8] {
	let fetcher = WrappedRuntimeCode(wasm.into());
	let code =
		RuntimeCode { code_fetcher: &fetcher, heap_pages: None, hash: sp_io::hashing::blake2_256(wasm).to_vec() };
	let mut externalities = BasicExternalities::default();
	let arguments = (id, seed, STEPS).encode();
	let (answer, _) =
		executor.call(&mut externalities, &code, "OracleApi_fingerprint", &arguments, CallContext::Offchain);
	Decode::decode(&mut &answer.expect("the call succeeds")[..]).expect("eight bytes come back")
}

#[test]
fn wasm_should_compute_the_same_bits_as_native_code_in_every_environment() {
	let wasm = praxis_runtime::WASM_BINARY
		.expect("the runtime was built without its Wasm (SKIP_WASM_BUILD): build it without that variable");
	let executor = WasmExecutor::<sp_io::SubstrateHostFunctions>::builder().build();
	for id in EnvironmentId::ALL {
		let seed = Seed([7; 32]);
		let mut native = Walk::new(id, &seed);
		native.advance(STEPS);
		assert!(id == EnvironmentId::NoisyPendulum || native.episodes() > 1, "{id} never ended an episode");
		assert_eq!(native.finish(), fingerprint_in_wasm(&executor, wasm, id, &seed), "{id} differs");
	}
}

#[test]
fn fingerprints_should_differ_when_seeds_do() {
	for id in EnvironmentId::ALL {
		let of = |byte| fingerprint(id, &Seed([byte; 32]), 1_000);
		assert_ne!(of(1), of(2), "{id} ignores its seed");
	}
}
