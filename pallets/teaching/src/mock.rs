//! A runtime of this pallet and balances, with beacons of the tests. Classifiers and holdouts are small, but real.

use crate as pallet_teaching;
use crate::{HoldReason, LessonOf, SessionOf, SpecOf};
use frame_support::{
	derive_impl,
	dispatch::DispatchResult,
	parameter_types,
	traits::{fungible::InspectHold, ConstU32, ConstU64, Hooks},
	weights::Weight,
};
use praxis_policy::Limits;
use praxis_primitives_market::sealed::one_time_key;
use praxis_primitives_teaching::{Scale, SessionId};
use sp_core::H256;
use sp_runtime::{BoundedVec, BuildStorage, Perbill};

mod course;
mod trained;

pub use course::*;
pub use praxis_support::doubles::*;
pub use trained::*;

pub type Block = frame_system::mocking::MockBlock<Test>;

/// Students.
pub const ALICE: u64 = 1;
pub const BOB: u64 = 2;
/// Teachers.
pub const TINA: u64 = 11;
pub const TOM: u64 = 12;
pub const ULLA: u64 = 13;
pub const VERA: u64 = 14;
pub const WALT: u64 = 15;
/// Trainers.
pub const TARA: u64 = 21;
pub const THEO: u64 = 22;
pub const TESS: u64 = 23;
pub const TOBY: u64 = 24;
/// Somebody.
pub const MALLORY: u64 = 31;

pub const EXISTENTIAL_DEPOSIT: u64 = 10;
pub const BALANCE: u64 = 1_000_000;
pub const RETENTION: u64 = 50;
pub const MAX_OPEN: u32 = 6;
pub const MAX_OPEN_PER_ACCOUNT: u32 = 4;
pub const MAX_ADVANCES: u32 = 2;
pub const MIN_STAKE: u64 = 200;
pub const MIN_REWARD: u64 = 100;
pub const MIN_PHASE: u64 = 5;
pub const MAX_PHASE: u64 = 1_000;
pub const DISPUTE_FEE: u64 = 70;
pub const TRAINER_BOND: u64 = 2_000;
pub const MAX_TRAINERS: u32 = 6;
pub const HAND_BLOCKS: u64 = 8;
pub const REVEAL_TRAINING_BLOCKS: u64 = 6;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Balances: pallet_balances,
		Teaching: pallet_teaching,
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
	pub const NoAuditBurn: Perbill = Perbill::from_percent(10);
	pub const TrainerSlash: Perbill = Perbill::from_percent(25);
	/// Most weight of counting a chunk.
	pub static MaxChunkWeight: Weight = Weight::from_parts(200_000_000_000, u64::MAX / 2);
}

impl crate::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Beacon = Beacons<Test>;
	type MaxOpenSessions = ConstU32<MAX_OPEN>;
	type MaxOpenSessionsPerAccount = ConstU32<MAX_OPEN_PER_ACCOUNT>;
	type MinReward = ConstU64<MIN_REWARD>;
	type MinStake = ConstU64<MIN_STAKE>;
	type MinPhaseBlocks = ConstU64<MIN_PHASE>;
	type MaxPhaseBlocks = ConstU64<MAX_PHASE>;
	type RetentionBlocks = ConstU64<RETENTION>;
	type MaxAdvances = ConstU32<MAX_ADVANCES>;
	type MaxChunkWeight = MaxChunkWeight;
	type NoAuditBurn = NoAuditBurn;
	type DisputeFee = ConstU64<DISPUTE_FEE>;
	type DepositBase = ConstU64<100>;
	type DepositPerByte = ConstU64<1>;
	type TrainerBond = ConstU64<TRAINER_BOND>;
	type TrainerSlash = TrainerSlash;
	type MaxTrainers = ConstU32<MAX_TRAINERS>;
	type HandBlocks = ConstU64<HAND_BLOCKS>;
	type RevealTrainingBlocks = ConstU64<REVEAL_TRAINING_BLOCKS>;
	type WeightInfo = ();
}

/// Secret of the one-time key of a seat in a round, in sessions of so many rounds.
pub fn secret(seat: u8, round: u8, rounds: u8) -> [u8; 32] {
	[seat * rounds + round + 1; 32]
}

/// A session of one round for three teachers. What a score is worth rises evenly: 1,000 for each of the 48 items.
pub fn spec() -> SpecOf<Test> {
	shaped(3, 1)
}

/// The same for so many teachers and rounds.
pub fn shaped(teachers: u8, rounds: u8) -> SpecOf<Test> {
	let keys = (0..teachers)
		.flat_map(|seat| (0..rounds).map(move |round| one_time_key(&secret(seat, round, rounds))))
		.collect::<Vec<_>>();
	SpecOf::<Test> {
		features: 2,
		classes: 2,
		limits: Limits { max_parameters: 6, max_work: 28 },
		root: H256::zero(),
		items: ITEMS,
		chunk_log2: 4,
		scale: Scale { min: Perbill::zero(), mid: Perbill::from_percent(50), max: Perbill::one() },
		reward: 48_000,
		fee: 100,
		stake: 500,
		lesson_bytes: 200_000,
		rounds,
		teachers,
		audit_blocks: 10,
		offer_blocks: 10,
		train_blocks: 10,
		reveal_blocks: 20,
		base: classifier(5).hash().into(),
		keys: BoundedVec::truncate_from(keys),
		trainers: None,
	}
}

pub fn session(id: SessionId) -> SessionOf<Test> {
	crate::Sessions::<Test>::get(id).expect("the session exists")
}

pub fn lessons(id: SessionId) -> Vec<LessonOf<Test>> {
	crate::Lessons::<Test>::get(id).into_inner()
}

pub fn poke(id: SessionId) -> DispatchResult {
	Teaching::poke(RuntimeOrigin::signed(MALLORY), id)
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
	Teaching::on_idle(System::block_number(), Weight::MAX);
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

/// Ends so many blocks.
pub fn run(blocks: u64) {
	run_to(System::block_number() + blocks);
}

/// The pallet's events, oldest first.
pub fn events() -> Vec<crate::Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Teaching(event) => Some(event),
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

	/// The state of block 1.
	pub fn build(self) -> sp_io::TestExternalities {
		let balances = (1..=32).map(|index| (index, self.balance)).collect();
		let balances = pallet_balances::GenesisConfig { balances, ..Default::default() };
		let genesis = RuntimeGenesisConfig { balances, ..Default::default() };
		let mut ext = sp_io::TestExternalities::from(genesis.build_storage().expect("the genesis is valid"));
		ext.execute_with(|| {
			MaxBeacons::set(100);
			System::set_block_number(1);
		});
		ext
	}

	/// Runs `test` in block 1 and checks the invariants after it.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			Teaching::do_try_state().expect("invariants hold");
		});
	}
}

/// The state in which the benchmarks are tested.
#[cfg(feature = "runtime-benchmarks")]
pub fn benchmark_ext() -> sp_io::TestExternalities {
	ExtBuilder::default().build()
}
