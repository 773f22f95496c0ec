//! A runtime of this pallet, balances and nothing else.

use crate as pallet_rewards;
use frame_support::{
	derive_impl,
	traits::{fungible::Inspect, ConstU128},
};
use praxis_environment::Real;
use praxis_primitives_consensus::{OnScore, Score};
use sp_runtime::BuildStorage;

pub type Block = frame_system::mocking::MockBlock<Test>;

pub const EXISTENTIAL_DEPOSIT: u128 = 10;
/// Total issuance of the genesis, all Alice's.
pub const ISSUANCE: u128 = 1_000;
/// Author with a balance.
pub const ALICE: u64 = 1;
/// Author without an account.
pub const NOBODY: u64 = 9;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Balances: pallet_balances,
		Rewards: pallet_rewards,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = u128;
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
}

impl pallet_rewards::Config for Test {
	type Currency = Balances;
	type WeightInfo = ();
}

/// A score of `reward`.
pub fn score(reward: Real) -> Score {
	Score { reward, cumulative: reward }
}

/// What `author` has after block `number` earned it `reward`, and had before.
pub fn award(number: u64, author: u64, reward: Real) -> u128 {
	System::set_block_number(number);
	let before = Balances::total_balance(&author);
	Rewards::on_score(&author, score(reward));
	Balances::total_balance(&author) - before
}

/// Builds the state of a test and checks the invariants after it.
#[must_use]
pub struct ExtBuilder {
	base_award: u128,
	halving_interval: u64,
	supply_cap: u128,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		Self { base_award: 6_400, halving_interval: 100, supply_cap: 1_000_000 }
	}
}

impl ExtBuilder {
	/// Award for a score of 1 before the first halving.
	pub fn with_base_award(mut self, base_award: u128) -> Self {
		self.base_award = base_award;
		self
	}

	/// Blocks between two halvings.
	pub fn with_halving_interval(mut self, halving_interval: u64) -> Self {
		self.halving_interval = halving_interval;
		self
	}

	/// Largest total issuance.
	pub fn with_supply_cap(mut self, supply_cap: u128) -> Self {
		self.supply_cap = supply_cap;
		self
	}

	/// The state before block 1.
	pub fn build(self) -> sp_io::TestExternalities {
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig { balances: vec![(ALICE, ISSUANCE)], ..Default::default() },
			rewards: crate::GenesisConfig {
				base_award: self.base_award,
				halving_interval: self.halving_interval,
				supply_cap: self.supply_cap,
			},
			..Default::default()
		}
		.assimilate_storage(&mut storage)
		.unwrap();
		storage.into()
	}

	/// Runs `test` in block 1 and checks the invariants after it.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			System::set_block_number(1);
			test();
			Rewards::do_try_state().expect("invariants hold");
		});
	}
}

/// The state in which the benchmarks are tested.
#[cfg(feature = "runtime-benchmarks")]
pub fn benchmark_ext() -> sp_io::TestExternalities {
	let mut ext = ExtBuilder::default().build();
	ext.execute_with(|| System::set_block_number(1));
	ext
}
