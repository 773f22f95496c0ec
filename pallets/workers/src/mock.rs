//! A runtime of this pallet, balances and nothing else.

use crate as pallet_workers;
use crate::BalanceOf;
use codec::Encode;
use frame_support::{
	derive_impl, parameter_types,
	traits::{fungible::InspectHold, ConstU32, ConstU64, Hooks},
};
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_consensus::{AuthorId, AuthorPair, OwnershipProof, RANDOMNESS_DELAY};
use praxis_primitives_market::{Mark, Resources};
use sp_core::{proof_of_possession::ProofOfPossessionGenerator, Pair};
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, Perbill};

pub type Block = frame_system::mocking::MockBlock<Test>;
pub type AccountId = AccountId32;

pub const BOND: u64 = 1_000;
pub const EXISTENTIAL_DEPOSIT: u64 = 10;
pub const ACTIVATION_DELAY: u32 = RANDOMNESS_DELAY + 1;
pub const UNBONDING: u64 = 50;
pub const DEPOSIT: u64 = 300;
pub const WITHDRAW_DELAY: u64 = 40;
pub const HALF_LIFE: u32 = 100;
pub const BURN_UNIT: u64 = 50;
pub const MAX_RECENT: u32 = 4;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Balances: pallet_balances,
		Workers: pallet_workers,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type ExistentialDeposit = ConstU64<EXISTENTIAL_DEPOSIT>;
}

parameter_types! {
	pub static MaxAuthors: u32 = 16;
}

impl pallet_workers::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type MaxAuthors = MaxAuthors;
	type ActivationDelay = ConstU32<ACTIVATION_DELAY>;
	type UnbondingBlocks = ConstU64<UNBONDING>;
	type WorkerDeposit = ConstU64<DEPOSIT>;
	type WithdrawDelay = ConstU64<WITHDRAW_DELAY>;
	type MaxEngagements = ConstU32<2>;
	type ReputationHalfLife = ConstU32<HALF_LIFE>;
	type BurnUnit = ConstU64<BURN_UNIT>;
	type ComputeReference = ConstU32<20>;
	type MaxRecent = ConstU32<MAX_RECENT>;
	type WeightInfo = ();
}

/// The account that the tests number `index`.
pub fn account(index: u8) -> AccountId {
	AccountId32::new([index; 32])
}

/// The key pair that the tests number `index`.
pub fn pair(index: u8) -> AuthorPair {
	AuthorPair::from_seed(&[index; 32])
}

/// The key that the tests number `index`.
pub fn key(index: u8) -> AuthorId {
	pair(index).public()
}

/// Proof that the holder of key `index` consents to `owner`.
pub fn proof(index: u8, owner: &AccountId) -> OwnershipProof {
	OwnershipProof::from(pair(index).into_inner().generate_proof_of_possession(&owner.encode()))
}

/// What is on hold for `who` as an author.
pub fn held(who: &AccountId) -> BalanceOf<Test> {
	Balances::balance_on_hold(&crate::HoldReason::AuthorBond.into(), who)
}

/// Registers account and key `index`.
pub fn register(index: u8) -> frame_support::dispatch::DispatchResult {
	let owner = account(index);
	let proof = proof(index, &owner);
	Workers::register_author(RuntimeOrigin::signed(owner), key(index), proof)
}

/// A signed origin of the account that the tests number `index`.
pub fn signed(index: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(index))
}

/// What is on hold for `index` as the owner of a worker.
pub fn deposit(index: u8) -> u64 {
	Balances::balance_on_hold(&crate::HoldReason::WorkerDeposit.into(), &account(index))
}

/// What the workers of the tests say of their machines.
pub const RESOURCES: Resources = Resources { cores: 4, memory: 8_192, gpus: 1, gpu_memory: 16_384 };

/// Registers a worker of account `owner` with account `operator`, which accepts.
pub fn employ(owner: u8, operator: u8) {
	let endpoint = b"https://worker.example".to_vec().try_into().unwrap();
	Workers::register_worker(signed(owner), account(operator), RESOURCES, endpoint).unwrap();
	if owner != operator {
		Workers::accept_operator(signed(operator), account(owner)).unwrap();
	}
}

/// A mark of a task in CartPole that took no block.
pub fn mark(share: Perbill, burnt: u64) -> Mark<u64, u64> {
	Mark { environment: TaskEnvironment::CartPole, score: Some(Real::from_int(500)), share, burnt, blocks: 0 }
}

/// A mark of who committed nothing.
pub fn fault() -> Mark<u64, u64> {
	Mark { score: None, ..mark(Perbill::zero(), 0) }
}

/// Goes to block `number`.
pub fn run_to(number: u64) {
	while System::block_number() < number {
		Workers::on_finalize(System::block_number());
		System::set_block_number(System::block_number() + 1);
		Workers::on_initialize(System::block_number());
	}
}

/// Builds the state of a test and checks the invariants after it.
#[must_use]
pub struct ExtBuilder {
	authors: Vec<u8>,
	balance: u64,
	max_authors: u32,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		Self { authors: vec![1, 2], balance: 10 * BOND, max_authors: 16 }
	}
}

impl ExtBuilder {
	/// Authors of the genesis, by the numbers of their accounts and keys.
	pub fn with_authors(mut self, authors: &[u8]) -> Self {
		self.authors = authors.to_vec();
		self
	}

	/// Free balance of the accounts 1 to 32.
	pub fn with_balance(mut self, balance: u64) -> Self {
		self.balance = balance;
		self
	}

	/// Size of the registry.
	pub fn with_max_authors(mut self, max_authors: u32) -> Self {
		self.max_authors = max_authors;
		self
	}

	/// The state before block 1.
	pub fn build(self) -> sp_io::TestExternalities {
		MaxAuthors::set(self.max_authors);
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig {
				balances: (1..=32).map(|index| (account(index), self.balance)).collect(),
				..Default::default()
			},
			workers: crate::GenesisConfig {
				authors: self.authors.iter().map(|index| (account(*index), key(*index))).collect(),
				minimum_bond: BOND,
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
			Workers::do_try_state().expect("invariants hold");
		});
	}
}

/// The state in which the benchmarks are tested: with a keystore.
#[cfg(feature = "runtime-benchmarks")]
pub fn benchmark_ext() -> sp_io::TestExternalities {
	let mut ext = ExtBuilder::default().build();
	ext.register_extension(sp_keystore::KeystoreExt::new(sp_keystore::testing::MemoryKeystore::new()));
	ext.execute_with(|| System::set_block_number(1));
	ext
}
