//! A picture of a run: the reward of every block, and its moving average.

use super::{header::to_f64, network::ACCOUNTS, report::Block};
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 360.0;
const MARGIN: f64 = 48.0;

/// Blocks that the moving average spans.
const WINDOW: usize = 10;

/// Colours that stay apart for colour-blind eyes (Okabe and Ito).
const COLOURS: [&str; 8] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000"];

fn colour(author: &str) -> &'static str {
	ACCOUNTS.iter().position(|name| *name == author).map_or("#999999", |at| COLOURS[at])
}

/// An SVG of `blocks`.
pub fn svg(blocks: &[Block]) -> String {
	let x = |at: usize| MARGIN + (WIDTH - 2.0 * MARGIN) * at as f64 / blocks.len().saturating_sub(1).max(1) as f64;
	let y = |reward: f64| HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * reward.clamp(0.0, 1.0);
	let mut svg = format!(
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
		 <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
		 <text x=\"{MARGIN}\" y=\"20\" font-size=\"14\">Reward per block, and its mean over {WINDOW} blocks</text>\n"
	);
	// Writing to a string cannot fail.
	for step in 0..=4 {
		let reward = f64::from(step) / 4.0;
		let _ = writeln!(
			svg,
			"<line x1=\"{MARGIN}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{reward}</text>",
			WIDTH - MARGIN,
			MARGIN - 6.0,
			y(reward) + 4.0,
			y = y(reward)
		);
	}
	for (at, block) in blocks.iter().enumerate() {
		let fill = if block.empty { "none" } else { colour(&block.author) };
		let _ = writeln!(
			svg,
			"<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{fill}\" stroke=\"{}\"/>",
			x(at),
			y(to_f64(block.header.reward)),
			colour(&block.author)
		);
	}
	let rewards: Vec<_> = blocks.iter().map(|block| to_f64(block.header.reward)).collect();
	let means: Vec<_> = (0..rewards.len())
		.map(|at| {
			let window = &rewards[at.saturating_sub(WINDOW - 1)..=at];
			format!("{:.1},{:.1}", x(at), y(window.iter().sum::<f64>() / window.len() as f64))
		})
		.collect();
	let _ =
		writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"#333\" stroke-width=\"2\"/>", means.join(" "));
	let mut authors: Vec<_> = blocks.iter().map(|block| block.author.as_str()).collect();
	authors.sort_unstable();
	authors.dedup();
	for (at, author) in authors.iter().enumerate() {
		let left = MARGIN + 110.0 * at as f64;
		let bottom = HEIGHT - 16.0;
		let _ = writeln!(
			svg,
			"<circle cx=\"{left}\" cy=\"{}\" r=\"4\" fill=\"{}\"/><text x=\"{}\" y=\"{bottom}\">{author}</text>",
			bottom - 4.0,
			colour(author),
			left + 8.0
		);
	}
	svg + "</svg>\n"
}
