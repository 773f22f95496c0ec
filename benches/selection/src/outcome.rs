//! What came out of a run.

use crate::{
	constants::PRX,
	market::{Actor, Run, REQUESTER_FUNDS, WORKER_FUNDS},
	population::{Conduct, REQUESTERS},
	runtime::{AccountId, Balances, Market, Models, Simulation, Workers},
	Balance,
};
use frame_support::traits::fungible::Inspect;
use praxis_primitives_market::{Ledger, Settlement};

/// Windows of a run, in which the share of met requests is told apart.
pub const WINDOWS: usize = 10;

/// What became of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Answer {
	/// Whether the target is met.
	pub met: bool,
	/// The best share of the way from the floor to the target.
	pub quality: f64,
	/// Blocks from the post to the settlement.
	pub blocks: Option<u32>,
	/// Whether a model that was published already is as good, so that no task was posted.
	pub published: bool,
}

/// What came out of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
	/// What became of each request.
	pub answers: Vec<Answer>,
	/// The ledgers of all tasks together.
	pub ledger: Ledger<Balance>,
	/// Burnt of payouts, of bonds for faults; repaid from bonds to requesters.
	pub burnt_of_payouts: Balance,
	/// See above.
	pub burnt_of_bonds: Balance,
	/// See above.
	pub repaid: Balance,
	/// Times that somebody was chosen, by window, and of them the dishonest ones.
	pub chosen: [(u32, u32); WINDOWS],
	/// New names of whitewashers.
	pub names: u32,
	/// Figures by name; those that there are not are no numbers.
	pub figures: Vec<(&'static str, f64)>,
}

impl Outcome {
	/// Before the first request.
	pub fn new(requests: usize) -> Self {
		Self { answers: vec![Answer::default(); requests], ..Default::default() }
	}

	/// A published model meets the target.
	pub fn published(&mut self, wish: usize) {
		self.answers[wish] = Answer { met: true, quality: 1.0, blocks: None, published: true };
	}

	/// Somebody was chosen.
	pub fn assigned(&mut self, wish: usize, honest: bool) {
		let (all, dishonest) = &mut self.chosen[wish * WINDOWS / self.answers.len()];
		*all += 1;
		*dishonest += u32::from(!honest);
	}

	/// A worker is settled.
	pub fn judged(&mut self, wish: usize, settlement: &Settlement<Balance>, met: bool) {
		let answer = &mut self.answers[wish];
		answer.met |= met;
		answer.quality = answer.quality.max(f64::from(settlement.share.deconstruct()) / 1e9);
		self.burnt_of_payouts += settlement.burnt;
		match settlement.score {
			Some(_) => self.repaid += settlement.slashed,
			None => self.burnt_of_bonds += settlement.slashed,
		}
	}

	/// A task is settled, or has expired; `blocks` after its post.
	pub fn finished(&mut self, wish: usize, blocks: u32, settled: bool, ledger: &Ledger<Balance>) {
		self.answers[wish].blocks = settled.then_some(blocks);
		self.ledger.escrowed += ledger.escrowed;
		self.ledger.paid += ledger.paid;
		self.ledger.returned += ledger.returned;
		self.ledger.burnt += ledger.burnt;
	}

	/// Share of the choices of some windows that fell on dishonest workers.
	pub fn dishonest(&self, windows: std::ops::Range<usize>) -> f64 {
		let sum = |(all, dishonest), window: &(u32, u32)| (all + window.0, dishonest + window.1);
		let (all, dishonest) = self.chosen[windows].iter().fold((0, 0), sum);
		f64::from(dishonest) / f64::from(all)
	}

	/// Share of the requests of a window whose target is met.
	pub fn met(&self, window: usize) -> f64 {
		let count = self.answers.len();
		let answers = &self.answers[count * window / WINDOWS..count * (window + 1) / WINDOWS];
		answers.iter().filter(|answer| answer.met).count() as f64 / answers.len() as f64
	}
}

fn prx(amount: Balance) -> f64 {
	amount as f64 / PRX as f64
}

fn mean(numbers: impl IntoIterator<Item = f64>) -> f64 {
	let (count, sum) = numbers.into_iter().fold((0.0, 0.0), |(count, sum), number| (count + 1.0, sum + number));
	sum / count
}

/// Gini's coefficient: 0 if all have the same, near 1 if one has everything.
pub fn gini(numbers: &[f64]) -> f64 {
	let mut sorted: Vec<f64> = numbers.iter().map(|number| number.max(0.0)).collect();
	sorted.sort_by(f64::total_cmp);
	let (count, sum) = (sorted.len() as f64, sorted.iter().sum::<f64>());
	let ranked: f64 = sorted.iter().enumerate().map(|(at, number)| (at as f64 + 1.0) * number).sum();
	2.0 * ranked / (count * sum) - (count + 1.0) / count
}

impl Actor {
	/// What it has more than at the beginning, PRX; less if negative.
	fn income(&self) -> f64 {
		let total: Balance = self.accounts.iter().map(Balances::total_balance).sum();
		prx(total) - prx(WORKER_FUNDS)
	}

	fn is_honest(&self) -> bool {
		self.person.conduct == Conduct::Honest
	}
}

impl Run {
	/// The figures of a run that is over. Ends the program if an invariant of the pallets does not hold or if money
	/// was lost: then nothing that comes out means anything.
	pub(crate) fn close(mut self) -> Outcome {
		Market::do_try_state().expect("the invariants of the market hold");
		Workers::do_try_state().expect("the invariants of the workers hold");
		Models::do_try_state().expect("the invariants of the models hold");
		let Ledger { escrowed, paid, returned, burnt } = self.outcome.ledger;
		assert_eq!(escrowed, paid + returned + burnt, "what was escrowed was paid, returned or burnt");
		let first = Balance::from(REQUESTERS) * REQUESTER_FUNDS + self.actors.len() as Balance * WORKER_FUNDS;
		let issued = pallet_balances::TotalIssuance::<Simulation>::get();
		assert_eq!(first, issued + burnt, "what is missing was burnt");
		let requesters: Vec<AccountId> = self.requesters().collect();
		let left: Balance = requesters.iter().map(Balances::total_balance).sum();
		let spent = Balance::from(REQUESTERS) * REQUESTER_FUNDS - left;
		self.outcome.figures = self.figures(prx(spent));
		self.outcome
	}

	fn figures(&self, spent: f64) -> Vec<(&'static str, f64)> {
		let outcome = &self.outcome;
		let answers = &outcome.answers;
		let met = answers.iter().filter(|answer| answer.met && !answer.published).count() as f64;
		let incomes =
			|honest: bool| self.actors.iter().filter(move |actor| actor.is_honest() == honest).map(Actor::income);
		let early: Vec<f64> = self
			.actors
			.iter()
			.filter(|actor| actor.is_honest() && actor.person.enters == 0.0)
			.map(Actor::income)
			.collect();
		let honest = |late: bool| {
			let chance = move |actor: &&Actor| actor.is_honest() && (actor.person.enters > 0.0) == late;
			self.actors.iter().filter(chance).filter(|actor| actor.applied > 0)
		};
		let chance = |late: bool| {
			let (chosen, applied) =
				honest(late).fold((0, 0), |(chosen, applied), actor| (chosen + actor.chosen, applied + actor.applied));
			f64::from(chosen) / f64::from(applied)
		};
		vec![
			("met", mean(answers.iter().map(|answer| f64::from(u8::from(answer.met))))),
			("quality", mean(answers.iter().map(|answer| answer.quality))),
			("published", mean(answers.iter().map(|answer| f64::from(u8::from(answer.published))))),
			("blocks", mean(answers.iter().filter_map(|answer| answer.blocks).map(f64::from))),
			("spent", spent),
			("spent_per_met", spent / met),
			("burnt", prx(outcome.ledger.burnt)),
			("burnt_of_payouts", prx(outcome.burnt_of_payouts)),
			("burnt_of_bonds", prx(outcome.burnt_of_bonds)),
			("repaid", prx(outcome.repaid)),
			("honest_income", mean(incomes(true))),
			("dishonest_income", mean(incomes(false))),
			("dishonest_chosen", outcome.dishonest(0..WINDOWS)),
			("late_ever", mean(honest(true).map(|actor| f64::from(u8::from(actor.chosen > 0))))),
			("late_chance", chance(true) / chance(false)),
			("gini", gini(&early)),
			("names", f64::from(outcome.names)),
		]
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn gini_should_be_nothing_for_equals_and_near_one_for_a_monopoly() {
		assert!(gini(&[3.0; 10]).abs() < 1e-12);
		let mut one = vec![0.0; 100];
		one[7] = 5.0;
		assert!((gini(&one) - 0.99).abs() < 1e-9);
		assert!((gini(&[1.0, 3.0]) - 0.25).abs() < 1e-12);
	}

	#[test]
	fn windows_should_tell_early_answers_from_late_ones() {
		let mut outcome = Outcome::new(20);
		for wish in 10..20 {
			outcome.published(wish);
		}
		assert_eq!((outcome.met(0), outcome.met(4), outcome.met(5)), (0.0, 0.0, 1.0));
	}
}
