use crate::{mock::*, Error, Event, OfferOf, Offers};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_market::sealed::key_hash;
use sp_core::H256;
use sp_runtime::{DispatchError, TokenError};

#[test]
fn offer_should_hold_a_bond_for_every_place() {
	build_and_execute(|| {
		let id = offered(1, 1, 3);
		System::assert_last_event(
			Event::Offered { offer: id, policy: policy(1), seller: account(1), price: PRICE, bond: 3 * BOND }.into(),
		);
		assert_eq!(held(1), (3 * BOND, 0));
		let view = Models::model_view(policy(1)).unwrap().offer.unwrap();
		assert_eq!((view.id, view.price, view.bond, view.places, view.open), (id, PRICE, BOND, 3, 0));
		assert_eq!(view.key_hash, key_hash(&MODEL_KEY));
	});
}

#[test]
fn offer_should_hold_the_owners_money_when_the_operator_signs() {
	build_and_execute(|| {
		publish(1, 1, 100);
		assert_noop!(offer(2, 1, 1), Error::<Test>::NotOwner);
		assert_ok!(Workers::register_worker(signed(1), account(2), Default::default(), Default::default()));
		assert_ok!(Workers::accept_operator(signed(2), account(1)));
		assert_ok!(offer(2, 1, 1));
		assert_eq!((held(1), held(2)), ((BOND, 0), (0, 0)));
		assert_eq!(Models::model_view(policy(1)).unwrap().offer.unwrap().seller, account(1));
	});
}

#[test]
fn offer_should_fail_when_it_is_not_one() {
	build_and_execute(|| {
		publish(1, 1, 100);
		let with = |price| Models::offer(signed(1), policy(1), cid(9), H256::zero(), key_hash(&MODEL_KEY), price, 1);
		assert_noop!(offer(1, 2, 1), Error::<Test>::NoModel);
		assert_noop!(offer(1, 1, 0), Error::<Test>::BadOffer);
		assert_noop!(offer(1, 1, 4), Error::<Test>::BadOffer);
		assert_noop!(with(0), Error::<Test>::BadOffer);
		assert_noop!(with(u64::MAX), DispatchError::Token(TokenError::FundsUnavailable));
		assert_ok!(offer(1, 1, 1));
		assert_noop!(offer(1, 1, 1), Error::<Test>::AlreadyOffered);
	});
}

#[test]
fn withdraw_offer_should_return_the_bonds_when_there_are_no_sales() {
	build_and_execute(|| {
		let id = offered(1, 1, 3);
		assert_noop!(Models::withdraw_offer(signed(2), id), Error::<Test>::NotOwner);
		assert_noop!(Models::withdraw_offer(signed(1), id + 1), Error::<Test>::NoOffer);
		assert_ok!(Models::withdraw_offer(signed(1), id));
		System::assert_last_event(Event::OfferClosed { offer: id }.into());
		assert_eq!(held(1), (0, 0));
		assert!(!Offers::<Test>::contains_key(id) && !OfferOf::<Test>::contains_key(policy(1)));
		// It may be offered anew, under another number.
		assert_ok!(offer(1, 1, 1));
		assert_eq!(OfferOf::<Test>::get(policy(1)), Some(id + 1));
	});
}

#[test]
fn withdraw_offer_should_keep_the_bonds_of_open_sales() {
	build_and_execute(|| {
		let id = offered(1, 1, 3);
		let sale = bought(2, id);
		assert_ok!(Models::withdraw_offer(signed(1), id));
		assert_eq!(held(1), (BOND, 0));
		assert_noop!(Models::withdraw_offer(signed(1), id), Error::<Test>::Closed);
		assert_noop!(Models::buy(signed(3), id, [1; 32]), Error::<Test>::Closed);
		assert_noop!(offer(1, 1, 1), Error::<Test>::AlreadyOffered);
		// The sale goes its way.
		assert_ok!(Models::deliver(signed(1), sale, sealed_to(2, MODEL_KEY)));
		assert_ok!(Models::accept(signed(2), sale));
		assert_eq!((held(1), total(1)), ((0, 0), BALANCE + PRICE));
		assert!(!Offers::<Test>::contains_key(id) && !OfferOf::<Test>::contains_key(policy(1)));
	});
}

#[test]
fn offer_should_outlive_its_model_when_that_has_to_make_room() {
	build_and_execute(|| {
		let id = offered(1, 1, 1);
		for index in 2..=(1 + MAX_MODELS as u8) {
			publish(2, index, 200);
		}
		assert!(Models::model_view(policy(1)).is_none());
		let sale = bought(3, id);
		assert_ok!(Models::deliver(signed(1), sale, sealed_to(3, MODEL_KEY)));
		assert_ok!(Models::accept(signed(3), sale));
		assert_ok!(Models::withdraw_offer(signed(1), id));
		assert_eq!(held(1), (0, 0));
	});
}
