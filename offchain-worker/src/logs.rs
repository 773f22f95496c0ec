//! The log: text for people or a line of JSON per event, on the standard error and in a file that rotates.

use crate::commands::Failure;
use serde_json::{Map, Value};
use std::{
	fmt,
	fs::{self, File},
	io::{self, IsTerminal, Write},
	path::{Path, PathBuf},
	str::FromStr,
	sync::{Arc, Mutex},
	time::{SystemTime, UNIX_EPOCH},
};
use tracing::{field::Field, field::Visit, Event, Subscriber};
use tracing_subscriber::{
	fmt::{
		format::Writer,
		time::{FormatTime, SystemTime as Clock},
		FmtContext, FormatEvent, FormatFields, MakeWriter,
	},
	layer::SubscriberExt,
	registry::LookupSpan,
	util::SubscriberInitExt,
	EnvFilter, Layer,
};

/// What is logged unless told otherwise.
pub const DEFAULT_FILTER: &str = "warn,mine=info,work=info,control=info";

const DAY: u64 = 24 * 60 * 60;

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
	/// For people.
	Text,
	/// An object a line: time, level, target, message and the event's fields.
	Json,
}

/// When a log file is set aside and a new one begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
	/// Never: something else does it.
	Never,
	/// At midnight, UTC.
	Day,
	/// Before it would have more bytes than this.
	Size(u64),
}

impl FromStr for Rotation {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		match text {
			"never" => return Ok(Self::Never),
			"day" => return Ok(Self::Day),
			_ => (),
		}
		let wrong = || format!("`{text}` is none of: day, never, a size such as 500K, 10M or 1G");
		let digits = text.trim_end_matches(['K', 'M', 'G']);
		let unit = match &text[digits.len()..] {
			"" => 1,
			"K" => 1 << 10,
			"M" => 1 << 20,
			"G" => 1 << 30,
			_ => return Err(wrong()),
		};
		let count: u64 = digits.parse().map_err(|_| wrong())?;
		match count.checked_mul(unit) {
			Some(size) if size > 0 => Ok(Self::Size(size)),
			_ => Err(wrong()),
		}
	}
}

/// The options of the log.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Log")]
pub struct LogArgs {
	/// What is logged: a level (error, warn, info, debug, trace), or targets with levels; RUST_LOG says the same.
	#[arg(long = "log", value_name = "FILTER", default_value = DEFAULT_FILTER)]
	pub filter: String,
	/// How a line looks.
	#[arg(long = "log-format", value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
	pub format: LogFormat,
	/// Log into this file; to the standard error too if that is a terminal.
	#[arg(long = "log-file", value_name = "FILE")]
	pub file: Option<PathBuf>,
	/// When the file is set aside as FILE.1, FILE.1 as FILE.2 and so on: day, never, or a size such as 10M.
	#[arg(long = "log-rotate", value_name = "WHEN", default_value = "day")]
	pub rotate: Rotation,
	/// Files that are kept beside the present one.
	#[arg(long = "log-keep", value_name = "COUNT", default_value_t = 7)]
	pub keep: u32,
}

impl LogArgs {
	/// The filter, checked.
	pub fn filter(&self) -> Result<EnvFilter, Failure> {
		EnvFilter::try_new(&self.filter)
			.map_err(|error| Failure::input("log", format!("--log `{}`: {error}", self.filter)))
	}

	/// Logs from now on. A second call in the same process, as in tests, changes nothing.
	pub fn start(&self) -> Result<(), Failure> {
		let terminal = io::stderr().is_terminal();
		let stderr = (self.file.is_none() || terminal).then(|| self.layer(io::stderr, terminal));
		let file = match &self.file {
			None => None,
			Some(path) => {
				let file = RotatingFile::open(path, self.rotate, self.keep)
					.map_err(|error| Failure::input("log", format!("--log-file {}: {error}", path.display())))?;
				Some(self.layer(file, false))
			}
		};
		let _ = tracing_subscriber::registry().with(self.filter()?).with(stderr).with(file).try_init();
		Ok(())
	}

	fn layer<S, W>(&self, writer: W, colours: bool) -> Box<dyn Layer<S> + Send + Sync>
	where
		S: Subscriber + for<'a> LookupSpan<'a>,
		W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
	{
		let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(colours);
		match self.format {
			LogFormat::Text => layer.boxed(),
			LogFormat::Json => layer.event_format(Json).boxed(),
		}
	}
}

/// Writes an event as an object.
struct Json;

struct Fields(Map<String, Value>);

impl Visit for Fields {
	fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
		self.0.insert(field.name().into(), format!("{value:?}").into());
	}

	fn record_str(&mut self, field: &Field, value: &str) {
		self.0.insert(field.name().into(), value.into());
	}

	fn record_u64(&mut self, field: &Field, value: u64) {
		self.0.insert(field.name().into(), value.into());
	}

	fn record_i64(&mut self, field: &Field, value: i64) {
		self.0.insert(field.name().into(), value.into());
	}

	fn record_f64(&mut self, field: &Field, value: f64) {
		self.0.insert(field.name().into(), value.into());
	}

	fn record_bool(&mut self, field: &Field, value: bool) {
		self.0.insert(field.name().into(), value.into());
	}
}

impl<S, N> FormatEvent<S, N> for Json
where
	S: Subscriber + for<'a> LookupSpan<'a>,
	N: for<'a> FormatFields<'a> + 'static,
{
	fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
		let mut fields = Fields(Map::new());
		event.record(&mut fields);
		let mut time = String::new();
		Clock.format_time(&mut Writer::new(&mut time))?;
		let mut line = Map::new();
		line.insert("time".into(), time.into());
		line.insert("level".into(), event.metadata().level().as_str().into());
		line.insert("target".into(), event.metadata().target().into());
		line.insert("message".into(), fields.0.remove("message").unwrap_or_default());
		line.insert("fields".into(), fields.0.into());
		writeln!(writer, "{}", Value::Object(line))
	}
}

/// A file that is set aside when its time has come. Clones write into the same.
#[derive(Clone, Debug)]
pub struct RotatingFile(Arc<Mutex<Rotating>>);

#[derive(Debug)]
struct Rotating {
	path: PathBuf,
	rotation: Rotation,
	keep: u32,
	file: File,
	size: u64,
	day: u64,
}

fn day(time: SystemTime) -> u64 {
	time.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs() / DAY)
}

impl RotatingFile {
	/// Goes on with a file.
	pub fn open(path: &Path, rotation: Rotation, keep: u32) -> io::Result<Self> {
		if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
			fs::create_dir_all(folder)?;
		}
		let file = append(path)?;
		let metadata = file.metadata()?;
		// What an earlier process wrote yesterday is set aside before the first line of today.
		let day = day(metadata.modified()?);
		let rotating = Rotating { path: path.into(), rotation, keep, file, size: metadata.len(), day };
		Ok(Self(Arc::new(Mutex::new(rotating))))
	}
}

fn append(path: &Path) -> io::Result<File> {
	File::options().create(true).append(true).open(path)
}

/// `path` with a number.
fn numbered(path: &Path, number: u32) -> PathBuf {
	let mut name = path.as_os_str().to_os_string();
	name.push(format!(".{number}"));
	name.into()
}

impl Rotating {
	fn write(&mut self, line: &[u8], today: u64) -> io::Result<()> {
		let due = self.size > 0
			&& match self.rotation {
				Rotation::Never => false,
				Rotation::Day => today != self.day,
				Rotation::Size(limit) => self.size + line.len() as u64 > limit,
			};
		if due {
			self.rotate()?;
		}
		self.day = today;
		self.file.write_all(line)?;
		self.size += line.len() as u64;
		Ok(())
	}

	fn rotate(&mut self) -> io::Result<()> {
		let present = |result: io::Result<()>| match result {
			Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
			_ => Ok(()),
		};
		if self.keep == 0 {
			present(fs::remove_file(&self.path))?;
		} else {
			present(fs::remove_file(numbered(&self.path, self.keep)))?;
			for number in (1..self.keep).rev() {
				present(fs::rename(numbered(&self.path, number), numbered(&self.path, number + 1)))?;
			}
			present(fs::rename(&self.path, numbered(&self.path, 1)))?;
		}
		self.file = append(&self.path)?;
		self.size = 0;
		Ok(())
	}
}

impl Write for &RotatingFile {
	fn write(&mut self, line: &[u8]) -> io::Result<usize> {
		let mut rotating = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
		rotating.write(line, day(SystemTime::now())).map(|()| line.len())
	}

	fn flush(&mut self) -> io::Result<()> {
		Ok(())
	}
}

impl<'a> MakeWriter<'a> for RotatingFile {
	type Writer = &'a RotatingFile;

	fn make_writer(&'a self) -> Self::Writer {
		self
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn names(folder: &Path) -> Vec<String> {
		let mut names: Vec<String> = fs::read_dir(folder)
			.expect("a folder")
			.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
			.collect();
		names.sort();
		names
	}

	#[test]
	fn rotations_should_be_read_as_people_write_them() {
		assert_eq!("day".parse(), Ok(Rotation::Day));
		assert_eq!("never".parse(), Ok(Rotation::Never));
		assert_eq!("10M".parse(), Ok(Rotation::Size(10 << 20)));
		assert_eq!("512".parse(), Ok(Rotation::Size(512)));
		for wrong in ["", "0", "M", "10 M", "10KM", "-1", "weekly", "99999999999G"] {
			assert!(wrong.parse::<Rotation>().is_err(), "{wrong}");
		}
	}

	#[test]
	fn a_full_file_should_be_set_aside_and_the_oldest_dropped() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("deep/worker.log");
		let file = RotatingFile::open(&path, Rotation::Size(10), 2).expect("a file");
		for line in ["first\n", "second\n", "third\n", "fourth\n"] {
			(&file).write_all(line.as_bytes()).expect("a line");
		}
		let read = |name: &str| fs::read_to_string(path.with_file_name(name)).expect("a file");
		assert_eq!(names(path.parent().expect("a folder")), ["worker.log", "worker.log.1", "worker.log.2"]);
		assert_eq!((read("worker.log").as_str(), read("worker.log.2").as_str()), ("fourth\n", "second\n"));
	}

	#[test]
	fn another_day_should_begin_another_file() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("worker.log");
		let file = RotatingFile::open(&path, Rotation::Day, 7).expect("a file");
		let write = |day: u64| file.0.lock().expect("a lock").write(b"line\n", day).expect("a line");
		for day in [20_000, 20_000, 20_001] {
			write(day);
		}
		assert_eq!(names(folder.path()), ["worker.log", "worker.log.1"]);
		assert_eq!(fs::read_to_string(numbered(&path, 1)).expect("a file").lines().count(), 2);
		// A process that starts again goes on with the file.
		let again = RotatingFile::open(&path, Rotation::Never, 7).expect("a file");
		(&again).write_all(b"more\n").expect("a line");
		assert_eq!(fs::read_to_string(&path).expect("a file"), "line\nmore\n");
	}

	#[test]
	fn an_event_should_be_a_line_of_json() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("worker.log");
		let file = RotatingFile::open(&path, Rotation::Never, 0).expect("a file");
		let layer =
			tracing_subscriber::fmt::layer::<tracing_subscriber::Registry>().with_writer(file).event_format(Json);
		tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
			tracing::warn!(target: "mine", height = 7, reward = 0.5, lucky = true, "block \"seven\"");
		});
		let text = fs::read_to_string(&path).expect("a file");
		let line: Value = serde_json::from_str(&text).expect("JSON");
		assert_eq!(line["level"], "WARN");
		assert_eq!(line["message"], "block \"seven\"");
		assert_eq!(line["fields"], serde_json::json!({ "height": 7, "reward": 0.5, "lucky": true }));
		assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
	}
}
