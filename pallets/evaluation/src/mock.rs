//! A runtime of this pallet and nothing else, with beacons of the tests.

use crate as pallet_evaluation;
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, Hooks},
	weights::Weight,
};
use praxis_environment::TaskEnvironment;
use praxis_policy::{Limits, Policy, UncheckedLayer, UncheckedPolicy};
use praxis_primitives_market::{Evaluation, JobId, Judgement, OnEvaluated, PolicyHash, Request};
use sp_runtime::{BuildStorage, Perbill};

pub use praxis_support::doubles::*;

pub type Block = frame_system::mocking::MockBlock<Test>;

pub const ALICE: u64 = 1;
pub const BOB: u64 = 2;
pub const CAROL: u64 = 3;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Judges: pallet_evaluation,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
}

parameter_types! {
	pub const Share: Perbill = Perbill::from_percent(50);
	/// Most weight of judging a policy.
	pub static MaxPolicyWeight: Weight = Weight::from_parts(1_000_000_000_000_000, u64::MAX);
	/// Results, as they were told.
	pub static Told: Vec<(JobId, Vec<Judgement>)> = Vec::new();
}

impl crate::Config for Test {
	type Beacon = Beacons<Test>;
	type OnEvaluated = Listener;
	type MaxJobs = ConstU32<6>;
	type MaxJobsPerPayer = ConstU32<3>;
	type MaxPolicies = ConstU32<4>;
	type MaxEpisodes = ConstU32<100>;
	type MaxPolicyWeight = MaxPolicyWeight;
	type Share = Share;
	type WeightInfo = ();
}

/// Writes down what it is told.
pub struct Listener;

impl OnEvaluated for Listener {
	fn on_evaluated(job: JobId, results: &[Judgement]) {
		Told::mutate(|told| told.push((job, results.to_vec())));
	}

	fn weight(policies: u32) -> Weight {
		Weight::from_parts(1_000_000, 0).saturating_mul(policies.into())
	}
}

/// A request for CartPole.
pub fn request(episodes: u32, policies: u32) -> Request {
	Request { environment: TaskEnvironment::CartPole, episodes, limits: Limits::default(), policies }
}

/// A policy for CartPole without a hidden layer: pushes right where the weighted sum of the observation is positive.
pub fn linear(weights: [i8; 4]) -> Policy {
	let negative = weights.map(|weight| -weight);
	let layer =
		UncheckedLayer { inputs: 4, outputs: 2, shift: 0, biases: vec![0, 0], weights: [negative, weights].concat() };
	let unchecked =
		UncheckedPolicy { version: praxis_policy::FORMAT_VERSION, input_limit: 32_767, layers: vec![layer] };
	Policy::try_from(unchecked).expect("the policy is valid")
}

/// One that balances for long.
pub fn good() -> Policy {
	linear([1, 4, 60, 40])
}

/// One that falls at once.
pub fn bad() -> Policy {
	linear([0, 0, -60, -40])
}

/// A sealed job with these policies.
pub fn sealed(payer: u64, request: Request, policies: &[Policy]) -> JobId {
	let job = Judges::open(&payer, request).expect("there is room");
	for policy in policies {
		let hash = Judges::add(job, &policy.encode()).expect("the policy fits");
		assert_eq!(hash, PolicyHash::from(policy.hash()));
	}
	Judges::seal(job).expect("it can be sealed");
	job
}

/// The next block, with so much weight left for `on_idle`; gives what it took.
pub fn next_block(remaining: Weight) -> Weight {
	let number = System::block_number() + 1;
	System::set_block_number(number);
	let used = Judges::on_idle(number, remaining);
	assert!(used.all_lte(remaining), "block {number} took {used}, and there was {remaining}");
	Judges::do_try_state().expect("invariants hold");
	used
}

/// Blocks with so much weight left, until `jobs` are told; gives how many.
pub fn blocks_until_told(jobs: usize, remaining: Weight) -> u32 {
	(1..10_000)
		.find(|_| {
			next_block(remaining);
			Told::get().len() >= jobs
		})
		.expect("the jobs are judged some time")
}

/// So much weight.
pub fn weight(milliseconds: u64) -> Weight {
	Weight::from_parts(milliseconds * 1_000_000_000, u64::MAX)
}

/// Runs `test` in block 1 and checks the invariants after it.
pub fn execute(test: impl FnOnce()) {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("the genesis is valid");
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		Told::take();
		MaxBeacons::set(100);
		System::set_block_number(1);
		test();
		Judges::do_try_state().expect("invariants hold");
	});
}

/// The state in which the benchmarks are tested.
#[cfg(feature = "runtime-benchmarks")]
pub fn benchmark_ext() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("the genesis is valid");
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| System::set_block_number(1));
	ext
}
