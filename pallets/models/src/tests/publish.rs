use crate::{mock::*, Event, Models as Known};
use praxis_environment::{Real, TaskEnvironment};
use praxis_primitives_market::{ModelRegistry, NewModel};

const CART_POLE: TaskEnvironment = TaskEnvironment::CartPole;

/// Policies of CartPole that are kept, best first.
fn kept() -> Vec<u8> {
	Models::models_of(CART_POLE, 0, 100).iter().map(|model| model.policy[0]).collect()
}

#[test]
fn publish_should_make_a_record_and_the_best_score() {
	build_and_execute(|| {
		assert_eq!(Models::best(&CART_POLE), None);
		let new = NewModel {
			owner: account(1),
			task: 7,
			policy: policy(3),
			size: 1_234,
			cid: cid(3).into_inner(),
			environment: CART_POLE,
			score: Real::from_int(450),
			parent: Some(policy(2)),
		};
		Models::publish(new.clone());
		System::assert_last_event(
			Event::ModelPublished {
				policy: policy(3),
				owner: account(1),
				task: 7,
				environment: CART_POLE,
				score: Real::from_int(450),
			}
			.into(),
		);
		assert!(Models::contains(&policy(3)) && !Models::contains(&policy(2)));
		assert_eq!(Models::best(&CART_POLE), Some((Real::from_int(450), policy(3))));
		let view = Models::model_view(policy(3)).unwrap();
		assert_eq!((view.owner, view.task, view.size, view.cid), (new.owner, new.task, new.size, new.cid));
		assert_eq!((view.parent, view.at, view.offer), (Some(policy(2)), 1, None));
	});
}

#[test]
fn best_should_rise_and_never_fall() {
	build_and_execute(|| {
		publish(1, 1, 300);
		publish(2, 2, 200);
		assert_eq!(Models::best(&CART_POLE), Some((Real::from_int(300), policy(1))));
		publish(2, 3, 300);
		assert_eq!(Models::best(&CART_POLE).unwrap().1, policy(1), "who was first stays the best of two equals");
		publish(2, 4, 301);
		assert_eq!(Models::best(&CART_POLE).unwrap().1, policy(4));
	});
}

#[test]
fn publish_should_change_nothing_but_the_best_score_when_the_policy_is_known() {
	build_and_execute(|| {
		publish(1, 1, 300);
		// A copy by another account, judged a little better.
		publish(2, 1, 310);
		assert_eq!(Models::model_view(policy(1)).unwrap().owner, account(1));
		assert_eq!(Models::model_view(policy(1)).unwrap().score, Real::from_int(300));
		assert_eq!(Models::best(&CART_POLE), Some((Real::from_int(310), policy(1))));
		assert_eq!(kept(), [1]);
	});
}

#[test]
fn worst_model_should_make_room_when_there_is_none() {
	build_and_execute(|| {
		for (index, score) in [(1, 100), (2, 400), (3, 300), (4, 200)] {
			publish(1, index, score);
		}
		assert_eq!(kept(), [2, 3, 4, 1]);
		publish(2, 5, 250);
		System::assert_has_event(Event::ModelDropped { policy: policy(1), environment: CART_POLE }.into());
		assert_eq!(kept(), [2, 3, 5, 4]);
		assert!(!Models::contains(&policy(1)));
	});
}

#[test]
fn many_bad_models_should_displace_no_better_one() {
	build_and_execute(|| {
		for index in 1..=MAX_MODELS as u8 {
			publish(1, index, 100);
		}
		for index in 50..90 {
			publish(2, index, i32::from(index));
			publish(2, index + 100, 100);
		}
		assert_eq!(kept(), [1, 2, 3, 4]);
		assert_eq!(Known::<Test>::iter().count(), 4);
	});
}

#[test]
fn models_should_be_paged_best_first() {
	build_and_execute(|| {
		for (index, score) in [(1, 100), (2, 400), (3, 300)] {
			publish(1, index, score);
		}
		let page = |from, count| -> Vec<u8> {
			Models::models_of(CART_POLE, from, count).iter().map(|model| model.policy[0]).collect()
		};
		assert_eq!(page(0, 2), [2, 3]);
		assert_eq!(page(2, 2), [1]);
		assert!(page(3, 2).is_empty() && page(u32::MAX, u32::MAX).is_empty());
		assert!(Models::models_of(TaskEnvironment::Acrobot, 0, 9).is_empty());
	});
}
