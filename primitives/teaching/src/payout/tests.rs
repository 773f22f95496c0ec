use super::*;
use proptest::prelude::*;

/// `min,mid,max,reward,correct,items,floor` lines, computed with 120 decimal digits by `tests/payouts.py`.
const REFERENCE: &str = include_str!("../../tests/payouts.csv");

const DOPA: Scale =
	Scale { min: Perbill::zero(), mid: Perbill::from_parts(990_000_000), max: Perbill::from_parts(1_000_000_000) };

/// A token of the chain in its smallest parts.
const TOKEN: u128 = 1_000_000_000_000;

#[test]
fn payout_should_be_that_of_high_precision_over_a_dense_grid() {
	let mut lines = 0;
	for line in REFERENCE.lines().filter(|line| !line.starts_with('#')) {
		let fields: Vec<u128> = line.split(',').map(|field| field.parse().unwrap()).collect();
		let part = |field: u128| Perbill::from_parts(field as u32);
		let scale = Scale { min: part(fields[0]), mid: part(fields[1]), max: part(fields[2]) };
		let found = payout(fields[3], &scale, fields[4] as u32, fields[5] as u32);
		assert!(found.abs_diff(fields[6]) <= 1, "{line}: {found}");
		lines += 1;
	}
	assert!(lines > 2_000, "{lines} lines");
}

#[test]
fn payout_should_be_dopas_published_table() {
	for (score, worth) in [(9_000, 0), (9_500, 29), (9_800, 248), (9_900, 500), (9_950, 707), (10_000, 1_000)] {
		assert_eq!(payout(1_000 * TOKEN, &DOPA, score, 10_000) / TOKEN, worth, "{score}");
	}
	let run = [1_014, 9_572, 9_792, 9_836, 9_842, 9_842];
	let worth = run.map(|score| payout(1_000 * TOKEN, &DOPA, score, 10_000));
	// The published run floored each payment to whole tokens.
	let paid: Vec<u128> = worth.windows(2).map(|pair| (pair[1] - pair[0]) / TOKEN).collect();
	assert_eq!(paid, [48, 185, 85, 13, 0]);
	assert_eq!(paid.iter().sum::<u128>(), 331);
}

#[test]
fn payout_should_be_exact_at_the_three_scores() {
	for reward in [0, 1, 7, TOKEN + 1, MAX_REWARD, u128::MAX] {
		assert_eq!(payout(reward, &DOPA, 0, 10_000), 0);
		assert_eq!(payout(reward, &DOPA, 9_900, 10_000), reward / 2);
		assert_eq!(payout(reward, &DOPA, 10_000, 10_000), reward);
		assert_eq!(payout_of(reward, &DOPA, DOPA.mid), reward / 2);
	}
}

#[test]
fn payout_should_be_nothing_when_the_scale_or_the_items_make_no_sense() {
	assert_eq!(payout(1_000, &DOPA, 5, 0), 0);
	let flat = Scale { min: DOPA.mid, ..DOPA };
	assert_eq!(payout(1_000, &flat, 10, 10), 0);
	// More correct than there are counts as all.
	assert_eq!(payout(1_000, &DOPA, 11, 10), 1_000);
}

fn scale() -> impl Strategy<Value = Scale> {
	(0u32..999_999_998, 1u32.., 1u32..).prop_map(|(min, mid, max)| {
		let mid = min + 1 + mid % (999_999_999 - min);
		let max = mid + 1 + max % (1_000_000_000 - mid);
		Scale { min: Perbill::from_parts(min), mid: Perbill::from_parts(mid), max: Perbill::from_parts(max) }
	})
}

proptest! {
	#[test]
	fn payout_should_never_fall_when_the_score_rises(
		scale in scale(), reward in 0..=MAX_REWARD, items in 1u32.., place in 0u32.., step in 1u32..1_000,
	) {
		let low = place % items;
		let high = low.saturating_add(step).min(items);
		prop_assert!(payout(reward, &scale, low, items) <= payout(reward, &scale, high, items));
		prop_assert!(payout(reward, &scale, high, items) <= reward);
	}

	#[test]
	fn payouts_should_never_pass_the_reward_when_lessons_come_in_any_order(
		scale in scale(), reward in 0..=MAX_REWARD, scores in proptest::collection::vec(0u32..=10_000, 1..20),
	) {
		let (mut high, mut paid) = (0, 0);
		for score in scores {
			let worth = payout(reward, &scale, score, 10_000);
			paid += worth.saturating_sub(high);
			high = high.max(worth);
		}
		prop_assert_eq!(paid, high);
		prop_assert!(paid <= reward);
	}
}
