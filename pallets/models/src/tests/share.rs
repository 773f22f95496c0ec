use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};

#[test]
fn share_should_say_where_the_full_model_is_when_owner_or_operator_asks() {
	build_and_execute(|| {
		publish(1, 1, 100);
		assert_ok!(Workers::register_worker(signed(1), account(2), Default::default(), Default::default()));
		assert_noop!(Models::share(signed(2), policy(1), cid(8)), Error::<Test>::NotOwner);
		assert_ok!(Workers::accept_operator(signed(2), account(1)));
		for (who, index) in [(1, 7), (2, 8)] {
			assert_ok!(Models::share(signed(who), policy(1), cid(index)));
			System::assert_last_event(Event::ModelShared { policy: policy(1), cid: cid(index) }.into());
			assert_eq!(Models::model_view(policy(1)).unwrap().cid, cid(index).into_inner());
		}
	});
}

#[test]
fn share_should_fail_when_the_model_is_unknown_or_anothers() {
	build_and_execute(|| {
		publish(1, 1, 100);
		assert_noop!(Models::share(signed(3), policy(1), cid(8)), Error::<Test>::NotOwner);
		assert_noop!(Models::share(signed(1), policy(2), cid(8)), Error::<Test>::NoModel);
	});
}
