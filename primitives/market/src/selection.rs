//! Which applicants get a task: best quality per price first, then those of whom nothing good is known in the order of
//! a lot, as long as workers are wanted and the budget suffices.
//!
//! Each applicant's place depends on its own quality, price and lot, never on who else applies: two applicants keep
//! their order whatever third ones join or leave.

use crate::{Quality, TaskId};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::cmp::Ordering;
use scale_info::TypeInfo;
use sp_core::U256;
use sp_runtime::Perbill;

/// What the selection says of an applicant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Standing {
	/// Nothing yet.
	Waiting,
	/// It gets the task.
	Chosen,
	/// It left, or its reputation or resources do not suffice.
	Ineligible,
	/// Better ones left too little of the budget.
	TooDear,
	/// As many workers as wanted are better.
	Surplus,
	/// It may not take on more work, or is leaving.
	Unavailable,
}

/// An applicant, as the ranking sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<AccountId> {
	/// The worker's owner.
	pub owner: AccountId,
	/// What it asks, in the token's smallest part; at least 1.
	pub price: u128,
	/// Its quality.
	pub total: Perbill,
	/// Its [`lot`], which counts where its quality is 0. The same for all before lots are drawn.
	pub lot: Lot,
}

/// What a beacon draws for an applicant: less is better.
pub type Lot = [u8; 32];

/// The lot of a worker's owner at a task. It depends on nobody else, so that nobody changes it by joining or leaving.
pub fn lot<AccountId: Encode>(beacon: &[u8; 32], task: TaskId, owner: &AccountId) -> Lot {
	sp_crypto_hashing::blake2_256(&(b"praxis/lot", beacon, task, owner).encode())
}

/// An applicant's place, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct RankedApplicant<AccountId, Balance> {
	/// The worker's owner.
	pub owner: AccountId,
	/// What it asks.
	pub price: Balance,
	/// The terms of its quality.
	pub quality: Quality,
	/// Their weighted sum.
	pub total: Perbill,
	/// Its place, from 0 upwards; none for one that is not eligible, or whose place a lot has still to decide.
	pub rank: Option<u32>,
	/// What was decided. While workers still apply: what would be, if they stopped now; [`Standing::Waiting`] where a
	/// lot would decide.
	pub standing: Standing,
}

/// Less is better: more quality per price, compared exactly; among those without quality the lot; then the lower price;
/// then the account.
pub fn compare<AccountId: Ord>(one: &Candidate<AccountId>, other: &Candidate<AccountId>) -> Ordering {
	let cross = |total: Perbill, price: u128| U256::from(total.deconstruct()) * U256::from(price);
	let unknown = one.total.is_zero() && other.total.is_zero();
	let drawn = if unknown { one.lot.cmp(&other.lot) } else { Ordering::Equal };
	cross(other.total, one.price)
		.cmp(&cross(one.total, other.price))
		.then(drawn)
		.then_with(|| one.price.cmp(&other.price))
		.then_with(|| one.owner.cmp(&other.owner))
}

/// Chooses among `candidates`, best first: gives their indices in that order, each with its standing. A candidate for
/// whom the rest of the budget does not suffice, or who is refused by `engage`, is passed over.
pub fn choose<AccountId: Ord>(
	candidates: &[Candidate<AccountId>],
	workers: u32,
	budget: u128,
	mut engage: impl FnMut(&AccountId) -> bool,
) -> Vec<(usize, Standing)> {
	let mut order: Vec<(usize, &Candidate<AccountId>)> = candidates.iter().enumerate().collect();
	order.sort_by(|(_, one), (_, other)| compare(one, other));
	let (mut wanted, mut left) = (workers, budget);
	order
		.into_iter()
		.map(|(index, candidate)| {
			let standing = match left.checked_sub(candidate.price) {
				_ if wanted == 0 => Standing::Surplus,
				None => Standing::TooDear,
				Some(_) if !engage(&candidate.owner) => Standing::Unavailable,
				Some(rest) => {
					(wanted, left) = (wanted.saturating_sub(1), rest);
					Standing::Chosen
				}
			};
			(index, standing)
		})
		.collect()
}

/// Whether a lot has to be drawn: whether it depends on the order of those without quality who of them is chosen. A
/// candidate who is not `available` is passed over.
pub fn needs_lot<AccountId: Ord + Clone>(
	candidates: &[Candidate<AccountId>],
	workers: u32,
	budget: u128,
	available: impl Fn(&AccountId) -> bool,
) -> bool {
	let (unknown, known): (Vec<_>, Vec<_>) =
		candidates.iter().cloned().partition(|candidate| candidate.total.is_zero());
	let (mut wanted, mut left) = (workers, budget);
	for (index, standing) in choose(&known, workers, budget, &available) {
		if let (Standing::Chosen, Some(candidate)) = (standing, known.get(index)) {
			(wanted, left) = (wanted.saturating_sub(1), left.saturating_sub(candidate.price));
		}
	}
	let rivals = unknown.iter().filter(|candidate| candidate.price <= left && available(&candidate.owner));
	let (count, prices) = rivals
		.fold((0u32, 0u128), |(count, prices), rival| (count.saturating_add(1), prices.saturating_add(rival.price)));
	wanted > 0 && (count > wanted || prices > left)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn candidate(owner: u8, price: u128, percent: u32) -> Candidate<u8> {
		Candidate { owner, price, total: Perbill::from_percent(percent), lot: Lot::default() }
	}

	fn drawn(beacon: u8, owner: u8, price: u128, percent: u32) -> Candidate<u8> {
		Candidate { lot: lot(&[beacon; 32], 7, &owner), ..candidate(owner, price, percent) }
	}

	fn chosen(candidates: &[Candidate<u8>], workers: u32, budget: u128) -> Vec<u8> {
		choose(candidates, workers, budget, |_| true)
			.into_iter()
			.filter(|(_, standing)| *standing == Standing::Chosen)
			.map(|(index, _)| candidates[index].owner)
			.collect()
	}

	#[test]
	fn choose_should_take_the_best_quality_per_price_first() {
		let candidates = [candidate(1, 100, 50), candidate(2, 10, 10), candidate(3, 90, 50)];
		assert_eq!(chosen(&candidates, 2, 1_000), [2, 3]);
	}

	#[test]
	fn choose_should_break_ties_by_price_and_then_by_account() {
		let candidates = [candidate(4, 20, 20), candidate(3, 10, 10), candidate(2, 10, 10), candidate(1, 9, 0)];
		assert_eq!(chosen(&candidates, 4, 1_000), [2, 3, 4, 1]);
		let newcomers = [candidate(1, 10, 0), candidate(2, 9, 0)];
		assert_eq!(chosen(&newcomers, 2, 1_000), [2, 1]);
	}

	#[test]
	fn choose_should_pass_over_those_for_whom_the_rest_does_not_suffice() {
		let candidates = [candidate(1, 60, 90), candidate(2, 60, 80), candidate(3, 40, 10)];
		assert_eq!(chosen(&candidates, 3, 100), [1, 3]);
		assert_eq!(choose(&candidates, 3, 100, |_| true)[1], (1, Standing::TooDear));
	}

	#[test]
	fn choose_should_compare_exactly_when_prices_are_huge() {
		// Their quotients differ by less than one part in 2^120.
		let candidates = [candidate(1, u128::MAX, 100), candidate(2, u128::MAX - 1, 100)];
		assert_eq!(chosen(&candidates, 1, u128::MAX), [2]);
	}

	#[test]
	fn choose_should_leave_the_money_for_others_when_one_is_refused() {
		let candidates = [candidate(1, 60, 90), candidate(2, 60, 80)];
		let chosen = choose(&candidates, 1, 60, |owner| *owner != 1);
		assert_eq!(chosen, [(0, Standing::Unavailable), (1, Standing::Chosen)]);
	}

	#[test]
	fn compare_should_not_depend_on_third_ones() {
		let known = (candidate(1, 10, 40), candidate(2, 20, 70));
		let unknown = (drawn(0, 1, 10, 0), drawn(0, 2, 10, 0));
		let unknown = if unknown.0.lot < unknown.1.lot { unknown } else { (unknown.1, unknown.0) };
		for (one, other) in [known, unknown] {
			for third in (0..=100).flat_map(|percent| [3, 4, 5].map(|owner| drawn(0, owner, 7, percent))) {
				let candidates = [one.clone(), other.clone(), third];
				let order: Vec<u8> =
					choose(&candidates, 0, 0, |_| true).iter().map(|(at, _)| candidates[*at].owner).collect();
				let place = |owner| order.iter().position(|other| *other == owner);
				assert!(place(one.owner) < place(other.owner));
			}
		}
	}

	#[test]
	fn choose_should_take_those_without_quality_by_lot_after_all_others_when_lots_are_drawn() {
		let mut first = [0u32; 4];
		for beacon in 0..=255 {
			// The dearest and the cheapest alike.
			let candidates: Vec<_> = (0..4).map(|owner| drawn(beacon, owner, 10 + u128::from(owner), 0)).collect();
			let known = drawn(beacon, 9, 1_000, 1);
			let order = chosen(&[&candidates[..], &[known]].concat(), 5, 10_000);
			assert_eq!(order[0], 9);
			first[usize::from(order[1])] += 1;
		}
		// 64 expected; the standard deviation is 7.
		assert!(first.iter().all(|times| (40..=88).contains(times)), "{first:?}");
	}

	#[test]
	fn lot_should_differ_by_beacon_task_and_owner() {
		let lots = [lot(&[1; 32], 1, &1u64), lot(&[2; 32], 1, &1u64), lot(&[1; 32], 2, &1u64), lot(&[1; 32], 1, &2u64)];
		for (at, one) in lots.iter().enumerate() {
			assert!(!lots[at + 1..].contains(one));
		}
	}

	#[test]
	fn lot_should_be_needed_only_when_those_without_quality_compete_for_what_is_left() {
		let needed = |candidates: &[Candidate<u8>], workers, budget| needs_lot(candidates, workers, budget, |_| true);
		let (best, one, other) = (candidate(1, 60, 50), candidate(2, 40, 0), candidate(3, 30, 0));
		let all = [best.clone(), one.clone(), other.clone()];
		assert!(needed(&all, 2, 100), "one of them for the place that is left");
		assert!(!needed(&all, 1, 100), "the known one takes it");
		assert!(!needed(&all, 3, 130), "there is room for both");
		assert!(needed(&all, 3, 129), "but not money for both");
		assert!(!needed(&all, 3, 99), "only one of them is cheap enough");
		let alone = [one.clone()];
		assert!(!needed(&[best, one.clone()], 1, 100) && !needed(&alone, 1, 100) && !needed(&[], 1, 100));
		assert!(!needed(&[one.clone(), other.clone()], 0, 100));
		assert!(needed(&[one, other], 1, 100));
	}

	#[test]
	fn lot_should_be_needed_by_who_is_available() {
		let all = [candidate(1, 60, 50), candidate(2, 40, 0), candidate(3, 30, 0)];
		assert!(needs_lot(&all, 1, 100, |owner| *owner != 1), "the known one cannot take the place");
		assert!(!needs_lot(&all, 2, 100, |owner| *owner != 2));
	}

	#[test]
	fn choice_should_not_depend_on_lots_when_none_is_needed() {
		for case in 0..4_096u32 {
			let bits = |from: u32, count: u32| (case >> from) & ((1 << count) - 1);
			let with = |beacon: u8| -> Vec<Candidate<u8>> {
				let percent = |known: u32| if known == 0 { 0 } else { 40 };
				(0..3u8)
					.map(|at| {
						drawn(
							beacon,
							at,
							u128::from(10 + 10 * bits(2 * u32::from(at), 2)),
							percent(bits(6 + u32::from(at), 1)),
						)
					})
					.collect()
			};
			let (workers, budget) = (1 + bits(9, 1), u128::from(20 + 20 * bits(10, 2)));
			let sets: alloc::collections::BTreeSet<Vec<u8>> = (0..24)
				.map(|beacon| {
					let mut set = chosen(&with(beacon), workers, budget);
					set.sort_unstable();
					set
				})
				.collect();
			assert_eq!(sets.len() > 1, needs_lot(&with(0), workers, budget, |_| true), "case {case}: {sets:?}");
		}
	}
}
