//! Where a command's options come from: the command line, else the environment, else one TOML file, else the defaults.
//!
//! What the environment and the file say is put behind the command line as if it had been typed, so a value is read by
//! the same parser wherever it stands. An option of a later layer gives way to one of an earlier that excludes it.
//! Secrets have no place in the file: it names the key's file, which only its owner can read.

use crate::commands::Failure;
use clap::{builder::ArgAction, parser::ValueSource, Arg, ArgMatches, Command};
use serde_json::json;
use std::{
	collections::BTreeSet,
	ffi::OsString,
	fs,
	path::{Path, PathBuf},
};

/// The environment variable that names the configuration file.
pub const FILE_VARIABLE: &str = "PRAXIS_CONFIG";

/// Commands that are configured, the table of the file that does it and the beginning of their variables.
const COMMANDS: [(&str, &str, &str); 5] = [
	("mine", "", "PRAXIS_"),
	("doctor", "", "PRAXIS_"),
	("status", "", "PRAXIS_"),
	("train", "train", "PRAXIS_TRAIN_"),
	("work", "work", "PRAXIS_WORK_"),
];

/// Options that make sense for one call only.
const NEVER: [&str; 10] = ["help", "version", "json", "config", "dry-run", "resume", "watch", "plain", "try", "once"];

/// Options that a command with a table of its own takes from the top of the file too, and from the variables of the top.
/// Not the key, files or ports: those of two workers differ.
fn shared(table: &str) -> &'static [&'static str] {
	match table {
		"train" => &["device"],
		"work" => &["node", "device", "genesis", "log", "log-format", "log-rotate", "log-keep"],
		_ => &[],
	}
}

/// What others call an option.
fn alias(option: &str) -> Option<&'static str> {
	match option {
		"log" => Some("RUST_LOG"),
		"store" => Some("PRAXIS_STORE"),
		_ => None,
	}
}

/// Names that look like secrets.
const SECRETS: [&str; 9] =
	["key", "secret", "phrase", "seed-phrase", "mnemonic", "suri", "password", "private-key", "secret-key"];

/// Largest configuration file that is read, in bytes.
const LARGEST_FILE: u64 = 64 << 10;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
	/// The command line.
	Flag,
	/// This environment variable.
	Environment(String),
	/// The configuration file.
	File,
	/// Nowhere else.
	Default,
}

/// One option's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
	/// The option, without dashes.
	pub option: String,
	/// Its value; nothing where it has none.
	pub value: Option<String>,
	/// Where that comes from.
	pub source: Source,
	/// The option of an earlier layer that excludes it, so that it does not count.
	pub overruled: Option<String>,
}

/// All options of a command.
#[derive(Clone, Debug)]
pub struct Settings {
	/// The command.
	pub command: String,
	/// The file that was read.
	pub file: Option<PathBuf>,
	/// The places where it was looked for.
	pub searched: Vec<PathBuf>,
	/// The options in the order of `--help`.
	pub settings: Vec<Setting>,
	/// What the environment and the file add to the command line.
	added: Vec<(String, OsString)>,
}

/// What the surroundings say. Tests put their own.
pub trait Surroundings {
	/// An environment variable that is set and not empty.
	fn variable(&self, name: &str) -> Option<String>;
	/// Where the file is looked for when nobody names one.
	fn places(&self) -> Vec<PathBuf>;
}

/// The process's own.
pub struct Process;

impl Surroundings for Process {
	fn variable(&self, name: &str) -> Option<String> {
		std::env::var(name).ok().filter(|value| !value.is_empty())
	}

	fn places(&self) -> Vec<PathBuf> {
		let home = self.variable("XDG_CONFIG_HOME").map(PathBuf::from);
		let home = home.or_else(|| self.variable("HOME").map(|home| Path::new(&home).join(".config")));
		let own = home.map(|folder| folder.join("praxis/worker.toml"));
		own.into_iter().chain([PathBuf::from("/etc/praxis/worker.toml")]).collect()
	}
}

fn refuse(message: impl ToString) -> Failure {
	Failure::input("config", message)
}

/// Options of a command that can be configured.
fn options(command: &Command) -> impl Iterator<Item = (&str, &Arg)> {
	let named = command.get_arguments().filter_map(|arg| arg.get_long().map(|long| (long, arg)));
	named.filter(|(long, _)| !NEVER.contains(long))
}

/// The name among `known` that is most like `name`, if one is.
fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
	let likeness = |other: &&str| (strsim::jaro_winkler(name, other) * 1_000.0) as u32;
	known.into_iter().max_by_key(likeness).filter(|other| likeness(other) > 700)
}

/// The file: one table of options, and one for each of `train` and `work`.
#[derive(Debug, Default)]
struct Config {
	table: toml::Table,
}

impl Config {
	fn read(path: &Path, root: &Command) -> Result<Self, Failure> {
		let failed = |error: std::io::Error| refuse(format!("{}: {error}", path.display()));
		if fs::metadata(path).map_err(failed)?.len() > LARGEST_FILE {
			return Err(refuse(format!("{} has more than {LARGEST_FILE} bytes", path.display())));
		}
		let text = fs::read_to_string(path).map_err(failed)?;
		let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
			// Not the error's own text: it quotes the line, and a line may hold what nobody should read.
			let line = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
			let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
			refuse(format!("{}{line} is no TOML: {}", path.display(), error.message()))
		})?;
		let config = Self { table };
		config.check(path, root)?;
		Ok(config)
	}

	/// Refuses names that nothing reads.
	fn check(&self, path: &Path, root: &Command) -> Result<(), Failure> {
		let of = |table: &str| -> BTreeSet<&str> {
			let commands = COMMANDS.iter().filter(|(_, own, _)| *own == table);
			let found = commands.filter_map(|(name, ..)| root.find_subcommand(name));
			found.flat_map(|command| options(command).map(|(long, _)| long)).collect()
		};
		let mut known = of("");
		known.extend(COMMANDS.iter().flat_map(|(_, table, _)| shared(table)));
		for (name, value) in &self.table {
			match value {
				toml::Value::Table(table) if COMMANDS.iter().any(|(_, own, _)| own == name) => {
					let known = of(name);
					table.keys().try_for_each(|key| check_name(path, &format!("[{name}] "), key, &known))?;
				}
				_ => check_name(path, "", name, &known)?,
			}
		}
		Ok(())
	}

	fn value(&self, path: &Path, table: &str, option: &str) -> Result<Option<String>, Failure> {
		let own = match table {
			"" => None,
			table => self.table.get(table).and_then(|table| table.get(option)),
		};
		let shared = table.is_empty() || shared(table).contains(&option);
		let Some(value) = own.or_else(|| self.table.get(option).filter(|_| shared)) else { return Ok(None) };
		text(value).map(Some).ok_or_else(|| {
			refuse(format!("{}: `{option}` is neither text, number, true or false, nor a list", path.display()))
		})
	}
}

fn check_name(path: &Path, table: &str, name: &str, known: &BTreeSet<&str>) -> Result<(), Failure> {
	if known.contains(name) {
		return Ok(());
	}
	if SECRETS.contains(&name.replace('_', "-").to_lowercase().as_str()) {
		return Err(refuse(format!(
			"{}: {table}`{name}`: a secret does not belong here; put it into a file of mode 0600 and name that: key-file = \"…\"",
			path.display()
		)));
	}
	let hint = nearest(name, known.iter().copied()).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
	Err(refuse(format!("{}: {table}`{name}` is not an option{hint}", path.display())))
}

fn text(value: &toml::Value) -> Option<String> {
	Some(match value {
		toml::Value::String(text) => text.clone(),
		toml::Value::Integer(number) => number.to_string(),
		toml::Value::Float(number) => number.to_string(),
		toml::Value::Boolean(yes) => yes.to_string(),
		toml::Value::Array(values) => values.iter().map(text).collect::<Option<Vec<_>>>()?.join(","),
		toml::Value::Datetime(_) | toml::Value::Table(_) => return None,
	})
}

/// What an option without a value is when it is given as text.
fn switch(option: &str, from: &str, text: &str) -> Result<bool, Failure> {
	match text.to_lowercase().as_str() {
		"true" | "1" | "yes" | "on" => Ok(true),
		"false" | "0" | "no" | "off" => Ok(false),
		_ => Err(refuse(format!("{from}: `{option}` is true or false, not `{text}`"))),
	}
}

/// Whether either of two options excludes the other.
fn exclude(command: &Command, one: &Arg, other: &Arg) -> bool {
	let names = |arg| command.get_arg_conflicts_with(arg);
	names(one).iter().any(|arg| arg.get_id() == other.get_id())
		|| names(other).iter().any(|arg| arg.get_id() == one.get_id())
}

impl Settings {
	/// Resolves the options of the command that stands in `argv`. Nothing where it has none to configure, or where the
	/// line is one that clap refuses or answers by itself.
	pub fn of_line(root: &Command, argv: &[OsString], around: &dyn Surroundings) -> Result<Option<Self>, Failure> {
		let Ok(matches) = root.clone().ignore_errors(true).try_get_matches_from(argv) else { return Ok(None) };
		match matches.subcommand() {
			Some((name, line)) if COMMANDS.iter().any(|(known, ..)| *known == name) => {
				Self::resolve(root, name, line, around).map(Some)
			}
			_ => Ok(None),
		}
	}

	/// Resolves the options of a command.
	pub fn resolve(root: &Command, name: &str, line: &ArgMatches, around: &dyn Surroundings) -> Result<Self, Failure> {
		let (Some((_, table, prefix)), Some(command)) =
			(COMMANDS.iter().find(|(known, ..)| *known == name), root.find_subcommand(name))
		else {
			return Err(refuse(format!("`{name}` has nothing to configure")));
		};
		let named = line.try_get_one::<PathBuf>("config").ok().flatten().cloned();
		let named = named.or_else(|| around.variable(FILE_VARIABLE).map(PathBuf::from));
		let searched = named.clone().map_or_else(|| around.places(), |file| vec![file]);
		// A file that was named must be there.
		let file = searched.iter().find(|path| named.is_some() || path.is_file()).cloned();
		let config = file.as_deref().map(|path| Config::read(path, root)).transpose()?.unwrap_or_default();
		let path = file.clone().unwrap_or_default();

		let mut taken: Vec<(&Arg, u8)> =
			options(command).filter(|(_, arg)| given(line, arg).is_some()).map(|(_, arg)| (arg, 0)).collect();
		let mut settings = Self { command: name.into(), file, searched, settings: Vec::new(), added: Vec::new() };
		let mut found = Vec::new();
		for (long, arg) in options(command) {
			let name = long.replace('-', "_").to_uppercase();
			let top = shared(table).contains(&long).then(|| format!("PRAXIS_{name}"));
			let mut variables =
				[Some(format!("{prefix}{name}")), top, alias(long).map(String::from)].into_iter().flatten();
			let set = variables.find_map(|variable| around.variable(&variable).map(|value| (variable, value)));
			let value = match (given(line, arg), set) {
				(Some(value), _) => (Some(value), Source::Flag, 0),
				(None, Some((variable, value))) => (Some(value), Source::Environment(variable), 1),
				(None, None) => match config.value(&path, table, long)? {
					Some(value) => (Some(value), Source::File, 2),
					None => {
						let defaults: Vec<_> =
							arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
						((!defaults.is_empty()).then(|| defaults.join(",")), Source::Default, 3)
					}
				},
			};
			found.push((long, arg, value));
		}
		// The environment goes before the file, whatever their order in the help.
		for layer in [1, 2] {
			for (long, arg, (value, source, _)) in found.iter().filter(|(_, _, (_, _, of))| *of == layer) {
				let value = value.clone().unwrap_or_default();
				let from = match source {
					Source::Environment(variable) => variable.clone(),
					_ => path.display().to_string(),
				};
				let off = arg
					.get_action()
					.takes_values()
					.then_some(false)
					.map_or_else(|| switch(long, &from, &value).map(|on| !on), Ok)?;
				let earlier = taken.iter().find(|(other, of)| *of < layer && exclude(command, arg, other));
				if let (Some((earlier, _)), false) = (earlier, off) {
					let overruled = earlier.get_long().map(str::to_string);
					settings.note(long, Some(value), source.clone(), overruled);
					continue;
				}
				if !off {
					let typed = match arg.get_action() {
						ArgAction::SetTrue => format!("--{long}"),
						_ => format!("--{long}={value}"),
					};
					settings.added.push((from, typed.into()));
					taken.push((arg, layer));
				}
				settings.note(long, Some(value), source.clone(), None);
			}
		}
		for (long, _, (value, source, layer)) in found {
			if layer == 0 || layer == 3 {
				settings.note(long, value, source, None);
			}
		}
		let order: Vec<&str> = options(command).map(|(long, _)| long).collect();
		settings.settings.sort_by_key(|setting| order.iter().position(|long| *long == setting.option));
		Ok(settings)
	}

	fn note(&mut self, option: &str, value: Option<String>, source: Source, overruled: Option<String>) {
		self.settings.push(Setting { option: option.into(), value, source, overruled });
	}

	/// The command line with what the environment and the file add.
	pub fn complete(&self, argv: &[OsString]) -> Vec<OsString> {
		argv.iter().cloned().chain(self.added.iter().map(|(_, typed)| typed.clone())).collect()
	}

	/// Whether somebody gave the option, anywhere.
	pub fn is_set(&self, option: &str) -> bool {
		let found = self.settings.iter().find(|setting| setting.option == option);
		found.is_some_and(|setting| setting.source != Source::Default)
	}

	/// Adds to a complaint of clap's where the value came from, if it did not stand on the command line.
	pub fn explain(&self, complaint: &str) -> Option<String> {
		let about = |typed: &OsString| {
			let typed = typed.to_string_lossy();
			let option = typed.split('=').next().unwrap_or_default();
			complaint.contains(&format!("'{option} ")) || complaint.contains(&format!("'{option}'"))
		};
		let found = self.added.iter().find(|(_, typed)| about(typed));
		found.map(|(from, typed)| format!("`{}` comes from {from}", typed.to_string_lossy()))
	}

	/// As an object: `{command, file, searched, settings: [{option, value, source, from, overruled_by}]}`.
	pub fn json(&self) -> serde_json::Value {
		let settings: Vec<_> = self
			.settings
			.iter()
			.map(|setting| {
				let (source, from) = match &setting.source {
					Source::Flag => ("flag", None),
					Source::Environment(variable) => ("environment", Some(variable.clone())),
					Source::File => ("file", self.file.as_ref().map(|file| file.display().to_string())),
					Source::Default => ("default", None),
				};
				json!({
					"option": setting.option,
					"value": setting.value,
					"source": source,
					"from": from,
					"overruled_by": setting.overruled,
				})
			})
			.collect();
		json!({ "command": self.command, "file": self.file, "searched": self.searched, "settings": settings })
	}

	/// Writes them for people.
	pub fn print(&self) {
		match &self.file {
			Some(file) => println!("# {} reads {}", self.command, file.display()),
			None => {
				let searched: Vec<_> = self.searched.iter().map(|path| path.display().to_string()).collect();
				println!("# {} reads no file; looked for {}", self.command, searched.join(" and "));
			}
		}
		let width = self.settings.iter().map(|setting| setting.option.len()).max().unwrap_or_default();
		for setting in &self.settings {
			let source = match &setting.source {
				Source::Flag => "command line".to_string(),
				Source::Environment(variable) => variable.clone(),
				Source::File => "file".into(),
				Source::Default => "default".into(),
			};
			let overruled = setting.overruled.as_ref().map(|by| format!(", overruled by --{by}")).unwrap_or_default();
			let value = setting.value.as_deref().unwrap_or("-");
			println!("{:width$}  {value:<28}  {source}{overruled}", setting.option);
		}
	}
}

/// The value that stands on the command line.
fn given(line: &ArgMatches, arg: &Arg) -> Option<String> {
	let id = arg.get_id().as_str();
	if line.value_source(id) != Some(ValueSource::CommandLine) {
		return None;
	}
	let raw: Vec<_> = line.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy()).collect();
	Some(if raw.is_empty() { "true".into() } else { raw.join(",") })
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
