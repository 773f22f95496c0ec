//! `rollout`: given actions from a given state, what other programs compare this project's environments with; and whole
//! episodes of a team, shown to people.

mod svg;
mod team;
mod text;

use super::{Failure, Outcome};
use crate::agent::World;
use praxis_environment::{AnyState, EnvironmentId, Error, Real, Seed};
use serde::Serialize;
use std::process::ExitCode;
use team::{Player, Render};

const EXAMPLES: &str = "\
Examples:
  praxis-worker rollout --environment CartPole-v1 --state '[0, 0, 0.02, 0]' --actions 0,1,1 --json
  praxis-worker rollout --environment Acrobot-v1 --seed 7 --actions 0,2,2,1
  praxis-worker rollout --environment MazeCleaning-v0 --seed 7 --render text
  praxis-worker rollout --environment 'MazeCleaning-v0(6x6,3)' --policy runs/maze/policy.safetensors --render maze.svg
  praxis-worker rollout --environment FleetCoordination-v0 --policy random --json

The state is Gymnasium's, in its order and units:
  CartPole     [x, x_dot, theta, theta_dot]
  MountainCar  [position, velocity]
  Acrobot      [theta1, theta2, theta1_dot, theta2_dot]
  pendulums    [theta, theta_dot]
A team's environment (TargetLocalization, MazeCleaning, FleetCoordination) is played to its end by a policy, or by given
actions, one for each agent in turn.

Actions after the episode's end are an error (exit code 2); the steps before it are printed.";

/// Actions, as they stand on a command line: separated by commas, brackets allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actions(Vec<u32>);

/// Reads actions.
pub fn parse_actions(text: &str) -> Result<Actions, String> {
	let text = text.trim();
	let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
	inner
		.split(',')
		.map(|action| {
			let action = action.trim();
			action.parse().map_err(|_| format!("`{action}` is no action: actions are whole numbers from 0"))
		})
		.collect::<Result<_, _>>()
		.map(Actions)
}

/// Reads the name of an environment.
pub fn parse_world(name: &str) -> Result<World, String> {
	name.parse().map_err(|error| match error {
		Error::BadParameters => format!(
			"`{name}` has parameters that cannot be: it is TargetLocalization-v0(AGENTS,WALLS[,shaped]) with 1 to 4 agents and \
			 0 to 3 walls, MazeCleaning-v0(WIDTHxHEIGHT,AGENTS) from 3x3 or FleetCoordination-v0(WIDTHxHEIGHT,AGENTS) from \
			 5x5, both to 16x16 and with 1 to 4 agents"
		),
		_ => {
			let known: Vec<String> = World::all().map(|world| world.to_string()).collect();
			format!("unknown environment `{name}`: it is one of {}", known.join(", "))
		}
	})
}

/// The options of `rollout`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct RolloutArgs {
	/// The environment: CartPole-v1, MountainCar-v0, Acrobot-v1, Pendulum-v1, NoisyPendulum-v0, TargetLocalization-v0,
	/// MazeCleaning-v0 or FleetCoordination-v0, the last three also with parameters: MazeCleaning-v0(5x5,1).
	#[arg(long, value_parser = parse_world)]
	environment: World,
	/// The state to start from, a JSON list in Gymnasium's order and units.
	#[arg(long, allow_hyphen_values = true)]
	state: Option<String>,
	/// Start from the reset of this seed; with --state, only the seed of the noise.
	#[arg(long)]
	seed: Option<u64>,
	/// The actions, separated by commas; for a team one of each agent in turn.
	#[arg(long, value_parser = parse_actions)]
	actions: Option<Actions>,
	/// Who plays a team's episode: random, heuristic, or a policy file of `train`.
	#[arg(long, conflicts_with = "actions")]
	policy: Option<Player>,
	/// Show a team's episode: text, or a file for an animated picture (.svg).
	#[arg(long, value_name = "text|FILE.svg")]
	render: Option<Render>,
	/// Print JSON.
	#[arg(long)]
	json: bool,
}

/// One step as it is printed.
#[derive(Debug, Serialize)]
struct Step {
	action: u32,
	reward: f64,
	state: Vec<f64>,
	observation: Vec<f64>,
	terminated: bool,
	truncated: bool,
}

fn numbers(values: Vec<Real>) -> Vec<f64> {
	values.into_iter().map(Real::to_f64).collect()
}

fn start(id: EnvironmentId, state: Option<&str>, seed: Option<u64>) -> Result<AnyState, Failure> {
	let Some(text) = state else {
		return Ok(AnyState::reset(id, &Seed::from_number(seed.unwrap_or_default())));
	};
	let values: Vec<f64> = serde_json::from_str(text)
		.map_err(|error| Failure::input("state", format!("--state is no JSON list of numbers: {error}")))?;
	// What lies outside the range of `Real` saturates, and would look like a state that can occur in an unbounded variable.
	if let Some(value) = values.iter().find(|value| value.abs() >= 2_147_483_648.0) {
		return Err(Failure::input("state", format!("{value} is larger than any number of this state can be")));
	}
	let values: Vec<Real> = values.into_iter().map(Real::from_f64).collect();
	let mut state = AnyState::from_values(id, &values).map_err(|error| {
		let expected = AnyState::reset(id, &Seed::default()).values().len();
		Failure::input(
			"state",
			match error {
				Error::BadLength => format!("a state of {id} has {expected} numbers, not {}", values.len()),
				_ => format!("{text} of {id}: {error}"),
			},
		)
	})?;
	if let Some(seed) = seed {
		state.reseed(&Seed::from_number(seed));
	}
	Ok(state)
}

/// Takes the actions; gives the steps, and what stopped them early.
fn take(state: &mut AnyState, actions: &[u32]) -> (Vec<Step>, Option<Failure>) {
	let mut steps = Vec::with_capacity(actions.len());
	for (index, action) in actions.iter().enumerate() {
		match state.step(*action) {
			Ok(outcome) => steps.push(Step {
				action: *action,
				reward: outcome.reward.to_f64(),
				state: numbers(state.values()),
				observation: numbers(state.full_observation()),
				terminated: outcome.terminated,
				truncated: outcome.truncated,
			}),
			Err(error) => {
				let kind = match error {
					Error::ActionOutOfRange { .. } => "action",
					Error::EpisodeOver => "episode-over",
					_ => "state",
				};
				return (steps, Some(Failure::input(kind, format!("action number {index}: {error}"))));
			}
		}
	}
	(steps, None)
}

fn table(steps: &[Step]) {
	let list = |values: &[f64]| {
		let values: Vec<String> = values.iter().map(|value| format!("{value:>10.6}")).collect();
		values.join(" ")
	};
	println!("{:>5} {:>6} {:>12}  state | observation", "step", "action", "reward");
	for (index, step) in steps.iter().enumerate() {
		let end = match (step.terminated, step.truncated) {
			(true, _) => "  terminated",
			(_, true) => "  truncated",
			_ => "",
		};
		println!(
			"{:>5} {:>6} {:>12.6}  {} | {}{end}",
			index + 1,
			step.action,
			step.reward,
			list(&step.state),
			list(&step.observation)
		);
	}
}

/// Runs the command.
pub fn run(args: RolloutArgs) -> Outcome {
	let id = match args.environment {
		World::Team(task) => return team::run(&args, task),
		World::Single(id) => id,
	};
	if args.policy.is_some() || args.render.is_some() {
		let message = format!("--policy and --render are for environments of teams, and {id} is none");
		return Err(Failure::input("usage", message));
	}
	let Some(Actions(actions)) = &args.actions else {
		return Err(Failure::input("usage", format!("{id} needs --actions")));
	};
	if args.state.is_none() && args.seed.is_none() {
		return Err(Failure::input("usage", format!("{id} needs --state or --seed")));
	}
	let mut state = start(id, args.state.as_deref(), args.seed)?;
	let (steps, failure) = take(&mut state, actions);
	if args.json {
		let mut answer = serde_json::json!({ "steps": steps });
		if let Some(Failure { kind, message, .. }) = &failure {
			answer["error"] = serde_json::json!({ "kind": kind, "message": message });
		}
		println!("{answer}");
	} else {
		table(&steps);
		if let Some(failure) = &failure {
			eprintln!("error: {failure}");
		}
	}
	Ok(failure.map_or(ExitCode::SUCCESS, |failure| ExitCode::from(failure.code)))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn actions_should_be_read_as_people_write_them() {
		assert_eq!(parse_actions("0, 1,2"), Ok(Actions(vec![0, 1, 2])));
		assert_eq!(parse_actions(" [1] "), Ok(Actions(vec![1])));
		for wrong in ["", "a", "1,", "-1", "1.5", "0,,1"] {
			assert!(parse_actions(wrong).is_err(), "{wrong}");
		}
	}

	#[test]
	fn states_that_cannot_be_should_be_refused() {
		let id = EnvironmentId::CartPole;
		for wrong in ["", "[1, 2", "[0, 0, 0]", "[0, 0, 0, 0, 0]", "[1e300, 0, 0, 0]", "{}", "[\"a\", 0, 0, 0]"] {
			let failure = start(id, Some(wrong), None).expect_err(wrong);
			assert_eq!((failure.kind, failure.code), ("state", 2), "{wrong}");
		}
		start(id, Some("[0.1, -0.2, 0.05, 0]"), None).expect("a state");
	}

	#[test]
	fn steps_should_stop_at_a_wrong_action_or_the_end() {
		let mut state = start(EnvironmentId::CartPole, Some("[0, 0, 0, 0]"), None).expect("a state");
		let (steps, failure) = take(&mut state, &[0, 2]);
		assert_eq!((steps.len(), failure.expect("out of range").kind), (1, "action"));
		let (steps, failure) = take(&mut state, &[0; 50]);
		assert!(steps.last().is_some_and(|step| step.terminated));
		assert_eq!(failure.expect("the end").kind, "episode-over");
	}
}
