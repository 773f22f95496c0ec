//! A runtime of this pallet, the registry of authors, balances and the timestamp.

use crate as pallet_randomness;
use crate::ClaimError;
use frame_support::{
	derive_impl,
	traits::{ConstU32, ConstU64, Hooks},
};
use praxis_primitives_consensus::{
	vrf::{sign_data, Randomness as Bytes},
	AuthorId, AuthorPair, LearningDigest, PreDigest, Slot, RANDOMNESS_DELAY,
};
use sp_core::{crypto::VrfSecret, Pair};
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, Digest, DigestItem};

pub type Block = frame_system::mocking::MockBlock<Test>;
pub type AccountId = AccountId32;

pub const SLOT_DURATION: u64 = 3_000;
pub const MAX_BEACONS: u32 = 4;
pub const GENESIS: Bytes = [7; 32];

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Timestamp: pallet_timestamp,
		Balances: pallet_balances,
		Workers: pallet_workers,
		Randomness: pallet_randomness,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {
	type MinimumPeriod = pallet_randomness::MinimumPeriod<Test>;
	type OnTimestampSet = Randomness;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
}

impl pallet_workers::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type MaxAuthors = ConstU32<64>;
	type ActivationDelay = ConstU32<{ RANDOMNESS_DELAY + 1 }>;
	type UnbondingBlocks = ConstU64<100>;
	type WorkerDeposit = ConstU64<1>;
	type WithdrawDelay = ConstU64<1>;
	type MaxEngagements = ConstU32<1>;
	type ReputationHalfLife = ConstU32<1>;
	type BurnUnit = ConstU64<1>;
	type ComputeReference = ConstU32<1>;
	type MaxRecent = ConstU32<1>;
	type WeightInfo = ();
}

impl pallet_randomness::Config for Test {
	type Authors = Workers;
	type MaxBeacons = ConstU32<MAX_BEACONS>;
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

/// A claim of author `index` for `slot` over `randomness`.
pub fn claim_over(index: u8, slot: u64, randomness: &Bytes) -> PreDigest {
	let slot = Slot::from(slot);
	let vrf = pair(index).into_inner().vrf_sign(&sign_data(randomness, slot));
	PreDigest { author: key(index), slot, vrf }
}

/// The claim that author `index` makes for `slot` in a child of the present block.
pub fn claim(index: u8, slot: u64) -> PreDigest {
	claim_over(index, slot, &Randomness::child_randomness())
}

/// Begins the next block with `logs`, without the hooks.
pub fn begin(logs: Vec<DigestItem>) -> u64 {
	let number = System::block_number() + 1;
	System::reset_events();
	System::initialize(&number, &[number as u8; 32].into(), &Digest { logs });
	number
}

/// The next block as the runtime executes it, up to the end of `on_initialize`; panics if refused.
pub fn execute(logs: Vec<DigestItem>) {
	let number = begin(logs);
	Randomness::on_initialize(number);
}

/// The next block, by author `index` in `slot`.
pub fn author(index: u8, slot: u64) {
	execute(vec![DigestItem::learning_pre_digest(&claim(index, slot))]);
}

/// `count` more blocks by author 1, in the slots that follow.
pub fn author_many(count: u32) {
	for _ in 0..count {
		author(1, Randomness::last_slot().map_or(100, |slot| *slot) + 1);
	}
}

/// Whether `claim` would open the next block, without going there.
pub fn refused(claim: &PreDigest) -> Option<ClaimError> {
	let number = System::block_number() + 1;
	frame_support::storage::with_transaction(|| {
		let result = Randomness::enter(number, &[DigestItem::learning_pre_digest(claim)]);
		sp_runtime::TransactionOutcome::Rollback(Ok::<_, sp_runtime::DispatchError>(result.err()))
	})
	.expect("transactions are not nested too deeply")
}

/// Builds the state of a test and checks the invariants after it.
#[must_use]
pub struct ExtBuilder {
	authors: Vec<u8>,
	slot_duration: u64,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		Self { authors: vec![1, 2], slot_duration: SLOT_DURATION }
	}
}

impl ExtBuilder {
	/// Authors of the genesis, by the numbers of their accounts and keys.
	pub fn with_authors(mut self, authors: impl IntoIterator<Item = u8>) -> Self {
		self.authors = authors.into_iter().collect();
		self
	}

	/// Length of a slot in milliseconds.
	pub fn with_slot_duration(mut self, slot_duration: u64) -> Self {
		self.slot_duration = slot_duration;
		self
	}

	/// The state of the genesis.
	pub fn build(self) -> sp_io::TestExternalities {
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig {
				balances: (1..=64).map(|index| (account(index), 1_000)).collect(),
				..Default::default()
			},
			workers: pallet_workers::GenesisConfig {
				authors: self.authors.iter().map(|index| (account(*index), key(*index))).collect(),
				minimum_bond: 100,
			},
			randomness: crate::GenesisConfig {
				slot_duration: self.slot_duration,
				randomness: GENESIS,
				..Default::default()
			},
			..Default::default()
		}
		.assimilate_storage(&mut storage)
		.unwrap();
		storage.into()
	}

	/// Runs `test` in the state of the genesis and checks the invariants after it.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			Randomness::do_try_state().expect("invariants hold");
		});
	}
}

/// The state in which the benchmarks are tested.
#[cfg(feature = "runtime-benchmarks")]
pub fn benchmark_ext() -> sp_io::TestExternalities {
	ExtBuilder::default().build()
}
