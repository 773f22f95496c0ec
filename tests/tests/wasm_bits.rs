//! The same bits everywhere: long random walks through every environment, and policies that play, natively and in the
//! compiled runtime.

use codec::{Decode, Encode};
use praxis_environment::{fingerprint, EnvironmentId, Seed, TaskEnvironment, Walk};
use praxis_policy::{Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_market::{Course, EvaluationError, Judgement, Seeds};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_state_machine::BasicExternalities;

/// Steps of each walk, which is also the most that one call into the runtime takes.
const STEPS: u32 = 100_000;

/// The compiled runtime.
struct Compiled {
	executor: WasmExecutor<sp_io::SubstrateHostFunctions>,
	wasm: &'static [u8],
}

impl Compiled {
	fn new() -> Self {
		let wasm = praxis_runtime::WASM_BINARY
			.expect("the runtime was built without its Wasm (SKIP_WASM_BUILD): build it without that variable");
		Self { executor: WasmExecutor::builder().build(), wasm }
	}

	fn call<T: Decode>(&self, method: &str, arguments: impl Encode) -> T {
		let fetcher = WrappedRuntimeCode(self.wasm.into());
		let hash = sp_io::hashing::blake2_256(self.wasm).to_vec();
		let code = RuntimeCode { code_fetcher: &fetcher, heap_pages: None, hash };
		let mut externalities = BasicExternalities::default();
		let (answer, _) =
			self.executor.call(&mut externalities, &code, method, &arguments.encode(), CallContext::Offchain);
		T::decode(&mut &answer.expect("the call succeeds")[..]).expect("the answer has its type")
	}
}

/// A policy whose decisions depend on every entry of the observation.
fn policy(environment: &TaskEnvironment) -> Policy {
	let layer = |inputs: usize, outputs: usize, shift| UncheckedLayer {
		inputs: inputs as u16,
		outputs: outputs as u16,
		shift,
		biases: (0..outputs as i32).map(|row| row * 1_000 - 7_000).collect(),
		weights: (0..inputs * outputs).map(|place| (place * 73 % 255) as u8 as i8).collect(),
	};
	let layers = vec![layer(environment.observation(), 24, 10), layer(24, environment.actions() as usize, 0)];
	let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers };
	Policy::try_from(unchecked).expect("the policy is valid")
}

#[test]
fn wasm_should_compute_the_same_bits_as_native_code_in_every_environment() {
	let compiled = Compiled::new();
	for id in EnvironmentId::ALL {
		let seed = Seed([7; 32]);
		let mut native = Walk::new(id, &seed);
		native.advance(STEPS);
		assert!(id == EnvironmentId::NoisyPendulum || native.episodes() > 1, "{id} never ended an episode");
		let wasm: [u8; 8] = compiled.call("OracleApi_fingerprint", (id, seed, STEPS));
		assert_eq!(native.finish(), wasm, "{id} differs");
	}
}

#[test]
fn fingerprints_should_differ_when_seeds_do() {
	for id in EnvironmentId::ALL {
		let of = |byte| fingerprint(id, &Seed([byte; 32]), 1_000);
		assert_ne!(of(1), of(2), "{id} ignores its seed");
	}
}

#[test]
fn wasm_should_judge_like_native_code_in_every_environment_of_tasks() {
	const EPISODES: u32 = 5;
	const FIRST: u64 = 11;
	let compiled = Compiled::new();
	for environment in TaskEnvironment::ALL {
		let policy = policy(&environment);
		let course = Course { environment, episodes: EPISODES, seeds: Seeds::Numbers { first: FIRST } };
		let native = course.judge(&policy).expect("the policy plays");
		let arguments = (environment, EPISODES, FIRST, policy.encode());
		let wasm: Result<Judgement, EvaluationError> = compiled.call("EvaluationApi_judge", &arguments);
		assert_eq!(wasm, Ok(native), "{environment} differs");
		assert!(native.steps > u64::from(EPISODES), "{environment} ended at once");
		let refused: Result<Judgement, EvaluationError> =
			compiled.call("EvaluationApi_judge", (environment, u32::MAX, FIRST, policy.encode()));
		assert_eq!(refused, Err(EvaluationError::BadRequest));
	}
}
