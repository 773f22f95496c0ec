//! All runs, as JSON.

use crate::{
	market::{run, Setting},
	order::Strategy,
	outcome::{Outcome, WINDOWS},
	population::Scenario,
	statistics::{estimate, Estimate},
};
use serde_json::{json, Map, Value};

/// Runs every scenario with every strategy and seed.
pub fn all(seeds: &[u64], tasks: usize, workers: usize) -> Value {
	let scenarios: Vec<Value> = Scenario::ALL
		.iter()
		.map(|scenario| {
			let of = |strategy: &Strategy| {
				eprintln!("  {}, {}", scenario.name(), strategy.name());
				let setting =
					|seed: &u64| Setting { seed: *seed, scenario: *scenario, strategy: *strategy, tasks, workers };
				seeds.iter().map(|seed| run(setting(seed))).collect::<Vec<Outcome>>()
			};
			let outcomes: Vec<Vec<Outcome>> = Strategy::ALL.iter().map(of).collect();
			let strategies: Vec<Value> = Strategy::ALL
				.iter()
				.zip(&outcomes)
				.map(|(strategy, found)| {
					// The chain's own strategy is the first.
					json!({
						"name": strategy.name(),
						"figures": figures(found.iter().map(|outcome| &outcome.figures)),
						"against_chain": differences(found, &outcomes[0]),
						"met_by_window": windows(found, Outcome::met),
						"dishonest_by_window": windows(found, |outcome, at| outcome.dishonest(at..at + 1)),
					})
				})
				.collect();
			json!({ "name": scenario.name(), "strategies": strategies })
		})
		.collect();
	json!({ "seeds": seeds.len(), "tasks": tasks, "workers": workers, "scenarios": scenarios })
}

fn windows(found: &[Outcome], of: impl Fn(&Outcome, usize) -> f64) -> Vec<Value> {
	(0..WINDOWS).map(|window| shown(estimate(found.iter().map(|outcome| of(outcome, window))))).collect()
}

type Figures = Vec<(&'static str, f64)>;

fn figures<'a>(runs: impl Iterator<Item = &'a Figures>) -> Value {
	let runs: Vec<&Figures> = runs.collect();
	let names = runs.first().map(|figures| figures.iter().map(|(name, _)| *name)).into_iter().flatten();
	let of = |at: usize| estimate(runs.iter().filter_map(|figures| Some(figures.get(at)?.1)));
	Value::Object(names.enumerate().map(|(at, name)| (name.to_owned(), shown(of(at)))).collect::<Map<_, _>>())
}

/// Differences seed by seed: of the same population and the same requests.
fn differences(found: &[Outcome], chain: &[Outcome]) -> Value {
	let pairs: Vec<Figures> = found
		.iter()
		.zip(chain)
		.map(|(one, other)| {
			let pairs = one.figures.iter().zip(&other.figures);
			pairs.map(|((name, figure), (_, reference))| (*name, figure - reference)).collect()
		})
		.collect();
	figures(pairs.iter())
}

fn shown(Estimate { mean, half }: Estimate) -> Value {
	json!({ "mean": mean, "half": half })
}
