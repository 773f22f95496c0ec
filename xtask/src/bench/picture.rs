//! Pictures of results, as SVG: bars on a logarithmic scale, and lines with bands.

use std::fmt::Write;

/// Colours that stay apart for colour-blind eyes (Okabe and Ito).
pub const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

const WIDTH: f64 = 900.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 60.0;
const BOTTOM: f64 = 50.0;

fn escaped(text: &str) -> String {
	text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn begin(width: f64, height: f64) -> String {
	format!(
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
		 <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
	)
}

fn legend(svg: &mut String, names: &[&str], left: f64, y: f64) {
	let mut x = left;
	for (name, colour) in names.iter().zip(COLOURS.iter().cycle()) {
		// Writing to a string cannot fail.
		let _ = writeln!(
			svg,
			"<rect x=\"{x:.0}\" y=\"{:.0}\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"{:.0}\" y=\"{:.0}\">{}</text>",
			y - 10.0,
			x + 16.0,
			y,
			escaped(name)
		);
		x += 34.0 + 6.6 * name.chars().count() as f64;
	}
}

/// Groups of bars on a logarithmic scale, each bar with its number. What is not a positive number has no bar.
pub struct Bars<'a> {
	/// The title, with the unit.
	pub title: &'a str,
	/// What the bars of a group are.
	pub series: Vec<&'a str>,
	/// A group's name and its bars.
	pub groups: Vec<(String, Vec<f64>)>,
}

impl Bars<'_> {
	/// The picture.
	pub fn svg(&self, shown: impl Fn(f64) -> String) -> String {
		const HEIGHT: f64 = 380.0;
		let values =
			|| self.groups.iter().flat_map(|(_, values)| values).copied().filter(|v| v.is_finite() && *v > 0.0);
		let low = values().fold(f64::INFINITY, f64::min).log10().floor();
		let high = values().fold(0.0, f64::max).log10().ceil();
		let (low, high) = if low.is_finite() && high > low { (low, high) } else { (0.0, 1.0) };
		let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value.log10() - low) / (high - low);
		let mut svg = begin(WIDTH, HEIGHT);
		let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"22\" font-size=\"15\">{}</text>", escaped(self.title));
		legend(&mut svg, &self.series, LEFT, 44.0);
		for power in low as i32..=high as i32 {
			let value = 10f64.powi(power);
			let _ = writeln!(
				svg,
				"<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
				WIDTH - RIGHT,
				LEFT - 6.0,
				y(value) + 4.0,
				shown(value),
				y = y(value)
			);
		}
		let group = (WIDTH - LEFT - RIGHT) / self.groups.len().max(1) as f64;
		let bar = group * 0.84 / self.series.len().max(1) as f64;
		for (at, (name, values)) in self.groups.iter().enumerate() {
			let left = LEFT + group * (at as f64 + 0.08);
			for (nth, value) in values.iter().enumerate().filter(|(_, value)| value.is_finite() && **value > 0.0) {
				let (x, top) = (left + bar * nth as f64, y(*value));
				let _ = writeln!(
					svg,
					"<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"/><text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\" text-anchor=\"middle\">{}</text>",
					bar - 2.0,
					(HEIGHT - BOTTOM - top).max(0.0),
					COLOURS[nth % COLOURS.len()],
					x + bar / 2.0,
					top - 4.0,
					shown(*value)
				);
			}
			let _ = writeln!(
				svg,
				"<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
				left + group * 0.42,
				HEIGHT - BOTTOM + 18.0,
				escaped(name)
			);
		}
		svg + "</svg>\n"
	}
}

/// A line, perhaps in a band.
pub struct Line {
	/// What it is.
	pub name: String,
	/// x, y and the band's lower and upper edge.
	pub points: Vec<(f64, f64, f64, f64)>,
}

/// Lines over one pair of axes.
pub struct Chart<'a> {
	/// The title.
	pub title: &'a str,
	/// What x is.
	pub x: &'a str,
	/// The lines.
	pub lines: Vec<Line>,
	/// A level that is marked.
	pub goal: Option<f64>,
}

/// Several charts below each other in one picture, in two columns where there are more than one.
pub fn charts(charts: &[Chart]) -> String {
	const HEIGHT: f64 = 300.0;
	let columns = charts.len().clamp(1, 2);
	let rows = charts.len().div_ceil(columns);
	let width = WIDTH / columns as f64 * if columns == 1 { 1.0 } else { 1.2 };
	let mut svg = begin(width * columns as f64, HEIGHT * rows as f64);
	for (at, chart) in charts.iter().enumerate() {
		let (left, top) = (width * (at % columns) as f64, HEIGHT * (at / columns) as f64);
		let _ = writeln!(svg, "<g transform=\"translate({left:.0} {top:.0})\">");
		chart.draw(&mut svg, width, HEIGHT);
		svg += "</g>\n";
	}
	svg + "</svg>\n"
}

impl Chart<'_> {
	fn draw(&self, svg: &mut String, width: f64, height: f64) {
		let points = || self.lines.iter().flat_map(|line| &line.points);
		let end = points().map(|point| point.0).fold(0.0, f64::max).max(1e-9);
		let least = points().map(|point| point.2).chain(self.goal).fold(f64::INFINITY, f64::min);
		let most = points().map(|point| point.3).chain(self.goal).fold(f64::NEG_INFINITY, f64::max);
		let (least, most) = if most > least { (least, most) } else { (least.min(0.0), least.max(0.0) + 1.0) };
		let (least, most) = if least.is_finite() { (least, most) } else { (0.0, 1.0) };
		let margin = (most - least) * 0.04;
		let (least, most) = (least - margin, most + margin);
		let x = |value: f64| LEFT + (width - LEFT - RIGHT) * value / end;
		let y = |value: f64| height - BOTTOM - (height - TOP - BOTTOM) * (value - least) / (most - least);
		let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"22\" font-size=\"15\">{}</text>", escaped(self.title));
		let names: Vec<&str> = self.lines.iter().map(|line| line.name.as_str()).collect();
		legend(svg, &names, LEFT, 44.0);
		let right = width - RIGHT;
		for value in ticks(least, most) {
			let _ = writeln!(
				svg,
				"<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
				LEFT - 6.0,
				y(value) + 4.0,
				y = y(value)
			);
		}
		let bottom = height - BOTTOM;
		for value in ticks(0.0, end) {
			let _ = writeln!(
				svg,
				"<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{value}</text>",
				x(value),
				bottom + 16.0
			);
		}
		let _ = writeln!(
			svg,
			"<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
			(LEFT + right) / 2.0,
			bottom + 36.0,
			escaped(self.x)
		);
		if let Some(goal) = self.goal {
			let _ = writeln!(
				svg,
				"<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#555\" stroke-dasharray=\"6 4\"/>",
				y = y(goal)
			);
		}
		for (line, colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
			let edge = |points: &mut dyn Iterator<Item = (f64, f64)>| {
				points.map(|(at, value)| format!("{:.1},{:.1}", x(at), y(value))).collect::<Vec<_>>().join(" ")
			};
			if line.points.iter().any(|point| point.2 < point.3) {
				let lower = edge(&mut line.points.iter().map(|point| (point.0, point.2)));
				let upper = edge(&mut line.points.iter().rev().map(|point| (point.0, point.3)));
				let _ = writeln!(svg, "<polygon points=\"{lower} {upper}\" fill=\"{colour}\" opacity=\"0.2\"/>");
			}
			let middle = edge(&mut line.points.iter().map(|point| (point.0, point.1)));
			let _ =
				writeln!(svg, "<polyline points=\"{middle}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
		}
	}
}

/// Round numbers between two others, four to nine of them.
fn ticks(low: f64, high: f64) -> Vec<f64> {
	let range = high - low;
	let power = 10f64.powf(range.log10().floor());
	let step =
		[0.1, 0.2, 0.5, 1.0, 2.0].iter().map(|part| part * power).find(|step| range / step < 9.0).unwrap_or(power);
	let first = (low / step).ceil() as i64;
	(first..).map(|nth| (nth as f64 * step * 1e6).round() / 1e6).take_while(|value| *value <= high).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn ticks_should_be_round_and_inside() {
		assert_eq!(ticks(0.0, 500.0), [0.0, 100.0, 200.0, 300.0, 400.0, 500.0]);
		assert_eq!(ticks(-1500.0, 0.0).first(), Some(&-1400.0));
		for (low, high) in [(0.0, 1.0), (-200.0, -80.0), (0.0, 50_000.0), (3.0, 7.5)] {
			let found = ticks(low, high);
			assert!((4..=10).contains(&found.len()), "{found:?}");
			assert!(found.iter().all(|tick| (low..=high).contains(tick)), "{found:?}");
		}
	}

	#[test]
	fn a_bar_should_stand_for_every_positive_number() {
		let bars = Bars {
			title: "a < b",
			series: vec!["ours", "theirs"],
			groups: vec![("x".into(), vec![10.0, 1_000.0]), ("y".into(), vec![100.0, f64::NAN])],
		};
		let svg = bars.svg(|value| format!("{value}"));
		// The background, two in the legend, three bars.
		assert_eq!(svg.matches("<rect").count(), 1 + 2 + 3);
		assert!(svg.contains("a &lt; b"));
	}

	#[test]
	fn a_chart_should_have_a_line_each_and_bands_where_they_are_wide() {
		let line = |name: &str, half: f64| Line {
			name: name.into(),
			points: (0..5).map(|x| (x.into(), 1.0, 1.0 - half, 1.0 + half)).collect(),
		};
		let chart = |title| Chart { title, x: "steps", lines: vec![line("a", 0.0), line("b", 0.5)], goal: Some(2.0) };
		let svg = charts(&[chart("one"), chart("two"), chart("three")]);
		assert_eq!((svg.matches("<polyline").count(), svg.matches("<polygon").count()), (6, 3));
		assert!(!svg.contains("NaN"));
	}
}
