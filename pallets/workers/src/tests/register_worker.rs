use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::{Quality, Resources, WorkerRegistry};
use sp_runtime::{DispatchError, TokenError};

fn register_worker(owner: u8, operator: u8) -> frame_support::dispatch::DispatchResult {
	Workers::register_worker(signed(owner), account(operator), RESOURCES, Default::default())
}

#[test]
fn register_worker_should_hold_the_deposit_and_start_at_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register_worker(3, 3));
		System::assert_has_event(Event::WorkerRegistered { owner: account(3), deposit: DEPOSIT }.into());
		System::assert_last_event(Event::OperatorSet { owner: account(3), operator: account(3) }.into());
		assert_eq!(deposit(3), DEPOSIT);
		assert_eq!(Workers::owner_of(&account(3)), Some(account(3)));
		assert_eq!(Workers::resources(&account(3)), Some(RESOURCES));
		assert_eq!(Workers::quality(&account(3), &TaskEnvironment::CartPole), Quality::default());
		let view = Workers::worker_view(account(3)).unwrap();
		assert_eq!((view.deposit, view.since, view.engaged, view.leaving), (DEPOSIT, 1, 0, None));
	});
}

#[test]
fn register_worker_should_fail_when_the_owner_has_one() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register_worker(3, 3));
		assert_noop!(register_worker(3, 4), Error::<Test>::WorkerExists);
		assert_ok!(Workers::withdraw_worker(signed(3)));
		assert_noop!(register_worker(3, 4), Error::<Test>::WorkerExists);
	});
}

#[test]
fn register_worker_should_fail_when_the_deposit_is_not_there_or_nobody_signs() {
	ExtBuilder::default().with_authors(&[]).with_balance(DEPOSIT).build_and_execute(|| {
		assert_noop!(register_worker(3, 3), DispatchError::Token(TokenError::FundsUnavailable));
		assert_noop!(
			Workers::register_worker(RuntimeOrigin::root(), account(3), RESOURCES, Default::default()),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn worker_may_be_an_author_too_with_a_bond_of_its_own() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register_worker(1, 1));
		assert_eq!((held(&account(1)), deposit(1)), (BOND, DEPOSIT));
	});
}

#[test]
fn update_worker_should_change_what_the_worker_says_when_owner_or_operator_asks() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		for (who, cores) in [(3, 8), (4, 16)] {
			let resources = Resources { cores, ..RESOURCES };
			assert_ok!(Workers::update_worker(signed(who), resources, b"http://x".to_vec().try_into().unwrap()));
			assert_eq!(Workers::resources(&account(3)), Some(resources));
			System::assert_last_event(Event::WorkerUpdated { owner: account(3) }.into());
		}
		assert_eq!(Workers::worker_view(account(3)).unwrap().endpoint, b"http://x");
		assert_noop!(Workers::update_worker(signed(5), RESOURCES, Default::default()), Error::<Test>::NoWorker);
		assert_ok!(Workers::withdraw_worker(signed(3)));
		assert_noop!(Workers::update_worker(signed(4), RESOURCES, Default::default()), Error::<Test>::WorkerLeaving);
	});
}
