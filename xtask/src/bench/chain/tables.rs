//! The results as tables.

use crate::bench::report::{shown, Table};
use serde_json::Value;

/// Kinds of blocks: their name in the data, and in the tables.
pub const KINDS: [(&str, &str); 3] =
	[("empty", "empty"), ("steps", "32 steps"), ("full", "32 steps, full of transfers")];

/// Aim of an import of a block with 32 steps, in milliseconds.
const IMPORT_AIM: f64 = 20.0;

/// Parts of an import: their name in the data, and in the table.
const PARTS: [(&str, &str); 7] = [
	("verify", "verifier: seal, VRF, author, native"),
	("initialize", "opening the block: author, VRF and sortition again, in Wasm"),
	("timestamp", "timestamp"),
	("submission", "submission: signature, 32 steps, record"),
	("transfers", "transfers"),
	("finalize_block", "closing it: score, award, storage root"),
	("execute", "the execution in one call"),
];

fn read(value: &Value) -> f64 {
	value.as_f64().unwrap_or(f64::NAN)
}

/// Median or other figure of a part of a kind's imports, in milliseconds.
pub fn part(data: &Value, kind: &str, part: &str, figure: &str) -> f64 {
	read(&data["import"][kind]["parts"][part][figure])
}

/// What the block import does beside the execution, in milliseconds.
pub fn rest(data: &Value, kind: &str) -> f64 {
	part(data, kind, "import", "median") - part(data, kind, "execute", "median")
}

/// Growth of a size between two looks, a thousand blocks, and whether it is extrapolated.
pub fn growth(looks: &Value, size: &str, from: usize) -> Option<f64> {
	let looks = looks.as_array()?;
	let (first, last) = (looks.get(from)?, looks.last()?);
	let blocks = read(&last["block"]) - read(&first["block"]);
	let grown = read(&last[size]) - read(&first[size]);
	(blocks > 0.0 && grown.is_finite()).then(|| grown * 1_000.0 / blocks)
}

fn kib(bytes: f64) -> String {
	format!("{:.1}", bytes / 1024.0)
}

fn milliseconds(value: f64) -> String {
	match value {
		value if !value.is_finite() => "-".into(),
		value if value < 0.1 => format!("{value:.3}"),
		value => format!("{value:.2}"),
	}
}

/// The tables of whatever was measured.
pub fn all(data: &Value) -> Vec<Table> {
	let mut tables = Vec::new();
	if data["import"].is_object() {
		tables.extend([imports(data), parts(data), growths(data)]);
	}
	if data["nodes"].is_array() {
		tables.push(nodes(&data["nodes"]));
	}
	tables
}

fn imports(data: &Value) -> Table {
	let mut table = Table::new(
		"Import of a block, in milliseconds",
		&["block", "extrinsics", "bytes", "blocks", "median", "p99", "aim"],
	);
	for (kind, name) in KINDS {
		let series = &data["import"][kind];
		table.row([
			name.to_owned(),
			series["extrinsics_per_block"].to_string(),
			series["bytes_per_block"].to_string(),
			series["blocks"].to_string(),
			milliseconds(part(data, kind, "total", "median")),
			milliseconds(part(data, kind, "total", "p99")),
			if kind == "steps" { format!("under {IMPORT_AIM}") } else { "-".into() },
		]);
	}
	let program = &data["import"]["program"];
	table.row([
		"32 steps, by `praxis-node import-blocks`".to_owned(),
		"2".into(),
		"-".into(),
		program["blocks"].to_string(),
		format!("{} (mean)", milliseconds(read(&program["ms_per_block"]))),
		"-".into(),
		format!("under {IMPORT_AIM}"),
	]);
	table
}

fn parts(data: &Value) -> Table {
	let mut table = Table::new(
		"Where the time of an import goes: median of each part, in milliseconds",
		&["part", KINDS[0].1, KINDS[1].1, KINDS[2].1],
	);
	let mut row = |name: &str, value: &dyn Fn(&str) -> f64| {
		table.row(std::iter::once(name.to_owned()).chain(KINDS.map(|(kind, _)| milliseconds(value(kind)))));
	};
	for (name, text) in PARTS {
		row(text, &|kind| part(data, kind, name, "median"));
		if name == "submission" {
			let step = read(&data["import"]["wasm_step_ms"]);
			row("of which 32 steps of the pendulum in Wasm", &|kind| {
				if kind == "empty" {
					f64::NAN
				} else {
					32.0 * step
				}
			});
		}
	}
	row("the rest: fork choice, GRANDPA, database", &|kind| rest(data, kind));
	row("finalising an older block, beside", &|kind| part(data, kind, "finalize", "median"));
	table
}

fn growths(data: &Value) -> Table {
	let mut table = Table::new("Growth per 1,000 blocks, in KiB", &["", KINDS[0].1, KINDS[1].1, KINDS[2].1]);
	let mut row = |name: &str, value: &dyn Fn(&Value) -> Option<f64>| {
		let cells = KINDS.map(|(kind, _)| value(&data["import"][kind]["growth"]).map_or("-".into(), kib));
		table.row(std::iter::once(name.to_owned()).chain(cells));
	};
	row("state at genesis, mostly the runtime", &|looks| looks[0]["state_bytes"].as_f64());
	row("growth of the state", &|looks| growth(looks, "state_bytes", 0));
	row("growth of the state in the second half", &|looks| growth(looks, "state_bytes", middle(looks)));
	row("growth of the database's values", &|looks| growth(looks, "value_bytes", 0));
	row("growth of its values in the second half", &|looks| growth(looks, "value_bytes", middle(looks)));
	row("growth of the database with indexes and logs", &|looks| growth(looks, "database_bytes", 0));
	table.row(
		std::iter::once("measured over, blocks".to_owned())
			.chain(KINDS.map(|(kind, _)| data["import"][kind]["blocks"].to_string())),
	);
	table
}

/// The look in the middle of a chain.
fn middle(looks: &Value) -> usize {
	looks.as_array().map_or(0, |looks| looks.len() / 2)
}

/// A row's name, what is read of a node, and how it is shown.
type Row = (&'static str, fn(&Value) -> f64, fn(f64) -> String);

fn two_digits(value: f64) -> String {
	format!("{value:.2}")
}

const NODES: [Row; 12] = [
	("slot, s", |node| read(&node["slot_seconds"]), shown),
	("execution that transfers may take, ms a block", |node| read(&node["budget_ms"]), shown),
	("transfers a second, included and final", |node| read(&node["load"]["transfers_per_second"]), shown),
	("transfers a block", |node| read(&node["load"]["transfers_per_block"]), shown),
	("fewest in a block of the window", |node| read(&node["load"]["fewest_in_a_block"]), shown),
	("processors used under load", |node| read(&node["load"]["processors_used"]), two_digits),
	("processor time a transfer, ms", processor_time, two_digits),
	("from the last block to its finality, s", |node| read(&node["load"]["seconds_to_finality"]), shown),
	("memory at idle, MiB", |node| read(&node["idle_resident_mib"]), shown),
	("most memory under load, MiB", |node| read(&node["load"]["resident_peak_mib"]), shown),
	("first start, s", |node| read(&node["first_start_seconds"]), two_digits),
	("later start, s", |node| read(&node["restart_seconds"]), two_digits),
];

/// Processor time of the node over the transfers of the window, in milliseconds.
fn processor_time(node: &Value) -> f64 {
	let load = &node["load"];
	read(&load["processors_used"]) * read(&load["seconds"]) * 1e3 / read(&load["transfers"])
}

fn nodes(nodes: &Value) -> Table {
	let list = nodes.as_array().map(Vec::as_slice).unwrap_or_default();
	let names = list.iter().filter_map(|node| node["name"].as_str());
	let columns: Vec<String> = std::iter::once("figure".to_owned())
		.chain(names.map(str::to_owned))
		.chain(list.iter().skip(1).filter_map(|node| node["name"].as_str()).map(|name| format!("Praxis : {name}")))
		.collect();
	let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
	let mut table = Table::new("A node of Praxis beside a plain solochain of the same SDK", &columns);
	for (name, value, shown) in NODES {
		let values: Vec<f64> = list.iter().map(value).collect();
		let ratios = values.iter().skip(1).map(|other| format!("{:.2}", values[0] / other));
		table.row(std::iter::once(name.to_owned()).chain(values.iter().map(|value| shown(*value))).chain(ratios));
	}
	table
}

/// What must be said beside the tables.
pub fn notes(data: &Value) -> Vec<String> {
	let mut notes = Vec::new();
	if data["import"].is_object() {
		notes.push(
			"Imports: one thread, a ParityDB on disk, from the sealed block to its database commit; the first 10 blocks \
			 of each chain are left out. The parts are of a second run, because taking a block apart warms the caches; \
			 every extrinsic that is applied alone pays for a call into Wasm. \
			 Figures for 1,000 blocks of fewer are extrapolated. The state keeps the records of 256 blocks and the hashes of \
			 2,400; then it grows no more by itself. The database's indexes are files with holes that fill up to a size."
				.into(),
		);
	}
	if data["nodes"].is_array() {
		notes.push(
			"Nodes: one author, alone, 6,000 transfers kept in flight by a generator on the same machine, pools of 32,768. Transfers a \
			 second are what the weights of a block allow, for each of them: Praxis gives a block a twentieth of the slot, \
			 because every node executes up to 8 candidates a slot."
				.into(),
		);
	}
	notes
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	fn series(total: f64) -> Value {
		let time = |median: f64| json!({ "median": median, "p99": 2.0 * median });
		json!({
			"blocks": 500, "extrinsics_per_block": 2, "bytes_per_block": 600,
			"parts": { "total": time(total), "import": time(total - 1.0), "execute": time(total - 3.0) },
			"growth": [
				{ "block": 0, "state_bytes": 1_024, "database_bytes": 0, "value_bytes": 0 },
				{ "block": 500, "state_bytes": 2_048, "database_bytes": 10_240, "value_bytes": 5_120 },
			],
		})
	}

	fn data() -> Value {
		json!({
			"import": {
				"empty": series(4.0), "steps": series(8.0), "full": series(40.0), "wasm_step_ms": 0.01,
				"program": { "blocks": 500, "ms_per_block": 8.5 },
			},
			"nodes": [
				{ "name": "ours", "load": { "transfers_per_second": 50.0, "transfers": 500, "seconds": 10.0, "processors_used": 0.5 } },
				{ "name": "theirs", "load": { "transfers_per_second": 100.0 } },
			],
		})
	}

	#[test]
	fn growth_should_be_scaled_to_a_thousand_blocks() {
		let data = data();
		let looks = &data["import"]["steps"]["growth"];
		assert_eq!(growth(looks, "state_bytes", 0), Some(2_048.0));
		assert_eq!(growth(looks, "state_bytes", 1), None);
		assert_eq!(growth(looks, "other_bytes", 0), None);
		assert_eq!(growth(&Value::Null, "state_bytes", 0), None);
	}

	#[test]
	fn tables_should_hold_what_was_measured() {
		let text: String = all(&data()).iter().map(Table::markdown).collect();
		assert!(text.contains("| 8.00 "), "{text}");
		assert!(text.contains("8.50 (mean)"), "{text}");
		// Half a processor for 10 s over 500 transfers, and half as many transfers as theirs.
		assert!(text.lines().any(|line| line.starts_with("| processor time a transfer, ms") && line.contains("10.00")));
		assert!(text.lines().any(|line| line.starts_with("| transfers a second") && line.contains("0.50")));
		assert_eq!(rest(&data(), "steps"), 2.0);
	}

	#[test]
	fn parts_that_were_not_measured_should_leave_no_table() {
		assert!(all(&json!({})).is_empty());
		assert!(notes(&json!({})).is_empty());
		assert_eq!(all(&json!({ "nodes": [] })).len(), 1);
	}
}
