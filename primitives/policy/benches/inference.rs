//! Measures inference on one core: `cargo bench -p praxis-policy --bench inference`.
//!
//! Each shape runs in every layout; `plain` is the baseline. The last lines give the least time per multiply-add.

use criterion::{Criterion, Throughput};
use praxis_policy::{
	layouts::{Layout, Network, Packed, Plain, Skipping, Wide},
	multiply_adds_of, Policy, Scratch, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION,
};
use std::{cell::Cell, hint::black_box, time::Instant};

const SHAPES: [&[u16]; 4] = [&[4, 64, 64, 2], &[4, 256, 256, 4], &[784, 32, 10], &[1024, 1]];

/// A policy whose activations are about half 0, or never 0 where `dense`.
fn policy(widths: &[u16], dense: bool) -> UncheckedPolicy {
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
	let last = widths.len() - 2;
	let layers = widths.windows(2).enumerate().map(|(number, pair)| UncheckedLayer {
		inputs: pair[0],
		outputs: pair[1],
		shift: if number == last { 0 } else { 9 },
		biases: vec![1000; usize::from(pair[1])],
		weights: (0..usize::from(pair[0]) * usize::from(pair[1])).map(|_| weight()).collect(),
	});
	UncheckedPolicy { version: FORMAT_VERSION, input_limit: 8191, layers: layers.collect() }
}

fn measure<L: Layout>(criterion: &mut Criterion, layout: &str, widths: &[u16], dense: bool) -> Option<String> {
	let network = Network::<L>::try_from(policy(widths, dense)).expect("the policy is valid");
	let observation: Vec<i16> = (0..widths[0]).map(|i| (i as i16).wrapping_mul(257) & 8191 | 1).collect();
	let mut scratch = Scratch::new();
	let multiply_adds = multiply_adds_of(widths);
	let shape = widths.iter().map(u16::to_string).collect::<Vec<_>>().join("-");
	let kind = if dense { "dense" } else { "usual" };
	let least = Cell::new(f64::INFINITY);
	let mut group = criterion.benchmark_group(format!("{shape} {kind}"));
	group.throughput(Throughput::Elements(multiply_adds));
	group.bench_function(layout, |bencher| {
		bencher.iter_custom(|rounds| {
			let begun = Instant::now();
			for _ in 0..rounds {
				black_box(network.logits(black_box(&observation), &mut scratch).expect("the observation fits"));
			}
			let elapsed = begun.elapsed();
			least.set(least.get().min(elapsed.as_secs_f64() * 1e9 / rounds as f64 / multiply_adds as f64));
			elapsed
		});
	});
	group.finish();
	let least = Some(least.get()).filter(|least| least.is_finite())?;
	Some(format!("{shape:12} {kind} {layout:9} {least:.4} ns per multiply-add"))
}

fn inference(criterion: &mut Criterion) {
	let mut lines = Vec::new();
	for widths in SHAPES {
		for dense in [false, true] {
			lines.push(measure::<Plain>(criterion, "plain", widths, dense));
			lines.push(measure::<Wide>(criterion, "wide", widths, dense));
			lines.push(measure::<Packed>(criterion, "packed", widths, dense));
			lines.push(measure::<Skipping>(criterion, "skipping", widths, dense));
		}
	}
	// A filter may have left some out.
	for line in lines.into_iter().flatten() {
		println!("{line}");
	}
}

fn reading(criterion: &mut Criterion) {
	let mut group = criterion.benchmark_group("reading");
	for widths in SHAPES {
		let policy = Policy::try_from(policy(widths, false)).expect("the policy is valid");
		let bytes = policy.encode();
		group.throughput(Throughput::Elements(u64::from(policy.parameters())));
		let shape = widths.iter().map(u16::to_string).collect::<Vec<_>>().join("-");
		group.bench_function(shape, |bencher| bencher.iter(|| Policy::decode(black_box(&bytes))));
	}
	group.finish();
}

fn main() {
	let mut criterion = Criterion::default().configure_from_args();
	inference(&mut criterion);
	reading(&mut criterion);
	criterion.final_summary();
}
