use crate::mock::*;
use praxis_environment::TaskEnvironment;
use praxis_primitives_market::similarity;
use sp_runtime::Perbill;

#[test]
fn similar_models_should_come_from_the_most_similar_environments_first() {
	build_and_execute(|| {
		publish(1, 1, 100);
		publish_in(maze(16), 1, 2, 5);
		publish_in(maze(9), 1, 3, 1);
		publish_in(maze(9), 1, 4, 2);
		publish_in(maze(8), 1, 5, 3);
		let found: Vec<_> =
			Models::similar_models(maze(8), 10).into_iter().map(|(alike, model)| (alike, model.policy)).collect();
		// The same environment, then the near one by its best model, then the far one; never CartPole.
		assert_eq!(
			found,
			[
				(Perbill::one(), policy(5)),
				(similarity(&maze(8), &maze(9)), policy(4)),
				(similarity(&maze(8), &maze(16)), policy(2)),
			]
		);
		assert_eq!(Models::similar_models(maze(8), 1).len(), 1);
		assert!(Models::similar_models(TaskEnvironment::Acrobot, 10).is_empty());
	});
}
