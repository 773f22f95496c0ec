//! Reputation: the share of good work, with decay.
//!
//! ```text
//! reputation = good · h / (2 + all · h)        good, all: sums of marks, h: decay since the last of them
//! ```
//!
//! - A mark whose share of the target is `s` and of whose payout `b` was burnt adds `w·s` to `good` and `w·s + (1 − s)`
//!   to `all`, where `w = b / (b + burn unit)`. Its good part weighs as much as was burnt for it, its bad part weighs 1.
//!   So one unit of `good` costs at least one burn unit, however it is split, and nothing burnt is nothing gained.
//! - A **fault** (nothing committed, nothing revealed) is bad altogether: it adds 1 to `all`, always.
//! - Of the marks of one requester within a half-life, only the good part of the first counts, and of their bad parts
//!   the worst.
//! - A newcomer is at 0, the least there is, so a new name never gains.
//!
//! ## Decay
//!
//! The sums halve with every half-life, and fall in a straight line between its multiples (heights 0, H, 2H, …): by the
//! [`Clock`], `h(a, b) = c(b) / c(a)` with `c(n·H + r) = (2H − r) / (2H · 2^n)`. Because the line depends on the height
//! alone, marks in between do not slow the decay: `h(a, b) · h(b, c) = h(a, c)`. It is off the exact 2^(−blocks/H) by at
//! most 6.2 %, at the worst halfway between two multiples. After 40 half-lives nothing is left.
//!
//! Rounding is against the worker: `good` down, `all` up.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::U256;
use sp_runtime::Perbill;

/// One mark, in the unit of the sums.
pub const UNIT: u64 = 1_000_000_000;

/// The sums stay at or below so many marks.
pub const CAP: u64 = 1_000_000 * UNIT;

/// Marks that a newcomer is taken to have, none of which is good.
const PRIOR: u128 = 2 * UNIT as u128;

/// Half-lives after which nothing is left.
const LAST: u64 = 40;

/// Decay by height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
	/// Blocks of a half-life; at least 1.
	pub half_life: u32,
}

/// What is left, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Left {
	numerator: u128,
	denominator: u128,
}

impl Clock {
	/// What is left at `to` of what there was at `from`. Below 2^33 / 2^74.
	fn left(&self, from: u64, to: u64) -> Left {
		let half_life = u64::from(self.half_life.max(1));
		let halvings = (to.max(from) / half_life).saturating_sub(from / half_life);
		if halvings > LAST {
			return Left { numerator: 0, denominator: 1 };
		}
		let line = |height: u64| u128::from(2 * half_life - height % half_life);
		Left { numerator: line(to.max(from)), denominator: line(from) << halvings }
	}
}

/// Sums of marks, as they were at a height.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Reputation {
	/// Good parts, in billionths of a mark.
	pub good: u64,
	/// All parts, in billionths of a mark. At least `good`, at most [`CAP`].
	pub all: u64,
	/// The height.
	pub at: u64,
}

impl Reputation {
	/// The reputation at height `now`, rounded down.
	pub fn value(&self, clock: &Clock, now: u64) -> Perbill {
		let Left { numerator, denominator } = clock.left(self.at, now);
		// The sums have at most 50 bits, the numerator 33, the denominator 74, one 30: every product fits 113 bits.
		let good = u128::from(self.good) * numerator * u128::from(Perbill::one().deconstruct());
		let all = PRIOR * denominator + u128::from(self.all) * numerator;
		Perbill::from_parts((good / all) as u32)
	}

	/// The same at height `now`.
	pub fn decayed(&self, clock: &Clock, now: u64) -> Self {
		let Left { numerator, denominator } = clock.left(self.at, now);
		let left = |sum: u64, up: bool| {
			let product = u128::from(sum) * numerator;
			// What is left is at most what there was.
			(if up { product.div_ceil(denominator) } else { product / denominator }) as u64
		};
		Self { good: left(self.good, false), all: left(self.all, true), at: now.max(self.at) }
	}

	/// With another mark, at height `now`.
	#[must_use]
	pub fn with(&self, clock: &Clock, now: u64, parts: Parts) -> Self {
		let decayed = self.decayed(clock, now);
		let all = decayed.all.saturating_add(parts.good).saturating_add(parts.bad).min(CAP);
		Self { good: decayed.good.saturating_add(parts.good).min(all), all, at: decayed.at }
	}

	/// Whether the sums are within their bounds.
	pub fn is_valid(&self, now: u64) -> bool {
		self.good <= self.all && self.all <= CAP && self.at <= now
	}
}

/// What a mark adds, in billionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
	/// To both sums.
	pub good: u64,
	/// To the sum of all.
	pub bad: u64,
}

impl Parts {
	/// A fault.
	pub const FAULT: Self = Self { good: 0, bad: UNIT };

	/// The first mark of a requester within a half-life.
	pub fn first(share: Perbill, weight: Perbill) -> Self {
		let good = u64::from(share.deconstruct()) * u64::from(weight.deconstruct()) / UNIT;
		Self { good, bad: Self::bad(share) }
	}

	/// A later one, if the worst before had `worst`.
	pub fn later(share: Perbill, worst: Perbill) -> Self {
		Self { good: 0, bad: Self::bad(share).saturating_sub(Self::bad(worst)) }
	}

	/// One whose good part does not count.
	pub fn without_good(share: Perbill) -> Self {
		Self { good: 0, bad: Self::bad(share) }
	}

	fn bad(share: Perbill) -> u64 {
		u64::from(Perbill::one().deconstruct() - share.deconstruct())
	}
}

/// Weight of a mark: `burnt / (burnt + unit)`, rounded down. Less than 1 for any unit that is not 0.
pub fn weight(burnt: u128, unit: u128) -> Perbill {
	let (burnt, sum) = (U256::from(burnt), U256::from(burnt).saturating_add(unit.max(1).into()));
	Perbill::from_parts((burnt * U256::from(UNIT) / sum).low_u32())
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	const CLOCK: Clock = Clock { half_life: 100 };

	fn percent(percent: u32) -> Perbill {
		Perbill::from_percent(percent)
	}

	/// So many marks, all good and heavy, at a height.
	fn praised(marks: u64, at: u64) -> Reputation {
		Reputation { good: marks * UNIT, all: marks * UNIT, at }
	}

	#[test]
	fn value_should_be_good_by_two_more_than_all() {
		assert_eq!(Reputation::default().value(&CLOCK, 7), Perbill::zero());
		assert_eq!(praised(2, 7).value(&CLOCK, 7), percent(50));
		assert_eq!(praised(8, 7).value(&CLOCK, 7), percent(80));
		let mixed = Reputation { good: 4 * UNIT, all: 6 * UNIT, at: 0 };
		assert_eq!(mixed.value(&CLOCK, 0), percent(50));
	}

	#[test]
	fn sums_should_halve_with_every_half_life() {
		let start = praised(8, 30);
		assert_eq!(start.decayed(&CLOCK, 130), praised(4, 130));
		assert_eq!(start.decayed(&CLOCK, 330), praised(1, 330));
		assert_eq!(start.value(&CLOCK, 230), percent(50));
		assert_eq!(start.decayed(&CLOCK, 30 + 100 * 41).good, 0);
		assert_eq!(start.value(&CLOCK, u64::MAX), Perbill::zero());
	}

	#[test]
	fn weight_should_be_half_when_one_unit_was_burnt() {
		assert_eq!(weight(0, 10), Perbill::zero());
		assert_eq!(weight(10, 10), percent(50));
		assert_eq!(weight(30, 10), percent(75));
		assert!(weight(u128::MAX, u128::MAX) == percent(50) && weight(u128::MAX, 1) < Perbill::one());
		assert_eq!(weight(0, 0), Perbill::zero());
	}

	#[test]
	fn decay_should_be_within_a_sixteenth_of_the_exact_one() {
		let clock = Clock { half_life: 1_000 };
		for from in (0..2_000).step_by(70) {
			for to in (from..6_000).step_by(70) {
				let left = clock.left(from, to);
				let exact = 0.5f64.powf((to - from) as f64 / 1_000.0);
				let error = left.numerator as f64 / left.denominator as f64 / exact;
				assert!((1.0 / 1.0625..1.0625).contains(&error), "from {from} to {to}: {error}");
			}
		}
	}

	prop_compose! {
		fn parts()(share in 0u32..=1_000_000_000, burnt in 0u128..1_000, kind in 0u8..4) -> Parts {
			let share = Perbill::from_parts(share);
			match kind {
				0 => Parts::FAULT,
				1 => Parts::later(share, Perbill::from_percent(70)),
				2 => Parts::without_good(share),
				_ => Parts::first(share, weight(burnt, 100)),
			}
		}
	}

	prop_compose! {
		fn reputation()(all in 0..=CAP, part in 0..=UNIT, at in 0u64..1_000) -> Reputation {
			Reputation { good: (u128::from(all) * u128::from(part) / u128::from(UNIT)) as u64, all, at }
		}
	}

	proptest! {
		#[test]
		fn reputation_should_stay_within_its_bounds_whatever_the_marks(
			start in reputation(),
			marks in prop::collection::vec((parts(), 0u64..500), 0..50),
			half_life in prop_oneof![Just(1u32), 2..300u32, Just(u32::MAX)],
		) {
			let clock = Clock { half_life };
			let (mut reputation, mut now) = (start, start.at);
			for (mark, wait) in marks {
				now += wait;
				let before = reputation.value(&clock, now);
				reputation = reputation.with(&clock, now, mark);
				prop_assert!(reputation.is_valid(now));
				prop_assert!(mark.good > 0 || reputation.value(&clock, now) <= before, "gained without a good part");
			}
		}

		#[test]
		fn reputation_should_never_rise_by_waiting(start in reputation(), waits in prop::collection::vec(0u64..90, 1..60)) {
			let mut now = start.at;
			for wait in waits {
				let before = start.value(&CLOCK, now);
				now += wait;
				prop_assert!(start.value(&CLOCK, now) <= before);
				// Nor by having it brought up to date.
				prop_assert!(start.decayed(&CLOCK, now).value(&CLOCK, now) <= start.value(&CLOCK, now));
			}
		}

		#[test]
		fn decay_should_not_be_slowed_by_marks_in_between(a in 0u64..500, b in 0u64..500, c in 0u64..500) {
			let (first, second, whole) = (CLOCK.left(a, a + b), CLOCK.left(a + b, a + b + c), CLOCK.left(a, a + b + c));
			prop_assert_eq!(
				first.numerator * second.numerator * whole.denominator,
				whole.numerator * first.denominator * second.denominator,
			);
		}

		#[test]
		fn good_part_should_cost_a_burn_unit_however_it_is_split(burns in prop::collection::vec(0u128..10_000, 1..50)) {
			let good: u128 = burns.iter().map(|burnt| u128::from(Parts::first(Perbill::one(), weight(*burnt, 500)).good)).sum();
			prop_assert!(good * 500 <= burns.iter().sum::<u128>() * u128::from(UNIT));
		}

		#[test]
		fn new_name_should_never_be_better_than_an_old_one(start in reputation(), wait in 0u64..10_000) {
			prop_assert!(Reputation::default().value(&CLOCK, start.at + wait) <= start.value(&CLOCK, start.at + wait));
		}
	}
}
