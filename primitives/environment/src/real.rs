//! [`Real`]: the fixed-point number of the chain.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{
	fmt,
	ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign},
};
use fixed::types::I32F32;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// A signed number with 32 integer and 32 fraction bits: a newtype over the 64 bits of [`I32F32`].
///
/// Its resolution is 2^-32, about 2.3e-10, and its range is [-2^31, 2^31). All arithmetic saturates; products and
/// quotients are rounded towards negative infinity. SCALE and serde see the 64 bits as a signed integer.
#[derive(
	Clone,
	Copy,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(transparent)]
pub struct Real(i64);

impl Real {
	/// Zero.
	pub const ZERO: Self = Self(0);
	/// One.
	pub const ONE: Self = Self(1 << 32);
	/// The least number.
	pub const MIN: Self = Self(i64::MIN);
	/// The greatest number.
	pub const MAX: Self = Self(i64::MAX);
	/// The least positive number, 2^-32.
	pub const EPSILON: Self = Self(1);

	/// The number whose bits these are.
	pub const fn from_bits(bits: i64) -> Self {
		Self(bits)
	}

	/// Its bits: the number times 2^32.
	pub const fn to_bits(self) -> i64 {
		self.0
	}

	/// An integer.
	pub const fn from_int(integer: i32) -> Self {
		Self((integer as i64) << 32)
	}

	/// `numerator / denominator` rounded towards negative infinity; saturates, also when the denominator is zero.
	pub const fn from_ratio(numerator: i64, denominator: i64) -> Self {
		Self(divide((numerator as i128) << 32, denominator as i128))
	}

	/// Sum.
	#[must_use]
	pub const fn saturating_add(self, other: Self) -> Self {
		Self(self.0.saturating_add(other.0))
	}

	/// Difference.
	#[must_use]
	pub const fn saturating_sub(self, other: Self) -> Self {
		Self(self.0.saturating_sub(other.0))
	}

	/// Product, rounded towards negative infinity.
	#[must_use]
	pub fn saturating_mul(self, other: Self) -> Self {
		Self(self.to_fixed().saturating_mul(other.to_fixed()).to_bits())
	}

	/// Quotient, rounded towards negative infinity. Division by zero saturates towards the dividend's sign; 0 / 0 is 0.
	#[must_use]
	pub const fn saturating_div(self, other: Self) -> Self {
		Self(divide((self.0 as i128) << 32, other.0 as i128))
	}

	/// Absolute value.
	#[must_use]
	pub const fn abs(self) -> Self {
		Self(self.0.saturating_abs())
	}

	/// The integer at or below it.
	pub const fn floor(self) -> i32 {
		(self.0 >> 32) as i32
	}

	/// As the number of the crate `fixed`.
	pub const fn to_fixed(self) -> I32F32 {
		I32F32::from_bits(self.0)
	}

	/// The nearest double.
	#[cfg(feature = "std")]
	pub fn to_f64(self) -> f64 {
		self.0 as f64 / 4_294_967_296.0
	}

	/// The nearest `Real`; saturates, and NaN is zero.
	#[cfg(feature = "std")]
	pub fn from_f64(value: f64) -> Self {
		Self((value * 4_294_967_296.0).round() as i64)
	}
}

/// `numerator / denominator` rounded towards negative infinity and saturated to 64 bits.
const fn divide(numerator: i128, denominator: i128) -> i64 {
	if denominator == 0 {
		return match numerator {
			0 => 0,
			1.. => i64::MAX,
			_ => i64::MIN,
		};
	}
	// Flooring division: `div_euclid` floors only for positive divisors. The numerator has at most 95 bits, so
	// neither the negations nor the division overflow.
	let quotient = if denominator > 0 {
		numerator.div_euclid(denominator)
	} else {
		numerator.wrapping_neg().div_euclid(denominator.wrapping_neg())
	};
	if quotient > i64::MAX as i128 {
		i64::MAX
	} else if quotient < i64::MIN as i128 {
		i64::MIN
	} else {
		quotient as i64
	}
}

impl From<i32> for Real {
	fn from(integer: i32) -> Self {
		Self::from_int(integer)
	}
}

impl Add for Real {
	type Output = Self;
	fn add(self, other: Self) -> Self {
		self.saturating_add(other)
	}
}

impl AddAssign for Real {
	fn add_assign(&mut self, other: Self) {
		*self = *self + other;
	}
}

impl Sub for Real {
	type Output = Self;
	fn sub(self, other: Self) -> Self {
		self.saturating_sub(other)
	}
}

impl SubAssign for Real {
	fn sub_assign(&mut self, other: Self) {
		*self = *self - other;
	}
}

impl Mul for Real {
	type Output = Self;
	fn mul(self, other: Self) -> Self {
		self.saturating_mul(other)
	}
}

impl Neg for Real {
	type Output = Self;
	fn neg(self) -> Self {
		Self(self.0.saturating_neg())
	}
}

impl core::iter::Sum for Real {
	fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
		items.fold(Self::ZERO, Self::saturating_add)
	}
}

impl fmt::Display for Real {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Display::fmt(&self.to_fixed(), formatter)
	}
}

impl fmt::Debug for Real {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Display::fmt(self, formatter)
	}
}
