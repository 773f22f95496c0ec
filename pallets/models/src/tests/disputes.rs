use crate::{mock::*, Error, Event, OfferOf};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_market::{
	sealed::{KEY, SEALED},
	OfferId, SaleId,
};

/// Account 1 sells to account 2, which was delivered this.
fn delivered(sealed: [u8; SEALED]) -> (OfferId, SaleId) {
	let offer = offered(1, 1, 3);
	let sale = bought(2, offer);
	assert_ok!(Models::deliver(signed(1), sale, sealed));
	(offer, sale)
}

#[test]
fn buyer_should_get_all_back_and_the_seller_lose_its_bond_when_the_key_is_wrong() {
	// Another key; the right one for another buyer; what no key opens.
	let right_but_for_another = sealed_to(3, MODEL_KEY);
	let mut changed = sealed_to(2, MODEL_KEY);
	changed[40] ^= 1;
	for sealed in [sealed_to(2, [1; KEY]), right_but_for_another, changed, [0; SEALED], [255; SEALED]] {
		build_and_execute(|| {
			let (offer, sale) = delivered(sealed);
			let issued = Balances::total_issuance();
			assert_ok!(Models::dispute(signed(2), sale, secret(2)));
			System::assert_has_event(Event::Refunded { sale, buyer: account(2), amount: PRICE + STAKE }.into());
			System::assert_has_event(Event::SellerSlashed { offer, amount: BOND }.into());
			System::assert_last_event(Event::OfferClosed { offer }.into());
			assert_eq!((total(1), total(2)), (BALANCE - BOND, BALANCE));
			assert_eq!((held(1), held(2)), ((0, 0), (0, 0)));
			assert_eq!(Balances::total_issuance(), issued - BOND);
			assert!(!OfferOf::<Test>::contains_key(policy(1)));
			assert_noop!(Models::dispute(signed(2), sale, secret(2)), Error::<Test>::NoSale);
		});
	}
}

#[test]
fn other_buyers_should_keep_their_rights_when_one_proved_a_wrong_key() {
	build_and_execute(|| {
		let (offer, sale) = delivered(sealed_to(2, [1; KEY]));
		let (third, fourth) = (bought(3, offer), bought(4, offer));
		assert_ok!(Models::dispute(signed(2), sale, secret(2)));
		assert_noop!(Models::buy(signed(5), offer, [1; 32]), Error::<Test>::Closed);
		assert_eq!(held(1), (2 * BOND, 0));
		assert_ok!(Models::deliver(signed(1), third, sealed_to(3, [2; KEY])));
		assert_ok!(Models::dispute(signed(3), third, secret(3)));
		assert_eq!((held(1), total(1)), ((BOND, 0), BALANCE - 2 * BOND));
		wait(DELIVER + 1);
		assert_ok!(Models::finish_sale(signed(9), fourth));
		assert_eq!((total(3), total(4), held(1)), (BALANCE, BALANCE, (0, 0)));
	});
}

#[test]
fn buyer_should_pay_and_lose_its_stake_when_the_key_is_right() {
	build_and_execute(|| {
		let (offer, sale) = delivered(sealed_to(2, MODEL_KEY));
		let issued = Balances::total_issuance();
		assert_ok!(Models::dispute(signed(2), sale, secret(2)));
		System::assert_has_event(Event::Paid { sale, seller: account(1), price: PRICE }.into());
		System::assert_last_event(Event::StakeBurnt { sale, amount: STAKE }.into());
		assert_eq!((total(1), total(2)), (BALANCE + PRICE, BALANCE - PRICE - STAKE));
		assert_eq!((held(1), held(2)), ((3 * BOND, 0), (0, 0)));
		assert_eq!(Balances::total_issuance(), issued - STAKE);
		assert_eq!(Models::offer_view(offer).unwrap().sold, 1);
	});
}

#[test]
fn dispute_should_fail_when_the_secret_is_another_one() {
	build_and_execute(|| {
		let (_, sale) = delivered(sealed_to(2, MODEL_KEY));
		// A secret that does not open the right key would cost the seller its bond.
		assert_noop!(Models::dispute(signed(2), sale, secret(3)), Error::<Test>::WrongSecret);
		assert_noop!(Models::dispute(signed(3), sale, secret(2)), Error::<Test>::NotBuyer);
		assert_noop!(Models::dispute(signed(2), sale + 1, secret(2)), Error::<Test>::NoSale);
	});
}

#[test]
fn dispute_should_fail_when_nothing_was_delivered() {
	build_and_execute(|| {
		let sale = bought(2, offered(1, 1, 1));
		assert_noop!(Models::dispute(signed(2), sale, secret(2)), Error::<Test>::NotDelivered);
	});
}

#[test]
fn dispute_should_not_need_free_money_when_the_buyer_spent_the_rest() {
	build_and_execute(|| {
		let (_, sale) = delivered(sealed_to(2, [1; KEY]));
		assert_ok!(Balances::transfer_all(signed(2), account(9), false));
		assert_ok!(Models::dispute(signed(2), sale, secret(2)));
		assert!(Balances::free_balance(account(2)) >= PRICE + STAKE);
	});
}
