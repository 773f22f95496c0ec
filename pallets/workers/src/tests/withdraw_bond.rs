use crate::{mock::*, Authors, Error, Event, Keys};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

#[test]
fn withdraw_bond_should_release_the_bond_and_forget_the_author() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(1))));
		run_to(1 + UNBONDING);
		assert_ok!(Workers::withdraw_bond(RuntimeOrigin::signed(account(1))));

		System::assert_last_event(Event::BondWithdrawn { author: account(1), amount: BOND }.into());
		assert_eq!(held(&account(1)), 0);
		assert_eq!(Balances::free_balance(account(1)), 10 * BOND);
		assert!(!Authors::<Test>::contains_key(account(1)));
		assert!(!Keys::<Test>::contains_key(key(1)));
		assert!(Workers::author_status(&account(1)).is_none());
		assert_noop!(Workers::withdraw_bond(RuntimeOrigin::signed(account(1))), Error::<Test>::NotRegistered);
	});
}

#[test]
fn withdraw_bond_should_fail_in_every_block_before_the_delay_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(1))));
		while System::block_number() < 1 + UNBONDING {
			assert_noop!(Workers::withdraw_bond(RuntimeOrigin::signed(account(1))), Error::<Test>::StillBonded);
			assert_eq!(held(&account(1)), BOND);
			run_to(System::block_number() + 1);
		}
		assert_ok!(Workers::withdraw_bond(RuntimeOrigin::signed(account(1))));
	});
}

#[test]
fn withdraw_bond_should_fail_when_the_author_has_not_left() {
	ExtBuilder::default().build_and_execute(|| {
		run_to(10 * UNBONDING);
		assert_noop!(Workers::withdraw_bond(RuntimeOrigin::signed(account(1))), Error::<Test>::NotLeaving);
	});
}

#[test]
fn withdraw_bond_should_fail_when_unsigned_or_no_author() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Workers::withdraw_bond(RuntimeOrigin::root()), DispatchError::BadOrigin);
		assert_noop!(Workers::withdraw_bond(RuntimeOrigin::signed(account(3))), Error::<Test>::NotRegistered);
	});
}

#[test]
fn bond_should_not_be_spendable_while_it_is_on_hold() {
	ExtBuilder::default().build_and_execute(|| {
		let all_free = 9 * BOND;
		assert!(Balances::transfer_allow_death(RuntimeOrigin::signed(account(1)), account(9), all_free + 1).is_err());
		assert_ok!(Workers::deregister(RuntimeOrigin::signed(account(1))));
		assert!(Balances::transfer_allow_death(RuntimeOrigin::signed(account(1)), account(9), all_free + 1).is_err());
		assert_eq!(held(&account(1)), BOND);
	});
}
