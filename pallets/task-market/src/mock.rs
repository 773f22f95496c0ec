//! A runtime of this pallet and balances. What judges, the workers and the models are small ones of their own that keep
//! what they know in storage, so that it is rolled back with everything else.

use crate as pallet_task_market;
use crate::{AssignmentOf, HoldReason, SpecOf, TaskOf};
use frame_support::{
	derive_impl,
	dispatch::DispatchResult,
	parameter_types,
	traits::{fungible::InspectHold, ConstU32, ConstU64, Hooks},
	weights::{IdentityFee, Weight},
};
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::{Limits, Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_market::{task::commitment, Cid, EvaluationError, Resources, TaskId, Terms};
use sp_runtime::{BuildStorage, Perbill};

mod doubles;

pub use doubles::*;
pub use praxis_support::doubles::*;

pub type Block = frame_system::mocking::MockBlock<Test>;

/// Requesters.
pub const ALICE: u64 = 1;
pub const BOB: u64 = 2;
/// Owners of workers. Their operators are `OPERATOR` above them.
pub const WENDY: u64 = 11;
pub const XAVER: u64 = 12;
pub const YVES: u64 = 13;
pub const ZOE: u64 = 14;
pub const OPERATOR: u64 = 100;
/// Somebody.
pub const MALLORY: u64 = 31;

pub const EXISTENTIAL_DEPOSIT: u64 = 10;
pub const BALANCE: u64 = 1_000_000;
pub const MINIMUM_BOND: u64 = 50;
pub const RETENTION: u64 = 50;
pub const MAX_OPEN: u32 = 6;
pub const MAX_OPEN_PER_ACCOUNT: u32 = 4;
pub const MAX_APPLICANTS: u32 = 5;
pub const MAX_WORKERS: u32 = 3;
pub const MAX_ADVANCES: u32 = 2;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Balances: pallet_balances,
		Market: pallet_task_market,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type ExistentialDeposit = ConstU64<EXISTENTIAL_DEPOSIT>;
}

parameter_types! {
	pub const BondShare: Perbill = Perbill::from_percent(20);
	pub const NoCommitSlash: Perbill = Perbill::from_percent(50);
	pub const BurnShare: Perbill = Perbill::from_percent(5);
	/// Why no job can be sealed now.
	pub static SealError: Option<EvaluationError> = None;
	/// Most jobs of the evaluation.
	pub static MaxJobs: u32 = 100;
	/// Most assignments of a worker.
	pub static MaxEngagements: u32 = 100;
}

impl crate::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Beacon = Beacons<Test>;
	type Evaluation = Judges;
	type Workers = Workers;
	type Models = Models;
	type WeightToFee = IdentityFee<u64>;
	type MaxOpenTasks = ConstU32<MAX_OPEN>;
	type MaxOpenTasksPerAccount = ConstU32<MAX_OPEN_PER_ACCOUNT>;
	type MaxApplicants = ConstU32<MAX_APPLICANTS>;
	type MaxWorkers = ConstU32<MAX_WORKERS>;
	type MaxPhaseBlocks = ConstU64<1_000>;
	type MinRevealBlocks = ConstU64<20>;
	type RetentionBlocks = ConstU64<RETENTION>;
	type MaxAdvances = ConstU32<MAX_ADVANCES>;
	type BondShare = BondShare;
	type MinimumBond = ConstU64<MINIMUM_BOND>;
	type NoCommitSlash = NoCommitSlash;
	type BurnShare = BurnShare;
	type DepositBase = ConstU64<100>;
	type DepositPerByte = ConstU64<1>;
	type WeightInfo = ();
}

/// A policy for CartPole without a hidden layer: pushes right where the weighted sum of the observation is positive.
pub fn linear(weights: [i8; 4]) -> Policy {
	let negative = weights.map(|weight| -weight);
	let layer =
		UncheckedLayer { inputs: 4, outputs: 2, shift: 0, biases: vec![0, 0], weights: [negative, weights].concat() };
	let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers: vec![layer] };
	Policy::try_from(unchecked).expect("the policy is valid")
}

/// A policy that balances for long; another one for each number.
pub fn policy(number: i8) -> Policy {
	linear([number, 4, 60, 40])
}

/// Best published score of CartPole when a test begins. More than that of random actions.
pub const FLOOR: i32 = 42;

/// A task for CartPole: from [`FLOOR`], which is published, to 242.
pub fn spec() -> SpecOf<Test> {
	SpecOf::<Test> {
		environment: TaskEnvironment::CartPole,
		target: Real::from_int(242),
		episodes: 3,
		price: 1_000,
		budget: 2_000,
		workers: 2,
		apply_blocks: 10,
		train_blocks: 30,
		reveal_blocks: 20,
		minimum_reputation: Perbill::zero(),
		terms: Terms {
			reputation: Perbill::from_percent(50),
			expertise: Perbill::from_percent(30),
			compute: Perbill::from_percent(20),
		},
		resources: Resources::default(),
		limits: Limits::default(),
	}
}

/// Cost of judging one policy of [`spec`].
pub const EVALUATION: u64 = 30;

/// Bond of a worker who asks this price in a task like [`spec`].
pub fn bond(price: u64) -> u64 {
	price.div_ceil(5) + EVALUATION + MINIMUM_BOND
}

pub fn task(id: TaskId) -> TaskOf<Test> {
	crate::Tasks::<Test>::get(id).expect("the task exists")
}

pub fn assignment(id: TaskId, owner: u64) -> AssignmentOf<Test> {
	let assignments = crate::Assignments::<Test>::get(id);
	assignments.into_iter().find(|assignment| assignment.owner == owner).expect("the worker is assigned")
}

pub fn post(requester: u64, spec: SpecOf<Test>) -> Result<TaskId, sp_runtime::DispatchError> {
	let id = crate::NextTask::<Test>::get();
	Market::post_task(RuntimeOrigin::signed(requester), spec).map(|()| id)
}

pub fn apply(owner: u64, id: TaskId, price: u64) -> DispatchResult {
	Market::apply(RuntimeOrigin::signed(owner + OPERATOR), id, price)
}

/// The salt of everybody.
pub const SALT: [u8; 32] = [7; 32];

pub fn cid() -> Cid {
	Cid::truncate_from(vec![1, 85, 18, 32])
}

pub fn commit(owner: u64, id: TaskId, policy: &Policy) -> DispatchResult {
	let hash = commitment(&owner, &policy.hash().into(), &SALT);
	Market::commit(RuntimeOrigin::signed(owner + OPERATOR), id, hash, cid(), None)
}

pub fn reveal(owner: u64, id: TaskId, policy: &Policy) -> DispatchResult {
	reveal_bytes(owner, id, policy.encode())
}

pub fn reveal_bytes(owner: u64, id: TaskId, bytes: Vec<u8>) -> DispatchResult {
	let bytes = bytes.try_into().expect("they are not too many");
	Market::reveal(RuntimeOrigin::signed(owner + OPERATOR), id, bytes, SALT)
}

/// A task of ALICE, assigned to these owners at these prices.
pub fn assigned(spec: SpecOf<Test>, workers: &[(u64, u64)]) -> TaskId {
	let blocks = spec.apply_blocks;
	let id = post(ALICE, spec).expect("it can be posted");
	for (owner, price) in workers {
		apply(*owner, id, *price).expect("it can apply");
	}
	run_to(System::block_number() + blocks + 1);
	assert_eq!(crate::Assignments::<Test>::get(id).len(), workers.len(), "all are chosen");
	id
}

/// A task of ALICE whose policies can be revealed: those of these owners, at a price of 1,000 each.
pub fn committed(spec: SpecOf<Test>, policies: &[(u64, Policy)]) -> TaskId {
	let workers: Vec<_> = policies.iter().map(|(owner, _)| (*owner, 1_000)).collect();
	let id = assigned(spec, &workers);
	for (owner, policy) in policies {
		commit(*owner, id, policy).expect("it can commit");
	}
	next_block();
	id
}

/// A task of ALICE that is being evaluated.
pub fn evaluating(spec: SpecOf<Test>, policies: &[(u64, Policy)]) -> TaskId {
	let id = committed(spec, policies);
	for (owner, policy) in policies {
		reveal(*owner, id, policy).expect("it can reveal");
	}
	next_block();
	id
}

/// What is on hold for `who`.
pub fn held(who: u64, reason: HoldReason) -> u64 {
	Balances::balance_on_hold(&reason.into(), &who)
}

/// What `who` has that is not on hold.
pub fn free(who: u64) -> u64 {
	Balances::free_balance(who)
}

/// Ends the present block, with much room for `on_idle`.
pub fn next_block() {
	Market::on_idle(System::block_number(), Weight::MAX);
	next_block_without_idle();
}

/// Ends the present block without any room for `on_idle`.
pub fn next_block_without_idle() {
	System::set_block_number(System::block_number() + 1);
}

/// Goes to the beginning of block `number`.
pub fn run_to(number: u64) {
	while System::block_number() < number {
		next_block();
	}
}

/// The pallet's events, oldest first.
pub fn events() -> Vec<crate::Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Market(event) => Some(event),
			_ => None,
		})
		.collect()
}

/// Builds the state of a test and checks the invariants after it.
#[must_use]
pub struct ExtBuilder {
	balance: u64,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		Self { balance: BALANCE }
	}
}

impl ExtBuilder {
	/// Free balance of the accounts 1 to 32.
	pub fn with_balance(mut self, balance: u64) -> Self {
		self.balance = balance;
		self
	}

	/// The state of block 1, in which the owners 11 to 20 have a worker each and a poor model is published.
	pub fn build(self) -> sp_io::TestExternalities {
		let balances = (1..=32).map(|index| (index, self.balance)).collect();
		let balances = pallet_balances::GenesisConfig { balances, ..Default::default() };
		let genesis = RuntimeGenesisConfig { balances, ..Default::default() };
		let mut ext = sp_io::TestExternalities::from(genesis.build_storage().expect("the genesis is valid"));
		ext.execute_with(|| {
			SealError::set(None);
			MaxBeacons::set(100);
			MaxJobs::set(100);
			MaxEngagements::set(100);
			System::set_block_number(1);
			publish(&linear([0, 0, 0, 1]), FLOOR);
			for owner in 11..=20u64 {
				TestOperators::insert(owner + OPERATOR, owner);
				TestWorkers::insert(owner, TestWorker::default());
			}
		});
		ext
	}

	/// Runs `test` in block 1 and checks the invariants after it.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			Market::do_try_state().expect("invariants hold");
		});
	}
}

/// The state in which the benchmarks are tested.
#[cfg(feature = "runtime-benchmarks")]
pub fn benchmark_ext() -> sp_io::TestExternalities {
	ExtBuilder::default().build()
}
