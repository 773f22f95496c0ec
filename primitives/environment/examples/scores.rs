//! Prints what random agents and the heuristics reach: what `src/scores.rs` states.
//!
//! `cargo run -p praxis-environment --example scores [EPISODES]`, 1,000 episodes if not given. With `--json EPISODES NAME` the
//! means of one environment as JSON, with the heuristic's standard error.

use praxis_environment::{
	teams::heuristic::{self, RandomAgents},
	Episode, Seed, TaskEnvironment,
};

/// The mean return and its standard error.
fn mean(task: &TaskEnvironment, episodes: u64, rule: &mut dyn FnMut(&Episode, u32) -> u8) -> (f64, f64) {
	let (mut sum, mut squares) = (0.0, 0.0);
	for number in 0..episodes {
		let mut episode = Episode::start(task, &Seed::from_number(number));
		let mut score = 0.0;
		while !episode.is_over() {
			let actions: Vec<u8> = (0..episode.agents()).map(|agent| rule(&episode, agent)).collect();
			match episode.step(&actions) {
				Ok(outcome) => score += outcome.reward.to_f64(),
				Err(error) => panic!("{task}: {error}"),
			}
		}
		sum += score;
		squares += score * score;
	}
	let count = episodes as f64;
	let mean = sum / count;
	(mean, ((squares / count - mean * mean).max(0.0) / count).sqrt())
}

fn rules(task: &TaskEnvironment, episodes: u64) -> [(f64, f64); 2] {
	let mut random = RandomAgents::new(&Seed::from_number(u64::MAX));
	let chance = mean(task, episodes, &mut |episode, agent| random.act(episode, agent));
	[chance, mean(task, episodes, &mut heuristic::act)]
}

fn measure(task: &TaskEnvironment, episodes: u64) -> (i64, i64) {
	let [random, heuristic] = rules(task, episodes).map(|(mean, _)| (mean * 100.0).floor() as i64);
	(random, heuristic)
}

fn main() {
	let arguments: Vec<String> = std::env::args().skip(1).collect();
	let count = |text: Option<&String>| text.and_then(|count| count.parse().ok()).unwrap_or(1_000);
	if let [json, episodes, name] = &arguments[..] {
		let task: TaskEnvironment = name.parse().unwrap_or_else(|error| panic!("{json} {name}: {error}"));
		let [(random, _), (heuristic, error)] = rules(&task, count(Some(episodes)));
		println!("{{\"random\": {random}, \"heuristic\": {heuristic}, \"heuristic_error\": {error}}}");
		return;
	}
	let episodes = count(arguments.first());
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
