//! What the worker tells: its log for people, lines of JSON for programs.

use super::super::metrics::Metrics;
use serde_json::Value;

/// The event that is a result: it goes to the standard output for people, too.
const RESULT: &str = "settled";

/// Events that somebody should look at.
const WARNINGS: [&str; 4] = ["idle", "refused", "store-failed", "fallback"];

/// Tells events.
#[derive(Debug)]
pub struct Voice {
	metrics: Metrics,
	/// Whether programs listen on the standard output.
	json: bool,
}

impl Voice {
	/// Tells them there.
	pub fn new(metrics: Metrics, json: bool) -> Self {
		Self { metrics, json }
	}

	/// Tells an event: `fields` is a JSON object, `text` is for people.
	pub fn tell(&self, event: &str, fields: Value, text: impl AsRef<str>) {
		let text = text.as_ref();
		if !self.json && event == RESULT {
			println!("{text}");
		}
		if WARNINGS.contains(&event) {
			tracing::warn!(target: "work", event, "{text}");
		} else {
			tracing::info!(target: "work", event, "{text}");
		}
		self.metrics.record(event, fields);
	}
}

/// The chain's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
	/// Its symbol.
	pub symbol: String,
	/// Its decimals.
	pub decimals: u32,
}

impl Token {
	/// Reads an amount such as `2.5`, in the token's smallest part.
	pub fn parse(&self, text: &str) -> Result<u128, String> {
		let wrong = |reason: &str| format!("`{text}` is no amount of {}: {reason}", self.symbol);
		let (whole, part) = text.split_once('.').unwrap_or((text, ""));
		let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
		if whole.is_empty() || !digits(whole) || !digits(part) {
			return Err(wrong("it looks like 2.5"));
		}
		let decimals = self.decimals as usize;
		if part.len() > decimals {
			return Err(wrong(&format!("there are {decimals} decimals")));
		}
		format!("{whole}{part:0<decimals$}").parse().map_err(|_| wrong("it is too large"))
	}

	/// Writes an amount for people.
	pub fn show(&self, amount: u128) -> String {
		let unit = 10u128.checked_pow(self.decimals).unwrap_or(u128::MAX);
		let part = format!("{:0width$}", amount % unit, width = self.decimals as usize);
		match part.trim_end_matches('0') {
			"" => format!("{} {}", amount / unit, self.symbol),
			part => format!("{}.{part} {}", amount / unit, self.symbol),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn amounts_should_be_read_and_shown_with_the_tokens_decimals() {
		let token = Token { symbol: "PRX".into(), decimals: 12 };
		assert_eq!(token.parse("2.5"), Ok(2_500_000_000_000));
		assert_eq!(token.parse("0"), Ok(0));
		assert_eq!(token.show(7_600_000_000_000), "7.6 PRX");
		assert_eq!(token.show(3_000_000_000_000), "3 PRX");
		assert_eq!(token.show(1), "0.000000000001 PRX");
		for wrong in ["", ".", "-1", "1e3", "0.0000000000001", "1.2.3", "99999999999999999999999999999999"] {
			assert!(token.parse(wrong).is_err(), "{wrong}");
		}
		assert_eq!(Token { symbol: "u".into(), decimals: 0 }.show(12), "12 u");
	}
}
