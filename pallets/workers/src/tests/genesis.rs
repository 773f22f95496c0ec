use crate::mock::*;
use praxis_primitives_consensus::AuthorSet;

#[test]
fn genesis_should_bond_its_authors_from_their_balances() {
	ExtBuilder::default().with_authors(&[1, 2, 3]).build_and_execute(|| {
		for index in 1..=3 {
			assert_eq!(held(&account(index)), BOND);
			assert_eq!(Balances::free_balance(account(index)), 9 * BOND);
			assert_eq!(Workers::account_of(&key(index), 1), Some(account(index)));
		}
		assert_eq!(Workers::count(1), 3);
		assert_eq!(Balances::total_issuance(), 32 * 10 * BOND);
	});
}

#[test]
fn genesis_should_build_when_the_balance_is_just_enough() {
	ExtBuilder::default().with_balance(BOND + EXISTENTIAL_DEPOSIT).build_and_execute(|| {
		assert_eq!(held(&account(1)), BOND);
	});
}

#[test]
#[should_panic(expected = "does not cover its bond")]
fn genesis_should_panic_when_a_balance_does_not_cover_the_bond() {
	let _ = ExtBuilder::default().with_balance(BOND + EXISTENTIAL_DEPOSIT - 1).build();
}

#[test]
#[should_panic(expected = "author account is twice in genesis")]
fn genesis_should_panic_when_an_author_is_there_twice() {
	let _ = ExtBuilder::default().with_authors(&[1, 1]).build();
}

#[test]
#[should_panic(expected = "more authors than MaxAuthors")]
fn genesis_should_panic_when_there_are_too_many_authors() {
	let _ = ExtBuilder::default().with_max_authors(1).build();
}

#[test]
fn constants_should_pass_the_integrity_test() {
	use frame_support::traits::Hooks;
	ExtBuilder::default().build_and_execute(Workers::integrity_test);
}
