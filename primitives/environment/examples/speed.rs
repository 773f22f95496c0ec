//! Measures steps per second on one core: `cargo run -p praxis-environment --example speed`.

use praxis_environment::{batch::Batch, AnyState, EnvironmentId, Real, Seed};
use std::{hint::black_box, time::Instant};

/// Environments in a batch.
const BATCH: usize = 1024;
/// Steps of a batch that are timed together.
const ROUNDS: usize = 200;
/// The best of so many measurements counts: others share the machine.
const REPEATS: usize = 10;

fn main() {
	for id in EnvironmentId::ALL {
		println!("{:16} single {:>12.0} steps/s, batch of {BATCH} {:>12.0} steps/s", id.name(), single(id), batch(id));
	}
}

fn best(steps: usize, mut measure: impl FnMut()) -> f64 {
	(0..REPEATS)
		.map(|_| {
			let begun = Instant::now();
			measure();
			steps as f64 / begun.elapsed().as_secs_f64()
		})
		.fold(0.0, f64::max)
}

fn single(id: EnvironmentId) -> f64 {
	let steps = 100_000;
	let actions = id.spec().actions;
	best(steps, || {
		let mut state = AnyState::reset(id, &Seed::default());
		for step in 0..steps {
			let outcome = state.step(step as u32 % actions).expect("a valid action of a running episode");
			if outcome.is_over() {
				state = AnyState::reset(id, &Seed::from_number(step as u64));
			}
		}
		black_box(&state);
	})
}

fn batch(id: EnvironmentId) -> f64 {
	let seeds: Vec<Seed> = (0..BATCH as u64).map(Seed::from_number).collect();
	let mut batch = Batch::new(id, &seeds).with_auto_reset(true);
	let count = id.spec().actions as usize;
	let actions: Vec<Vec<u8>> =
		(0..count).map(|shift| (0..BATCH).map(|i| ((i * 7 + shift) % count) as u8).collect()).collect();
	let mut rewards = vec![Real::ZERO; BATCH];
	let (mut terminated, mut truncated) = (vec![false; BATCH], vec![false; BATCH]);
	best(ROUNDS * BATCH, || {
		for round in 0..ROUNDS {
			batch
				.step(&actions[round % count], &mut rewards, &mut terminated, &mut truncated)
				.expect("valid actions of running episodes");
		}
		black_box(&rewards);
	})
}
