//! The results as a picture: imports, transfers, growth, below each other.

use super::tables::{part, rest, KINDS};
use crate::bench::{
	picture::{charts, Bars, Chart, Line},
	report::shown,
};
use serde_json::Value;

/// The picture of whatever was measured.
pub fn svg(data: &Value) -> String {
	let mut pictures = Vec::new();
	if data["import"].is_object() {
		pictures.push(imports(data));
	}
	if let Some(nodes) = data["nodes"].as_array() {
		pictures.push(transfers(nodes));
	}
	if data["import"].is_object() {
		pictures.push(growth(data));
	}
	stacked(&pictures)
}

fn imports(data: &Value) -> String {
	let groups = [("total", "the whole import"), ("verify", "verifier"), ("execute", "execution in Wasm")];
	let mut groups: Vec<_> = groups
		.into_iter()
		.map(|(name, text)| (text.to_owned(), KINDS.map(|(kind, _)| part(data, kind, name, "median")).to_vec()))
		.collect();
	groups.push(("fork choice, GRANDPA, database".into(), KINDS.map(|(kind, _)| rest(data, kind)).to_vec()));
	Bars {
		title: "Import of a block, median in milliseconds (logarithmic)",
		series: KINDS.map(|(_, name)| name).to_vec(),
		groups,
	}
	.svg(shown)
}

fn transfers(nodes: &[Value]) -> String {
	let figure = |node: &Value, path: &str| node.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN);
	let all = |path: &str| nodes.iter().map(|node| figure(node, path)).collect::<Vec<_>>();
	Bars {
		title: "Nodes: transfers a second, memory in MiB, start-up in milliseconds (logarithmic)",
		series: nodes.iter().filter_map(|node| node["name"].as_str()).collect(),
		groups: vec![
			("transfers a second".into(), all("/load/transfers_per_second")),
			("memory at idle".into(), all("/idle_resident_mib")),
			("memory under load".into(), all("/load/resident_peak_mib")),
			("start-up".into(), all("/restart_seconds").iter().map(|seconds| seconds * 1e3).collect()),
		],
	}
	.svg(shown)
}

fn growth(data: &Value) -> String {
	let lines = |size: &str| {
		let line = |(kind, name): &(&str, &str)| {
			let looks = data["import"][kind]["growth"].as_array().map(Vec::as_slice).unwrap_or_default();
			let points = looks.iter().filter_map(|look| {
				let (block, kib) = (look["block"].as_f64()?, look[size].as_f64()? / 1024.0);
				Some((block, kib, kib, kib))
			});
			Line { name: (*name).into(), points: points.collect() }
		};
		// A chain of full blocks is too short to stand beside the others.
		KINDS[..2].iter().map(line).collect()
	};
	charts(&[
		Chart { title: "State, KiB", x: "blocks", lines: lines("state_bytes"), goal: None },
		Chart { title: "Database on the disk, KiB", x: "blocks", lines: lines("database_bytes"), goal: None },
	])
}

/// Pictures below each other in one.
fn stacked(pictures: &[String]) -> String {
	let sizes: Vec<(f64, f64)> = pictures.iter().map(|svg| size(svg).unwrap_or((0.0, 0.0))).collect();
	let width = sizes.iter().map(|size| size.0).fold(0.0, f64::max);
	let height: f64 = sizes.iter().map(|size| size.1).sum();
	let mut y = 0.0;
	let mut inner = String::new();
	for (svg, (own_width, own_height)) in pictures.iter().zip(sizes) {
		let placed = format!("<svg y=\"{y}\" width=\"{own_width}\" height=\"{own_height}\"");
		inner += &svg.replacen("<svg", &placed, 1);
		y += own_height;
	}
	format!(
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\">\n\
		 <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n{inner}</svg>\n"
	)
}

/// Width and height in the first view box of a picture.
fn size(svg: &str) -> Option<(f64, f64)> {
	let inside = svg.split_once("viewBox=\"0 0 ")?.1.split_once('"')?.0;
	let (width, height) = inside.split_once(' ')?;
	Some((width.parse().ok()?, height.parse().ok()?))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn pictures_should_stand_below_each_other() {
		let one = "<svg viewBox=\"0 0 30 10\"><circle/></svg>\n".to_owned();
		let other = "<svg viewBox=\"0 0 20 5\"><circle/></svg>\n".to_owned();
		let svg = stacked(&[one, other]);
		assert_eq!(size(&svg), Some((30.0, 15.0)));
		assert!(svg.contains("<svg y=\"10\" width=\"20\" height=\"5\""), "{svg}");
		assert_eq!(svg.matches("</svg>").count(), 3);
	}
}
