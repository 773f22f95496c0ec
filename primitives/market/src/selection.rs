//! Which applicants get a task: best quality per price first, as long as workers are wanted and the budget suffices.
//!
//! Each applicant's place depends on its own quality and price, never on who else applies: two applicants keep their
//! order whatever third ones join.

use crate::Quality;
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
	/// Its place, from 0 upwards; none for one that is not eligible.
	pub rank: Option<u32>,
	/// What was decided. While workers still apply: what would be, if they stopped now.
	pub standing: Standing,
}

/// Less is better: more quality per price, compared exactly; then the lower price; then the account.
pub fn compare<AccountId: Ord>(one: &Candidate<AccountId>, other: &Candidate<AccountId>) -> Ordering {
	let cross = |total: Perbill, price: u128| U256::from(total.deconstruct()) * U256::from(price);
	cross(other.total, one.price)
		.cmp(&cross(one.total, other.price))
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

#[cfg(test)]
mod tests {
	use super::*;

	fn candidate(owner: u8, price: u128, percent: u32) -> Candidate<u8> {
		Candidate { owner, price, total: Perbill::from_percent(percent) }
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
		let (one, other) = (candidate(1, 10, 40), candidate(2, 20, 70));
		for third in (0..=100).map(|percent| candidate(3, 7, percent)) {
			let candidates = [one.clone(), other.clone(), third];
			let order: Vec<u8> =
				choose(&candidates, 0, 0, |_| true).iter().map(|(at, _)| candidates[*at].owner).collect();
			let place = |owner| order.iter().position(|other| *other == owner);
			assert!(place(1) < place(2));
		}
	}
}
