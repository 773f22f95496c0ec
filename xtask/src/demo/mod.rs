//! `cargo xtask demo`: a network of real nodes and workers on this machine.

mod header;
mod metrics;
mod network;
mod plot;
mod report;
pub mod rpc;
mod tail;
mod tasks;
mod teaching;
mod view;
mod watch;

use crate::{
	process::{self, io_error, Error, Result},
	setup, workspace,
};
use clap::{Args, Subcommand};
use network::{Network, Play, Programs, ACCOUNTS};
use report::{Memory, Report};
use std::{
	env, fs,
	path::{Path, PathBuf},
	time::{Duration, Instant},
};
use tasks::Tasks;

/// A chain that stands still for this long is broken: slots take 3 s, and empty blocks are blocks.
const STILL: Duration = Duration::from_secs(90);

/// Workers measure their policy once more when they are asked to end.
const WORKERS_GRACE: Duration = Duration::from_secs(60);

const NODES_GRACE: Duration = Duration::from_secs(20);

/// Environment of the chain's oracle on the local chain.
const ENVIRONMENT: &str = "NoisyPendulum-v0";

/// Updates of its network that bring a worker from nothing to a good policy, about. Spread over the first
/// two thirds of a run they leave a first quarter before and a last quarter after the rise.
const LEARNING_UPDATES: u32 = 2_400;

/// Mean greedy return, on the training's own scale, at which the training beforehand ends.
const PRETRAINED_RETURN: &str = "-160";

/// Other demos.
#[derive(Subcommand)]
enum Other {
	/// Have a classifier of handwritten digits taught by five teachers, for pay.
	Teaching(teaching::Options),
}

/// Options of `cargo xtask demo`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
	#[command(subcommand)]
	other: Option<Other>,
	/// Nodes, each with an author and a worker.
	#[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=ACCOUNTS.len() as i64))]
	nodes: u8,
	/// Blocks after which the demo ends, if all tasks are settled.
	#[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(4..))]
	blocks: u32,
	/// The first N workers start from a policy that was trained before; the others play at random and do not learn.
	#[arg(long, value_name = "N", default_value_t = 0)]
	pretrained: u8,
	/// All play at random: the control.
	#[arg(long, conflicts_with = "pretrained")]
	no_learning: bool,
	/// Write the figures here, and a picture beside it.
	#[arg(long, value_name = "FILE")]
	json: Option<PathBuf>,
	/// Keep the folders with databases, logs and metrics.
	#[arg(long)]
	keep: bool,
	/// A learning worker's updates of its network between two blocks, at most; by default such that the
	/// rise spreads over the run.
	#[arg(long, value_name = "N")]
	updates_per_block: Option<u32>,
	/// Post no tasks at the market.
	#[arg(long)]
	no_tasks: bool,
	/// Use the programs as they were built last.
	#[arg(long)]
	no_build: bool,
}

/// Runs the command.
pub fn run(options: &Options) -> Result {
	if let Some(Other::Teaching(options)) = &options.other {
		return teaching::run(options);
	}
	if options.pretrained > options.nodes {
		return Err(Error::Failed(format!(
			"--pretrained {} is more than --nodes {}",
			options.pretrained, options.nodes
		)));
	}
	// A folder that cannot be written is better known before than after.
	if let Some(path) = &options.json {
		fs::write(path, "{}\n").map_err(io_error("write", path))?;
	}
	let tools = setup::run(&setup::Options::for_demo(!options.no_tasks))?;
	if !options.no_build {
		workspace::build(&tools)?;
	}
	let programs = Programs::in_target(&workspace::target()?)?;
	let policy = if options.pretrained > 0 { Some(pretrained(&programs)?) } else { None };
	// Uncapped, a worker would have learnt before anybody has looked.
	let expected = if options.no_tasks { options.blocks } else { options.blocks.max(tasks::BLOCKS) };
	let updates = options.updates_per_block.unwrap_or((LEARNING_UPDATES * 3 / 2 / expected).max(1));
	let plays: Vec<_> = (0..options.nodes)
		.map(|at| match &policy {
			Some(policy) if at < options.pretrained => Play::Pretrained(policy.clone()),
			Some(_) => Play::Random,
			None if options.no_learning => Play::Random,
			None => Play::Learn(updates),
		})
		.collect();

	let folder = env::temp_dir().join(format!("praxis-demo-{}", std::process::id()));
	fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
	let done = play(&programs, &plays, options, &folder).and_then(|report| finish(options, &report));
	match &done {
		// What went wrong is in the logs.
		Err(Error::Failed(_)) => eprintln!("Kept {}", folder.display()),
		_ if options.keep => println!("Kept {}", folder.display()),
		_ => fs::remove_dir_all(&folder).map_err(io_error("remove", &folder))?,
	}
	done
}

/// Runs the network until it has the blocks that are asked for and all tasks are settled. However this ends, no process
/// is left.
fn play(programs: &Programs, plays: &[Play], options: &Options, folder: &Path) -> Result<Report> {
	let mut network = Network::start(programs, plays, folder)?;
	let mut tasks = if options.no_tasks { None } else { Some(Tasks::start(programs, &network, folder)?) };
	let mut watch = watch::Watch::start(&network)?;
	let mut view = view::View::new(options.blocks);
	let mut last_rise = Instant::now();
	let mut last_look = Instant::now();
	while watch.height < options.blocks || tasks.as_ref().is_some_and(|tasks| !tasks.over()) {
		process::pause(Duration::from_millis(100))?;
		if watch.update()? {
			last_rise = Instant::now();
		} else if last_rise.elapsed() > STILL {
			let service = &network.node_services[0];
			return Err(Error::Failed(format!("no new block for {} s. {}", STILL.as_secs(), service.log_end())));
		}
		if last_look.elapsed() >= Duration::from_secs(1) {
			last_look = Instant::now();
			network.check_alive()?;
			if let Some(tasks) = &mut tasks {
				tasks.update()?;
			}
			network.metrics.iter_mut().for_each(metrics::Metrics::update);
			// A node that is too busy to answer now is asked again; one that is gone shows above.
			let _ = watch.update_finalized(&network);
			view.show(&network, &watch, tasks.as_mut());
		}
	}
	view.show(&network, &watch, tasks.as_mut());

	let nodes = Memory::of(&network.node_services);
	let workers = Memory::of(&network.worker_services);
	println!("\nAsking the workers to measure their policies and end");
	let killed = process::stop(&mut network.worker_services, WORKERS_GRACE);
	process::check()?;
	if !killed.is_empty() {
		return Err(Error::Failed(format!("did not end in {} s: {}", WORKERS_GRACE.as_secs(), killed.join(", "))));
	}
	network.metrics.iter_mut().for_each(metrics::Metrics::update);
	// Tasks may have taken longer than the blocks.
	let blocks = if tasks.is_some() { watch.height } else { options.blocks };
	let mut report = report::make(&network, &watch, blocks, &nodes, &workers)?;
	if let Some(outcome) = tasks.and_then(|tasks| tasks.outcome) {
		report.add(outcome);
	}
	let killed = process::stop(&mut network.node_services, NODES_GRACE);
	if !killed.is_empty() {
		return Err(Error::Failed(format!("did not end in {} s: {}", NODES_GRACE.as_secs(), killed.join(", "))));
	}
	Ok(report)
}

fn finish(options: &Options, report: &Report) -> Result {
	report.print();
	if let Some(path) = &options.json {
		fs::write(path, format!("{:#}\n", report.json)).map_err(io_error("write", path))?;
		let picture = path.with_extension("svg");
		fs::write(&picture, plot::svg(&report.blocks)).map_err(io_error("write", &picture))?;
		println!("  written              {}, {}", path.display(), picture.display());
	}
	match report.broken() {
		Some(broken) => Err(Error::Failed(broken)),
		None => Ok(()),
	}
}

/// A policy for the oracle's environment, trained once and then kept.
fn pretrained(programs: &Programs) -> Result<PathBuf> {
	let folder = workspace::cache()?.join("policies").join(ENVIRONMENT);
	let policy = folder.join("policy.safetensors");
	if policy.is_file() {
		println!("The policy trained before: {}", policy.display());
		return Ok(policy);
	}
	println!("Training a policy beforehand; it is kept in {}", folder.display());
	let partial = folder.with_extension("partial");
	fs::create_dir_all(&partial).map_err(io_error("create", &partial))?;
	process::run(
		workspace::command(&programs.worker)
			.args([
				"train",
				"--environment",
				ENVIRONMENT,
				"--seed",
				"1",
				"--until-return",
				PRETRAINED_RETURN,
				"--plain",
				"--out",
			])
			.arg(&partial),
	)?;
	fs::rename(&partial, &folder).map_err(io_error("rename", &partial))?;
	if policy.is_file() {
		Ok(policy)
	} else {
		Err(Error::Failed(format!("the training left no {}", policy.display())))
	}
}
