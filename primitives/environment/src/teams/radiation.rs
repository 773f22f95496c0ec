//! What a detector reads at a distance from the radiating target: the physics of TargetLocalization, in integers.

use super::ONE;

/// ln 2, times 2^60.
const LN_2: u64 = 799_144_290_325_165_979;

/// `e^-exponent` of an exponent with 32 fraction bits, with 60 fraction bits: within 2^-30 of the exact value.
///
/// The exponent is split into whole multiples of ln 2, which are shifts, and a rest below ln 2, for which the Taylor
/// series is cut after its tenth power: the next term is below ln(2)^11 / 11! = 4.5e-10, half of 2^-30.
pub fn exp_negative(exponent: u64) -> u64 {
	const ONE_60: u128 = 1 << 60;
	// With 60 fraction bits, which 128 bits hold.
	let exponent = u128::from(exponent) << 28;
	let halvings = exponent / u128::from(LN_2);
	if halvings >= 60 {
		return 0;
	}
	let rest = exponent % u128::from(LN_2);
	// Horner: 1 - r/1 (1 - r/2 (1 - r/3 ...)). Every bracket lies in [0, 1], since r / n is below ln 2.
	let mut value = ONE_60;
	for n in (1..=10_u128).rev() {
		value = ONE_60 - ((rest * value) >> 60) / n;
	}
	(value >> halvings) as u64
}

/// What is shown at a squared distance behind so many walls: `1 - e^(-10 L)` in units of [`ONE`], rounded to nearest, where
/// `L = 200 (1e9 / 60 / 100) (1 - 0.1 walls) / (100 d)^2`.
pub fn reading(distance_squared: u32, walls: u32) -> u16 {
	if distance_squared == 0 {
		return ONE as u16;
	}
	// 10 L = (10 - walls) * 10000 / (3 d^2).
	let strength = u64::from(10_u32.saturating_sub(walls)) * 10_000;
	let exponent = (strength << 32) / (3 * u64::from(distance_squared));
	let shown = u128::from((1_u64 << 60) - exp_negative(exponent)) * u128::from(ONE as u16);
	((shown + (1 << 59)) >> 60) as u16
}

/// The distance at which such a reading would be shown without walls, in 1/16 of a unit of length: the reading on a scale
/// that does not saturate.
pub fn range(distance_squared: u32, walls: u32) -> u16 {
	let through = u64::from(10_u32.saturating_sub(walls).max(1));
	let squared = u64::from(distance_squared) * 10 * 256 / through;
	squared.isqrt().min(u64::from(u16::MAX)) as u16
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn exponential_should_be_within_its_error() {
		for i in 0..50_000_u64 {
			let exponent = i * i * 37;
			let exact = (-(exponent as f64) / f64::from(2.0_f32).powi(32)).exp();
			let found = exp_negative(exponent) as f64 / f64::from(2.0_f32).powi(60);
			assert!((found - exact).abs() <= f64::from(2.0_f32).powi(-30), "{exponent}: {found} is not {exact}");
		}
		assert_eq!((exp_negative(0), exp_negative(u64::MAX)), (1 << 60, 0));
	}

	#[test]
	fn readings_should_be_those_of_the_published_formula() {
		for distance in 1..1415_u32 {
			for walls in 0..=3_u32 {
				let d = f64::from(distance);
				let lambda = 200.0 * (1e9 / 60.0 / 100.0) * (1.0 - 0.1 * f64::from(walls)) / (100.0 * d).powi(2);
				let exact = 8192.0 * (1.0 - (-10.0 * lambda).exp());
				let found = f64::from(reading(distance * distance, walls));
				assert!((found - exact).abs() <= 0.5 + 1e-4, "{distance} behind {walls}: {found} is not {exact}");
				let exact = 16.0 * d / (1.0 - 0.1 * f64::from(walls)).sqrt();
				assert!((f64::from(range(distance * distance, walls)) - exact).abs() <= 1.01, "{distance} {walls}");
			}
		}
		assert_eq!(reading(0, 0), 8192);
	}
}
