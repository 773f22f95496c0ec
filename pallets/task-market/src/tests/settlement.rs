use crate::{mock::*, Event, HoldReason, SpecOf};
use frame_support::assert_ok;
use praxis_environment::Real;
use praxis_primitives_market::{Settlement, TaskState};
use sp_runtime::Perbill;

#[test]
fn settlement_should_pay_each_worker_by_its_score() {
	ExtBuilder::default().build_and_execute(|| {
		let issued = Balances::total_issuance();
		let spec = SpecOf::<Test> { workers: 3, budget: 3_000, ..spec() };
		let id = evaluating(spec, &[(WENDY, policy(1)), (XAVER, policy(2)), (YVES, policy(3))]);
		// All the way, half of it, none of it.
		judge(id, &[300, 142, 42]);

		assert_eq!(free(WENDY), BALANCE + 950);
		assert_eq!(free(XAVER), BALANCE + 475);
		assert_eq!(free(YVES), BALANCE - EVALUATION, "who earned nothing pays for its judgement");
		assert_eq!(free(ALICE), BALANCE - Market::deposit() - 1_500 - 2 * EVALUATION);
		assert_eq!(Balances::total_issuance(), issued - 75 - 3 * EVALUATION);
		let ledger = task(id).ledger;
		assert_eq!((ledger.paid, ledger.burnt), (1_425, 75 + 3 * EVALUATION));
		assert_eq!(ledger.returned, ledger.escrowed - ledger.paid - ledger.burnt);
		let half = Perbill::from_percent(50);
		let score = Some(Real::from_int(142));
		let settlement = Settlement { score, share: half, paid: 475, burnt: 25, slashed: 0 };
		assert!(events().contains(&Event::WorkerSettled { task: id, owner: XAVER, settlement }));
		assert_eq!(events().last(), Some(&Event::TaskSettled { task: id, score: Real::from_int(300), ledger }));
		for (owner, share, burnt) in [(WENDY, Perbill::one(), 50), (XAVER, half, 25), (YVES, Perbill::zero(), 0)] {
			let (marks, engaged) = marks(owner);
			assert_eq!((marks[0].0, marks[0].1.share, marks[0].1.burnt, engaged), (ALICE, share, burnt, 0));
		}
	});
}

#[test]
fn settlement_should_round_in_favour_of_the_escrow() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 7)]);
		assert_ok!(commit(WENDY, id, &policy(1)));
		next_block();
		assert_ok!(reveal(WENDY, id, &policy(1)));
		next_block();
		// 99.5 % of 7 is 6.965: 6 are paid out, of which 0.3 are burnt: 1.
		judge(id, &[241]);
		let settlement = assignment(id, WENDY).settlement.unwrap();
		assert_eq!((settlement.paid, settlement.burnt), (5, 1));
		assert_eq!(settlement.share, Perbill::from_parts(995_000_000));
		assert_eq!(free(ALICE), BALANCE - Market::deposit() - 6 - EVALUATION);
	});
}

#[test]
fn settlement_should_measure_from_the_floor_at_the_workers_commit() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 1_000), (XAVER, 1_000)]);
		assert_ok!(commit(WENDY, id, &policy(1)));
		publish(&policy(9), 142);
		assert_ok!(commit(XAVER, id, &policy(2)));
		next_block();
		assert_ok!(reveal(WENDY, id, &policy(1)));
		assert_ok!(reveal(XAVER, id, &policy(2)));
		publish(&policy(8), 242);
		next_block();
		judge(id, &[192, 192]);
		assert_eq!(assignment(id, WENDY).settlement.unwrap().share, Perbill::from_percent(75));
		assert_eq!(assignment(id, XAVER).settlement.unwrap().share, Perbill::from_percent(50));
	});
}

#[test]
fn settlement_should_ask_for_more_than_the_floor_when_that_has_passed_the_target() {
	ExtBuilder::default().build_and_execute(|| {
		let id = assigned(spec(), &[(WENDY, 1_000), (XAVER, 1_000)]);
		publish(&policy(9), 300);
		assert_ok!(commit(WENDY, id, &policy(1)));
		assert_ok!(commit(XAVER, id, &policy(2)));
		next_block();
		assert_ok!(reveal(WENDY, id, &policy(1)));
		assert_ok!(reveal(XAVER, id, &policy(2)));
		next_block();
		judge(id, &[301, 300]);
		assert_eq!(free(WENDY), BALANCE + 950);
		assert_eq!(free(XAVER), BALANCE - EVALUATION);
	});
}

#[test]
fn settlement_should_publish_whatever_was_judged() {
	ExtBuilder::default().build_and_execute(|| {
		let id = evaluating(spec(), &[(WENDY, policy(1)), (XAVER, policy(2))]);
		judge(id, &[10, 100]);
		assert_eq!(published(&policy(1)), Some((WENDY, Real::from_int(10))));
		assert_eq!(published(&policy(2)), Some((XAVER, Real::from_int(100))));
		assert_eq!(Market::floor(&spec().environment), Real::from_int(100));
	});
}

#[test]
fn settlement_should_pay_the_operators_owner_when_the_operator_changed() {
	ExtBuilder::default().build_and_execute(|| {
		let id = committed(spec(), &[(WENDY, policy(1))]);
		TestOperators::remove(WENDY + OPERATOR);
		TestOperators::insert(MALLORY, WENDY);
		let bytes = policy(1).encode().try_into().unwrap();
		assert_ok!(Market::reveal(RuntimeOrigin::signed(MALLORY), id, bytes, SALT));
		next_block();
		judge(id, &[242]);
		assert_eq!((free(WENDY), free(MALLORY)), (BALANCE + 950, BALANCE));
	});
}

#[test]
fn settlement_should_pay_out_when_all_free_money_is_spent() {
	ExtBuilder::default().build_and_execute(|| {
		let id = evaluating(spec(), &[(WENDY, policy(1)), (XAVER, policy(2))]);
		for who in [ALICE, WENDY, XAVER] {
			assert_ok!(Balances::transfer_all(RuntimeOrigin::signed(who), MALLORY, false));
		}
		let (wendy, alice) = (free(WENDY), free(ALICE));
		judge(id, &[242, 0]);
		assert_eq!(free(WENDY), wendy + 950 + bond(1_000));
		assert_eq!(free(ALICE), alice + 2_000 - 1_000 + EVALUATION);
		assert_eq!(held(ALICE, HoldReason::TaskBudget), 0);
		assert_eq!(task(id).state, TaskState::Settled { at: 14 });
	});
}

#[test]
fn floor_should_rise_by_what_had_been_revealed_by_the_height_of_a_commit() {
	ExtBuilder::default().build_and_execute(|| {
		System::set_block_number(100);
		let environment = spec().environment;
		let by = |height| Market::revealed_by(&environment, height).map(|score| score.floor());
		let note = |height, score| Market::note_revealed(&environment, height, Real::from_int(score));
		assert_eq!(by(100), None);
		note(50, 200);
		note(60, 300);
		assert_eq!([by(49), by(50), by(59), by(60), by(100)], [None, Some(200), Some(200), Some(300), Some(300)]);
		// An earlier one that is better makes the later ones needless, a later one that is worse is needless.
		note(40, 250);
		note(70, 290);
		assert_eq!([by(39), by(40), by(59), by(60), by(70)], [None, Some(250), Some(250), Some(300), Some(300)]);
		note(60, 310);
		note(30, 400);
		assert_eq!([by(29), by(30), by(100)], [None, Some(400), Some(400)]);
		Market::do_try_state().unwrap();
		// However many there are, the best and latest are kept.
		for height in 0..=2 * i32::try_from(crate::MAX_REVEALED).unwrap() {
			note(height as u64 + 100, height + 401);
		}
		assert_eq!(by(1_000), Some(465));
	});
}
