//! Score and payouts as a picture: the score after each lesson as a line, what each teacher was paid as bars.

use crate::plot::PlotError;
use plotters::prelude::*;

/// A lesson of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
	/// Whose it was.
	pub teacher: String,
	/// The score after it, from 0 to 1.
	pub score: f64,
	/// What it was paid, in tokens.
	pub paid: f64,
}

/// Draws as SVG: the score first, before any lesson, then lesson by lesson.
pub fn svg(title: &str, first: f64, bars: &[Bar]) -> Result<String, PlotError> {
	let draw = |error: &dyn std::fmt::Display| PlotError::Draw(error.to_string());
	let end = bars.len() as f64 + 0.5;
	let most = bars.iter().map(|bar| bar.paid).fold(1.0, f64::max) * 1.15;
	let (blue, green) = (RGBColor(20, 90, 170), RGBColor(120, 190, 140));
	let mut picture = String::new();
	{
		let area = SVGBackend::with_string(&mut picture, (800, 450)).into_drawing_area();
		area.fill(&WHITE).map_err(|e| draw(&e))?;
		let mut chart = ChartBuilder::on(&area)
			.caption(title, ("sans-serif", 20))
			.margin(12)
			.x_label_area_size(40)
			.y_label_area_size(60)
			.right_y_label_area_size(60)
			.build_cartesian_2d(-0.5..end, 0.0..1.05)
			.map_err(|e| draw(&e))?
			.set_secondary_coord(-0.5..end, 0.0..most);
		let name = |x: &f64| match (x.round() as usize).checked_sub(1) {
			Some(at) if (x - x.round()).abs() < 0.01 => bars.get(at).map(|bar| bar.teacher.clone()).unwrap_or_default(),
			_ => String::new(),
		};
		chart
			.configure_mesh()
			.light_line_style(TRANSPARENT)
			.x_labels(bars.len() + 2)
			.x_label_formatter(&name)
			.y_desc("score, as the chain counts")
			.draw()
			.map_err(|e| draw(&e))?;
		chart.configure_secondary_axes().y_desc("paid, tokens").draw().map_err(|e| draw(&e))?;
		let rectangles = bars.iter().zip(1..).map(|(bar, at)| {
			let middle = f64::from(at);
			Rectangle::new([(middle - 0.3, 0.0), (middle + 0.3, bar.paid)], green.filled())
		});
		chart.draw_secondary_series(rectangles).map_err(|e| draw(&e))?;
		let points = [(0.0, first)].into_iter().chain(bars.iter().zip(1..).map(|(bar, at)| (f64::from(at), bar.score)));
		let points: Vec<(f64, f64)> = points.collect();
		chart.draw_series(LineSeries::new(points.iter().copied(), blue.stroke_width(2))).map_err(|e| draw(&e))?;
		chart.draw_series(points.iter().map(|point| Circle::new(*point, 4, blue.filled()))).map_err(|e| draw(&e))?;
		let label = |at: (f64, f64), text: String| Text::new(text, at, ("sans-serif", 13));
		let labels = points.iter().map(|(x, y)| label((x - 0.2, (y + 0.05).min(1.04)), format!("{y:.4}")));
		chart.draw_series(labels).map_err(|e| draw(&e))?;
		let sums = bars
			.iter()
			.zip(1..)
			.map(|(bar, at)| label((f64::from(at) - 0.2, bar.paid + most * 0.05), format!("{:.2}", bar.paid)));
		chart.draw_secondary_series(sums).map_err(|e| draw(&e))?;
		area.present().map_err(|e| draw(&e))?;
	}
	Ok(picture)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn picture_should_name_every_teacher_with_score_and_payout() {
		let bar = |teacher: &str, score, paid| Bar { teacher: teacher.into(), score, paid };
		let picture =
			svg("A session", 0.1014, &[bar("Bob", 0.9572, 48.92), bar("Eve", 0.9792, 185.5)]).expect("a picture");
		for text in ["A session", "Bob", "Eve", "0.1014", "0.9572", "0.9792", "48.92", "185.50"] {
			assert!(picture.contains(text), "{text}");
		}
		assert!(svg("Nothing", 0.1, &[]).is_ok());
	}
}
