//! What a score is worth: the Dopamine protocol's logarithmic scale, without a float.
//!
//! ```text
//! x = clamp((s − min) / (max − min), 0, 1)     m = (mid − min) / (max − min)     P(s) = R · x^k,  k = ln(1/2) / ln(m)
//! ```
//!
//! so P(min) = 0, P(mid) = R/2, P(max) = R. As x^k = 2^(−t) with t = log2(x) / log2(m), two logarithms, one division and one
//! power of two suffice. All are fixed-point numbers in 256 bits:
//!
//! | value | fraction bits | error |
//! |---|---|---|
//! | logarithm of an integer below 2^64 | 126 | below 2^−123 |
//! | t, where −log2(m) ≥ 2^−29.5 (parts of a billion allow no less) | 116 | below (1 + t) · 2^−92 |
//! | 2^(−t) | 126 | below 2^−84 of itself, where t < 128 |
//!
//! For a reward of at most 2^80 the real number that is floored is therefore within 2^−4 of R · x^k: **the result is ⌊R · x^k⌋, or one
//! unit beside it where R · x^k is that near to a whole number**. P(mid) = ⌊R/2⌋ and P(max) = R are exact. Scores differ by at
//! least one item of at most 2^32, which moves t by far more than its error, so P never falls as the score rises.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::U256;
use sp_runtime::Perbill;

/// Fraction bits of logarithms and powers.
const BITS: usize = 126;

/// Fraction bits of the exponent.
const EXPONENT_BITS: usize = 116;

/// ln 2 · 2^126, rounded down.
const LN_2: u128 = 0x2c5c_85fd_f473_de6a_f278_ece6_00fc_bdab;

/// Terms of the exponential series: the first that is left out is below 2^−126.
const TERMS: u64 = 34;

/// Greatest reward for which the error bound is stated.
pub const MAX_REWARD: u128 = 1 << 80;

/// Three scores that fix what every score is worth.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub struct Scale {
	/// Up to here a score is worth nothing.
	pub min: Perbill,
	/// Half of the reward.
	pub mid: Perbill,
	/// All of it, from here on.
	pub max: Perbill,
}

impl Scale {
	/// Whether min < mid < max.
	pub fn is_valid(&self) -> bool {
		self.min < self.mid && self.mid < self.max
	}
}

/// What a score of `correct` out of `items` is worth, rounded down; see the module for the error bound. Nothing where the scale is
/// not valid or there are no items.
pub fn payout(reward: u128, scale: &Scale, correct: u32, items: u32) -> u128 {
	worth(reward, scale, correct.min(items).into(), items.into())
}

/// The same for a score in parts of a billion.
pub fn payout_of(reward: u128, scale: &Scale, score: Perbill) -> u128 {
	worth(reward, scale, score.deconstruct().into(), Perbill::ACCURACY_U64)
}

trait Accuracy {
	const ACCURACY_U64: u64;
}

impl Accuracy for Perbill {
	const ACCURACY_U64: u64 = 1_000_000_000;
}

fn worth(reward: u128, scale: &Scale, part: u64, whole: u64) -> u128 {
	if !scale.is_valid() || whole == 0 {
		return 0;
	}
	let (min, mid, max) = (parts(scale.min), parts(scale.mid), parts(scale.max));
	// Below 2^62 each: `whole` is at most 2^32, a part at most 2^30.
	let score = part * Perbill::ACCURACY_U64;
	if score <= min * whole {
		return 0;
	}
	if score >= max * whole {
		return reward;
	}
	let fall = minus_log2(score - min * whole, (max - min) * whole);
	let half = minus_log2(mid - min, max - min);
	let exponent = (fall << EXPONENT_BITS) / half;
	let whole_part = exponent >> EXPONENT_BITS;
	if whole_part >= U256::from(128) {
		return 0;
	}
	let fraction = exponent - (whole_part << EXPONENT_BITS);
	let worth = (U256::from(reward) * power(fraction)) >> (BITS + whole_part.low_u32() as usize);
	worth.low_u128()
}

fn parts(score: Perbill) -> u64 {
	score.deconstruct().into()
}

/// −log2(`numerator` / `denominator`) with [`BITS`] fraction bits, for 0 < numerator < denominator. Equal fractions give equal bits.
fn minus_log2(numerator: u64, denominator: u64) -> U256 {
	let common = gcd(numerator, denominator);
	// Both are rounded down by less than 2^−123, and equal integers are impossible here.
	log2(denominator / common) - log2(numerator / common)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
	while b != 0 {
		(a, b) = (b, a % b);
	}
	a
}

/// log2 of an integer above zero, with [`BITS`] fraction bits, bit by bit: the square of a number in [1, 2) is above 2 exactly
/// where its logarithm's next bit is one. An error made at bit i weighs 2^−i, so the errors of all squares add up to less than three
/// units of the last place.
fn log2(value: u64) -> U256 {
	let whole = 63 - value.leading_zeros() as usize;
	let one = U256::one() << BITS;
	let two = one << 1;
	let mut mantissa = U256::from(value) << (BITS - whole);
	let mut fraction = U256::zero();
	for _ in 0..BITS {
		mantissa = (mantissa * mantissa) >> BITS;
		fraction <<= 1;
		if mantissa >= two {
			mantissa >>= 1;
			fraction |= U256::one();
		}
	}
	(U256::from(whole) << BITS) + fraction
}

/// 2^(−`fraction`) with [`BITS`] fraction bits, for a fraction in [0, 1) with [`EXPONENT_BITS`]: the series of e^(−y), y below ln 2.
fn power(fraction: U256) -> U256 {
	let y = (fraction * U256::from(LN_2)) >> EXPONENT_BITS;
	let mut term = U256::one() << BITS;
	let (mut plus, mut minus) = (term, U256::zero());
	for index in 1..=TERMS {
		term = ((term * y) >> BITS) / U256::from(index);
		if index % 2 == 0 {
			plus += term;
		} else {
			minus += term;
		}
	}
	// The series of a number in [0, ln 2) stays above one half.
	plus - minus
}

#[cfg(test)]
mod tests;
