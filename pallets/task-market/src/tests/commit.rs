use crate::{mock::*, Error, Event, HoldReason};
use frame_support::{assert_noop, assert_ok};
use praxis_environment::Real;
use praxis_primitives_market::{Cid, Expiry, PolicyHash, TaskState};
use sp_core::H256;
use sp_runtime::{DispatchError, Perbill};

fn commit_hash(owner: u64, id: u32) -> frame_support::dispatch::DispatchResult {
	Market::commit(RuntimeOrigin::signed(owner + OPERATOR), id, H256::zero(), cid(), None)
}

#[test]
fn commit_should_bind_the_worker_and_fix_its_floor() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 1_000), (XAVER, 1_000)]);
		let parent = Some(PolicyHash::repeat_byte(3));
		let hash = H256::repeat_byte(4);
		assert_ok!(Market::commit(RuntimeOrigin::signed(WENDY + OPERATOR), id, hash, cid(), parent));
		publish(&policy(9), 100);
		assert_ok!(commit_hash(XAVER, id));

		let first = assignment(id, WENDY).commit.unwrap();
		assert_eq!((first.hash, first.cid, first.parent, first.at, first.order), (hash, cid(), parent, 12, 0));
		assert_eq!(first.floor, Real::from_int(FLOOR));
		let second = assignment(id, XAVER).commit.unwrap();
		assert_eq!((second.order, second.floor), (1, Real::from_int(100)));
		let event = Event::Committed { task: id, owner: WENDY, hash, floor: Real::from_int(FLOOR) };
		assert!(events().contains(&event));
	});
}

#[test]
fn commit_should_end_the_phase_with_its_block_when_all_have_committed() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 1_000), (XAVER, 1_000)]);
		assert_ok!(commit_hash(WENDY, id));
		run_to(20);
		assert_eq!(task(id).state, TaskState::Assigned { until: 41 });
		assert_ok!(commit_hash(XAVER, id));
		next_block();
		assert_eq!(task(id).state, TaskState::Committed { until: 40 });
		assert_eq!(events().last(), Some(&Event::CommitsClosed { task: id, commits: 2, until: 40 }));
	});
}

#[test]
fn commit_should_be_possible_until_the_last_block() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 1_000), (XAVER, 1_000)]);
		run_to(41);
		assert_ok!(commit_hash(WENDY, id));
		next_block_without_idle();
		assert_noop!(commit_hash(XAVER, id), Error::<Test>::TooLate);
		next_block();
		assert_noop!(commit_hash(XAVER, id), Error::<Test>::TooLate);
	});
}

#[test]
fn commit_should_fail_when_it_is_not_the_worker_to_commit() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(commit_hash(WENDY, 0), Error::<Test>::NotFound);
		let id = post(ALICE, spec()).unwrap();
		assert_ok!(apply(WENDY, id, 1_000));
		assert_noop!(commit_hash(WENDY, id), Error::<Test>::TooEarly);
		run_to(12);
		assert_noop!(commit_hash(XAVER, id), Error::<Test>::NotAssigned);
		assert_noop!(commit_hash(MALLORY, id), Error::<Test>::NotRegistered);
		let origin = RuntimeOrigin::root();
		assert_noop!(Market::commit(origin, id, H256::zero(), cid(), None), DispatchError::BadOrigin);
		let origin = RuntimeOrigin::signed(WENDY + OPERATOR);
		assert_noop!(Market::commit(origin, id, H256::zero(), Cid::default(), None), Error::<Test>::EmptyCid);
	});
}

#[test]
fn worker_should_lose_half_its_bond_when_it_does_not_commit() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let id = assigned(spec(), &[(WENDY, 1_000), (XAVER, 999)]);
		assert_ok!(commit_hash(WENDY, id));
		run_to(42);

		// 279 + 1 = 280: the bond of 999 is as high as that of 1,000, and half of it is burnt.
		assert_eq!(held(XAVER, HoldReason::WorkerBond), 0);
		assert_eq!(free(XAVER), BALANCE - 140);
		assert_eq!(Balances::total_issuance(), issued - 140);
		assert_eq!(task(id).state, TaskState::Committed { until: 61 });
		let settlement = assignment(id, XAVER).settlement.unwrap();
		assert_eq!((settlement.score, settlement.share, settlement.slashed), (None, Perbill::zero(), 140));
		let (marks, engaged) = marks(XAVER);
		assert_eq!(engaged, 0);
		assert_eq!((marks[0].1.score, marks[0].1.share, marks[0].1.blocks), (None, Perbill::zero(), 30));
		assert!(events().contains(&Event::WorkerSettled { task: id, owner: XAVER, settlement }));
	});
}

#[test]
fn task_should_expire_when_nobody_commits() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 1_000)]);
		run_to(42);
		assert_eq!(task(id).state, TaskState::Expired { at: 41, cause: Expiry::NoCommit });
		assert_eq!(free(ALICE), BALANCE - Market::deposit(), "the requester has all back, and no more");
		assert_eq!(free(WENDY), BALANCE - bond(1_000) / 2);
		let ledger = task(id).ledger;
		assert_eq!((ledger.paid, ledger.burnt), (0, bond(1_000) / 2));
	});
}
