//! What /proc says of a process.

use std::fs;

/// A process's processor time and memory at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
	/// Processor time since its start, in seconds, of all threads.
	pub seconds: f64,
	/// Resident memory, in MiB.
	pub resident: f64,
}

/// Clock ticks a second: Linux has shown 100 to user space for as long as there is /proc.
const TICKS: f64 = 100.0;

/// What process `pid` uses; `None` if there is none.
pub fn usage(pid: u32) -> Option<Usage> {
	let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
	let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
	parse(&stat, &status)
}

fn parse(stat: &str, status: &str) -> Option<Usage> {
	// The name in parentheses may hold spaces and parentheses itself.
	let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
	let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
	let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
	let kilobytes: f64 = resident.split_whitespace().next()?.parse().ok()?;
	Some(Usage { seconds: ticks / TICKS, resident: kilobytes / 1024.0 })
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn usage_should_be_read_when_the_name_has_a_parenthesis() {
		let stat = "12 (a) b) S 1 12 12 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 1 0 5 6 7";
		let found = parse(stat, "Name:\ta) b\nVmRSS:\t  2048 kB\n").expect("it parses");
		assert_eq!((found.seconds, found.resident), (2.0, 2.0));
		assert!(parse("12 (a", "").is_none());
		assert!(usage(std::process::id()).is_some_and(|own| own.resident > 0.0));
	}
}
