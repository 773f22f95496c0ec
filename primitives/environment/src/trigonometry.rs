//! Fixed-point sine and cosine, and the products that go with them.
//!
//! Angles come as bits of a `Real` (radians times 2^32) and are turned into a *phase*: a signed fraction of a full
//! turn, times 2^64, so that wrapping integer arithmetic is arithmetic modulo 2 pi and [-pi, pi) is the range of `i64`.
//!
//! Error bounds, for angles up to 4096 rad:
//! - phase: 1/(2 pi) is held to 2^-65, so the phase is off by at most 2^44 * 2^-97 + 2^-64 < 2^-52 turns, 2^-49 rad;
//! - polynomials: Chebyshev approximations on an eighth of a turn, sine with 6 terms (2^-48.0), cosine with 7 (2^-54.2);
//! - evaluation: each term loses less than 2^-61.
//!
//! Together sine and cosine are within 2^-47 of the exact value at the given angle, tested against `f64` in `tests/`.

/// Fraction bits of [`sin_cos`]'s results.
pub(crate) const SINE_BITS: u32 = 62;
/// Pi, times 2^32, rounded to nearest (by half a unit upwards).
pub(crate) const PI: i64 = 13_493_037_705;
/// 2^64 / (2 pi), rounded to nearest.
const PHASE_PER_RADIAN: i64 = 2_935_890_503_282_001_226;
/// 2 pi, times 2^60, rounded to nearest.
const TURN: i64 = 7_244_019_458_077_122_842;

/// Coefficients of sin(pi/4 z) / z in powers of z^2; the k-th has 62 + 2k fraction bits.
const SINE: [i64; 6] = [
	3_622_009_729_038_545_912,
	-1_489_491_798_433_344_038,
	183_758_684_907_107_373,
	-10_795_386_483_882_005,
	369_924_699_277_203,
	-8_200_468_397_310,
];
/// Coefficients of cos(pi/4 z) in powers of z^2; the k-th has 62 + 2k fraction bits.
const COSINE: [i64; 7] = [
	4_611_686_018_427_387_687,
	-5_689_439_577_989_065_828,
	1_169_844_122_883_162_005,
	-96_215_822_401_082_255,
	4_239_338_258_907_387,
	-116_215_111_460_781,
	2_146_876_433_947,
];

/// `a * b / 2^SHIFT`, rounded down, the upper bits dropped.
#[inline(always)]
pub(crate) const fn multiply<const SHIFT: u32>(a: i64, b: i64) -> i64 {
	((a as i128 * b as i128) >> SHIFT) as i64
}

/// `a * b / 2^SHIFT`, rounded to nearest, the upper bits dropped.
#[inline(always)]
pub(crate) const fn multiply_nearest<const SHIFT: u32>(a: i64, b: i64) -> i64 {
	((a as i128 * b as i128).wrapping_add(1 << (SHIFT - 1)) >> SHIFT) as i64
}

/// `numerator / denominator` times 2^bits, rounded to nearest: for constants.
pub(crate) const fn constant(numerator: i64, denominator: i64, bits: u32) -> i64 {
	let doubled = (numerator as i128) << (bits + 1);
	((doubled + denominator as i128).div_euclid(2 * denominator as i128)) as i64
}

/// The phase of an angle.
#[inline(always)]
pub(crate) const fn phase(angle: i64) -> i64 {
	multiply::<32>(angle, PHASE_PER_RADIAN)
}

/// The angle in [-pi, pi) of a phase, as bits of a `Real`, rounded to nearest.
#[inline(always)]
pub(crate) const fn angle(phase: i64) -> i64 {
	// Times 2 pi is (phase / 2^64) * (TURN / 2^60), and 2^32 of that are wanted.
	multiply_nearest::<92>(phase, TURN)
}

/// Sine and cosine of a phase with [`SINE_BITS`] fraction bits.
#[inline(always)]
pub(crate) const fn sin_cos(phase: i64) -> (i64, i64) {
	// The nearest quarter turn, and the signed rest: at most an eighth of a turn, so z = rest / 2^61 is in [-1, 1).
	let quarter = phase.wrapping_add(1 << 61) >> 62;
	let rest = phase.wrapping_sub(quarter << 62);
	let square = multiply::<60>(rest, rest);

	// A high word of a product with z^2 (62 fraction bits) has two fraction bits less than its factor, hence the
	// scales of the coefficients: no shift is needed inside.
	let mut sine = SINE[5];
	sine = multiply::<64>(sine, square).wrapping_add(SINE[4]);
	sine = multiply::<64>(sine, square).wrapping_add(SINE[3]);
	sine = multiply::<64>(sine, square).wrapping_add(SINE[2]);
	sine = multiply::<64>(sine, square).wrapping_add(SINE[1]);
	sine = multiply::<64>(sine, square).wrapping_add(SINE[0]);
	sine = multiply::<61>(sine, rest);

	let mut cosine = COSINE[6];
	cosine = multiply::<64>(cosine, square).wrapping_add(COSINE[5]);
	cosine = multiply::<64>(cosine, square).wrapping_add(COSINE[4]);
	cosine = multiply::<64>(cosine, square).wrapping_add(COSINE[3]);
	cosine = multiply::<64>(cosine, square).wrapping_add(COSINE[2]);
	cosine = multiply::<64>(cosine, square).wrapping_add(COSINE[1]);
	cosine = multiply::<64>(cosine, square).wrapping_add(COSINE[0]);

	// Turn by the quarters: odd ones swap, the sign masks negate (x ^ -1) - -1 = -x.
	let odd = quarter & 1 != 0;
	let (a, b) = if odd { (cosine, sine) } else { (sine, cosine) };
	let sine_sign = ((quarter >> 1) & 1).wrapping_neg();
	let cosine_sign = ((quarter ^ (quarter >> 1)) & 1).wrapping_neg();
	((a ^ sine_sign).wrapping_sub(sine_sign), (b ^ cosine_sign).wrapping_sub(cosine_sign))
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Distance to the exact values at the given angle, by doubles (whose own error is below 2^-52).
	fn error(bits: i64) -> f64 {
		let exact = bits as f64 / 2_f64.powi(32);
		let (sine, cosine) = sin_cos(phase(bits));
		let unit = 2_f64.powi(SINE_BITS as i32);
		(sine as f64 / unit - exact.sin()).abs().max((cosine as f64 / unit - exact.cos()).abs())
	}

	#[test]
	fn sin_cos_should_keep_their_bound() {
		let mut greatest: f64 = 0.0;
		// An odd stride of about 1e-3 rad through [-128, 128], and a coarse one through [-4096, 4096].
		for i in -128_000..=128_000_i64 {
			greatest = greatest.max(error(i * 4_294_967)).max(error(i * 137_438_953));
		}
		assert!(greatest < 2_f64.powi(-47), "{greatest:e}");
	}

	#[test]
	fn sin_cos_should_be_right_at_the_quarters() {
		for quarter in -2..2_i64 {
			for offset in [-1, 0, 1_i64] {
				let phase = (quarter << 62).wrapping_add(offset);
				let (sine, cosine) = sin_cos(phase);
				let (exact_sine, exact_cosine) = [(0, 1), (1, 0), (0, -1), (-1, 0)][quarter.rem_euclid(4) as usize];
				assert!((sine - (exact_sine << SINE_BITS)).abs() < 1 << 14, "{quarter} {offset}: {sine}");
				assert!((cosine - (exact_cosine << SINE_BITS)).abs() < 1 << 14, "{quarter} {offset}: {cosine}");
			}
		}
	}

	#[test]
	fn sin_cos_should_be_continuous_where_the_quarters_meet() {
		for eighth in [1, 3, 5, 7_i64] {
			let seam = (eighth as u64).wrapping_shl(61) as i64;
			let (before, after) = (sin_cos(seam.wrapping_sub(1)), sin_cos(seam));
			assert!((before.0 - after.0).abs() < 1 << 15 && (before.1 - after.1).abs() < 1 << 15);
		}
	}

	#[test]
	fn sin_cos_should_take_any_phase() {
		for phase in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX] {
			let (sine, cosine) = sin_cos(phase);
			let unit = 2_f64.powi(SINE_BITS as i32);
			let length = (sine as f64 / unit).powi(2) + (cosine as f64 / unit).powi(2);
			assert!((length - 1.0).abs() < 1e-13);
		}
	}

	#[test]
	fn angle_should_invert_phase() {
		for bits in (1 - PI..PI).step_by(1_234_567) {
			assert!((angle(phase(bits)) - bits).abs() <= 1);
		}
		assert!(angle(i64::MIN) >= -PI - 1 && angle(i64::MAX) <= PI + 1);
	}

	#[test]
	fn constant_should_round_to_nearest() {
		assert_eq!(constant(1, 2, 1), 1);
		assert_eq!(constant(1, 3, 2), 1);
		assert_eq!(constant(-1, 3, 2), -1);
		assert_eq!(constant(2, 3, 1), 1);
		assert_eq!(constant(5, 100, 64), 922_337_203_685_477_581);
	}
}
