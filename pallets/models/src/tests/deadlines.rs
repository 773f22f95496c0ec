use crate::{mock::*, Deadlines, Error, Event, NextDeadline, Sales, WeightInfo, MAX_LOOKS};
use frame_support::{assert_noop, assert_ok, weights::Weight};

#[test]
fn chain_should_pay_the_seller_when_nobody_disputes_in_time() {
	build_and_execute(|| {
		let sale = bought(2, offered(1, 1, 1));
		assert_ok!(Models::deliver(signed(1), sale, sealed_to(2, MODEL_KEY)));
		run(DISPUTE, Weight::MAX);
		// The last block for a dispute: the chain acts after its calls.
		assert!(Sales::<Test>::contains_key(sale));
		run(1, Weight::MAX);
		System::assert_last_event(Event::Paid { sale, seller: account(1), price: PRICE }.into());
		assert_eq!((total(1), total(2), held(2)), (BALANCE + PRICE, BALANCE - PRICE, (0, 0)));
		assert_noop!(Models::dispute(signed(2), sale, secret(2)), Error::<Test>::NoSale);
	});
}

#[test]
fn chain_should_give_all_back_when_nothing_is_delivered_in_time() {
	build_and_execute(|| {
		let offer = offered(1, 1, 3);
		let (sale, other) = (bought(2, offer), bought(3, offer));
		run(DELIVER, Weight::MAX);
		assert_ok!(Models::deliver(signed(1), other, sealed_to(3, MODEL_KEY)));
		run(1, Weight::MAX);
		System::assert_has_event(Event::Refunded { sale, buyer: account(2), amount: PRICE + STAKE }.into());
		assert_eq!((total(1), total(2), held(2)), (BALANCE, BALANCE, (0, 0)));
		// Delivered in the last block: its deadline is another one now.
		assert!(Sales::<Test>::contains_key(other));
		assert_eq!(Deadlines::<Test>::iter_keys().collect::<Vec<_>>(), [(1 + DELIVER + DISPUTE, other)]);
		run(DISPUTE, Weight::MAX);
		assert_eq!((Sales::<Test>::iter().count(), total(1)), (0, BALANCE + PRICE));
	});
}

#[test]
fn deadline_should_be_forgotten_when_the_sale_is_over() {
	build_and_execute(|| {
		let offer = offered(1, 1, 2);
		let (accepted, disputed) = (bought(2, offer), bought(3, offer));
		assert_ok!(Models::deliver(signed(1), accepted, sealed_to(2, MODEL_KEY)));
		assert_ok!(Models::deliver(signed(1), disputed, sealed_to(3, MODEL_KEY)));
		assert_ok!(Models::accept(signed(2), accepted));
		assert_ok!(Models::dispute(signed(3), disputed, secret(3)));
		assert_eq!(Deadlines::<Test>::iter_keys().count(), 0);
	});
}

#[test]
fn chain_should_catch_up_in_bounded_steps_when_blocks_had_no_room() {
	build_and_execute(|| {
		let sales: Vec<_> = (1u32..=4).flat_map(|seller| (0..3).map(move |_| seller)).collect();
		for seller in 1..=4 {
			offered(seller, seller, 3);
		}
		for seller in &sales {
			bought(5, seller - 1);
		}
		// The room for a look is no room for a sale.
		let (idle, look) = (<() as WeightInfo>::on_idle(), <() as WeightInfo>::look());
		run(DELIVER + 40, idle.saturating_add(look.saturating_mul(1)));
		assert_eq!(Sales::<Test>::iter().count(), sales.len());
		assert_eq!(NextDeadline::<Test>::get(), 1 + DELIVER);

		// Room for everything is used in bounded steps.
		run(1, Weight::MAX);
		assert_eq!(Sales::<Test>::iter().count(), 0);
		assert_eq!(NextDeadline::<Test>::get(), 1 + DELIVER + u64::from(MAX_LOOKS) - sales.len() as u64);
		run(3, Weight::MAX);
		assert_eq!(NextDeadline::<Test>::get(), System::block_number());
	});
}

#[test]
fn chain_should_do_nothing_when_there_is_no_room() {
	build_and_execute(|| {
		let sale = bought(2, offered(1, 1, 1));
		wait(DELIVER);
		run(5, Weight::from_parts(1, 1));
		assert!(Sales::<Test>::contains_key(sale));
		assert_ok!(Models::finish_sale(signed(9), sale));
	});
}
