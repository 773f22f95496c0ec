use crate::{mock::*, Event, Sales};
use frame_support::weights::Weight;
use praxis_environment::Real;
use praxis_primitives_market::{sealed::KEY, ModelRegistry, SaleState};
use proptest::prelude::*;

const CART_POLE: praxis_environment::TaskEnvironment = praxis_environment::TaskEnvironment::CartPole;

/// Something that an account may try.
#[derive(Clone, Copy, Debug)]
enum Operation {
	Publish { owner: u8, index: u8, score: i32 },
	Offer { who: u8, index: u8, places: u32 },
	Withdraw { who: u8, offer: u32 },
	Buy { who: u8, offer: u32 },
	Deliver { sale: u32, right: bool },
	Accept { sale: u32 },
	Dispute { sale: u32 },
	Finish { sale: u32 },
	Wait(u64),
	Run(u64),
}

fn operation() -> impl Strategy<Value = Operation> {
	let (who, index, number) = (1u8..6, 1u8..9, 0u32..12);
	prop_oneof![
		2 => (who.clone(), index.clone(), 0i32..500).prop_map(|(owner, index, score)| Operation::Publish { owner, index, score }),
		4 => (who.clone(), index, 0u32..5).prop_map(|(who, index, places)| Operation::Offer { who, index, places }),
		1 => (who.clone(), number.clone()).prop_map(|(who, offer)| Operation::Withdraw { who, offer }),
		8 => (who, number.clone()).prop_map(|(who, offer)| Operation::Buy { who, offer }),
		6 => (number.clone(), any::<bool>()).prop_map(|(sale, right)| Operation::Deliver { sale, right }),
		2 => number.clone().prop_map(|sale| Operation::Accept { sale }),
		3 => number.clone().prop_map(|sale| Operation::Dispute { sale }),
		3 => number.prop_map(|sale| Operation::Finish { sale }),
		1 => (1u64..20).prop_map(Operation::Wait),
		2 => (1u64..20).prop_map(Operation::Run),
	]
}

/// Does it, as the account that may.
fn apply(operation: Operation) {
	let number = |account: sp_runtime::AccountId32| -> u8 { <[u8; 32]>::from(account)[0] };
	let buyer = |sale| Sales::<Test>::get(sale).map_or(1, |sale| number(sale.buyer));
	let seller = |sale| {
		let offer = Sales::<Test>::get(sale).and_then(|sale| crate::Offers::<Test>::get(sale.offer));
		offer.map_or(1, |offer| number(offer.seller))
	};
	let _ = match operation {
		Operation::Publish { owner, index, score } => {
			publish(owner, index, score);
			Ok(())
		}
		Operation::Offer { who, index, places } => offer(who, index, places),
		Operation::Withdraw { who, offer } => Models::withdraw_offer(signed(who), offer),
		Operation::Buy { who, offer } => {
			Models::buy(signed(who), offer, praxis_primitives_market::sealed::one_time_key(&secret(who)))
		}
		Operation::Deliver { sale, right } => {
			let key = if right { MODEL_KEY } else { [1; KEY] };
			Models::deliver(signed(seller(sale)), sale, sealed_to(buyer(sale), key))
		}
		Operation::Accept { sale } => Models::accept(signed(buyer(sale)), sale),
		Operation::Dispute { sale } => Models::dispute(signed(buyer(sale)), sale, secret(buyer(sale))),
		Operation::Finish { sale } => Models::finish_sale(signed(9), sale),
		Operation::Wait(blocks) => {
			wait(blocks);
			Ok(())
		}
		Operation::Run(blocks) => {
			run(blocks, Weight::MAX);
			Ok(())
		}
	};
}

/// Burnt, and paid to each of the accounts 1 to 5 less what each paid, as the events say.
fn told() -> (u64, [i64; 6]) {
	let (mut burnt, mut gained) = (0, [0i64; 6]);
	let mut buyers = std::collections::BTreeMap::new();
	let number = |account: sp_runtime::AccountId32| usize::from(<[u8; 32]>::from(account)[0]);
	let mut sellers = std::collections::BTreeMap::new();
	for record in System::events() {
		let RuntimeEvent::Models(event) = record.event else { continue };
		match event {
			Event::Offered { offer, seller, .. } => {
				sellers.insert(offer, number(seller));
			}
			Event::Bought { sale, buyer, .. } => {
				buyers.insert(sale, number(buyer));
			}
			Event::Paid { sale, seller, price } => {
				gained[number(seller)] += price as i64;
				gained[buyers[&sale]] -= price as i64;
			}
			Event::SellerSlashed { offer, amount } => {
				gained[sellers[&offer]] -= amount as i64;
				burnt += amount;
			}
			Event::StakeBurnt { sale, amount } => {
				gained[buyers[&sale]] -= amount as i64;
				burnt += amount;
			}
			_ => {}
		}
	}
	(burnt, gained)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(96))]

	/// Whatever the accounts try in whatever order: money goes from buyers to sellers or is burnt, as the events say, and
	/// nowhere else; the best score never falls; the invariants hold; and once all deadlines have passed, the chain or
	/// anybody's calls end every sale, so that nobody's money stays on hold but the bonds of open offers.
	#[test]
	fn sales_should_conserve_money_whatever_happens(
		operations in prop::collection::vec(operation(), 1..120),
		by_itself in any::<bool>(),
	) {
		build_and_execute(|| {
			let issued = Balances::total_issuance();
			let mut best = Real::MIN;
			for operation in operations {
				apply(operation);
				let (burnt, gained) = told();
				assert_eq!(Balances::total_issuance(), issued - burnt);
				for index in 1..6u8 {
					assert_eq!(total(index) as i64, BALANCE as i64 + gained[usize::from(index)], "account {index}");
				}
				let now = Models::best(&CART_POLE).map_or(Real::MIN, |(score, _)| score);
				assert!(now >= best);
				best = now;
				Models::do_try_state().expect("invariants hold");
			}

			// Also when no block had room for a long time.
			wait(DELIVER + DISPUTE + 1);
			if by_itself {
				run(30, Weight::MAX);
				assert_eq!(Sales::<Test>::iter().count(), 0);
			}
			let open: Vec<_> = Sales::<Test>::iter().collect();
			for (sale, state) in open {
				assert!(matches!(state.state, SaleState::Bought { .. } | SaleState::Delivered { .. }));
				Models::finish_sale(signed(9), sale).expect("every deadline has passed");
			}
			assert_eq!(Sales::<Test>::iter().count(), 0);
			assert!((1..6).all(|index| held(index).1 == 0));
			assert_eq!(total(9), BALANCE);
		});
	}
}
