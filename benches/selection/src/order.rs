//! In which order applicants are taken: as the pallets do, or by a strategy that they are compared with.
//!
//! The market takes applicants by quality per price, whatever says what their quality is. [`Registry`] is the registry
//! of workers, passed on as it is, but that for other strategies it tells such qualities that quality per price falls
//! in the strategy's order. Filter, budget, engagement and everything after the choice are the pallets' own, always.

use crate::{
	draw::Draw,
	lots::Lots,
	runtime::{AccountId, Simulation, Workers},
	Balance, BlockNumber,
};
use pallet_task_market::{ApplicationOf, Applications, Due, SpecOf, Tasks};
use pallet_workers::reputation::UNIT;
use praxis_environment::TaskEnvironment;
use praxis_primitives_consensus::Beacon;
use praxis_primitives_market::{
	selection::{self, compare, Lot},
	Candidate, Mark, Quality, Resources, TaskId, TaskState, WorkerError, WorkerRegistry,
};
use sp_runtime::Perbill;
use std::{cell::RefCell, cmp::Reverse, collections::BTreeMap};

/// How workers are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
	/// The chain's: quality of service per price; by the lots of a beacon those of whom nothing good is known.
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
	/// The chain's, were those of whom nothing good is known taken the cheapest first.
	UnknownByPrice,
	/// The chain's, were known ones taken by their quality alone; the lower price decides ties.
	QualityByLot,
	/// The chain's, were a quarter of the tasks given by lot.
	QuarterByLot,
	/// [`Self::UnknownByPrice`], had a newcomer the reputation of a quarter, so that bad marks leave less than none at all.
	Trust,
}

impl Strategy {
	/// All of them.
	pub const ALL: [Self; 11] = [
		Self::Qos,
		Self::Quality,
		Self::Reputation,
		Self::Cheapest,
		Self::RoundRobin,
		Self::Random,
		Self::Oracle,
		Self::UnknownByPrice,
		Self::QualityByLot,
		Self::QuarterByLot,
		Self::Trust,
	];

	/// Its name.
	pub fn name(self) -> &'static str {
		match self {
			Self::Qos => "QoS, unknown ones by lot (the chain's)",
			Self::Quality => "quality alone",
			Self::Reputation => "reputation alone",
			Self::Cheapest => "cheapest first",
			Self::RoundRobin => "round robin",
			Self::Random => "random",
			Self::Oracle => "oracle",
			Self::UnknownByPrice => "QoS, unknown ones by price",
			Self::QualityByLot => "quality alone, unknown ones by lot",
			Self::QuarterByLot => "the chain's, a quarter by lot",
			Self::Trust => "QoS, newcomers at 1/4",
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

/// The applicants of a task whose workers are not chosen yet, in the strategy's order. The chain's own strategy leaves
/// unknown ones by price, as far as their lots are not drawn.
pub fn wanted(strategy: Strategy, seed: u64, id: TaskId, knowledge: &impl Knowledge) -> Vec<AccountId> {
	let Some(task) = Tasks::<Simulation>::get(id) else { return Vec::new() };
	let beacon = match task.state {
		TaskState::Open { .. } => None,
		TaskState::Drawing { after } => Lots::get(after).ok(),
		_ => return Vec::new(),
	};
	let spec = &task.spec;
	let quality = |one: &ApplicationOf<Simulation>| match task.state {
		TaskState::Open { .. } => Workers::quality(&one.owner, &spec.environment),
		_ => one.quality,
	};
	let lot = |owner| Draw::new(seed, "lot", id.into(), owner).uniform();
	let mut applicants: Vec<Candidate<AccountId>> = Applications::<Simulation>::get(id)
		.iter()
		.map(|one| Candidate {
			owner: one.owner,
			price: one.price,
			total: quality(one).total(&spec.terms),
			lot: beacon.map_or_else(Lot::default, |beacon| selection::lot(&beacon, id, &one.owner)),
		})
		.collect();
	// By account where nothing else decides.
	applicants.sort_unstable_by_key(|one| one.owner);
	match strategy {
		Strategy::Qos | Strategy::UnknownByPrice => applicants.sort_by(compare),
		Strategy::Quality => applicants.sort_by_key(|one| (Reverse(one.total), one.price)),
		Strategy::Reputation => applicants.sort_by_key(|one| (Reverse(Workers::reputation(&one.owner)), one.price)),
		Strategy::Cheapest => applicants.sort_by_key(|one| one.price),
		Strategy::RoundRobin => applicants.sort_by_key(|one| knowledge.last_chosen(one.owner)),
		Strategy::Random => by(&mut applicants, |one| lot(one.owner)),
		Strategy::Oracle => {
			applicants.sort_by_key(|one| one.price);
			by(&mut applicants, |one| -knowledge.expected(one.owner, spec));
		}
		Strategy::QualityByLot => {
			applicants.sort_by_key(|one| (Reverse(one.total), one.price));
			by(&mut applicants, |one| if one.total.is_zero() { lot(one.owner) } else { -1.0 });
		}
		Strategy::QuarterByLot if Draw::new(seed, "quarter", id.into(), 0).chance(0.25) => {
			by(&mut applicants, |one| lot(one.owner));
		}
		Strategy::QuarterByLot => {
			applicants.sort_by(compare);
			by(&mut applicants, |one| if one.total.is_zero() { lot(one.owner) } else { -1.0 });
		}
		Strategy::Trust => by(&mut applicants, |one| -trusted(one, spec) / one.price as f64),
	}
	applicants.into_iter().map(|one| one.owner).collect()
}

/// Sorts by a number, the least first; equal ones stay as they are.
fn by(applicants: &mut [Candidate<AccountId>], number: impl Fn(&Candidate<AccountId>) -> f64) {
	applicants.sort_by(|one, other| number(one).total_cmp(&number(other)));
}

/// Quality as it would be if the two marks that a newcomer is taken to have were a quarter good.
fn trusted(applicant: &Candidate<AccountId>, spec: &SpecOf<Simulation>) -> f64 {
	const PRIOR: f64 = 2.0 * UNIT as f64;
	let now = frame_system::Pallet::<Simulation>::block_number().into();
	let history = pallet_workers::Histories::<Simulation>::get(applicant.owner);
	let sums = history.reputation.decayed(&Workers::clock(), now);
	let more = (PRIOR / 4.0) / (PRIOR + sums.all as f64);
	let part = |part: Perbill| f64::from(part.deconstruct()) / 1e9;
	part(applicant.total) + part(spec.terms.reputation) * more
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

	fn is_available(owner: &AccountId) -> bool {
		Workers::is_available(owner)
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
