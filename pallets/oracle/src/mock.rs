//! A runtime of System and the oracle, whose authors the test names.

use crate as pallet_oracle;
use crate::*;
use codec::Encode;
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, Hooks},
};
use praxis_environment::{rollout, EnvironmentId, Real, Seed};
use praxis_primitives_consensus::{
	vrf::Randomness, AuthorId, AuthorSet, CurrentAuthor, ForkRule, LearningDigest, OnScore, Score, Slot,
};
use sp_core::H256;
use sp_runtime::{BuildStorage, Digest, DispatchResult};

pub type AccountId = u64;
pub type Block = frame_system::mocking::MockBlock<Test>;

pub const ALICE: AccountId = 1;
pub const BOB: AccountId = 2;
/// Not bonded.
pub const EVE: AccountId = 9;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(6)]
	pub type Oracle = pallet_oracle;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
}

parameter_types! {
	/// Accounts that may author.
	pub static Bonded: Vec<AccountId> = vec![ALICE, BOB];
	/// Height, author, slot and noise of the block that is begun.
	pub static Current: Option<(u64, AccountId, u64, Randomness)> = None;
	/// What the pallet told about scores.
	pub static Scores: Vec<(AccountId, Score)> = vec![];
}

pub fn key(account: AccountId) -> AuthorId {
	sp_core::sr25519::Public::from_raw([account as u8; 32]).into()
}

pub struct Authors;

impl AuthorSet for Authors {
	type AccountId = AccountId;
	type BlockNumber = u64;

	fn account_of(id: &AuthorId, _: u64) -> Option<AccountId> {
		Bonded::get().into_iter().find(|account| key(*account) == *id)
	}

	fn key_of(account: &AccountId, _: u64) -> Option<AuthorId> {
		Bonded::get().contains(account).then(|| key(*account))
	}

	fn count(_: u64) -> u32 {
		Bonded::get().len() as u32
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_author(account: &AccountId, _: &AuthorId) {
		Bonded::mutate(|bonded| bonded.push(*account));
	}
}

fn current() -> Option<(u64, AccountId, u64, Randomness)> {
	Current::get().filter(|(number, ..)| *number == System::block_number())
}

impl CurrentAuthor for Authors {
	type AccountId = AccountId;

	fn author() -> Option<(AuthorId, AccountId)> {
		current().map(|(_, account, ..)| (key(account), account))
	}

	fn slot() -> Option<Slot> {
		current().map(|(_, _, slot, _)| slot.into())
	}

	fn noise() -> Option<Randomness> {
		current().map(|(.., noise)| noise)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_current(account: &AccountId, _: &AuthorId, slot: Slot, noise: Randomness) {
		Current::set(Some((System::block_number(), *account, *slot, noise)));
	}
}

pub struct Told;

impl OnScore<AccountId> for Told {
	fn on_score(author: &AccountId, score: Score) {
		Scores::mutate(|scores| scores.push((*author, score)));
	}
}

impl Config for Test {
	type AuthorSet = Authors;
	type CurrentAuthor = Authors;
	type OnScore = Told;
	type MaxSteps = ConstU32<64>;
	type WeightInfo = ();
}

/// Begins the pool's view of a block upon the present one: nobody authors it.
pub fn begin_for_pool() {
	let number = System::block_number();
	let parent = H256::from(sp_io::hashing::blake2_256(&number.encode()));
	System::reset_events();
	System::initialize(&(number + 1), &parent, &Digest::default());
}

/// Begins the next block of `author`. Its slot is twice its height.
pub fn begin(author: AccountId) {
	begin_for_pool();
	let number = System::block_number();
	let noise = sp_io::hashing::blake2_256(&(author, number).encode());
	Current::set(Some((number, author, number * 2, noise)));
	Oracle::on_initialize(number);
}

/// Ends the block and checks the invariants.
pub fn end() -> Vec<Score> {
	let number = System::block_number();
	Oracle::on_finalize(number);
	Oracle::do_try_state(number).expect("the invariants hold");
	let header = System::finalize();
	header.digest.logs.iter().filter_map(|item| item.as_learning_score()).collect()
}

/// A whole block without transitions.
pub fn empty_block(author: AccountId) -> Score {
	begin(author);
	end()[0]
}

/// A whole block with honest transitions.
pub fn block(author: AccountId) -> Score {
	begin(author);
	let honest = Claim::honest();
	honest.dispatch(author).expect("an honest submission is accepted");
	end()[0]
}

/// The arguments of a submission.
#[derive(Clone, Debug)]
pub struct Claim {
	pub parent: H256,
	pub slot: u64,
	pub attempt: u32,
	pub step: u64,
	pub actions: Vec<u8>,
	pub reward: Real,
}

impl Claim {
	/// What the author of the block that is begun may submit.
	pub fn honest() -> Self {
		Self::of_actions(|i, actions| (i * 5 % actions) as u8)
	}

	/// The same with chosen actions.
	pub fn of_actions(choose: impl Fn(u32, u32) -> u8) -> Self {
		let actions = Environment::<Test>::get().spec().actions;
		let actions: Vec<u8> = (0..StepsPerBlock::<Test>::get()).map(|i| choose(i, actions)).collect();
		let state = State::<Test>::get().expect("genesis made one");
		let noise = current().map_or([0; 32], |(.., noise)| noise);
		Self {
			parent: System::parent_hash(),
			slot: System::block_number() * 2,
			attempt: 0,
			step: NextStep::<Test>::get(),
			reward: rollout(&state, &Seed(noise), &actions).map_or(Real::ZERO, |played| played.reward),
			actions,
		}
	}

	pub fn call(&self) -> Call<Test> {
		Call::submit_transitions {
			parent: self.parent,
			slot: self.slot.into(),
			attempt: self.attempt,
			step: self.step,
			actions: self.actions.clone().try_into().expect("not more than MaxSteps"),
			reward: self.reward,
			policy_hash: H256::repeat_byte(7),
		}
	}

	pub fn dispatch(&self, signer: AccountId) -> DispatchResult {
		let Call::submit_transitions { parent, slot, attempt, step, actions, reward, policy_hash } = self.call();
		let origin = RuntimeOrigin::signed(signer);
		Oracle::submit_transitions(origin, parent, slot, attempt, step, actions, reward, policy_hash)
	}
}

/// A chain at genesis.
#[must_use]
pub struct ExtBuilder(GenesisConfig<Test>);

impl Default for ExtBuilder {
	fn default() -> Self {
		Self(GenesisConfig { steps_per_block: 8, ..Default::default() })
	}
}

impl ExtBuilder {
	pub fn with_environment(mut self, id: EnvironmentId) -> Self {
		self.0.environment = id;
		self
	}

	pub fn with_steps(mut self, steps: u32) -> Self {
		self.0.steps_per_block = steps;
		self
	}

	pub fn with_episode(mut self, blocks: u32) -> Self {
		self.0.episode_blocks = blocks;
		self
	}

	pub fn with_rule(mut self, rule: ForkRule) -> Self {
		self.0.fork_rule = rule;
		self
	}

	pub fn build(self) -> sp_io::TestExternalities {
		Bonded::set(vec![ALICE, BOB]);
		Current::set(None);
		Scores::set(vec![]);
		RuntimeGenesisConfig { system: Default::default(), oracle: self.0 }
			.build_storage()
			.expect("genesis builds")
			.into()
	}

	/// Runs `test` from genesis; ends the block that it leaves open and checks the invariants.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			Oracle::do_try_state(0).expect("the invariants hold at genesis");
			test();
			end();
		})
	}
}

#[cfg(feature = "runtime-benchmarks")]
pub fn benchmark_ext() -> sp_io::TestExternalities {
	ExtBuilder::default().with_steps(64).build()
}
