//! Times inference natively and in the node's Wasm executor, in every layout, and compares the bits:
//! `cargo run --release --manifest-path benches/Cargo.toml -p bench-policy`.

use bench_policy::{run, Job, Way};
use clap::Parser;
use codec::{Decode, Encode};
use praxis_policy::{multiply_adds_of, Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_state_machine::BasicExternalities;
use std::time::Instant;

const WASM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/bench_policy.wasm"));

const WAYS: [Way; 6] = [Way::Plain, Way::Wide, Way::Packed, Way::Skipping, Way::Policy, Way::Reading];

/// Times the inference of policies in the node's Wasm executor.
#[derive(Parser)]
struct Options {
	/// The least of so many measurements counts: others share the machine.
	#[arg(long, default_value_t = 7)]
	repeats: u32,
	/// Multiply-adds of a measurement, in millions.
	#[arg(long, default_value_t = 100)]
	millions: u64,
	/// Widths of the policies, as 4-64-64-2.
	#[arg(
		long,
		value_delimiter = ',',
		default_value = "4-64-64-2,4-256-256-4,784-32-10,1024-1,1-256-1-256-1,3-255-255-3,1024-3,1-1"
	)]
	shapes: Vec<String>,
	/// Print a line of JSON for each.
	#[arg(long)]
	json: bool,
}

type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;

/// A policy whose activations are about half 0, or never 0 where `dense`.
fn policy(widths: &[u16], dense: bool) -> Result<Policy, String> {
	let mut state = 1u64;
	let mut weight = || {
		state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		let weight = (state >> 56) as i8;
		if dense {
			weight.saturating_abs()
		} else {
			weight
		}
	};
	let last = widths.len().saturating_sub(2);
	let layers = widths.windows(2).enumerate().map(|(number, pair)| UncheckedLayer {
		inputs: pair[0],
		outputs: pair[1],
		shift: if number == last { 0 } else { 9 },
		biases: vec![1000; usize::from(pair[1])],
		weights: (0..usize::from(pair[0]) * usize::from(pair[1])).map(|_| weight()).collect(),
	});
	let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 8191, layers: layers.collect() };
	Policy::try_from(unchecked).map_err(|error| error.to_string())
}

fn in_wasm(executor: &Executor, job: &Job) -> Result<u64, String> {
	let fetcher = WrappedRuntimeCode(WASM.into());
	let hash = sp_io::hashing::blake2_256(WASM).to_vec();
	let code = RuntimeCode { code_fetcher: &fetcher, heap_pages: None, hash };
	let mut externalities = BasicExternalities::default();
	let (answer, _) =
		executor.call(&mut externalities, &code, "bench", &job.encode(), CallContext::Onchain { import: true });
	let answer = answer.map_err(|error| error.to_string())?;
	Option::<u64>::decode(&mut &answer[..]).ok().flatten().ok_or_else(|| "the Wasm refused the job".into())
}

/// Least nanoseconds of a round: what further rounds add to a call.
fn nanoseconds(
	options: &Options,
	job: &Job,
	rounds: u32,
	mut call: impl FnMut(&Job) -> Result<u64, String>,
) -> Result<f64, String> {
	let mut least = |rounds: u32| -> Result<f64, String> {
		let mut least = f64::INFINITY;
		for _ in 0..options.repeats {
			let job = Job { rounds, ..job.clone() };
			let begun = Instant::now();
			call(&job)?;
			least = least.min(begun.elapsed().as_secs_f64());
		}
		Ok(least)
	};
	let (few, many) = (least(rounds / 10)?, least(rounds)?);
	Ok((many - few) * 1e9 / f64::from(rounds - rounds / 10))
}

fn main() -> Result<(), String> {
	let options = Options::parse();
	let executor = Executor::builder().build();
	for shape in &options.shapes {
		let widths: Vec<u16> = shape
			.split('-')
			.map(|width| width.parse().map_err(|_| format!("{shape} is no shape")))
			.collect::<Result<_, _>>()?;
		let multiply_adds = multiply_adds_of(&widths);
		for dense in [false, true] {
			let policy = policy(&widths, dense)?;
			let observation: Vec<i16> = (0..policy.inputs()).map(|i| (i as i16).wrapping_mul(257) & 8191 | 1).collect();
			let mut bits = None;
			for way in WAYS {
				let mut job = Job { way, policy: policy.encode(), observation: observation.clone(), rounds: 100 };
				let hash = in_wasm(&executor, &job)?;
				if run(job.clone()) != Some(hash) {
					return Err(format!("{shape} {way:?}: native code and Wasm differ"));
				}
				if way != Way::Reading && *bits.get_or_insert(hash) != hash {
					return Err(format!("{shape} {way:?}: differs from the plain loops"));
				}
				let mut rounds = (options.millions * 1_000_000 / multiply_adds.max(1)).clamp(20, 10_000_000) as u32;
				if way == Way::Reading {
					rounds = (rounds / 20).max(20);
				}
				job.rounds = rounds;
				let wasm = nanoseconds(&options, &job, rounds, |job| in_wasm(&executor, job))?;
				let native = nanoseconds(&options, &job, rounds, |job| run(job.clone()).ok_or("refused".into()))?;
				let each = |nanoseconds: f64| nanoseconds / multiply_adds as f64;
				if options.json {
					let line = serde_json::json!({
						"shape": shape, "dense": dense, "way": format!("{way:?}"), "multiply_adds": multiply_adds,
						"work": policy.work(), "wasm_ns_per_work": wasm / policy.work() as f64,
						"wasm_ns": wasm, "native_ns": native,
						"wasm_ns_per_multiply_add": each(wasm), "native_ns_per_multiply_add": each(native),
					});
					println!("{line}");
				} else {
					println!(
						"{shape:14} {} {:9} Wasm {wasm:10.0} ns, {:.4} per multiply-add, {:.4} per work; native {native:9.0} ns, {:.4}",
						if dense { "dense" } else { "usual" },
						format!("{way:?}"),
						each(wasm),
						wasm / policy.work() as f64,
						each(native),
					);
				}
			}
		}
	}
	Ok(())
}
