//! A runtime of this pallet and balances. What judges, the workers and the models are small ones of their own that keep
//! what they know in storage, so that it is rolled back with everything else.

use crate as pallet_task_market;
use crate::{AssignmentOf, HoldReason, SpecOf, TaskOf};
use codec::{Decode, Encode};
use frame_support::{
	derive_impl,
	dispatch::DispatchResult,
	parameter_types, storage_alias,
	traits::{fungible::InspectHold, ConstU32, ConstU64, Hooks},
	weights::{IdentityFee, Weight},
	Twox64Concat,
};
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::{Limits, Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_market::{
	task::commitment, Cid, Course, Evaluation, EvaluationError, JobId, Judgement, Mark, ModelRegistry, NewModel,
	OnEvaluated, PolicyHash, Progress, Quality, Request, Resources, TaskId, Terms, WorkerError, WorkerRegistry,
};
use sp_runtime::{BuildStorage, Perbill};

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

/// Judges policies when a test says so, by playing their episodes or with given scores.
pub struct Judges;

#[derive(Clone, Encode, Decode)]
pub struct TestJob {
	payer: u64,
	request: Request,
	hashes: Vec<PolicyHash>,
	policies: Vec<Vec<u8>>,
	sealed: Option<u64>,
}

#[storage_alias(verbatim)]
type TestJobs = StorageMap<Judges, Twox64Concat, JobId, TestJob>;
#[storage_alias(verbatim)]
type NextTestJob = StorageValue<Judges, JobId, frame_support::pallet_prelude::ValueQuery>;

impl Evaluation for Judges {
	type AccountId = u64;

	fn weight_of(request: &Request) -> Result<Weight, EvaluationError> {
		if request.episodes == 0 || request.policies == 0 {
			return Err(EvaluationError::BadRequest);
		}
		request.environment.validate().map_err(|_| EvaluationError::BadEnvironment)?;
		if request.episodes > 1_000 {
			return Err(EvaluationError::TooExpensive);
		}
		Ok(Weight::from_parts(10 * u64::from(request.episodes), 0))
	}

	fn open(payer: &u64, request: Request) -> Result<JobId, EvaluationError> {
		Self::weight_of(&request)?;
		if TestJobs::iter().count() as u32 >= MaxJobs::get() {
			return Err(EvaluationError::QueueFull);
		}
		let id = NextTestJob::get();
		NextTestJob::put(id + 1);
		TestJobs::insert(id, TestJob { payer: *payer, request, hashes: vec![], policies: vec![], sealed: None });
		Ok(id)
	}

	fn add(id: JobId, bytes: &[u8]) -> Result<PolicyHash, EvaluationError> {
		let mut job = TestJobs::get(id).ok_or(EvaluationError::NotFound)?;
		if job.sealed.is_some() {
			return Err(EvaluationError::Sealed);
		}
		if job.hashes.len() as u32 >= job.request.policies {
			return Err(EvaluationError::TooManyPolicies);
		}
		let policy = Policy::decode(bytes).map_err(|_| EvaluationError::BadPolicy)?;
		if !Course::fits(&job.request.environment, &policy) {
			return Err(EvaluationError::WrongShape);
		}
		job.request.limits.check(&policy).map_err(|_| EvaluationError::TooLarge)?;
		let hash = PolicyHash::from(policy.hash());
		if job.hashes.contains(&hash) {
			return Err(EvaluationError::Duplicate);
		}
		job.hashes.push(hash);
		job.policies.push(bytes.to_vec());
		TestJobs::insert(id, job);
		Ok(hash)
	}

	fn add_weight(bytes: u32) -> Weight {
		Weight::from_parts(1_000, 0).saturating_mul(bytes.into())
	}

	fn seal(id: JobId) -> Result<(), EvaluationError> {
		if let Some(error) = SealError::get() {
			return Err(error);
		}
		let mut job = TestJobs::get(id).ok_or(EvaluationError::NotFound)?;
		if job.sealed.is_some() {
			return Err(EvaluationError::Sealed);
		}
		if job.hashes.is_empty() {
			return Err(EvaluationError::NoPolicies);
		}
		job.sealed = Some(System::block_number());
		TestJobs::insert(id, job);
		Ok(())
	}

	fn cancel(id: JobId) -> Result<(), EvaluationError> {
		let job = TestJobs::get(id).ok_or(EvaluationError::NotFound)?;
		if job.sealed.is_some() {
			return Err(EvaluationError::Sealed);
		}
		TestJobs::remove(id);
		Ok(())
	}

	fn progress(id: JobId) -> Option<Progress> {
		let job = TestJobs::get(id)?;
		Some(Progress {
			request: job.request,
			policies: job.hashes,
			beacon: job.sealed.map(|after| after as u32),
			judged: 0,
			episodes: 0,
			steps: 0,
			ahead: 0,
		})
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn finish(id: JobId, results: Vec<Judgement>) {
		TestJobs::remove(id);
		Market::on_evaluated(id, &results);
	}
}

/// Jobs that are sealed.
pub fn sealed_jobs() -> Vec<(JobId, usize)> {
	let mut jobs: Vec<_> =
		TestJobs::iter().filter(|(_, job)| job.sealed.is_some()).map(|(id, job)| (id, job.hashes.len())).collect();
	jobs.sort_unstable();
	jobs
}

/// Finishes a sealed job with these scores.
pub fn finish_job(id: JobId, scores: &[Real]) {
	let job = TestJobs::take(id).expect("the job exists");
	assert!(job.sealed.is_some(), "only a sealed job is judged");
	assert_eq!(job.hashes.len(), scores.len(), "every policy has a score");
	let results: Vec<_> = scores
		.iter()
		.map(|mean| Judgement { mean: *mean, minimum: *mean, episodes: job.request.episodes, steps: 1 })
		.collect();
	Market::on_evaluated(id, &results);
}

/// Judges the policies of a task with these scores, in the order of their reveals.
pub fn judge(id: TaskId, scores: &[i32]) {
	let scores: Vec<_> = scores.iter().map(|score| Real::from_int(*score)).collect();
	finish_job(task(id).job, &scores);
}

/// Judges the policies of a task by playing their episodes; gives their scores.
pub fn judge_by_playing(id: TaskId) -> Vec<Real> {
	let id = task(id).job;
	let job = TestJobs::get(id).expect("the job exists");
	let beacon = sp_io::hashing::blake2_256(&("beacon", job.sealed, job.payer).encode());
	let course = Course { environment: job.request.environment, episodes: job.request.episodes, job: id, beacon };
	let judgement =
		|bytes: &Vec<u8>| course.judge(&Policy::decode(bytes).expect("it was checked")).expect("it is played");
	let scores: Vec<_> = job.policies.iter().map(|bytes| judgement(bytes).mean).collect();
	finish_job(id, &scores);
	scores
}

/// The workers.
pub struct Workers;

#[derive(Clone, Default, Encode, Decode)]
pub struct TestWorker {
	pub resources: Resources,
	pub quality: Quality,
	pub engaged: u32,
	pub leaving: bool,
	pub marks: Vec<(u64, Mark<u64, u64>)>,
}

#[storage_alias(verbatim)]
pub type TestWorkers = StorageMap<Workers, Twox64Concat, u64, TestWorker>;
#[storage_alias(verbatim)]
pub type TestOperators = StorageMap<Workers, Twox64Concat, u64, u64>;

impl WorkerRegistry for Workers {
	type AccountId = u64;
	type Balance = u64;
	type BlockNumber = u64;

	fn owner_of(operator: &u64) -> Option<u64> {
		TestOperators::get(operator)
	}

	fn resources(owner: &u64) -> Option<Resources> {
		TestWorkers::get(owner).filter(|worker| !worker.leaving).map(|worker| worker.resources)
	}

	fn quality(owner: &u64, _: &TaskEnvironment) -> Quality {
		TestWorkers::get(owner).unwrap_or_default().quality
	}

	fn engage(owner: &u64) -> Result<(), WorkerError> {
		let mut worker = TestWorkers::get(owner).ok_or(WorkerError::NotRegistered)?;
		if worker.leaving {
			return Err(WorkerError::Leaving);
		}
		if worker.engaged >= MaxEngagements::get() {
			return Err(WorkerError::TooBusy);
		}
		worker.engaged += 1;
		TestWorkers::insert(owner, worker);
		Ok(())
	}

	fn release(owner: &u64) {
		let mut worker = TestWorkers::get(owner).expect("who is released is registered");
		worker.engaged = worker.engaged.checked_sub(1).expect("who is released was engaged");
		TestWorkers::insert(owner, worker);
	}

	fn record(owner: &u64, requester: &u64, mark: Mark<u64, u64>) {
		let mut worker = TestWorkers::get(owner).expect("who is marked is registered");
		worker.marks.push((*requester, mark));
		TestWorkers::insert(owner, worker);
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_worker(owner: &u64, operator: &u64, resources: Resources) {
		TestOperators::insert(operator, owner);
		TestWorkers::insert(owner, TestWorker { resources, ..Default::default() });
	}
}

/// Changes what is known of a worker.
pub fn change_worker(owner: u64, change: impl FnOnce(&mut TestWorker)) {
	let mut worker = TestWorkers::get(owner).expect("it is registered");
	change(&mut worker);
	TestWorkers::insert(owner, worker);
}

/// Gives a worker this quality, the same in all terms.
pub fn set_quality(owner: u64, percent: u32) {
	let part = Perbill::from_percent(percent);
	change_worker(owner, |worker| worker.quality = Quality { reputation: part, expertise: part, compute: part });
}

/// A worker's marks, and how many things it has to answer for.
pub fn marks(owner: u64) -> (Vec<(u64, Mark<u64, u64>)>, u32) {
	let worker = TestWorkers::get(owner).expect("it is registered");
	(worker.marks, worker.engaged)
}

/// The models.
pub struct Models;

#[storage_alias(verbatim)]
pub type TestBest = StorageMap<Models, Twox64Concat, TaskEnvironment, (Real, PolicyHash)>;
#[storage_alias(verbatim)]
type TestKnown = StorageMap<Models, Twox64Concat, PolicyHash, (u64, Real)>;

impl ModelRegistry for Models {
	type AccountId = u64;

	fn best(environment: &TaskEnvironment) -> Option<(Real, PolicyHash)> {
		TestBest::get(environment)
	}

	fn contains(policy: &PolicyHash) -> bool {
		TestKnown::contains_key(policy)
	}

	fn publish(model: NewModel<u64>) {
		if Self::best(&model.environment).is_none_or(|(best, _)| best < model.score) {
			TestBest::insert(model.environment, (model.score, model.policy));
		}
		if !TestKnown::contains_key(model.policy) {
			TestKnown::insert(model.policy, (model.owner, model.score));
		}
	}
}

/// Owner and score of a published model.
pub fn published(policy: &Policy) -> Option<(u64, Real)> {
	TestKnown::get(PolicyHash::from(policy.hash()))
}

/// Publishes a model of somebody else.
pub fn publish(policy: &Policy, score: i32) {
	Models::publish(NewModel {
		owner: MALLORY,
		task: TaskId::MAX,
		policy: policy.hash().into(),
		size: 0,
		cid: vec![],
		environment: TaskEnvironment::CartPole,
		score: Real::from_int(score),
		parent: None,
	});
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
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("the genesis is valid");
		pallet_balances::GenesisConfig::<Test> {
			balances: (1..=32).map(|index| (index, self.balance)).collect(),
			..Default::default()
		}
		.assimilate_storage(&mut storage)
		.expect("the genesis is valid");
		let mut ext = sp_io::TestExternalities::from(storage);
		ext.execute_with(|| {
			SealError::set(None);
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
