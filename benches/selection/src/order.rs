//! In which order applicants are taken: as the pallets do, or by a strategy that they are compared with.
//!
//! The market takes applicants by quality per price, whatever says what their quality is. [`Registry`] is the registry
//! of workers, passed on as it is, but that for other strategies it tells such qualities that quality per price falls
//! in the strategy's order. Filter, budget, engagement and everything after the choice are the pallets' own, always.

use crate::{
	draw::Draw,
	runtime::{AccountId, Market, Simulation, Workers},
	Balance, BlockNumber,
};
use pallet_task_market::{Applications, Due, SpecOf, Tasks};
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::{Mark, Quality, Resources, TaskId, TaskState, WorkerError, WorkerRegistry};
use sp_runtime::Perbill;
use std::{cell::RefCell, cmp::Reverse, collections::BTreeMap};

/// How workers are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
	/// The chain's: quality of service per price.
	Qos,
	/// The chain's quality of service alone; the lower price decides ties.
	Quality,
	/// The chain's reputation alone; the lower price decides ties.
	Reputation,
	/// The lowest price.
	Cheapest,
	/// Who was chosen longest ago, or never.
	RoundRobin,
	/// By lot.
	Random,
	/// The greatest expected share of the target, as nobody can know it: a bound.
	Oracle,
}

impl Strategy {
	/// All of them.
	pub const ALL: [Self; 7] =
		[Self::Qos, Self::Quality, Self::Reputation, Self::Cheapest, Self::RoundRobin, Self::Random, Self::Oracle];

	/// Its name.
	pub fn name(self) -> &'static str {
		match self {
			Self::Qos => "QoS-greedy",
			Self::Quality => "quality alone",
			Self::Reputation => "reputation alone",
			Self::Cheapest => "cheapest first",
			Self::RoundRobin => "round robin",
			Self::Random => "random",
			Self::Oracle => "oracle",
		}
	}
}

/// What strategies need to know beside the pallets' storage.
pub trait Knowledge {
	/// When this owner was chosen last: a number that rises; none if never.
	fn last_chosen(&self, owner: AccountId) -> Option<u64>;
	/// Expected share of the target of a task that was posted as this one.
	fn expected(&self, owner: AccountId, spec: &SpecOf<Simulation>) -> f64;
}

thread_local! {
	/// Qualities that are told in place of the real ones, by environment and owner; none for the chain's strategy.
	static TOLD: RefCell<Option<BTreeMap<(TaskEnvironment, AccountId), Perbill>>> = const { RefCell::new(None) };
}

/// Lets the market take applicants by this strategy, in a run with this seed, in every task whose time for applications
/// ends now.
pub fn prepare(strategy: Strategy, seed: u64, now: BlockNumber, knowledge: &impl Knowledge) {
	if strategy == Strategy::Qos {
		TOLD.set(None);
		return;
	}
	let due = Due::<Simulation>::get().into_iter().filter(|(at, _)| *at <= now).map(|(_, id)| id);
	let told = due.flat_map(|id| tell(id, &wanted(strategy, seed, id, knowledge))).collect();
	TOLD.set(Some(told));
}

/// The applicants of a task whose workers are not chosen yet, in the strategy's order.
pub fn wanted(strategy: Strategy, seed: u64, id: TaskId, knowledge: &impl Knowledge) -> Vec<AccountId> {
	let Some(task) = Tasks::<Simulation>::get(id).filter(|task| matches!(task.state, TaskState::Open { .. })) else {
		return Vec::new();
	};
	let spec = &task.spec;
	let total = |owner| Workers::quality(&owner, &spec.environment).total(&spec.terms);
	let mut applicants: Vec<(AccountId, Balance)> =
		Applications::<Simulation>::get(id).iter().map(|application| (application.owner, application.price)).collect();
	// By account where nothing else decides.
	applicants.sort_unstable();
	match strategy {
		Strategy::Qos => unreachable!("the pallets' own order is not made here"),
		Strategy::Quality => applicants.sort_by_key(|(owner, price)| (Reverse(total(*owner)), *price)),
		Strategy::Reputation => {
			applicants.sort_by_key(|(owner, price)| (Reverse(Workers::reputation(owner)), *price));
		}
		Strategy::Cheapest => applicants.sort_by_key(|(_, price)| *price),
		Strategy::RoundRobin => applicants.sort_by_key(|(owner, _)| knowledge.last_chosen(*owner)),
		Strategy::Random => {
			let lot = |owner| Draw::new(seed, "lot", id.into(), owner).uniform();
			applicants.sort_by(|one, other| lot(one.0).total_cmp(&lot(other.0)));
		}
		Strategy::Oracle => {
			let expected = |owner| knowledge.expected(owner, spec);
			applicants.sort_by(|one, other| expected(other.0).total_cmp(&expected(one.0)).then(one.1.cmp(&other.1)));
		}
	}
	applicants.into_iter().map(|(owner, _)| owner).collect()
}

/// Qualities for which quality per price falls from each of `order` to the next.
fn tell(id: TaskId, order: &[AccountId]) -> Vec<((TaskEnvironment, AccountId), Perbill)> {
	let Some(task) = Tasks::<Simulation>::get(id) else { return Vec::new() };
	let applications = Applications::<Simulation>::get(id);
	let price = |owner| applications.iter().find(|application| application.owner == owner).map(|found| found.price);
	let count = order.len() as Balance;
	let (parts, most) = (Balance::from(Perbill::one().deconstruct()), task.spec.price);
	// Prices are above a hundredth of the highest. So with at most 32 applicants two quotients differ by a 32nd at
	// least, and rounding changes them by less than a ten-thousandth.
	let told = |place: usize, price: Balance| parts * price / most * (count - place as Balance) / count;
	order
		.iter()
		.enumerate()
		.filter_map(|(place, owner)| {
			let quality = Perbill::from_parts(told(place, price(*owner)?) as u32);
			Some(((task.spec.environment, *owner), quality))
		})
		.collect()
}

/// The registry of workers, as the market of the simulation sees it.
pub struct Registry;

impl WorkerRegistry for Registry {
	type AccountId = AccountId;
	type Balance = Balance;
	type BlockNumber = BlockNumber;

	fn owner_of(operator: &AccountId) -> Option<AccountId> {
		Workers::owner_of(operator)
	}

	fn resources(owner: &AccountId) -> Option<Resources> {
		Workers::resources(owner)
	}

	fn quality(owner: &AccountId, environment: &TaskEnvironment) -> Quality {
		TOLD.with_borrow(|told| match told {
			None => Workers::quality(owner, environment),
			Some(told) => {
				let part = told.get(&(*environment, *owner)).copied().unwrap_or_default();
				Quality { reputation: part, expertise: part, compute: part }
			}
		})
	}

	fn engage(owner: &AccountId) -> Result<(), WorkerError> {
		Workers::engage(owner)
	}

	fn release(owner: &AccountId) {
		Workers::release(owner)
	}

	fn record(owner: &AccountId, requester: &AccountId, mark: Mark<Balance, BlockNumber>) {
		Workers::record(owner, requester, mark)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_worker(owner: &AccountId, operator: &AccountId, resources: Resources) {
		Workers::set_worker(owner, operator, resources)
	}
}

/// Owners that the market would take for an open task, best first.
pub fn ranked(id: TaskId) -> Vec<AccountId> {
	Market::ranking(id).into_iter().filter(|applicant| applicant.rank.is_some()).map(|one| one.owner).collect()
}
