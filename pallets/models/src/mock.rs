//! A runtime of this pallet, the workers, balances and nothing else.

use crate as pallet_models;
use crate::HoldReason;
use frame_support::{
	derive_impl,
	dispatch::DispatchResult,
	parameter_types,
	traits::{
		fungible::{Inspect, InspectHold},
		ConstU32, ConstU64, Hooks,
	},
	weights::Weight,
};
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_consensus::RANDOMNESS_DELAY;
use praxis_primitives_market::{
	sealed::{key_hash, one_time_key, seal, KEY, SEALED},
	Cid, ModelRegistry, NewModel, OfferId, PolicyHash, SaleId,
};
use rand::{rngs::StdRng, SeedableRng};
use sp_core::H256;
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, Perbill};

pub type Block = frame_system::mocking::MockBlock<Test>;
pub type AccountId = AccountId32;

pub const BALANCE: u64 = 100_000;
pub const PRICE: u64 = 1_000;
pub const BOND: u64 = 250;
pub const STAKE: u64 = 20;
pub const DELIVER: u64 = 10;
pub const DISPUTE: u64 = 30;
pub const MAX_MODELS: u32 = 4;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Balances: pallet_balances,
		Workers: pallet_workers,
		Models: pallet_models,
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
	type ExistentialDeposit = ConstU64<10>;
}

impl pallet_workers::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type MaxAuthors = ConstU32<1>;
	type ActivationDelay = ConstU32<{ RANDOMNESS_DELAY + 1 }>;
	type UnbondingBlocks = ConstU64<100>;
	type WorkerDeposit = ConstU64<100>;
	type WithdrawDelay = ConstU64<1>;
	type MaxEngagements = ConstU32<1>;
	type ReputationHalfLife = ConstU32<100>;
	type BurnUnit = ConstU64<1>;
	type ComputeReference = ConstU32<1>;
	type MaxRecent = ConstU32<1>;
	type WeightInfo = ();
}

parameter_types! {
	pub const BondShare: Perbill = Perbill::from_percent(20);
}

impl crate::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Workers = Workers;
	type MaxModels = ConstU32<MAX_MODELS>;
	type MaxPlaces = ConstU32<3>;
	type BondShare = BondShare;
	type MinimumBond = ConstU64<50>;
	type DisputeStake = ConstU64<STAKE>;
	type DeliverBlocks = ConstU64<DELIVER>;
	type DisputeBlocks = ConstU64<DISPUTE>;
	type WeightInfo = ();
}

/// The account that the tests number `index`.
pub fn account(index: u8) -> AccountId {
	AccountId32::new([index; 32])
}

/// A signed origin of it.
pub fn signed(index: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(index))
}

/// The policy that the tests number `index`.
pub fn policy(index: u8) -> PolicyHash {
	H256::repeat_byte(index)
}

/// A CID, as far as the chain looks into it.
pub fn cid(index: u8) -> Cid {
	vec![1, 0x55, 0x12, 0x20, index].try_into().unwrap()
}

/// A maze, one of many similar environments.
pub fn maze(width: u8) -> TaskEnvironment {
	TaskEnvironment::MazeCleaning { width, height: 8, agents: 1 }
}

/// Publishes policy `index` of account `owner` with this score.
pub fn publish_in(environment: TaskEnvironment, owner: u8, index: u8, score: i32) {
	Models::publish(NewModel {
		owner: account(owner),
		task: index.into(),
		policy: policy(index),
		size: 100,
		cid: cid(index).into_inner(),
		environment,
		score: Real::from_int(score),
		parent: None,
	});
}

/// The same in CartPole.
pub fn publish(owner: u8, index: u8, score: i32) {
	publish_in(TaskEnvironment::CartPole, owner, index, score);
}

/// The key with which the full model is encrypted.
pub const MODEL_KEY: [u8; KEY] = [77; KEY];

/// Account `owner` publishes policy `index` and offers it.
pub fn offered(owner: u8, index: u8, places: u32) -> OfferId {
	publish(owner, index, 100);
	offer(owner, index, places).unwrap();
	crate::OfferOf::<Test>::get(policy(index)).unwrap()
}

/// Account `who` offers policy `index`.
pub fn offer(who: u8, index: u8, places: u32) -> DispatchResult {
	let ciphertext = H256::repeat_byte(9);
	Models::offer(signed(who), policy(index), cid(99), ciphertext, key_hash(&MODEL_KEY), PRICE, places)
}

/// One-time secret of account `buyer`.
pub fn secret(buyer: u8) -> [u8; 32] {
	[buyer.wrapping_add(100); 32]
}

/// Account `buyer` buys.
pub fn bought(buyer: u8, offer: OfferId) -> SaleId {
	Models::buy(signed(buyer), offer, one_time_key(&secret(buyer))).unwrap();
	crate::NextSale::<Test>::get() - 1
}

/// `key`, sealed to account `buyer`.
pub fn sealed_to(buyer: u8, key: [u8; KEY]) -> [u8; SEALED] {
	seal(&key, &one_time_key(&secret(buyer)), &mut StdRng::seed_from_u64(buyer.into())).unwrap()
}

/// On hold of account `index`: bonds of a seller, and prices and stakes of a buyer.
pub fn held(index: u8) -> (u64, u64) {
	let on_hold = |reason: HoldReason| Balances::balance_on_hold(&reason.into(), &account(index));
	(on_hold(HoldReason::SellerBond), on_hold(HoldReason::Purchase))
}

/// All that account `index` has.
pub fn total(index: u8) -> u64 {
	<Balances as Inspect<_>>::total_balance(&account(index))
}

/// So many blocks later, none of which had room for `on_idle`.
pub fn wait(blocks: u64) {
	System::set_block_number(System::block_number() + blocks);
}

/// So many blocks later, each of which left so much weight to `on_idle`.
pub fn run(blocks: u64, remaining: Weight) {
	for _ in 0..blocks {
		let used = Models::on_idle(System::block_number(), remaining);
		assert!(used.all_lte(remaining), "{used:?} of {remaining:?}");
		wait(1);
	}
}

/// The state before block 1: accounts 1 to 16 have [`BALANCE`].
pub fn build() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	pallet_balances::GenesisConfig::<Test> {
		balances: (1..=16).map(|index| (account(index), BALANCE)).collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// Runs `test` in block 1 and checks the invariants after it.
pub fn build_and_execute(test: impl FnOnce()) {
	build().execute_with(|| {
		test();
		Models::do_try_state().expect("invariants hold");
	});
}
