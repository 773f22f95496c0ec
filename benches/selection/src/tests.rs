//! The simulation as a whole.

use crate::{
	market::{externalities, run, Run, Setting},
	order::{wanted, Strategy},
	outcome::Outcome,
	population::Scenario,
	runtime::{AccountId, Market, Simulation},
};
use pallet_task_market::{Assignments, Due, Tasks};
use praxis_primitives_market::{TaskId, TaskState};

/// What is known of the choice at one task: best first.
#[derive(Default)]
pub struct Order {
	/// As the strategy wants it.
	wanted: Vec<AccountId>,
	/// As the market ranks it.
	ranked: Vec<AccountId>,
	/// Who was chosen.
	chosen: Vec<AccountId>,
	/// Whether by lot.
	drawn: bool,
}

impl Run {
	/// Notes how the applicants should be ranked at tasks whose workers are chosen now, if no lots are drawn first.
	pub(crate) fn note_orders(&mut self, now: u32) {
		for (_, id) in Due::<Simulation>::get().into_iter().filter(|(at, _)| *at <= now) {
			let state = Tasks::<Simulation>::get(id).map(|task| task.state);
			let drawn = matches!(state, Some(TaskState::Drawing { .. }));
			if drawn || matches!(state, Some(TaskState::Open { .. })) {
				let wanted = wanted(self.setting.strategy, self.setting.seed, id, self);
				self.orders.insert(id, Order { wanted, drawn, ..Default::default() });
			}
		}
	}

	/// Notes how they were ranked, and who was chosen.
	pub(crate) fn note_chosen(&mut self, id: TaskId) {
		let order = self.orders.get_mut(&id).expect("it was noted before");
		let ranking = Market::ranking(id).into_iter().filter(|applicant| applicant.rank.is_some());
		order.ranked = ranking.map(|applicant| applicant.owner).collect();
		order.chosen = Assignments::<Simulation>::get(id).iter().map(|assignment| assignment.owner).collect();
	}
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
			let drawn = run.orders.values().filter(|order| order.drawn).count();
			assert_eq!(drawn > 5, strategy == Strategy::Qos, "{strategy:?}: {drawn} by the lots of a beacon");
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
