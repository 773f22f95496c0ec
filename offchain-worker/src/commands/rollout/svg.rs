//! An episode as an animated picture: SVG whose parts move by themselves (SMIL), in any browser.

use praxis_environment::{
	teams::cells::{contains, Cell},
	Episode,
};
use std::fmt::Write;

/// Pixels of a cell of a small grid; a large one gets fewer.
const CELL: f64 = 48.0;
/// Pixels of the longer side at most.
const SIDE: f64 = 640.0;
/// Seconds of a step.
const STEP: f64 = 0.25;
/// Steps for which the end stays.
const REST: usize = 4;
const COLORS: [&str; 4] = ["#c2410c", "#1d4ed8", "#15803d", "#7e22ce"];

/// What does not move, and what does: in cells.
#[derive(Default)]
struct Scene {
	size: (f64, f64),
	/// Lines between two points.
	lines: Vec<[f64; 4]>,
	/// Full cells.
	blocks: Vec<Cell>,
	/// Cells that are marked up to a frame, or for ever.
	tiles: Vec<(Cell, Option<usize>)>,
	/// Goals: the place's middle and the color.
	goals: Vec<(f64, f64, &'static str)>,
	/// Where each agent is in each frame.
	ways: Vec<Vec<(f64, f64)>>,
}

fn middle(cell: &Cell) -> (f64, f64) {
	(f64::from(cell.x) + 0.5, f64::from(cell.y) + 0.5)
}

fn scene(frames: &[Episode]) -> Scene {
	let mut scene = Scene::default();
	let Some(first) = frames.first() else { return scene };
	scene.ways = vec![Vec::new(); first.agents() as usize];
	for frame in frames {
		let places: Vec<(f64, f64)> = match frame {
			Episode::Classic(_) => Vec::new(),
			Episode::MazeCleaning(maze) => maze.places().iter().map(middle).collect(),
			Episode::FleetCoordination(fleet) => fleet.places().iter().map(middle).collect(),
			Episode::TargetLocalization(area) => {
				area.places().iter().map(|place| (f64::from(place.x) * 0.03, f64::from(place.y) * 0.03)).collect()
			}
		};
		for (way, place) in scene.ways.iter_mut().zip(places) {
			way.push(place);
		}
	}
	match first {
		Episode::Classic(_) => {}
		Episode::MazeCleaning(maze) => {
			let (width, height) = maze.size();
			scene.size = (width.into(), height.into());
			for cell in (0..height).flat_map(|y| (0..width).map(move |x| Cell { x, y })) {
				let (x, y) = (f64::from(cell.x), f64::from(cell.y));
				if !maze.open(cell, 0) {
					scene.lines.push([x, y, x + 1.0, y]);
				}
				if !maze.open(cell, 3) {
					scene.lines.push([x, y, x, y + 1.0]);
				}
				if contains(maze.dirty(), cell) {
					let clean =
						|frame: &Episode| matches!(frame, Episode::MazeCleaning(maze) if !contains(maze.dirty(), cell));
					scene.tiles.push((cell, frames.iter().position(clean)));
				}
			}
			let (x, y) = scene.size;
			scene.lines.extend([[0.0, y, x, y], [x, 0.0, x, y]]);
		}
		Episode::FleetCoordination(fleet) => {
			let (width, height) = fleet.size();
			scene.size = (width.into(), height.into());
			let cells = (0..height).flat_map(|y| (0..width).map(move |x| Cell { x, y }));
			scene.blocks = cells.filter(|cell| !contains(fleet.free(), *cell)).collect();
			for (goal, color) in fleet.goals().iter().zip(COLORS) {
				let (x, y) = middle(goal);
				scene.goals.push((x, y, color));
			}
		}
		Episode::TargetLocalization(area) => {
			scene.size = (30.0, 30.0);
			let cells = (0..30).flat_map(|y| (0..30).map(move |x| Cell { x, y }));
			scene.blocks = cells.filter(|cell| area.walls().any(|wall| wall.contains(*cell))).collect();
			let target = area.target();
			scene.goals.push((f64::from(target.x) * 0.03, f64::from(target.y) * 0.03, "#be123c"));
		}
	}
	scene
}

/// The picture of these frames.
pub fn picture(title: &str, frames: &[Episode]) -> String {
	let scene = scene(frames);
	let (width, height) = scene.size;
	let unit = CELL.min(SIDE / width.max(height).max(1.0));
	let all = frames.len() + REST;
	let seconds = all as f64 * STEP;
	let margin = 10.0;
	let at = |cells: f64| format!("{:.1}", margin + cells * unit);
	let title = title.replace('&', "&amp;").replace('<', "&lt;");
	let mut out = format!(
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" width=\"{:.0}\" height=\"{:.0}\">\n\
		 <title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
		width * unit + 2.0 * margin,
		height * unit + 2.0 * margin + 20.0,
		width * unit + 2.0 * margin,
		height * unit + 2.0 * margin + 20.0,
	);
	// Writing to a string cannot fail.
	let _ = writeln!(
		out,
		"<rect x=\"{0}\" y=\"{0}\" width=\"{1:.1}\" height=\"{2:.1}\" fill=\"#f5f5f4\" stroke=\"#44403c\"/>",
		at(0.0),
		width * unit,
		height * unit
	);
	let square = |out: &mut String, cell: &Cell, color: &str, inner: &str| {
		let (x, y) = (at(cell.x.into()), at(cell.y.into()));
		let _ = writeln!(
			out,
			"<rect x=\"{x}\" y=\"{y}\" width=\"{unit:.1}\" height=\"{unit:.1}\" fill=\"{color}\">{inner}</rect>"
		);
	};
	for (cell, until) in &scene.tiles {
		let fades = until.map_or(String::new(), |frame| {
			format!(
				"<animate attributeName=\"opacity\" calcMode=\"discrete\" values=\"1;0\" keyTimes=\"0;{:.4}\" dur=\"{seconds}s\" \
				 repeatCount=\"indefinite\"/>",
				frame as f64 / all as f64
			)
		});
		square(&mut out, cell, "#d6b88a", &fades);
	}
	scene.blocks.iter().for_each(|cell| square(&mut out, cell, "#57534e", ""));
	for [x1, y1, x2, y2] in &scene.lines {
		let _ = writeln!(
			out,
			"<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"#292524\" stroke-width=\"3\" stroke-linecap=\"round\"/>",
			at(*x1),
			at(*y1),
			at(*x2),
			at(*y2)
		);
	}
	let radius = (unit * 0.32).max(6.0);
	for (x, y, color) in &scene.goals {
		let _ = writeln!(
			out,
			"<circle cx=\"{}\" cy=\"{}\" r=\"{:.1}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"4\"/>",
			at(*x),
			at(*y),
			radius * 1.2
		);
	}
	for (way, color) in scene.ways.iter().zip(COLORS) {
		let (Some(start), Some(end)) = (way.first(), way.last()) else { continue };
		let values = |pick: fn(&(f64, f64)) -> f64| {
			let rest = std::iter::repeat_n(end, REST);
			way.iter().chain(rest).map(|place| at(pick(place))).collect::<Vec<_>>().join(";")
		};
		let _ = write!(
			out,
			"<circle cx=\"{}\" cy=\"{}\" r=\"{radius:.1}\" fill=\"{color}\" fill-opacity=\"0.9\">",
			at(start.0),
			at(start.1)
		);
		for (name, values) in [("cx", values(|place| place.0)), ("cy", values(|place| place.1))] {
			let _ = write!(
				out,
				"<animate attributeName=\"{name}\" values=\"{values}\" dur=\"{seconds}s\" repeatCount=\"indefinite\"/>"
			);
		}
		out += "</circle>\n";
	}
	let _ = writeln!(
		out,
		"<text x=\"{}\" y=\"{:.1}\" font-family=\"sans-serif\" font-size=\"14\" fill=\"#292524\">{title}</text>\n</svg>",
		at(0.0),
		height * unit + margin + 22.0
	);
	out
}

#[cfg(test)]
mod tests {
	use super::*;
	use praxis_environment::{teams::heuristic, Seed, TaskEnvironment};

	#[test]
	fn pictures_should_move_every_agent_and_clear_every_cell_that_was_cleaned() {
		for task in &TaskEnvironment::ALL[4..] {
			let mut frames = vec![Episode::start(task, &Seed::from_number(2))];
			while let Some(mut episode) = frames.last().cloned().filter(|episode| !episode.is_over()) {
				let actions: Vec<u8> = (0..task.agents()).map(|agent| heuristic::act(&episode, agent)).collect();
				episode.step(&actions).expect("allowed actions");
				frames.push(episode);
			}
			let picture = picture("a < b", &frames);
			assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n") && picture.contains("a &lt; b"));
			assert_eq!(picture.matches("attributeName=\"cx\"").count(), task.agents() as usize);
			let places = picture.split("attributeName=\"cx\" values=\"").nth(1).and_then(|rest| rest.split('"').next());
			assert_eq!(places.expect("places").split(';').count(), frames.len() + REST);
			if let TaskEnvironment::MazeCleaning { width, height, agents } = task {
				let dirty = usize::from(*width) * usize::from(*height) - usize::from(*agents);
				assert_eq!(picture.matches("attributeName=\"opacity\"").count(), dirty);
			}
			assert_eq!(picture.matches('<').count(), picture.matches('>').count());
		}
	}
}
