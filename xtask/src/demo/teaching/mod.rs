//! `cargo xtask demo teaching`: MNIST taught on a real local network, with the set-up of DOPA.
//!
//! The student's holdout is the 10,000 test images; five teachers hold the training images 0-10k, 10k-30k, 30k-50k, 50k-55k
//! and 55k-60k. A beacon draws the order of their lessons, so it differs from run to run.

mod mnist;
mod report;

use super::network::{free_ports, Network, Play, Programs};
use crate::{
	process::{self, io_error, Error, Result, Service},
	setup, workspace,
};
use clap::Args;
use serde_json::Value;
use std::{
	env, fs,
	path::{Path, PathBuf},
	process::Command,
	time::{Duration, Instant},
};

/// The student's account. Authors sign with theirs in every block, so it is none of them.
const STUDENT: &str = "//Alice//stash";

/// The teachers' accounts and their training images.
const TEACHERS: [(&str, &str); 5] = [
	("//Bob//stash", "0-10000"),
	("//Charlie//stash", "10000-30000"),
	("//Dave//stash", "30000-50000"),
	("//Eve//stash", "50000-55000"),
	("//Ferdie//stash", "55000-60000"),
];

/// Tokens: the reward, the fee of a lesson, a teacher's stake.
const MONEY: [&str; 6] = ["--reward", "1000", "--fee", "20", "--stake", "100"];

/// Blocks of audit, offers, training a lesson, and reveal.
const PHASES: [&str; 8] =
	["--audit-blocks", "20", "--offer-blocks", "40", "--train-blocks", "30", "--reveal-blocks", "100"];

/// All of it takes a few minutes.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Between two looks at the session.
const LOOK: Duration = Duration::from_secs(2);

/// Options of `cargo xtask demo teaching`.
#[derive(Args)]
pub struct Options {
	/// Nodes of the network.
	#[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
	nodes: u8,
	/// Widths of the classifier's hidden layers.
	#[arg(long, default_value = "128,64")]
	hidden: String,
	/// Seconds of training for a lesson at most.
	#[arg(long, default_value_t = 45)]
	seconds: u32,
	/// Write the figures here, and a picture beside it.
	#[arg(long, value_name = "FILE")]
	json: Option<PathBuf>,
	/// Keep the folders with databases and logs.
	#[arg(long)]
	keep: bool,
	/// Use the programs as they were built last.
	#[arg(long)]
	no_build: bool,
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	if let Some(path) = &options.json {
		fs::write(path, "{}\n").map_err(io_error("write", path))?;
	}
	if !options.no_build {
		let tools = setup::run(&setup::Options::for_demo(false))?;
		workspace::build(&tools)?;
	}
	let programs = Programs::in_target(&workspace::target()?)?;
	let data = mnist::ensure()?;
	let folder = env::temp_dir().join(format!("praxis-teaching-{}", std::process::id()));
	fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
	let done = teach(options, &programs, &data, &folder);
	match &done {
		Err(Error::Failed(_)) => eprintln!("Kept {}", folder.display()),
		_ if options.keep => println!("Kept {}", folder.display()),
		_ => fs::remove_dir_all(&folder).map_err(io_error("remove", &folder))?,
	}
	done
}

/// What is the same for all that takes part.
struct Stage<'a> {
	worker: &'a Path,
	url: String,
	folder: &'a Path,
}

impl Stage<'_> {
	/// A command of the worker for an account with a folder of its own.
	fn command(&self, account: &str, arguments: &[&str]) -> Command {
		let name = name(account);
		let mut command = workspace::command(self.worker);
		command.args(arguments).args(["--json", "--node", &self.url]).arg("--state").arg(self.folder.join("state"));
		// A key never goes on a command line, which everybody on the machine can read.
		command.env("PRAXIS_KEY", account).env("PRAXIS_STORE", self.folder.join(format!("store-{name}")));
		command
	}

	fn service(&self, account: &str, command: &mut Command) -> Result<Service> {
		let name = name(account);
		Service::start(&name, command, self.folder.join(format!("{name}.log")))
	}

	fn session(&self, number: u64, more: &[&str]) -> Result<Value> {
		let number = number.to_string();
		let mut command = workspace::command(self.worker);
		let text =
			process::output(command.args(["teach", "status", &number, "--json", "--node", &self.url]).args(more))?;
		serde_json::from_str(&text).map_err(|error| Error::Failed(format!("`teach status` printed {text:?}: {error}")))
	}
}

/// A name for files: `alice-stash` of `//Alice//stash`.
fn name(account: &str) -> String {
	account.trim_matches('/').replace("//", "-").to_lowercase()
}

fn images(data: &Path, set: &str) -> String {
	format!("{0}/{set}-images-idx3-ubyte,{0}/{set}-labels-idx1-ubyte", data.display())
}

fn teach(options: &Options, programs: &Programs, data: &Path, folder: &Path) -> Result {
	let plays = vec![Play::Random; options.nodes.into()];
	let mut network = Network::start(programs, &plays, folder)?;
	let stage = Stage { worker: &programs.worker, url: network.nodes[0].url.clone(), folder };
	let start = Instant::now();
	let first = height(&network)?;

	let own = images(data, "t10k");
	let seconds = options.seconds.to_string();
	let mut open = stage.command(STUDENT, &["student", "open", "--own", &own, "--hidden", &options.hidden]);
	open.args(["--seconds", &seconds, "--teachers", &TEACHERS.len().to_string()]).args(MONEY).args(PHASES);
	let opened: Value = serde_json::from_str(&process::output(&mut open)?).map_err(|error| error.to_string())?;
	let number = opened["session"].as_u64().ok_or("`student open` names no session")?;
	println!("Session {number} is open: 10,000 test images, of which 300 are shown for the audit");

	let ports = free_ports(TEACHERS.len())?;
	let mut run = stage.command(STUDENT, &["student", "run"]);
	for port in &ports {
		run.args(["--peer", &format!("http://127.0.0.1:{port}")]);
	}
	let mut services = vec![stage.service(STUDENT, &mut run)?];
	let mut told = String::new();
	let session = loop {
		process::pause(LOOK)?;
		network.check_alive()?;
		let session = stage.session(number, &[])?;
		let line = report::line(&session);
		if line != told {
			println!("{:>5} s  block {:>4}  {line}", start.elapsed().as_secs(), height(&network)?);
			told = line;
		}
		match session["state"].as_str() {
			Some("settled" | "failed" | "forfeited") => break session,
			Some("offering") if services.len() == 1 => {
				let train = images(data, "train");
				for ((account, range), port) in TEACHERS.iter().zip(&ports) {
					let (lesson, address) = (format!("{train}#{range}"), format!("127.0.0.1:{port}"));
					let number = number.to_string();
					let mut offer = stage.command(account, &["teach", "offer", &number, "--data", &lesson]);
					services.push(stage.service(account, offer.args(["--serve", &address]))?);
				}
			}
			_ => {}
		}
		// The student ends with the session; before, nobody may.
		services.iter_mut().try_for_each(Service::check_alive)?;
		if start.elapsed() > LIMIT {
			return Err(Error::Failed(format!("the session is not over. {}", services[0].log_end())));
		}
	};
	let (blocks, seconds) = (height(&network)? - first, start.elapsed().as_secs());
	let log = services[0].log.clone();
	let settled = settled(&log, start)?;
	let json = report::json(&session, &settled, &TEACHERS, blocks, seconds);
	report::print(&json);
	if let Some(path) = &options.json {
		fs::write(path, format!("{json:#}\n")).map_err(io_error("write", path))?;
		let picture = path.with_extension("svg");
		let target = env::current_dir().map_err(|error| error.to_string())?.join(&picture);
		stage.session(number, &["--plot", &target.to_string_lossy()])?;
		println!("  written              {}, {}", path.display(), picture.display());
	}
	Ok(())
}

fn height(network: &Network) -> Result<u64> {
	let header = network.nodes[0].rpc.call("chain_getHeader", serde_json::json!([]))?;
	let number =
		header["number"].as_str().and_then(|number| u64::from_str_radix(number.trim_start_matches("0x"), 16).ok());
	number.ok_or_else(|| Error::Failed(format!("{header} is no header")))
}

/// The student's own account of the session, which it gives when the end is final.
fn settled(log: &Path, start: Instant) -> Result<Value> {
	loop {
		let text = fs::read_to_string(log).map_err(io_error("read", log))?;
		let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
		if let Some(event) = events.into_iter().find(|event| event["event"] == "settled") {
			return Ok(event);
		}
		if start.elapsed() > LIMIT {
			return Err(Error::Failed(format!("the student does not end: {}", log.display())));
		}
		process::pause(LOOK)?;
	}
}
