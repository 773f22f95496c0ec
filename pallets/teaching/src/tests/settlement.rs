use crate::{mock::*, HoldReason};
use praxis_primitives_teaching::{payout, Scale};
use sp_runtime::Perbill;

/// Smallest parts of a token, as on the chain.
const TOKEN: u64 = 1_000_000_000_000;

/// Scores of the published run of the Dopamine protocol after its five lessons, in items of 10,000; before them 1,014.
const PUBLISHED: [u32; 5] = [9_572, 9_792, 9_836, 9_842, 9_842];

/// The published run on this chain: 10,000 scored items, 1,000 tokens on the scale 0, .99, 1, five lessons for 20 tokens.
fn published() -> (Course, Vec<u64>) {
	let mut spec = shaped(5, 1);
	spec.items = 10_300;
	spec.chunk_log2 = 8;
	spec.scale = Scale { min: Perbill::zero(), mid: Perbill::from_percent(99), max: Perbill::one() };
	spec.reward = 1_000 * TOKEN;
	spec.fee = 20 * TOKEN;
	spec.stake = 50 * TOKEN;
	spec.base = classifier(1_014).hash().into();
	let mut course = Course::offering(spec);
	let base = classifier(1_014);
	course.classifiers.insert(base.hash().into(), base);
	course.teach(&[TINA, TOM, ULLA, VERA, WALT]);
	let order = course.order();
	for right in PUBLISHED {
		course.train(right).unwrap();
	}
	course.reveal_all();
	next_block();
	(course, order)
}

#[test]
fn published_run_should_pay_what_was_published() {
	ExtBuilder::default().with_balance(2_000 * TOKEN).build_and_execute(|| {
		let (course, order) = published();
		let view = Teaching::session(course.id).unwrap();
		assert_eq!((view.base_correct, view.counted), (1_014, 10_000));
		let of = |teacher: &u64| view.lessons.iter().find(|lesson| lesson.teacher == *teacher).unwrap();
		let curve: Vec<_> = order.iter().map(|teacher| of(teacher).correct).collect();
		assert_eq!(curve, PUBLISHED);
		// Each payment floored to whole tokens, as it was published.
		let paid: Vec<_> = order.iter().map(|teacher| of(teacher).paid / TOKEN).collect();
		assert_eq!(paid, [48, 185, 85, 13, 0]);
		let published: u64 = paid.iter().sum();
		assert_eq!(published, 331);
		assert_eq!(published - 5 * 20, 231, "what the student pays, less the fees");

		// In the smallest parts: the difference of the scale's values, which add up.
		let all: u64 = view.lessons.iter().map(|lesson| lesson.paid).sum();
		let worth = |right| payout((1_000 * TOKEN).into(), &view.spec.scale, right, 10_000) as u64;
		assert_eq!(all, worth(9_842) - worth(1_014));
		assert_eq!(all / TOKEN, 333);
		let deposit = held(ALICE, HoldReason::SessionDeposit);
		assert_eq!(free(ALICE), 2_000 * TOKEN - deposit - all + 5 * 20 * TOKEN);
		for teacher in order {
			assert_eq!(free(teacher), 2_000 * TOKEN + of(&teacher).paid - 20 * TOKEN);
		}
	});
}
