use crate::{mock::*, Error, Event, Sales};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_market::{
	sealed::{one_time_key, open},
	SaleState,
};
use sp_runtime::{DispatchError, TokenError};

#[test]
fn buyer_should_have_the_key_and_the_seller_the_price_when_the_buyer_accepts() {
	build_and_execute(|| {
		let offer = offered(1, 1, 2);
		let sale = bought(2, offer);
		System::assert_last_event(
			Event::Bought {
				sale,
				offer,
				buyer: account(2),
				one_time_key: one_time_key(&secret(2)),
				until: 1 + DELIVER,
			}
			.into(),
		);
		assert_eq!(held(2), (0, PRICE + STAKE));
		assert_noop!(Models::accept(signed(2), sale), Error::<Test>::NotDelivered);

		let sealed = sealed_to(2, MODEL_KEY);
		assert_ok!(Models::deliver(signed(1), sale, sealed));
		System::assert_last_event(Event::Delivered { sale, sealed, until: 1 + DISPUTE }.into());
		let SaleState::Delivered { sealed, .. } = Sales::<Test>::get(sale).unwrap().state else { panic!() };
		assert_eq!(open(&sealed, &secret(2)), Some(MODEL_KEY));

		assert_noop!(Models::accept(signed(3), sale), Error::<Test>::NotBuyer);
		assert_ok!(Models::accept(signed(2), sale));
		System::assert_last_event(Event::Paid { sale, seller: account(1), price: PRICE }.into());
		assert_eq!((total(1), total(2)), (BALANCE + PRICE, BALANCE - PRICE));
		assert_eq!((held(1), held(2)), ((2 * BOND, 0), (0, 0)));
		assert_noop!(Models::accept(signed(2), sale), Error::<Test>::NoSale);
		let view = Models::offer_view(offer).unwrap();
		assert_eq!((view.sold, view.open, view.closed), (1, 0, false));
	});
}

#[test]
fn seller_should_be_paid_by_anybodys_call_when_nobody_disputes_in_time() {
	build_and_execute(|| {
		let sale = bought(2, offered(1, 1, 1));
		assert_ok!(Models::deliver(signed(1), sale, sealed_to(2, MODEL_KEY)));
		wait(DISPUTE);
		assert_noop!(Models::finish_sale(signed(3), sale), Error::<Test>::NotDue);
		wait(1);
		assert_noop!(Models::dispute(signed(2), sale, secret(2)), Error::<Test>::TooLate);
		assert_ok!(Models::finish_sale(signed(3), sale));
		assert_eq!((total(1), total(2), total(3)), (BALANCE + PRICE, BALANCE - PRICE, BALANCE));
		assert_noop!(Models::finish_sale(signed(3), sale), Error::<Test>::NoSale);
	});
}

#[test]
fn buyer_should_get_all_back_when_nothing_is_delivered_in_time() {
	build_and_execute(|| {
		let offer = offered(1, 1, 3);
		let (sale, other) = (bought(2, offer), bought(3, offer));
		wait(DELIVER);
		assert_noop!(Models::finish_sale(signed(2), sale), Error::<Test>::NotDue);
		assert_ok!(Models::deliver(signed(1), other, sealed_to(3, MODEL_KEY)));
		wait(1);
		assert_noop!(Models::deliver(signed(1), sale, sealed_to(2, MODEL_KEY)), Error::<Test>::TooLate);
		assert_ok!(Models::finish_sale(signed(9), sale));
		System::assert_has_event(Event::Refunded { sale, buyer: account(2), amount: PRICE + STAKE }.into());
		assert_eq!((total(1), total(2), held(2)), (BALANCE, BALANCE, (0, 0)));
		// No further buyer waits for this seller; the sale that was delivered goes on.
		assert_noop!(Models::buy(signed(4), offer, [1; 32]), Error::<Test>::Closed);
		assert_eq!(held(1), (BOND, 0));
		assert_eq!(Models::offer_view(offer).unwrap().missed, 1);
		assert_ok!(Models::accept(signed(3), other));
		assert_eq!(held(1), (0, 0));
	});
}

#[test]
fn buy_should_fail_when_there_is_no_place_or_no_money_or_the_seller_buys() {
	build_and_execute(|| {
		let offer = offered(1, 1, 1);
		assert_noop!(Models::buy(signed(1), offer, [1; 32]), Error::<Test>::OwnOffer);
		assert_noop!(Models::buy(signed(2), offer + 1, [1; 32]), Error::<Test>::NoOffer);
		assert_ok!(Balances::transfer_allow_death(signed(3), account(4), BALANCE - PRICE - 10));
		assert_noop!(Models::buy(signed(3), offer, [1; 32]), DispatchError::Token(TokenError::FundsUnavailable));
		bought(2, offer);
		assert_noop!(Models::buy(signed(4), offer, [1; 32]), Error::<Test>::NoPlace);
	});
}

#[test]
fn deliver_should_fail_when_anybody_else_signs_or_a_second_time() {
	build_and_execute(|| {
		let sale = bought(2, offered(1, 1, 1));
		let sealed = sealed_to(2, MODEL_KEY);
		assert_noop!(Models::deliver(signed(2), sale, sealed), Error::<Test>::NotOwner);
		assert_noop!(Models::deliver(signed(1), sale + 1, sealed), Error::<Test>::NoSale);
		assert_ok!(Models::deliver(signed(1), sale, sealed));
		assert_noop!(Models::deliver(signed(1), sale, sealed_to(2, [1; 32])), Error::<Test>::AlreadyDelivered);
	});
}

#[test]
fn payout_should_go_to_the_owner_when_the_operator_delivers() {
	build_and_execute(|| {
		let sale = bought(2, offered(1, 1, 1));
		assert_ok!(Workers::register_worker(signed(1), account(5), Default::default(), Default::default()));
		assert_ok!(Workers::accept_operator(signed(5), account(1)));
		assert_ok!(Models::deliver(signed(5), sale, sealed_to(2, MODEL_KEY)));
		assert_ok!(Models::accept(signed(2), sale));
		assert_eq!((total(1), total(5)), (BALANCE + PRICE, BALANCE));
	});
}

#[test]
fn sales_of_should_list_where_an_account_buys_or_sells() {
	build_and_execute(|| {
		let (first, second) = (offered(1, 1, 2), offered(2, 2, 2));
		let (a, b) = (bought(2, first), bought(3, second));
		let numbers = |index| {
			let mut list: Vec<_> = Models::sales_of(account(index)).into_iter().map(|(id, _)| id).collect();
			list.sort_unstable();
			list
		};
		assert_eq!((numbers(1), numbers(2), numbers(3)), (vec![a], vec![a, b], vec![b]));
		assert!(numbers(4).is_empty());
	});
}
