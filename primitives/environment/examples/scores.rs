//! Prints what random agents and the heuristics reach: what `src/scores.rs` states.
//!
//! `cargo run -p praxis-environment --example scores [EPISODES]`, 1,000 episodes if not given.

use praxis_environment::{
	teams::heuristic::{self, RandomAgents},
	Episode, Seed, TaskEnvironment,
};

fn mean(task: &TaskEnvironment, episodes: u64, rule: &mut dyn FnMut(&Episode, u32) -> u8) -> f64 {
	let mut sum = 0.0;
	for number in 0..episodes {
		let mut episode = Episode::start(task, &Seed::from_number(number));
		while !episode.is_over() {
			let actions: Vec<u8> = (0..episode.agents()).map(|agent| rule(&episode, agent)).collect();
			match episode.step(&actions) {
				Ok(outcome) => sum += outcome.reward.to_f64(),
				Err(error) => panic!("{task}: {error}"),
			}
		}
	}
	sum / episodes as f64
}

fn measure(task: &TaskEnvironment, episodes: u64) -> (i64, i64) {
	let mut random = RandomAgents::new(&Seed::from_number(u64::MAX));
	let hundredths = |mean: f64| (mean * 100.0).floor() as i64;
	let chance = mean(task, episodes, &mut |episode, agent| random.act(episode, agent));
	(hundredths(chance), hundredths(mean(task, episodes, &mut heuristic::act)))
}

fn main() {
	let episodes = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1_000);
	println!("hundredths of (random, heuristic) over {episodes} episodes");
	for task in &TaskEnvironment::ALL[..4] {
		println!("{task}: {:?}", measure(task, episodes));
	}
	for shaped in [false, true] {
		println!("TargetLocalization, shaped {shaped}: a row for each number of agents, a column for each of walls");
		for agents in 1..=4 {
			let row = [0, 1, 2, 3]
				.map(|walls| measure(&TaskEnvironment::TargetLocalization { agents, walls, shaped }, episodes));
			println!("\t{row:?},");
		}
	}
	println!("MazeCleaning: a row for each number of agents, a column for each side of a square");
	for agents in 1..=4 {
		let row = [3, 4, 5, 6, 8, 10, 12, 16]
			.map(|side| measure(&TaskEnvironment::MazeCleaning { width: side, height: side, agents }, episodes));
		println!("\t{row:?},");
	}
	println!("FleetCoordination: the same");
	for agents in 1..=4 {
		let row = [5, 6, 8, 10, 12, 16]
			.map(|side| measure(&TaskEnvironment::FleetCoordination { width: side, height: side, agents }, episodes));
		println!("\t{row:?},");
	}
}
