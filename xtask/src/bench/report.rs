//! What a benchmark gives: tables for people, JSON for programs, a picture.

use super::Common;
use crate::process::{self, io_error, Error, Result};
use serde_json::{json, Value};
use std::{fs, path::Path, process::Command};

/// One table.
pub struct Table {
	/// Its title.
	pub title: String,
	/// The columns' names.
	pub columns: Vec<String>,
	/// A row of cells each.
	pub rows: Vec<Vec<String>>,
}

impl Table {
	/// A table without rows.
	pub fn new(title: impl Into<String>, columns: &[&str]) -> Self {
		Self { title: title.into(), columns: columns.iter().map(|column| (*column).into()).collect(), rows: Vec::new() }
	}

	/// Adds a row.
	pub fn row(&mut self, cells: impl IntoIterator<Item = impl ToString>) {
		self.rows.push(cells.into_iter().map(|cell| cell.to_string()).collect());
	}

	/// The table as markdown, its columns aligned.
	pub fn markdown(&self) -> String {
		let widths: Vec<usize> = (0..self.columns.len())
			.map(|at| {
				let cells = self.rows.iter().filter_map(|row| row.get(at)).chain(&self.columns[at..=at]);
				cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
			})
			.collect();
		let line = |cells: &[String]| {
			let padded = cells.iter().zip(&widths).map(|(cell, width)| format!(" {cell:<width$} |"));
			format!("|{}\n", padded.collect::<String>())
		};
		let rule: String = widths.iter().map(|width| format!("{}|", "-".repeat(width + 2))).collect();
		let rows: String = self.rows.iter().map(|row| line(row)).collect();
		format!("**{}**\n\n{}|{rule}\n{rows}", self.title, line(&self.columns))
	}
}

/// The result of a benchmark.
pub struct Report {
	/// Which benchmark.
	pub name: &'static str,
	/// The tables.
	pub tables: Vec<Table>,
	/// What must be said beside them.
	pub notes: Vec<String>,
	/// Everything that was measured.
	pub data: Value,
	/// The picture.
	pub svg: String,
}

impl Report {
	/// Prints the tables and writes the files that were asked for.
	pub fn finish(&self, common: &Common) -> Result {
		let machine = machine();
		println!("\n{machine}{}.\n", if common.quick { ". A quick run, not one to keep" } else { "" });
		for table in &self.tables {
			println!("{}", table.markdown());
		}
		for note in &self.notes {
			println!("{note}");
		}
		let json = json!({
			"benchmark": self.name,
			"date": date(),
			"machine": machine,
			"quick": common.quick,
			"results": self.data,
			"notes": self.notes,
		});
		if let Some(path) = &common.json {
			write(path, &format!("{json:#}\n"))?;
		}
		if let Some(path) = &common.svg {
			write(path, &self.svg)?;
		}
		Ok(())
	}
}

fn write(path: &Path, text: &str) -> Result {
	if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
		fs::create_dir_all(folder).map_err(io_error("create", folder))?;
	}
	fs::write(path, text).map_err(io_error("write", path))
}

fn date() -> String {
	process::output(Command::new("date").args(["-u", "+%F"])).map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// The machine in a sentence: processor, processors, memory.
pub fn machine() -> String {
	let field = |file: &str, name: &str| {
		let text = fs::read_to_string(file).unwrap_or_default();
		let line = text.lines().find_map(|line| line.strip_prefix(name))?.trim_start();
		Some(line.trim_start_matches(':').trim().to_owned())
	};
	let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
	let count = std::thread::available_parallelism().map_or(1, usize::from);
	let memory = field("/proc/meminfo", "MemTotal")
		.and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
		.map_or(String::new(), |kilobytes| format!(", {} GiB of memory", (kilobytes + (1 << 19)) >> 20));
	let system = field("/etc/os-release", "PRETTY_NAME=").unwrap_or_default().replace('"', "");
	format!("{} on {model}, {count} processors{memory}, {system}", date())
}

/// A number for people: three or four digits, with thousands or millions.
pub fn shown(number: f64) -> String {
	match number.abs() {
		size if !size.is_finite() => "-".into(),
		size if size >= 9_999_500.0 => format!("{:.1} M", number / 1e6),
		size if size >= 999_950.0 => format!("{:.2} M", number / 1e6),
		size if size >= 9_999.5 => format!("{:.0} k", number / 1e3),
		size if size >= 999.5 => format!("{:.2} k", number / 1e3),
		size if size >= 99.95 => format!("{number:.0}"),
		size if size >= 9.995 => format!("{number:.1}"),
		_ => format!("{number:.2}"),
	}
}

/// The middle of some numbers; the mean of the two middle ones if they are even in number.
pub fn median(numbers: &[f64]) -> f64 {
	let mut sorted = numbers.to_vec();
	sorted.sort_by(f64::total_cmp);
	match sorted.len() {
		0 => f64::NAN,
		count if count % 2 == 1 => sorted[count / 2],
		count => (sorted[count / 2 - 1] + sorted[count / 2]) / 2.0,
	}
}

/// The number in a field of a child's JSON.
pub fn number(value: &Value, field: &str) -> Result<f64> {
	value[field].as_f64().ok_or_else(|| Error::Failed(format!("a measurement has no number `{field}`: {value}")))
}

/// The last line of a child's output that is JSON.
pub fn last_json(text: &str) -> Result<Value> {
	text.lines()
		.rev()
		.find_map(|line| serde_json::from_str(line.trim()).ok().filter(Value::is_object))
		.ok_or_else(|| Error::Failed(format!("a measurement printed no JSON: {}", text.trim())))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_table_should_align_its_columns() {
		let mut table = Table::new("Speed", &["what", "steps a second"]);
		table.row(["ours", "32.0 M"]);
		table.row(["another", "1"]);
		let expected = "**Speed**\n\n| what    | steps a second |\n|---------|----------------|\n\
			| ours    | 32.0 M         |\n| another | 1              |\n";
		assert_eq!(table.markdown(), expected);
	}

	#[test]
	fn numbers_should_have_three_or_four_digits() {
		let found: Vec<_> = [0.123, 12.34, 123.4, 1_234.0, 160_000.0, 1_234_567.0, 31_600_000.0].map(shown).into();
		assert_eq!(found, ["0.12", "12.3", "123", "1.23 k", "160 k", "1.23 M", "31.6 M"]);
		assert_eq!(shown(f64::INFINITY), "-");
	}

	#[test]
	fn median_should_be_the_middle() {
		assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
		assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
		assert_eq!(median(&[1.0, f64::INFINITY, 2.0]), 2.0);
		assert!(median(&[]).is_nan());
	}

	#[test]
	fn the_last_json_of_an_output_should_be_found() {
		let text = "device: cpu\n{\"a\": 1}\n{\"a\": 2}\n2\n";
		assert_eq!(last_json(text).expect("JSON")["a"], 2);
		assert!(last_json("nothing").is_err());
	}
}
