use crate::{mock::*, Authors};
use praxis_primitives_consensus::AuthorSet;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Something that an account may try.
#[derive(Clone, Copy, Debug)]
enum Operation {
	Register(u8),
	Deregister(u8),
	Withdraw(u8),
	Spend(u8),
	Wait(u64),
}

fn operation() -> impl Strategy<Value = Operation> {
	let index = 1u8..=6;
	prop_oneof![
		3 => index.clone().prop_map(Operation::Register),
		3 => index.clone().prop_map(Operation::Deregister),
		4 => index.clone().prop_map(Operation::Withdraw),
		1 => index.prop_map(Operation::Spend),
		3 => (1u64..40).prop_map(Operation::Wait),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(96))]

	/// Whatever the accounts try in whatever order: a bond is on hold from the registration until the
	/// delay after the deregistration is over, somebody can always make the next block, no
	/// account authors without a bond, and the invariants hold.
	#[test]
	fn bonds_should_stay_on_hold_until_the_delay_is_over(operations in prop::collection::vec(operation(), 1..60)) {
		ExtBuilder::default().with_max_authors(5).build_and_execute(|| {
			// Height from which the bond of an account may be free; none while it has not left.
			let mut free_at: BTreeMap<u8, Option<u64>> = BTreeMap::from([(1, None), (2, None)]);
			for operation in operations {
				let now = System::block_number();
				match operation {
					Operation::Register(index) => {
						if register(index).is_ok() {
							assert_eq!(free_at.insert(index, None), None, "registered twice");
						}
					},
					Operation::Deregister(index) => {
						if Workers::deregister(RuntimeOrigin::signed(account(index))).is_ok() {
							assert_eq!(free_at.insert(index, Some(now + UNBONDING)), Some(None));
						}
					},
					Operation::Withdraw(index) => {
						if Workers::withdraw_bond(RuntimeOrigin::signed(account(index))).is_ok() {
							let at = free_at.remove(&index).flatten().expect("had left");
							assert!(now >= at, "freed {} blocks early", at - now);
						}
					},
					Operation::Spend(index) => {
						let _ = Balances::transfer_all(
							RuntimeOrigin::signed(account(index)), account(31), false,
						);
						// Back again, for the next registration.
						let _ = Balances::transfer_allow_death(
							RuntimeOrigin::signed(account(31)), account(index), 3 * BOND,
						);
					},
					Operation::Wait(blocks) => run_to(now + blocks),
				}

				let next = System::block_number() + 1;
				for index in 1..=6u8 {
					let bonded = free_at.contains_key(&index);
					assert_eq!(held(&account(index)), if bonded { BOND } else { 0 });
					assert_eq!(Authors::<Test>::contains_key(account(index)), bonded);
					if Workers::account_of(&key(index), next).is_some() {
						assert_eq!(free_at.get(&index), Some(&None), "authors without a bond");
					}
				}
				assert!(Workers::count(next) > 0, "nobody can make the next block");
				Workers::do_try_state().expect("invariants hold");
			}
		});
	}
}
