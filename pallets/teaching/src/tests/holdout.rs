use crate::{mock::*, Error, Event, Pallet, Scorings, MAX_CANDIDATES};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo};
use praxis_policy::{Policy, UncheckedLayer, UncheckedPolicy, FORMAT_VERSION};
use praxis_primitives_teaching::SessionState;

/// A session of TINA's lesson, after which the classifier recognises 30 items, with all classifiers revealed.
fn revealing(items: u32) -> Course {
	let mut spec = spec();
	spec.items = items;
	let mut course = Course::offering(spec);
	course.teach(&[TINA]);
	course.train(30).unwrap();
	course.reveal_classifiers();
	course
}

fn correct(course: &Course) -> Vec<u32> {
	Scorings::<Test>::get(course.id).candidates.iter().map(|candidate| candidate.correct).collect()
}

#[test]
fn every_item_but_the_shown_ones_should_be_counted_with_every_classifier() {
	ExtBuilder::default().build_and_execute(|| {
		let course = revealing(ITEMS);
		assert_ok!(course.reveal_chunk(2));
		assert_eq!(events().last(), Some(&Event::ChunkCounted { session: course.id, chunk: 2, left: 3 }));
		for chunk in [3, 0, 1] {
			assert_ok!(course.reveal_chunk(chunk));
		}
		assert_eq!(correct(&course), [5, 30]);
		assert_eq!(Teaching::session(course.id).unwrap().counted, 48);
	});
}

#[test]
fn last_chunk_should_be_short_when_the_items_do_not_fill_it() {
	ExtBuilder::default().build_and_execute(|| {
		let course = revealing(71);
		assert_eq!(course.holdout.shape.chunks(), 5);
		let (items, proof) = course.holdout.chunk(4);
		assert_eq!(items.len(), 7);
		let padded = [items.clone(), items.clone()].concat();
		assert_noop!(course.count(4, padded, proof.clone()), Error::<Test>::BadCount);
		assert_ok!(course.count(4, items, proof));
		for chunk in 0..4 {
			assert_ok!(course.reveal_chunk(chunk));
		}
		assert_eq!(correct(&course), [5, 30]);
	});
}

#[test]
fn chunk_should_be_counted_once() {
	ExtBuilder::default().build_and_execute(|| {
		let course = revealing(ITEMS);
		assert_ok!(course.reveal_chunk(0));
		let before = correct(&course);
		assert_noop!(course.reveal_chunk(0), Error::<Test>::AlreadyCounted);
		assert_noop!(course.count(4, vec![], vec![]), Error::<Test>::NoChunk);
		assert_noop!(course.count(u32::MAX, vec![], vec![]), Error::<Test>::NoChunk);
		assert_eq!(correct(&course), before);
	});
}

#[test]
fn chunk_should_fail_when_it_is_not_that_of_the_root() {
	ExtBuilder::default().build_and_execute(|| {
		let course = revealing(ITEMS);
		let (items, proof) = course.holdout.chunk(1);
		let changed = |change: &dyn Fn(&mut Vec<praxis_primitives_teaching::Item>)| {
			let mut items = items.clone();
			change(&mut items);
			course.count(1, items, proof.clone())
		};
		assert_noop!(changed(&|items| items[3].label = 0), Error::<Test>::BadProof);
		assert_noop!(changed(&|items| items[3].salt[0] ^= 1), Error::<Test>::BadProof);
		assert_noop!(changed(&|items| items[3].features[0] ^= 1), Error::<Test>::BadProof);
		assert_noop!(changed(&|items| items.swap(0, 1)), Error::<Test>::BadProof);
		assert_noop!(changed(&|items| items[3].label = 2), Error::<Test>::BadItem);
		assert_noop!(changed(&|items| items[3].features.push(0)), Error::<Test>::BadItem);
		assert_noop!(changed(&|items| drop(items.pop())), Error::<Test>::BadCount);
		assert_noop!(course.count(2, items.clone(), proof.clone()), Error::<Test>::BadProof);
		assert_noop!(course.count(1, items.clone(), vec![]), Error::<Test>::BadProof);
		assert_ok!(course.count(1, items, proof));
	});
}

#[test]
fn chunk_should_wait_for_all_classifiers() {
	ExtBuilder::default().build_and_execute(|| {
		let mut course = Course::offering(spec());
		course.teach(&[TINA]);
		assert_noop!(course.reveal_chunk(0), Error::<Test>::WrongState);
		assert_ok!(course.train(30));
		assert_noop!(course.reveal_chunk(0), Error::<Test>::ClassifiersMissing);
		assert_ok!(course.reveal(0, classifier(5).encode()));
		assert_noop!(course.reveal_chunk(0), Error::<Test>::ClassifiersMissing);
		assert_ok!(course.reveal(1, classifier(30).encode()));
		assert_ok!(course.reveal_chunk(0));
	});
}

#[test]
fn chunk_should_be_paid_for_by_the_work_that_it_takes() {
	ExtBuilder::default().build_and_execute(|| {
		let course = revealing(ITEMS);
		let call = |work| {
			let (items, proof) = course.holdout.chunk(0);
			crate::Call::<Test>::reveal_holdout { session: course.id, chunk: 0, items, proof, work }
		};
		let weight = |work| call(work).get_dispatch_info().call_weight;
		assert!(weight(1_000_000).all_gte(weight(56)) && weight(1_000_000) != weight(56));
		let block = frame_system::limits::BlockWeights::default().max_block;
		assert!(weight(u64::MAX).any_gt(block), "nobody can have more counted than a block can");
		let (items, proof) = course.holdout.chunk(0);
		let reveal = |work| {
			Teaching::reveal_holdout(RuntimeOrigin::signed(ALICE), course.id, 0, items.clone(), proof.clone(), work)
		};
		// Two classifiers of 28.
		assert_noop!(reveal(55).map_err(|error| error.error), Error::<Test>::TooLittleWork);
		let actual = reveal(1_000_000).unwrap().actual_weight.unwrap();
		assert_eq!(actual, Pallet::<Test>::chunk_weight(&items, 2, 56));
		assert!(actual.all_lte(Pallet::<Test>::chunk_weight(&items, MAX_CANDIDATES, 56)));
	});
}

#[test]
fn settle_should_wait_for_the_last_chunk_and_not_for_the_deadline() {
	ExtBuilder::default().build_and_execute(|| {
		let course = revealing(ITEMS);
		let settle = || Teaching::settle(RuntimeOrigin::signed(MALLORY), course.id);
		for chunk in 0..3 {
			assert_ok!(course.reveal_chunk(chunk));
			assert_noop!(settle(), Error::<Test>::NotCounted);
		}
		assert_ok!(course.reveal_chunk(3));
		assert_ok!(settle());
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
		assert_noop!(settle(), Error::<Test>::WrongState);
		assert_noop!(Teaching::settle(RuntimeOrigin::signed(MALLORY), 7), Error::<Test>::NotFound);
	});
}

#[test]
fn session_should_be_settled_when_the_last_chunk_came_in_the_last_block() {
	ExtBuilder::default().build_and_execute(|| {
		let course = revealing(ITEMS);
		let SessionState::Revealing { until } = session(course.id).state else { panic!("it is revealed") };
		for chunk in 0..3 {
			assert_ok!(course.reveal_chunk(chunk));
		}
		run_to(until);
		assert_ok!(course.reveal_chunk(3));
		// No block has room for a while.
		System::set_block_number(until + 20);
		assert_ok!(poke(course.id));
		assert!(matches!(session(course.id).state, SessionState::Settled { .. }));
	});
}

#[test]
fn classifier_should_have_hardly_more_bytes_than_its_inference_takes_work() {
	// What reading a classifier weighs is counted by its work.
	for widths in [vec![1, 1], vec![2, 2, 2, 2, 2], vec![1_024, 64], vec![1, 256, 256, 2], vec![196, 128, 64, 10]] {
		let layers = widths
			.windows(2)
			.map(|pair: &[u16]| UncheckedLayer {
				inputs: pair[0],
				outputs: pair[1],
				shift: 0,
				biases: vec![0; pair[1].into()],
				weights: vec![0; usize::from(pair[0]) * usize::from(pair[1])],
			})
			.collect();
		let unchecked = UncheckedPolicy { version: FORMAT_VERSION, input_limit: 32_767, layers };
		let policy = Policy::try_from(unchecked).unwrap();
		assert!(policy.encode().len() as u64 <= policy.work() + 8, "{widths:?}");
	}
}
