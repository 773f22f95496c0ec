//! Who is served when.

use crate::mock::*;
use praxis_primitives_consensus::BEACON_BLOCKS;

fn order() -> Vec<u32> {
	Told::get().iter().map(|(job, _)| *job).collect()
}

#[test]
fn jobs_should_be_done_in_order_when_they_are_one_payers() {
	execute(|| {
		let jobs = [(); 3].map(|()| sealed(ALICE, request(20, 1), &[good()]));
		blocks_until_told(3, weight(5));
		assert_eq!(order(), jobs.to_vec());
	});
}

#[test]
fn payer_should_not_starve_another_when_it_fills_the_queue() {
	execute(|| {
		// Alice has three long jobs, which came first.
		let long = [(); 3].map(|()| sealed(ALICE, request(100, 1), &[good()]));
		let short = sealed(BOB, request(1, 1), &[bad()]);
		for _ in 0..BEACON_BLOCKS {
			next_block(weight(0));
		}
		// One block is Alice's, the next is Bob's.
		next_block(weight(5));
		assert_eq!(order(), Vec::<u32>::new());
		next_block(weight(5));
		assert_eq!(order(), vec![short]);
		assert!(blocks_until_told(4, weight(5)) > 3, "Alice's jobs are not long");
		assert_eq!(order()[1..], long);
	});
}

#[test]
fn every_payer_should_have_its_turn_when_all_jobs_are_long() {
	execute(|| {
		let jobs = [ALICE, BOB, CAROL].map(|payer| sealed(payer, request(100, 1), &[good()]));
		for _ in 0..BEACON_BLOCKS {
			next_block(weight(0));
		}
		for worked in 1..=3 {
			next_block(weight(5));
			let begun = jobs.iter().filter(|job| begun(**job)).count();
			assert_eq!(begun, worked);
		}
	});
}

fn begun(job: u32) -> bool {
	let progress = <Judges as praxis_primitives_market::Evaluation>::progress(job).expect("it is not done");
	(progress.episodes, progress.steps) > (0, 0)
}
