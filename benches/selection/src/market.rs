//! One run: the population meets the pallets. Heights at which nothing happens are skipped.

use crate::{
	constants::PRX,
	draw::Draw,
	judge::{self, Submission},
	lots::Lots,
	order::{self, Knowledge, Strategy},
	outcome::Outcome,
	population::{kind, level, people, score, wishes, Conduct, Person, Scenario, Wish, REQUESTERS},
	runtime::{AccountId, Balances, Market, Models, RuntimeEvent, RuntimeOrigin, Simulation, System, Workers},
	Balance, BlockNumber,
};
use codec::Encode;
use frame_support::{
	dispatch::DispatchResult,
	storage::with_storage_layer,
	traits::{fungible::Mutate, tokens::Preservation, Hooks},
	weights::Weight,
};
use pallet_task_market::{Assignments, Due, Error, Event, SpecOf, Tasks};
use praxis_policy::Limits;
use praxis_primitives_market::{
	task::{commitment, share},
	JobId, Ledger, ModelRegistry, Resources, Settlement, TaskId, TaskState, Terms,
};
use sp_runtime::{BuildStorage, Perbill};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks for applications and for reveals.
const APPLY_BLOCKS: u32 = 20;
const REVEAL_BLOCKS: u32 = crate::constants::MIN_REVEAL_BLOCKS;

/// Weights of the terms of quality.
const TERMS: Terms = Terms {
	reputation: Perbill::from_percent(40),
	expertise: Perbill::from_percent(40),
	compute: Perbill::from_percent(20),
};

/// Part of the tasks at which a worker looks at all: at other times it has other work.
const ATTENTION: f64 = 0.5;

/// Expected share of the target below which a worker does not apply.
const WORTHWHILE: f64 = 0.6;

/// Free balance of a requester and of a worker at the beginning.
pub(crate) const REQUESTER_FUNDS: Balance = 100_000 * PRX;
pub(crate) const WORKER_FUNDS: Balance = 3_000 * PRX;

/// What a whitewasher gives a new name: deposit and bonds.
const NAME_FUNDS: Balance = 40 * PRX;

/// Accounts: requesters from here on, then the purses of the workers, then their names.
const FIRST_REQUESTER: AccountId = 1;
const FIRST_PURSE: AccountId = 1_000;
const FIRST_NAME: AccountId = 10_000;

const SALT: [u8; 32] = [7; 32];

/// What is done at a height.
#[derive(Clone, Copy, Debug)]
enum Step {
	Enter(usize),
	Ask(usize),
	Apply(usize, TaskId),
	Commit(usize, TaskId),
	Reveal(usize, TaskId),
	Judge(JobId),
}

/// What a worker does once it is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
	/// Trains, commits, reveals.
	Work,
	/// Commits nothing.
	Vanish,
	/// Commits and does not reveal.
	Hide,
	/// Submits what is about as good as random actions.
	Rubbish,
	/// Submits the best published policy, changed a little; rubbish where there is none.
	Copy,
}

/// What a run is made from.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
	/// Everything that is drawn depends on it.
	pub seed: u64,
	/// Who works.
	pub scenario: Scenario,
	/// How it is chosen.
	pub strategy: Strategy,
	/// Requests.
	pub tasks: usize,
	/// Workers.
	pub workers: usize,
}

/// A worker in the market.
pub(crate) struct Actor {
	pub(crate) person: Person,
	/// Its owner's account: the present name.
	name: AccountId,
	/// All of its accounts.
	pub(crate) accounts: Vec<AccountId>,
	/// Tasks that it applied for or trains at.
	busy: BTreeSet<TaskId>,
	/// Whether it wants another name.
	shamed: bool,
	pub(crate) applied: u32,
	pub(crate) chosen: u32,
}

/// A run.
pub(crate) struct Run {
	pub(crate) setting: Setting,
	pub(crate) actors: Vec<Actor>,
	pub(crate) wishes: Vec<Wish>,
	steps: BTreeMap<(BlockNumber, u64), Step>,
	count: u64,
	owners: BTreeMap<AccountId, usize>,
	last_chosen: BTreeMap<AccountId, u64>,
	wish_of: BTreeMap<TaskId, usize>,
	submissions: BTreeMap<(usize, TaskId), Vec<u8>>,
	pub(crate) outcome: Outcome,
	#[cfg(test)]
	pub(crate) orders: BTreeMap<TaskId, crate::tests::Order>,
}

/// Runs the market once.
pub fn run(setting: Setting) -> Outcome {
	externalities(setting.workers).execute_with(|| {
		let mut run = Run::new(setting);
		run.go();
		run.close()
	})
}

/// The state before the first block.
pub(crate) fn externalities(workers: usize) -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Simulation>::default().build_storage().unwrap_or_default();
	let requesters = (0..REQUESTERS).map(|at| (FIRST_REQUESTER + at, REQUESTER_FUNDS));
	let purses = (0..workers as u64).map(|at| (FIRST_PURSE + at, WORKER_FUNDS));
	pallet_balances::GenesisConfig::<Simulation> { balances: requesters.chain(purses).collect(), ..Default::default() }
		.assimilate_storage(&mut storage)
		.expect("the genesis is valid");
	storage.into()
}

fn origin(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

impl Run {
	pub(crate) fn new(setting: Setting) -> Self {
		let Setting { seed, scenario, tasks, workers, .. } = setting;
		let people = people(seed, workers, scenario);
		Lots::seed(seed);
		let mut run = Self {
			setting,
			wishes: wishes(seed, tasks),
			actors: Vec::new(),
			steps: BTreeMap::new(),
			count: 0,
			owners: BTreeMap::new(),
			last_chosen: BTreeMap::new(),
			wish_of: BTreeMap::new(),
			submissions: BTreeMap::new(),
			outcome: Outcome::new(tasks),
			#[cfg(test)]
			orders: BTreeMap::new(),
		};
		let end = run.wishes.last().map_or(0, |wish| wish.at);
		for (at, person) in people.into_iter().enumerate() {
			let purse = FIRST_PURSE + at as u64;
			run.plan(1 + (person.enters * f64::from(end)) as u32, Step::Enter(at));
			run.actors.push(Actor {
				person,
				name: purse,
				accounts: vec![purse],
				busy: BTreeSet::new(),
				shamed: false,
				applied: 0,
				chosen: 0,
			});
		}
		for at in 0..tasks {
			run.plan(run.wishes[at].at, Step::Ask(at));
		}
		run
	}

	fn plan(&mut self, at: BlockNumber, step: Step) {
		self.count += 1;
		self.steps.insert((at, self.count), step);
	}

	fn draw(&self, purpose: &str, actor: usize, id: TaskId) -> Draw {
		// By request, not by task: a request that needs no task would shift the numbers.
		Draw::new(self.setting.seed, purpose, actor as u64, self.wish_of[&id] as u64)
	}

	/// Goes on until nothing is left to do.
	pub(crate) fn go(&mut self) {
		let mut last = 0;
		loop {
			let step = self.steps.keys().next().map(|(at, _)| *at);
			let due = Due::<Simulation>::get().first().map(|(at, _)| *at);
			let Some(now) = step.into_iter().chain(due).min().map(|at| at.max(last + 1)) else { return };
			System::set_block_number(now);
			while let Some(entry) = self.steps.first_entry().filter(|entry| entry.key().0 <= now) {
				let step = entry.remove();
				self.act(step, now);
			}
			order::prepare(self.setting.strategy, self.setting.seed, now, self);
			#[cfg(test)]
			self.note_orders(now);
			Market::on_idle(now, Weight::MAX);
			let events = System::events();
			System::reset_events();
			for record in events {
				if let RuntimeEvent::Market(event) = record.event {
					self.note(event, now);
				}
			}
			last = now;
		}
	}

	/// Calls that are refused change nothing, as in a block.
	fn call(&self, call: impl FnOnce() -> DispatchResult) -> DispatchResult {
		with_storage_layer(call)
	}

	fn act(&mut self, step: Step, now: BlockNumber) {
		match step {
			Step::Enter(actor) => self.enter(actor),
			Step::Ask(wish) => self.ask(wish),
			Step::Apply(actor, id) => self.apply(actor, id),
			Step::Commit(actor, id) => self.commit(actor, id, now),
			Step::Reveal(actor, id) => {
				let bytes = self.submissions.remove(&(actor, id)).unwrap_or_default();
				let (name, bytes) = (self.actors[actor].name, bytes.try_into().unwrap_or_default());
				self.call(|| Market::reveal(origin(name), id, bytes, SALT))
					.expect("what was committed can be revealed");
			}
			Step::Judge(job) => judge::judge(job),
		}
	}

	fn enter(&mut self, actor: usize) {
		let name = self.actors[actor].name;
		self.owners.insert(name, actor);
		self.call(|| Workers::register_worker(origin(name), name, Resources::default(), Default::default()))
			.expect("it has the deposit");
	}

	fn ask(&mut self, wish: usize) {
		let Wish { requester, environment, target, price, workers, train, .. } = self.wishes[wish];
		let price = (price * PRX as f64) as Balance;
		let spec = SpecOf::<Simulation> {
			environment,
			target: score(&environment, target),
			episodes: 100,
			price,
			budget: price * Balance::from(workers),
			workers,
			apply_blocks: APPLY_BLOCKS,
			train_blocks: train,
			reveal_blocks: REVEAL_BLOCKS,
			minimum_reputation: Perbill::zero(),
			terms: TERMS,
			resources: Resources::default(),
			limits: Limits::default(),
		};
		let id = pallet_task_market::NextTask::<Simulation>::get();
		match self.call(|| Market::post_task(origin(FIRST_REQUESTER + requester), spec)) {
			Ok(()) => {
				self.wish_of.insert(id, wish);
			}
			Err(error) if error == Error::<Simulation>::AlreadyAchieved.into() => self.outcome.published(wish),
			Err(error) => panic!("request {wish} cannot be posted: {error:?}"),
		}
	}

	fn apply(&mut self, actor: usize, id: TaskId) {
		let Some(price) = self.price(actor, id) else { return };
		let name = self.actors[actor].name;
		// Refused if another 32 applied before, or if it has no money left for the bond.
		if self.call(|| Market::apply(origin(name), id, price)).is_ok() {
			self.actors[actor].applied += 1;
			self.actors[actor].busy.insert(id);
		}
	}

	/// What a worker asks for a task; none if it does not want it.
	fn price(&self, actor: usize, id: TaskId) -> Option<Balance> {
		let task = Tasks::<Simulation>::get(id)?;
		let Actor { person, busy, shamed, .. } = &self.actors[actor];
		if busy.len() >= person.capacity || *shamed {
			return None;
		}
		let believes = |skill: f64| (skill + person.conceit).min(1.0);
		let wanted = person.conduct != Conduct::Honest || self.expect(person, &task.spec, believes) >= WORTHWHILE;
		let part = (person.price * self.draw("price", actor, id).normal(1.0, 0.05)).clamp(0.1, 1.0);
		wanted.then_some((part * task.spec.price as f64) as Balance)
	}

	/// Expected share of the target for one whose skill is what `believes` makes of it.
	fn expect(&self, person: &Person, spec: &SpecOf<Simulation>, believes: impl Fn(f64) -> f64) -> f64 {
		let skill = believes(person.skill[kind(&spec.environment)]);
		let reached = person.level(skill, f64::from(spec.train_blocks));
		let floor = Models::best(&spec.environment).map_or(spec.environment.random_score(), |(best, _)| best);
		f64::from(share(score(&spec.environment, reached), floor, spec.target).deconstruct()) / 1e9
	}

	/// What a worker does at a task for which it was chosen.
	fn deed(&self, actor: usize, id: TaskId) -> Deed {
		let (person, mut draw) = (&self.actors[actor].person, self.draw("deed", actor, id));
		match person.conduct {
			_ if draw.chance(person.failing) => Deed::Vanish,
			Conduct::Honest => Deed::Work,
			Conduct::Rubbish => Deed::Rubbish,
			Conduct::NoCommit => Deed::Vanish,
			Conduct::NoReveal => Deed::Hide,
			Conduct::Copy => Deed::Copy,
			Conduct::Whitewash => [Deed::Work, Deed::Work, Deed::Vanish, Deed::Hide][draw.below(4)],
		}
	}

	/// A worker was chosen: it trains, or does not.
	fn train(&mut self, actor: usize, id: TaskId, now: BlockNumber) {
		let Some(task) = Tasks::<Simulation>::get(id) else { return };
		let person = &self.actors[actor].person;
		let time = f64::from(task.spec.train_blocks - 1);
		let mut draw = self.draw("training", actor, id);
		let (reached, blocks) = match self.deed(actor, id) {
			Deed::Vanish => return,
			Deed::Work => {
				let environment = &task.spec.environment;
				let place = sp_crypto_hashing::twox_64(&environment.encode());
				let mut talent = Draw::new(self.setting.seed, "talent", actor as u64, u64::from_le_bytes(place));
				let skill = person.skill[kind(environment)] + talent.normal(0.0, 0.05) + draw.normal(0.0, 0.04);
				let skill = skill.clamp(0.01, 0.99);
				let aim = level(environment, task.spec.target) + 0.02;
				let blocks = person.blocks_to(skill, aim).unwrap_or(1.5 * person.tempo).min(time);
				(person.level(skill, blocks), blocks)
			}
			Deed::Hide | Deed::Rubbish | Deed::Copy => (draw.normal(0.0, 0.02), draw.between(2.0, 10.0).min(time)),
		};
		let submission =
			Submission { score: score(&task.spec.environment, reached), salt: (id as u64) << 32 | actor as u64 };
		self.submissions.insert((actor, id), submission.encode());
		self.plan(now + 1 + blocks as u32, Step::Commit(actor, id));
	}

	fn commit(&mut self, actor: usize, id: TaskId, now: BlockNumber) {
		let Some(task) = Tasks::<Simulation>::get(id)
			.filter(|task| matches!(task.state, TaskState::Assigned { until } if until >= now))
		else {
			panic!("task {id} takes no commit of worker {actor}");
		};
		if self.deed(actor, id) == Deed::Copy {
			if let Some((best, _)) = Models::best(&task.spec.environment) {
				let environment = &task.spec.environment;
				let near = level(environment, best) + self.draw("copy", actor, id).normal(0.0, 0.01);
				let salt = (id as u64) << 32 | actor as u64;
				self.submissions.insert((actor, id), Submission { score: score(environment, near), salt }.encode());
			}
		}
		let name = self.actors[actor].name;
		let hash = sp_crypto_hashing::blake2_256(&self.submissions[&(actor, id)]).into();
		let cid = vec![1; 36].try_into().unwrap_or_default();
		self.call(|| Market::commit(origin(name), id, commitment(&name, &hash, &SALT), cid, None))
			.expect("a chosen worker can commit in time");
		// The machine is free again.
		self.actors[actor].busy.remove(&id);
	}

	/// What the chain says.
	fn note(&mut self, event: Event<Simulation>, now: BlockNumber) {
		match event {
			Event::TaskPosted { task, .. } => {
				for actor in 0..self.actors.len() {
					let mut draw = self.draw("attention", actor, task);
					let entered = self.owners.contains_key(&self.actors[actor].name);
					if entered && draw.chance(ATTENTION) {
						let at = now + 1 + draw.below(APPLY_BLOCKS as usize - 1) as u32;
						self.plan(at, Step::Apply(actor, task));
					}
				}
			}
			Event::WorkerPassedOver { owner, task, .. } => {
				let actor = self.owners[&owner];
				self.actors[actor].busy.remove(&task);
			}
			Event::WorkerAssigned { owner, task, .. } => {
				let actor = self.owners[&owner];
				self.count += 1;
				self.last_chosen.insert(owner, self.count);
				self.actors[actor].chosen += 1;
				self.outcome.assigned(self.wish_of[&task], self.actors[actor].person.conduct == Conduct::Honest);
				self.train(actor, task, now);
			}
			#[cfg(test)]
			Event::TaskAssigned { task, .. } => self.note_chosen(task),
			Event::CommitsClosed { task, .. } => {
				for assignment in Assignments::<Simulation>::get(task).iter().filter(|one| one.commit.is_some()) {
					let actor = self.owners[&assignment.owner];
					if self.deed(actor, task) != Deed::Hide {
						let at = now + 1 + self.draw("reveal", actor, task).below(4) as u32;
						self.plan(at, Step::Reveal(actor, task));
					}
				}
			}
			Event::EvaluationStarted { job, .. } => self.plan(now + judge::JUDGE_BLOCKS, Step::Judge(job)),
			Event::WorkerSettled { task, owner, settlement } => self.settled(task, owner, &settlement),
			Event::TaskSettled { task, ledger, .. } => self.finished(task, true, now, &ledger),
			Event::TaskExpired { task, ledger, .. } => self.finished(task, false, now, &ledger),
			_ => {}
		}
	}

	fn finished(&mut self, task: TaskId, settled: bool, now: BlockNumber, ledger: &Ledger<Balance>) {
		let wish = self.wish_of[&task];
		self.outcome.finished(wish, now - self.wishes[wish].at, settled, ledger);
	}

	fn settled(&mut self, task: TaskId, owner: AccountId, settlement: &Settlement<Balance>) {
		let actor = self.owners[&owner];
		let met = Tasks::<Simulation>::get(task)
			.is_some_and(|task| settlement.score.is_some_and(|score| score >= task.spec.target));
		self.outcome.judged(self.wish_of[&task], settlement, met);
		let actor_state = &mut self.actors[actor];
		actor_state.busy.remove(&task);
		if actor_state.person.conduct == Conduct::Whitewash {
			if owner == actor_state.name && settlement.share < Perbill::from_percent(50) {
				actor_state.shamed = true;
			}
			self.whitewash(actor);
		}
	}

	/// Leaves and comes back under a new name, once it has nothing to answer for.
	fn whitewash(&mut self, actor: usize) {
		let Actor { name, accounts, shamed, .. } = &self.actors[actor];
		let (name, purse) = (*name, accounts[0]);
		if !shamed || self.call(|| Workers::withdraw_worker(origin(name))).is_err() {
			return;
		}
		let next = FIRST_NAME + self.count;
		self.count += 1;
		if self.call(|| Balances::transfer(&purse, &next, NAME_FUNDS, Preservation::Preserve).map(|_| ())).is_err() {
			return;
		}
		self.outcome.names += 1;
		let state = &mut self.actors[actor];
		state.name = next;
		state.accounts.push(next);
		state.shamed = false;
		self.enter(actor);
	}
}

impl Run {
	/// The accounts of the requesters.
	pub(crate) fn requesters(&self) -> impl Iterator<Item = AccountId> {
		FIRST_REQUESTER..FIRST_REQUESTER + REQUESTERS
	}
}

impl Knowledge for Run {
	fn last_chosen(&self, owner: AccountId) -> Option<u64> {
		self.last_chosen.get(&owner).copied()
	}

	fn expected(&self, owner: AccountId, spec: &SpecOf<Simulation>) -> f64 {
		let person = &self.actors[self.owners[&owner]].person;
		let works = match person.conduct {
			Conduct::Honest => 1.0 - person.failing,
			Conduct::Whitewash => 0.5,
			_ => return 0.0,
		};
		works * self.expect(person, spec, |skill| skill)
	}
}
