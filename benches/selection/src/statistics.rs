//! Means over the seeds, with what is known of them.

/// A mean with its 95 % confidence interval, by Student's t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
	/// The mean.
	pub mean: f64,
	/// The interval reaches so far to both sides.
	pub half: f64,
}

/// The estimate from independent numbers. What is no number does not count.
pub fn estimate(numbers: impl IntoIterator<Item = f64>) -> Estimate {
	let numbers: Vec<f64> = numbers.into_iter().filter(|number| number.is_finite()).collect();
	let count = numbers.len() as f64;
	let mean = numbers.iter().sum::<f64>() / count;
	if numbers.len() < 2 {
		return Estimate { mean, half: f64::NAN };
	}
	let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / (count - 1.0);
	Estimate { mean, half: quantile(count - 1.0) * (variance / count).sqrt() }
}

/// The 97.5 % quantile of Student's t with so many degrees of freedom: the expansion by Cornish and Fisher, exact for
/// the two least.
fn quantile(freedom: f64) -> f64 {
	const Z: f64 = 1.959_963_985;
	match freedom {
		freedom if freedom < 1.5 => 12.706,
		freedom if freedom < 2.5 => 4.3027,
		_ => {
			let (z3, z5, z7) = (Z.powi(3), Z.powi(5), Z.powi(7));
			Z + (z3 + Z) / (4.0 * freedom)
				+ (5.0 * z5 + 16.0 * z3 + 3.0 * Z) / (96.0 * freedom.powi(2))
				+ (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * Z) / (384.0 * freedom.powi(3))
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn quantiles_should_be_those_of_the_tables() {
		for (freedom, expected) in
			[(1.0, 12.706), (2.0, 4.303), (3.0, 3.182), (4.0, 2.776), (9.0, 2.262), (29.0, 2.045), (99.0, 1.984)]
		{
			let found = quantile(freedom);
			assert!((found - expected).abs() < 0.03, "{freedom}: {found}");
		}
	}

	#[test]
	fn an_estimate_should_be_mean_and_interval_without_what_is_no_number() {
		let found = estimate([1.0, 2.0, 3.0, f64::NAN, 4.0]);
		assert_eq!(found.mean, 2.5);
		// Deviation 1.29, of four numbers, 3 degrees of freedom.
		assert!((found.half - 3.18 * 1.290_994 / 2.0).abs() < 0.02, "{found:?}");
		assert!(estimate([1.0]).half.is_nan() && estimate([]).mean.is_nan());
	}
}
