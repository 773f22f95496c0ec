//! Tasks of the market beside the mining: a requester posts them through polkadot.js, an honest worker and a cheater
//! compete, the chain judges and pays.
//!
//! | who | what runs |
//! |---|---|
//! | requester | `tests/polkadot-js/demo/requester.js` |
//! | honest worker | `praxis-worker work`, and `store serve` on its store; registered by `register.js` |
//! | cheater | `cheater.js` with policies that nobody trained, and `store serve` on its store |

mod cheat;
mod models;
mod outcome;
mod wanted;

use super::{
	network::{address, free_ports, Network, Programs},
	report::tokens,
	tail::Tail,
};
use crate::{
	process::{self, io_error, Error, Result, Service},
	workspace,
};
pub use outcome::Outcome;
use serde_json::{json, Value};
use std::{
	collections::BTreeMap,
	fs,
	path::{Path, PathBuf},
	process::Command,
	time::{Duration, Instant},
};
use wanted::TASKS;

/// Blocks in which all tasks are settled, about: for what is spread over a run.
pub const BLOCKS: u32 = 90;

/// Within this both workers are registered. Nodes that have just started still compile their runtime.
const REGISTER_LIMIT: Duration = Duration::from_secs(180);

/// Within this all tasks are settled: twice the blocks of all their phases.
const SETTLE_LIMIT: Duration = Duration::from_secs(900);

/// What the workers ask, in tokens. Both are below what the tasks offer.
const HONEST_PRICE: u32 = 8;
const CHEATER_PRICE: u32 = 6;

/// Development accounts that have money and author no blocks, and keys for the workers' machines.
const REQUESTER: &str = "//Alice//stash";
const HONEST: [&str; 2] = ["//Bob//stash", "//Bob//stash//operator"];
const CHEATER: [&str; 2] = ["//Charlie//stash", "//Charlie//stash//operator"];

/// What the two workers are called.
pub const ROLES: [&str; 2] = ["honest", "cheater"];

/// A task, as far as it is shown while it runs.
struct Shown {
	task: Value,
	environment: &'static str,
	text: String,
}

enum Stage {
	/// The honest worker's registration runs, and the cheater registers itself.
	Registering(Service),
	/// The requester follows its tasks.
	Running(Service),
	/// All is known, and nothing of it runs any more.
	Over,
}

/// The tasks and the processes that belong to them.
pub struct Tasks {
	worker: PathBuf,
	folder: PathBuf,
	urls: [String; 2],
	/// Gateways and the cheater, later the honest worker too: what runs until the end.
	services: Vec<Service>,
	stage: Stage,
	since: Instant,
	/// What requester, registration and cheater, and what the honest worker says.
	tails: [Tail; 4],
	/// Accounts of the workers' owners.
	owners: BTreeMap<&'static str, String>,
	shown: Vec<Shown>,
	/// Lines for where nothing is drawn again.
	news: Vec<String>,
	results: Vec<Value>,
	accounts: Vec<Value>,
	/// What came out, at the end.
	pub outcome: Option<Outcome>,
}

/// Runs the worker's program, which prints JSON last. `options` follow on `words`.
fn worker_json(worker: &Path, words: &[&str], options: &[&str]) -> Result<Value> {
	let mut command = workspace::command(worker);
	command.args(words).args(options).arg("--json").env("OMP_NUM_THREADS", "1");
	let text = process::output(&mut command)?;
	let last = text.lines().last().unwrap_or_default();
	serde_json::from_str(last)
		.map_err(|error| Error::Failed(format!("`{}` printed {last:?}: {error}", words.join(" "))))
}

/// Runs a command of `praxis-worker store`.
fn store(worker: &Path, folder: &Path, words: &[&str]) -> Result<Value> {
	let folder = folder.to_string_lossy();
	worker_json(worker, &["store"], &[words, &["--store", &folder]].concat())
}

/// A script of the demo, connected to a node.
pub fn script(name: &str, url: &str) -> Command {
	let mut command = workspace::command("node");
	command.arg(name).env("PRAXIS_WS", url).current_dir(workspace::root().join("tests/polkadot-js/demo"));
	command
}

/// A worker's command with less of the processors than the mining beside it.
fn modest(worker: &Path) -> Command {
	let mut command = workspace::command("nice");
	command.args(["-n", "5"]).arg(worker).env("OMP_NUM_THREADS", "1");
	command
}

impl Tasks {
	/// Registers the workers on the running network. The tasks are posted later, by [`Tasks::update`].
	pub fn start(programs: &Programs, network: &Network, folder: &Path) -> Result<Self> {
		let worker = programs.worker.clone();
		let folder = folder.join("tasks");
		let stores = ROLES.map(|role| folder.join(format!("{role}-store")));
		fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
		let file = |name: &str| folder.join(name);
		let url = |at: usize| network.nodes[at % network.nodes.len()].url.clone();

		let mut services = Vec::new();
		let mut endpoints = Vec::new();
		for ((role, store), port) in ROLES.iter().zip(&stores).zip(free_ports(2)?) {
			let mut serve = modest(&worker);
			serve.args(["store", "serve", "--listen", &format!("127.0.0.1:{port}"), "--store"]).arg(store);
			services.push(Service::start(
				format!("gateway of the {role} worker"),
				&mut serve,
				file(&format!("{role}-gateway.log")),
			)?);
			endpoints.push(format!("http://127.0.0.1:{port}"));
		}
		let creator = address(programs, CHEATER[0])?;
		let policies = TASKS
			.iter()
			.enumerate()
			.map(|(at, wanted)| cheat::make(&worker, wanted, &file(&format!("cheat-{at}")), &stores[1], &creator))
			.collect::<Result<Vec<_>>>()?;
		let cheats = file("cheats.json");
		let json = json!({ "endpoint": endpoints[1], "price": CHEATER_PRICE, "policies": policies });
		fs::write(&cheats, json.to_string()).map_err(io_error("write", &cheats))?;
		let tasks = file("tasks.json");
		let json: Value = TASKS.iter().map(wanted::Wanted::json).collect();
		fs::write(&tasks, json.to_string()).map_err(io_error("write", &tasks))?;

		// A key never goes on a command line, which everybody on the machine can read.
		let keys = |command: &mut Command, [owner, operator]: [&str; 2]| {
			command.env("PRAXIS_OWNER", owner).env("PRAXIS_OPERATOR", operator);
		};
		let mut cheater = script("cheater.js", &url(2));
		keys(cheater.arg(&cheats), CHEATER);
		let mut register = script("register.js", &url(1));
		keys(register.arg(&endpoints[0]), HONEST);
		let logs = ["requester.log", "register.log", "cheater.log", "honest.log"].map(file);
		services.push(Service::start("the cheater's script", &mut cheater, logs[2].clone())?);
		let registering = Service::start("the registration of the honest worker", &mut register, logs[1].clone())?;
		println!("Registering two workers of the task market");
		Ok(Self {
			urls: [url(0), url(1)],
			worker,
			services,
			stage: Stage::Registering(registering),
			since: Instant::now(),
			tails: logs.map(Tail::new),
			owners: BTreeMap::new(),
			shown: Vec::new(),
			news: Vec::new(),
			results: Vec::new(),
			accounts: Vec::new(),
			outcome: None,
			folder,
		})
	}

	/// Whether all is done.
	pub fn over(&self) -> bool {
		matches!(self.stage, Stage::Over)
	}

	/// Does what is next.
	pub fn update(&mut self) -> Result {
		self.listen()?;
		match &mut self.stage {
			Stage::Registering(service) => {
				let ended = service.ended().is_some_and(|status| status.success());
				if ended && self.owners.len() == ROLES.len() {
					self.begin()?;
				} else if !ended {
					service.check_alive()?;
				}
				self.check_time(REGISTER_LIMIT, "the workers were not registered")?;
			}
			Stage::Running(service) => match service.ended() {
				Some(status) if status.success() => self.conclude()?,
				Some(_) => service.check_alive()?,
				None => self.check_time(SETTLE_LIMIT, "the tasks were not settled")?,
			},
			Stage::Over => return Ok(()),
		}
		self.services.iter_mut().try_for_each(Service::check_alive)
	}

	fn check_time(&self, limit: Duration, what: &str) -> Result {
		if self.since.elapsed() < limit {
			return Ok(());
		}
		let states: Vec<_> = self.lines();
		Err(Error::Failed(format!("{what} in {} s:\n{}", limit.as_secs(), states.join("\n"))))
	}

	/// Both are registered: the honest one starts to work, and the tasks are posted.
	fn begin(&mut self) -> Result {
		let file = |name: &str| self.folder.join(name);
		let environments: Vec<_> = TASKS.iter().map(|wanted| wanted.environment).collect();
		let mut work = modest(&self.worker);
		work.args(["work", "--node", &self.urls[1], "--environments", &environments.join(","), "--control", "off"])
			.args(["--price", &HONEST_PRICE.to_string(), "--max-tasks", "2", "--device", "cpu", "--json"])
			.arg("--state")
			.arg(file("honest-state"))
			.arg("--store")
			.arg(file("honest-store"))
			.env("PRAXIS_KEY", HONEST[1]);
		self.services.push(Service::start("the honest worker", &mut work, file("honest.log"))?);
		let mut requester = script("requester.js", &self.urls[0]);
		requester.arg(file("tasks.json")).env("PRAXIS_KEY", REQUESTER);
		self.stage = Stage::Running(Service::start("the requester's script", &mut requester, file("requester.log"))?);
		self.since = Instant::now();
		Ok(())
	}

	/// Takes in what the processes said.
	fn listen(&mut self) -> Result {
		let events: Vec<_> = self.tails.iter_mut().map(Tail::take).collect();
		for (role, event) in ROLES
			.iter()
			.zip(events[1..].iter())
			.flat_map(|(role, events)| events.iter().map(move |event| (*role, event)))
		{
			if event["event"] == "registered" {
				self.owners.extend(event["owner"].as_str().map(|owner| (role, owner.to_owned())));
			}
		}
		for event in &events[0] {
			match event["event"].as_str() {
				Some("posted") => self.posted(event),
				Some("state") => self.state(event),
				Some("result") => self.results.push(event.clone()),
				Some("done") => self.accounts = event["accounts"].as_array().cloned().unwrap_or_default(),
				_ => {}
			}
		}
		for event in &events[3] {
			if event["event"] == "progress" {
				let best = event["best"].as_f64().unwrap_or(f64::NAN);
				let training = |shown: &&mut Shown| shown.task == event["task"] && shown.text.starts_with("training");
				if let Some(shown) = self.shown.iter_mut().find(training) {
					shown.text = format!("training: step {}, best return {best:.1}", event["step"]);
				}
			}
		}
		Ok(())
	}

	fn posted(&mut self, event: &Value) {
		if let Some(wanted) = TASKS.get(self.shown.len()) {
			self.news.push(format!("task {}: {}, target {}", event["task"], wanted.environment, wanted.target));
			self.shown.push(Shown {
				task: event["task"].clone(),
				environment: wanted.environment,
				text: "posted".into(),
			});
		}
	}

	fn state(&mut self, event: &Value) {
		let number = |name: &str| event[name].as_u64().unwrap_or(0);
		let (workers, commits, reveals) = (number("workers"), number("commits"), number("reveals"));
		let text = match event["state"].as_str().unwrap_or_default() {
			"Open" => format!("open, {} applied", number("applicants")),
			"Drawing" => "lots are drawn".into(),
			"Assigned" => format!("training, {commits} of {workers} committed"),
			"Committed" => format!("committed, {reveals} of {workers} revealed"),
			"Evaluating" => "the chain judges".into(),
			"Settled" => format!("settled: {}", self.payments(&event["paid"])),
			other => other.to_lowercase(),
		};
		self.news.push(format!("task {} at block {}: {text}", event["task"], event["height"]));
		if let Some(shown) = self.shown.iter_mut().find(|shown| shown.task == event["task"]) {
			shown.text = text;
		}
	}

	/// Who got what of a settled task.
	fn payments(&self, paid: &Value) -> String {
		let of = |role: &str| {
			let owner = self.owners.get(role)?;
			let payment = paid.as_array()?.iter().find(|payment| payment["owner"] == *owner)?;
			Some(format!("{role} {} PRX", tokens(&payment["paid"])))
		};
		ROLES.iter().filter_map(|role| of(role)).collect::<Vec<_>>().join(", ")
	}

	/// All tasks are finished: fetches their models, and works out what came out.
	fn conclude(&mut self) -> Result {
		// The script's last lines came with its end.
		self.listen()?;
		let mut faults = Vec::new();
		let mut cids = Vec::new();
		let assignments = self.results.iter().flat_map(|result| {
			let chosen = result["assignments"].as_array().into_iter().flatten();
			chosen.map(move |assignment| (&result["environment"], &assignment["model"]))
		});
		for (environment, model) in assignments.filter(|(_, model)| model.is_object()) {
			let folder = self.folder.join(format!("fetched-{}", cids.len()));
			match models::check(&self.worker, model, environment.as_str().unwrap_or_default(), &folder) {
				Err(Error::Failed(fault)) => faults.push(fault),
				other => other?,
			}
			cids.push(model["cid"].clone());
		}
		self.outcome = Some(Outcome::new(&self.owners, &self.results, &self.accounts, cids, faults));
		self.stage = Stage::Over;
		// Their processors belong to the mining from now on.
		process::stop(&mut self.services, Duration::from_secs(10));
		self.services.clear();
		self.news.push("all tasks are settled, and their models were fetched".into());
		Ok(())
	}

	/// What is new since the last call, in lines.
	pub fn news(&mut self) -> Vec<String> {
		std::mem::take(&mut self.news)
	}

	/// How far the tasks are, in lines.
	pub fn lines(&self) -> Vec<String> {
		if self.shown.is_empty() {
			return vec!["  two workers of the task market register".into()];
		}
		self.shown.iter().map(|shown| format!("  {:<23} {}", shown.environment, shown.text)).collect()
	}
}
