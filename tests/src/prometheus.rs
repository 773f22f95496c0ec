//! What Prometheus would scrape, and what the dashboards and alerts of `ops/` ask of it.

use serde_json::Value;
use std::{
	collections::{BTreeMap, BTreeSet},
	fs,
	io::{Read, Write},
	net::TcpStream,
	path::Path,
};

/// A file of `ops/`.
fn ops(name: &str) -> String {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ops").join(name);
	fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What an endpoint on this machine serves, as text.
///
/// # Panics
///
/// If nobody listens or the answer is no success.
pub fn text(port: u16) -> String {
	let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the endpoint listens");
	write!(stream, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").expect("it takes requests");
	let mut answer = String::new();
	stream.read_to_string(&mut answer).expect("it answers in text");
	assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
	let (_, body) = answer.split_once("\r\n\r\n").expect("a body follows the header");
	body.to_owned()
}

/// The value of one sample, named with its labels.
///
/// # Panics
///
/// If it is not served.
pub fn of(port: u16, sample: &str) -> f64 {
	let text = text(port);
	let value = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
	value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {sample} in {text}"))
}

/// What an endpoint serves: by series name, the sum over its labels.
pub fn scrape(port: u16) -> BTreeMap<String, f64> {
	let answer = text(port);
	let mut series = BTreeMap::new();
	for line in answer.lines().filter(|line| !line.starts_with('#')) {
		let Some((name, value)) = line.rsplit_once(' ') else { continue };
		let name = name.split('{').next().unwrap_or(name);
		if let Ok(value) = value.parse::<f64>() {
			*series.entry(name.to_owned()).or_default() += value;
		}
	}
	series
}

/// The metrics that an expression in PromQL names.
fn metrics_of(expression: &str) -> BTreeSet<String> {
	// Values of labels are no names.
	let unquoted: String = expression.split('"').step_by(2).collect();
	let words = unquoted.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
	let ours = |word: &&str| word.starts_with("praxis_") || word.starts_with("substrate_");
	words.filter(ours).map(str::to_owned).collect()
}

/// Every `expr` and `query` of a dashboard, at any depth.
fn expressions(value: &Value, found: &mut Vec<String>) {
	match value {
		Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
		Value::Object(fields) => {
			for (name, field) in fields {
				match field {
					Value::String(text) if name == "expr" || name == "query" => found.push(text.clone()),
					field => expressions(field, found),
				}
			}
		}
		_ => (),
	}
}

/// The expressions of the rules of a file, by the name of the alert. The file is as plain as this reads it.
fn alerts(file: &str) -> BTreeMap<String, String> {
	let mut alerts = BTreeMap::new();
	let mut name = None;
	for line in ops(file).lines().map(str::trim) {
		if let Some(alert) = line.strip_prefix("- alert: ") {
			assert!(name.replace(alert.to_owned()).is_none(), "an alert before {alert} has no expression");
		} else if let Some(expression) = line.strip_prefix("expr: ") {
			let alert = name.take().expect("an expression follows its alert");
			assert!(alerts.insert(alert.clone(), expression.to_owned()).is_none(), "{alert} is there twice");
		}
	}
	assert!(name.is_none(), "{name:?} has no expression");
	alerts
}

/// What a dashboard and its alerts look at.
#[derive(Debug)]
pub struct Watched {
	/// Expressions of the dashboard.
	pub panels: usize,
	/// Rules.
	pub alerts: usize,
	/// The metrics that are named, and where, with the expression.
	named: BTreeMap<String, String>,
}

impl Watched {
	/// Reads two files of `ops/`.
	///
	/// # Panics
	///
	/// If they are not there, have another form, or if the guide leaves an alert out.
	pub fn read(dashboard: &str, rules: &str) -> Self {
		let panels: Value = serde_json::from_str(&ops(dashboard)).expect("the dashboard is JSON");
		let mut shown = Vec::new();
		expressions(&panels, &mut shown);
		let alerts = alerts(rules);
		let guide = ops("../docs/monitoring.md");
		for alert in alerts.keys() {
			assert!(guide.contains(&format!("\n| {alert} |")), "the guide does not say what to do about {alert}");
		}
		let places = shown.iter().map(|expression| (dashboard, expression));
		let places = places.chain(alerts.iter().map(|(alert, expression)| (alert.as_str(), expression)));
		let named = places.flat_map(|(place, expression)| {
			metrics_of(expression).into_iter().map(move |metric| (metric, format!("{place}: {expression}")))
		});
		let named = named.collect();
		Self { panels: shown.len(), alerts: alerts.len(), named }
	}

	/// Fails unless every metric that is named is `served`, and every metric of this project that is served is named or
	/// among those that are `not_shown`.
	pub fn check(&self, served: &BTreeSet<String>, not_shown: &[&str]) {
		for (metric, place) in &self.named {
			assert!(served.contains(metric), "{metric} is not served, and is named by {place}");
		}
		for metric in served.iter().filter(|metric| metric.starts_with("praxis_")) {
			let known = self.named.contains_key(metric) || not_shown.contains(&metric.as_str());
			assert!(known, "nobody looks at {metric}");
		}
	}
}
