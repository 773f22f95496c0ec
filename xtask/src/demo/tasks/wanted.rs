//! The tasks that the requester posts.

use serde_json::{json, Value};

/// Workers that each task wants: the honest one and the cheater.
const WORKERS: u32 = 2;

/// What a worker may ask at most, in tokens.
const PRICE: u32 = 10;

/// A task, and what is known of its environment.
pub struct Wanted {
	/// The environment, as the worker's program names it.
	pub environment: &'static str,
	/// The same, as polkadot.js takes it.
	variant: fn() -> Value,
	/// Mean return of an episode that earns the whole price.
	pub target: f64,
	/// What random actions return (`primitives/environment/src/scores.rs`).
	pub random: f64,
	/// What the heuristic returns, or the most that is possible where it gets that (the same file).
	pub heuristic: f64,
	/// Numbers in an observation.
	pub inputs: u32,
	/// Actions.
	pub actions: u32,
	episodes: u32,
	train_blocks: u32,
	max_parameters: u32,
}

/// The tasks in their order.
pub const TASKS: &[Wanted] = &[
	Wanted {
		environment: "CartPole-v1",
		variant: || json!({ "CartPole": null }),
		// What Gymnasium calls solved, of 500.
		target: 475.0,
		random: 22.07,
		heuristic: 500.0,
		inputs: 4,
		actions: 2,
		episodes: 20,
		train_blocks: 20,
		max_parameters: 10_000,
	},
	Wanted {
		environment: "MazeCleaning-v0(6x6,2)",
		variant: || json!({ "MazeCleaning": { "width": 6, "height": 6, "agents": 2 } }),
		// What the heuristic returns, which always goes to the nearest dirty cell.
		target: 30.26,
		random: 4.64,
		heuristic: 30.26,
		inputs: 72,
		actions: 4,
		episodes: 50,
		train_blocks: 40,
		max_parameters: 40_000,
	},
];

impl Wanted {
	/// As the requester's script takes it: amounts in tokens, the target as a number.
	pub fn json(&self) -> Value {
		json!({
			"environment": self.environment,
			"spec": {
				"environment": (self.variant)(),
				"target": self.target,
				"episodes": self.episodes,
				"price": PRICE,
				"budget": PRICE * WORKERS,
				"workers": WORKERS,
				"applyBlocks": 6,
				"trainBlocks": self.train_blocks,
				"revealBlocks": 20,
				"minimumReputation": 0,
				"terms": { "reputation": 400_000_000, "expertise": 400_000_000, "compute": 200_000_000 },
				"resources": { "cores": 1, "memory": 1024, "gpus": 0, "gpuMemory": 0 },
				"limits": { "maxParameters": self.max_parameters, "maxWork": self.max_parameters },
			},
		})
	}
}
