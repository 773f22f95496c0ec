//! The task market on the whole runtime: the real workers, evaluation, beacons and models together.

use super::chain::*;
use crate::{constants::*, *};
use alloc::{vec, vec::Vec};
use frame_support::{traits::fungible::InspectHold, BoundedVec};
use praxis_environment::{Real, TaskEnvironment};
use praxis_policy::{Limits, Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_consensus::BEACON_BLOCKS;
use praxis_primitives_market::{selection::lot, task::commitment, PolicyHash, Resources, TaskSpec, TaskState, Terms};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Dave, Eve};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	Perbill,
};

/// Pushes the cart to where the pole falls.
fn policy() -> Policy {
	let right: [i8; 4] = [1, 4, 60, 40];
	let left = right.map(|weight| -weight);
	let layer = UncheckedLayer { inputs: 4, outputs: 2, shift: 0, biases: vec![0; 2], weights: [left, right].concat() };
	let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers: vec![layer] };
	Policy::try_from(unchecked).expect("the policy is valid")
}

fn spec() -> TaskSpec<Balance, BlockNumber> {
	TaskSpec {
		environment: TaskEnvironment::CartPole,
		target: Real::from_bits(100 << 32),
		episodes: 100,
		price: 10 * PRX,
		budget: 10 * PRX,
		workers: 1,
		apply_blocks: 2,
		train_blocks: 10,
		reveal_blocks: MIN_REVEAL_BLOCKS,
		minimum_reputation: Perbill::zero(),
		terms: Terms {
			reputation: Perbill::from_percent(40),
			expertise: Perbill::from_percent(40),
			compute: Perbill::from_percent(20),
		},
		resources: Resources::default(),
		limits: Limits { max_parameters: 1_000, max_work: 2_000 },
	}
}

fn market(signer: Sr25519Keyring, call: pallet_task_market::Call<Runtime>) -> Vec<UncheckedExtrinsic> {
	vec![signed(signer, call.into())]
}

/// A block that takes as many transfers as normal transactions find room; gives its hash and how many there were.
fn full_block(parent: Hash, author: Sr25519Keyring) -> (Hash, u32) {
	begin(parent, author);
	apply(timestamp()).expect("the timestamp is valid").expect("the timestamp fits the slot");
	let mut count = 0;
	let exhausted = loop {
		let dest = Bob.to_account_id().into();
		let transfer = pallet_balances::Call::transfer_keep_alive { dest, value: EXISTENTIAL_DEPOSIT };
		match apply(signed(Dave, transfer.into())) {
			Ok(result) => result.expect("Dave has enough"),
			Err(error) => break error,
		};
		count += 1;
	};
	assert_eq!(exhausted, TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources));
	(Executive::finalize_block().hash(), count)
}

fn state_of(task: u32) -> TaskState<BlockNumber> {
	TaskMarket::task(task).expect("the task is there").state
}

#[test]
fn task_should_be_judged_and_paid_when_all_blocks_are_full_of_transfers() {
	local(|| {
		let mut head = genesis_hash();
		let mut next = |extrinsics: Vec<UncheckedExtrinsic>| {
			head = block(head, Alice, |_| extrinsics).header.hash();
			head
		};
		let owner = Bob.to_account_id();
		let register = pallet_workers::Call::register_worker {
			operator: owner.clone(),
			resources: Resources::default(),
			endpoint: BoundedVec::new(),
		};
		next(vec![signed(Bob, register.into())]);
		next(market(Eve, pallet_task_market::Call::post_task { spec: spec() }));
		next(market(Bob, pallet_task_market::Call::apply { task: 0, price: 10 * PRX }));
		while matches!(state_of(0), TaskState::Open { .. }) {
			next(vec![]);
		}
		let (policy, salt) = (policy(), [7; 32]);
		let hash = commitment(&owner, &PolicyHash::from(policy.hash()), &salt);
		let cid = BoundedVec::truncate_from(vec![1, 0x55]);
		next(market(Bob, pallet_task_market::Call::commit { task: 0, hash, cid, parent: None }));
		assert!(matches!(state_of(0), TaskState::Committed { .. }), "{:?}", state_of(0));
		let bytes = BoundedVec::truncate_from(policy.encode());
		let mut head = next(market(Bob, pallet_task_market::Call::reveal { task: 0, policy: bytes, salt }));
		assert!(matches!(state_of(0), TaskState::Evaluating { .. }), "{:?}", state_of(0));

		let before = Balances::free_balance(&owner);
		let mut received = 0;
		let mut blocks = 0;
		while matches!(state_of(0), TaskState::Evaluating { .. }) {
			assert!(blocks < 60, "the evaluation does not come to an end");
			let (hash, transfers) = full_block(head, Alice);
			assert!(transfers > 50, "only {transfers} transfers fill a block");
			(head, blocks, received) = (hash, blocks + 1, received + u128::from(transfers) * EXISTENTIAL_DEPOSIT);
			let used = System::block_weight().total().ref_time();
			assert!(used <= MAX_BLOCK_WEIGHT.ref_time(), "block {blocks} weighs {used}");
		}
		assert!(matches!(state_of(0), TaskState::Settled { .. }), "{:?}", state_of(0));
		let view = TaskMarket::task(0).expect("the task is kept");
		assert_eq!(view.ledger.escrowed, view.ledger.paid + view.ledger.returned + view.ledger.burnt);
		assert_eq!(view.ledger.paid, 10 * PRX / 20 * 19, "the policy balances for more than 100 steps");
		let freed = Balances::free_balance(&owner) - before - received;
		assert!(freed > view.ledger.paid, "pay and bond are free: {freed}");
		let model = Models::model_view(PolicyHash::from(policy.hash())).expect("the policy is a model");
		assert!(model.score > Real::from_bits(100 << 32));
		invariants::try_state(System::block_number()).expect("invariants hold");
	});
}

#[test]
fn lots_should_be_drawn_by_the_chains_own_beacon_when_two_newcomers_compete_for_one_place() {
	local(|| {
		let mut head = genesis_hash();
		let mut next = |extrinsics: Vec<UncheckedExtrinsic>| head = block(head, Alice, |_| extrinsics).header.hash();
		let register = |operator: Sr25519Keyring| {
			let operator = operator.to_account_id();
			pallet_workers::Call::register_worker {
				operator,
				resources: Resources::default(),
				endpoint: BoundedVec::new(),
			}
		};
		// Both are authors, with a bond for that.
		let on_hold = |who: Sr25519Keyring| Balances::total_balance_on_hold(&who.to_account_id());
		let before = on_hold(Bob);
		assert_eq!(before, on_hold(Dave));
		let held = |who: Sr25519Keyring| on_hold(who) - before;
		next([Bob, Dave].map(|who| signed(who, register(who).into())).to_vec());
		assert_eq!([Bob, Dave].map(held), [WORKER_DEPOSIT; 2], "what a name costs");
		next(market(Eve, pallet_task_market::Call::post_task { spec: spec() }));
		// Bob asks for less, which is no use to him.
		let apply = |price| pallet_task_market::Call::apply { task: 0, price };
		next([(Bob, PRX), (Dave, 10 * PRX)].map(|(who, price)| signed(who, apply(price).into())).to_vec());
		let bond = held(Dave) - WORKER_DEPOSIT;
		assert!(bond > 2 * PRX, "a fifth of the price, and more: {bond}");
		while matches!(state_of(0), TaskState::Open { .. }) {
			next(vec![]);
		}
		let TaskState::Drawing { after } = state_of(0) else { panic!("{:?}", state_of(0)) };
		assert_eq!(after, System::block_number());
		let mut beacon = None;
		while matches!(state_of(0), TaskState::Drawing { .. }) {
			assert_eq!(beacon, None, "the lots are drawn in the block that completes the beacon");
			invariants::try_state(System::block_number()).expect("invariants hold");
			next(vec![]);
			beacon = System::events().into_iter().find_map(|record| match record.event {
				RuntimeEvent::Randomness(pallet_randomness::Event::BeaconReady { after: of, randomness }) => {
					assert_eq!(of, after);
					Some(randomness)
				}
				_ => None,
			});
		}
		assert_eq!(System::block_number(), after + BEACON_BLOCKS);
		let beacon = beacon.expect("there is a beacon");
		let lot_of = |who: &Sr25519Keyring| lot(&beacon, 0, &who.to_account_id());
		let (chosen, other) = if lot_of(&Bob) < lot_of(&Dave) { (Bob, Dave) } else { (Dave, Bob) };
		let assignments = TaskMarket::task(0).expect("the task is there").assignments;
		assert_eq!(assignments.len(), 1);
		assert_eq!(assignments[0].owner, chosen.to_account_id());
		assert_eq!(held(other), WORKER_DEPOSIT, "the bond is returned");
		invariants::try_state(System::block_number()).expect("invariants hold");
	});
}
