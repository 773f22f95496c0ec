use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use praxis_primitives_teaching::{draw, SessionState};

/// A session whose drawn items are known, with them.
fn drawn() -> (Course, Vec<u32>) {
	let course = Course::open(spec());
	run_to(10);
	let drawn = Teaching::audit(course.id);
	(course, drawn)
}

#[test]
fn audit_should_be_drawn_by_the_beacon_of_the_opening() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::open(spec());
		run_to(9);
		assert_eq!(Teaching::audit(course.id), [0u32; 0]);
		assert_noop!(course.show(vec![course.holdout.item(0)]), Error::<Test>::WrongState);
		next_block();
		assert_eq!(Teaching::audit(course.id), draw::audit(&beacon(1), ITEMS, 16));
		assert_eq!(Requests::get(1), None, "the beacon is given back");
	});
}

#[test]
fn reveal_audit_should_take_the_drawn_items_in_parts_and_in_order() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, drawn) = drawn();
		let items = |range: core::ops::Range<usize>| -> Vec<_> {
			drawn[range].iter().map(|index| course.holdout.item(*index)).collect()
		};
		assert_noop!(course.show(vec![]), Error::<Test>::BadCount);
		assert_noop!(course.show(items(1..2)), Error::<Test>::BadProof);
		assert_ok!(course.show(items(0..5)));
		assert_eq!(session(course.id).state, SessionState::Auditing { until: 19, shown: 5 });
		assert_noop!(course.show(items(0..5)), Error::<Test>::BadProof);
		let mut more = items(5..16);
		more.push(course.holdout.item(0));
		assert_noop!(course.show(more), Error::<Test>::BadCount);
		assert_ok!(course.show(items(5..16)));
		assert!(events().ends_with(&[
			Event::AuditRevealed { session: course.id, items: 16 },
			Event::RoundBegan { session: course.id, round: 0, until: 20 },
		]));
		assert_noop!(course.show(items(0..1)), Error::<Test>::WrongState);
	});
}

#[test]
fn reveal_audit_should_fail_when_an_item_was_changed() {
	ExtBuilder::default().build_and_execute(|| {
		let (course, drawn) = drawn();
		let (item, proof) = course.holdout.item(drawn[0]);
		let mut changed = item.clone();
		changed.label = 0;
		assert_noop!(course.show(vec![(changed, proof.clone())]), Error::<Test>::BadProof);
		let mut changed = item.clone();
		changed.label = 2;
		assert_noop!(course.show(vec![(changed, proof.clone())]), Error::<Test>::BadItem);
		let mut changed = item.clone();
		changed.features.push(0);
		assert_noop!(course.show(vec![(changed, proof.clone())]), Error::<Test>::BadItem);
		assert_noop!(course.show(vec![(item.clone(), vec![])]), Error::<Test>::BadProof);
		let by =
			|who| Teaching::reveal_audit(RuntimeOrigin::signed(who), course.id, vec![(item.clone(), proof.clone())]);
		assert_noop!(by(BOB), Error::<Test>::NotStudent);
		assert_ok!(by(ALICE));
	});
}

#[test]
fn reveal_audit_should_take_no_more_than_64_items_at_once() {
	ExtBuilder::default().build_and_execute(|| {
		let mut large = spec();
		large.items = 400;
		let course = Course::open(large);
		run_to(10);
		let items: Vec<_> = Teaching::audit(course.id).into_iter().map(|index| course.holdout.item(index)).collect();
		assert_eq!(items.len(), 100);
		assert_noop!(course.show(items[..65].to_vec()), Error::<Test>::BadCount);
		assert_ok!(course.show(items[..64].to_vec()));
		assert_ok!(course.show(items[64..].to_vec()));
	});
}

#[test]
fn window_of_the_audit_should_be_whole_when_the_draw_comes_late() {
	ExtBuilder::default().build_and_execute(|| {
		let course = Course::open(spec());
		System::set_block_number(50);
		assert_noop!(course.show(vec![course.holdout.item(0)]), Error::<Test>::WrongState);
		assert_ok!(poke(course.id));
		assert_eq!(session(course.id).state, SessionState::Auditing { until: 60, shown: 0 });
		System::set_block_number(61);
		assert_noop!(course.show_audit(), Error::<Test>::TooLate);
		assert_ok!(poke(course.id));
		assert!(matches!(session(course.id).state, SessionState::Failed { at: 61 }));
	});
}
