//! The live view: redrawn in place on a terminal, a line a block elsewhere.

use super::{header::to_f64, network::Network, tasks::Tasks, watch::Watch};
use std::{
	io::{IsTerminal, Write},
	time::Instant,
};

/// Blocks that the terminal's view lists.
const LISTED: u32 = 8;

/// Blocks, or measurements, in a curve. No line may be wider than a terminal of 80 columns: one that wraps
/// would be counted wrongly when the view is drawn again.
const CURVE: usize = 36;

/// Shows how the network does.
pub struct View {
	terminal: bool,
	/// Lines to go up before the next drawing.
	drawn: usize,
	/// Highest block that was printed, without a terminal.
	printed: u32,
	start: Instant,
	blocks: u32,
}

impl View {
	/// A view of a run of `blocks` blocks that starts now.
	pub fn new(blocks: u32) -> Self {
		Self { terminal: std::io::stdout().is_terminal(), drawn: 0, printed: 0, start: Instant::now(), blocks }
	}

	/// Shows the present state.
	pub fn show(&mut self, network: &Network, watch: &Watch, tasks: Option<&mut Tasks>) {
		if self.terminal {
			let mut lines = self.lines(network, watch);
			if let Some(tasks) = tasks {
				lines.extend(["".into(), "  task                    state".into()]);
				lines.extend(tasks.lines());
			}
			let up = if self.drawn > 0 { format!("\x1b[{}A", self.drawn) } else { String::new() };
			let text: String = lines.iter().map(|line| format!("\x1b[2K{line}\n")).collect();
			print!("{up}{text}\x1b[J");
			self.drawn = lines.len();
		} else {
			// A block may still be replaced until it has a child.
			for header in watch.chain.range(self.printed + 1..watch.height).map(|(_, header)| header) {
				println!(
					"#{:<4} {:<8} reward {:.3}  cumulative {:8.3}  tip flips {:3}  finalised {}{}",
					header.number,
					network.author(&header.author),
					to_f64(header.reward),
					to_f64(header.cumulative),
					watch.tip_flips,
					watch.finalized,
					returns(network),
				);
				self.printed = header.number;
			}
			for line in tasks.into_iter().flat_map(Tasks::news) {
				println!("{line}");
			}
		}
		// A closed pipe is no reason to leave processes behind: the loop goes on and ends in order.
		let _ = std::io::stdout().flush();
	}

	fn lines(&self, network: &Network, watch: &Watch) -> Vec<String> {
		let seconds = self.start.elapsed().as_secs();
		let mut lines = vec![
			String::new(),
			format!(
				"  height {}/{}   finalised {}   tip flips {}   {}:{:02}",
				watch.height,
				self.blocks,
				watch.finalized,
				watch.tip_flips,
				seconds / 60,
				seconds % 60
			),
			String::new(),
		];
		let rewards: Vec<_> = watch.chain.values().map(|header| to_f64(header.reward)).collect();
		lines.push(format!("  reward per block  {}", curve(&rewards, Some((0.0, 1.0)))));
		lines.push(String::new());
		for header in watch.chain.range(watch.height.saturating_sub(LISTED - 1)..).map(|(_, header)| header) {
			let reward = to_f64(header.reward);
			lines.push(format!(
				"  #{:<5} {:<8} {reward:.3} {:<20}  cumulative {:8.3}",
				header.number,
				network.author(&header.author),
				"█".repeat((reward.clamp(0.0, 1.0) * 20.0).round() as usize),
				to_f64(header.cumulative),
			));
		}
		lines.push(String::new());
		lines.push("  worker   blocks  greedy return (first → last)".into());
		for (node, metrics) in network.nodes.iter().zip(&network.metrics) {
			let blocks = watch.chain.values().filter(|header| header.author == node.key).count();
			let (first, last) = match (metrics.returns.first(), metrics.returns.last()) {
				(Some(first), Some(last)) => (format!("{first:.1}"), format!("{last:.1}")),
				_ => ("…".into(), "…".into()),
			};
			lines.push(format!(
				"  {:<8} {blocks:>6}  {first:>9} → {last:<9} {}",
				node.name,
				curve(&metrics.returns, None)
			));
		}
		lines
	}
}

fn returns(network: &Network) -> String {
	let last = |returns: &[f64]| returns.last().map_or("…".into(), |value| format!("{value:.1}"));
	let all: Vec<_> = network.metrics.iter().map(|metrics| last(&metrics.returns)).collect();
	format!("  returns {}", all.join(" "))
}

/// A curve of the last values, between the given bounds or their own.
pub fn curve(values: &[f64], bounds: Option<(f64, f64)>) -> String {
	const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
	let (low, high) = bounds.unwrap_or_else(|| {
		values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
	});
	values[values.len().saturating_sub(CURVE)..]
		.iter()
		.map(|value| {
			let part = if high > low { (value - low) / (high - low) } else { 0.0 };
			LEVELS[((part * 8.0) as usize).min(7)]
		})
		.collect()
}

/// At most [`CURVE`] means of equal stretches of `values`, in their order.
pub fn means(values: &[f64]) -> Vec<f64> {
	let parts = values.len().min(CURVE);
	(0..parts)
		.map(|part| &values[part * values.len() / parts..(part + 1) * values.len() / parts])
		.map(|stretch| stretch.iter().sum::<f64>() / stretch.len() as f64)
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn curve_should_span_its_bounds() {
		assert_eq!(curve(&[0.0, 0.5, 1.0], Some((0.0, 1.0))), "▁▅█");
		assert_eq!(curve(&[-300.0, -100.0], None), "▁█");
		assert_eq!(curve(&[2.0, 2.0], None), "▁▁");
		assert_eq!(curve(&[], None), "");
		assert_eq!(curve(&[1.0; 500], Some((0.0, 1.0))).chars().count(), CURVE);
	}
	#[test]
	fn means_should_cover_all_values_when_there_are_many() {
		let values: Vec<_> = (0..100).map(f64::from).collect();
		let means = means(&values);
		assert_eq!(means.len(), CURVE);
		assert!(means[0] < 2.0 && means[CURVE - 1] > 97.0);
		assert_eq!(super::means(&[1.0, 2.0]), [1.0, 2.0]);
		assert!(super::means(&[]).is_empty());
	}
}
