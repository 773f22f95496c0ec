//! Every environment against Gymnasium itself: recorded by `gymnasium/record.py`, repeated by `praxis-environment`.
//!
//! The first test that runs makes a Python environment with the packages of `gymnasium/requirements.txt` and records,
//! both in the user's cache folder; later runs use what is there. It needs `python3` with its `venv` and, once, PyPI.
//! `cargo test -p praxis-tests --test gymnasium -- --nocapture` prints the greatest deviations.

use praxis_environment::{AnyState, EnvironmentId, Error, Real};
use praxis_tests::python;
use std::{
	fs,
	path::{Path, PathBuf},
	process::Command,
	sync::OnceLock,
};

/// Greatest deviation that is allowed, in every variable's own unit.
const TOLERANCE: f64 = 1e-6;
/// Steps for which a whole episode's deviation stays within it without correcting the state.
const FREE_STEPS: u32 = 20;
/// Episodes that are recorded.
const EPISODES: u32 = 200;

/// One recorded step.
struct Step {
	episode: u32,
	number: u32,
	action: u32,
	before: Vec<f64>,
	after: Vec<f64>,
	reward: f64,
	terminated: bool,
	truncated: bool,
}

/// The folder with the recordings of this version of the script and of these packages.
fn recordings() -> &'static Path {
	static FOLDER: OnceLock<PathBuf> = OnceLock::new();
	FOLDER.get_or_init(|| record().unwrap_or_else(|error| panic!("cannot record Gymnasium: {error}")))
}

fn record() -> Result<PathBuf, String> {
	let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("gymnasium");
	let (script, requirements) = (sources.join("record.py"), sources.join("requirements.txt"));
	let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
	let version = read(&script)? + &read(&requirements)?;
	let cache = python::cache("gymnasium");
	let folder = cache.join("recordings");
	let stamp = folder.join("version");
	if fs::read_to_string(&stamp).is_ok_and(|found| found == version) {
		return Ok(folder);
	}
	fs::create_dir_all(&cache).map_err(|error| error.to_string())?;
	let python = python::interpreter(&cache, &requirements, &[])?;
	python::run(Command::new(python).arg(&script).arg("--out").arg(&folder))?;
	// Last, so that an interrupted recording does not count.
	fs::write(&stamp, version).map_err(|error| error.to_string())?;
	Ok(folder)
}

fn read(id: EnvironmentId, kind: &str) -> Vec<Step> {
	let path = recordings().join(format!("{id}.{kind}.csv"));
	let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
	let mut lines = text.lines();
	let width = lines.next().expect("a header").split(',').filter(|name| name.starts_with("before")).count();
	let number = |field: &str| field.parse::<f64>().expect("a number");
	let integer = |field: &str| field.parse::<u32>().expect("an integer");
	lines
		.map(|line| {
			let fields: Vec<&str> = line.split(',').collect();
			let numbers = |from: usize| fields[from..from + width].iter().map(|field| number(field)).collect();
			let rest = 3 + 2 * width;
			Step {
				episode: integer(fields[0]),
				number: integer(fields[1]),
				action: integer(fields[2]),
				before: numbers(3),
				after: numbers(3 + width),
				reward: number(fields[rest]),
				terminated: integer(fields[rest + 1]) == 1,
				truncated: integer(fields[rest + 2]) == 1,
			}
		})
		.collect()
}

fn state(id: EnvironmentId, values: &[f64], steps: u32) -> Result<AnyState, Error> {
	let values: Vec<Real> = values.iter().copied().map(Real::from_f64).collect();
	AnyState::from_values_at(id, &values, steps)
}

/// Greatest difference of two states' variables. Acrobot's angles are on a circle: Gymnasium may have rounded to the
/// other side of its seam.
fn deviation(id: EnvironmentId, ours: &AnyState, theirs: &[f64]) -> f64 {
	let turn = 2.0 * std::f64::consts::PI;
	let ours = ours.values();
	assert_eq!(ours.len(), theirs.len());
	ours.iter()
		.zip(theirs)
		.enumerate()
		.map(|(i, (ours, theirs))| {
			let difference = (ours.to_f64() - theirs).abs();
			match (id, i) {
				(EnvironmentId::Acrobot, 0 | 1) => difference.min((difference - turn).abs()),
				_ => difference,
			}
		})
		.fold(0.0, f64::max)
}

/// How far the state is from where the environment starts or stops to be terminal, in the variable's own unit.
fn distance_to_end(id: EnvironmentId, state: &[f64]) -> f64 {
	match id {
		EnvironmentId::CartPole => (state[0].abs() - 2.4).abs().min((state[2].abs() - 12.0_f64.to_radians()).abs()),
		EnvironmentId::MountainCar => (state[0] - 0.5).abs().min(state[1].abs()),
		EnvironmentId::Acrobot => (-state[0].cos() - (state[0] + state[1]).cos() - 1.0).abs(),
		EnvironmentId::Pendulum | EnvironmentId::NoisyPendulum => f64::INFINITY,
	}
}

/// What a comparison found.
#[derive(Default)]
struct Report {
	steps: usize,
	state: f64,
	reward: f64,
	ends: usize,
	/// Steps that end so near a threshold that rounding decides about the end.
	borderline: usize,
}

impl Report {
	/// Compares one step's result.
	fn add(&mut self, id: EnvironmentId, step: &Step, ours: &AnyState, outcome: praxis_environment::Outcome) {
		let place = || format!("{id}, episode {}, step {}, from {:?}", step.episode, step.number, step.before);
		let deviation = deviation(id, ours, &step.after);
		assert!(deviation <= TOLERANCE, "{}: off by {deviation:e}: {:?}, not {:?}", place(), ours.values(), step.after);
		self.steps += 1;
		self.state = self.state.max(deviation);
		assert_eq!(outcome.truncated, step.truncated, "{}: time limit", place());
		if outcome.terminated != step.terminated && distance_to_end(id, &step.after) <= TOLERANCE {
			self.borderline += 1;
			return;
		}
		assert_eq!(outcome.terminated, step.terminated, "{}: end", place());
		self.ends += usize::from(step.terminated);
		let reward = (outcome.reward.to_f64() - step.reward).abs();
		let exact = id != EnvironmentId::Pendulum;
		assert!(reward <= if exact { 0.0 } else { TOLERANCE }, "{}: reward off by {reward:e}", place());
		self.reward = self.reward.max(reward);
	}

	fn print(&self, id: EnvironmentId, what: &str) {
		println!(
			"{id}: {what}: {} steps, {} terminal, {} borderline, greatest deviation {:.2e} in the state, {:.2e} in the reward",
			self.steps, self.ends, self.borderline, self.state, self.reward
		);
	}
}

/// Each recorded step alone, from Gymnasium's state.
fn each_step(id: EnvironmentId, kind: &str) -> Report {
	let mut report = Report::default();
	for step in &read(id, kind) {
		let mut ours =
			state(id, &step.before, step.number).unwrap_or_else(|error| panic!("{:?}: {error}", step.before));
		match ours.step(step.action) {
			Ok(outcome) => report.add(id, step, &ours, outcome),
			Err(Error::EpisodeOver) if distance_to_end(id, &step.before) <= TOLERANCE => report.borderline += 1,
			Err(error) => panic!("{id}: {:?}: {error}", step.before),
		}
	}
	report
}

/// The first steps of every episode from its start, without looking at Gymnasium's states in between.
fn free_running(id: EnvironmentId) -> Report {
	let mut report = Report::default();
	let mut ours = None;
	for step in read(id, "episodes").iter().filter(|step| step.number < FREE_STEPS) {
		if step.number == 0 {
			ours = Some(state(id, &step.before, 0).expect("a valid start"));
		}
		let ours = ours.as_mut().expect("an episode starts with step 0");
		let outcome = ours.step(step.action).expect("the episode goes on");
		report.add(id, step, ours, outcome);
	}
	report
}

/// All three comparisons of one environment.
fn compare(id: EnvironmentId) {
	let episodes: std::collections::BTreeSet<u32> = read(id, "episodes").iter().map(|step| step.episode).collect();
	assert_eq!(episodes.len() as u32, EPISODES);
	let report = each_step(id, "episodes");
	report.print(id, "each step of 200 episodes");
	if id != EnvironmentId::Pendulum {
		assert!(report.ends >= 90, "the recordings hold terminal states");
	}
	free_running(id).print(id, "first 20 steps of each, free-running");
	each_step(id, "scattered").print(id, "steps from states all over the space");
}

#[test]
fn cart_pole_should_step_as_gymnasium_does() {
	compare(EnvironmentId::CartPole);
}

#[test]
fn mountain_car_should_step_as_gymnasium_does() {
	compare(EnvironmentId::MountainCar);
}

#[test]
fn acrobot_should_step_as_gymnasium_does() {
	compare(EnvironmentId::Acrobot);
}

#[test]
fn pendulum_should_step_as_gymnasium_does() {
	compare(EnvironmentId::Pendulum);
}
