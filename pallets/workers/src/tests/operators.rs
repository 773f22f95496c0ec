use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_market::WorkerRegistry;
use sp_runtime::DispatchError;

#[test]
fn operator_should_work_for_nobody_until_it_accepts() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Workers::register_worker(signed(3), account(4), RESOURCES, Default::default()));
		System::assert_last_event(Event::OperatorProposed { owner: account(3), operator: account(4) }.into());
		assert_eq!(Workers::owner_of(&account(4)), None);
		assert_noop!(Workers::accept_operator(signed(5), account(3)), Error::<Test>::NotProposed);
		assert_noop!(Workers::accept_operator(signed(4), account(5)), Error::<Test>::NoWorker);
		assert_noop!(Workers::accept_operator(RuntimeOrigin::root(), account(3)), DispatchError::BadOrigin);
		assert_ok!(Workers::accept_operator(signed(4), account(3)));
		System::assert_last_event(Event::OperatorSet { owner: account(3), operator: account(4) }.into());
		assert_eq!(Workers::owner_of(&account(4)), Some(account(3)));
		assert_noop!(Workers::accept_operator(signed(4), account(3)), Error::<Test>::NotProposed);
	});
}

#[test]
fn stranger_should_not_block_an_account_when_it_names_it_as_operator() {
	ExtBuilder::default().build_and_execute(|| {
		// Strangers name account 4 before its owner does.
		for stranger in 5..9 {
			assert_ok!(Workers::register_worker(signed(stranger), account(4), RESOURCES, Default::default()));
		}
		employ(3, 4);
		assert_eq!(Workers::owner_of(&account(4)), Some(account(3)));
		// And when it works for one, for no other, whoever asks.
		assert_noop!(Workers::accept_operator(signed(4), account(5)), Error::<Test>::OperatorTaken);
		assert_noop!(Workers::set_operator(signed(5), account(4)), Error::<Test>::OperatorTaken);
		assert_noop!(
			Workers::register_worker(signed(9), account(4), RESOURCES, Default::default()),
			Error::<Test>::OperatorTaken
		);
		assert_eq!(deposit(9), 0);
	});
}

#[test]
fn former_operator_should_have_no_right_at_once_when_another_is_named() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		assert_noop!(Workers::set_operator(signed(4), account(5)), Error::<Test>::NoWorker);
		assert_ok!(Workers::set_operator(signed(3), account(5)));
		assert_eq!((Workers::owner_of(&account(4)), Workers::owner_of(&account(5))), (None, None));
		assert_noop!(Workers::update_worker(signed(4), RESOURCES, Default::default()), Error::<Test>::NoWorker);
		assert_ok!(Workers::accept_operator(signed(5), account(3)));
		// The owner itself needs no consent.
		assert_ok!(Workers::set_operator(signed(3), account(3)));
		assert_eq!((Workers::owner_of(&account(5)), Workers::owner_of(&account(3))), (None, Some(account(3))));
		assert_noop!(Workers::set_operator(signed(3), account(3)), Error::<Test>::OperatorTaken);
	});
}

#[test]
fn resign_operator_should_free_the_account() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		assert_ok!(Workers::resign_operator(signed(4)));
		System::assert_last_event(Event::OperatorResigned { owner: account(3), operator: account(4) }.into());
		assert_noop!(Workers::resign_operator(signed(4)), Error::<Test>::NotOperator);
		// It was named once, not for ever.
		assert_noop!(Workers::accept_operator(signed(4), account(3)), Error::<Test>::NotProposed);
		employ(5, 4);
		assert_eq!(Workers::owner_of(&account(4)), Some(account(5)));
	});
}

#[test]
fn operator_should_not_move_the_deposit() {
	ExtBuilder::default().build_and_execute(|| {
		employ(3, 4);
		assert_noop!(Workers::withdraw_worker(signed(4)), Error::<Test>::NoWorker);
		assert_ok!(Workers::withdraw_worker(signed(3)));
		run_to(1 + WITHDRAW_DELAY);
		assert_noop!(Workers::release_worker_deposit(signed(4)), Error::<Test>::NoWorker);
		assert_noop!(Workers::set_operator(signed(3), account(5)), Error::<Test>::WorkerLeaving);
	});
}
