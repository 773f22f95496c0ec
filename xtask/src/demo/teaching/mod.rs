//! `cargo xtask demo teaching`: MNIST taught on a real local network, with the set-up of DOPA.
//!
//! The student's holdout is the 10,000 test images; five teachers hold the training images 0-10k, 10k-30k, 30k-50k, 50k-55k
//! and 55k-60k. A beacon draws the order of their lessons and two neutral trainers for each, so it differs from run to run.

mod cheat;
mod mnist;
mod report;
mod stage;
mod trainers;

use super::network::{free_ports, Network, Play, Programs};
use crate::{
	process::{self, io_error, Error, Result, Service},
	setup, workspace,
};
use cheat::{Cheat, Purse};
use clap::Args;
use serde_json::Value;
use stage::{height, Stage};
use std::{
	env, fs,
	path::{Path, PathBuf},
	time::{Duration, Instant},
};
use trainers::Trainers;

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

/// That stake as a number.
const STAKE: f64 = 100.0;

/// Blocks of audit and offers.
const PHASES: [&str; 4] = ["--audit-blocks", "20", "--offer-blocks", "40"];

/// Blocks of training a lesson, and of reveal, where nobody lets them pass.
const PHASES_OF_TRAINING: [&str; 4] = ["--train-blocks", "30", "--reveal-blocks", "100"];

/// All of it takes a few minutes.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Between two looks at the session.
const LOOK: Duration = Duration::from_secs(2);

/// Options of `cargo xtask demo teaching`.
#[derive(Args)]
pub struct Options {
	/// Nodes of the network; at most 3 where there are trainers, and 2 where they cheat.
	#[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
	nodes: u8,
	/// The student trains itself, instead of neutral trainers.
	#[arg(long, conflicts_with = "cheat")]
	self_trained: bool,
	/// Somebody cheats: fails if anybody honest loses more than the documents say.
	#[arg(long, value_enum)]
	cheat: Option<Cheat>,
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
	let most = trainers::most_nodes(options.cheat);
	if !options.self_trained && options.nodes > most {
		return Err(Error::Failed(format!("--nodes {}: at most {most}, as the others' accounts train", options.nodes)));
	}
	if let Some(path) = &options.json {
		fs::write(path, "{}\n").map_err(io_error("write", path))?;
	}
	if !options.no_build {
		let tools = setup::run(&setup::Options::for_demo(options.cheat.is_some()))?;
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

fn images(data: &Path, set: &str) -> String {
	format!("{0}/{set}-images-idx3-ubyte,{0}/{set}-labels-idx1-ubyte", data.display())
}

fn teach(options: &Options, programs: &Programs, data: &Path, folder: &Path) -> Result {
	let plays = vec![Play::Random; options.nodes.into()];
	let mut network = Network::start(programs, &plays, folder)?;
	let (url, start) = (network.nodes[0].url.clone(), Instant::now());
	let stage = Stage { worker: &programs.worker, url, folder, start };
	let ports = free_ports(TEACHERS.len())?;
	let purse = match options.cheat {
		Some(cheat) => Some((cheat, Purse::open(programs, &stage, &trainers::accounts(Some(cheat)))?)),
		None => None,
	};
	let trainers = match options.self_trained {
		true => None,
		false => Some((options.seconds, &ports[..], options.cheat)),
	};
	let mut trainers = match trainers {
		Some(how) => Some(Trainers::start(programs, &mut network, &stage, how)?),
		None => None,
	};
	let first = height(&network)?;
	let number = open(options, &stage, data)?;
	println!("Session {number} is open: 10,000 test images, of which 300 are shown for the audit");

	let mut run = stage.command(STUDENT, &["student", "run"]);
	for port in &ports {
		run.args(["--peer", &format!("http://127.0.0.1:{port}")]);
	}
	let mut student = Some(stage.service(STUDENT, &mut run)?);
	let mut teachers = Vec::new();
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
			Some("offering") if teachers.is_empty() => {
				teachers = offer(options, &stage, data, (number, &ports))?;
			}
			// What is left for it to do is to show its holdout.
			Some("training") if options.cheat == Some(Cheat::Student) => {
				if let Some(student) = student.take() {
					println!("The student leaves: it will not show its holdout");
					drop(student);
				}
			}
			_ => {}
		}
		// They end with the session; before, nobody may.
		let trainers = trainers.iter_mut().flat_map(|trainers| &mut trainers.services);
		student.iter_mut().chain(&mut teachers).chain(trainers).try_for_each(Service::check_alive)?;
		stage.check_time(&format!("the session is not over. {}", stage.log(STUDENT).display()))?;
	};
	let (blocks, seconds) = (height(&network)? - first, start.elapsed().as_secs());
	// The student's own account of the session, which it gives when the end is final.
	let settled = match &student {
		Some(_) => stage.event(STUDENT, "settled")?,
		None => Value::Null,
	};
	let mut json = report::json(&session, &settled, &TEACHERS, blocks, seconds);
	if let Some(trainers) = &trainers {
		json["trainers"] = trainers.report(&session);
	}
	report::print(&json);
	let mut faults = Vec::new();
	if let Some((cheat, purse)) = &purse {
		trainers::wait_for_finality(&mut network, &stage)?;
		let (list, found) = purse.close(&stage, *cheat, &session)?;
		cheat::print(&list);
		json["cheat"] = format!("{cheat:?}").to_lowercase().into();
		json["parties"] = list;
		json["faults"] = found.clone().into();
		faults = found;
	}
	if let Some(path) = &options.json {
		fs::write(path, format!("{json:#}\n")).map_err(io_error("write", path))?;
		let picture = path.with_extension("svg");
		let target = env::current_dir().map_err(|error| error.to_string())?.join(&picture);
		stage.session(number, &["--plot", &target.to_string_lossy()])?;
		println!("  written              {}, {}", path.display(), picture.display());
	}
	match faults.is_empty() {
		true => Ok(()),
		false => Err(Error::Failed(format!("not as the documents say:\n  {}", faults.join("\n  ")))),
	}
}

/// Opens the session and gives its number.
fn open(options: &Options, stage: &Stage, data: &Path) -> Result<u64> {
	let (own, seconds) = (images(data, "t10k"), options.seconds.to_string());
	let mut open = stage.command(STUDENT, &["student", "open", "--own", &own, "--hidden", &options.hidden]);
	open.args(["--seconds", &seconds, "--teachers", &TEACHERS.len().to_string()]).args(MONEY).args(PHASES);
	if let Some(cheat) = options.cheat {
		open.args(cheat.phases());
	} else {
		open.args(PHASES_OF_TRAINING);
	}
	if options.self_trained {
		open.arg("--self-train");
	}
	let opened = stage::read(&process::output(&mut open)?, "student open")?;
	Ok(opened["session"].as_u64().ok_or("`student open` names no session")?)
}

/// Starts the teachers.
fn offer(options: &Options, stage: &Stage, data: &Path, (number, ports): (u64, &[u16])) -> Result<Vec<Service>> {
	let mut services = Vec::new();
	for ((account, range), port) in TEACHERS.iter().zip(ports) {
		if options.cheat.is_some_and(|cheat| cheat.offers_by_script(account)) {
			services.push(cheat::offer(stage, account, number)?);
			continue;
		}
		let mut train = images(data, "train");
		if options.cheat == Some(Cheat::Teacher) && *account == cheat::MISLABELLED {
			let labels = cheat::wrong_labels(data, stage.folder)?;
			train = format!("{}/train-images-idx3-ubyte,{labels}", data.display());
		}
		let (lesson, address) = (format!("{train}#{range}"), format!("127.0.0.1:{port}"));
		let mut offer = stage.command(account, &["teach", "offer", &number.to_string(), "--data", &lesson]);
		services.push(stage.service(account, offer.args(["--serve", &address]))?);
	}
	Ok(services)
}
