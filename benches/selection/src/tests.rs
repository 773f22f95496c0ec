//! The simulation as a whole.

use crate::{
	market::{externalities, run, Run, Setting},
	order::{ranked, wanted, Strategy},
	outcome::Outcome,
	population::Scenario,
	runtime::{AccountId, Simulation, Workers},
};
use pallet_task_market::{Applications, Assignments, Due, Tasks};
use praxis_primitives_market::{selection::compare, Candidate, TaskId, TaskState, WorkerRegistry};

/// What is known of the choice at one task: best first.
#[derive(Default)]
pub struct Order {
	/// As the strategy wants it.
	wanted: Vec<AccountId>,
	/// As the market ranks it.
	ranked: Vec<AccountId>,
	/// Who was chosen.
	chosen: Vec<AccountId>,
}

impl Run {
	/// Notes how the applicants are ranked at tasks whose workers are chosen now.
	pub(crate) fn note_orders(&mut self, now: u32) {
		for (_, id) in Due::<Simulation>::get().into_iter().filter(|(at, _)| *at <= now) {
			let is_open = |state| matches!(state, TaskState::Open { .. });
			if !Tasks::<Simulation>::get(id).is_some_and(|task| is_open(task.state)) {
				continue;
			}
			let wanted = match self.setting.strategy {
				Strategy::Qos => chain_order(id),
				other => wanted(other, self.setting.seed, id, self),
			};
			self.orders.insert(id, Order { wanted, ranked: ranked(id), chosen: Vec::new() });
		}
	}

	/// Notes who was chosen.
	pub(crate) fn note_chosen(&mut self, id: TaskId) {
		let chosen = Assignments::<Simulation>::get(id).iter().map(|assignment| assignment.owner).collect();
		self.orders.get_mut(&id).expect("it was ranked before").chosen = chosen;
	}
}

/// The applicants by the market's comparison, with the qualities of the registry itself.
fn chain_order(id: TaskId) -> Vec<AccountId> {
	let task = Tasks::<Simulation>::get(id).expect("it exists");
	let mut candidates: Vec<Candidate<AccountId>> = Applications::<Simulation>::get(id)
		.iter()
		.map(|application| Candidate {
			owner: application.owner,
			price: application.price,
			total: Workers::quality(&application.owner, &task.spec.environment).total(&task.spec.terms),
		})
		.collect();
	candidates.sort_by(compare);
	candidates.into_iter().map(|candidate| candidate.owner).collect()
}

fn setting(scenario: Scenario, strategy: Strategy) -> Setting {
	Setting { seed: 5, scenario, strategy, tasks: 60, workers: 18 }
}

fn figure(outcome: &Outcome, name: &str) -> f64 {
	outcome.figures.iter().find(|(other, _)| *other == name).expect("there is such a figure").1
}

#[test]
fn applicants_should_be_taken_in_the_order_of_the_strategy() {
	for strategy in Strategy::ALL {
		externalities(18).execute_with(|| {
			let mut run = Run::new(setting(Scenario::Cheats, strategy));
			run.go();
			assert!(run.orders.len() > 40, "most requests become tasks");
			for (id, order) in &run.orders {
				assert_eq!(order.ranked, order.wanted, "{strategy:?}, task {id}");
				// Nobody leaves and every budget suffices in this scenario.
				assert_eq!(order.chosen, order.ranked[..order.chosen.len()], "{strategy:?}, task {id}");
			}
			let choices = run.orders.values().filter(|order| order.ranked.len() > order.chosen.len() + 1);
			assert!(choices.count() > 20, "there is a choice to make");
		});
	}
}

#[test]
fn money_should_be_conserved_whatever_the_workers_do() {
	for scenario in Scenario::ALL {
		for strategy in [Strategy::Qos, Strategy::Cheapest, Strategy::Random] {
			// Closing a run compares issuance and accounts with the ledgers, and checks the pallets' invariants.
			let outcome = run(setting(scenario, strategy));
			let ledger = outcome.ledger;
			assert_eq!(ledger.escrowed, ledger.paid + ledger.returned + ledger.burnt);
			assert!(ledger.paid > 0 && outcome.burnt_of_payouts > 0, "somebody is paid");
			let faults = outcome.burnt_of_bonds > 0;
			assert!(faults || scenario == Scenario::Honest, "{scenario:?}, {strategy:?}: cheats pay");
			let of_tasks = outcome.burnt_of_payouts + outcome.burnt_of_bonds;
			assert!(ledger.burnt >= of_tasks, "the rest is what judging costs");
		}
	}
}

#[test]
fn a_run_should_repeat_when_its_seed_does_and_differ_otherwise() {
	let first = setting(Scenario::Whitewash, Strategy::Qos);
	assert_eq!(format!("{:?}", run(first)), format!("{:?}", run(first)));
	assert_ne!(run(first).answers, run(Setting { seed: 6, ..first }).answers);
}

#[test]
fn whitewashers_should_take_new_names_and_lose_money() {
	let outcome = run(setting(Scenario::Whitewash, Strategy::RoundRobin));
	assert!(outcome.names > 10, "{} names", outcome.names);
	assert!(figure(&outcome, "dishonest_income") < figure(&outcome, "honest_income"));
}

#[test]
fn knowing_the_skill_should_be_better_than_a_lot_when_a_third_cheat() {
	let met = |strategy| figure(&run(setting(Scenario::Cheats, strategy)), "met");
	assert!(met(Strategy::Oracle) > met(Strategy::Random));
}
