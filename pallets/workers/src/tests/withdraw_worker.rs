use crate::{mock::*, Error, Event, Histories, RecentMarks};
use frame_support::{assert_noop, assert_ok};
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::{Quality, WorkerError, WorkerRegistry};
use sp_runtime::Perbill;

#[test]
fn withdraw_worker_should_fail_while_it_is_engaged() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		assert_ok!(Workers::engage(&account(3)));
		assert!(Workers::is_available(&account(3)) && !Workers::is_available(&account(4)));
		assert_ok!(Workers::engage(&account(3)));
		assert!(!Workers::is_available(&account(3)));
		assert_eq!(Workers::engage(&account(3)), Err(WorkerError::TooBusy));
		Workers::release(&account(3));
		assert_noop!(Workers::withdraw_worker(signed(3)), Error::<Test>::WorkerEngaged);
		Workers::release(&account(3));
		// One release too many changes nothing.
		Workers::release(&account(3));
		assert_ok!(Workers::withdraw_worker(signed(3)));
		System::assert_last_event(Event::WorkerLeaving { owner: account(3), until: 1 + WITHDRAW_DELAY }.into());
		assert_noop!(Workers::withdraw_worker(signed(3)), Error::<Test>::WorkerLeaving);
		assert_eq!(Workers::engage(&account(3)), Err(WorkerError::Leaving));
		assert!(!Workers::is_available(&account(3)));
		assert_eq!(Workers::engage(&account(4)), Err(WorkerError::NotRegistered));
	});
}

#[test]
fn deposit_should_stay_on_hold_until_the_delay_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		assert_noop!(Workers::release_worker_deposit(signed(3)), Error::<Test>::WorkerNotLeaving);
		assert_ok!(Workers::withdraw_worker(signed(3)));
		while System::block_number() < 1 + WITHDRAW_DELAY {
			assert_noop!(Workers::release_worker_deposit(signed(3)), Error::<Test>::DepositLocked);
			assert_eq!(deposit(3), DEPOSIT);
			run_to(System::block_number() + 1);
		}
		assert_ok!(Workers::release_worker_deposit(signed(3)));
		System::assert_last_event(Event::WorkerRemoved { owner: account(3), deposit: DEPOSIT }.into());
		assert_eq!((deposit(3), Balances::free_balance(account(3))), (0, 10 * BOND));
		assert_eq!(Workers::owner_of(&account(4)), None);
		assert_noop!(Workers::release_worker_deposit(signed(3)), Error::<Test>::NoWorker);
	});
}

#[test]
fn whitewashing_should_gain_nothing_when_a_worker_leaves_and_comes_back() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		// The worst there is.
		for _ in 0..10 {
			Workers::record(&account(3), &account(9), fault());
		}
		let worst = Workers::quality(&account(3), &TaskEnvironment::CartPole);
		// A second name is no better at once, and locks a second deposit.
		employ(5, 6);
		let new = Workers::quality(&account(5), &TaskEnvironment::CartPole);
		assert_eq!(new, Quality::default());
		assert!(new.reputation <= worst.reputation && new.expertise <= worst.expertise && new.compute <= worst.compute);
		assert_eq!((deposit(3), deposit(5)), (DEPOSIT, DEPOSIT));

		// The same name loses what it had.
		Workers::record(&account(5), &account(9), mark(Perbill::one(), BURN_UNIT));
		assert!(!Workers::quality(&account(5), &TaskEnvironment::CartPole).reputation.is_zero());
		assert_ok!(Workers::withdraw_worker(signed(5)));
		run_to(1 + WITHDRAW_DELAY);
		assert_ok!(Workers::release_worker_deposit(signed(5)));
		assert!(!Histories::<Test>::contains_key(account(5)) && !RecentMarks::<Test>::contains_key(account(5)));
		employ(5, 6);
		assert_eq!(Workers::quality(&account(5), &TaskEnvironment::CartPole), Quality::default());
	});
}
