//! Learning curves: a line of text for terminals and logs, a picture for people.

use crate::checkpoint::{write_atomically, CheckpointError};
use plotters::prelude::*;
use std::path::Path;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The curve as at most `width` characters, each the mean of its share of the points.
pub fn sparkline(values: &[f64], width: usize) -> String {
	let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
	let width = width.min(values.len());
	let means: Vec<f64> = (0..width)
		.map(|column| {
			let share = &values[column * values.len() / width..(column + 1) * values.len() / width];
			share.iter().sum::<f64>() / share.len() as f64
		})
		.collect();
	let least = means.iter().copied().fold(f64::INFINITY, f64::min);
	let greatest = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
	let range = if greatest > least { greatest - least } else { 1.0 };
	means.iter().map(|mean| BARS[((mean - least) / range * 7.0).round() as usize % 8]).collect()
}

/// What a picture shows.
#[derive(Clone, Debug, Default)]
pub struct Curve {
	/// Its title.
	pub title: String,
	/// Returns of the episodes played while learning, by step.
	pub episodes: Vec<(f64, f64)>,
	/// Mean greedy returns, by step.
	pub evaluations: Vec<(f64, f64)>,
	/// The return that counts as reached.
	pub goal: Option<f64>,
}

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
	/// It could not be drawn.
	#[error("learning curve: {0}")]
	Draw(String),
	/// It could not be written.
	#[error(transparent)]
	Write(#[from] CheckpointError),
}

/// Draws the curve as SVG.
pub fn svg(curve: &Curve) -> Result<String, PlotError> {
	let points = || curve.episodes.iter().chain(&curve.evaluations);
	let end = points().map(|(x, _)| *x).fold(1.0, f64::max);
	let values = || points().map(|(_, y)| *y).chain(curve.goal);
	let least = values().fold(f64::INFINITY, f64::min);
	let greatest = values().fold(f64::NEG_INFINITY, f64::max);
	let (least, greatest) = if least.is_finite() { (least, greatest) } else { (0.0, 1.0) };
	let margin = ((greatest - least) * 0.05).max(1e-6);
	let mut picture = String::new();
	{
		let draw = |error: &dyn std::fmt::Display| PlotError::Draw(error.to_string());
		let area = SVGBackend::with_string(&mut picture, (800, 450)).into_drawing_area();
		area.fill(&WHITE).map_err(|e| draw(&e))?;
		let mut chart = ChartBuilder::on(&area)
			.caption(&curve.title, ("sans-serif", 20))
			.margin(12)
			.margin_right(32)
			.x_label_area_size(40)
			.y_label_area_size(60)
			.build_cartesian_2d(0.0..end, least - margin..greatest + margin)
			.map_err(|e| draw(&e))?;
		chart
			.configure_mesh()
			.light_line_style(TRANSPARENT)
			.x_labels(8)
			.x_label_formatter(&|steps| format!("{steps:.0}"))
			.x_desc("steps")
			.y_desc("return")
			.draw()
			.map_err(|e| draw(&e))?;
		let grey = RGBColor(170, 170, 170);
		let blue = RGBColor(20, 90, 170);
		let green = RGBColor(30, 140, 60);
		let legend = |color: RGBColor| move |(x, y): (i32, i32)| PathElement::new(vec![(x, y), (x + 18, y)], color);
		chart
			.draw_series(LineSeries::new(curve.episodes.iter().copied(), grey))
			.map_err(|e| draw(&e))?
			.label("episodes, exploring")
			.legend(legend(grey));
		chart
			.draw_series(LineSeries::new(curve.evaluations.iter().copied(), blue.stroke_width(2)))
			.map_err(|e| draw(&e))?
			.label("mean of greedy episodes")
			.legend(legend(blue));
		if let Some(goal) = curve.goal {
			chart
				.draw_series(LineSeries::new([(0.0, goal), (end, goal)], green))
				.map_err(|e| draw(&e))?
				.label("goal")
				.legend(legend(green));
		}
		chart
			.configure_series_labels()
			.position(SeriesLabelPosition::LowerRight)
			.background_style(WHITE.mix(0.8))
			.border_style(grey)
			.draw()
			.map_err(|e| draw(&e))?;
		area.present().map_err(|e| draw(&e))?;
	}
	Ok(picture)
}

/// Writes the curve as an SVG file.
pub fn write_svg(path: &Path, curve: &Curve) -> Result<(), PlotError> {
	Ok(write_atomically(path, svg(curve)?.as_bytes())?)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn sparkline_should_rise_with_its_values() {
		assert_eq!(sparkline(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 8), "▁▂▃▄▅▆▇█");
		assert_eq!(sparkline(&[0.0, 0.0, 7.0, 7.0], 2), "▁█");
		assert_eq!(sparkline(&[], 8), "");
		assert_eq!(sparkline(&[3.0, 3.0], 8), "▁▁");
		assert_eq!(sparkline(&[f64::NAN, 1.0, 2.0], 8), "▁█");
	}

	#[test]
	fn picture_should_hold_the_curve_and_the_goal() {
		let curve = Curve {
			title: "CartPole-v1".into(),
			episodes: vec![(10.0, 9.0), (30.0, 20.0), (90.0, 400.0)],
			evaluations: vec![(0.0, 9.0), (90.0, 500.0)],
			goal: Some(475.0),
		};
		let picture = svg(&curve).expect("a picture");
		assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
		for text in ["CartPole-v1", "goal", "mean of greedy episodes"] {
			assert!(picture.contains(text), "{text}");
		}
		assert!(picture.matches("<polyline").count() >= 3);
		svg(&Curve::default()).expect("an empty picture");
	}
}
