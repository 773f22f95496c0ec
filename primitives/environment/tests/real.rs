//! [`Real`] against exact integer arithmetic.
#![allow(missing_docs)]

use codec::{Decode, Encode, MaxEncodedLen};
use praxis_environment::Real;
use proptest::prelude::*;

fn saturate(value: i128) -> Real {
	Real::from_bits(value.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
}

fn floor_div(a: i128, b: i128) -> i128 {
	let quotient = a / b;
	if a % b != 0 && (a < 0) != (b < 0) {
		quotient - 1
	} else {
		quotient
	}
}

proptest! {
	#[test]
	fn arithmetic_should_saturate_and_round_down(a: i64, b: i64, small in -1_000_000_i64..1_000_000) {
		for (a, b) in [(a, b), (a, small), (small, b), (small, small + 1)] {
			let (x, y) = (Real::from_bits(a), Real::from_bits(b));
			let (a, b) = (i128::from(a), i128::from(b));
			prop_assert_eq!(x + y, saturate(a + b));
			prop_assert_eq!(x - y, saturate(a - b));
			prop_assert_eq!(x * y, saturate((a * b) >> 32));
			prop_assert_eq!(-x, saturate(-a));
			prop_assert_eq!(x.abs(), saturate(a.abs()));
			if b != 0 {
				prop_assert_eq!(x.saturating_div(y), saturate(floor_div(a << 32, b)));
				prop_assert_eq!(Real::from_ratio(a as i64, b as i64), saturate(floor_div(a << 32, b)));
			}
		}
	}

	#[test]
	fn order_should_be_that_of_the_bits(a: i64, b: i64) {
		prop_assert_eq!(Real::from_bits(a).cmp(&Real::from_bits(b)), a.cmp(&b));
	}

	#[test]
	fn codec_and_serde_should_see_the_bits(bits: i64) {
		let real = Real::from_bits(bits);
		prop_assert_eq!(real.encode(), bits.encode());
		prop_assert_eq!(real.encode().len(), Real::max_encoded_len());
		prop_assert_eq!(Real::decode(&mut &real.encode()[..]), Ok(real));
		let json = serde_json::to_string(&real).expect("a number");
		prop_assert_eq!(&json, &bits.to_string());
		prop_assert_eq!(serde_json::from_str::<Real>(&json).expect("a number"), real);
	}

	#[test]
	fn doubles_should_come_back(bits in -(1_i64 << 52)..(1 << 52)) {
		let real = Real::from_bits(bits);
		prop_assert_eq!(Real::from_f64(real.to_f64()), real);
	}
}

#[test]
fn division_by_zero_should_saturate() {
	assert_eq!(Real::ONE.saturating_div(Real::ZERO), Real::MAX);
	assert_eq!((-Real::ONE).saturating_div(Real::ZERO), Real::MIN);
	assert_eq!(Real::ZERO.saturating_div(Real::ZERO), Real::ZERO);
	assert_eq!(Real::from_ratio(1, 0), Real::MAX);
}

#[test]
fn numbers_should_be_readable() {
	assert_eq!(Real::from_int(-3).to_string(), "-3");
	assert_eq!(Real::from_ratio(1, 4).to_string(), "0.25");
	assert_eq!(format!("{:?}", Real::from_ratio(5, 2)), "2.5");
	assert_eq!(Real::from_f64(f64::NAN), Real::ZERO);
	assert_eq!(Real::from_f64(1e300), Real::MAX);
	assert_eq!(Real::from_ratio(-3, 2).floor(), -2);
	assert_eq!([Real::ONE; 5].into_iter().sum::<Real>(), Real::from_int(5));
}
